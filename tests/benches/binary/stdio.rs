//! The program over its pipes, written and read without any MCP library in between.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;

use super::{ARGUMENTS, CALLS, Load, TOOL, middle, process};

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"0"}}}"#;
const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;

pub(crate) struct Start {
    pub(crate) elapsed: Duration,
    pub(crate) memory_kib: u32,
}

/// What this machine needs for a process that does nothing.
pub(crate) fn floor() -> anyhow::Result<Duration> {
    let begun = Instant::now();
    Command::new("true").status()?;
    Ok(begun.elapsed())
}

/// From nothing to the list of tools, as a client starts it.
pub(crate) fn start(program: &Path) -> anyhow::Result<Start> {
    let begun = Instant::now();
    let mut running = Running::start(program, &[])?;
    running.send(LIST)?;
    running.receive()?;
    let elapsed = begun.elapsed();
    let memory_kib = process::memory_kib(running.child.id())?;
    Ok(Start {
        elapsed,
        memory_kib,
    })
}

/// Many calls, always `in_flight` of them on their way.
pub(crate) fn load(program: &Path, in_flight: usize) -> anyhow::Result<Load> {
    let mut running = Running::start(program, &["--demo", "--log-level", "warn"])?;
    running.send(&call(1))?;
    let first = running.receive()?;
    anyhow::ensure!(
        first.contains("structuredContent"),
        "the call fails: {first}"
    );
    let id = running.child.id();
    let (begun, cpu) = (Instant::now(), process::cpu(id)?);
    let mut times = Vec::with_capacity(CALLS);
    for number in 0..in_flight {
        running.send(&call(number))?;
    }
    for answered in 0..CALLS {
        let before = Instant::now();
        running.receive()?;
        if answered + in_flight < CALLS {
            running.send(&call(answered + in_flight))?;
        }
        times.push(before.elapsed());
    }
    Ok(Load {
        wall: begun.elapsed(),
        cpu: process::cpu(id)?.saturating_sub(cpu),
        calls: u32::try_from(CALLS)?,
        middle: middle(&mut times),
    })
}

/// Ids differ: a server may drop a request whose id is in use.
fn call(number: usize) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{number},"method":"tools/call","params":{{"name":"{TOOL}","arguments":{ARGUMENTS}}}}}"#
    )
}

/// Ended when dropped.
struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Running {
    fn start(program: &Path, args: &[&str]) -> anyhow::Result<Self> {
        let mut child = Command::new(program)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let input = child.stdin.take().context("no stdin")?;
        let output = BufReader::new(child.stdout.take().context("no stdout")?);
        let mut running = Self {
            child,
            input,
            output,
        };
        running.send(INITIALIZE)?;
        running.receive()?;
        running.send(INITIALIZED)?;
        Ok(running)
    }

    fn send(&mut self, line: &str) -> anyhow::Result<()> {
        Ok(self.input.write_all(format!("{line}\n").as_bytes())?)
    }

    fn receive(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        let bytes = self.output.read_line(&mut line)?;
        anyhow::ensure!(bytes > 0, "the program has ended");
        Ok(line)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
