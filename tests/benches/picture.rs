//! What a large picture costs on its way from the provider through the release program to the client: `make bench`.
//!
//! The provider is in this process and answers at once; the picture travels inside the result
//! (`MCP_MEDIA=inline`), which is the most that one call can ask of a server.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

#[path = "binary/process.rs"]
mod process;
#[path = "picture/replicate.rs"]
mod replicate;
#[path = "binary/running.rs"]
mod running;

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use running::Running;
use tokio::runtime::Runtime;

const CALLS: u32 = 5;
const PICTURE_BYTES: usize = 10_000_000;
const WARM_UP_BYTES: usize = 10_000;
const AIM_MS: u32 = 20;
const AIM_MB: u32 = 25;

fn main() -> anyhow::Result<()> {
    let program = running::program()?;
    println!("{}\n", program.display());
    let runtime = Runtime::new()?;
    let provider = runtime.block_on(replicate::start())?;
    let home = tempfile::tempdir()?;
    let mut server = start(&program, &provider, home.path())?;
    picture(&mut server, replicate::WARM_UP, WARM_UP_BYTES)?;

    let before = process::cpu(server.id())?;
    let mut times = Vec::new();
    for _ in 0..CALLS {
        times.push(picture(&mut server, "bench", PICTURE_BYTES)?);
    }
    let cpu = process::cpu(server.id())?.saturating_sub(before) / CALLS;
    let peak = process::memory_kib(server.id(), "VmHWM")?;
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();

    println!(
        "10 MB picture, inline over stdio: {:.1} ms (middle of {CALLS}; aim: under {AIM_MS} ms), {:.0} ms of CPU",
        middle.as_secs_f64() * 1e3,
        cpu.as_secs_f64() * 1e3,
    );
    println!(
        "most resident memory: {:.1} MB (aim: under {AIM_MB} MB)\n",
        f64::from(peak) * 1024.0 / 1e6,
    );
    Ok(())
}

fn start(program: &Path, provider: &str, home: &Path) -> anyhow::Result<Running> {
    Running::start(
        Command::new(program)
            .current_dir(home)
            .env("REPLICATE_BASE_URL", format!("{provider}/v1"))
            .env("REPLICATE_API_TOKEN", "x")
            .env("NO_PROXY", "127.0.0.1")
            .env("MCP_MEDIA", "inline")
            .env("MCP_STATE_DIR", home.join("state"))
            .env("MCP_OUTPUT_DIR", home.join("output")),
    )
}

/// From the call to the last byte of its answer.
fn picture(server: &mut Running, prompt: &str, bytes: usize) -> anyhow::Result<Duration> {
    let call = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"generate_image","arguments":{{"prompt":"{prompt}"}}}}}}"#
    );
    let begun = Instant::now();
    server.send(&call)?;
    let answer = server.receive()?;
    let elapsed = begun.elapsed();
    anyhow::ensure!(
        answer.len() > bytes / 3 * 4,
        "no picture of {bytes} bytes in: {}",
        String::from_utf8_lossy(answer.get(..1000).unwrap_or(answer))
    );
    Ok(elapsed)
}
