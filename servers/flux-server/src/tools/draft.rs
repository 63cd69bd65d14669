//! The input of a model, put together from what a caller said in our words and in the model's own.

use serde_json::{Map, Value};
use shared::{Error, Result};

use crate::api::{Dropped, InputSchema, ModelName};

/// Input in the making.
pub(super) struct Draft<'a> {
    model: &'a ModelName,
    /// `None` when nothing is known of the model: everything is sent as it is.
    schema: Option<&'a InputSchema>,
    input: Map<String, Value>,
    extra: Vec<String>,
    dropped: Vec<Dropped>,
}

/// Input that fits the model, and what the caller should know about it.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) input: Map<String, Value>,
    pub(super) notes: Vec<String>,
}

impl Ready {
    /// All of it in the model's own words: nothing that the model does not take is left out in silence.
    pub(super) fn exactly(schema: Option<&InputSchema>, input: Map<String, Value>) -> Result<Self> {
        let Some(schema) = schema else {
            return Ok(Self::unchecked(input));
        };
        let checked = schema.check_exact(input)?;
        Ok(Self {
            input: checked.input,
            notes: Vec::from_iter(dropped_note(checked.dropped.into_iter())),
        })
    }

    fn unchecked(input: Map<String, Value>) -> Self {
        let note = "No input schema of this model is known: the input was sent unchecked.";
        Self {
            input,
            notes: vec![note.into()],
        }
    }
}

impl<'a> Draft<'a> {
    pub(super) fn new(model: &'a ModelName, schema: Option<&'a InputSchema>) -> Self {
        Self {
            model,
            schema,
            input: Map::new(),
            extra: Vec::new(),
            dropped: Vec::new(),
        }
    }

    /// A value of the caller's, under the name the model has for it. What the model does not take is dropped, and said.
    pub(super) fn set(&mut self, name: &str, value: Option<impl Into<Value>>) {
        let Some(value) = value else { return };
        let mut spellings = spellings(name, value.into()).into_iter();
        match spellings.find(|(field, _)| self.takes(field)) {
            Some((field, value)) => {
                self.input.insert(field, value);
            }
            None => self.dropped.push(Dropped {
                field: name.into(),
                reason: format!("not taken by {}", self.model.name),
            }),
        }
    }

    /// A default of ours: only where nothing is set and the model is known to take exactly this.
    pub(super) fn suggest(&mut self, name: &str, value: &str) {
        let field = self.schema.and_then(|schema| schema.field(name));
        let fits = field.is_some_and(|field| {
            field.choices.is_empty() || field.choices.iter().any(|choice| choice == value)
        });
        if fits && !self.input.contains_key(name) {
            self.input.insert(name.into(), value.into());
        }
    }

    /// Leave out of the report what changes nothing.
    pub(super) fn forgive(&mut self, name: &str) {
        self.dropped.retain(|dropped| dropped.field != name);
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.input.contains_key(name)
    }

    /// Fields in the model's own words. Whoever writes these means them: one that does not exist is an error.
    pub(super) fn add(&mut self, argument: &str, fields: Map<String, Value>) -> Result<()> {
        for (name, value) in fields {
            let path = format!("{argument}.{name}");
            if self.input.contains_key(&name) {
                let reason = "it is set a second time outside; give it once";
                return Err(Error::invalid(path, reason));
            }
            if !self.takes(&name) {
                return Err(Error::invalid(path, self.no_such_field()));
            }
            self.extra.push(name.clone());
            self.input.insert(name, value);
        }
        Ok(())
    }

    /// `argument` is where fields of [`Draft::add`] came from.
    pub(super) fn finish(self, argument: &str) -> Result<Ready> {
        let Some(schema) = self.schema else {
            return Ok(Ready::unchecked(self.input));
        };
        let checked = schema.check(self.input)?;
        let meant = |dropped: &&Dropped| self.extra.contains(&dropped.field);
        if let Some(Dropped { field, reason }) = checked.dropped.iter().find(meant) {
            let path = format!("{argument}.{field}");
            return Err(Error::invalid(path, reason.clone()));
        }
        let dropped = self.dropped.into_iter().chain(checked.dropped);
        Ok(Ready {
            input: checked.input,
            notes: Vec::from_iter(dropped_note(dropped)),
        })
    }

    fn takes(&self, field: &str) -> bool {
        self.schema
            .is_none_or(|schema| schema.field(field).is_some())
    }

    fn no_such_field(&self) -> String {
        let fields = self.schema.map(|schema| schema.fields.as_slice());
        let names = fields.unwrap_or_default().iter();
        let names: Vec<&str> = names.map(|field| field.name.as_str()).collect();
        let names = names.join(", ");
        format!("{} has no such field; it has {names}", self.model.name)
    }
}

/// The same wish in the words of different models, the most common first.
fn spellings(name: &str, value: Value) -> Vec<(String, Value)> {
    let others = match name {
        "num_inference_steps" => vec![("steps".into(), value.clone())],
        "megapixels" => {
            let size = format!("{} MP", super::words::plain(&value));
            vec![
                ("output_megapixels".into(), value.clone()),
                ("resolution".into(), size.into()),
            ]
        }
        _ => Vec::new(),
    };
    std::iter::once((name.to_owned(), value))
        .chain(others)
        .collect()
}

fn dropped_note(dropped: impl Iterator<Item = Dropped>) -> Option<String> {
    let mut said: Vec<(String, String)> = Vec::new();
    for Dropped { field, reason } in dropped {
        match said.last_mut() {
            Some((fields, same)) if *same == reason => fields.push_str(&format!(", `{field}`")),
            _ => said.push((format!("`{field}`"), reason)),
        }
    }
    let said = said.into_iter();
    let said: Vec<String> = said
        .map(|(fields, reason)| format!("{fields} ({reason})"))
        .collect();
    (!said.is_empty()).then(|| format!("Not sent: {}.", said.join(", ")))
}
