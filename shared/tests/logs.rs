//! What is logged of a request to a provider, and of jobs. A process of its own: log subscribers are shared by all threads.

#![cfg(test)]

use std::{
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use serde_json::{Value, json};
use shared::{
    config::Env,
    http::{Auth, Client, Http, Retry, Upstream},
    job::{Call, Job, Jobs, Order, Progress, Provider, State, Words},
    settings::Settings,
};
use tokio_util::sync::CancellationToken;
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

impl Log {
    /// The one of this process.
    fn start() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        let start = || {
            let log = Log::default();
            let writer = log.clone();
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .init();
            log
        };
        LOG.get_or_init(start).clone()
    }

    /// The lines of one module.
    fn of(&self, module: &str) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = log.lines().filter(|line| line.contains(module));
        lines.map(str::to_owned).collect()
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
    let log = Log::start();
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

    let ours = log.of("shared::http");
    assert_eq!(ours.len(), 2, "{ours:#?}");
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

/// A provider whose jobs never end.
#[derive(Clone)]
struct Maker;

impl Provider for Maker {
    type Output = ();

    async fn poll(&self, id: &str) -> shared::Result<Job<()>> {
        Ok(Job {
            id: id.into(),
            state: State::Queued,
        })
    }

    async fn cancel(&self, _id: &str) -> shared::Result<()> {
        Ok(())
    }
}

const WORDS: Words = Words {
    provider: "Maker",
    job: "making",
    get_tool: "get_making",
    id_argument: "making_id",
    list_tool: "list_makings",
};

#[cfg(unix)]
#[tokio::test]
async fn a_ledger_that_cannot_be_written_and_a_key_that_is_not_shared_are_told_once() {
    let log = Log::start();
    let mut settings = Settings::defaults();
    settings.state_dir = Some("/dev/null/state".into());
    let jobs = Jobs::new("a-server", WORDS, &Env::default(), &settings).unwrap();
    let call = Call {
        progress: Progress::none(),
        cancelled: CancellationToken::new(),
        principal: "local".into(),
        takes_tasks: true,
    };
    for _ in 0..3 {
        let order = Order {
            tool: "make",
            digest: "d1".into(),
            typical: Duration::from_secs(1),
        };
        let submit = async { Maker.poll("m-1").await };
        jobs.run(&call, &Maker, order, submit).await.unwrap();
    }
    let ours = log.of("shared::job");
    assert_eq!(ours.len(), 2, "{ours:#?}");
    assert!(ours[0].contains("WARN") && ours[0].contains("/dev/null/state"));
    assert!(ours[1].contains("INFO") && ours[1].contains("MCP_STATE_KEY"));
}
