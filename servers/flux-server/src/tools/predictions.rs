//! Work that was started earlier: its result, and its end.

use std::{fmt, time::Duration};

use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    Error, Json, Result,
    job::{Call, Outcome},
    media::Answer,
    schema,
};

use super::{PredictionId, target::USUAL_TIME, words::status_word};
use crate::{
    FluxServer,
    api::{Prediction, Status},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetInput {
    prediction_id: PredictionId,
    /// How long to wait if it is not finished, in seconds; default 40.
    #[schemars(range(min = 0, max = 300))]
    wait_seconds: Option<u16>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelInput {
    prediction_id: PredictionId,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CancelOutput {
    prediction_id: String,
    /// Afterwards: starting, processing, succeeded, failed, canceled or aborted.
    status: &'static str,
    /// What that means, also for the bill.
    meaning: &'static str,
}

#[tool_router(router = "prediction_tools", vis = "pub(crate)")]
impl FluxServer {
    /// Wait for a prediction and return its result as the tool that started it would have. Free, and may be called again and again.
    /// Replicate keeps results for an hour; files that were saved on this machine still come after that.
    #[tool(
        title = "Get prediction",
        input_schema = schema::input::<GetInput>(),
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn get_prediction(
        &self,
        call: Call,
        Parameters(input): Parameters<GetInput>,
    ) -> Result<Outcome<Answer>> {
        let id = input.prediction_id.checked()?;
        let wait = input
            .wait_seconds
            .map_or(self.jobs.wait(), |wait| Duration::from_secs(wait.into()));
        let resumed = self
            .jobs
            .resume(&call, &self.replicate, id.as_str(), wait, USUAL_TIME);
        match resumed.await {
            Ok(outcome) => self.answer(&call, outcome).await,
            Err(error) if is_silence(&error) => {
                let saved = self.deliver_saved(id.as_str(), &error).await;
                saved.map(Outcome::Done).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Stop a prediction that is not finished, and say what became of it. Not begun: free. Running: the time used is charged.
    #[tool(
        title = "Cancel prediction",
        input_schema = schema::input::<CancelInput>(),
        output_schema = schema::output::<CancelOutput>(),
        annotations(
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn cancel_prediction(
        &self,
        Parameters(input): Parameters<CancelInput>,
    ) -> Result<Json<CancelOutput>> {
        let id = input.prediction_id.checked()?;
        let prediction = self.replicate.cancel_prediction(id.as_str()).await?;
        if !matches!(prediction.status, Status::Succeeded | Status::Failed) {
            self.jobs.canceled(id.as_str()).await;
        }
        Ok(Json(CancelOutput::from(&prediction)))
    }
}

/// Whether it is not known what Replicate has to say, or it has forgotten the prediction.
fn is_silence(error: &Error) -> bool {
    matches!(
        error,
        Error::MissingKey { .. }
            | Error::Auth { .. }
            | Error::NotFound { .. }
            | Error::RateLimited { .. }
            | Error::TimedOut { .. }
            | Error::Network { .. }
            | Error::Upstream { .. }
            | Error::Expired { .. }
    )
}

impl From<&Prediction> for CancelOutput {
    fn from(prediction: &Prediction) -> Self {
        Self {
            prediction_id: prediction.id.clone(),
            status: status_word(prediction.status),
            meaning: meaning(prediction.status),
        }
    }
}

fn meaning(status: Status) -> &'static str {
    match status {
        Status::Starting => {
            "The cancellation is accepted and takes effect in a moment. It has not begun, so it should cost nothing."
        }
        Status::Processing => {
            "The cancellation is accepted and takes effect in a moment. The time it ran until then is charged."
        }
        Status::Canceled => "It is stopped. If it had begun, the time it ran is charged.",
        Status::Aborted => "It ended before it began and costs nothing.",
        Status::Succeeded => {
            "It had finished before, so there was nothing to cancel and it is charged. get_prediction returns the result."
        }
        Status::Failed => "It had failed before, so there was nothing to cancel.",
        Status::Unknown => {
            "Replicate gives a state that this server does not know. Look again with list_predictions."
        }
    }
}

impl fmt::Display for CancelOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Prediction {}: {}. {}",
            self.prediction_id, self.status, self.meaning
        )
    }
}
