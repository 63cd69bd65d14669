//! Through the real client to an imitation of the providers.

use jiff::civil::date;
use serde_json::{Value, json};
use shared::{config::Env, http::Retry, settings::Settings};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, header_regex, path, query_param, query_param_is_missing},
};

use super::*;

const ONE_CALL_401: &str = "Please note that using One Call 3.0 requires a separate subscription to the One Call by Call plan.";

fn fixture(name: &str) -> Value {
    let file = format!(
        "{}/tests/it/fixtures/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn weather(server: &MockServer, variables: &[(&str, &str)]) -> Weather {
    let mut all = vec![
        ("OPENWEATHER_BASE_URL", server.uri()),
        ("OPEN_METEO_BASE_URL", server.uri()),
        ("NWS_BASE_URL", server.uri()),
    ];
    all.extend(
        variables
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    let env = Env::default().with(all.into_iter().map(|(name, value)| (name, Some(value))));
    let mut config = Config::from_env(&env).unwrap();
    config.retry = Retry {
        attempts: 1,
        ..Retry::default()
    };
    config.now = || "2026-11-21T16:50Z".parse().unwrap();
    Weather::new(&config, &Client::new(&env, &Settings::defaults()).unwrap())
}

const KEY: (&str, &str) = ("OPENWEATHER_API_KEY", "0123456789abcdef");

fn place() -> Place {
    Place {
        name: "Berlin".into(),
        region: None,
        country: None,
        country_code: Some("DE".into()),
        latitude: 52.524_371,
        longitude: 13.410_53,
        time_zone: Some("Europe/Berlin".into()),
        population: None,
    }
}

async fn gives(server: &MockServer, route: &str, status: u16, body: Value) {
    let response = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(path(route))
        .respond_with(response)
        .mount(server)
        .await;
}

fn no_one_call() -> Value {
    json!({"cod": 401, "message": ONE_CALL_401})
}

#[path = "wire_places.rs"]
mod places;

#[tokio::test]
async fn open_meteo_is_asked_for_unix_time_metres_per_second_and_rounded_coordinates() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/forecast"))
        .and(query_param("latitude", "52.5244"))
        .and(query_param("timezone", "auto"))
        .and(query_param("timeformat", "unixtime"))
        .and(query_param("wind_speed_unit", "ms"))
        .and(query_param_is_missing("daily"))
        .respond_with(ResponseTemplate::new(200).set_body_json(fixture("om.forecast")))
        .expect(1)
        .mount(&server)
        .await;
    let weather = weather(&server, &[]);
    for _ in 0..2 {
        let current = weather.current(&place(), None).await.unwrap();
        assert_eq!(
            (current.source, current.notes.len()),
            (Source::OpenMeteo, 0)
        );
    }
}

#[tokio::test]
async fn a_refused_key_falls_back_with_a_note() {
    let server = MockServer::start().await;
    let refusal = fixture("owm.errors")["invalid_key"]["body"].clone();
    gives(&server, "/data/2.5/weather", 401, refusal).await;
    gives(&server, "/v1/forecast", 200, fixture("om.forecast")).await;
    let current = weather(&server, &[KEY])
        .current(&place(), None)
        .await
        .unwrap();
    assert_eq!(current.source, Source::OpenMeteo);
    assert!(
        current.notes[0].contains("refused the API key (HTTP 401)"),
        "{:?}",
        current.notes
    );
}

#[tokio::test]
async fn a_broken_provider_falls_back_with_a_note() {
    for (status, body) in [(500, "x"), (502, "<html>"), (200, "{"), (429, "{}")] {
        let server = MockServer::start().await;
        Mock::given(path("/data/2.5/air_pollution"))
            .respond_with(ResponseTemplate::new(status).set_body_string(body))
            .mount(&server)
            .await;
        gives(&server, "/v1/air-quality", 200, fixture("om.air_quality")).await;
        let air = weather(&server, &[KEY])
            .air_quality(&place())
            .await
            .unwrap();
        assert_eq!(air.source, Source::OpenMeteo, "{status}");
        assert_eq!(air.notes.len(), 1, "{status}");
    }
}

#[tokio::test]
async fn the_paid_provider_is_asked_with_key_units_and_language() {
    let server = MockServer::start().await;
    Mock::given(path("/data/2.5/weather"))
        .and(query_param("appid", KEY.1))
        .and(query_param("units", "metric"))
        .and(query_param("lang", "cz"))
        .and(query_param("lat", "52.5244"))
        .respond_with(ResponseTemplate::new(200).set_body_json(fixture("owm.current.metric")))
        .mount(&server)
        .await;
    let current = weather(&server, &[KEY])
        .current(&place(), Some("cs"))
        .await
        .unwrap();
    assert_eq!(current.source, Source::OpenWeather);
    assert_eq!(current.value.time_zone.as_deref(), Some("Europe/Berlin"));
}

#[tokio::test]
async fn a_key_without_one_call_is_asked_once_and_days_come_from_the_slots() {
    let server = MockServer::start().await;
    Mock::given(path("/data/3.0/onecall"))
        .respond_with(ResponseTemplate::new(401).set_body_json(no_one_call()))
        .expect(1)
        .mount(&server)
        .await;
    gives(
        &server,
        "/data/2.5/forecast",
        200,
        fixture("owm.forecast5.tokyo"),
    )
    .await;
    let weather = weather(&server, &[KEY]);
    let days = weather.daily(&place(), 3, None).await.unwrap();
    assert_eq!((days.source, days.value.len()), (Source::OpenWeather, 3));
    assert_eq!(days.value[0].date, date(2026, 11, 21));
    assert!(days.notes.is_empty());
    let hours = weather.hourly(&place(), 7, None).await.unwrap();
    assert_eq!(hours.value.len(), 3);
}

#[tokio::test]
async fn days_beyond_one_call_come_from_open_meteo_with_a_note() {
    let server = MockServer::start().await;
    gives(&server, "/data/3.0/onecall", 200, fixture("owm.onecall3")).await;
    gives(&server, "/v1/forecast", 200, fixture("om.forecast")).await;
    let days = weather(&server, &[KEY])
        .daily(&place(), 2, None)
        .await
        .unwrap();
    let sources: Vec<_> = days.value.iter().map(|day| day.source).collect();
    assert_eq!(sources, [Source::OpenWeatherOneCall, Source::OpenMeteo]);
    assert_eq!(
        days.notes,
        ["Days from 2026-11-22 on come from Open-Meteo: OpenWeatherMap's forecast ends before"]
    );
}

#[tokio::test]
async fn alerts_come_from_one_call_or_the_national_service_or_nobody() {
    let server = MockServer::start().await;
    Mock::given(path("/alerts/active"))
        .and(query_param("point", "52.5244,13.4105"))
        .and(header("accept", "application/geo+json"))
        .and(header_regex(
            "user-agent",
            "^weather-server/.* \\(MCP server\\)$",
        ))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"features": []})))
        .mount(&server)
        .await;
    let free = weather(&server, &[]);
    let alerts = free.alerts(&place(), None).await.unwrap();
    assert!(matches!(alerts.value, Alerts::NoSource(_)));
    let here = Place {
        country_code: Some("US".into()),
        ..place()
    };
    let alerts = free.alerts(&here, None).await.unwrap();
    assert_eq!(alerts.value, Alerts::Known(vec![]));
    assert_eq!(alerts.source, Source::NationalWeatherService);
    gives(&server, "/data/3.0/onecall", 200, fixture("owm.onecall3")).await;
    let alerts = weather(&server, &[KEY])
        .alerts(&place(), None)
        .await
        .unwrap();
    assert_eq!(alerts.source, Source::OpenWeatherOneCall);
}

