//! From instants to local time.

use std::ops::Range;

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime},
    tz::{Offset, TimeZone},
};

/// Exact across clock changes where the IANA name is known, else a fixed distance from UTC, else UTC.
pub(super) fn zone(name: Option<&str>, offset_seconds: Option<i64>) -> TimeZone {
    name.and_then(|name| TimeZone::get(name).ok())
        .unwrap_or_else(|| TimeZone::fixed(offset(offset_seconds)))
}

pub(super) fn offset(seconds: Option<i64>) -> Offset {
    seconds
        .and_then(|seconds| Offset::from_seconds(i32::try_from(seconds).ok()?).ok())
        .unwrap_or(Offset::UTC)
}

pub(super) fn time(zone: &TimeZone, seconds: i64) -> Option<DateTime> {
    Some(zone.to_datetime(Timestamp::from_second(seconds).ok()?))
}

pub(super) fn date(zone: &TimeZone, at: Timestamp) -> Date {
    zone.to_datetime(at).date()
}

/// `days` local calendar days from today on.
pub(super) fn dates(zone: &TimeZone, now: Timestamp, days: usize) -> Range<Date> {
    let today = date(zone, now);
    let days = i64::try_from(days).unwrap_or(i64::MAX);
    today..today.saturating_add(days.days())
}

/// ISO 8601 with offset.
pub(super) fn iso(zone: &TimeZone, seconds: i64) -> Option<String> {
    let at = Timestamp::from_second(seconds).ok()?;
    Some(at.display_with_offset(zone.to_offset(at)).to_string())
}
