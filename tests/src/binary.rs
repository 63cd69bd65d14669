//! The built program, driven over its real pipes.

mod process;
mod serving;
mod streams;

use std::time::Duration;

use serde_json::{Value, json};

use crate::upstream;

pub use process::{Process, Said};
pub use serving::Serving;

/// A server's program, and what is needed to try it.
pub struct Binary {
    /// `env!("CARGO_BIN_EXE_...")`
    pub path: &'static str,
    /// A tool that asks the provider.
    pub tool: &'static str,
    /// Its arguments, as JSON.
    pub arguments: &'static str,
    /// The variables that replace the provider's hosts.
    pub base_urls: &'static [&'static str],
    /// The variable of the provider's key.
    pub key: &'static str,
}

/// A test for each promise of a program. A macro, since a test is an item, and no house may leave one out.
#[macro_export]
macro_rules! program_keeps_its_promises {
    ($program:expr) => {
        #[tokio::test]
        async fn stdout_carries_json_rpc_and_nothing_else() {
            $program.speaks_only_json_rpc().await;
        }

        #[tokio::test]
        async fn it_ends_well_when_nothing_was_said() {
            $program.ends_well_when_nothing_was_said().await;
        }

        #[tokio::test]
        async fn it_ends_well_after_a_lone_discover() {
            $program.ends_well_after_a_lone_discover().await;
        }

        #[tokio::test]
        async fn it_survives_a_notification_before_the_first_request() {
            $program
                .survives_a_notification_before_the_first_request()
                .await;
        }

        #[tokio::test]
        async fn it_survives_garbage() {
            $program.survives_garbage().await;
        }

        #[tokio::test]
        async fn it_answers_a_pipeline_exactly_once() {
            $program.answers_a_pipeline_exactly_once().await;
        }

        #[tokio::test]
        async fn it_ends_soon_after_sigterm_with_a_call_in_flight() {
            $program.ends_soon_after_sigterm().await;
        }

        #[tokio::test]
        async fn it_keeps_its_key_to_itself() {
            $program.keeps_its_key_to_itself().await;
        }

        #[tokio::test]
        async fn it_survives_an_over_long_line() {
            $program.survives_an_over_long_line().await;
        }

        #[tokio::test]
        async fn it_leaves_when_its_parent_is_gone() {
            $program.leaves_when_its_parent_is_gone().await;
        }

        #[tokio::test]
        async fn it_answers_while_nobody_reads_its_log() {
            $program.answers_while_nobody_reads_its_log().await;
        }

        #[tokio::test]
        async fn it_matches_keys_exactly() {
            $program.matches_keys_exactly().await;
        }

        #[tokio::test]
        async fn it_speaks_over_sockets() {
            $program.speaks_over_sockets().await;
        }
    };
}

const DEMO: [&str; 3] = ["--demo", "--log-level", "trace"];
/// How long the program may take to end once its input has.
const END_OF_INPUT: Duration = Duration::from_secs(5);
const END_OF_SIGNAL: Duration = Duration::from_secs(2);
const PIPELINED: usize = 1_000;
const SECRET: &str = "sk-very-secret-value-123";
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

impl Binary {
    /// Whatever the log level, stdout carries JSON-RPC and nothing else; the end of the input ends the program.
    pub async fn speaks_only_json_rpc(&self) {
        let mut process = Process::start(self.path, &DEMO, &[]);
        process.initialize().await;
        let tools = process.ask(json!("tools"), "tools/list", json!({})).await;
        let tools = tools["result"]["tools"].as_array().unwrap().len();
        assert!(tools > 0);
        let call = process.ask(json!(2), "tools/call", self.call()).await;
        assert_ne!(call["result"]["isError"], json!(true), "{call}");
        process.ends_well(END_OF_INPUT).await;
    }

    /// A client that changes its mind before it says anything is no failure.
    pub async fn ends_well_when_nothing_was_said(&self) {
        let process = Process::start(self.path, &DEMO, &[]);
        process.ends_well(END_OF_INPUT).await;
    }

