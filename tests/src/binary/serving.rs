//! One run of a program that serves HTTP.

use std::{net::SocketAddr, process::Stdio};

use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::client::within;

/// Ends when it is dropped.
pub struct Serving {
    pub address: SocketAddr,
    _child: Child,
    _home: TempDir,
}

impl Serving {
    /// `serve` on a free port, with these variables and no others, away from any `.env`.
    pub async fn start(path: &str, args: &[&str], env: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut child = Command::new(path)
            .args(args)
            .args(["serve", "--bind", "127.0.0.1:0"])
            .env_clear()
            .env("HOME", home.path())
            .envs(env.iter().copied())
            .current_dir(home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = within(log.next_line()).await.unwrap();
            let line = line.expect("the program has ended");
            if let Some(address) = address_in(&line) {
                break address;
            }
        };
        tokio::spawn(async move { log.into_inner().read_to_end(&mut Vec::new()).await });
        Self {
            address,
            _child: child,
            _home: home,
        }
    }
}

/// `127.0.0.1:1234` of `... http://127.0.0.1:1234/mcp`
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, after) = line.split_once("http://")?;
    let (address, _) = after.split_once("/mcp")?;
    address.parse().ok()
}
