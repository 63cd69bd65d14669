//! What the program does when what surrounds it misbehaves.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::fd::OwnedFd,
    process::Stdio,
};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::UnixStream,
    process::Command,
};

use super::{
    Binary,
    process::{Process, initialize},
};
use crate::client::within;

/// Their log is far more than a pipe holds.
const CALLS: usize = 2_000;
/// More than one line may have.
const OVER_LONG: usize = 17 * 1024 * 1024;

impl Binary {
    /// A client that crashed: its process is gone, but somebody else holds the other end of the pipe.
    pub async fn leaves_when_its_parent_is_gone(&self) {
        let folder = std::env::temp_dir().join(format!("mcp-orphan-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let fifo = folder.join("input");
        mknodat(CWD, &fifo, FileType::Fifo, Mode::RWXU, 0).unwrap();
        // Open in both directions, so that its input never ends.
        let mut input = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&fifo)
            .unwrap();
        let mut parent = Command::new("sh")
            .args(["-c", "\"$0\" --demo <\"$1\" & read _", self.path])
            .arg(&fifo)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(parent.stdout.take().unwrap());
        writeln!(input, "{}", initialize()).unwrap();
        let mut answer = String::new();
        within(output.read_line(&mut answer)).await.unwrap();
        assert!(answer.contains("serverInfo"), "{answer}");

        drop(parent.stdin.take());
        within(parent.wait()).await.unwrap();
        // The shell is gone; the pipe ends when the server is gone, too.
        within(output.read_to_string(&mut answer)).await.unwrap();
        fs::remove_dir_all(folder).unwrap();
    }

    /// A host that never reads stderr must not stop the server.
    pub async fn answers_while_nobody_reads_its_log(&self) {
        let mut child = Command::new(self.path)
            .args(["--demo", "--log-level", "trace"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writing = tokio::spawn(async move {
            stdin
                .write_all(format!("{}\n", initialize()).as_bytes())
                .await
                .unwrap();
            for id in 0..CALLS {
                // Refused, which is logged.
                let call = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "none"}});
                stdin
                    .write_all(format!("{call}\n").as_bytes())
                    .await
                    .unwrap();
            }
            stdin
        });
        let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..=CALLS {
            assert!(within(answers.next_line()).await.unwrap().is_some());
        }
        drop(within(writing).await.unwrap());
    }

    /// Hosts that run on Node.js hand over sockets where others hand over pipes.
    pub async fn speaks_over_sockets(&self) {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        let input = OwnedFd::from(theirs.try_clone().unwrap());
        let mut child = Command::new(self.path)
            .arg("--demo")
            .stdin(input)
            .stdout(OwnedFd::from(theirs))
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        ours.set_nonblocking(true).unwrap();
        let (output, mut input) = UnixStream::from_std(ours).unwrap().into_split();
        input
            .write_all(format!("{}\n", initialize()).as_bytes())
            .await
            .unwrap();
        let mut answer = String::new();
        within(BufReader::new(output).read_line(&mut answer))
            .await
            .unwrap();
        assert!(answer.contains("serverInfo"), "{answer}");
        input.shutdown().await.unwrap();
        assert_eq!(within(child.wait()).await.unwrap().code(), Some(0));
    }

    /// Keys in other letters are other keys, so that nobody reads a message differently than a filter before us.
    pub async fn matches_keys_exactly(&self) {
        let mut process = Process::start(self.path, &["--demo"], &[]);
        process.initialize().await;
        for line in [
            r#"{"jsonrpc": "2.0", "id": "folded", "Method": "ping"}"#,
            r#"{"jsonrpc": "2.0", "ID": "folded", "method": "ping"}"#,
        ] {
            process.line(line.as_bytes()).await;
        }
        process.send(json!("exact"), "ping", json!({})).await;
        loop {
            let answer = process.next_answer_or_error().await;
            assert!(
                answer.get("result").is_none() || answer["id"] == "exact",
                "{answer}"
            );
            if answer["id"] == "exact" {
                break;
            }
        }
        process.ends_well(super::END_OF_INPUT).await;
    }

    /// A line over the limit is dropped, and what follows is answered.
    pub async fn survives_an_over_long_line(&self) {
        let mut process = Process::start(self.path, &["--demo"], &[]);
        process.initialize().await;
        process.line(&vec![b'x'; OVER_LONG]).await;
        let answer = process.ask(json!("still there"), "ping", json!({})).await;
        assert_eq!(answer["result"], json!({}));
        process.ends_well(super::END_OF_INPUT).await;
    }
}
