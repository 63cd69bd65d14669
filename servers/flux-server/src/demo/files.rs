//! Uploaded files, kept in memory for as long as there is room.

use std::collections::VecDeque;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Desk, Refusal, hex, iso, not_found, origin};

const MOST_BYTES: usize = 64 * 1024 * 1024;
/// A day.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// The newest last.
#[derive(Default)]
pub(super) struct Files(VecDeque<File>);

pub(super) struct File {
    pub(super) id: String,
    pub(super) content_type: String,
    pub(super) content: Bytes,
    pub(super) created_ms: i64,
}

impl Files {
    /// The content of one file.
    pub(super) fn content(&self, id: &str) -> Option<Bytes> {
        let mut files = self.0.iter();
        let file = files.find(|file| file.id == id)?;
        Some(file.content.clone())
    }

    pub(super) fn insert(&mut self, file: File) {
        self.0.push_back(file);
        while self.bytes() > MOST_BYTES {
            self.0.pop_front();
        }
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(|file| file.content.len()).sum()
    }
}

impl File {
    fn body(&self, origin: &str) -> Value {
        json!({
            "id": self.id,
            "content_type": self.content_type,
            "size": self.content.len(),
            "checksums": {"sha256": hex(&Sha256::digest(&self.content))},
            "metadata": {},
            "created_at": iso(self.created_ms),
            "expires_at": iso(self.created_ms.saturating_add(KEPT_MS)),
            "urls": {"get": format!("{origin}/v1/files/{}", self.id)},
        })
    }
}

/// `POST /files`
pub(super) async fn create(
    State(desk): State<Desk>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let body = body.map_err(|_| {
        let detail = json!({"detail": "The uploaded file is too large."});
        Refusal(StatusCode::PAYLOAD_TOO_LARGE, detail)
    })?;
    let part = content_part(&headers, &body).ok_or_else(|| {
        let detail = json!({"detail": "Missing content"});
        Refusal(StatusCode::BAD_REQUEST, detail)
    })?;
    let file = File {
        id: desk.new_id().0,
        content_type: part.content_type,
        content: part.content,
        created_ms: desk.now_ms(),
    };
    let answer = file.body(&origin(&headers));
    desk.files().insert(file);
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `GET /files/{id}`
pub(super) async fn one(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let files = desk.files();
    let mut files = files.0.iter();
    match files.find(|file| file.id == id) {
        Some(file) => Ok(Json(file.body(&origin(&headers)))),
        None => Err(not_found("File not found")),
    }
}

struct Part {
    content_type: String,
    content: Bytes,
}

/// The part called `content` of a `multipart/form-data` body.
fn content_part(headers: &HeaderMap, body: &Bytes) -> Option<Part> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let boundary = kind.split_once("boundary=")?.1;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    let opening = format!("--{boundary}");
    let delimiter = format!("\r\n{opening}");
    let mut at = find(body, opening.as_bytes(), 0)? + opening.len();
    loop {
        let head_end = find(body, b"\r\n\r\n", at)?;
        let content_end = find(body, delimiter.as_bytes(), head_end + 2)?;
        let head = String::from_utf8_lossy(body.get(at..head_end)?).into_owned();
        let mut lines = head.lines();
        if lines.any(|line| line.to_lowercase().contains("name=\"content\"")) {
            let mut lines = head.lines();
            let named = lines.find_map(|line| {
                let (name, value) = line.split_once(':')?;
                (name.eq_ignore_ascii_case("content-type")).then(|| value.trim().to_owned())
            });
            return Some(Part {
                content_type: named.unwrap_or_else(|| "application/octet-stream".into()),
                content: body.slice(head_end + 4..content_end.max(head_end + 4)),
            });
        }
        at = content_end + delimiter.len();
    }
}

/// Where `needle` begins, from `start` on.
fn find(haystack: &[u8], needle: &[u8], start: usize) -> Option<usize> {
    let rest = haystack.get(start..)?;
    let found = rest.windows(needle.len()).position(|part| part == needle);
    found.map(|at| at + start)
}
