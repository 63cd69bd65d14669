//! The routes of OpenWeatherMap.

mod one_call;

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use serde_json::{Map, Value, json};

use super::{
    Answer, Clock, Parameters, Refusal, coordinate, places,
    sky::{Hour, Sky, tenths},
};

pub(super) fn routes() -> Router<Clock> {
    Router::new()
        .route("/data/2.5/weather", get(current))
        .route("/data/2.5/forecast", get(forecast))
        .route("/data/2.5/air_pollution", get(air_pollution))
        .route("/data/3.0/onecall", get(one_call::one_call))
        .route("/geo/1.0/direct", get(direct))
        .route("/geo/1.0/reverse", get(reverse))
        .route("/geo/1.0/zip", get(zip))
}

async fn current(State(clock): State<Clock>, parameters: Parameters) -> Answer {
    let view = View::new(&parameters, clock())?;
    let hour = view.hour(view.now);
    let (sunrise, sunset) = view.sun(view.sky.local(view.now).date());
    let mut reply = view.slot(&hour, view.now, ("1h", hour.rain, hour.snow));
    reply.extend(fields(json!({
        "coord": view.coordinates(),
        "base": "stations",
        "sys": {
            "type": 2, "id": 1, "country": view.city.country_code, "sunrise": sunrise, "sunset": sunset,
        },
        "timezone": view.sky.offset.seconds(),
        "id": view.city.id(),
        "name": view.city.name,
        "cod": 200,
    })));
    Ok(Json(reply.into()))
}

/// Forty slots from the next full three hours of UTC on.
async fn forecast(State(clock): State<Clock>, parameters: Parameters) -> Answer {
    const STEP: i64 = 3 * 3600;
    let view = View::new(&parameters, clock())?;
    let first = (view.now.as_second() / STEP + 1) * STEP;
    let count = parameters.get("cnt").and_then(|count| count.parse().ok());
    let list: Vec<Value> = (0..count.unwrap_or(40).clamp(1, 40))
        .filter_map(|slot| Timestamp::from_second(first + slot * STEP).ok())
        .map(|time| view.three_hours(time))
        .collect();
    let (sunrise, sunset) = view.sun(view.sky.local(view.now).date());
    Ok(Json(json!({
        "cod": "200",
        "message": 0,
        "cnt": list.len(),
        "list": list,
        "city": {
            "id": view.city.id(),
            "name": view.city.name,
            "coord": view.coordinates(),
            "country": view.city.country_code,
            "population": view.city.population,
            "timezone": view.sky.offset.seconds(),
            "sunrise": sunrise,
            "sunset": sunset,
        },
    })))
}

async fn air_pollution(State(clock): State<Clock>, parameters: Parameters) -> Answer {
    let view = View::new(&parameters, clock())?;
    let air = view.sky.air(view.sky.local(view.now));
    // The other pollutants stay below what would make the index worse than fine dust does.
    let worse = [10.0, 25.0, 50.0, 75.0]
        .iter()
        .filter(|bound| air.pm2_5 >= **bound);
    Ok(Json(json!({
        "coord": view.coordinates(),
        "list": [{
            "main": {"aqi": 1 + worse.count()},
            "components": {
                "co": air.carbon_monoxide,
                "no": tenths(air.nitrogen_dioxide / 10.0),
                "no2": air.nitrogen_dioxide,
                "o3": air.ozone,
                "so2": air.sulphur_dioxide,
                "pm2_5": air.pm2_5,
                "pm10": air.pm10,
                "nh3": air.ammonia,
            },
            "dt": view.now.as_second(),
        }],
    })))
}

async fn direct(parameters: Parameters) -> Answer {
    key(&parameters)?;
    let name = parameters.get("q").map_or("", |name| name.trim());
    if name.is_empty() {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            "400".into(),
            "Nothing to geocode",
        ));
    }
    let limit = parameters.get("limit").and_then(|limit| limit.parse().ok());
    let found = places::search(name)
        .into_iter()
        .take(limit.unwrap_or(5_usize).min(5));
    Ok(Json(found.map(|city| located(&city)).collect()))
}

async fn reverse(State(clock): State<Clock>, parameters: Parameters) -> Answer {
    let view = View::new(&parameters, clock())?;
    Ok(Json(json!([located(&view.city)])))
}

async fn zip(parameters: Parameters) -> Answer {
    key(&parameters)?;
    let zip = parameters.get("zip").map_or("", String::as_str);
    let (code, country) = zip.split_once(',').unwrap_or((zip, "US"));
    let city = places::search(code)
        .into_iter()
        .next()
        .ok_or_else(|| refuse(StatusCode::NOT_FOUND, "404".into(), "not found"))?;
    Ok(Json(json!({
        "zip": code, "name": city.name, "lat": city.latitude, "lon": city.longitude, "country": country,
    })))
}

fn located(city: &places::City) -> Value {
    let mut result = json!({
        "name": city.name,
        "local_names": {"en": city.name},
        "lat": city.latitude,
        "lon": city.longitude,
        "country": city.country_code,
    });
    if let (Some(result), false) = (result.as_object_mut(), city.region.is_empty()) {
        result.insert("state".into(), city.region.into());
    }
    result
}

/// The weather of a place in the units that were asked for.
struct View {
    sky: Sky,
    city: places::City,
    now: Timestamp,
    temperature: fn(f64) -> f64,
    /// How many of them are one metre per second.
    speed: f64,
}

