//! For `doctor`: one cheap request to each provider in use.

use std::time::Instant;

use futures_util::future;
use shared::{Check, Error, Result};

use super::{Place, Weather, open_meteo, open_weather::OpenWeather};
use crate::config::Provider;

pub(super) async fn run(weather: &Weather) -> Vec<Check> {
    let (free, paid, national) =
        future::join3(free(weather), paid(weather), national(weather)).await;
    [free, paid, national].into_iter().flatten().collect()
}

async fn free(weather: &Weather) -> Vec<Check> {
    if weather.provider == Provider::OpenWeather {
        return Vec::new();
    }
    vec![answers(open_meteo::NAME, weather.open_meteo.ping()).await]
}

async fn paid(weather: &Weather) -> Vec<Check> {
    let keyed = match weather.open_weather() {
        Ok(keyed) => keyed,
        Err(missing) => return vec![Check::Fail(missing.to_string(), missing.next_step())],
    };
    match keyed {
        Some(keyed) => ask(keyed).await,
        None if weather.provider == Provider::OpenMeteo => Vec::new(),
        None => vec![Check::Ok(format!(
            "Open-Meteo answers everything, since `OPENWEATHER_API_KEY` {}",
            weather.key_state
        ))],
    }
}

async fn ask(keyed: &OpenWeather) -> Vec<Check> {
    let place = somewhere();
    let reachable = answers("OpenWeatherMap", keyed.ping(&place)).await;
    if !matches!(reachable, Check::Ok(_)) {
        return vec![reachable];
    }
    let one_call = match keyed.has_one_call(&place).await {
        Ok(true) => Check::Ok("the key has One Call 3.0: eight days and alerts".into()),
        Ok(false) => Check::Warn(
            "the key has no subscription to One Call 3.0: forecasts have five days, alerts come from elsewhere".into(),
            "Subscribe to One Call by Call at https://openweathermap.org/price, or leave it.".into(),
        ),
        Err(error) => Check::Warn(format!("One Call 3.0: {error}"), error.next_step()),
    };
    vec![reachable, one_call]
}

/// Only alerts need it, and only in the United States: no reason to fail.
async fn national(weather: &Weather) -> Vec<Check> {
    let check = answers(
        "US National Weather Service",
        weather.national_weather.ping(),
    )
    .await;
    vec![match check {
        Check::Fail(what, next) => Check::Warn(what, next),
        fine => fine,
    }]
}

async fn answers(provider: &str, ping: impl Future<Output = Result<()>>) -> Check {
    let start = Instant::now();
    match ping.await {
        Ok(()) => Check::Ok(format!(
            "{provider} answers ({} ms)",
            start.elapsed().as_millis()
        )),
        Err(error) => failed(&error),
    }
}

fn failed(error: &Error) -> Check {
    Check::Fail(error.to_string(), error.next_step())
}

fn somewhere() -> Place {
    Place {
        name: "Greenwich".into(),
        region: None,
        country: None,
        country_code: None,
        latitude: 51.5,
        longitude: 0.0,
        time_zone: None,
        population: None,
    }
}
