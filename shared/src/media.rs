//! Pictures, sound and video: fetched from the provider, kept on disk, shown to the model; and files that go in.

mod answer;
mod data;
mod download;
mod input;
mod keep;
mod kind;
mod library;
mod name;
mod preview;
#[cfg(test)]
mod samples;
mod save;

use std::{path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::{sync::OnceCell, task};
use url::Url;

use crate::{
    Error, Result,
    http::{Client, Hosts},
    settings::{MediaMode, Settings},
};

pub use answer::{Answer, Kept};
pub use input::{InputFile, Inputs};
pub(crate) use save::try_writing;

use save::Place;

/// What a call needs after its last download: previews, the result.
const ANSWERING: Duration = Duration::from_secs(2);

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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    pub job_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// What was sent. Files in it (`data:` URIs) and very long texts are shortened in the sidecar.
    pub parameters: Map<String, Value>,
    /// US dollars for all outputs together, estimated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// When the provider deletes its copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// The media of one server: what it may fetch, where it keeps it, how it shows it.
#[derive(Debug, Clone)]
pub struct Media(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Of resource URIs: `demo` in `demo://media/...`.
    scheme: &'static str,
    mode: MediaMode,
    /// Absolute; where files should go.
    dir: PathBuf,
    /// Whether the operator named it.
    is_explicit: bool,
    /// Where they go.
    place: OnceCell<Place>,
    /// The largest output that is fetched.
    limit_bytes: u64,
    /// How long fetching may take, so that a call ends in time to tell where the outputs are.
    patience: Duration,
    hosts: Hosts,
    client: Client,
}

impl Media {
    /// `scheme` is that of the server's resource URIs, and the server is called `<scheme>-server`. Outputs
    /// come from `hosts` and nowhere else.
    pub fn new(scheme: &'static str, settings: &Settings, client: &Client, hosts: Hosts) -> Self {
        let dir = settings.output_dir();
        Self(Arc::new(Inner {
            scheme,
            mode: settings.media(),
            // Fails only for an empty path, or where there is no working directory.
            dir: std::path::absolute(&dir).unwrap_or(dir),
            is_explicit: settings.output_dir.is_some(),
            place: OnceCell::new(),
            limit_bytes: settings.media_limit_bytes(),
            patience: patience(settings),
            hosts,
            client: client.clone(),
        }))
    }

    /// Whether what is about to be paid for can be kept. [`Error::Storage`] where the operator named a
    /// directory that cannot be written. Ask before the work is submitted.
    pub async fn ready(&self) -> Result<()> {
        if self.0.mode == MediaMode::File {
            self.place().await?;
        }
        Ok(())
    }

    /// Decided once; a failure is looked into again, since the operator may have corrected it.
    async fn place(&self) -> Result<&Place> {
        let choose = || async {
            let (dir, is_explicit) = (self.0.dir.clone(), self.0.is_explicit);
            let chosen = task::spawn_blocking(move || save::choose(&dir, is_explicit));
            chosen.await.map_err(|_| Error::Internal)?
        };
        self.0.place.get_or_try_init(choose).await
    }

    fn server_name(&self) -> String {
        format!("{}-server", self.0.scheme)
    }

    /// All servers of the workspace have the same version.
    fn server_and_version(&self) -> String {
        format!("{} {}", self.server_name(), env!("CARGO_PKG_VERSION"))
    }
}

/// What a call has left after the longest wait for the job, less a little to answer.
fn patience(settings: &Settings) -> Duration {
    let wait = Duration::from_secs(settings.wait_seconds);
    let left = settings.call_timeout().saturating_sub(wait);
    left.saturating_sub(ANSWERING).max(ANSWERING)
}

/// A file in the output directory, as its sidecar describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// Beside the sidecar; a plain file name.
    pub file: String,
    /// Of the content; 64 hexadecimal digits in lower case.
    pub sha256: String,
    /// From the first bytes.
    pub mime_type: String,
    pub bytes: u64,
    /// Width and height, of pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixels: Option<(u32, u32)>,
    pub created: Timestamp,
    /// Name and version of the server.
    pub server: String,
    /// The provider's copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
    #[serde(flatten)]
    pub facts: Facts,
}
