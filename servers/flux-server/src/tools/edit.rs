//! Pictures changed or combined.

use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    Result,
    job::{Call, Outcome},
    media::Answer,
    schema,
};

use super::{
    LONGEST_PROMPT, OutputFormat,
    draft::Ready,
    generate::GIVE_UP,
    slot::{MASK, Slot, check_mask, no_slot},
    target::{Target, Terms},
};
use crate::FluxServer;

/// Edits, combines several pictures, keeps what is not mentioned.
const DEFAULT_MODEL: &str = "black-forest-labs/flux-2-pro";

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditInput {
    /// What to change and what to keep, such as `make the car red, keep everything else`.
    #[schemars(length(min = 1, max = LONGEST_PROMPT))]
    pub(super) prompt: String,
    /// Pictures in the order the prompt counts them: paths, https URLs, data URIs, flux://media/... or prediction ids.
    #[schemars(length(min = 1, max = 10))]
    pub(super) images: Vec<String>,
    /// Default black-forest-labs/flux-2-pro. Also Kontext (one picture), Fill (mask), Redux (variations), Canny and Depth.
    #[schemars(length(max = 200))]
    pub(super) model: Option<String>,
    /// Width:height, such as 1:1 or 16:9; default that of the first picture.
    pub(super) aspect_ratio: Option<String>,
    /// The same seed and input give the same or a similar picture again; default random.
    pub(super) seed: Option<i64>,
    pub(super) output_format: Option<OutputFormat>,
    /// Only for Fill models: picture of the same size, white where to change, black where to keep.
    pub(super) mask: Option<String>,
}

#[tool_router(router = "edit_tools", vis = "pub(crate)")]
impl FluxServer {
    /// Change or combine 1 to 10 existing pictures as a prompt says; returns what generate_image returns.
    /// Spends the user's money, up to a few cents for each picture in and out, and takes 5 to 60 s. For a new picture use generate_image.
    #[tool(
        title = "Edit image",
        input_schema = schema::input::<EditInput>(),
        annotations(
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = true
        )
    )]
    async fn edit_image(
        &self,
        call: Call,
        Parameters(input): Parameters<EditInput>,
    ) -> Result<Outcome<Answer>> {
        let model = input.model.as_deref().unwrap_or(DEFAULT_MODEL);
        let target = self.target("model", model).await?;
        self.media.ready().await?;
        let slot = slot(&target, &input)?;
        let (images, mask) = (input.images.clone(), input.mask.clone());
        // As they were named: what is wrong must show before pictures are read and uploaded.
        let mut ready = ready(&target, input, &slot)?;
        slot.fill(&mut ready.input, self.pictures("images", &images).await?);
        if let Some(mask) = mask {
            let mask = self.picture(MASK, &mask).await?;
            ready.input.insert(MASK.into(), mask.into());
        }
        let terms = Terms {
            tool: "edit_image",
            wait: self.jobs.wait(),
            give_up: GIVE_UP,
        };
        let outcome = self.start(&call, target, ready, terms).await?;
        self.answer(&call, outcome).await
    }
}

/// Before anything is read or uploaded: whether the model can take it at all.
pub(super) fn slot(target: &Target, input: &EditInput) -> Result<Slot> {
    let schema = target.schema.as_ref();
    let slot = Slot::find(target.entry, schema).ok_or_else(|| no_slot("model", &target.name))?;
    slot.check("images", input.images.len(), &target.name)?;
    if input.mask.is_some() {
        check_mask(schema, &target.name)?;
    }
    Ok(slot)
}

pub(super) fn ready(target: &Target, input: EditInput, slot: &Slot) -> Result<Ready> {
    let mut draft = target.draft();
    draft.set("prompt", Some(input.prompt));
    draft.set("aspect_ratio", input.aspect_ratio);
    draft.set("seed", input.seed);
    draft.set(
        "output_format",
        input.output_format.map(OutputFormat::as_str),
    );
    draft.set(&slot.field, slot.value(input.images));
    draft.set(MASK, input.mask);
    draft.suggest("aspect_ratio", "match_input_image");
    draft.finish("images")
}
