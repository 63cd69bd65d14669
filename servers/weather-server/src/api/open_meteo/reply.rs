//! The reply of `/v1/forecast` and `/v1/archive`: parallel arrays that may hold null.

use std::ops::Range;

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::{Offset, TimeZone},
};
use serde::Deserialize;
use shared::Result;

use super::{
    super::{Current, Day, Hour, Source, Wind, conditions, local},
    lacks,
};

#[derive(Deserialize)]
pub(super) struct Reply {
    /// Now; the whole reply is laid out with it, also beyond a clock change.
    utc_offset_seconds: Option<i64>,
    timezone: Option<String>,
    current: Option<Now>,
    hourly: Option<Hourly>,
    daily: Option<Daily>,
}

/// Unix seconds as we ask for them, or the local time without offset that is the provider's default.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Stamp {
    Unix(i64),
    Iso(String),
}

impl Stamp {
    pub(super) fn instant(&self, offset: Offset) -> Option<Timestamp> {
        match self {
            Self::Unix(seconds) => Timestamp::from_second(*seconds).ok(),
            Self::Iso(local) => offset.to_timestamp(local.parse().ok()?).ok(),
        }
    }
}

type Column = Option<Vec<Option<f64>>>;
type Stamps = Option<Vec<Option<Stamp>>>;

fn at(column: &Column, row: usize) -> Option<f64> {
    column.as_ref()?.get(row).copied().flatten()
}

#[derive(Deserialize)]
struct Now {
    time: Stamp,
    /// Seconds that sums such as precipitation cover.
    interval: Option<u32>,
    temperature_2m: Option<f64>,
    relative_humidity_2m: Option<f64>,
    apparent_temperature: Option<f64>,
    precipitation: Option<f64>,
    weather_code: Option<f64>,
    cloud_cover: Option<f64>,
    pressure_msl: Option<f64>,
    visibility: Option<f64>,
    wind_speed_10m: Option<f64>,
    wind_direction_10m: Option<f64>,
    wind_gusts_10m: Option<f64>,
}

#[derive(Deserialize)]
struct Hourly {
    time: Vec<Option<Stamp>>,
    temperature_2m: Column,
    relative_humidity_2m: Column,
    apparent_temperature: Column,
    precipitation_probability: Column,
    precipitation: Column,
    weather_code: Column,
    cloud_cover: Column,
    wind_speed_10m: Column,
    wind_direction_10m: Column,
    wind_gusts_10m: Column,
}

#[derive(Deserialize)]
struct Daily {
    time: Vec<Option<Stamp>>,
    weather_code: Column,
    temperature_2m_max: Column,
    temperature_2m_min: Column,
    precipitation_sum: Column,
    precipitation_probability_max: Column,
    relative_humidity_2m_mean: Column,
    wind_speed_10m_max: Column,
    wind_gusts_10m_max: Column,
    wind_direction_10m_dominant: Column,
    sunrise: Stamps,
    sunset: Stamps,
}

impl Reply {
    fn zone(&self) -> TimeZone {
        local::zone(self.timezone.as_deref(), self.utc_offset_seconds)
    }

    fn offset(&self) -> Offset {
        local::offset(self.utc_offset_seconds)
    }

    pub(super) fn dates(&self, now: Timestamp, days: usize) -> Range<Date> {
        local::dates(&self.zone(), now, days)
    }

    pub(super) fn current(self) -> Result<Current> {
        let now = self.current.as_ref().ok_or_else(|| lacks("current"))?;
        let at = now.time.instant(self.offset());
        let at = at.ok_or_else(|| lacks("current.time"))?;
        let zone = self.zone();
        Ok(Current {
            observed: zone.to_datetime(at),
            offset: zone.to_offset(at),
            condition: now.weather_code.and_then(conditions::wmo).map(Into::into),
            temperature: now.temperature_2m,
            feels_like: now.apparent_temperature,
            humidity_percent: now.relative_humidity_2m,
            wind: Wind {
                speed: now.wind_speed_10m,
                gust: now.wind_gusts_10m,
                from_degrees: now.wind_direction_10m,
            },
            pressure: now.pressure_msl,
            visibility: now.visibility,
            cloud_percent: now.cloud_cover,
            precipitation: now.precipitation,
            precipitation_minutes: now.interval.map(|seconds| seconds / 60),
            time_zone: self.timezone,
        })
    }

