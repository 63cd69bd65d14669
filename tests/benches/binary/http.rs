//! The program over Streamable HTTP, revision 2026-07-28, on kept connections.

use std::{
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use reqwest::{Client, RequestBuilder};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStderr, Command},
    task::JoinSet,
};

use super::{ARGUMENTS, CALLS, Load, TOOL, middle, process};

/// Many calls, `in_flight` at a time.
pub(crate) async fn load(program: &Path, in_flight: usize) -> anyhow::Result<Load> {
    let (child, _log, url) = serve(program).await?;
    let call = call(&url)?;
    let first = answer(&call).await?;
    anyhow::ensure!(
        first.contains("structuredContent"),
        "the call fails: {first}"
    );
    let id = child.id().context("it has ended")?;
    let (begun, cpu) = (Instant::now(), process::cpu(id)?);
    let left = Arc::new(AtomicUsize::new(CALLS));
    let mut callers = JoinSet::new();
    for _ in 0..in_flight {
        let call = call.try_clone().context("cannot repeat the call")?;
        callers.spawn(calls(call, left.clone()));
    }
    let mut times = Vec::with_capacity(CALLS);
    while let Some(done) = callers.join_next().await {
        times.extend(done??);
    }
    Ok(Load {
        wall: begun.elapsed(),
        cpu: process::cpu(id)?.saturating_sub(cpu),
        calls: u32::try_from(times.len())?,
        middle: middle(&mut times),
    })
}

/// One caller: the next call when the last is answered.
async fn calls(call: RequestBuilder, left: Arc<AtomicUsize>) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::new();
    let take = |left: usize| left.checked_sub(1);
    while left
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
        .is_ok()
    {
        let before = Instant::now();
        answer(&call).await?;
        times.push(before.elapsed());
    }
    Ok(times)
}

async fn answer(call: &RequestBuilder) -> anyhow::Result<String> {
    let call = call.try_clone().context("cannot repeat the call")?;
    Ok(call.send().await?.error_for_status()?.text().await?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the client that measures, not one that a server uses"
)]
fn call(url: &str) -> anyhow::Result<RequestBuilder> {
    // The client wants to know who would do the cryptography, even where there is none.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{TOOL}","arguments":{ARGUMENTS},"_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{{}}}}}}}}"#
    );
    let client = Client::builder().tcp_nodelay(true).build()?;
    Ok(client
        .post(url)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", TOOL)
        .body(body))
}

/// The running program, its log (which must stay open), and where it listens.
async fn serve(program: &Path) -> anyhow::Result<(Child, Lines<BufReader<ChildStderr>>, String)> {
    let mut child = Command::new(program)
        .args(["--demo", "serve", "--bind", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let stderr = child.stderr.take().context("no stderr")?;
    let mut log = BufReader::new(stderr).lines();
    while let Some(line) = log.next_line().await? {
        let words = line.split_whitespace();
        let url = words
            .into_iter()
            .find(|word| word.starts_with("http://") && word.contains("/mcp"));
        if let Some(url) = url {
            let url = url.trim_end_matches(['.', ',']).to_owned();
            return Ok((child, log, url));
        }
    }
    anyhow::bail!("the program did not say where it listens")
}
