//! What an answer, or none, means: the body, or an error and whether to try again.

use std::{error::Error as _, io, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap,
    header::{CONTENT_TYPE, LOCATION},
};
use serde_json::Value;
use url::Url;

use super::{
    Auth, BODY_LIMIT, Upstream,
    client::{CONNECT_TIMEOUT, MOST_REDIRECTS},
    retry::{Again, asked_pause},
};
use crate::{Error, error::Attempts, text};

/// Of an error's body, no more than this is read.
const ERROR_BODY_LIMIT: usize = 64 * 1024;

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
    from: Url,
    body: Bytes,
    end: End,
}

enum End {
    Whole,
    /// More than the limit; `body` is what was read until then.
    TooLarge,
    Broken(String),
}

/// Why one attempt failed.
pub(super) struct Failure {
    /// Its attempts, and whether work may have started, are filled in by [`Failure::into_error`].
    pub(super) error: Error,
    pub(super) again: Again,
    /// How long the provider asks us to wait.
    pub(super) asked_pause: Option<Duration>,
}

/// Stands in until the attempts are known.
pub(super) const NONE_YET: Attempts = Attempts {
    count: 0,
    elapsed: Duration::ZERO,
};

impl Answer {
    pub(super) async fn read(mut response: reqwest::Response) -> Self {
        let is_success = response.status().is_success();
        let limit = if is_success {
            BODY_LIMIT
        } else {
            ERROR_BODY_LIMIT
        };
        let mut body = BytesMut::new();
        let end = loop {
            match response.chunk().await {
                Ok(None) => break End::Whole,
                Ok(Some(chunk)) if body.len() + chunk.len() > limit => break End::TooLarge,
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(error) => break End::Broken(reason(error)),
            }
        };
        Self {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            from: response.url().clone(),
            body: body.freeze(),
            end,
        }
    }

    /// The body of a success, else what went wrong.
    pub(super) fn judge(self, upstream: &Upstream) -> Result<Bytes, Failure> {
        let provider = upstream.provider;
        let is_success = (200..300).contains(&self.status);
        match self.end {
            End::TooLarge if is_success => {
                return Err(Failure::last(Error::TooLarge {
                    what: format!("the answer of {provider}"),
                    limit_bytes: BODY_LIMIT as u64,
                    next: "Ask for less.",
                }));
            }
            End::Broken(reason) if is_success => {
                let reason = format!("the answer broke off ({reason})");
                return Err(Failure::network(provider, reason, Again::Reads));
            }
            // A part of an error's body is enough to explain it.
            End::Whole | End::TooLarge | End::Broken(_) => {}
        }
        if (300..400).contains(&self.status) {
            return Err(Failure::last(self.redirect(provider)));
        }
        let error = match (upstream.explain)(self.status, &self.body) {
            Some(error) => error,
            None if is_success => return Ok(self.body),
            None => self.default_error(upstream),
        };
        let explained = match &error {
            Error::RateLimited { retry_after, .. } => *retry_after,
            _ => None,
        };
        let asked_pause = asked_pause(&self.headers, &self.body).or(explained);
        let again = match (&error, self.status) {
            (Error::RateLimited { .. }, _) => Again::Always,
            (Error::Upstream { .. }, 503) if asked_pause.is_some() => Again::Always,
            (Error::Upstream { .. } | Error::TimedOut { .. }, 408 | 500..=599) => Again::Reads,
            _ => Again::Never,
        };
        Err(Failure {
            error,
            again,
            asked_pause,
        })
    }

    fn redirect(&self, provider: &'static str) -> Error {
        let target = self
            .headers
            .get(LOCATION)
            .and_then(|location| self.from.join(location.to_str().ok()?).ok())
            .map(|url| url.origin());
        let message = match target {
            None => "it answered with a redirect to nowhere".into(),
            Some(origin) if origin == self.from.origin() => {
                format!("it redirected more than {MOST_REDIRECTS} times")
            }
            Some(origin) => text::quote(&format!(
                "it redirects to another host, {}, which was not followed",
                origin.ascii_serialization()
            )),
        };
        Error::Upstream {
            provider,
            status: self.status,
            message,
            attempts: NONE_YET,
            may_have_started: false,
        }
    }

