//! The provider is wiremock, or an axum router or a raw socket where timing and broken answers matter.

mod auth;
mod body;
mod building;
mod cache;
mod errors;
mod files;
mod form;
mod limits;
mod network;
mod public;
mod retry;

use std::{sync::Arc, sync::atomic::AtomicUsize, sync::atomic::Ordering, time::Duration};

use axum::{Router, routing::any as any_method};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use super::*;
use crate::{Result, config::Env, metrics, settings::Settings};

const KEY: &str = "sk-test-0123456789abcdef";
/// Documented, and never reached: tests set the base.
const THINGS: &str = "https://api.example.com/v1/things";
/// Long enough that no test runs into it by chance.
const AMPLE: Duration = Duration::from_secs(20);
/// For tests that are about running out of time.
const BRIEF: Duration = Duration::from_millis(400);

fn client(timeout: Duration) -> Client {
    Client::new(&Env::default(), &Settings::defaults())
        .unwrap()
        .with_request_timeout(timeout)
}

/// A provider at this base that wants a bearer token and is retried fast.
fn upstream(base: &str) -> Upstream {
    Upstream {
        provider: "Example",
        auth: Auth::Bearer(KEY.into()),
        key_env: "EXAMPLE_API_KEY",
        get_it_at: "https://example.com/keys",
        base: Some(base.parse().unwrap()),
        in_flight: 8,
        per_minute: None,
        explain: |_, _| None,
        retry: Retry {
            attempts: 3,
            first_delay: Duration::from_millis(1),
            longest_delay: Duration::from_millis(1),
        },
    }
}

fn http(base: &str) -> Http {
    Http::new(&client(AMPLE), upstream(base))
}

/// Has little time, but a client that is built already.
fn hurried(base: &str) -> Http {
    let client = client(BRIEF);
    assert!(client.get().is_ok());
    Http::new(&client, upstream(base))
}

async fn get(http: &Http) -> Result<Value> {
    http.get(THINGS).json().await
}

async fn post(http: &Http) -> Result<Value> {
    http.post(THINGS).body(&"work").json().await
}

fn ok() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(serde_json::json!({"fine": true}))
}

fn text(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body, "application/json")
}

/// A provider that always answers this.
async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// A provider that answers this once, and then well.
async fn answering_first(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(answer)
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(ok()).mount(&server).await;
    server
}

async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

/// An address where nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A provider that sends these bytes and closes; a reset if there are none. Counts the requests.
async fn raw(answer: &'static [u8]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            read_head(&mut stream).await;
            counter.fetch_add(1, Ordering::SeqCst);
            match answer {
                [] => stream.set_zero_linger().unwrap(),
                answer => stream.write_all(answer).await.unwrap(),
            }
        }
    });
    (base, count)
}

/// Until the empty line that ends the head of a request.
async fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read_buf(&mut head).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// A provider made of a router.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

/// A provider that never answers the first request, tells when it came, and answers all others.
async fn stuck_at_first() -> (String, Arc<Notify>, Arc<AtomicUsize>) {
    let (arrived, count) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let (tell, counter) = (arrived.clone(), count.clone());
    let route = any_method(move || async move {
        if counter.fetch_add(1, Ordering::SeqCst) == 0 {
            tell.notify_one();
            std::future::pending::<()>().await;
        }
        "{}"
    });
    (serve(Router::new().fallback(route)).await, arrived, count)
}