    /// The hours that are not over yet.
    pub(super) fn hours(&self, now: Timestamp) -> Result<Vec<Hour>> {
        let hourly = self.hourly.as_ref().ok_or_else(|| lacks("hourly"))?;
        let zone = self.zone();
        let hours = hourly.time.iter().enumerate().filter_map(|(row, stamp)| {
            let at = stamp.as_ref()?.instant(self.offset())?;
            (at.as_second() + 3_600 > now.as_second()).then(|| hourly.hour(row, at, &zone))
        });
        Ok(hours.collect())
    }

    pub(super) fn days(&self, source: Source) -> Result<Vec<Day>> {
        let daily = self.daily.as_ref().ok_or_else(|| lacks("daily"))?;
        let zone = self.zone();
        let days = daily.time.iter().enumerate().filter_map(|(row, stamp)| {
            let date = self.date(stamp.as_ref()?)?;
            let sun = |stamps: &Stamps| self.sun(stamps, row, date, &zone);
            Some(daily.day(row, date, sun(&daily.sunrise), sun(&daily.sunset), source))
        });
        Ok(days.collect())
    }

    /// Days are stamped with midnight at today's offset, which is not the local midnight after a clock change.
    fn date(&self, stamp: &Stamp) -> Option<Date> {
        match stamp {
            Stamp::Unix(seconds) => {
                let midnight = Timestamp::from_second(*seconds).ok()?;
                Some(self.offset().to_datetime(midnight).date())
            }
            Stamp::Iso(date) => date.parse().ok(),
        }
    }

    /// Where the sun does not rise or set the provider fills in some other time. In northern summers it sets after
    /// midnight, so the neighbouring days count.
    fn sun(&self, stamps: &Stamps, row: usize, date: Date, zone: &TimeZone) -> Option<DateTime> {
        let at = stamps.as_ref()?.get(row)?.as_ref()?;
        let local = zone.to_datetime(at.instant(self.offset())?);
        ((local.date() - date).get_days().abs() <= 1).then_some(local)
    }
}

impl Hourly {
    fn hour(&self, row: usize, at_time: Timestamp, zone: &TimeZone) -> Hour {
        Hour {
            time: zone.to_datetime(at_time),
            offset: zone.to_offset(at_time),
            step_hours: 1,
            condition: at(&self.weather_code, row)
                .and_then(conditions::wmo)
                .map(Into::into),
            temperature: at(&self.temperature_2m, row),
            feels_like: at(&self.apparent_temperature, row),
            precipitation: at(&self.precipitation, row),
            precipitation_probability_percent: at(&self.precipitation_probability, row),
            wind: Wind {
                speed: at(&self.wind_speed_10m, row),
                gust: at(&self.wind_gusts_10m, row),
                from_degrees: at(&self.wind_direction_10m, row),
            },
            humidity_percent: at(&self.relative_humidity_2m, row),
            cloud_percent: at(&self.cloud_cover, row),
            source: Source::OpenMeteo,
        }
    }
}

impl Daily {
    fn day(
        &self,
        row: usize,
        date: Date,
        sunrise: Option<DateTime>,
        sunset: Option<DateTime>,
        source: Source,
    ) -> Day {
        Day {
            date,
            condition: at(&self.weather_code, row)
                .and_then(conditions::wmo)
                .map(Into::into),
            temperature_min: at(&self.temperature_2m_min, row),
            temperature_max: at(&self.temperature_2m_max, row),
            precipitation: at(&self.precipitation_sum, row),
            precipitation_probability_percent: at(&self.precipitation_probability_max, row),
            wind: Wind {
                speed: at(&self.wind_speed_10m_max, row),
                gust: at(&self.wind_gusts_10m_max, row),
                from_degrees: at(&self.wind_direction_10m_dominant, row),
            },
            humidity_percent: at(&self.relative_humidity_2m_mean, row),
            // A day on which the sun stays up or down has both at the same time.
            sunrise: sunrise.filter(|_| sunrise != sunset),
            sunset: sunset.filter(|_| sunrise != sunset),
            partial: false,
            source,
        }
    }
}
