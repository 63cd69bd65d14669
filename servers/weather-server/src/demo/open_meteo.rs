//! The routes of Open-Meteo.

mod variables;

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime},
};
use serde_json::{Map, Value, json};

use self::variables::{Read, Units, air_at, weather_at};
use super::{Answer, Clock, Parameters, Refusal, coordinate, places, sky::Sky};

pub(super) fn routes() -> Router<Clock> {
    Router::new()
        .route("/v1/forecast", get(forecast))
        .route("/v1/archive", get(archive))
        .route("/v1/air-quality", get(air_quality))
        .route("/v1/search", get(search))
}

async fn forecast(State(clock): State<Clock>, parameters: Parameters) -> Answer {
    let question = Question::new(&parameters, clock())?;
    let days = question.days(7, 16)?;
    let mut reply = question.head();
    question.add_current(&mut reply, 15, weather_at)?;
    question.add_hourly(&mut reply, days, weather_at)?;
    question.add_daily(&mut reply, question.now.date(), days)?;
    Ok(Json(reply.into()))
}

async fn archive(State(clock): State<Clock>, parameters: Parameters) -> Answer {
    let question = Question::new(&parameters, clock())?;
    let (start, end) = (question.date("start_date")?, question.date("end_date")?);
    if start > end {
        return Err(refuse("End-date must be larger or equals than start-date."));
    }
    let days = (end.duration_since(start).as_hours() / 24 + 1) as usize;
    let mut reply = question.head();
    question.add_daily(&mut reply, start, days)?;
    Ok(Json(reply.into()))
}

async fn air_quality(State(clock): State<Clock>, parameters: Parameters) -> Answer {
    let question = Question::new(&parameters, clock())?;
    let days = question.days(5, 7)?;
    let mut reply = question.head();
    question.add_current(&mut reply, 60, air_at)?;
    question.add_hourly(&mut reply, days, air_at)?;
    Ok(Json(reply.into()))
}

/// Like the original, the reply leaves out what it has nothing to say about.
async fn search(parameters: Parameters) -> Answer {
    let name = parameters
        .get("name")
        .ok_or_else(|| refuse("Parameter name is missing."))?;
    let count = match parameters.get("count").map(|count| count.parse::<usize>()) {
        None => 10,
        Some(Ok(count @ 1..=100)) => count,
        Some(_) => return Err(refuse("Parameter count must be between 1 and 100.")),
    };
    let wanted = parameters.get("countryCode");
    let results: Vec<Value> = places::search(name)
        .into_iter()
        .filter(|city| wanted.is_none_or(|code| code.eq_ignore_ascii_case(city.country_code)))
        .take(count)
        .map(geocoded)
        .collect();
    let mut reply = json!({"generationtime_ms": 0.1});
    if let (Some(reply), false) = (reply.as_object_mut(), results.is_empty()) {
        reply.insert("results".into(), results.into());
    }
    Ok(Json(reply))
}

fn geocoded(city: places::City) -> Value {
    let mut result = json!({
        "id": city.id(),
        "name": city.name,
        "latitude": city.latitude,
        "longitude": city.longitude,
        "elevation": 38.0,
        "feature_code": "PPL",
        "country_code": city.country_code,
        "country": city.country,
        "timezone": city.zone,
    });
    if let Some(result) = result.as_object_mut() {
        if !city.region.is_empty() {
            result.insert("admin1".into(), city.region.into());
        }
        if city.population > 0 {
            result.insert("population".into(), city.population.into());
        }
    }
    result
}

/// What every route is asked: where, for which variables, in which units.
struct Question<'a> {
    parameters: &'a Parameters,
    sky: Sky,
    zone: String,
    /// Local time.
    now: DateTime,
    unix_time: bool,
    units: Units,
}

