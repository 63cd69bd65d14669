//! One run of a program that speaks JSON-RPC on its standard streams.

use std::{process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::mpsc,
    task::JoinHandle,
};

use crate::client::within;

/// What a shell shows for a program that SIGTERM ended.
const ENDED_BY_SIGTERM: i32 = 128 + 15;
const QUEUED_LINES: usize = 4_096;

/// A program that runs until the test ends it, or drops it.
pub struct Process {
    child: Child,
    /// Lines on their way to the program: written by a task, so that a program that answers before it has
    /// read everything never meets a test that writes before it has read anything.
    input: mpsc::Sender<Vec<u8>>,
    writing: JoinHandle<()>,
    output: Lines<BufReader<ChildStdout>>,
    logging: JoinHandle<String>,
    said: String,
    /// What it writes goes when it goes.
    _home: TempDir,
}

/// Everything a program said in its life.
pub struct Said {
    pub output: String,
    pub log: String,
}

impl Process {
    /// With these variables and no others, away from any `.env`.
    pub fn start(path: &str, args: &[&str], env: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut child = Command::new(path)
            .args(args)
            .env_clear()
            .env("HOME", home.path())
            .envs(env.iter().copied())
            .current_dir(home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (input, lines) = mpsc::channel(QUEUED_LINES);
        let writing = tokio::spawn(write(child.stdin.take().unwrap(), lines));
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut stderr = child.stderr.take().unwrap();
        let logging = tokio::spawn(async move {
            let mut log = Vec::new();
            let _ = stderr.read_to_end(&mut log).await;
            String::from_utf8_lossy(&log).into_owned()
        });
        Self {
            child,
            input,
            writing,
            output,
            logging,
            said: String::new(),
            _home: home,
        }
    }

    /// Introduce a client of 2025-11-25.
    pub async fn initialize(&mut self) {
        self.line(initialize().to_string().as_bytes()).await;
        let answer = self.next_answer().await;
        assert_eq!(answer["id"], json!("initialize"), "{answer}");
        assert!(answer["result"]["serverInfo"].is_object(), "{answer}");
        self.notify("notifications/initialized", json!({})).await;
    }

    /// Send a request and wait for its answer, which is the next one.
    pub async fn ask(&mut self, id: Value, method: &str, params: Value) -> Value {
        self.send(id.clone(), method, params).await;
        let answer = self.next_answer().await;
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    /// Send a request without waiting for its answer.
    pub async fn send(&mut self, id: Value, method: &str, params: Value) {
        let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.line(request.to_string().as_bytes()).await;
    }

    /// Send what is not answered.
    pub async fn notify(&mut self, method: &str, params: Value) {
        let notification = json!({"jsonrpc": "2.0", "method": method, "params": params});
        self.line(notification.to_string().as_bytes()).await;
    }

    /// Send one line as it is.
    pub async fn line(&mut self, line: &[u8]) {
        let line = [line, b"\n"].concat();
        self.input.send(line).await.unwrap();
    }

    /// The next answer; notifications of the server are passed over.
    pub async fn next_answer(&mut self) -> Value {
        loop {
            let message = self.next_message().await.expect("the program has ended");
            if message.get("id").is_some() {
                return message;
            }
        }
    }

    /// The next answer, also one to what had no readable id.
    pub(super) async fn next_answer_or_error(&mut self) -> Value {
        self.next_message().await.expect("the program has ended")
    }

    async fn next_message(&mut self) -> Option<Value> {
        let line = within(self.output.next_line()).await.unwrap()?;
        self.said.push_str(&line);
        let message: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        assert_eq!(message["jsonrpc"], json!("2.0"), "{line}");
        // An answer to what had no readable id has none either.
        let is_known = |kind: &&str| message.get(kind).is_some();
        assert!(["id", "method", "error"].iter().any(is_known), "{line}");
        Some(message)
    }

    /// Close the input; the program ends in time and without complaint.
    pub async fn ends_well(mut self, limit: Duration) -> Said {
        let (input, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut self.input, input));
        within(&mut self.writing).await.unwrap();
        let code = self.exit_code(limit).await;
        while self.next_message().await.is_some() {}
        let log = within(self.logging).await.unwrap();
        assert_eq!(code, Some(0), "{log}");
        let output = self.said;
        Said { output, log }
    }

    /// Ask it to end; it does so in time.
    pub async fn ends_on_sigterm(mut self, limit: Duration) {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok());
        let pid = pid.and_then(Pid::from_raw).expect("it has ended already");
        kill_process(pid, Signal::TERM).unwrap();
        let code = self.exit_code(limit).await;
        assert!(
            matches!(code, Some(0 | ENDED_BY_SIGTERM)),
            "exit code {code:?}"
        );
    }

    /// Kill it as a crash would: nothing is closed, written or said.
    pub async fn is_killed(mut self) {
        within(self.child.kill()).await.unwrap();
    }

    async fn exit_code(&mut self, limit: Duration) -> Option<i32> {
        let ended = tokio::time::timeout(limit, self.child.wait()).await;
        let status = ended.unwrap_or_else(|_| panic!("it runs on after {limit:?}"));
        status.unwrap().code()
    }
}

/// What a client of 2025-11-25 says first.
pub(super) fn initialize() -> Value {
    let params = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "testkit", "version": "0"},
    });
    json!({"jsonrpc": "2.0", "id": "initialize", "method": "initialize", "params": params})
}

async fn write(mut stdin: ChildStdin, mut lines: mpsc::Receiver<Vec<u8>>) {
    while let Some(line) = lines.recv().await {
        // A program that has ended cannot be written to; its exit code tells more.
        if stdin.write_all(&line).await.is_err() {
            return;
        }
    }
}
