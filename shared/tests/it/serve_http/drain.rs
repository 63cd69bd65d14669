//! How the server stops.

use std::time::Duration;

use serde_json::json;
use shared::serve::http::HttpOptions;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{PATIENCE, Running, client, initialize};

const LONG: Duration = Duration::from_secs(3600);

fn start(drain: Duration) -> Running {
    Running::start(HttpOptions {
        drain,
        ..HttpOptions::default()
    })
}

/// Ask on a connection that stays open; the answer is short enough to come in one piece.
async fn ready(socket: &mut TcpStream) -> String {
    let request = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.write_all(request).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = timeout(PATIENCE, socket.read(&mut answer)).await;
    let length = read.expect("readyz answers").unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

/// Ask until the shutdown has begun.
async fn until_draining(socket: &mut TcpStream) -> String {
    loop {
        let answer = ready(socket).await;
        if !answer.starts_with("HTTP/1.1 200 ") {
            return answer;
        }
    }
}

#[tokio::test]
async fn a_call_in_flight_is_answered_while_the_server_drains() {
    let server = start(LONG);
    let call = tokio::spawn(server.call("slow", json!({})).send());
    server.signals.slow_started.notified().await;
    server.stop.cancel();
    server.signals.slow_may_end.notify_one();
    let answer = call.await.unwrap().unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("at last"));
    server.until_ended().await.unwrap();
}

#[tokio::test]
async fn a_draining_server_is_not_ready_and_accepts_nobody() {
    let server = start(LONG);
    let mut open = TcpStream::connect(server.addr).await.unwrap();
    assert!(ready(&mut open).await.starts_with("HTTP/1.1 200 "));
    let call = tokio::spawn(server.call("slow", json!({})).send());
    server.signals.slow_started.notified().await;
    server.stop.cancel();

    let answer = until_draining(&mut open).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.ends_with("draining"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    TcpStream::connect(server.addr).await.unwrap_err();

    server.signals.slow_may_end.notify_one();
    assert_eq!(call.await.unwrap().unwrap().status(), 200);
    server.until_ended().await.unwrap();
}

#[tokio::test]
async fn a_call_of_a_session_is_answered_while_the_server_drains() {
    let server = start(LONG);
    let opened = server.post(&initialize()).send().await.unwrap();
    let session = &opened.headers()["Mcp-Session-Id"];
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let request = server.post(&initialized).header("Mcp-Session-Id", session);
    request.send().await.unwrap();
    let call =
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "slow"}});
    let call = tokio::spawn(server.post(&call).header("Mcp-Session-Id", session).send());
    server.signals.slow_started.notified().await;
    server.stop.cancel();
    server.signals.slow_may_end.notify_one();
    let answer = call.await.unwrap().unwrap().text().await.unwrap();
    assert!(answer.contains("at last"), "{answer}");
    server.until_ended().await.unwrap();
}

#[tokio::test]
async fn a_call_that_hangs_does_not_keep_the_server() {
    let server = start(Duration::from_millis(10));
    let call = tokio::spawn(server.call("slow", json!({})).send());
    server.signals.slow_started.notified().await;
    server.stop.cancel();
    server.until_ended().await.unwrap();
    // Cut off, or told that there is no answer; in either case not left waiting.
    let answer = call.await.unwrap();
    assert!(answer.is_err() || answer.unwrap().status() == 500);
}

#[tokio::test]
async fn silent_connections_and_streams_do_not_keep_the_server() {
    let server = start(LONG);
    let mut silent = TcpStream::connect(server.addr).await.unwrap();
    assert!(ready(&mut silent).await.starts_with("HTTP/1.1 200 "));
    let opened = server.post(&initialize()).send().await.unwrap();
    let stream = client()
        .get(server.url("/mcp"))
        .header("Accept", "text/event-stream")
        .header("Mcp-Session-Id", &opened.headers()["Mcp-Session-Id"]);
    let stream = stream.send().await.unwrap();
    assert_eq!(stream.status(), 200);
    server.stop.cancel();
    server.until_ended().await.unwrap();
}

#[tokio::test]
async fn a_client_that_listens_does_not_keep_the_server() {
    let server = start(LONG);
    let listen = super::modern("subscriptions/listen", json!({"notifications": {}}));
    let listen = server
        .post(&listen)
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", "subscriptions/listen");
    let stream = listen.send().await.unwrap();
    assert_eq!(stream.headers()["Content-Type"], "text/event-stream");
    server.stop.cancel();
    server.until_ended().await.unwrap();
}
