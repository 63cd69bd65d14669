//! What one tool call costs inside the process: `cargo bench -p testkit --bench call`.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run has nothing to say"
)]

use axum::{Router, routing::get};
use divan::Bencher;
use serde_json::json;
use testkit::{Era, connect, sample::sample};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
};

fn main() {
    divan::main();
}

const ERAS: [Era; 2] = Era::BOTH;

/// As over stdio: one thread for everything, here also for the client and the provider.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Protocol, argument check, guard and result over a pipe in memory: what every call pays.
#[divan::bench(args = ERAS)]
fn echo(bencher: Bencher<'_, '_>, era: Era) {
    let runtime = runtime();
    let client = runtime.block_on(connect(&sample("http://127.0.0.1:1"), era));
    bencher.bench_local(|| runtime.block_on(client.call("echo", json!({"text": "hello"}))));
}

/// The same, and one request to a provider in this process that answers at once.
#[divan::bench(args = ERAS)]
fn ask_a_provider(bencher: Bencher<'_, '_>, era: Era) {
    let runtime = runtime();
    let client = runtime.block_on(async { connect(&sample(&provider().await), era).await });
    bencher.bench_local(|| runtime.block_on(client.call("ask", json!({}))));
}

/// That request without any of us: subtract it from `ask_a_provider`.
#[divan::bench]
#[expect(clippy::disallowed_methods, reason = "the floor to compare with")]
fn the_provider_alone(bencher: Bencher<'_, '_>) {
    let runtime = runtime();
    shared::http::install_crypto();
    let client = reqwest::Client::new();
    let url = format!("{}/said", runtime.block_on(provider()));
    bencher.bench_local(|| {
        runtime.block_on(async {
            let answer = client.get(&url).send().await.unwrap();
            answer.json::<serde_json::Value>().await.unwrap()
        })
    });
}

/// Where it listens.
async fn provider() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let said = get(|| async { axum::Json(json!({"text": "hello"})) });
    let routes = Router::new().route("/said", said);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}
