//! New pictures.

use std::time::Duration;

use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Number, Value};
use shared::{
    Error, Result,
    job::{Call, Outcome},
    media::Answer,
    schema,
};

use super::{
    LONGEST_PROMPT, OutputFormat,
    draft::{Draft, Ready},
    slot::{Slot, no_slot},
    target::{Target, Terms},
};
use crate::FluxServer;

/// Replicate ends a picture that takes longer.
pub(super) const GIVE_UP: Duration = Duration::from_secs(600);
const ASPECT_RATIO: &str = "4:5";
const LONGEST_NAME: usize = 200;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GenerateInput {
    /// What to show, in plain sentences: subject first, then place, light and medium; words to be written in the picture in double quotes. There are no negative prompts.
    #[schemars(length(min = 1, max = LONGEST_PROMPT))]
    pub(super) prompt: String,
    /// Such as black-forest-labs/flux-2-pro; default: the user's, else black-forest-labs/flux-dev.
    #[schemars(length(max = LONGEST_NAME))]
    pub(super) model: Option<String>,
    /// Width:height, such as 1:1, 3:2, 2:3, 16:9, 9:16; default 4:5, or the shape of `image`.
    pub(super) aspect_ratio: Option<String>,
    /// How many pictures, each is charged; default 1.
    #[schemars(range(min = 1, max = 4))]
    pub(super) num_outputs: Option<u8>,
    /// The same seed and input give the same or a similar picture again; default random.
    pub(super) seed: Option<i64>,
    pub(super) output_format: Option<OutputFormat>,
    /// Of jpg and webp, in percent; default 80.
    #[schemars(range(min = 0, max = 100))]
    pub(super) output_quality: Option<u8>,
    /// Size of the picture: `1` (default) or `0.25`; some models take others.
    pub(super) megapixels: Option<String>,
    /// How closely to follow the prompt; default 3 with flux-dev.
    pub(super) guidance: Option<Number>,
    /// More is slower and finer: 1 to 50, default 28; schnell 1 to 4.
    #[schemars(range(min = 1, max = 100))]
    pub(super) num_inference_steps: Option<u8>,
    /// Quantized and faster, where the model has it; a seed may then give another picture.
    pub(super) go_fast: Option<bool>,
    /// How far to leave `image`: 0 keeps it, 1 ignores it; default 0.8.
    pub(super) prompt_strength: Option<Number>,
    /// Picture to start from: path, https URL, data URI, flux://media/... or prediction id.
    pub(super) image: Option<String>,
    /// 1 strict to 5 or 6 lax; default 2.
    #[schemars(range(min = 0, max = 6))]
    pub(super) safety_tolerance: Option<u8>,
    /// Other fields of the model, as describe_model names them.
    pub(super) extra: Option<Map<String, Value>>,
}

#[tool_router(router = "generate_tools", vis = "pub(crate)")]
impl FluxServer {
    /// Make pictures from a prompt: saved files, small previews and links, with seed and estimated cost.
    /// Spends the user's money, up to a few cents for each picture, and takes 1 to 60 s; unfinished work returns a prediction id for get_prediction.
    /// To change existing pictures use edit_image. Arguments that the model does not take are not sent, and the answer names them.
    #[tool(
        title = "Generate image",
        input_schema = schema::input::<GenerateInput>(),
        annotations(
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = true
        )
    )]
    async fn generate_image(
        &self,
        call: Call,
        Parameters(mut input): Parameters<GenerateInput>,
    ) -> Result<Outcome<Answer>> {
        let (field, model) = match &input.model {
            Some(model) => ("model", model.clone()),
            None => ("FLUX_DEFAULT_MODEL", self.config.default_model.clone()),
        };
        let target = self.target(field, &model).await?;
        self.media.ready().await?;
        let picture = match input.image.take() {
            Some(image) => Some((picture_slot(&target)?, image)),
            None => {
                check_works_alone(&target)?;
                None
            }
        };
        // As it was named: what is wrong must show before a picture is read and uploaded.
        let mut ready = ready(&target, input, picture.clone())?;
        if let Some((slot, image)) = picture {
            let pictures = vec![self.picture("image", &image).await?];
            slot.fill(&mut ready.input, pictures);
        }
        self.fill_files("extra", target.schema.as_ref(), &mut ready.input)
            .await?;
        let terms = Terms {
            tool: "generate_image",
            wait: self.jobs.wait(),
            give_up: GIVE_UP,
        };
        let outcome = self.start(&call, target, ready, terms).await?;
        self.answer(&call, outcome).await
    }
}

fn picture_slot(target: &Target) -> Result<Slot> {
    Slot::find(target.entry, target.schema.as_ref()).ok_or_else(|| no_slot("image", &target.name))
}

/// Some models only change pictures.
fn check_works_alone(target: &Target) -> Result<()> {
    match target.entry {
        Some(entry) if !entry.makes_pictures_from_text() => {
            let name = entry.short_name();
            let reason = format!(
                "{name} makes nothing from a prompt alone; call edit_image with it, or choose another model"
            );
            Err(Error::invalid("model", reason))
        }
        _ => Ok(()),
    }
}

pub(super) fn ready(
    target: &Target,
    input: GenerateInput,
    picture: Option<(Slot, String)>,
) -> Result<Ready> {
    let mut draft = target.draft();
    draft.set("prompt", Some(input.prompt));
    draft.set("aspect_ratio", input.aspect_ratio);
    draft.set("num_outputs", input.num_outputs);
    draft.set("seed", input.seed);
    draft.set(
        "output_format",
        input.output_format.map(OutputFormat::as_str),
    );
    draft.set("output_quality", input.output_quality);
    draft.set("megapixels", input.megapixels);
    draft.set("guidance", input.guidance.map(Value::Number));
    draft.set("num_inference_steps", input.num_inference_steps);
    draft.set("go_fast", input.go_fast);
    draft.set("prompt_strength", input.prompt_strength.map(Value::Number));
    draft.set("safety_tolerance", input.safety_tolerance);
    if input.num_outputs == Some(1) {
        // A model that makes one at a time makes one.
        draft.forgive("num_outputs");
    }
    let has_picture = picture.is_some();
    if let Some((slot, picture)) = picture {
        draft.set(&slot.field, slot.value(vec![picture]));
    }
    draft.add("extra", input.extra.unwrap_or_default())?;
    suggest_shape(&mut draft, has_picture);
    draft.finish("extra")
}

/// Without a wish: the picture's own shape, that of given pixels, or our default.
fn suggest_shape(draft: &mut Draft<'_>, has_picture: bool) {
    if draft.has("width") || draft.has("height") {
        draft.suggest("aspect_ratio", "custom");
    } else if has_picture {
        draft.suggest("aspect_ratio", "match_input_image");
    } else {
        draft.suggest("aspect_ratio", ASPECT_RATIO);
    }
}
