//! Which models there are, and what one takes.

use std::fmt;

use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Json, Result, schema, text};

use super::words::{dollars, model_status_word};
use crate::{
    FluxServer,
    api::{Catalogue, Entry, FoundModel, ModelStatus},
};

const DEFAULT_LIMIT: u8 = 30;
const LONGEST_DESCRIPTION: usize = 240;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListModelsInput {
    /// Words to search all of Replicate for, such as `upscale photo`; without it the FLUX models.
    #[schemars(length(min = 1, max = 200))]
    query: Option<String>,
    /// How many; default 30.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u8>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ListModelsOutput {
    models: Vec<ModelRow>,
    /// How many there are in all, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<usize>,
}

/// One model in a list.
#[derive(Debug, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct ModelRow {
    pub(super) model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) good_for: Option<String>,
    /// active, legacy (has a better successor) or retired (cannot be run).
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    typical_seconds: Option<u64>,
    /// US dollars for one output, by the list price.
    #[serde(skip_serializing_if = "Option::is_none")]
    usd_per_output: Option<f64>,
    /// When and where the price was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    price_seen: Option<String>,
    /// The field that takes pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    image_field: Option<String>,
    /// Run by Replicate itself, always ready, billed per output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) official: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) runs: Option<u64>,
}

#[tool_router(router = "model_tools", vis = "pub(crate)")]
impl FluxServer {
    /// The FLUX models, each with what it is for, speed, estimated price and what replaces it; or with `query` a search of all of Replicate. Free.
    /// For the fields of one model use describe_model.
    #[tool(
        title = "List models",
        input_schema = schema::input::<ListModelsInput>(),
        output_schema = schema::output::<ListModelsOutput>(),
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn list_models(
        &self,
        Parameters(input): Parameters<ListModelsInput>,
    ) -> Result<Json<ListModelsOutput>> {
        let limit = usize::from(input.limit.unwrap_or(DEFAULT_LIMIT));
        Ok(Json(match input.query {
            Some(query) => {
                let found = self.replicate.search(&query, limit).await?;
                ListModelsOutput {
                    models: found.into_iter().take(limit).map(ModelRow::from).collect(),
                    total: None,
                }
            }
            None => ListModelsOutput::known(Catalogue::entries(), limit),
        }))
    }
}

impl ListModelsOutput {
    /// What can be recommended first.
    pub(super) fn known(entries: &[Entry], limit: usize) -> Self {
        let mut sorted: Vec<&Entry> = entries.iter().collect();
        sorted.sort_by_key(|entry| match entry.status {
            ModelStatus::Active => 0,
            ModelStatus::Legacy => 1,
            ModelStatus::Retired => 2,
        });
        Self {
            models: sorted.into_iter().take(limit).map(ModelRow::from).collect(),
            total: Some(entries.len()),
        }
    }
}

impl From<&Entry> for ModelRow {
    fn from(entry: &Entry) -> Self {
        Self {
            model: entry.model.clone(),
            good_for: Some(entry.good_for.clone()),
            status: Some(model_status_word(entry.status)),
            replacement: entry.replacement.clone(),
            typical_seconds: Some(entry.typical_seconds),
            usd_per_output: entry.usd_per_output,
            price_seen: entry.price_seen.clone(),
            image_field: entry.image_field.clone(),
            ..Self::default()
        }
    }
}

impl From<FoundModel> for ModelRow {
    fn from(found: FoundModel) -> Self {
        Self {
            good_for: found.description.as_deref().map(one_line),
            official: Some(found.is_official),
            runs: found.run_count,
            model: found.name,
            ..Self::default()
        }
    }
}

pub(super) fn one_line(description: &str) -> String {
    let words: Vec<&str> = description.split_whitespace().collect();
    text::cut(&text::clean(&words.join(" ")), LONGEST_DESCRIPTION)
}

impl ModelRow {
    /// "black-forest-labs/flux-dev: drafts. About 3 s, about $0.025 (seen 2025-07). Pictures in `image`."
    pub(super) fn text(&self) -> String {
        let mut text = self.model.clone();
        if let Some(good_for) = &self.good_for {
            text.push_str(&format!(": {}.", good_for.trim_end_matches('.')));
        }
        let price = self.usd_per_output.map(|price| {
            let seen = self.price_seen.as_ref();
            let seen = seen
                .map(|seen| format!(" (seen {seen})"))
                .unwrap_or_default();
            format!("{} each{seen}", dollars(price))
        });
        // Where the price is not per output, this holds it.
        let price = price.or_else(|| {
            self.price_seen
                .as_ref()
                .map(|seen| format!("price: {seen}"))
        });
        let replaced = match (self.status, &self.replacement) {
            (Some("active") | None, _) => None,
            (Some(status), Some(other)) => Some(format!("{status}, use {other}")),
            (Some(status), None) => Some(status.to_owned()),
        };
        let facts = [
            self.typical_seconds.map(|time| format!("about {time} s")),
            price,
            self.image_field
                .as_ref()
                .map(|field| format!("pictures in `{field}`")),
            self.official.map(|official| match official {
                true => "official".into(),
                false => "by the community".into(),
            }),
            self.runs.map(|runs| format!("{runs} runs")),
            replaced,
        ];
        let facts: Vec<String> = facts.into_iter().flatten().collect();
        if !facts.is_empty() {
            text.push_str(&format!(" {}.", text::sentence(&facts.join(", "))));
        }
        text
    }
}

impl fmt::Display for ListModelsOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.models.is_empty() {
            return f.write_str("No model was found; try other words.");
        }
        let lines: Vec<String> = self.models.iter().map(ModelRow::text).collect();
        f.write_str(&lines.join("\n"))?;
        match self.total {
            Some(total) if total > self.models.len() => {
                write!(f, "\n{} of {total} models shown.", self.models.len())
            }
            _ => Ok(()),
        }
    }
}
