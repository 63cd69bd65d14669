//! Weather from several providers in one shape: metric units, local time, null is never zero.

mod checks;
mod conditions;
mod daily;
mod local;
mod nws;
mod one_call;
mod open_meteo;
mod open_weather;
mod places;
mod types;

pub(crate) use types::{
    AirIndex, AirQuality, Alert, Alerts, Current, Day, Found, Hour, Place, Pollutant, Source,
    Sourced, Wind,
};

use jiff::{Timestamp, civil::Date};
use shared::{Check, Error, Result, http::Client, text};

use crate::config::{Config, Provider};
use nws::NationalWeather;
use open_meteo::OpenMeteo;
use open_weather::OpenWeather;
use places::Places;

const LONGEST_ALERT: usize = 1_000;

/// Every weather question, answered by the best source there is.
#[derive(Clone)]
pub(crate) struct Weather {
    provider: Provider,
    /// How the key was found.
    key_state: String,
    now: fn() -> Timestamp,
    places: Places,
    open_meteo: OpenMeteo,
    /// With a key.
    open_weather: Option<OpenWeather>,
    national_weather: NationalWeather,
}

impl Weather {
    pub(crate) fn new(config: &Config, client: &Client) -> Self {
        let free = open_meteo::http(config, client);
        let key = config.openweather_key.clone();
        let paid = key
            .filter(|_| config.provider != Provider::OpenMeteo)
            .map(|key| open_weather::http(config, client, key));
        Self {
            provider: config.provider,
            key_state: config.key_state.clone(),
            now: config.now,
            places: Places {
                open_meteo: (config.provider != Provider::OpenWeather).then(|| free.clone()),
                open_weather: paid.clone(),
            },
            open_meteo: OpenMeteo {
                http: free,
                keep: config.refresh_every,
            },
            open_weather: paid.map(|http| OpenWeather::new(http, config.refresh_every)),
            national_weather: NationalWeather::new(config, client),
        }
    }

    /// The most populous match for a name, `name, region, country`, postal code or `lat,lon`, and the other matches.
    pub(crate) async fn resolve(&self, city: &str, language: Option<&str>) -> Result<Found> {
        self.open_weather()?;
        self.places.resolve(city, language).await
    }

    /// At most `limit` (1..=20) places, most populous first.
    pub(crate) async fn search(
        &self,
        query: &str,
        limit: usize,
        language: Option<&str>,
    ) -> Result<Vec<Place>> {
        self.open_weather()?;
        self.places.search(query, limit, language).await
    }

    pub(crate) async fn current(
        &self,
        place: &Place,
        language: Option<&str>,
    ) -> Result<Sourced<Current>> {
        let free = self.open_meteo.current(place);
        match self.open_weather()? {
            None => free.await,
            Some(paid) => {
                self.or_free(paid.current(place, language).await, free)
                    .await
            }
        }
    }

    /// `days` (1..=16) local calendar days from today.
    pub(crate) async fn daily(
        &self,
        place: &Place,
        days: usize,
        language: Option<&str>,
    ) -> Result<Sourced<Vec<Day>>> {
        let now = (self.now)();
        let free = self.open_meteo.daily(place, days, now);
        let Some(paid) = self.open_weather()? else {
            return free.await;
        };
        match paid.daily(place, days, language, now).await {
            Ok(own) if own.value.len() < days => self.continued(own, days, free).await,
            answer => self.or_free(answer, free).await,
        }
    }

    /// `hours` (1..=48) hours from now, in steps of one or three hours.
    pub(crate) async fn hourly(
        &self,
        place: &Place,
        hours: usize,
        language: Option<&str>,
    ) -> Result<Sourced<Vec<Hour>>> {
        let now = (self.now)();
        let free = self.open_meteo.hourly(place, hours, now);
        match self.open_weather()? {
            None => free.await,
            Some(paid) => {
                self.or_free(paid.hourly(place, hours, language, now).await, free)
                    .await
            }
        }
    }

    pub(crate) async fn air_quality(&self, place: &Place) -> Result<Sourced<AirQuality>> {
        let free = self.open_meteo.air_quality(place);
        match self.open_weather()? {
            None => free.await,
            Some(paid) => self.or_free(paid.air_quality(place).await, free).await,
        }
    }

    /// From One Call where the key has it, else from the national service of the United States, which needs no key.
    pub(crate) async fn alerts(
        &self,
        place: &Place,
        language: Option<&str>,
    ) -> Result<Sourced<Alerts>> {
        let one_call = match self.open_weather()? {
            Some(paid) => paid.one_call(place, language).await,
            None => Ok(None),
        };
        if let Ok(Some(one_call)) = &one_call {
            return Ok(one_call.alerts());
        }
        match (one_call, self.national_weather.alerts(place).await) {
            (Ok(_), Ok(Some(alerts))) => Ok(alerts),
            (Err(refused), Ok(Some(mut alerts))) => {
                alerts.notes.push(format!(
                    "{}; these alerts are the US National Weather Service's",
                    text::sentence(&refused.to_string())
                ));
                Ok(alerts)
            }
            (Ok(_), Ok(None)) => Ok(nobody_to_ask()),
            (Ok(_), Err(error)) => Err(error),
            (Err(refused), Ok(None)) => Err(refused),
            (Err(refused), Err(error)) => Err(both(&refused, error)),
        }
    }