impl<'a> Question<'a> {
    fn new(parameters: &'a Parameters, now: Timestamp) -> Result<Self, Refusal> {
        let (latitude, longitude) = location(parameters)?;
        let zone = match parameters.get("timezone").map(String::as_str) {
            None | Some("") => "GMT".to_owned(),
            Some("auto") => places::near(latitude, longitude).zone,
            Some(name) => name.to_owned(),
        };
        let sky =
            Sky::new(latitude, longitude, &zone, now).ok_or_else(|| refuse("Invalid timezone"))?;
        Ok(Self {
            now: sky.local(now),
            sky,
            zone,
            unix_time: choice(
                parameters,
                "timeformat",
                &[("iso8601", false), ("unixtime", true)],
            )?,
            units: Units {
                fahrenheit: choice(
                    parameters,
                    "temperature_unit",
                    &[("celsius", false), ("fahrenheit", true)],
                )?,
                speed: choice(
                    parameters,
                    "wind_speed_unit",
                    &[
                        ("kmh", (3.6, "km/h")),
                        ("ms", (1.0, "m/s")),
                        ("mph", (2.236_94, "mp/h")),
                        ("kn", (1.943_84, "kn")),
                    ],
                )?,
            },
            parameters,
        })
    }

    fn days(&self, default: usize, most: usize) -> Result<usize, Refusal> {
        let given = self.parameters.get("forecast_days");
        given.map_or(Ok(default), |given| allowed(given, "Forecast days", most))
    }

    fn date(&self, name: &str) -> Result<Date, Refusal> {
        let given = self.parameters.get(name);
        let date: Date = given
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| refuse(&format!("Parameter '{name}' must be a date as YYYY-MM-DD.")))?;
        let (first, last) = (Date::constant(1940, 1, 1), self.now.date());
        if (first..=last).contains(&date) {
            return Ok(date);
        }
        Err(refuse(&format!(
            "Parameter '{name}' is out of allowed range from {first} to {last}"
        )))
    }

    fn head(&self) -> Map<String, Value> {
        let hours = f64::from(self.sky.offset.seconds()) / 3600.0;
        let mut head = Map::new();
        head.insert("latitude".into(), self.sky.latitude.into());
        head.insert("longitude".into(), self.sky.longitude.into());
        head.insert("generationtime_ms".into(), 0.1.into());
        head.insert(
            "utc_offset_seconds".into(),
            self.sky.offset.seconds().into(),
        );
        head.insert("timezone".into(), self.zone.clone().into());
        head.insert(
            "timezone_abbreviation".into(),
            format!("GMT{hours:+}").into(),
        );
        head.insert("elevation".into(), 38.0.into());
        head
    }

    fn add_current(
        &self,
        reply: &mut Map<String, Value>,
        step_minutes: i8,
        read: Read,
    ) -> Result<(), Refusal> {
        let minute = self.now.minute() / step_minutes * step_minutes;
        let now = self.now.date().at(self.now.hour(), minute, 0, 0);
        let seconds = i64::from(step_minutes) * 60;
        self.add(reply, "current", self.moment(now), |name| match name {
            "interval" => Some((seconds.into(), "seconds")),
            _ => {
                let (value, unit) = read(&self.sky, now, name)?;
                Some((self.units.show(value, unit), self.units.label(unit)))
            }
        })
    }

    fn add_hourly(
        &self,
        reply: &mut Map<String, Value>,
        days: usize,
        read: Read,
    ) -> Result<(), Refusal> {
        let today = self.now.date();
        let (start, count) = match self.parameters.get("forecast_hours") {
            None => (today.at(0, 0, 0, 0), days * 24),
            Some(hours) => (
                today.at(self.now.hour(), 0, 0, 0),
                allowed(hours, "Forecast hours", 384)?,
            ),
        };
        let times = || start.series(1.hour()).take(count);
        let moments = times().map(|time| self.moment(time)).collect();
        self.add(reply, "hourly", moments, |name| {
            let (_, unit) = read(&self.sky, start, name)?;
            let values = times().filter_map(|time| read(&self.sky, time, name));
            let shown = values.map(|(value, _)| self.units.show(value, unit));
            Some((shown.collect(), self.units.label(unit)))
        })
    }

    fn add_daily(
        &self,
        reply: &mut Map<String, Value>,
        start: Date,
        days: usize,
    ) -> Result<(), Refusal> {
        let dates = || start.series(1.day()).take(days);
        let times = dates().map(|date| match self.unix_time {
            true => self.moment(date.at(0, 0, 0, 0)),
            false => date.to_string().into(),
        });
        self.add(reply, "daily", times.collect(), |name| {
            let (_, label) = self.of_day(start, name)?;
            let values = dates().filter_map(|date| self.of_day(date, name));
            Some((values.map(|(value, _)| value).collect(), label))
        })
    }

    /// One block and its units, unless nobody asked for it.
    fn add(
        &self,
        reply: &mut Map<String, Value>,
        block: &str,
        time: Value,
        column: impl Fn(&str) -> Option<(Value, &'static str)>,
    ) -> Result<(), Refusal> {
        let Some(list) = self.parameters.get(block).filter(|list| !list.is_empty()) else {
            return Ok(());
        };
        let mut units = Map::from_iter([("time".into(), self.time_label().into())]);
        let mut values = Map::from_iter([("time".into(), time)]);
        let always = (block == "current").then_some("interval");
        for name in always.into_iter().chain(list.split(',')) {
            let (value, unit) = column(name).ok_or_else(|| unknown_variable(name))?;
            units.insert(name.into(), unit.into());
            values.insert(name.into(), value);
        }
        reply.insert(format!("{block}_units"), units.into());
        reply.insert(block.into(), values.into());
        Ok(())
    }

    /// A daily variable is mostly an hourly one and how its 24 values become one.
    fn of_day(&self, date: Date, name: &str) -> Option<(Value, &'static str)> {
        let sun = self.sky.sun(date);
        let moment = |time: Option<DateTime>| time.map_or(Value::Null, |time| self.moment(time));
        match name {
            "sunrise" => return Some((moment(sun.map(|sun| sun.0)), self.time_label())),
            "sunset" => return Some((moment(sun.map(|sun| sun.1)), self.time_label())),
            _ => {}
        }
        let (hourly, summary) = match name {
            "weather_code" => (name, "max"),
            "wind_direction_10m_dominant" => ("wind_direction_10m", "max"),
            _ => name.rsplit_once('_')?,
        };
        let (_, unit) = weather_at(&self.sky, date.at(0, 0, 0, 0), hourly)?;
        let hours =
            (0..24).filter_map(|hour| weather_at(&self.sky, date.at(hour, 0, 0, 0), hourly)?.0);
        let value = match summary {
            "max" => hours.reduce(f64::max),
            "min" => hours.reduce(f64::min),
            "sum" => Some(hours.sum()),
            "mean" => Some(hours.sum::<f64>() / 24.0),
            "hours" => return Some((hours.filter(|value| *value > 0.0).count().into(), "h")),
            _ => return None,
        };
        Some((self.units.show(value, unit), self.units.label(unit)))
    }

    fn moment(&self, local: DateTime) -> Value {
        match self.unix_time {
            true => self.sky.unix(local).into(),
            false => local.strftime("%Y-%m-%dT%H:%M").to_string().into(),
        }
    }

    fn time_label(&self) -> &'static str {
        if self.unix_time {
            "unixtime"
        } else {
            "iso8601"
        }
    }
}

