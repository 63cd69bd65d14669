//! A request being put together, and its answer decoded.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde::{
    Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::{Form, Inner, answer::NONE_YET, decode::decode};
use crate::{Check, Error, Result, error::Attempts, metrics};

/// No request may take longer, whatever it carries.
const LONGEST: Duration = Duration::from_secs(600);

/// A request being put together. A mistake made on the way comes back when it is sent.
#[must_use = "a request is only sent by `json`"]
pub struct Request<'a> {
    outgoing: Result<Outgoing<'a>>,
    keep: Duration,
}

/// What is sent, once or several times.
pub(super) struct Outgoing<'a> {
    pub(super) http: &'a Inner,
    pub(super) method: Method,
    /// Without the key, which is added to each attempt.
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    pub(super) attempts: u32,
    /// For all attempts together.
    pub(super) timeout: Duration,
}

pub(super) enum Body {
    None,
    Json(Bytes),
    /// Made anew for each attempt, since a stream is used up by the first.
    Form(Form),
}

/// Neither query nor body: they may be private.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outgoing {
            Ok(Outgoing { method, url, .. }) => {
                let host = url.host_str().unwrap_or_default();
                write!(f, "{method} {host}{}", url.path())
            }
            Err(mistake) => write!(f, "no request, because {mistake}"),
        }
    }
}

impl<'a> Request<'a> {
    pub(super) fn new(http: &'a Inner, method: Method, url: &'static str) -> Self {
        let accept = HeaderValue::from_static("application/json");
        let outgoing = place(url, http.upstream.base.as_ref()).map(|url| Outgoing {
            http,
            method,
            url,
            headers: HeaderMap::from_iter([(ACCEPT, accept)]),
            body: Body::None,
            attempts: http.upstream.retry.attempts,
            timeout: http.client.timeout,
        });
        Self {
            outgoing: outgoing.map_err(|error| bug(&format!("`{url}` is no URL: {error}"))),
            keep: Duration::ZERO,
        }
    }

    /// One more path segment, percent-encoded. An empty one, `.` and `..` would name another
    /// place, and are [`Error::InvalidInput`].
    pub fn segment(self, segment: &str) -> Self {
        self.change(|outgoing| {
            // URL parsers drop tabs and line feeds before they look at the dots.
            if matches!(
                segment.replace(['\t', '\r', '\n'], "").as_str(),
                "" | "." | ".."
            ) {
                let reason = "a name or id cannot be empty, `.` or `..`";
                return Err(Error::invalid("id", reason));
            }
            let mut path = outgoing
                .url
                .path_segments_mut()
                .map_err(|()| bug("the URL has no path"))?;
            path.pop_if_empty().push(segment);
            Ok(())
        })
    }

    /// Fields of a serializable struct as query parameters; `None` fields are left out.
    pub fn query(self, query: &impl Serialize) -> Self {
        self.change(|outgoing| {
            let query = serde_urlencoded::to_string(query)
                .map_err(|error| bug(&format!("a query cannot be serialized: {error}")))?;
            let whole = match outgoing.url.query() {
                Some(before) if !query.is_empty() => format!("{before}&{query}"),
                Some(before) => before.into(),
                None => query,
            };
            outgoing
                .url
                .set_query(Some(whole.as_str()).filter(|whole| !whole.is_empty()));
            Ok(())
        })
    }

    /// Replaces a header of the same name. A value that no header can carry is
    /// [`Error::InvalidInput`].
    pub fn header(self, name: &'static str, value: &str) -> Self {
        self.change(|outgoing| {
            let header = HeaderName::try_from(name)
                .map_err(|_| bug(&format!("`{name}` is not the name of a header")))?;
            let value = HeaderValue::from_str(value)
                .map_err(|_| Error::invalid(name, "it has characters that no header can carry"))?;
            outgoing.headers.insert(header, value);
            Ok(())
        })
    }

    /// Sent as JSON.
    pub fn body(self, body: &impl Serialize) -> Self {
        self.change(|outgoing| {
            let body = serde_json::to_vec(body)
                .map_err(|error| bug(&format!("a body cannot be serialized: {error}")))?;
            outgoing.body = Body::Json(body.into());
            let json = HeaderValue::from_static("application/json");
            outgoing.headers.insert(CONTENT_TYPE, json);
            Ok(())
        })
    }