    /// Daily rows, both ends included. Always Open-Meteo's archive: OpenWeatherMap sells history call by call.
    pub(crate) async fn history(
        &self,
        place: &Place,
        start: Date,
        end: Date,
    ) -> Result<Sourced<Vec<Day>>> {
        let mut days = self.open_meteo.history(place, start, end).await?;
        if self.provider == Provider::OpenWeather {
            days.notes.push(
                "OpenWeatherMap has no history in its free plan; this is Open-Meteo's archive"
                    .into(),
            );
        }
        Ok(days)
    }

    /// For `doctor`: is each provider in use reachable, is the key accepted?
    pub(crate) async fn checks(&self) -> Vec<Check> {
        checks::run(self).await
    }

    /// `None` when only Open-Meteo is asked.
    fn open_weather(&self) -> Result<Option<&OpenWeather>> {
        match (self.provider, &self.open_weather) {
            (Provider::OpenWeather, None) => Err(Error::MissingKey {
                env: open_weather::KEY_ENV,
                state: self.key_state.clone(),
                get_it_at: open_weather::GET_KEY_AT,
            }),
            (_, paid) => Ok(paid.as_ref()),
        }
    }

    /// OpenWeatherMap's answer; when it could not give one, Open-Meteo's with a note that says why.
    async fn or_free<T>(
        &self,
        paid: Result<Sourced<T>>,
        free: impl Future<Output = Result<Sourced<T>>>,
    ) -> Result<Sourced<T>> {
        let refused = match paid {
            Err(error) if self.provider == Provider::Auto && is_no_answer(&error) => error,
            answer => return answer,
        };
        tracing::warn!(
            error.kind = refused.kind(),
            "asking Open-Meteo instead of OpenWeatherMap"
        );
        let mut answer = free.await.map_err(|error| both(&refused, error))?;
        let note = format!(
            "{}; this is Open-Meteo's answer",
            text::sentence(&refused.to_string())
        );
        answer.notes.insert(0, note);
        Ok(answer)
    }

    /// Days that OpenWeatherMap does not cover, or not in full, are Open-Meteo's where that may be asked.
    async fn continued(
        &self,
        mut own: Sourced<Vec<Day>>,
        days: usize,
        free: impl Future<Output = Result<Sourced<Vec<Day>>>>,
    ) -> Result<Sourced<Vec<Day>>> {
        if self.provider == Provider::OpenWeather {
            own.notes.push(format!(
                "OpenWeatherMap's forecast covers {} of the {days} days",
                own.value.len()
            ));
            return Ok(own);
        }
        match free.await {
            Ok(more) => Ok(daily::continued(own, more.value)),
            Err(error) => {
                own.notes.push(format!(
                    "OpenWeatherMap's forecast covers {} of the {days} days, and {error}",
                    own.value.len()
                ));
                Ok(own)
            }
        }
    }
}

/// Whether the provider failed to answer, which another one may not. A refused question is an answer.
fn is_no_answer(error: &Error) -> bool {
    matches!(
        error,
        Error::Auth { .. }
            | Error::NoCredit { .. }
            | Error::RateLimited { .. }
            | Error::TimedOut { .. }
            | Error::Network { .. }
            | Error::Upstream { .. }
            | Error::Decode { .. }
            | Error::TooLarge { .. }
    )
}

/// One error for two providers that both failed: the last one's, which also tells about the first.
fn both(first: &Error, last: Error) -> Error {
    let mut error = match last {
        Error::TimedOut {
            provider,
            after,
            attempts,
            may_have_started,
        } => Error::Network {
            provider,
            reason: format!("no answer within {} s", after.as_secs()),
            attempts,
            may_have_started,
        },
        last => last,
    };
    if let Error::Auth { message: text, .. }
    | Error::NoCredit { message: text, .. }
    | Error::Rejected { message: text, .. }
    | Error::RateLimited { message: text, .. }
    | Error::Upstream { message: text, .. }
    | Error::Network { reason: text, .. }
    | Error::Decode { reason: text, .. } = &mut error
    {
        let last = text.trim_end_matches('.');
        *text = format!("{last}; before that, {first}");
    }
    error
}

fn alert_text(description: &str) -> String {
    text::cut(text::clean(description).trim(), LONGEST_ALERT)
}

fn nobody_to_ask() -> Sourced<Alerts> {
    Sourced {
        value: Alerts::NoSource(
            "No source of warnings for this place: Open-Meteo has none, the US National Weather Service covers only \
             the United States, and OpenWeatherMap gives them with a One Call subscription. Ask the national weather \
             service of the place."
                .into(),
        ),
        source: Source::OpenMeteo,
        notes: Vec::new(),
    }
}

#[cfg(test)]
#[path = "tests/facade.rs"]
mod tests;

#[cfg(test)]
#[path = "tests/wire.rs"]
mod wire;
