//! The one way to a provider: key, limits, retry, cache, errors. See `Client` and `Http`.

use std::{num::NonZeroU32, time::Duration};

use secrecy::SecretString;
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use crate::{Error, Result, config::Env, settings::Settings};

/// Connections, TLS and proxy, shared by all providers of a process. Built on first use or by [`Client::warm_up`].
#[derive(Clone)]
pub struct Client {}

impl Client {
    pub fn new(_env: &Env, _settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self {})
    }

    /// Build the connection pool on a thread of its own, so that the first call does not wait for it.
    pub fn warm_up(&self) {}
}

/// How a provider wants its key.
#[derive(Clone)]
pub enum Auth {
    None,
    Bearer(SecretString),
    Header(&'static str, SecretString),
    Query(&'static str, SecretString),
}

/// What is special about one provider.
#[derive(Clone)]
pub struct Upstream {
    /// The name as a person writes it, for messages.
    pub provider: &'static str,
    pub auth: Auth,
    /// The variable of the key, and where a key is made.
    pub key_env: &'static str,
    pub get_it_at: &'static str,
    /// Replaces scheme, host and port of every URL of this provider; its path comes before theirs.
    pub base: Option<Url>,
    /// Requests at once.
    pub in_flight: usize,
    pub per_minute: Option<NonZeroU32>,
    /// Turns an error body into an error, if it knows better than the status. Also asked about bodies with status 200.
    pub explain: fn(status: u16, body: &[u8]) -> Option<Error>,
    pub retry: Retry,
}

/// How often and how fast a read is repeated.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    pub attempts: u32,
    pub first_delay: Duration,
    pub longest_delay: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 3,
            first_delay: Duration::from_millis(500),
            longest_delay: Duration::from_secs(8),
        }
    }
}

/// One provider, ready to be asked.
#[derive(Clone)]
pub struct Http {}

impl Http {
    pub fn new(_client: &Client, _upstream: Upstream) -> Self {
        Self {}
    }

    /// A read of a documented URL such as `https://api.open-meteo.com/v1/forecast`.
    pub fn get(&self, _url: &'static str) -> Request<'_> {
        Request { _http: self }
    }

    /// A write; sent again only when it certainly did not start anything.
    pub fn post(&self, _url: &'static str) -> Request<'_> {
        Request { _http: self }
    }
}

/// A request being put together.
pub struct Request<'a> {
    _http: &'a Http,
}

impl Request<'_> {
    /// One more path segment, percent-encoded.
    pub fn segment(self, _segment: &str) -> Self {
        self
    }

    /// Fields of a serializable struct as query parameters; `None` fields are left out.
    pub fn query(self, _query: &impl Serialize) -> Self {
        self
    }

    pub fn header(self, _name: &'static str, _value: &str) -> Self {
        self
    }

    pub fn body(self, _body: &impl Serialize) -> Self {
        self
    }

    /// Keep the answer this long; the same question asked meanwhile is sent once. Reads only.
    pub fn cached(self, _keep: Duration) -> Self {
        self
    }

    /// Send, and decode the JSON answer.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T> {
        Err(Error::Internal)
    }
}
