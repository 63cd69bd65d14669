//! The program over its pipes.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use super::{ARGUMENTS, CALLS, Load, TOOL, middle, process, running::Running};

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
    let mut running = Running::start(&mut Command::new(program))?;
    running.send(LIST)?;
    running.receive()?;
    let elapsed = begun.elapsed();
    let memory_kib = process::memory_kib(running.id(), "VmRSS")?;
    Ok(Start {
        elapsed,
        memory_kib,
    })
}

/// Many calls, always `in_flight` of them on their way.
pub(crate) fn load(program: &Path, in_flight: usize) -> anyhow::Result<Load> {
    let mut command = Command::new(program);
    let mut running = Running::start(command.args(["--demo", "--log-level", "warn"]))?;
    running.send(&call(1))?;
    let first = String::from_utf8_lossy(running.receive()?);
    anyhow::ensure!(
        first.contains("structuredContent"),
        "the call fails: {first}"
    );
    let id = running.id();
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