fn location(parameters: &Parameters) -> Result<(f64, f64), Refusal> {
    let given = |name| parameters.get(name).map_or("", String::as_str);
    let latitude = coordinate(parameters, "latitude", 90.0).ok_or_else(|| {
        let given = given("latitude");
        refuse(&format!(
            "Latitude must be in range of -90 to 90°. Given: {given}."
        ))
    })?;
    let longitude = coordinate(parameters, "longitude", 180.0).ok_or_else(|| {
        let given = given("longitude");
        refuse(&format!(
            "Longitude must be in range of -180 to 180°. Given: {given}."
        ))
    })?;
    Ok((latitude, longitude))
}

fn allowed(given: &str, what: &str, most: usize) -> Result<usize, Refusal> {
    let number = given.parse().ok().filter(|number| *number <= most);
    number.ok_or_else(|| {
        refuse(&format!(
            "{what} is invalid. Allowed range 0 to {most}. Given {given}."
        ))
    })
}

/// The value by its name; the first is the default.
fn choice<T: Copy>(
    parameters: &Parameters,
    name: &str,
    values: &[(&str, T)],
) -> Result<T, Refusal> {
    let wanted = parameters.get(name).map(String::as_str);
    let mut values = values.iter();
    values
        .find(|(value, _)| wanted.is_none_or(|wanted| wanted == *value))
        .map(|(_, value)| *value)
        .ok_or_else(|| refuse(&format!("Value for parameter '{name}' is invalid.")))
}

fn unknown_variable(name: &str) -> Refusal {
    refuse(&format!(
        "Data corrupted at path ''. Cannot initialize DemoVariable from invalid String value {name}."
    ))
}

fn refuse(reason: &str) -> Refusal {
    (
        StatusCode::BAD_REQUEST,
        Json(json!({"error": true, "reason": reason})),
    )
}
