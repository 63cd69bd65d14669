use axum::body::{Body, to_bytes};
use axum::http::Request;
use shared::config::Env;
use tower::ServiceExt as _;

use super::*;

const OSLO: &str = "latitude=59.91273&longitude=10.74609&timezone=auto";
const OWM_OSLO: &str = "lat=59.91273&lon=10.74609&appid=demo-onecall-1";

/// A quarter to six in Berlin.
fn now() -> Timestamp {
    "2026-11-21T16:47:00Z".parse().unwrap()
}

async fn ask(path_and_query: &str) -> (u16, Value) {
    ask_at(now, path_and_query).await
}

async fn ask_at(clock: Clock, path_and_query: &str) -> (u16, Value) {
    let request = Request::get(path_and_query).body(Body::empty()).unwrap();
    let response = routes(clock).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

async fn answer(path_and_query: &str) -> Value {
    let (status, body) = ask(path_and_query).await;
    assert_eq!(status, 200, "{path_and_query}: {body}");
    body
}

/// The keys that a recorded answer has and this one lacks; a list stands for all its entries with the first.
fn missing(recorded: &Value, answer: &Value) -> Vec<String> {
    match (recorded, answer) {
        (Value::Object(recorded), Value::Object(answer)) => {
            let one = |(name, value): (&String, &Value)| match answer.get(name) {
                None => vec![name.clone()],
                Some(own) => missing(value, own),
            };
            recorded.iter().flat_map(one).collect()
        }
        (Value::Array(recorded), Value::Array(answer)) => {
            match (recorded.first(), answer.first()) {
                (Some(recorded), Some(answer)) => missing(recorded, answer),
                (Some(_), None) => vec!["an entry".into()],
                _ => vec![],
            }
        }
        _ => vec![],
    }
}

macro_rules! recorded {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/it/fixtures/",
            $name
        )))
        .unwrap()
    };
}

// Below the macro, which it uses.
mod geocoding;

/// What was asked to get the recorded answer, as far as the answer tells.
fn lists(recorded: &Value) -> String {
    let blocks = ["current", "hourly", "daily"].map(|block| {
        let names = recorded[block]
            .as_object()
            .into_iter()
            .flat_map(|all| all.keys());
        let names: Vec<_> = names
            .filter(|name| !matches!(name.as_str(), "time" | "interval"))
            .cloned()
            .collect();
        format!("&{block}={}", names.join(","))
    });
    blocks.concat()
}

#[test]
fn a_demo_points_every_provider_at_itself_and_forgets_the_key() {
    let env = Env::from([
        ("OPENWEATHER_API_KEY", "real"),
        ("OPENWEATHER_API_KEY_FILE", "/real"),
    ]);
    let env = env.with((demo().env)("http://127.0.0.1:1"));
    for name in [
        "OPEN_METEO_BASE_URL",
        "OPENWEATHER_BASE_URL",
        "NWS_BASE_URL",
    ] {
        assert_eq!(env.get(name), Some("http://127.0.0.1:1"));
    }
    assert!(env.secret("OPENWEATHER_API_KEY").unwrap().is_none());
}

#[tokio::test]
async fn open_meteo_answers_have_the_recorded_keys() {
    for (path, recorded) in [
        (
            "/v1/forecast?forecast_days=2",
            recorded!("om.forecast.json"),
        ),
        ("/v1/air-quality?", recorded!("om.air_quality.json")),
        (
            "/v1/archive?start_date=2020-01-01&end_date=2020-01-02",
            recorded!("om.archive.json"),
        ),
    ] {
        let answer = answer(&format!("{path}&{OSLO}{}", lists(&recorded))).await;
        assert_eq!(missing(&recorded, &answer), Vec::<String>::new(), "{path}");
        for units in ["current_units", "hourly_units", "daily_units"] {
            assert_eq!(answer[units], recorded[units], "{path}");
        }
    }
}

