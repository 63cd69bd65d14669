//! What the system knows about a process.

use std::{fs, time::Duration};

use anyhow::Context as _;

/// The kernel counts CPU time in hundredths of a second on every Linux of today.
const TICKS_PER_SECOND: f64 = 100.0;

/// In KiB: `VmRSS` is what it has now, `VmHWM` the most it ever had.
pub(crate) fn memory_kib(id: u32, which: &str) -> anyhow::Result<u32> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let mut lines = status.lines().filter_map(|line| line.split_once(':'));
    let (_, size) = lines
        .find(|(name, _)| *name == which)
        .with_context(|| format!("no {which}"))?;
    Ok(size.trim().trim_end_matches(" kB").parse()?)
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
