//! Files that go to a provider: a path, a URL, a data URI or a resource of ours becomes bytes that were looked at.

use bytes::Bytes;

use super::Media;
use crate::{Error, Result, http::Client, settings::Settings};

/// A file that a caller named, read and checked.
#[derive(Debug, Clone)]
pub struct InputFile {
    pub bytes: Bytes,
    /// From its first bytes.
    pub mime_type: &'static str,
    /// For the provider: a plain file name with the right ending.
    pub name: String,
}

/// What callers may name as a file.
#[derive(Debug, Clone)]
pub struct Inputs {
    media: Media,
    client: Client,
}

impl Inputs {
    pub fn new(media: &Media, client: &Client, _settings: &Settings) -> Self {
        Self {
            media: media.clone(),
            client: client.clone(),
        }
    }

    /// `field` names the argument in errors. Accepts a path inside `MCP_INPUT_DIRS`, a public https
    /// URL, a `data:` URI and `<scheme>://media/<sha256>`.
    pub async fn read(&self, _field: &str, _value: &str) -> Result<InputFile> {
        let _ = (&self.media, &self.client);
        Err(Error::Internal)
    }
}
