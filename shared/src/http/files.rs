//! Files from elsewhere: output of a provider from its own hosts, or what a caller names on the public
//! internet. Never with a key, never to a host that was not checked, never more than the limit.

mod gate;
mod public;

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{
    HeaderValue, Method, StatusCode,
    header::{ACCEPT_ENCODING, LOCATION},
};
use reqwest::Response;
use tokio::time::{Instant, sleep, timeout_at};
use url::{Host, Url};

use super::{
    Client,
    answer::{Failure, NONE_YET, reason},
    client::MOST_REDIRECTS,
    retry::{Again, asked_pause},
    send::outcome,
};
use crate::{Error, Result, error::Attempts, metrics};

pub(crate) use public::{Dns, Resolver};

/// Where a provider's files may come from: https at these hosts, or anything below the base URL
/// that the operator set.
#[derive(Debug, Clone)]
pub struct Hosts {
    /// The provider as a person writes it, for messages.
    pub provider: &'static str,
    /// In lower case: `example.com` for itself, `*.example.com` for what is below it.
    pub names: &'static [&'static str],
    /// Replaces the provider's hosts; its origin is trusted as they are, also without TLS.
    pub base: Option<Url>,
}

/// Who may be asked for a file.
#[derive(Debug, Clone, Copy)]
pub enum Gate<'a> {
    /// The provider. Anybody else is [`Error::NotFetched`].
    Hosts(&'a Hosts),
    /// Any https host whose every address is public. Anybody else is [`Error::InvalidInput`] for the field `url`.
    Public,
}

/// A file on its way.
pub struct FileStream {
    response: Response,
    provider: &'static str,
    host: String,
    limit: u64,
    read: u64,
    idle: Duration,
    total: Duration,
    deadline: Instant,
}

impl Client {
    /// Ask for a file of at most `limit` bytes. Connection errors, 429 and 5xx are repeated twice.
    ///
    /// [`Error::Expired`] when the provider has it no more, [`Error::TooLarge`] when it is announced as larger than
    /// the limit, [`Error::NotFetched`] when it is not given out. Where a caller named a public host, its refusals are
    /// [`Error::InvalidInput`] for the field `url`.
    pub async fn file(&self, url: &Url, gate: Gate<'_>, limit: u64) -> Result<FileStream> {
        let file = self.ask_for_file(url, gate, limit).await;
        file.inspect_err(|error| metrics::file(gate.provider(), error.kind()))
    }

    async fn ask_for_file(&self, url: &Url, gate: Gate<'_>, limit: u64) -> Result<FileStream> {
        gate.check(url)?;
        let started = Instant::now();
        let asking = Asking {
            client: self,
            gate,
            started,
            deadline: started + self.patience.total,
        };
        let response = asking.open(url).await?;
        let file = FileStream {
            provider: gate.provider(),
            host: host(response.url()),
            response,
            limit,
            read: 0,
            idle: self.patience.idle,
            total: self.patience.total,
            deadline: asking.deadline,
        };
        match file.length() {
            Some(length) if length > limit => Err(file.too_large()),
            _ => Ok(file),
        }
    }
}

impl FileStream {
    /// What the server announced, in bytes; it may lie.
    pub fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next piece; `None` at the end. [`Error::TooLarge`] as soon as the limit is passed,
    /// [`Error::TimedOut`] after 30 s without a byte or 5 minutes in all.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let chunk = self.next().await;
        match &chunk {
            Ok(Some(chunk)) => metrics::file_bytes(self.provider, chunk.len() as u64),
            Ok(None) => metrics::file(self.provider, "ok"),
            Err(error) => metrics::file(self.provider, error.kind()),
        }
        chunk
    }

    async fn next(&mut self) -> Result<Option<Bytes>> {
        let silent = Instant::now() + self.idle;
        let (until, after) = if silent < self.deadline {
            (silent, self.idle)
        } else {
            (self.deadline, self.total)
        };
        let chunk = timeout_at(until, self.response.chunk())
            .await
            .map_err(|_| Error::silence(self.provider, after))?
            .map_err(|error| self.broken(error))?;
        self.read += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        if self.read > self.limit {
            return Err(self.too_large());
        }
        Ok(chunk)
    }

    fn too_large(&self) -> Error {
        Error::file_too_large(format!("the file at {}", self.host), self.limit)
    }

    fn broken(&self, error: reqwest::Error) -> Error {
        Error::Network {
            provider: self.provider,
            reason: format!("the file from {} broke off ({})", self.host, reason(error)),
            attempts: NONE_YET,
            may_have_started: false,
        }
    }
}

/// Not the URL: whoever has it has the file.
impl fmt::Debug for FileStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStream")
            .field("host", &self.host)
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}

