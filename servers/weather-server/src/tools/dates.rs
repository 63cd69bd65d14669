//! Dates that a caller gives, and what "today" is.

use jiff::{
    Timestamp,
    civil::Date,
    tz::{Offset, TimeZone},
};
use shared::{Error, Result, text};

use crate::api::Place;

/// As far as the archive goes back.
const FIRST_DAY: Date = Date::constant(1940, 1, 1);
const MOST_HISTORY_DAYS: i32 = 31;
/// Today is the first of 16 forecast days.
const LAST_DAY_AHEAD: i32 = 15;

/// Which day of each place is meant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Wanted {
    Today,
    Tomorrow,
    On(Date),
}

impl Wanted {
    /// How many forecast days hold it, wherever the place is.
    pub(crate) fn days(self, utc_today: Date) -> usize {
        match self {
            Self::Today => 1,
            Self::Tomorrow => 2,
            // West of Greenwich today may be a day earlier.
            Self::On(date) => usize::try_from(days_between(utc_today, date) + 2)
                .unwrap_or(1)
                .clamp(1, 16),
        }
    }

    pub(crate) fn date(self, local_today: Date) -> Date {
        match self {
            Self::Today => local_today,
            Self::Tomorrow => local_today.tomorrow().unwrap_or(local_today),
            Self::On(date) => date,
        }
    }
}

/// "today", "tomorrow" or a date that lies within the forecast of at least one place on Earth.
pub(crate) fn wanted_day(day: &str, utc_today: Date) -> Result<Wanted> {
    match day.trim().to_ascii_lowercase().as_str() {
        "today" => return Ok(Wanted::Today),
        "tomorrow" => return Ok(Wanted::Tomorrow),
        _ => {}
    }
    let date = parse_date("day", day)?;
    let ahead = days_between(utc_today, date);
    if ahead < -1 {
        let reason = format!("{date} lies in the past; get_weather_history has past days");
        return Err(Error::invalid("day", reason));
    }
    if ahead > LAST_DAY_AHEAD + 1 {
        let reason = format!("{date} is more than {LAST_DAY_AHEAD} days ahead");
        return Err(Error::invalid("day", reason));
    }
    Ok(Wanted::On(date))
}

/// A period that the archive can hold. `latest` is the date where the day begins first.
pub(crate) fn past_period(start: &str, end: &str, latest: Date) -> Result<(Date, Date)> {
    let start = parse_date("start_date", start)?;
    let end = parse_date("end_date", end)?;
    if start < FIRST_DAY {
        let reason = format!("{start} is before {FIRST_DAY}, where the archive begins");
        return Err(Error::invalid("start_date", reason));
    }
    if start > latest {
        let reason = format!("{start} lies in the future; get_forecast has the coming days");
        return Err(Error::invalid("start_date", reason));
    }
    if end < start {
        let reason = format!("{end} is before `start_date`, {start}");
        return Err(Error::invalid("end_date", reason));
    }
    if end > latest {
        let reason = format!("{end} lies in the future; get_forecast has the coming days");
        return Err(Error::invalid("end_date", reason));
    }
    let days = days_between(start, end) + 1;
    if days > MOST_HISTORY_DAYS {
        let reason = format!(
            "{start} to {end} are {days} days, and one call covers at most {MOST_HISTORY_DAYS}; ask in parts"
        );
        return Err(Error::invalid("end_date", reason));
    }
    Ok((start, end))
}

pub(crate) fn parse_date(field: &str, date: &str) -> Result<Date> {
    Date::strptime("%Y-%m-%d", date.trim()).map_err(|_| {
        let date = text::quote(&text::cut(date, 40));
        Error::invalid(
            field,
            format!("`{date}` is not a date; write it as YYYY-MM-DD, such as 2026-07-31"),
        )
    })
}

fn days_between(from: Date, to: Date) -> i32 {
    from.duration_until(to).as_hours() as i32 / 24
}

pub(crate) fn utc_today(now: Timestamp) -> Date {
    Offset::UTC.to_datetime(now).date()
}

/// The date where the day begins first, at UTC+14.
pub(crate) fn latest_today(now: Timestamp) -> Date {
    Offset::constant(14).to_datetime(now).date()
}

/// `None` when the time zone is unknown.
pub(crate) fn local_today(place: &Place, now: Timestamp) -> Option<Date> {
    let zone = TimeZone::get(place.time_zone.as_deref()?).ok()?;
    Some(zone.to_datetime(now).date())
}
