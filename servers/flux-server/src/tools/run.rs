//! Any model.

use std::time::Duration;

use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::{
    Result,
    job::{Call, Outcome},
    media::Answer,
    schema,
};

use super::{draft::Ready, target::Terms};
use crate::FluxServer;

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
        Parameters(input): Parameters<RunInput>,
    ) -> Result<Outcome<Answer>> {
        let target = self.target("model", &input.model).await?;
        self.media.ready().await?;
        let schema = target.schema.as_ref();
        let mut ready = Ready::exactly(schema, input.input)?;
        self.fill_files("input", schema, &mut ready.input).await?;
        let wait = input.wait_seconds.map(u64::from).map(Duration::from_secs);
        let terms = Terms {
            tool: "run_model",
            wait: wait.unwrap_or(self.jobs.wait()),
            give_up: GIVE_UP,
        };
        let outcome = self.start(&call, target, ready, terms).await?;
        self.answer(&call, outcome).await
    }
}
