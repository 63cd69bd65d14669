//! What the release program costs and how fast it is, seen from outside: `make bench`.
//!
//! The demo answers, so no key and no network are needed. The first call fills the cache: what is measured
//! afterwards is the server, not the imitation of the provider.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

#[path = "binary/http.rs"]
mod http;
#[path = "binary/process.rs"]
mod process;
#[path = "binary/running.rs"]
mod running;
#[path = "binary/stdio.rs"]
mod stdio;

use std::{path::Path, time::Duration};

const STARTS: usize = 20;
const CALLS: usize = 20_000;
const IN_FLIGHT: [usize; 3] = [1, 16, 64];
const TOOL: &str = "get_current_weather";
const ARGUMENTS: &str = r#"{"city":"Berlin"}"#;

/// What one load of calls took.
struct Load {
    wall: Duration,
    cpu: Duration,
    calls: u32,
    /// The middle of what single calls took; only meaningful with one in flight.
    middle: Duration,
}

fn main() -> anyhow::Result<()> {
    let program = running::program()?;
    println!("{}\n", program.display());
    start(&program)?;
    println!(
        "{:<8}{:>10}{:>12}{:>12}{:>12}",
        "", "in flight", "calls/s", "p50 us", "CPU us/call"
    );
    for in_flight in IN_FLIGHT {
        print_load("stdio", in_flight, &stdio::load(&program, in_flight)?);
    }
    let runtime = tokio::runtime::Runtime::new()?;
    for in_flight in IN_FLIGHT {
        let load = runtime.block_on(http::load(&program, in_flight))?;
        print_load("http", in_flight, &load);
    }
    Ok(())
}

fn start(program: &Path) -> anyhow::Result<()> {
    let mut times = Vec::with_capacity(STARTS);
    let mut floor = Vec::with_capacity(STARTS);
    let mut memory = 0;
    for _ in 0..STARTS {
        floor.push(stdio::floor()?);
        let start = stdio::start(program)?;
        times.push(start.elapsed);
        memory = start.memory_kib;
    }
    println!(
        "start to tools/list: {:.2} ms (middle of {STARTS}; an empty process: {:.2} ms)",
        millis(middle(&mut times)),
        millis(middle(&mut floor)),
    );
    println!(
        "resident memory after it: {:.1} MiB\n",
        f64::from(memory) / 1024.0
    );
    Ok(())
}

fn print_load(way: &str, in_flight: usize, load: &Load) {
    let calls = f64::from(load.calls);
    let per_second = calls / load.wall.as_secs_f64();
    let cpu = load.cpu.as_secs_f64() * 1e6 / calls;
    let p50 = match in_flight {
        1 => format!("{:.0}", load.middle.as_secs_f64() * 1e6),
        _ => String::new(),
    };
    println!("{way:<8}{in_flight:>10}{per_second:>12.0}{p50:>12}{cpu:>12.0}");
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn middle(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
