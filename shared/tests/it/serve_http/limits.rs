//! What a request may be, and how much of the server one client may take.

use std::time::Duration;

use serde_json::json;
use shared::serve::http::{HttpOptions, Limits};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::{Running, client, initialize};

const MOMENT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_large_body_is_refused_at_its_header() {
    let server = Running::start(HttpOptions::default());
    let request = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
        Accept: application/json, text/event-stream\r\nContent-Length: 4194305\r\n\r\n";
    assert!(server.raw(request).await.starts_with("HTTP/1.1 413 "));
}

#[tokio::test]
async fn a_body_of_the_largest_size_is_read() {
    let server = Running::start(HttpOptions::default());
    let spaces = " ".repeat(4 * 1024 * 1024 - initialize().to_string().len());
    let request = server
        .post(&initialize())
        .body(initialize().to_string() + &spaces);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn only_json_is_read() {
    let server = Running::start(HttpOptions::default());
    let request = client()
        .post(server.url("/mcp"))
        .header("Accept", "application/json, text/event-stream")
        .header("Content-Type", "text/plain");
    let request = request.body(initialize().to_string());
    assert_eq!(request.send().await.unwrap().status(), 415);
}

#[tokio::test]
async fn a_client_that_accepts_nothing_useful_is_told() {
    let server = Running::start(HttpOptions::default());
    let request = client().post(server.url("/mcp")).json(&initialize());
    assert_eq!(request.send().await.unwrap().status(), 406);
}

#[tokio::test]
async fn too_many_or_too_large_headers_are_refused() {
    let server = Running::start(HttpOptions::default());
    let start = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
    let many = format!("{start}{}\r\n", "a: b\r\n".repeat(101));
    // Not a byte more than the server reads: closing over unread bytes would reset the connection.
    let large = format!(
        "{start}a: {}",
        "b".repeat(64 * 1024 - start.len() - "a: ".len())
    );
    for request in [many, large] {
        let answer = server.raw(&request).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_headers_is_cut_off() {
    let limits = Limits {
        header_read: MOMENT,
        ..Limits::default()
    };
    let server = Running::start_within(limits, HttpOptions::default());
    // Nothing, a beginning that could become either version, and half a head.
    for beginning in [
        "",
        "P",
        "PRI * HTTP/2.0",
        "GET /healthz HTTP/1.1\r\nHost: local",
    ] {
        assert_eq!(server.raw(beginning).await, "", "{beginning}");
    }
}

#[tokio::test]
async fn a_connection_without_requests_is_closed() {
    let limits = Limits {
        header_read: MOMENT,
        ..Limits::default()
    };
    let server = Running::start_within(limits, HttpOptions::default());
    let answer = server
        .raw("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_body_is_cut_off() {
    let limits = Limits {
        body_read: MOMENT,
        ..Limits::default()
    };
    let server = Running::start_within(limits, HttpOptions::default());
    let request = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
        Accept: application/json, text/event-stream\r\nContent-Length: 100\r\n\r\n{";
    // 408 would say it better; rmcp answers every failed read like this.
    assert!(server.raw(request).await.starts_with("HTTP/1.1 500 "));
}

#[tokio::test]
async fn a_connection_over_the_limit_waits_until_another_ends() {
    let limits = Limits {
        connections: 1,
        header_read: MOMENT,
        ..Limits::default()
    };
    let server = Running::start_within(limits, HttpOptions::default());
    let first = TcpStream::connect(server.addr).await.unwrap();
    let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = server.raw(request).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let read = first.try_read(&mut [0; 1]);
    assert_eq!(read.unwrap(), 0, "the first was closed before");
}

#[tokio::test]
async fn a_client_that_resets_does_not_end_the_server() {
    let server = Running::start(HttpOptions::default());
    let mut socket = TcpStream::connect(server.addr).await.unwrap();
    socket.write_all(b"GET /healthz").await.unwrap();
    #[expect(deprecated, reason = "a linger of zero is how a reset is sent")]
    socket.set_linger(Some(Duration::ZERO)).unwrap();
    drop(socket);
    let answer = client().get(server.url("/healthz")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

fn room_for_one() -> Running {
    let limits = Limits {
        sessions: 1,
        ..Limits::default()
    };
    Running::start_within(limits, HttpOptions::default())
}

#[tokio::test]
async fn a_session_over_the_limit_is_refused_for_now() {
    let server = room_for_one();
    assert_eq!(
        server.post(&initialize()).send().await.unwrap().status(),
        200
    );
    let answer = server.post(&initialize()).send().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["Retry-After"], "60");
}

#[tokio::test]
async fn a_full_session_table_still_serves_its_sessions_and_modern_clients() {
    let server = room_for_one();
    let opened = server.post(&initialize()).send().await.unwrap();
    let session = &opened.headers()["Mcp-Session-Id"];
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let request = server.post(&initialized).header("Mcp-Session-Id", session);
    assert_eq!(request.send().await.unwrap().status(), 202);
    let request = server.call("echo", json!({"text": "hi"}));
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_session_that_ends_makes_room() {
    let server = room_for_one();
    let opened = server.post(&initialize()).send().await.unwrap();
    let session = &opened.headers()["Mcp-Session-Id"];
    let end = client()
        .delete(server.url("/mcp"))
        .header("Mcp-Session-Id", session);
    end.send().await.unwrap();
    assert_eq!(
        server.post(&initialize()).send().await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn headers_of_a_modern_call_smuggle_no_session_in() {
    let server = room_for_one();
    server.post(&initialize()).send().await.unwrap();
    let mut body = initialize();
    body["params"]["protocolVersion"] = json!("2026-07-28");
    let named = server.post(&body).header("Mcp-Method", "tools/list");
    let versioned = server
        .post(&body)
        .header("MCP-Protocol-Version", "2026-07-28");
    let both = server
        .post(&body)
        .header("MCP-Protocol-Version", "2026-07-28");
    let both = both.header("Mcp-Method", "tools/list");
    let mut found = Vec::new();
    for request in [named, versioned, both] {
        found.push(request.send().await.unwrap().status().as_u16());
    }
    // The last one gets past the count, and rmcp finds that header and body disagree.
    assert_eq!(found, [503, 503, 400]);
}