#[tokio::test]
async fn openweather_answers_have_the_recorded_keys() {
    // Dry hours have no rain, not every place has an alert, and nothing here reads the moon.
    let optional = [
        "rain",
        "snow",
        "de",
        "fr",
        "ru",
        "es",
        "alerts",
        "moonrise",
        "moonset",
        "moon_phase",
    ];
    for (path, recorded) in [
        ("/data/2.5/weather?", recorded!("owm.current.metric.json")),
        ("/data/2.5/forecast?", recorded!("owm.forecast5.tokyo.json")),
        (
            "/data/2.5/air_pollution?",
            recorded!("owm.air_pollution.json"),
        ),
        ("/data/3.0/onecall?", recorded!("owm.onecall3.json")),
        ("/geo/1.0/direct?q=London", recorded!("owm.geo.direct.json")),
        ("/geo/1.0/reverse?", recorded!("owm.geo.reverse.json")),
        ("/geo/1.0/zip?zip=90210,US", recorded!("owm.geo.zip.json")),
    ] {
        let answer = answer(&format!("{path}&{OWM_OSLO}")).await;
        let mut missing = missing(&recorded, &answer);
        missing.retain(|name| !optional.contains(&name.as_str()));
        assert_eq!(missing, Vec::<String>::new(), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_day_has_24_hours_even_when_the_clocks_change() {
    let clock = || "2026-10-24T12:00:00Z".parse().unwrap();
    let url = format!("/v1/forecast?{OSLO}&hourly=temperature_2m&forecast_days=3");
    let (_, body) = ask_at(clock, &url).await;
    let times = body["hourly"]["time"].as_array().unwrap();
    let of_change = times
        .iter()
        .filter(|time| time.as_str().unwrap().starts_with("2026-10-25"));
    assert_eq!((times.len(), of_change.count()), (72, 24));
}

#[tokio::test]
async fn the_daily_extremes_are_those_of_the_hours() {
    let url = format!(
        "/v1/forecast?{OSLO}&hourly=temperature_2m&daily=temperature_2m_min,temperature_2m_max&forecast_days=1"
    );
    let body = answer(&url).await;
    let hours: Vec<f64> = serde_json::from_value(body["hourly"]["temperature_2m"].clone()).unwrap();
    let (min, max) = (
        hours.iter().copied().reduce(f64::min),
        hours.iter().copied().reduce(f64::max),
    );
    assert_eq!(body["daily"]["temperature_2m_min"][0].as_f64(), min);
    assert_eq!(body["daily"]["temperature_2m_max"][0].as_f64(), max);
    assert!(min < max);
}

#[tokio::test]
async fn forecast_hours_start_with_the_running_hour() {
    let body = answer(&format!(
        "/v1/forecast?{OSLO}&hourly=weather_code&forecast_hours=12"
    ))
    .await;
    assert_eq!(body["hourly"]["time"].as_array().unwrap().len(), 12);
    assert_eq!(body["hourly"]["time"][0], "2026-11-21T17:00");
}

#[tokio::test]
async fn unix_times_are_utc() {
    let url = format!(
        "/v1/forecast?{OSLO}&current=is_day&daily=sunrise&forecast_days=1&timeformat=unixtime"
    );
    let body = answer(&url).await;
    assert_eq!(body["current"]["time"], json!(1_795_279_500));
    assert_eq!(body["daily"]["time"][0], json!(1_795_215_600));
    assert_eq!(body["daily_units"]["sunrise"], "unixtime");
}

#[tokio::test]
async fn units_are_those_that_were_asked_for() {
    let url = format!("/v1/forecast?{OSLO}&current=temperature_2m,wind_speed_10m");
    let metric = answer(&format!("{url}&wind_speed_unit=ms")).await;
    let other = answer(&format!("{url}&temperature_unit=fahrenheit")).await;
    let celsius = metric["current"]["temperature_2m"].as_f64().unwrap();
    let fahrenheit = other["current"]["temperature_2m"].as_f64().unwrap();
    assert!((celsius * 1.8 + 32.0 - fahrenheit).abs() < 0.11);
    assert_eq!(metric["current_units"]["wind_speed_10m"], "m/s");
    assert_eq!(
        other["current_units"],
        json!({
            "time": "iso8601", "interval": "seconds", "temperature_2m": "°F", "wind_speed_10m": "km/h",
        })
    );
}

#[tokio::test]
async fn the_polar_night_has_no_sunrise() {
    let clock = || "2026-12-20T12:00:00Z".parse().unwrap();
    let url = "/v1/forecast?latitude=69.6&longitude=19&timezone=auto&daily=sunrise,sunset&forecast_days=1";
    let (_, body) = ask_at(clock, url).await;
    assert_eq!(body["daily"]["sunrise"], json!([null]));
    assert_eq!(body["daily"]["sunset"], json!([null]));
}

#[tokio::test]
async fn senseless_questions_are_refused_as_open_meteo_does() {
    for (url, reason) in [
        ("/v1/forecast?latitude=999&longitude=1", "Latitude must be"),
        ("/v1/forecast?latitude=1", "Longitude must be"),
        (
            "/v1/forecast?latitude=1&longitude=1&forecast_days=99",
            "Forecast days is invalid. Allowed range 0 to 16. Given 99.",
        ),
        (
            "/v1/forecast?latitude=1&longitude=1&timezone=Mars/Base",
            "Invalid timezone",
        ),
        (
            "/v1/forecast?latitude=1&longitude=1&current=tempeture_2m",
            "invalid String value tempeture_2m.",
        ),
        (
            "/v1/forecast?latitude=1&longitude=1&wind_speed_unit=knots",
            "'wind_speed_unit'",
        ),
        (
            "/v1/archive?latitude=1&longitude=1&start_date=2020-01-02&end_date=2020-01-01",
            "End-date",
        ),
        (
            "/v1/archive?latitude=1&longitude=1&start_date=2020-01-02&end_date=2027-01-01",
            "out of allowed range",
        ),
        (
            "/v1/search?name=Oslo&count=0",
            "Parameter count must be between 1 and 100.",
        ),
    ] {
        let (status, body) = ask(url).await;
        assert_eq!((status, &body["error"]), (400, &json!(true)), "{url}");
        assert!(body["reason"].as_str().unwrap().contains(reason), "{body}");
    }
}

#[tokio::test]
async fn openweather_wants_a_key_and_one_call_a_subscription() {
    for path in [
        "data/2.5/weather",
        "data/2.5/forecast",
        "data/2.5/air_pollution",
        "data/3.0/onecall",
        "geo/1.0/direct",
        "geo/1.0/reverse",
        "geo/1.0/zip",
    ] {
        let (status, body) = ask(&format!("/{path}?lat=1&lon=1&q=Oslo&zip=90210")).await;
        assert_eq!((status, &body["cod"]), (401, &json!(401)), "{path}");
        assert!(
            body["message"]
                .as_str()
                .unwrap()
                .starts_with("Invalid API key.")
        );
    }
    let (status, body) = ask("/data/3.0/onecall?lat=1&lon=1&appid=other").await;
    assert_eq!(status, 401);
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .contains("separate subscription")
    );
}

#[tokio::test]
async fn openweather_says_demo_and_what_open_meteo_says() {
    let theirs = answer(&format!("/data/2.5/weather?{OWM_OSLO}&units=metric")).await;
    let ours = answer(&format!("/v1/forecast?{OSLO}&current=temperature_2m")).await;
    assert_eq!(theirs["name"], "Oslo (DEMO)");
    assert!(
        theirs["weather"][0]["description"]
            .as_str()
            .unwrap()
            .starts_with("DEMO: ")
    );
    assert_eq!(theirs["main"]["temp"], ours["current"]["temperature_2m"]);
}

#[tokio::test]
async fn the_five_day_forecast_has_forty_slots_from_the_next_three_hours_on() {
    let body = answer(&format!("/data/2.5/forecast?{OWM_OSLO}")).await;
    assert_eq!(body["list"].as_array().unwrap().len(), 40);
    assert_eq!(body["list"][0]["dt_txt"], "2026-11-21 18:00:00");
    assert_eq!(body["cod"], "200");
}

#[tokio::test]
async fn the_north_of_the_united_states_has_an_alert_and_nobody_else() {
    let chicago = answer("/alerts/active?point=41.85,-87.65").await;
    assert_eq!(
        chicago["features"][0]["properties"]["event"],
        "DEMO: Wind Advisory"
    );
    for point in ["34.05,-118.24", "59.91,10.75"] {
        let body = answer(&format!("/alerts/active?point={point}")).await;
        assert_eq!(
            (&body["type"], &body["features"]),
            (&json!("FeatureCollection"), &json!([]))
        );
    }
    assert_eq!(ask("/alerts/active?point=here").await.0, 400);
}

#[tokio::test]
async fn unknown_routes_are_not_found_in_the_words_of_the_provider() {
    for (path, key) in [
        ("/v1/marine", "reason"),
        ("/data/9.9/weather", "cod"),
        ("/gridpoints", "correlationId"),
    ] {
        let (status, body) = ask(path).await;
        assert_eq!(status, 404);
        assert!(body.get(key).is_some(), "{path}: {body}");
    }
}
