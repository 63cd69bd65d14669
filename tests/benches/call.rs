//! What one tool call costs inside the process: `cargo bench -p testkit --bench call`.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run has nothing to say"
)]

use axum::{Router, routing::get};
use divan::Bencher;
use serde_json::json;
use testkit::{Client, Era, connect, sample::sample};
use tokio::{net::TcpListener, runtime::Runtime};

fn main() {
    divan::main();
}

const ERAS: [Era; 2] = Era::BOTH;

/// Protocol, argument check, guard and result over a pipe in memory: what every call pays.
#[divan::bench(args = ERAS)]
fn echo(bencher: Bencher<'_, '_>, era: Era) {
    let runtime = Runtime::new().unwrap();
    let client = runtime.block_on(connect(&sample("http://127.0.0.1:1"), era));
    bencher.bench_local(|| runtime.block_on(client.call("echo", json!({"text": "hello"}))));
}

/// The same, and one request to a provider in this process that answers at once.
#[divan::bench(args = ERAS)]
fn ask_a_provider(bencher: Bencher<'_, '_>, era: Era) {
    let runtime = Runtime::new().unwrap();
    let client = runtime.block_on(with_provider(era));
    bencher.bench_local(|| runtime.block_on(client.call("ask", json!({}))));
}

async fn with_provider(era: Era) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let said = get(|| async { axum::Json(json!({"text": "hello"})) });
    let routes = Router::new().route("/said", said);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    connect(&sample(&url), era).await
}