#[tokio::test]
async fn a_point_the_national_service_does_not_know_has_no_source() {
    let server = MockServer::start().await;
    gives(
        &server,
        "/alerts/active",
        404,
        json!({"title": "Not Found", "status": 404}),
    )
    .await;
    let here = Place {
        country_code: None,
        latitude: 49.0,
        longitude: -97.0,
        ..place()
    };
    let alerts = weather(&server, &[]).alerts(&here, None).await.unwrap();
    assert!(matches!(alerts.value, Alerts::NoSource(_)));
}

#[tokio::test]
async fn history_comes_from_the_archive() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/archive"))
        .and(query_param("start_date", "2020-01-01"))
        .and(query_param("end_date", "2020-01-02"))
        .respond_with(ResponseTemplate::new(200).set_body_json(fixture("om.archive")))
        .mount(&server)
        .await;
    let days = weather(&server, &[])
        .history(&place(), date(2020, 1, 1), date(2020, 1, 2))
        .await
        .unwrap();
    assert_eq!(
        (days.source, days.value.len()),
        (Source::OpenMeteoArchive, 2)
    );
}

#[tokio::test]
async fn doctor_asks_every_provider_in_use() {
    let server = MockServer::start().await;
    gives(&server, "/v1/forecast", 200, fixture("om.forecast")).await;
    gives(
        &server,
        "/data/2.5/weather",
        200,
        fixture("owm.current.metric"),
    )
    .await;
    gives(&server, "/data/3.0/onecall", 401, no_one_call()).await;
    gives(&server, "/", 200, json!({"status": "OK"})).await;
    let checks = weather(&server, &[KEY]).checks().await;
    let kinds: Vec<_> = checks
        .iter()
        .map(|check| match check {
            Check::Ok(_) => "ok",
            Check::Warn(..) => "warn",
            Check::Fail(..) => "fail",
        })
        .collect();
    assert_eq!(kinds, ["ok", "ok", "warn", "ok"], "{checks:#?}");
}

#[tokio::test]
async fn doctor_fails_for_a_refused_key() {
    let server = MockServer::start().await;
    gives(&server, "/v1/forecast", 200, fixture("om.forecast")).await;
    let refusal = fixture("owm.errors")["invalid_key"]["body"].clone();
    gives(&server, "/data/2.5/weather", 401, refusal).await;
    gives(&server, "/", 200, json!({"status": "OK"})).await;
    let checks = weather(&server, &[KEY]).checks().await;
    assert!(matches!(checks[1], Check::Fail(..)), "{checks:#?}");
}

#[tokio::test]
async fn today_is_the_place_s_today_and_days_before_are_dropped() {
    let server = MockServer::start().await;
    let mut forecast = fixture("om.forecast");
    forecast["timezone"] = "Asia/Tokyo".into();
    gives(&server, "/v1/forecast", 200, forecast).await;
    // 16:50 UTC on the 21st is the 22nd in Tokyo.
    let days = weather(&server, &[])
        .daily(&place(), 2, None)
        .await
        .unwrap();
    let dates: Vec<_> = days.value.iter().map(|day| day.date).collect();
    assert_eq!(dates, [date(2026, 11, 22)]);
}
