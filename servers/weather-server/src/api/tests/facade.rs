use std::{future, time::Duration};

use jiff::civil::date;
use shared::{config::Env, error::Attempts, settings::Settings};

use super::*;

const ONCE: Attempts = Attempts {
    count: 1,
    elapsed: Duration::ZERO,
};

fn weather(variables: Env) -> Weather {
    let config = Config::from_env(&variables).unwrap();
    let client = Client::new(&variables, &Settings::defaults()).unwrap();
    Weather::new(&config, &client)
}

fn with_key(provider: &str) -> Weather {
    weather(Env::from([
        ("OPENWEATHER_API_KEY", "0123456789abcdef"),
        ("WEATHER_PROVIDER", provider),
    ]))
}

fn sourced<T>(value: T, source: Source) -> Sourced<T> {
    Sourced {
        value,
        source,
        notes: vec![],
    }
}

fn refused() -> Error {
    Error::Auth {
        provider: open_weather::NAME,
        status: 401,
        message: "Invalid API key".into(),
        env: open_weather::KEY_ENV,
        get_it_at: open_weather::GET_KEY_AT,
    }
}

fn limited() -> Error {
    Error::RateLimited {
        provider: open_meteo::NAME,
        message: "Daily limit".into(),
        retry_after: Some(Duration::from_secs(9)),
        attempts: ONCE,
    }
}

#[tokio::test]
async fn a_refused_key_gets_the_free_answer_and_a_note_that_says_so() {
    let free = future::ready(Ok(sourced(7, Source::OpenMeteo)));
    let answer = with_key("auto")
        .or_free(Err(refused()), free)
        .await
        .unwrap();
    assert_eq!((answer.value, answer.source), (7, Source::OpenMeteo));
    assert_eq!(
        answer.notes,
        [
            "OpenWeatherMap refused the API key (HTTP 401): Invalid API key; this is Open-Meteo's answer"
        ]
    );
}

#[tokio::test]
async fn an_answer_of_the_paid_provider_stands() {
    let paid = Ok(sourced(1, Source::OpenWeather));
    let free = future::ready(Ok(sourced(7, Source::OpenMeteo)));
    let answer = with_key("auto").or_free(paid, free).await.unwrap();
    assert_eq!((answer.value, answer.notes.len()), (1, 0));
}

#[tokio::test]
async fn not_found_is_an_answer_and_nobody_else_is_asked() {
    let free = future::ready(Ok(sourced(7, Source::OpenMeteo)));
    let missing = places::not_found("Atlantis");
    let error = with_key("auto").or_free(Err(missing.clone()), free).await;
    assert_eq!(error.unwrap_err(), missing);
}

#[tokio::test]
async fn whoever_wants_only_the_paid_provider_gets_its_refusal() {
    let free = future::ready(Ok(sourced(7, Source::OpenMeteo)));
    let error = with_key("openweather").or_free(Err(refused()), free).await;
    assert_eq!(error.unwrap_err(), refused());
}

#[tokio::test]
async fn when_both_fail_the_error_tells_about_both() {
    let free = future::ready(Err::<Sourced<()>, _>(limited()));
    let error = with_key("auto").or_free(Err(refused()), free).await;
    assert_eq!(
        error.unwrap_err().to_text(),
        "Open-Meteo is rate limiting us: Daily limit; before that, OpenWeatherMap refused the API key (HTTP 401): Invalid API key. Wait 9 s, then retry once."
    );
}

#[test]
fn a_timeout_after_a_refusal_tells_about_both() {
    let late = Error::TimedOut {
        provider: open_meteo::NAME,
        after: Duration::from_secs(30),
        attempts: ONCE,
        may_have_started: false,
    };
    assert_eq!(
        both(&refused(), late).to_string(),
        "Open-Meteo could not be reached: no answer within 30 s; before that, OpenWeatherMap refused the API key (HTTP 401): Invalid API key"
    );
}

#[tokio::test]
async fn the_paid_provider_without_a_key_says_how_the_key_was_found() {
    let weather = weather(Env::from([
        ("WEATHER_PROVIDER", "openweather"),
        ("OPENWEATHER_API_KEY", "${user_config.key}"),
    ]));
    let error = weather.resolve("Oslo", None).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "this needs an API key, and `OPENWEATHER_API_KEY` holds the placeholder `${user_config.key}`, which counts as not set"
    );
}

#[tokio::test]
async fn a_point_needs_no_geocoder() {
    let found = weather(Env::default()).resolve("59.91, 10.75", None).await;
    let place = found.unwrap().place;
    assert_eq!(place.name, "59.91, 10.75");
    assert_eq!((place.latitude, place.longitude), (59.91, 10.75));
    assert_eq!(place.time_zone, None);
}

#[test]
fn a_key_is_not_used_by_whoever_wants_open_meteo() {
    let weather = with_key("open-meteo");
    assert!(weather.open_weather().unwrap().is_none());
    assert!(weather.places.open_weather.is_none());
}

fn own() -> Sourced<Vec<Day>> {
    let day = Day {
        date: date(2026, 11, 21),
        condition: None,
        temperature_min: None,
        temperature_max: None,
        precipitation: None,
        precipitation_probability_percent: None,
        wind: Wind::default(),
        humidity_percent: None,
        sunrise: None,
        sunset: None,
        partial: false,
        source: Source::OpenWeather,
    };
    sourced(vec![day], Source::OpenWeather)
}

#[tokio::test]
async fn whoever_wants_only_the_paid_provider_gets_fewer_days_and_a_note() {
    let free = future::ready(Ok(own()));
    let answer = with_key("openweather").continued(own(), 10, free).await;
    assert_eq!(
        answer.unwrap().notes,
        ["OpenWeatherMap's forecast covers 1 of the 10 days"]
    );
}

#[tokio::test]
async fn days_that_nobody_gives_are_missing_with_the_reason() {
    let free = future::ready(Err(limited()));
    let answer = with_key("auto").continued(own(), 10, free).await.unwrap();
    assert_eq!(answer.value.len(), 1);
    assert_eq!(
        answer.notes,
        [
            "OpenWeatherMap's forecast covers 1 of the 10 days, and Open-Meteo is rate limiting us: Daily limit"
        ]
    );
}
