//! Any model.

use std::time::Duration;

use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::{
    Result,
    job::{Call, Done, Outcome},
    media::Answer,
    schema,
};

use super::target::USUAL_TIME;
use crate::{FluxServer, api::Prediction};

/// Replicate ends what takes longer: video and language models may work for long.
const GIVE_UP: Duration = Duration::from_secs(1_800);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunInput {
    /// `owner/name` or `owner/name:version`.
    #[schemars(length(min = 1, max = 300))]
    model: String,
    /// The model's fields as describe_model lists them. A file field also takes a local path, flux://media/... or a prediction id.
    input: Map<String, Value>,
    /// How long to wait for the result, in seconds; default 40.
    #[schemars(range(min = 0, max = 300))]
    wait_seconds: Option<u16>,
}

#[tool_router(router = "run_tools", vis = "pub(crate)")]
impl FluxServer {
    /// Run any model on Replicate (video, sound, language, upscaling, your own) and return its text, JSON or files.
    /// Spends the user's money, as much as the model costs; unfinished work returns a prediction id for get_prediction. For FLUX pictures use generate_image or edit_image.
    #[tool(
        title = "Run model",
        input_schema = schema::input::<RunInput>(),
        annotations(
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = true
        )
    )]
    async fn run_model(
        &self,
        call: Call,
        Parameters(mut input): Parameters<RunInput>,
    ) -> Result<Outcome<Answer>> {
        let target = self.target("model", &input.model).await?;
        self.media.ready().await?;
        let mut draft = target.draft();
        self.fill_files("input", target.schema.as_ref(), &mut input.input)
            .await?;
        draft.add("input", input.input)?;
        let ready = draft.finish("input")?;
        let outcome = self
            .start(&call, "run_model", target, ready, GIVE_UP)
            .await?;
        let wait = input.wait_seconds.map(u64::from).map(Duration::from_secs);
        let outcome = self.wait_longer(&call, outcome, wait).await?;
        self.answer(&call, outcome).await
    }
}

impl FluxServer {
    /// The usual wait is over; the caller may have asked for a longer one.
    async fn wait_longer(
        &self,
        call: &Call,
        outcome: Outcome<Done<Prediction>>,
        wait: Option<Duration>,
    ) -> Result<Outcome<Done<Prediction>>> {
        let more = wait.unwrap_or_default().saturating_sub(self.jobs.wait());
        match outcome {
            Outcome::StillRunning(still) if more > Duration::ZERO => {
                let resumed = self
                    .jobs
                    .resume(call, &self.replicate, &still.id, more, USUAL_TIME);
                let mut resumed = resumed.await?;
                match &mut resumed {
                    Outcome::Done(done) => done.notes.extend(still.notes),
                    Outcome::StillRunning(later) => {
                        later.waited += still.waited;
                        later.notes.extend(still.notes);
                    }
                    Outcome::Task(_) => {}
                }
                Ok(resumed)
            }
            outcome => Ok(outcome),
        }
    }
}
