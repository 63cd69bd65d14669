//! What one model takes.

use std::fmt;

use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Error, Json, Result, schema};

use super::models::{ModelRow, one_line};
use crate::{
    FluxServer,
    api::{Catalogue, Entry, InputSchema, Model, ModelName},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DescribeInput {
    /// `owner/name`, or the name alone of a FLUX model.
    #[schemars(length(min = 1, max = 300))]
    model: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DescribeOutput {
    #[serde(flatten)]
    row: ModelRow,
    /// One line each: name (type, default, valid values): meaning.
    fields: Vec<String>,
    /// Not from Replicate but from the table in this server; the model may have changed since.
    built_in: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[tool_router(router = "describe_tools", vis = "pub(crate)")]
impl FluxServer {
    /// What a model takes now: every field with type, range, default and meaning. Free.
    #[tool(
        title = "Describe model",
        input_schema = schema::input::<DescribeInput>(),
        output_schema = schema::output::<DescribeOutput>(),
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn describe_model(
        &self,
        Parameters(input): Parameters<DescribeInput>,
    ) -> Result<Json<DescribeOutput>> {
        let name = ModelName::parse("model", &input.model)?;
        let entry = Catalogue::find(&name.to_string());
        let schema = self.replicate.schema(&name).await?;
        let model = match self.replicate.model(&name).await {
            Ok(model) => Some(model),
            // The table in this binary answers without Replicate.
            Err(_) if entry.is_some() && schema.is_some() => None,
            Err(error) => return Err(error),
        };
        let output = DescribeOutput::new(&name, entry, model, schema);
        output.map(Json).ok_or_else(|| Error::NotFound {
            what: format!("the input schema of {name}"),
            next: "Replicate publishes none for this model; look for another with list_models."
                .into(),
        })
    }
}

impl DescribeOutput {
    /// `None` when nothing is known about the model's input.
    pub(super) fn new(
        name: &ModelName,
        entry: Option<&Entry>,
        model: Option<Model>,
        schema: Option<InputSchema>,
    ) -> Option<Self> {
        let schema = schema?;
        let mut row = entry.map(ModelRow::from).unwrap_or_default();
        row.model = name.to_string();
        if let Some(model) = model {
            let description = model.description.as_deref().map(one_line);
            row.good_for = row.good_for.or(description);
            // In Replicate's own spelling.
            row.model = model.name.to_string();
            row.official = Some(model.is_official);
            row.runs = model.run_count;
        }
        let note = schema
            .is_built_in
            .then(|| "From the table in this server, since Replicate did not say.".to_owned());
        Some(Self {
            row,
            fields: schema.lines(),
            built_in: schema.is_built_in,
            note,
        })
    }
}

impl fmt::Display for DescribeOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.row.text())?;
        if let Some(note) = &self.note {
            write!(f, "\nNote: {note}")?;
        }
        self.fields
            .iter()
            .try_for_each(|field| write!(f, "\n- {}", field))
    }
}
