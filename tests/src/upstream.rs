//! Providers that answer as told: wiremock responses, and raw sockets for what HTTP libraries refuse to do.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
};
use url::Url;
use wiremock::{Request, Respond, ResponseTemplate};

use crate::client::within;

pub fn json(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

/// One after another; the last stays.
pub fn sequence(responses: impl IntoIterator<Item = ResponseTemplate>) -> impl Respond {
    let responses: Vec<ResponseTemplate> = responses.into_iter().collect();
    let next = AtomicUsize::new(0);
    move |_: &Request| {
        let index = next.fetch_add(1, Ordering::Relaxed);
        responses[index.min(responses.len() - 1)].clone()
    }
}

/// An empty object after a while.
pub fn slow(delay: Duration) -> ResponseTemplate {
    json(200, serde_json::json!({})).set_delay(delay)
}

pub fn rate_limited(retry_after_seconds: u64) -> ResponseTemplate {
    ResponseTemplate::new(429).insert_header("retry-after", retry_after_seconds.to_string())
}

/// What a proxy in front of a provider sends.
pub fn html_page(status: u16) -> ResponseTemplate {
    let page = "<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1>";
    ResponseTemplate::new(status).set_body_raw(page, "text/html")
}

/// A provider below HTTP, ended when dropped.
pub struct Raw {
    pub url: Url,
    requests: Arc<Semaphore>,
    gone: Arc<Semaphore>,
    task: JoinHandle<()>,
}

/// Closes every connection with a reset as soon as a request arrives.
pub async fn resets() -> Raw {
    Raw::listen(|stream| async move {
        // Closing with unread bytes makes the system send a reset.
        let _ = stream.readable().await;
    })
    .await
}

/// Promises more bytes than the body has, then closes.
pub async fn truncates(body: &'static str) -> Raw {
    Raw::listen(move |mut stream| async move {
        let promised = body.len() + 100;
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {promised}\r\n\r\n"
        );
        read_head(&mut stream).await;
        let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
    })
    .await
}

/// Accepts, reads, and says nothing until the other side gives up.
pub async fn never_answers() -> Raw {
    Raw::listen(|mut stream| async move {
        let mut buffer = [0; 1024];
        while let Ok(1..) = stream.read(&mut buffer).await {}
    })
    .await
}

impl Raw {
    async fn listen<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (requests, gone) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let (counted, ended) = (requests.clone(), gone.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.add_permits(1);
                let (serving, ended) = (serve(stream), ended.clone());
                tokio::spawn(async move {
                    serving.await;
                    ended.add_permits(1);
                });
            }
        });
        Self {
            url: url.parse().unwrap(),
            requests,
            gone,
            task,
        }
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        self.requests.available_permits()
    }

    /// Once the first connection is there.
    pub async fn reached(&self) {
        drop(within(self.requests.acquire()).await.unwrap());
    }

    /// Once the first connection has ended.
    pub async fn left(&self) {
        drop(within(self.gone.acquire()).await.unwrap());
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
}
