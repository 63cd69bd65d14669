//! A server whose providers are all one imitation, and what can be told of a conversation with it.

use std::time::Duration;

use rmcp::model::CallToolResult;
use serde_json::{Value, json};
use shared::{Mcp, config::Env, http, http::Retry, settings::Settings};
use testkit::{Client, Era, connect, text};
use weather_server::{WeatherServer, config::Config};
use wiremock::{Mock, MockServer, Respond, ResponseTemplate, matchers::path};

/// Like no other text, so that it is found wherever it leaks to.
pub(crate) const KEY: &str = "sesame0f1e2d3c4b5a";

pub(crate) const FREE: &[(&str, &str)] = &[];
pub(crate) const KEYED: &[(&str, &str)] = &[("OPENWEATHER_API_KEY", KEY)];
pub(crate) const PAID_ONLY: &[(&str, &str)] = &[
    ("OPENWEATHER_API_KEY", KEY),
    ("WEATHER_PROVIDER", "openweather"),
];

/// How a server is made, in the late afternoon (in Berlin) of 21 November 2026.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) http: http::Client,
}

impl Setup {
    pub(crate) fn new(base: &str, variables: &[(&str, &str)]) -> Self {
        let bases = [
            "OPENWEATHER_BASE_URL",
            "OPEN_METEO_BASE_URL",
            "NWS_BASE_URL",
        ];
        let bases = bases.iter().map(|name| (*name, base));
        let all = bases.chain(variables.iter().copied());
        let env = Env::default().with(all.map(|(name, value)| (name, Some(value.to_owned()))));
        let mut config = Config::from_env(&env).unwrap();
        config.now = || "2026-11-21T16:50Z".parse().unwrap();
        config.retry = Retry {
            first_delay: Duration::from_millis(1),
            longest_delay: Duration::from_millis(1),
            ..Retry::default()
        };
        let http = http::Client::new(&env, &Settings::defaults()).unwrap();
        Self { config, http }
    }

    pub(crate) async fn connect(&self, era: Era) -> Client {
        let server = WeatherServer::with_config(self.config.clone(), self.http.clone());
        let mcp = Mcp::new(server, &Settings::defaults()).unwrap();
        connect(&mcp, era).await
    }
}

/// A server that can be made, and the imitation of all its providers.
pub(crate) struct World {
    pub(crate) provider: MockServer,
    pub(crate) setup: Setup,
}

impl World {
    pub(crate) async fn new(variables: &[(&str, &str)]) -> Self {
        let provider = MockServer::start().await;
        let setup = Setup::new(&provider.uri(), variables);
        Self { provider, setup }
    }

    /// A new server each time.
    pub(crate) async fn client(&self) -> Client {
        self.setup.connect(Era::Discover2026).await
    }

    pub(crate) async fn gives(&self, route: &str, answer: impl Respond + 'static) {
        let mock = Mock::given(path(route)).respond_with(answer);
        mock.mount(&self.provider).await;
    }

    /// How often this route was asked.
    pub(crate) async fn count(&self, route: &str) -> usize {
        let requests = self.provider.received_requests().await.unwrap();
        requests
            .iter()
            .filter(|request| request.url.path() == route)
            .count()
    }

    /// Every request in the order they came, its query decoded. The key is nowhere but in the query.
    pub(crate) async fn asked(&self) -> Vec<String> {
        let requests = self.provider.received_requests().await.unwrap();
        let asked = requests.iter().map(|request| {
            assert!(!format!("{:?}", request.headers).contains(KEY));
            assert!(request.body.is_empty());
            let query = request.url.query_pairs();
            let query: Vec<String> = query
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let (method, path) = (&request.method, request.url.path());
            let asked = format!("{method} {path}?{}", query.join("&"));
            let of_open_weather = ["/data/", "/geo/"]
                .iter()
                .any(|start| path.starts_with(start));
            let key = format!("appid={KEY}");
            assert_eq!(
                asked.matches(&key).count(),
                usize::from(of_open_weather),
                "{asked}"
            );
            asked.replace(KEY, "KEY")
        });
        asked.collect()
    }

    /// What was asked, then the text, then the structured content of a success.
    pub(crate) async fn exchange(&self, result: &CallToolResult) -> String {
        let text = text(result);
        assert_ne!(result.is_error, Some(true), "{text}");
        keeps_the_key(result);
        let structured = result.structured_content.as_ref().unwrap();
        let structured = serde_json::to_string_pretty(structured).unwrap();
        format!(
            "{}\n\n{text}\n\n{structured}",
            self.asked().await.join("\n")
        )
    }
}

/// The text of a failure, which has no structured content.
pub(crate) fn failure(result: &CallToolResult) -> String {
    assert_eq!(result.is_error, Some(true), "{result:?}");
    assert_eq!(result.structured_content, None);
    keeps_the_key(result);
    text(result)
}

pub(crate) fn structured(result: &CallToolResult) -> &Value {
    let text = text(result);
    assert_ne!(result.is_error, Some(true), "{text}");
    result.structured_content.as_ref().unwrap()
}

fn keeps_the_key(result: &CallToolResult) {
    let everything = serde_json::to_string(result).unwrap();
    assert!(!everything.contains(KEY), "{everything}");
}

pub(crate) fn fixture(name: &str) -> Value {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fixtures");
    let file = std::fs::read_to_string(format!("{directory}/{name}.json")).unwrap();
    serde_json::from_str(&file).unwrap()
}

/// A recorded success.
pub(crate) fn recorded(name: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(fixture(name))
}

/// A recorded refusal of `om.errors` or `owm.errors`.
pub(crate) fn refusal(errors: &str, case: &str) -> ResponseTemplate {
    let recorded = fixture(errors);
    let case = &recorded[case];
    let status = u16::try_from(case["status"].as_u64().unwrap()).unwrap();
    match &case["body"] {
        Value::String(html) => {
            ResponseTemplate::new(status).set_body_raw(html.clone(), "text/html")
        }
        body => ResponseTemplate::new(status).set_body_json(body),
    }
}

/// What Open-Meteo's geocoder says about a town.
pub(crate) fn town(name: &str, country_code: &str, zone: &str, at: (f64, f64)) -> Value {
    json!({"results": [{
        "name": name, "country_code": country_code, "timezone": zone,
        "latitude": at.0, "longitude": at.1, "population": 1_000_000,
    }]})
}
