//! Where a model takes pictures: every family has its own field for them.

use serde_json::{Map, Value};
use shared::{Error, Result};

use crate::api::{Catalogue, Entry, Field, InputSchema, Kind, ModelName, ModelStatus};

/// In the order of preference, when nothing else tells.
const KNOWN_FIELDS: [&str; 7] = [
    "image",
    "image_prompt",
    "input_image",
    "input_images",
    "images",
    "control_image",
    "redux_image",
];
/// Of lists without a limit of their own.
const MOST_PICTURES: usize = 10;
/// The model that takes the most pictures, and how many.
const ROOMIEST: (&str, usize) = ("black-forest-labs/flux-2-flex", 10);
const FILL_MODELS: &str = "black-forest-labs/flux-fill-pro or black-forest-labs/flux-fill-dev";
pub(super) const MASK: &str = "mask";

/// A field for pictures.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slot {
    pub(super) field: String,
    pub(super) is_list: bool,
    pub(super) most: usize,
}

impl Slot {
    /// The catalogue knows best, as long as the model still has the field.
    pub(super) fn find(entry: Option<&Entry>, schema: Option<&InputSchema>) -> Option<Self> {
        let Some(schema) = schema else {
            return entry.and_then(Self::told);
        };
        let told = entry.and_then(|entry| entry.image_field.as_deref());
        let of_files = |name: &str| schema.field(name).filter(|field| takes_files(field));
        told.and_then(of_files)
            .or_else(|| KNOWN_FIELDS.into_iter().find_map(of_files))
            .or_else(|| schema.fields.iter().find(|field| is_picture(field)))
            .map(Self::of)
    }

    fn of(field: &Field) -> Self {
        let is_list = field.kind == Kind::Files;
        let most = match is_list {
            true => field.most_items.unwrap_or(MOST_PICTURES),
            false => 1,
        };
        Self {
            field: field.name.clone(),
            is_list,
            most,
        }
    }

    fn told(entry: &Entry) -> Option<Self> {
        let is_list = entry.image_is_list;
        Some(Self {
            field: entry.image_field.clone()?,
            is_list,
            most: if is_list { MOST_PICTURES } else { 1 },
        })
    }

    /// As the field takes them.
    pub(super) fn value(&self, pictures: Vec<String>) -> Option<Value> {
        match self.is_list {
            true => Some(pictures.into()),
            false => pictures.into_iter().next().map(Value::from),
        }
    }

    /// Put the pictures themselves where their names were.
    pub(super) fn fill(&self, input: &mut Map<String, Value>, pictures: Vec<String>) {
        if let Some(value) = self.value(pictures) {
            input.insert(self.field.clone(), value);
        }
    }

    /// `argument` names what the caller filled in.
    pub(super) fn check(&self, argument: &str, count: usize, model: &ModelName) -> Result<()> {
        if count <= self.most {
            return Ok(());
        }
        let (name, most) = (&model.name, self.most);
        let (other, more) = ROOMIEST;
        let hint = match count <= more && more > most {
            true => format!("{other} takes up to {more}"),
            false => "give fewer".into(),
        };
        let reason = format!("{name} takes at most {most}, not {count}; {hint}");
        Err(Error::invalid(argument, reason))
    }
}

/// The model takes no pictures; the error names some that do.
pub(super) fn no_slot(argument: &str, model: &ModelName) -> Error {
    let usable = |entry: &&Entry| entry.status == ModelStatus::Active && entry.edits;
    let some = Catalogue::entries().iter().filter(usable).take(4);
    let names: Vec<&str> = some.map(|entry| entry.model.as_str()).collect();
    let hint = match names.as_slice() {
        [] => "choose another model with list_models".into(),
        names => format!("these do: {}", names.join(", ")),
    };
    Error::invalid(
        argument,
        format!("{} takes no pictures; {hint}", model.name),
    )
}

/// A mask means nothing to other models, and the picture would be changed in the wrong places.
pub(super) fn check_mask(schema: Option<&InputSchema>, model: &ModelName) -> Result<()> {
    if schema.is_some_and(|schema| schema.field(MASK).is_some()) {
        return Ok(());
    }
    let reason = format!("{} takes no mask; use {FILL_MODELS}", model.name);
    Err(Error::invalid(MASK, reason))
}

fn takes_files(field: &Field) -> bool {
    matches!(field.kind, Kind::File | Kind::Files)
}

fn is_picture(field: &Field) -> bool {
    takes_files(field) && field.name.contains("image") && !field.name.contains(MASK)
}
