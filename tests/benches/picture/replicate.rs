//! A provider that is done with every picture at once.

use std::{
    iter,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
    routing::{get, post},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{PICTURE_BYTES, WARM_UP_BYTES};

/// The prompt that gets a small picture.
pub(crate) const WARM_UP: &str = "warm-up";

#[derive(Clone)]
struct Replicate {
    url: Arc<str>,
    next_id: Arc<AtomicU64>,
}

/// Where it listens, as long as the runtime lives.
pub(crate) async fn start() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let replicate = Replicate {
        url: url.as_str().into(),
        next_id: Arc::default(),
    };
    let routes = Router::new()
        .route("/v1/models/{owner}/{name}/predictions", post(predict))
        .route("/v1/models/{owner}/{name}", get(unknown))
        .route("/file.webp", file(PICTURE_BYTES))
        .route("/small.webp", file(WARM_UP_BYTES))
        .with_state(replicate);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(url)
}

async fn predict(
    State(replicate): State<Replicate>,
    Path((owner, name)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> impl IntoResponse {
    let url = &replicate.url;
    // Another one each time: a server may answer for the same prediction from what it keeps.
    let id = format!("{:026}", replicate.next_id.fetch_add(1, Ordering::Relaxed));
    let file = match body.pointer("/input/prompt").and_then(Value::as_str) {
        Some(WARM_UP) => "small.webp",
        _ => "file.webp",
    };
    let now = Timestamp::now();
    let prediction = json!({
        "id": id,
        "model": format!("{owner}/{name}"),
        "version": "hidden",
        "status": "succeeded",
        "input": body.get("input"),
        "output": [format!("{url}/{file}")],
        "error": null,
        "logs": "Using seed: 27533",
        "data_removed": false,
        "source": "api",
        "created_at": now,
        "started_at": now,
        "completed_at": now,
        "metrics": {"image_count": 1, "predict_time": 0.8, "total_time": 0.8},
        "urls": {
            "get": format!("{url}/v1/predictions/{id}"),
            "cancel": format!("{url}/v1/predictions/{id}/cancel"),
            "web": format!("{url}/p/{id}"),
        },
    });
    (StatusCode::CREATED, Json(prediction))
}

/// The server knows the models by itself.
async fn unknown() -> impl IntoResponse {
    let detail = json!({"detail": "The requested resource could not be found.", "status": 404});
    (StatusCode::NOT_FOUND, Json(detail))
}

fn file(bytes: usize) -> axum::routing::MethodRouter<Replicate> {
    let picture = Bytes::from(picture(bytes));
    get(move || async move { ([(CONTENT_TYPE, "image/webp")], picture) })
}

/// WebP as far as its header goes, 1024 pixels wide and 1280 high; the rest is noise.
fn picture(bytes: usize) -> Vec<u8> {
    let length = |before: usize| u32::try_from(bytes - before).unwrap_or(u32::MAX);
    let mut picture = Vec::with_capacity(bytes);
    picture.extend(b"RIFF");
    picture.extend(length(8).to_le_bytes());
    picture.extend(b"WEBPVP8L");
    picture.extend(length(20).to_le_bytes());
    picture.push(0x2f);
    picture.extend((1023_u32 | 1279 << 14).to_le_bytes());
    let mut state = 0x9E37_79B9_u32;
    let noise = iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()
    });
    picture.extend(noise.flatten().take(bytes - picture.len()));
    picture
}