    fn default_error(&self, upstream: &Upstream) -> Error {
        let (provider, status) = (upstream.provider, self.status);
        let message = self.message();
        match status {
            // Without a key the refusal is about something else.
            401 | 403 if !matches!(upstream.auth, Auth::None) => Error::Auth {
                provider,
                status,
                message,
                env: upstream.key_env,
                get_it_at: upstream.get_it_at,
            },
            402 => Error::NoCredit {
                provider,
                status,
                message,
            },
            404 => Error::NotFound {
                what: format!("what {provider} was asked for"),
                next: "Check the name or id; the same call will fail again.".into(),
            },
            408 => Error::TimedOut {
                provider,
                after: Duration::ZERO,
                attempts: NONE_YET,
                may_have_started: false,
            },
            429 => Error::RateLimited {
                provider,
                message,
                retry_after: None,
                attempts: NONE_YET,
            },
            400..=499 => Error::Rejected {
                provider,
                status,
                message,
            },
            _ => Error::Upstream {
                provider,
                status,
                message,
                attempts: NONE_YET,
                may_have_started: false,
            },
        }
    }

    /// What the provider says, from the shapes that providers commonly use.
    fn message(&self) -> String {
        let is_html = |value: &http::HeaderValue| value.as_bytes().starts_with(b"text/html");
        if self.headers.get(CONTENT_TYPE).is_some_and(is_html) {
            return "an HTML page instead of data".into();
        }
        let body = String::from_utf8_lossy(&self.body);
        let json: Value = serde_json::from_str(&body).unwrap_or_default();
        let paths = ["/message", "/error/message", "/error", "/detail", "/reason"];
        let said = paths
            .iter()
            .find_map(|path| json.pointer(path)?.as_str())
            .unwrap_or(&body);
        text::quote(said.trim_start_matches('\u{feff}'))
    }
}

impl Failure {
    pub(super) fn network(provider: &'static str, reason: String, again: Again) -> Self {
        Self {
            error: Error::Network {
                provider,
                reason,
                attempts: NONE_YET,
                may_have_started: false,
            },
            again,
            asked_pause: None,
        }
    }

    /// No answer came.
    pub(super) fn unanswered(provider: &'static str, error: reqwest::Error) -> Self {
        // Without a connection, nothing can have been asked for.
        let again = if error.is_connect() {
            Again::Always
        } else {
            Again::Reads
        };
        Self::network(provider, reason(error), again)
    }

    /// Sending it again is of no use.
    pub(super) fn last(error: Error) -> Self {
        Self {
            error,
            again: Again::Never,
            asked_pause: None,
        }
    }

    pub(super) fn into_error(mut self, tried: Attempts, is_write: bool) -> Error {
        let started = is_write && self.again != Again::Always;
        match &mut self.error {
            Error::RateLimited {
                attempts,
                retry_after,
                ..
            } => {
                *attempts = tried;
                *retry_after = retry_after.or(self.asked_pause);
            }
            Error::TimedOut {
                after,
                attempts,
                may_have_started,
                ..
            } => {
                (*after, *attempts, *may_have_started) = (tried.elapsed, tried, started);
            }
            Error::Network {
                attempts,
                may_have_started,
                ..
            }
            | Error::Upstream {
                attempts,
                may_have_started,
                ..
            } => (*attempts, *may_have_started) = (tried, started),
            _ => {}
        }
        self.error
    }
}

/// Why there was no answer, in plain words and without the URL.
pub(super) fn reason(error: reqwest::Error) -> String {
    if error.is_connect() && error.is_timeout() {
        return format!("no connection within {} s", CONNECT_TIMEOUT.as_secs());
    }
    let error = error.without_url();
    let mut causes = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        match cause.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => return "connection refused".into(),
            Some(io::ErrorKind::ConnectionReset) => return "connection reset".into(),
            _ => causes.push(cause.to_string()),
        }
        source = cause.source();
    }
    // hyper's "client error (Connect)" says less than what caused it.
    causes.retain(|cause| !cause.starts_with("client error ("));
    causes.dedup();
    let last = causes.len().saturating_sub(2);
    let mut reason = match causes.get(last..) {
        Some(causes) if !causes.is_empty() => causes.join(": "),
        _ => error.to_string(),
    };
    if reason.contains("UnknownIssuer") {
        reason.push_str(" (`SSL_CERT_FILE` can name a file with further authorities)");
    }
    text::quote(&reason)
}
