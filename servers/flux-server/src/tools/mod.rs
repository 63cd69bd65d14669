//! The words for the model: tools, and the arguments they have in common.

mod deliver;
mod describe;
mod draft;
mod edit;
mod files;
mod generate;
mod listing;
mod models;
mod predictions;
mod run;
mod slot;
mod target;
#[cfg(test)]
mod tests;
mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Error, Result, Toolset};

use crate::FluxServer;

pub(crate) use models::ModelRow;
pub(crate) use words::{status_word, without_data};

/// Worth reading alone: some hosts load nothing but this and the names of the tools.
pub(crate) const INSTRUCTIONS: &str = "\
Pictures with FLUX models, and any other model on Replicate. Runs cost the user money; prices are estimates from list prices. \
A finished picture comes as a saved file, a small preview and a link: tell the user the path or link, and pass on the notes. \
If work is not finished in time, the answer has a prediction id: wait with get_prediction, and never start the same work again. \
After an error that says the work may have started, look with list_predictions first. \
A picture argument is a file path, an https URL, a data URI, flux://media/... or a prediction id.";

pub(crate) fn toolsets() -> Vec<Toolset<FluxServer>> {
    let toolset = |name, instructions, router| Toolset {
        name,
        instructions,
        on_by_default: true,
        router,
    };
    vec![
        toolset(
            "images",
            "Call generate_image for a new picture, edit_image to change or combine pictures.",
            FluxServer::generate_tools() + FluxServer::edit_tools(),
        ),
        toolset(
            "predictions",
            "Call get_prediction for the result of earlier work, list_predictions to find lost work, cancel_prediction to stop it.",
            FluxServer::prediction_tools() + FluxServer::listing_tools(),
        ),
        toolset(
            "models",
            "Call list_models to choose a model, describe_model before setting unusual fields, run_model for everything else.",
            FluxServer::model_tools() + FluxServer::describe_tools() + FluxServer::run_tools(),
        ),
    ]
}

const LONGEST_PROMPT: usize = 20_000;

/// webp, jpg or png; default: the model's.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum OutputFormat {
    Webp,
    Jpg,
    Png,
}

impl OutputFormat {
    fn as_str(self) -> &'static str {
        match self {
            Self::Webp => "webp",
            Self::Jpg => "jpg",
            Self::Png => "png",
        }
    }
}

/// Id from an earlier answer, 26 letters and digits.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct PredictionId(#[schemars(length(min = 1, max = 64))] String);

impl PredictionId {
    /// Ids become part of a URL, so nothing else passes.
    pub(crate) fn parse(field: &str, text: &str) -> Result<Self> {
        let id = text.trim();
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if (1..=64).contains(&id.len()) && id.chars().all(is_plain) {
            return Ok(Self(id.into()));
        }
        let reason = "an id has only small letters and digits, as `hxvjgf8hmhrge0ckcmdbr6k0km`; list_predictions shows the ids";
        Err(Error::invalid(field, reason))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn checked(self) -> Result<Self> {
        Self::parse("prediction_id", &self.0)
    }
}
