//! Weather as resources: `weather://{city}/current` and `weather://{city}/forecast`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rmcp::model::{Resource, ResourceTemplate};
use serde::Serialize;
use shared::{Body, Error, ResourceContent, Result, text};

use crate::{
    WeatherServer,
    tools::{City, DEFAULT_DAYS},
};

const JSON: &str = "application/json";
/// RFC 3986 leaves these as they are.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What a URI names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum View {
    Current(City),
    Forecast(City),
}

impl View {
    /// `None` when the URI is none of ours.
    pub(crate) fn parse(uri: &str) -> Option<Self> {
        let (city, view) = uri.strip_prefix("weather://")?.rsplit_once('/')?;
        let city = percent_decode_str(city).decode_utf8().ok()?;
        let city = City::parse(&city)?;
        match view {
            "current" => Some(Self::Current(city)),
            "forecast" => Some(Self::Forecast(city)),
            _ => None,
        }
    }

    pub(crate) fn uri(&self) -> String {
        let (city, view) = match self {
            Self::Current(city) => (city, "current"),
            Self::Forecast(city) => (city, "forecast"),
        };
        let city = utf8_percent_encode(city.as_str(), ENCODED);
        format!("weather://{city}/{view}")
    }
}

/// Those of the default city, if there is one: other cities are reached by the templates.
pub(crate) fn listed(default_city: Option<&str>) -> Vec<Resource> {
    let Some(city) = default_city.and_then(City::parse) else {
        return Vec::new();
    };
    let name = city.as_str();
    vec![
        Resource::new(View::Current(city.clone()).uri(), "current-weather")
            .with_title(format!("Weather now in {name}"))
            .with_description("The data of get_current_weather; can be subscribed to")
            .with_mime_type(JSON),
        Resource::new(View::Forecast(city.clone()).uri(), "forecast")
            .with_title(format!("Forecast for {name}"))
            .with_description("The data of get_forecast")
            .with_mime_type(JSON),
    ]
}

pub(crate) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new("weather://{city}/current", "current-weather")
            .with_title("Weather now in a city")
            .with_description("The data of get_current_weather; can be subscribed to")
            .with_mime_type(JSON),
        ResourceTemplate::new("weather://{city}/forecast", "forecast")
            .with_title("Forecast for a city")
            .with_description("The data of get_forecast")
            .with_mime_type(JSON),
    ]
}

impl WeatherServer {
    pub(crate) async fn read_view(&self, uri: &str) -> Result<ResourceContent> {
        let units = self.config.units;
        let text = match View::parse(uri) {
            Some(View::Current(city)) => json(&self.current_weather(&city, units, None).await?)?,
            Some(View::Forecast(city)) => json(
                &self
                    .daily_forecast(&city, DEFAULT_DAYS, units, None)
                    .await?,
            )?,
            None => {
                return Err(Error::NotFound {
                    what: format!("the resource `{}`", text::quote(uri)),
                    next: "Read `weather://{city}/current` or `weather://{city}/forecast` with the city percent-encoded.".into(),
                });
            }
        };
        Ok(ResourceContent {
            mime_type: JSON.into(),
            body: Body::Text(text),
            fresh_for: self.config.refresh_every,
        })
    }
}

/// Without the hidden characters that a provider's text may hold.
fn json(output: &impl Serialize) -> Result<String> {
    let json = serde_json::to_string(output).map_err(|error| {
        tracing::error!("cannot serialize a resource: {error}");
        Error::Internal
    })?;
    Ok(text::clean(&json))
}

#[cfg(test)]
mod tests {
    use shared::{Server as _, config::Env, settings::Settings};

    use super::*;

    fn server(city: Option<&str>) -> WeatherServer {
        let city = city.map(str::to_owned);
        let env = Env::default().with([("WEATHER_DEFAULT_CITY", city)]);
        WeatherServer::new(&env, &Settings::defaults()).unwrap()
    }

    fn current(city: &str) -> Option<View> {
        City::parse(city).map(View::Current)
    }

    #[test]
    fn a_city_in_a_uri_is_percent_encoded() {
        for (city, uri) in [
            ("Oslo", "weather://Oslo/current"),
            (
                "São Paulo, BR",
                "weather://S%C3%A3o%20Paulo%2C%20BR/current",
            ),
            ("59.91,-10.75", "weather://59.91%2C-10.75/current"),
            ("a/b%20?#", "weather://a%2Fb%2520%3F%23/current"),
        ] {
            assert_eq!(current(city).unwrap().uri(), uri);
            assert_eq!(View::parse(uri), current(city));
        }
    }

    #[test]
    fn a_city_that_a_client_did_not_encode_is_understood() {
        assert_eq!(
            View::parse("weather://New York/current"),
            current("New York")
        );
        assert_eq!(
            View::parse("weather://59.91,10.75/current"),
            current("59.91,10.75")
        );
    }

    #[test]
    fn other_uris_are_none_of_ours() {
        let long = format!("weather://{}/current", "x".repeat(101));
        for uri in [
            "weather://Oslo",
            "weather://Oslo/",
            "weather:///current",
            "weather://%20/current",
            "weather://%FF/current",
            "weather://Oslo/tomorrow",
            "weather://Oslo/current/",
            "https://Oslo/current",
            "",
            &long,
        ] {
            assert_eq!(View::parse(uri), None, "{uri}");
        }
    }

    #[tokio::test]
    async fn an_unknown_uri_is_not_found_and_the_error_says_what_exists() {
        let error = server(None)
            .read_resource("weather://Oslo/tomorrow")
            .await
            .unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
        assert!(
            error.to_text().contains("weather://{city}/current"),
            "{error:?}"
        );
    }

    #[test]
    fn only_the_default_city_is_listed() {
        assert!(server(None).resources().is_empty());
        let uris: Vec<String> = server(Some("New York"))
            .resources()
            .into_iter()
            .map(|resource| resource.uri)
            .collect();
        assert_eq!(
            uris,
            [
                "weather://New%20York/current",
                "weather://New%20York/forecast"
            ]
        );
    }

    #[test]
    fn only_the_weather_now_can_be_watched() {
        let server = server(None);
        let every = Some(server.config.refresh_every);
        assert_eq!(server.refresh_every("weather://Oslo/current"), every);
        assert_eq!(server.refresh_every("weather://Oslo/forecast"), None);
        assert_eq!(server.refresh_every("weather://Oslo"), None);
    }

    #[test]
    fn the_report_never_shows_the_key() {
        let env = [("OPENWEATHER_API_KEY", Some("0123456789abcdef".to_owned()))];
        let env = Env::default().with(env);
        let server = WeatherServer::new(&env, &Settings::defaults()).unwrap();
        let report = server.report();
        assert!(
            report.contains(&("OPENWEATHER_API_KEY", "is set".into())),
            "{report:?}"
        );
        assert!(!format!("{report:?}").contains("0123456789abcdef"));
    }
}
