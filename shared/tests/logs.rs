//! What is logged of a request to a provider. A process of its own: log subscribers are shared by all threads.

#![cfg(test)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use shared::{
    config::Env,
    http::{Auth, Client, Http, Retry, Upstream},
    settings::Settings,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

const KEY: &str = "sk-test-0123456789abcdef";

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn provider(base: &str) -> Http {
    let client = Client::new(&Env::default(), &Settings::defaults()).unwrap();
    let upstream = Upstream {
        provider: "Example",
        auth: Auth::Query("appid", KEY.into()),
        key_env: "EXAMPLE_API_KEY",
        get_it_at: "https://example.com/keys",
        base: Some(base.parse().unwrap()),
        in_flight: 1,
        per_minute: None,
        explain: |_, _| None,
        retry: Retry {
            attempts: 2,
            first_delay: Duration::from_millis(1),
            longest_delay: Duration::from_millis(1),
        },
    };
    Http::new(&client, upstream)
}

#[tokio::test]
async fn each_attempt_is_logged_without_key_query_and_body() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let server = MockServer::start().await;
    let failure = ResponseTemplate::new(500).set_body_string("body-of-the-answer");
    Mock::given(any())
        .respond_with(failure)
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({})))
        .mount(&server)
        .await;

    let request = provider(&server.uri());
    let request = request
        .get("https://api.example.com/v1/things")
        .query(&[("q", "private")]);
    assert!(request.json::<Value>().await.is_ok());

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours: Vec<_> = log
        .lines()
        .filter(|line| line.contains("shared::http"))
        .collect();
    assert_eq!(ours.len(), 2, "{log}");
    let all = ours.concat();
    for part in [
        "GET",
        "127.0.0.1",
        "/v1/things",
        "status=500",
        "attempt=2",
        "elapsed_ms=",
    ] {
        assert!(all.contains(part), "{part} is missing in {all}");
    }
    for part in [KEY, "private", "body-of-the-answer"] {
        assert!(!all.contains(part), "{all}");
    }
}
