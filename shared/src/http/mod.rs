//! The one way to a provider: key, limits, retry, cache, errors. See `Client` and `Http`.

mod answer;
mod cache;
mod client;
mod decode;
mod files;
mod form;
mod limit;
mod request;
mod retry;
mod send;
#[cfg(test)]
mod tests;

use std::{fmt, num::NonZeroU32, sync::Arc};

use http::Method;
use secrecy::SecretString;
use url::Url;

use crate::{Error, secrets};

pub use client::{Client, install_crypto};
pub use files::{FileStream, Gate, Hosts};
pub use form::Form;
pub use request::Request;
pub use retry::Retry;
#[cfg(test)]
pub(crate) use {client::Patience, files::Dns};

use {cache::Cache, limit::Limit};

/// An answer with more bytes than this, counted after decompression, is [`Error::TooLarge`].
pub const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// How a provider wants its key.
#[derive(Debug, Clone)]
pub enum Auth {
    None,
    Bearer(SecretString),
    Header(&'static str, SecretString),
    Query(&'static str, SecretString),
}

/// What is special about one provider.
#[derive(Debug, Clone)]
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
    /// How many requests a minute may follow each other for long; a burst may have as many again.
    pub per_minute: Option<NonZeroU32>,
    /// Turns an error body into an error, if it knows better than the status. Also asked about bodies with status 200.
    /// A `retry_after` in it counts like the header of that name.
    pub explain: fn(status: u16, body: &[u8]) -> Option<Error>,
    pub retry: Retry,
}

/// One provider, ready to be asked. Clones share its limits and its cache.
#[derive(Clone)]
pub struct Http(Arc<Inner>);

struct Inner {
    client: Client,
    upstream: Upstream,
    limit: Limit,
    cache: Cache,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Http")
            .field(&self.0.upstream.provider)
            .finish()
    }
}

impl Http {
    /// The key is registered for redaction.
    pub fn new(client: &Client, upstream: Upstream) -> Self {
        if let Auth::Bearer(key) | Auth::Header(_, key) | Auth::Query(_, key) = &upstream.auth {
            secrets::register(key);
        }
        Self(Arc::new(Inner {
            client: client.clone(),
            limit: Limit::new(upstream.in_flight, upstream.per_minute),
            cache: Cache::new(),
            upstream,
        }))
    }

    /// A read of a URL as the provider documents it, such as `https://api.example.com/v1/things`.
    pub fn get(&self, url: &'static str) -> Request<'_> {
        Request::new(&self.0, Method::GET, url)
    }

    /// A write; sent again only when it certainly did not start anything.
    pub fn post(&self, url: &'static str) -> Request<'_> {
        Request::new(&self.0, Method::POST, url)
    }
}
