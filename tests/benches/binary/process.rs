//! What the system knows about a process.

use std::{fs, time::Duration};

use anyhow::Context as _;

/// The kernel counts CPU time in hundredths of a second on every Linux of today.
const TICKS_PER_SECOND: f64 = 100.0;

/// `VmRSS`, in KiB.
pub(crate) fn memory_kib(id: u32) -> anyhow::Result<u32> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let line = line.context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// User and system time of all threads so far.
pub(crate) fn cpu(id: u32) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name in parentheses may hold spaces; the fields after it do not.
    let (_, fields) = stat.rsplit_once(')').context("no fields")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .context("too few fields")?
            .parse::<f64>()
            .context("no number")
    };
    // `utime` and `stime` are the fields 14 and 15 of all, 12 and 13 after the name.
    Ok(Duration::from_secs_f64(
        (ticks(11)? + ticks(12)?) / TICKS_PER_SECOND,
    ))
}
