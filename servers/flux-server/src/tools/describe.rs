//! What one model takes.

use std::fmt;

use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Error, Json, Result, schema, text};

use super::{
    models::{ModelRow, one_line},
    words::plain,
};
use crate::{
    FluxServer,
    api::{Catalogue, Entry, Field, InputSchema, Kind, Model, ModelName},
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
    fields: Vec<FieldRow>,
    /// Not from Replicate but from the table in this server; the model may have changed since.
    built_in: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Debug, PartialEq, Serialize, JsonSchema)]
struct FieldRow {
    name: String,
    kind: &'static str,
    required: bool,
    /// As JSON, texts without quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<f64>,
    /// The only values it takes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    choices: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    most_items: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
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
            row.official = Some(model.is_official);
            row.runs = model.run_count;
        }
        let note = schema
            .is_built_in
            .then(|| "From the table in this server, since Replicate did not say.".to_owned());
        Some(Self {
            row,
            fields: schema.fields.iter().map(FieldRow::from).collect(),
            built_in: schema.is_built_in,
            note,
        })
    }
}

impl From<&Field> for FieldRow {
    fn from(field: &Field) -> Self {
        Self {
            name: field.name.clone(),
            kind: kind_word(field.kind),
            required: field.is_required,
            default: field.default.as_ref().map(plain),
            minimum: field.minimum,
            maximum: field.maximum,
            choices: field.choices.iter().map(plain).collect(),
            most_items: field.most_items,
            description: field.description.as_deref().map(one_line),
        }
    }
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Boolean => "true or false",
        Kind::File => "file",
        Kind::Files => "list of files",
        Kind::List => "list",
        Kind::Object => "object",
        Kind::Any => "any",
    }
}

impl FieldRow {
    /// "aspect_ratio: text, one of 1:1, 16:9; default 1:1. Shape of the picture."
    fn text(&self) -> String {
        let mut text = format!("{}: {}", self.name, self.kind);
        if self.required {
            text.push_str(", required");
        }
        match (self.minimum, self.maximum) {
            (Some(least), Some(most)) => text.push_str(&format!(", {least} to {most}")),
            (Some(least), None) => text.push_str(&format!(", at least {least}")),
            (None, Some(most)) => text.push_str(&format!(", at most {most}")),
            (None, None) => {}
        }
        if !self.choices.is_empty() {
            text.push_str(&format!(", one of {}", self.choices.join(", ")));
        }
        if let Some(most) = self.most_items {
            text.push_str(&format!(", at most {most} items"));
        }
        if let Some(default) = &self.default {
            text.push_str(&format!("; default {}", text::cut(default, 80)));
        }
        if let Some(description) = &self.description {
            text.push_str(&format!(". {}", text::sentence(description)));
        }
        text
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
            .try_for_each(|field| write!(f, "\n- {}", field.text()))
    }
}
