//! Sending a request: a slot, the key, the attempts, all within one deadline.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, header::AUTHORIZATION};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument as _, field::Empty};

use super::{
    Auth, Upstream,
    answer::{Answer, Failure, NONE_YET},
    request::{Body, Outgoing},
    retry::Again,
};
use crate::{Error, Result, error::Attempts, metrics};

/// How far the request has come; outlives the attempts when the deadline cuts them off.
struct Progress {
    started: Instant,
    deadline: Instant,
    attempts: u32,
    /// Something left, and may have arrived.
    in_doubt: bool,
}

impl Progress {
    fn tried(&self) -> Attempts {
        Attempts {
            count: self.attempts,
            elapsed: self.started.elapsed(),
        }
    }
}

impl Outgoing<'_> {
    /// The body of the answer, not decoded.
    pub(super) async fn send(&self, deadline: Instant) -> Result<Bytes> {
        let mut progress = Progress {
            started: Instant::now(),
            deadline,
            attempts: 0,
            in_doubt: false,
        };
        timeout_at(deadline, self.attempts(&mut progress))
            .await
            .unwrap_or_else(|_| {
                let may_have_started = self.is_write() && progress.in_doubt;
                Err(self.timed_out(progress.tried(), may_have_started))
            })
    }

    async fn attempts(&self, progress: &mut Progress) -> Result<Bytes> {
        let provider = self.http.upstream.provider;
        let client = self.http.client.get().map_err(|reason| Error::Network {
            provider,
            reason: reason.into(),
            attempts: NONE_YET,
            may_have_started: false,
        })?;
        loop {
            let slot = self.http.limit.slot(progress.deadline).await;
            let slot = slot.map_err(|wait| Error::RateLimited {
                provider,
                message: "this server's own limit of requests per minute is reached".into(),
                retry_after: Some(wait),
                attempts: progress.tried(),
            })?;
            progress.attempts += 1;
            progress.in_doubt = true;
            let outcome = self.attempt(client, progress.attempts).await;
            drop(slot);
            let failure = match outcome {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            progress.in_doubt = failure.again != Again::Always;
            let Some(pause) = self.pause(&failure, progress) else {
                return Err(failure.into_error(progress.tried(), self.is_write()));
            };
            metrics::retry(provider);
            sleep(pause).await;
        }
    }

    /// How long to wait before the next attempt, if there is to be one. A pause that does not fit
    /// before the deadline is not begun.
    fn pause(&self, failure: &Failure, progress: &Progress) -> Option<Duration> {
        let may_repeat = match failure.again {
            Again::Never => false,
            Again::Reads => !self.is_write(),
            Again::Always => true,
        };
        if !may_repeat || progress.attempts >= self.attempts {
            return None;
        }
        let pause = failure
            .asked_pause
            .unwrap_or_else(|| self.http.upstream.retry.pause(progress.attempts));
        let resume = Instant::now().checked_add(pause)?;
        (resume < progress.deadline).then_some(pause)
    }

    async fn attempt(&self, client: &reqwest::Client, attempt: u32) -> Result<Bytes, Failure> {
        let provider = self.http.upstream.provider;
        // Never query or body: they may hold the key, and what people ask is theirs.
        let span = tracing::debug_span!(
            "upstream",
            provider,
            method = %self.method,
            host = self.url.host_str().unwrap_or_default(),
            path = self.url.path(),
            attempt,
            status = Empty,
            elapsed_ms = Empty,
        );
        let started = Instant::now();
        let answer = self.exchange(client).instrument(span.clone()).await;
        let elapsed = started.elapsed();
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        metrics::upstream(provider, outcome(status), elapsed);
        span.record("status", status);
        span.record("elapsed_ms", elapsed.as_millis() as u64);
        span.in_scope(|| tracing::debug!("asked {provider}: {}", outcome(status)));
        answer?.judge(&self.http.upstream)
    }

    async fn exchange(&self, client: &reqwest::Client) -> Result<Answer, Failure> {
        let upstream = &self.http.upstream;
        let mut request = reqwest::Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = self.headers.clone();
        add_key(&mut request, upstream)?;
        let mut request = RequestBuilder::from_parts(client.clone(), request);
        match &self.body {
            Body::None => {}
            Body::Json(json) => request = request.body(json.clone()),
            Body::Form(form) => {
                // It could be built before, so it can now.
                let form = form.build().map_err(|_| Failure::last(Error::Internal))?;
                request = request.multipart(form);
            }
        }
        let response = request
            .send()
            .await
            .map_err(|error| Failure::unanswered(upstream.provider, error))?;
        Ok(Answer::read(response).await)
    }
}

fn add_key(request: &mut reqwest::Request, upstream: &Upstream) -> Result<(), Failure> {
    let (name, value) = match &upstream.auth {
        Auth::None => return Ok(()),
        Auth::Query(name, key) => {
            let mut query = request.url_mut().query_pairs_mut();
            query.append_pair(name, key.expose_secret());
            return Ok(());
        }
        Auth::Bearer(key) => {
            let bearer = SecretString::from(format!("Bearer {}", key.expose_secret()));
            (Some(AUTHORIZATION), header_value(&bearer))
        }
        Auth::Header(name, key) => (HeaderName::try_from(*name).ok(), header_value(key)),
    };
    let (Some(name), Some(value)) = (name, value) else {
        return Err(Failure::last(Error::MissingKey {
            env: upstream.key_env,
            state: "has characters that no header can carry".into(),
            get_it_at: upstream.get_it_at,
        }));
    };
    request.headers_mut().insert(name, value);
    Ok(())
}

/// Marked so that neither Debug nor HTTP/2's header table keeps it.
fn header_value(secret: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(secret.expose_secret()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// A label for metrics: the class of the status, or that there was none.
pub(super) fn outcome(status: u16) -> &'static str {
    match status {
        0 => "network",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        500..=599 => "5xx",
        _ => "other",
    }
}
