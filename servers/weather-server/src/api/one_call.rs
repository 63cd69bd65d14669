//! OpenWeatherMap One Call 3.0: eight days, 48 hours and alerts in one answer, for keys that are subscribed to it.

use std::sync::atomic::Ordering;

use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use shared::{Error, Result};

use super::{
    Alert, Alerts, Day, Hour, Place, Source, Sourced, Wind, alert_text, conditions, local,
    open_weather::{Fallen, OpenWeather, Query, Weather, described, lacks_one_call, percent},
};

const URL: &str = "https://api.openweathermap.org/data/3.0/onecall";

#[derive(Deserialize)]
pub(super) struct OneCall {
    timezone: Option<String>,
    timezone_offset: Option<i64>,
    hourly: Option<Vec<Hourly>>,
    daily: Option<Vec<Daily>>,
    alerts: Option<Vec<Warning>>,
}

#[derive(Deserialize)]
struct Hourly {
    dt: i64,
    temp: Option<f64>,
    feels_like: Option<f64>,
    humidity: Option<f64>,
    clouds: Option<f64>,
    wind_speed: Option<f64>,
    wind_gust: Option<f64>,
    wind_deg: Option<f64>,
    pop: Option<f64>,
    rain: Option<Fallen>,
    snow: Option<Fallen>,
    weather: Option<Vec<Weather>>,
}

#[derive(Deserialize)]
struct Daily {
    dt: i64,
    sunrise: Option<i64>,
    sunset: Option<i64>,
    temp: Option<Range>,
    humidity: Option<f64>,
    wind_speed: Option<f64>,
    wind_gust: Option<f64>,
    wind_deg: Option<f64>,
    pop: Option<f64>,
    rain: Option<Fallen>,
    snow: Option<Fallen>,
    weather: Option<Vec<Weather>>,
}

#[derive(Deserialize)]
struct Range {
    min: Option<f64>,
    max: Option<f64>,
}

#[derive(Deserialize)]
struct Warning {
    sender_name: Option<String>,
    event: Option<String>,
    start: Option<i64>,
    end: Option<i64>,
    description: Option<String>,
}

impl OpenWeather {
    /// `GET /data/3.0/onecall`, everything we use at once, since each call counts against the plan.
    /// `None` when the key has no subscription, which is remembered.
    pub(super) async fn one_call(
        &self,
        place: &Place,
        language: Option<&str>,
    ) -> Result<Option<OneCall>> {
        if self.without_one_call.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let query = Query {
            exclude: Some("current,minutely"),
            ..Query::new(place, language)
        };
        let request = self.http.get(URL).query(&query).cached(self.keep);
        match request.json().await {
            Ok(one_call) => Ok(Some(one_call)),
            Err(error) if lacks_one_call(&error) => {
                self.without_one_call.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// `None` also when the subscription is used up for today: it has its own limit, so 2.5 may still answer.
    pub(super) async fn one_call_today(
        &self,
        place: &Place,
        language: Option<&str>,
    ) -> Result<Option<OneCall>> {
        match self.one_call(place, language).await {
            Err(Error::RateLimited { .. }) => Ok(None),
            answer => answer,
        }
    }

    /// Whether the key is subscribed to One Call, for `doctor`.
    pub(super) async fn has_one_call(&self, place: &Place) -> Result<bool> {
        let query = Query {
            exclude: Some("current,minutely,hourly,daily"),
            ..Query::new(place, None)
        };
        match self.http.get(URL).query(&query).json::<OneCall>().await {
            Ok(_) => Ok(true),
            Err(error) if lacks_one_call(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl OneCall {
    fn zone(&self) -> TimeZone {
        local::zone(self.timezone.as_deref(), self.timezone_offset)
    }

    pub(super) fn days(&self, days: usize, now: Timestamp) -> Sourced<Vec<Day>> {
        let zone = self.zone();
        let wanted = local::dates(&zone, now, days);
        let days = self.daily.iter().flatten().filter_map(|day| day.day(&zone));
        sourced(days.filter(|day| wanted.contains(&day.date)).collect())
    }

    /// The hours that are not over yet.
    pub(super) fn hours(&self, now: Timestamp) -> Sourced<Vec<Hour>> {
        let zone = self.zone();
        let coming = |hour: &&Hourly| hour.dt + 3_600 > now.as_second();
        let hours = self.hourly.iter().flatten().filter(coming);
        sourced(hours.filter_map(|hour| hour.hour(&zone)).collect())
    }

    pub(super) fn alerts(&self) -> Sourced<Alerts> {
        let zone = self.zone();
        let alerts = self.alerts.iter().flatten();
        sourced(Alerts::Known(
            alerts.map(|alert| alert.alert(&zone)).collect(),
        ))
    }
}

impl Hourly {
    fn hour(&self, zone: &TimeZone) -> Option<Hour> {
        let at = Timestamp::from_second(self.dt).ok()?;
        Some(Hour {
            time: zone.to_datetime(at),
            offset: zone.to_offset(at),
            step_hours: 1,
            condition: described(self.weather.as_ref()),
            temperature: self.temp,
            feels_like: self.feels_like,
            precipitation: Some(Fallen::sum(self.rain.as_ref(), self.snow.as_ref())),
            precipitation_probability_percent: percent(self.pop),
            wind: Wind {
                speed: self.wind_speed,
                gust: self.wind_gust,
                from_degrees: self.wind_deg,
            },
            humidity_percent: self.humidity,
            cloud_percent: self.clouds,
            source: Source::OpenWeatherOneCall,
        })
    }
}

impl Daily {
    /// Its stamp is the local noon.
    fn day(&self, zone: &TimeZone) -> Option<Day> {
        // Where the sun does not rise or set, its times are missing or zero.
        let sun = |stamp: Option<i64>| local::time(zone, stamp.filter(|seconds| *seconds > 0)?);
        Some(Day {
            date: local::time(zone, self.dt)?.date(),
            condition: described(self.weather.as_ref()),
            temperature_min: self.temp.as_ref().and_then(|range| range.min),
            temperature_max: self.temp.as_ref().and_then(|range| range.max),
            precipitation: Some(Fallen::sum(self.rain.as_ref(), self.snow.as_ref())),
            precipitation_probability_percent: percent(self.pop),
            wind: Wind {
                speed: self.wind_speed,
                gust: self.wind_gust,
                from_degrees: self.wind_deg,
            },
            humidity_percent: self.humidity,
            sunrise: sun(self.sunrise),
            sunset: sun(self.sunset),
            partial: false,
            source: Source::OpenWeatherOneCall,
        })
    }
}

impl Warning {
    fn alert(&self, zone: &TimeZone) -> Alert {
        Alert {
            event: conditions::tidy(self.event.as_deref())
                .unwrap_or_else(|| "weather alert".into()),
            sender: conditions::tidy(self.sender_name.as_deref()),
            severity: None,
            starts: self.start.and_then(|start| local::iso(zone, start)),
            ends: self.end.and_then(|end| local::iso(zone, end)),
            description: alert_text(self.description.as_deref().unwrap_or_default()),
        }
    }
}

fn sourced<T>(value: T) -> Sourced<T> {
    Sourced {
        value,
        source: Source::OpenWeatherOneCall,
        notes: Vec::new(),
    }
}

#[cfg(test)]
#[path = "tests/one_call.rs"]
mod tests;