impl View {
    fn new(parameters: &Parameters, now: Timestamp) -> Result<Self, Refusal> {
        key(parameters)?;
        let wrong = |message| refuse(StatusCode::BAD_REQUEST, "400".into(), message);
        if !parameters.contains_key("lat") && !parameters.contains_key("lon") {
            return Err(wrong("Nothing to geocode"));
        }
        let latitude =
            coordinate(parameters, "lat", 90.0).ok_or_else(|| wrong("wrong latitude"))?;
        let longitude =
            coordinate(parameters, "lon", 180.0).ok_or_else(|| wrong("wrong longitude"))?;
        let city = places::near(latitude, longitude);
        let sky = Sky::new(latitude, longitude, &city.zone, now)
            .ok_or_else(|| wrong("wrong longitude"))?;
        let (temperature, speed): (fn(f64) -> f64, f64) =
            match parameters.get("units").map(String::as_str) {
                Some("metric") => (tenths, 1.0),
                Some("imperial") => (|celsius| tenths(celsius * 1.8 + 32.0), 2.236_94),
                _ => (|celsius| tenths(celsius + 273.15), 1.0),
            };
        Ok(Self {
            sky,
            city,
            now,
            temperature,
            speed,
        })
    }

    fn hour(&self, time: Timestamp) -> Hour {
        self.sky.hour(self.sky.local(time))
    }

    fn coordinates(&self) -> Value {
        json!({"lon": self.sky.longitude, "lat": self.sky.latitude})
    }

    /// Unix time of sunrise and sunset.
    fn sun(&self, date: Date) -> (Option<i64>, Option<i64>) {
        let sun = self.sky.sun(date);
        (
            sun.map(|sun| self.sky.unix(sun.0)),
            sun.map(|sun| self.sky.unix(sun.1)),
        )
    }

    /// What the 2.5 routes say of a moment. Dry weather has neither `rain` nor `snow`.
    fn slot(
        &self,
        hour: &Hour,
        time: Timestamp,
        (period, rain, snow): (&str, f64, f64),
    ) -> Map<String, Value> {
        let temperature = (self.temperature)(hour.temperature);
        let mut slot = fields(json!({
            "dt": time.as_second(),
            "main": {
                "temp": temperature,
                "feels_like": (self.temperature)(hour.feels_like),
                "temp_min": temperature,
                "temp_max": temperature,
                "pressure": hour.pressure.round() as i64,
                "sea_level": hour.pressure.round() as i64,
                "grnd_level": hour.pressure.round() as i64 - 4,
                "humidity": hour.humidity as i64,
            },
            "weather": [condition(hour.code, hour.is_day)],
            "clouds": {"all": hour.clouds as i64},
            "wind": {
                "speed": tenths(hour.wind * self.speed),
                "deg": hour.wind_from as i64,
                "gust": tenths(hour.gust * self.speed),
            },
            "visibility": hour.visibility.min(10_000.0) as i64,
        }));
        for (name, amount) in [("rain", rain), ("snow", snow)] {
            if amount > 0.0 {
                slot.insert(name.into(), json!({period: tenths(amount)}));
            }
        }
        slot
    }

    fn three_hours(&self, time: Timestamp) -> Value {
        let local = self.sky.local(time);
        let hours = [0, 1, 2].map(|ahead| self.sky.hour(local.saturating_add(ahead.hours())));
        let (rain, snow) = hours.iter().fold((0.0, 0.0), |(rain, snow), hour| {
            (rain + hour.rain, snow + hour.snow)
        });
        let [hour, ..] = &hours;
        let mut slot = self.slot(hour, time, ("3h", rain, snow));
        slot.extend(fields(json!({
            "pop": hour.probability / 100.0,
            "sys": {"pod": if hour.is_day { "d" } else { "n" }},
            "dt_txt": time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        })));
        if let Some(main) = slot.get_mut("main").and_then(Value::as_object_mut) {
            main.insert("temp_kf".into(), 0.into());
        }
        slot.into()
    }
}

fn condition(code: u8, is_day: bool) -> Value {
    let (id, main, description, icon) = match code {
        0 => (800, "Clear", "clear sky", "01"),
        1 => (801, "Clouds", "few clouds", "02"),
        2 => (802, "Clouds", "scattered clouds", "03"),
        51 => (300, "Drizzle", "light intensity drizzle", "09"),
        61 => (500, "Rain", "light rain", "10"),
        63 => (501, "Rain", "moderate rain", "10"),
        65 => (502, "Rain", "heavy intensity rain", "10"),
        71 => (600, "Snow", "light snow", "13"),
        73 => (601, "Snow", "snow", "13"),
        75 => (602, "Snow", "heavy snow", "13"),
        95 => (211, "Thunderstorm", "thunderstorm", "11"),
        _ => (804, "Clouds", "overcast clouds", "04"),
    };
    json!({
        "id": id,
        "main": main,
        "description": format!("DEMO: {description}"),
        "icon": format!("{icon}{}", if is_day { "d" } else { "n" }),
    })
}

/// Any key is good, but there must be one.
fn key(parameters: &Parameters) -> Result<&str, Refusal> {
    let key = parameters.get("appid").map_or("", String::as_str);
    if key.is_empty() {
        let message =
            "Invalid API key. Please see https://openweathermap.org/faq#error401 for more info.";
        return Err(refuse(StatusCode::UNAUTHORIZED, 401.into(), message));
    }
    Ok(key)
}

fn fields(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// `cod` is a number in some of its errors and a text in others.
fn refuse(status: StatusCode, cod: Value, message: &str) -> Refusal {
    (status, Json(json!({"cod": cod, "message": message})))
}
