//! When a request may be sent again, and after what pause.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, header::RETRY_AFTER};
use serde_json::Value;

/// How often and how fast a read is repeated.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// In all, the first included.
    pub attempts: u32,
    /// The pauses grow from this one, doubling, up to the longest; each is a random part of that.
    pub first_delay: Duration,
    pub longest_delay: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 3,
            first_delay: Duration::from_millis(500),
            longest_delay: Duration::from_secs(8),
        }
    }
}

impl Retry {
    /// How long to wait after this many attempts (1 or more). All of the pause is random, so that
    /// callers that failed together do not come back together.
    pub(super) fn pause(&self, attempts: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempts - 1).unwrap_or(u32::MAX);
        let most = self.first_delay.saturating_mul(factor);
        most.min(self.longest_delay).mul_f64(fastrand::f64())
    }
}

/// Whether what failed may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It would fail the same way.
    Never,
    /// It may have started something, so only a read may.
    Reads,
    /// It certainly started nothing.
    Always,
}

/// How long the provider asks us to wait: `retry-after-ms`, `Retry-After` in seconds or as a date,
/// or `retry_after` in seconds in a JSON body.
pub(super) fn asked_pause(headers: &HeaderMap, body: &[u8]) -> Option<Duration> {
    let header = |name| headers.get(name)?.to_str().ok().map(str::trim);
    header("retry-after-ms")
        .and_then(|value| seconds(value.parse::<f64>().ok()? / 1000.0))
        .or_else(|| header(RETRY_AFTER.as_str()).and_then(seconds_or_date))
        .or_else(|| {
            let body: Value = serde_json::from_slice(body).ok()?;
            seconds(body.get("retry_after")?.as_f64()?)
        })
}

fn seconds_or_date(value: &str) -> Option<Duration> {
    if let Ok(number) = value.parse() {
        return seconds(number);
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// None for what is no time: negative, infinite, not a number.
fn seconds(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value).ok()
}
