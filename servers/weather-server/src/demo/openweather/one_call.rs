//! One Call 3.0.

use axum::{Json, extract::State, http::StatusCode};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use serde_json::{Map, Value, json};

use super::{View, condition, fields, key, refuse};
use crate::demo::{
    Answer, Clock, Parameters, is_windy,
    sky::{Hour, tenths},
};

/// A key that begins so is subscribed to One Call; every other key is not.
const ONE_CALL_KEY: &str = "demo-onecall";

pub(super) async fn one_call(State(clock): State<Clock>, parameters: Parameters) -> Answer {
    let view = View::new(&parameters, clock())?;
    if !key(&parameters)?.starts_with(ONE_CALL_KEY) {
        let message = "Please note that using One Call 3.0 requires a separate subscription to the One Call by Call \
                       plan. Learn more here https://openweathermap.org/price. If you have a valid subscription to the \
                       One Call by Call plan, but still receive this error, then please see \
                       https://openweathermap.org/faq#error401 for more info.";
        return Err(refuse(StatusCode::UNAUTHORIZED, 401.into(), message));
    }
    let today = view.sky.local(view.now).date();
    let (sunrise, sunset) = view.sun(today);
    let mut now = view.hour_row(view.now);
    now.extend(fields(json!({"sunrise": sunrise, "sunset": sunset})));
    now.remove("pop");
    let rain = view.hour(view.now).rain;
    let this_hour = view.now.as_second() / 3600 * 3600;
    let hours = (0..48).filter_map(|hour| Timestamp::from_second(this_hour + hour * 3600).ok());
    let minutes = (0..60).map(|minute| view.now.as_second() / 60 * 60 + minute * 60);
    let days = today.series(1.day()).take(8);
    let mut reply = fields(json!({
        "lat": view.sky.latitude,
        "lon": view.sky.longitude,
        "timezone": view.city.zone,
        "timezone_offset": view.sky.offset.seconds(),
        "current": now,
        "minutely": minutes.map(|dt| json!({"dt": dt, "precipitation": rain})).collect::<Vec<_>>(),
        "hourly": hours.map(|time| view.hour_row(time)).collect::<Vec<_>>(),
        "daily": days.map(|date| view.day_row(date)).collect::<Vec<_>>(),
    }));
    if is_windy(view.sky.latitude, view.sky.longitude) {
        reply.insert(
            "alerts".into(),
            json!([{
                "sender_name": "DEMO Weather Office",
                "event": "DEMO: Wind Advisory",
                "start": this_hour,
                "end": this_hour + 12 * 3600,
                "description": "DEMO: gusts that nobody will feel. This alert is made up.",
                "tags": ["Wind"],
            }]),
        );
    }
    for left_out in parameters
        .get("exclude")
        .map_or("", String::as_str)
        .split(',')
    {
        reply.remove(left_out);
    }
    Ok(Json(reply.into()))
}

impl View {
    fn hour_row(&self, time: Timestamp) -> Map<String, Value> {
        let hour = self.hour(time);
        let mut result = fields(json!({
            "dt": time.as_second(),
            "temp": (self.temperature)(hour.temperature),
            "feels_like": (self.temperature)(hour.feels_like),
            "visibility": hour.visibility.min(10_000.0) as i64,
            "pop": hour.probability / 100.0,
        }));
        result.extend(self.common(&hour));
        for (name, amount) in [("rain", hour.rain), ("snow", hour.snow)] {
            if amount > 0.0 {
                result.insert(name.into(), json!({"1h": amount}));
            }
        }
        result
    }

    fn common(&self, hour: &Hour) -> Map<String, Value> {
        fields(json!({
            "pressure": hour.pressure.round() as i64,
            "humidity": hour.humidity as i64,
            "dew_point": (self.temperature)(hour.dew_point),
            "uvi": hour.uv_index,
            "clouds": hour.clouds as i64,
            "wind_speed": tenths(hour.wind * self.speed),
            "wind_deg": hour.wind_from as i64,
            "wind_gust": tenths(hour.gust * self.speed),
            "weather": [condition(hour.code, hour.is_day)],
        }))
    }

    fn day_row(&self, date: Date) -> Value {
        let hours = self.sky.day(date);
        let (sunrise, sunset) = self.sun(date);
        let at = |hour| self.sky.hour(date.at(hour, 0, 0, 0));
        let (night, morning, noon, evening) = (at(0), at(6), at(12), at(18));
        let shown = |hour: &Hour| (self.temperature)(hour.temperature);
        let felt = |hour: &Hour| (self.temperature)(hour.feels_like);
        let degrees = || hours.iter().map(|hour| hour.temperature);
        let worst = hours.iter().max_by_key(|hour| hour.code).unwrap_or(&noon);
        let mut day = self.common(worst);
        day.extend(fields(json!({
            "dt": self.sky.unix(date.at(12, 0, 0, 0)),
            "sunrise": sunrise,
            "sunset": sunset,
            "summary": "DEMO: a made-up day",
            "temp": {
                "day": shown(&noon),
                "min": (self.temperature)(degrees().fold(f64::INFINITY, f64::min)),
                "max": (self.temperature)(degrees().fold(f64::NEG_INFINITY, f64::max)),
                "night": shown(&night),
                "eve": shown(&evening),
                "morn": shown(&morning),
            },
            "feels_like": {
                "day": felt(&noon), "night": felt(&night), "eve": felt(&evening), "morn": felt(&morning),
            },
            "pop": hours.iter().map(|hour| hour.probability).fold(0.0, f64::max) / 100.0,
            "uvi": hours.iter().map(|hour| hour.uv_index).fold(0.0, f64::max),
        })));
        let rain: f64 = hours.iter().map(|hour| hour.rain).sum();
        let snow: f64 = hours.iter().map(|hour| hour.snow).sum();
        for (name, amount) in [("rain", rain), ("snow", snow)] {
            if amount > 0.0 {
                day.insert(name.into(), tenths(amount).into());
            }
        }
        day.into()
    }
}
