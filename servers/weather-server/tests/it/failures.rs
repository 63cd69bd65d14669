//! One question, and everything that its provider may do instead of answering.

use std::{net::TcpListener, time::Duration};

use serde_json::{Value, json};
use shared::http;
use testkit::{Era, upstream};
use wiremock::ResponseTemplate;

use crate::fixture::{KEY, KEYED, Setup, World, failure, refusal};

/// Longer than any call may take.
const NEVER: Duration = Duration::from_secs(3_600);
const IMPATIENT: Duration = Duration::from_millis(100);

pub(crate) struct Question {
    pub(crate) tool: &'static str,
    pub(crate) arguments: Value,
    pub(crate) variables: &'static [(&'static str, &'static str)],
    /// What other routes answer.
    pub(crate) before: Vec<(&'static str, ResponseTemplate)>,
    /// The one that fails.
    pub(crate) route: &'static str,
}

/// What Open-Meteo and everything in front of it may say.
pub(crate) fn open_meteo() -> Vec<(&'static str, ResponseTemplate)> {
    let recorded = [
        ("key required", "api_key_required"),
        ("bad value", "unknown_variable"),
        ("hour used up", "hourly"),
        ("too many at once", "concurrent"),
        ("overloaded", "overloaded"),
    ];
    let recorded = recorded.map(|(name, case)| (name, refusal("om.errors", case)));
    let own = [
        (
            "an error with status 200",
            upstream::json(200, json!({"error": true, "reason": "Invalid timezone"})),
        ),
        (
            "not found",
            upstream::json(404, json!({"error": true, "reason": "Not Found"})),
        ),
    ];
    recorded.into_iter().chain(own).chain(anybody()).collect()
}

/// What OpenWeatherMap and everything in front of it may say.
pub(crate) fn open_weather() -> Vec<(&'static str, ResponseTemplate)> {
    let recorded = [
        ("key refused", "invalid_key"),
        ("not found", "city_not_found"),
        ("used up", "rate_limited"),
        ("failed", "internal"),
    ];
    let recorded = recorded.map(|(name, case)| (name, refusal("owm.errors", case)));
    let echo = |key: &str| json!({"cod": "401", "message": format!("Invalid API key {key} (appid={key})")});
    let broken_up: String = KEY.chars().flat_map(|c| [c, '\u{200b}']).collect();
    let own = [
        ("an error with status 200", upstream::json(200, echo("?"))),
        ("key echoed", upstream::json(401, echo(KEY))),
        (
            "key echoed in pieces",
            upstream::json(401, echo(&broken_up)),
        ),
        (
            "key echoed without JSON",
            ResponseTemplate::new(400).set_body_string(format!("bad appid {KEY}")),
        ),
    ];
    recorded.into_iter().chain(own).chain(anybody()).collect()
}

/// What stands between us and any provider, and its bugs.
pub(crate) fn anybody() -> Vec<(&'static str, ResponseTemplate)> {
    let text = |body: &str| ResponseTemplate::new(200).set_body_string(body);
    vec![
        ("limited for two minutes", upstream::rate_limited(120)),
        (
            "forbidden",
            upstream::json(403, json!({"message": "blocked"})),
        ),
        ("a page of a proxy", upstream::html_page(502)),
        ("a page with status 200", text("<!doctype html><p>Log in")),
        ("half a reply", text("{\"current\": {\"time\": 17952")),
        ("another reply", text("7")),
    ]
}

impl Question {
    /// What the model reads in each case, and how often the provider was asked.
    pub(crate) async fn fails(&self, cases: Vec<(&'static str, ResponseTemplate)>) -> String {
        // Its connections are made once for all cases, since that takes longer than everything else.
        let nowhere = Setup::new(&nobody_listens(), self.variables);
        let mut lines = Vec::new();
        for (name, answer) in cases {
            let world = self.world(answer, nowhere.http.clone()).await;
            let text = self.ask(&world.setup).await;
            let count = world.count(self.route).await;
            lines.push(format!("{name} (asked {count}): {text}"));
        }
        let impatient = nowhere.http.clone().with_request_timeout(IMPATIENT);
        let world = self.world(upstream::slow(NEVER), impatient).await;
        lines.push(format!("silence: {}", self.ask(&world.setup).await));
        lines.push(format!("nobody there: {}", self.ask(&nowhere).await));
        lines.join("\n")
    }

    async fn world(&self, answer: ResponseTemplate, http: http::Client) -> World {
        let mut world = World::new(self.variables).await;
        world.setup.http = http;
        for (route, other) in &self.before {
            world.gives(route, other.clone()).await;
        }
        world.gives(self.route, answer).await;
        world
    }

    async fn ask(&self, setup: &Setup) -> String {
        let client = setup.connect(Era::Discover2026).await;
        let result = client.call(self.tool, self.arguments.clone()).await;
        untimed(&failure(&result))
    }
}

/// Each of these arguments is refused by the name of the field, without asking anybody.
pub(crate) async fn senseless<const N: usize>(tool: &str, calls: [(Value, &str); N]) -> String {
    let world = World::new(KEYED).await;
    let client = world.client().await;
    let mut lines = Vec::new();
    for (arguments, field) in calls {
        let text = failure(&client.call(tool, arguments).await);
        assert!(text.contains(&format!("`{field}")), "{field}: {text}");
        lines.push(text);
    }
    assert_eq!(world.asked().await, [""; 0]);
    lines.join("\n")
}

/// How long it took is another number each time.
pub(crate) fn untimed(text: &str) -> String {
    match text.split_once(" attempts in ") {
        None => text.into(),
        Some((before, after)) => {
            let after = after.split_once(" s)").map_or(after, |(_, after)| after);
            format!("{before} attempts){}", untimed(after))
        }
    }
}

fn nobody_listens() -> String {
    let listener = TcpListener::bind("127.0.0.1:0");
    let address = listener.and_then(|listener| listener.local_addr());
    address.map_or_else(
        |error| error.to_string(),
        |address| format!("http://{address}"),
    )
}
