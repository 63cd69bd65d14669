use jiff::civil::{date, datetime};
use serde_json::{Value, json};

use super::*;

const CURRENT: &str = include_str!("../../../tests/it/fixtures/owm.current.metric.json");
const AT_SEA: &str = include_str!("../../../tests/it/fixtures/owm.current.minimal.json");
const TOKYO: &str = include_str!("../../../tests/it/fixtures/owm.forecast5.tokyo.json");
const AIR: &str = include_str!("../../../tests/it/fixtures/owm.air_pollution.json");
const ERRORS: &str = include_str!("../../../tests/it/fixtures/owm.errors.json");

fn place(time_zone: Option<&str>) -> Place {
    Place {
        name: "Tokyo".into(),
        region: None,
        country: None,
        country_code: None,
        latitude: 35.7,
        longitude: 139.7,
        time_zone: time_zone.map(Into::into),
        population: None,
    }
}

fn current(json: &str) -> Current {
    let now: Now = serde_json::from_str(json).unwrap();
    now.current(&place(None)).unwrap()
}

#[test]
fn the_current_weather_is_in_local_time_with_the_rain_of_an_hour() {
    let current = current(CURRENT);
    assert_eq!(current.observed, datetime(2026, 11, 21, 17, 40, 0, 0));
    assert_eq!(current.condition.as_deref(), Some("moderate rain"));
    assert_eq!(current.temperature, Some(8.4));
    assert_eq!(current.precipitation, Some(3.16));
    assert_eq!(current.precipitation_minutes, Some(60));
    assert_eq!(current.wind.gust, Some(7.18));
}

#[test]
fn absent_rain_is_dry_but_an_absent_gust_is_unknown() {
    let current = current(AT_SEA);
    assert_eq!(current.precipitation, Some(0.0));
    assert_eq!(current.wind.gust, None);
    assert_eq!(current.visibility, None);
}

#[test]
fn rain_and_snow_add_up_and_three_hours_are_called_three_hours() {
    let with = |rain: Value, snow: Value| {
        current(&json!({"dt": 0, "main": {}, "rain": rain, "snow": snow}).to_string())
    };
    let mixed = with(json!({"1h": 1.0}), json!({"1h": 0.5}));
    assert_eq!(mixed.precipitation, Some(1.5));
    let older = with(json!({"3h": 2.0}), Value::Null);
    assert_eq!(older.precipitation, Some(2.0));
    assert_eq!(older.precipitation_minutes, Some(180));
}

#[test]
fn a_condition_without_description_is_put_into_words_by_its_id() {
    let current = current(r#"{"dt": 0, "main": {}, "weather": [{"id": 741}]}"#);
    assert_eq!(current.condition.as_deref(), Some("fog"));
}

#[test]
fn five_days_of_slots_are_six_local_dates_in_tokyo_the_last_one_partial() {
    let forecast: Forecast = serde_json::from_str(TOKYO).unwrap();
    for zone in [None, Some("Asia/Tokyo")] {
        let now = "2026-11-21T16:40Z".parse().unwrap();
        let days = forecast.days(&place(zone), 16, now);
        let dates: Vec<_> = days.iter().map(|day| (day.date, day.partial)).collect();
        assert_eq!(
            dates,
            [
                (date(2026, 11, 22), true),
                (date(2026, 11, 23), false),
                (date(2026, 11, 24), false),
                (date(2026, 11, 25), false),
                (date(2026, 11, 26), false),
                (date(2026, 11, 27), true),
            ]
        );
        assert_eq!(days[1].temperature_min, Some(8.0));
        assert_eq!(days[1].temperature_max, Some(20.0));
        assert_eq!(days[1].precipitation_probability_percent, Some(60.0));
        assert_eq!(days[1].condition.as_deref(), Some("scattered clouds"));
    }
}

#[test]
fn no_more_days_than_asked_for() {
    let forecast: Forecast = serde_json::from_str(TOKYO).unwrap();
    let now = "2026-11-21T16:40Z".parse().unwrap();
    assert_eq!(forecast.days(&place(None), 2, now).len(), 2);
}

#[test]
fn slots_are_steps_of_three_hours_from_the_running_one_on() {
    let forecast: Forecast = serde_json::from_str(TOKYO).unwrap();
    let steps = forecast.steps(&place(None), "2026-11-21T22:00Z".parse().unwrap());
    assert_eq!(steps[0].time, datetime(2026, 11, 22, 6, 0, 0, 0));
    assert_eq!(steps[0].step_hours, 3);
    assert_eq!(steps[0].precipitation, Some(0.0));
    assert_eq!(steps[0].precipitation_probability_percent, Some(10.0));
}

#[test]
fn the_air_index_names_its_scale() {
    let air: Air = serde_json::from_str(AIR).unwrap();
    let air = air.air_quality(&place(Some("Asia/Tokyo"))).unwrap();
    let index = &air.indexes[0];
    assert_eq!(
        (index.scale, index.value, index.level),
        ("OpenWeatherMap index 1..5", 2.0, "fair")
    );
    assert_eq!(air.pollutants.len(), 8);
    assert_eq!(air.pollutants[0].name, "PM2.5");
    assert_eq!(air.pollutants[0].value, 0.5);
}

#[test]
fn languages_get_the_codes_of_the_provider() {
    for (iso, theirs) in [
        ("de", "de"),
        ("de-AT", "de"),
        ("cs", "cz"),
        ("ko", "kr"),
        ("lv", "la"),
        ("uk", "ua"),
        ("pt-BR", "pt_br"),
        ("pt", "pt"),
        ("zh", "zh_cn"),
        ("zh_CN", "zh_cn"),
        ("zh-TW", "zh_tw"),
    ] {
        assert_eq!(provider_language(iso), theirs, "{iso}");
    }
}

fn explained(case: &str) -> Option<Error> {
    let errors: Value = serde_json::from_str(ERRORS).unwrap();
    let case = &errors[case];
    let status = u16::try_from(case["status"].as_u64().unwrap()).unwrap();
    explain(status, case["body"].to_string().as_bytes())
}

#[test]
fn a_refused_key_says_that_a_new_one_takes_time() {
    let error = explained("invalid_key").unwrap();
    assert_eq!(error.kind(), "auth");
    assert!(error.to_string().contains("within two hours"), "{error}");
    assert!(!lacks_one_call(&error));
}

#[test]
fn a_missing_subscription_to_one_call_is_not_a_refused_key() {
    let error = explained("onecall3_not_subscribed").unwrap();
    assert_eq!(error.kind(), "rejected");
    assert!(lacks_one_call(&error));
}

#[test]
fn codes_are_read_as_number_and_as_text() {
    assert_eq!(explained("city_not_found").unwrap().kind(), "not_found");
    assert_eq!(
        explained("nothing_to_geocode").unwrap().kind(),
        "invalid_input"
    );
    assert_eq!(explained("wrong_latitude").unwrap().kind(), "rejected");
    assert_eq!(explained("internal").unwrap().kind(), "upstream");
    assert_eq!(explained("gateway_html"), None);
}

#[test]
fn a_blocked_account_is_asked_to_wait_a_minute() {
    let Some(Error::RateLimited { retry_after, .. }) = explained("rate_limited") else {
        panic!()
    };
    assert_eq!(retry_after, Some(Duration::from_secs(60)));
}

#[test]
fn an_error_code_with_status_200_is_an_error_and_data_are_not() {
    assert!(explain(200, br#"{"cod":"404","message":"city not found"}"#).is_some());
    for data in [CURRENT, TOKYO, AIR] {
        assert_eq!(explain(200, data.as_bytes()), None);
    }
}
