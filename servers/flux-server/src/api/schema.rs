//! What a model takes: its input schema, live or from the built-in table, and checking against it.

mod check;
mod openapi;

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::{Map, Value};
use shared::text;

use super::{
    ModelName,
    catalogue::{Catalogue, OWNER},
};

pub(crate) use check::Dropped;
pub(super) use check::{Problem, error as problems_error, without_fraction};

/// Of a description, this many characters are shown.
const DESCRIPTION_CHARACTERS: usize = 120;
/// Of a default, this many characters are shown.
const DEFAULT_CHARACTERS: usize = 40;

/// Voices and languages can be hundreds.
const MOST_CHOICES: usize = 40;

/// What the FLUX models took when this was written. Replicate changes schemas; the live one counts.
static BUILT_IN: LazyLock<Table> = LazyLock::new(|| {
    // Part of this binary; a test reads all of it.
    serde_json::from_str(include_str!("../../data/inputs.json")).unwrap_or_default()
});

#[derive(Debug, Default, Deserialize)]
struct Table {
    /// By name of the field, for all models.
    descriptions: BTreeMap<String, String>,
    models: Map<String, Value>,
}

/// The fields of a model, in the provider's order.
#[derive(Debug, Clone)]
pub(crate) struct InputSchema {
    /// The model's name without its owner, for messages.
    pub(crate) model: String,
    pub(crate) fields: Vec<Field>,
    /// Not from the provider but from the table in this binary.
    pub(crate) is_built_in: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) is_required: bool,
    pub(crate) default: Option<Value>,
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    /// The only values it takes.
    pub(crate) choices: Vec<Value>,
    /// Of lists.
    pub(crate) most_items: Option<usize>,
    pub(crate) description: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    /// A URL or data URI of a file.
    File,
    /// A list of files.
    Files,
    List,
    Object,
    Any,
}

impl InputSchema {
    /// From the table in this binary; `None` for models that are not in it.
    pub(crate) fn built_in(name: &ModelName) -> Option<Self> {
        if name.owner != OWNER {
            return None;
        }
        let entry = Catalogue::find(&name.name)?;
        let input = BUILT_IN.models.get(entry.short_name())?;
        let mut schema = openapi::schema(entry.short_name(), input, &Map::new())?;
        schema.is_built_in = true;
        for field in &mut schema.fields {
            let general = BUILT_IN.descriptions.get(&field.name);
            field.description = field.description.take().or_else(|| general.cloned());
        }
        Some(schema)
    }

    /// From a version's `openapi_schema`; `None` when it describes no input.
    pub(super) fn from_openapi(model: &str, document: &Value) -> Option<Self> {
        let schemas = document.pointer("/components/schemas")?.as_object()?;
        openapi::schema(model, schemas.get("Input")?, schemas)
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// One line for each field, for a model to read:
    /// `num_outputs (whole number, default 1, 1 to 4): How many pictures.`
    pub(crate) fn lines(&self) -> Vec<String> {
        self.fields.iter().map(Field::line).collect()
    }
}

impl Field {
    fn line(&self) -> String {
        let mut facts = vec![self.kind.word().to_owned()];
        match &self.default {
            _ if self.is_required => facts.push("required".into()),
            Some(default) => facts.push(format!("default {}", brief(default))),
            None => {}
        }
        facts.extend(self.limits());
        let mut line = format!("{} ({})", self.name, facts.join(", "));
        if let Some(description) = &self.description {
            line.push_str(": ");
            line.push_str(&text::cut(description, DESCRIPTION_CHARACTERS));
        }
        line
    }

    /// What is valid, as the end of a sentence: `a whole number from 1 to 4`.
    fn valid(&self) -> String {
        match self.limits() {
            Some(limits) if !self.choices.is_empty() => limits,
            Some(limits) => format!("{} {limits}", self.kind.phrase()),
            None => self.kind.phrase().into(),
        }
    }

    /// `one of a, b`, `from 1 to 4`, `of at most 8`.
    fn limits(&self) -> Option<String> {
        if !self.choices.is_empty() {
            let shown = self.choices.iter().take(MOST_CHOICES).map(brief);
            let shown = shown.collect::<Vec<_>>().join(", ");
            let rest = self.choices.len().saturating_sub(MOST_CHOICES);
            return Some(match rest {
                0 => format!("one of {shown}"),
                rest => format!("one of {shown} and {rest} more"),
            });
        }
        match (self.minimum, self.maximum, self.most_items) {
            (Some(minimum), Some(maximum), _) => Some(format!("from {minimum} to {maximum}")),
            (Some(minimum), None, _) => Some(format!("of at least {minimum}")),
            (None, Some(maximum), _) => Some(format!("of at most {maximum}")),
            (None, None, Some(most)) => Some(format!("of at most {most}")),
            (None, None, None) => None,
        }
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "whole number",
            Self::Number => "number",
            Self::Boolean => "true or false",
            Self::File => "file",
            Self::Files => "files",
            Self::List => "list",
            Self::Object => "object",
            Self::Any => "any",
        }
    }

    fn phrase(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::File => "the URL or data URI of a file",
            Self::Files => "a list of URLs or data URIs of files",
            Self::List => "a list",
            Self::Object => "an object",
            Self::Any => "any value",
        }
    }
}

/// A value in a sentence: text without quotes, anything else as JSON, not too long.
fn brief(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".into(),
        Value::String(text) => text::cut(&text::quote(text), DEFAULT_CHARACTERS),
        value => text::cut(&value.to_string(), DEFAULT_CHARACTERS),
    }
}

#[cfg(test)]
#[path = "tests/schema.rs"]
mod tests;