    /// Some clients only look what there is, and start a second process to talk to.
    pub async fn ends_well_after_a_lone_discover(&self) {
        let mut process = Process::start(self.path, &DEMO, &[]);
        let answer = process
            .ask(json!(1), "server/discover", modern_params())
            .await;
        assert!(answer["result"]["supportedVersions"].is_array(), "{answer}");
        process.ends_well(END_OF_INPUT).await;
    }

    pub async fn survives_a_notification_before_the_first_request(&self) {
        let mut process = Process::start(self.path, &DEMO, &[]);
        process
            .notify("notifications/cancelled", json!({"requestId": 99}))
            .await;
        process.initialize().await;
        process.ends_well(END_OF_INPUT).await;
    }

    pub async fn survives_garbage(&self) {
        let mut process = Process::start(self.path, &DEMO, &[]);
        process.initialize().await;
        for garbage in [
            &b"not json"[..],
            b"",
            b"[]",
            b"null",
            b"{\"jsonrpc\":\"2.0\"",
            b"\xff\xfe\x00",
        ] {
            process.line(garbage).await;
        }
        let answer = process.ask(json!("still there"), "ping", json!({})).await;
        assert_eq!(answer["result"], json!({}));
        process.ends_well(END_OF_INPUT).await;
    }

    /// A thousand requests at once are answered once each, with the id they came with.
    pub async fn answers_a_pipeline_exactly_once(&self) {
        let mut process = Process::start(self.path, &["--demo", "--log-level", "off"], &[]);
        process.initialize().await;
        let id = |number: usize| match number % 2 {
            0 => json!(number),
            _ => json!(number.to_string()),
        };
        let mut expected: Vec<String> = (0..PIPELINED)
            .map(|number| id(number).to_string())
            .collect();
        for number in 0..PIPELINED {
            process.send(id(number), "ping", json!({})).await;
        }
        let mut answered = Vec::new();
        while answered.len() < PIPELINED {
            let answer = process.next_answer().await;
            answered.push(answer["id"].to_string());
        }
        answered.sort();
        expected.sort();
        assert_eq!(answered, expected);
        process.ends_well(END_OF_INPUT).await;
    }

    /// Even when the provider keeps a call waiting.
    pub async fn ends_soon_after_sigterm(&self) {
        let provider = upstream::never_answers().await;
        let mut env = self.env(provider.url.as_str());
        // Some servers ask nobody without one.
        env.push((self.key, SECRET));
        let mut process = Process::start(self.path, &[], &env);
        process.initialize().await;
        process.send(json!(1), "tools/call", self.call()).await;
        provider.reached().await;
        process.ends_on_sigterm(END_OF_SIGNAL).await;
    }

    /// The key appears nowhere, though everything is logged and the call fails.
    pub async fn keeps_its_key_to_itself(&self) {
        let mut env = self.env(NOWHERE);
        env.push((self.key, SECRET));
        let mut process = Process::start(self.path, &["--log-level", "trace"], &env);
        process.initialize().await;
        let answer = process.ask(json!(1), "tools/call", self.call()).await;
        assert_eq!(answer["result"]["isError"], json!(true), "{answer}");
        let said = process.ends_well(END_OF_INPUT).await;
        assert!(
            said.log.contains(self.tool),
            "no log of the call: {}",
            said.log
        );
        assert!(!said.log.contains(SECRET), "the key is in the log");
        assert!(!said.output.contains(SECRET), "the key is in the answers");
    }

    fn call(&self) -> Value {
        let arguments: Value = serde_json::from_str(self.arguments).unwrap();
        json!({"name": self.tool, "arguments": arguments})
    }

    fn env<'a>(&self, base_url: &'a str) -> Vec<(&'static str, &'a str)> {
        self.base_urls
            .iter()
            .map(|name| (*name, base_url))
            .collect()
    }
}

/// What every request of 2026-07-28 carries.
fn modern_params() -> Value {
    json!({"_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }})
}
