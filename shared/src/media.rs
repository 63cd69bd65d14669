//! Pictures, sound and video: fetched from the provider, kept on disk, shown to the model; and files that go in.

mod answer;
mod download;
mod input;
mod library;
mod preview;
mod save;

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::{
    Error, Result,
    http::{Client, Hosts},
    job::Progress,
    settings::{MediaMode, Settings},
};

pub use answer::{Answer, Kept};
pub use input::{InputFile, Inputs};

/// Where one piece of output comes from.
#[derive(Debug, Clone)]
pub enum Source {
    Url(Url),
    /// `data:image/png;base64,...`
    Data(String),
}

/// How output came to be; goes into the sidecar and, in short, to the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub model: String,
    /// Of the model, if the provider tells.
    pub version: Option<String>,
    pub job_id: String,
    pub prompt: Option<String>,
    pub seed: Option<i64>,
    /// What was sent, without pictures in it.
    pub parameters: Map<String, Value>,
    /// US dollars for all outputs together, estimated.
    pub cost_usd: Option<f64>,
    /// When the provider deletes its copy.
    pub expires: Option<Timestamp>,
}

/// The media of one server: what it may fetch, where it keeps it, how it shows it.
#[derive(Debug, Clone)]
pub struct Media(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Of resource URIs: `x` in `x://media/...`.
    scheme: &'static str,
    mode: MediaMode,
    dir: PathBuf,
    hosts: Hosts,
    client: Client,
}

impl Media {
    pub fn new(scheme: &'static str, settings: &Settings, client: &Client, hosts: Hosts) -> Self {
        Self(Arc::new(Inner {
            scheme,
            mode: settings.media(),
            dir: settings.output_dir(),
            hosts,
            client: client.clone(),
        }))
    }

    /// Whether what is about to be paid for can be kept. Fails only where the operator named a directory
    /// that cannot be written.
    pub async fn ready(&self) -> Result<()> {
        Ok(())
    }

    /// Fetch the outputs of one finished job and keep them. One that cannot be had becomes a note, not the loss of the others.
    pub async fn keep(
        &self,
        _progress: &Progress,
        _sources: Vec<Source>,
        _facts: &Facts,
    ) -> Result<Answer> {
        let _ = (
            self.0.scheme,
            self.0.mode,
            &self.0.dir,
            &self.0.hosts,
            &self.0.client,
        );
        Err(Error::Internal)
    }

    /// What an earlier call saved, as [`Media::keep`] answered then; `None` when any file is gone.
    pub async fn again(&self, _files: &[PathBuf]) -> Option<Answer> {
        None
    }

    /// The files of the output directory that this server made, the newest first.
    pub async fn saved(&self, _limit: usize) -> Result<Vec<Saved>> {
        Ok(Vec::new())
    }

    /// A saved file by the SHA-256 of its content, and the content.
    pub async fn open(&self, _sha256: &str) -> Result<(Saved, Vec<u8>)> {
        Err(Error::Internal)
    }
}

/// A file in the output directory, as its sidecar describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// Beside the sidecar; a plain file name.
    pub file: String,
    pub sha256: String,
    pub mime_type: String,
    pub bytes: u64,
    /// Width and height, of pictures.
    pub pixels: Option<(u32, u32)>,
    pub created: Timestamp,
    /// Name and version of the server.
    pub server: String,
    /// The provider's copy.
    pub url: Option<Url>,
    #[serde(flatten)]
    pub facts: Facts,
}