/// One file being asked for, until its first byte.
struct Asking<'a> {
    client: &'a Client,
    gate: Gate<'a>,
    started: Instant,
    deadline: Instant,
}

impl Asking<'_> {
    async fn open(&self, url: &Url) -> Result<Response> {
        let retry = self.client.patience.retry;
        let mut count = 0;
        loop {
            count += 1;
            let failure = match self.follow(url).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            let pause = failure.asked_pause.unwrap_or_else(|| retry.pause(count));
            let fits = Instant::now()
                .checked_add(pause)
                .is_some_and(|resume| resume < self.deadline);
            if failure.again == Again::Never || count >= retry.attempts || !fits {
                let elapsed = self.started.elapsed();
                return Err(failure.into_error(Attempts { count, elapsed }, false));
            }
            metrics::retry(self.gate.provider());
            sleep(pause).await;
        }
    }

    /// By hand, since each step needs to be checked before it is made.
    async fn follow(&self, url: &Url) -> Result<Response, Failure> {
        let mut url = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let response = self.ask(&url).await?;
            if !is_redirect(response.status()) {
                return self.judge(response);
            }
            url = target(&response)
                .ok_or_else(|| self.refuse("it is behind a redirect to nowhere"))?;
            self.gate.check(&url).map_err(Failure::last)?;
        }
        let reason = format!("it is behind more than {MOST_REDIRECTS} redirects");
        Err(self.refuse(&reason))
    }

    async fn ask(&self, url: &Url) -> Result<Response, Failure> {
        let client = match self.gate {
            Gate::Hosts(_) => self.client.for_files(),
            Gate::Public => self.client.for_public_files(),
        };
        let client = client.map_err(|reason| self.unreachable(url, reason, Again::Never))?;
        let mut request = reqwest::Request::new(Method::GET, url.clone());
        // Pictures, sound and video do not get smaller, and a length before is worth more.
        let identity = HeaderValue::from_static("identity");
        request.headers_mut().insert(ACCEPT_ENCODING, identity);
        let (patience, started) = (self.client.patience, Instant::now());
        let until = self.deadline.min(started + patience.idle);
        let asked = async {
            self.check_behind_proxy(url).await?;
            client
                .execute(request)
                .await
                .map_err(|error| self.unanswered(url, error))
        };
        let answer = timeout_at(until, asked).await.unwrap_or_else(|_| {
            let provider = self.gate.provider();
            Err(Failure::last(Error::silence(provider, patience.idle)))
        });
        let status = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
        metrics::upstream(self.gate.provider(), outcome(status), started.elapsed());
        tracing::debug!(host = host(url), status, "asked for a file");
        answer
    }

    /// A proxy looks the name up itself, so that the resolver of the connection never sees it.
    async fn check_behind_proxy(&self, url: &Url) -> Result<(), Failure> {
        let (Gate::Public, Some(Host::Domain(name))) = (self.gate, url.host()) else {
            return Ok(());
        };
        if self.client.proxy_hosts().is_empty() {
            return Ok(());
        }
        match self.client.dns().public_addresses(name).await {
            Ok(_) => Ok(()),
            Err(reason) => Err(self.refuse(&reason.to_string())),
        }
    }

    fn judge(&self, response: Response) -> Result<Response, Failure> {
        let (status, host) = (response.status(), host(response.url()));
        match status.as_u16() {
            200..=299 => Ok(response),
            401 | 403 | 404 | 410 => Err(Failure::last(self.gate.withheld(status, &host))),
            429 => Err(Failure {
                error: Error::RateLimited {
                    provider: self.gate.provider(),
                    message: format!("{host} wants fewer requests"),
                    retry_after: None,
                    attempts: NONE_YET,
                },
                again: Again::Always,
                asked_pause: asked_pause(response.headers(), b""),
            }),
            code => Err(Failure {
                error: Error::Upstream {
                    provider: self.gate.provider(),
                    status: code,
                    message: format!("{host} did not send the file"),
                    attempts: NONE_YET,
                    may_have_started: false,
                },
                again: if code >= 500 {
                    Again::Reads
                } else {
                    Again::Never
                },
                asked_pause: asked_pause(response.headers(), b""),
            }),
        }
    }

    fn unanswered(&self, url: &Url, error: reqwest::Error) -> Failure {
        match public::not_public(&error) {
            Some(reason) => self.refuse(&reason),
            None => self.unreachable(url, &reason(error), Again::Reads),
        }
    }

    fn unreachable(&self, url: &Url, reason: &str, again: Again) -> Failure {
        let reason = format!("{}: {reason}", host(url));
        Failure::network(self.gate.provider(), reason, again)
    }

    fn refuse(&self, reason: &str) -> Failure {
        Failure::last(self.gate.refuse(reason))
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn target(response: &Response) -> Option<Url> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    response.url().join(location).ok()
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}
