//! Files from elsewhere: output of a provider from its own hosts, or what a caller names on the public
//! internet. Never with a key, never to a host that was not checked, never more than the limit.

use bytes::Bytes;
use url::Url;

use super::Client;
use crate::{Error, Result};

/// Where a provider's files may come from: https at these hosts, or anything below the base URL
/// that the operator set.
#[derive(Debug, Clone)]
pub struct Hosts {
    /// `example.com` for itself, `*.example.com` for what is below it.
    pub names: &'static [&'static str],
    /// Replaces the provider's hosts; its origin is trusted as they are.
    pub base: Option<Url>,
}

/// Who may be asked for a file.
#[derive(Debug, Clone, Copy)]
pub enum Gate<'a> {
    Hosts(&'a Hosts),
    /// Any https host whose every address is public.
    Public,
}

/// A file on its way.
#[derive(Debug)]
pub struct FileStream {}

impl Client {
    /// Ask for a file of at most `limit` bytes. [`Error::Expired`] when the provider has it no more.
    pub async fn file(&self, _url: &Url, _gate: Gate<'_>, _limit: u64) -> Result<FileStream> {
        Err(Error::Internal)
    }
}

impl FileStream {
    /// What the server announced; it may lie.
    pub fn length(&self) -> Option<u64> {
        None
    }

    /// The next piece; `None` at the end. [`Error::TooLarge`] as soon as the limit is passed.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        Err(Error::Internal)
    }
}