    /// Sent as `multipart/form-data`, with its length; replaces a body in JSON.
    pub fn multipart(self, form: Form) -> Self {
        self.change(|outgoing| {
            form.build()
                .map_err(|error| bug(&format!("a form cannot be built: {error}")))?;
            outgoing.headers.remove(CONTENT_TYPE);
            outgoing.body = Body::Form(form);
            Ok(())
        })
    }

    /// Give this request at least so much time, retries included, where the usual limit is for small
    /// answers: an upload of many MiB. More than 10 minutes are 10 minutes.
    pub fn within(self, time: Duration) -> Self {
        self.change(|outgoing| {
            outgoing.timeout = outgoing.timeout.max(time.min(LONGEST));
            Ok(())
        })
    }

    /// Keep the answer this long; the same question asked meanwhile is sent once. Reads only.
    /// Zero keeps nothing.
    pub fn cached(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// Send, and decode the JSON answer.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T> {
        let outgoing = self.outgoing?;
        let http = outgoing.http;
        let provider = http.upstream.provider;
        let deadline = Instant::now() + outgoing.timeout;
        if self.keep.is_zero() || outgoing.is_write() {
            return decode(provider, &outgoing.send(deadline).await?);
        }
        let mut decoded = None;
        let ask = async {
            let body = outgoing.send(deadline).await?;
            // Inside, so that a body that cannot be read is not kept.
            decoded = Some(decode(provider, &body)?);
            Ok(body)
        };
        let found = http.cache.get_or(outgoing.cache_key(), self.keep, ask);
        // Whoever asks ends by itself at the deadline; this is for those who wait for the answer.
        let found = timeout_at(deadline, found).await;
        let (body, was_kept) =
            found.unwrap_or_else(|_| Err(outgoing.timed_out(NONE_YET, false)))?;
        if was_kept {
            metrics::cache_hit(provider);
        }
        decoded.map_or_else(|| decode(provider, &body), Ok)
    }

    /// For `doctor`: send once, and tell whether the provider answers and accepts the key.
    pub async fn check(self) -> Check {
        let request = self.cached(Duration::ZERO).change(|outgoing| {
            outgoing.attempts = 1;
            Ok(())
        });
        let provider = match &request.outgoing {
            Ok(outgoing) => outgoing.http.upstream.provider,
            Err(mistake) => return Check::Fail(mistake.to_string(), mistake.next_step()),
        };
        let started = Instant::now();
        let answer = request.json::<IgnoredAny>().await;
        let elapsed_ms = started.elapsed().as_millis();
        match answer {
            Ok(_) => Check::Ok(format!("{provider} answers ({elapsed_ms} ms)")),
            Err(error @ Error::RateLimited { .. }) => {
                Check::Warn(error.to_string(), error.next_step())
            }
            Err(error) => Check::Fail(error.to_string(), error.next_step()),
        }
    }

    /// After a mistake nothing more is changed, so the first one is told.
    fn change(mut self, change: impl FnOnce(&mut Outgoing<'a>) -> Result<()>) -> Self {
        if let Ok(outgoing) = &mut self.outgoing
            && let Err(mistake) = change(outgoing)
        {
            self.outgoing = Err(mistake);
        }
        self
    }
}

impl Outgoing<'_> {
    pub(super) fn is_write(&self) -> bool {
        self.method != Method::GET
    }

    pub(super) fn timed_out(&self, attempts: Attempts, may_have_started: bool) -> Error {
        Error::TimedOut {
            provider: self.http.upstream.provider,
            after: self.timeout,
            attempts,
            may_have_started,
        }
    }

    /// The URL, and the headers, which may change the answer. The key is in neither.
    fn cache_key(&self) -> String {
        let mut key = String::from(self.url.as_str());
        for (name, value) in &self.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            key.push_str(&format!("\n{name}: {value}"));
        }
        key
    }
}

/// A documented URL, moved to the base that the operator set.
fn place(url: &str, base: Option<&Url>) -> Result<Url, url::ParseError> {
    let url = Url::parse(url)?;
    let Some(base) = base else {
        return Ok(url);
    };
    let mut moved = base.clone();
    moved.set_path(&format!(
        "{}{}",
        base.path().trim_end_matches('/'),
        url.path()
    ));
    moved.set_query(url.query());
    Ok(moved)
}

/// Only our own code can cause it, so the log gets the details and the model does not.
fn bug(what: &str) -> Error {
    tracing::error!("a request cannot be made: {what}");
    Error::Internal
}
