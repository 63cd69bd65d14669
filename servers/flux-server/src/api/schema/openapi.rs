//! From the JSON schema of a model's input to fields: references resolved, optional types unwrapped.

use serde_json::{Map, Value};

use super::{Field, InputSchema, Kind};
use crate::api::models::shown;

/// References to references are followed this far.
const DEEPEST: usize = 4;

/// `None` when it has no properties.
pub(super) fn schema(
    model: &str,
    input: &Value,
    schemas: &Map<String, Value>,
) -> Option<InputSchema> {
    let properties = input.get("properties")?.as_object()?;
    let required = input.get("required").and_then(Value::as_array);
    let is_required =
        |name: &str| required.is_some_and(|names| names.iter().any(|value| value == name));
    let mut fields: Vec<(i64, Field)> = properties
        .iter()
        .map(|(name, property)| {
            let order = property.get("x-order").and_then(Value::as_i64);
            let property = resolve(property, schemas, DEEPEST);
            let field = field(name, is_required(name), &property, schemas);
            (order.unwrap_or(i64::MAX), field)
        })
        .collect();
    fields.sort_by_key(|(order, _)| *order);
    Some(InputSchema {
        model: model.into(),
        fields: fields.into_iter().map(|(_, field)| field).collect(),
        is_built_in: false,
    })
}

fn field(
    name: &str,
    is_required: bool,
    property: &Map<String, Value>,
    schemas: &Map<String, Value>,
) -> Field {
    let number = |key| property.get(key).and_then(Value::as_f64);
    let text = |key| Some(property.get(key)?.as_str()?.to_owned());
    let most_items = property.get("maxItems").and_then(Value::as_u64);
    Field {
        name: name.into(),
        kind: kind(property, schemas),
        is_required,
        default: property
            .get("default")
            .filter(|value| !value.is_null())
            .cloned(),
        minimum: number("minimum"),
        maximum: number("maximum"),
        choices: choices(property),
        most_items: most_items.and_then(|most| usize::try_from(most).ok()),
        // The second is what a library writes into every enum.
        description: shown(text("description")).filter(|text| text != "An enumeration."),
    }
}

fn choices(property: &Map<String, Value>) -> Vec<Value> {
    let listed = property.get("enum").and_then(Value::as_array).cloned();
    let only = property.get("const").map(|only| vec![only.clone()]);
    let mut choices = listed.or(only).unwrap_or_default();
    choices.retain(|choice| !choice.is_null());
    choices
}

fn kind(property: &Map<String, Value>, schemas: &Map<String, Value>) -> Kind {
    let is_file = property.get("format").is_some_and(|format| format == "uri");
    match type_name(property) {
        Some("string") if is_file => Kind::File,
        Some("string") => Kind::Text,
        Some("integer") => Kind::Integer,
        Some("number") => Kind::Number,
        Some("boolean") => Kind::Boolean,
        Some("object") => Kind::Object,
        Some("array") => {
            let items = property.get("items");
            let items = items.map(|items| resolve(items, schemas, DEEPEST));
            match items.map(|items| kind(&items, &Map::new())) {
                Some(Kind::File) => Kind::Files,
                _ => Kind::List,
            }
        }
        _ => match choices(property).first() {
            Some(Value::String(_)) => Kind::Text,
            Some(Value::Number(number)) if number.is_f64() => Kind::Number,
            Some(Value::Number(_)) => Kind::Integer,
            _ => Kind::Any,
        },
    }
}

/// `"string"`, or the one of `["string", "null"]` that is not null.
fn type_name(property: &Map<String, Value>) -> Option<&str> {
    match property.get("type")? {
        Value::String(name) => Some(name),
        Value::Array(names) => {
            let mut names = names.iter().filter_map(Value::as_str);
            let name = names.find(|name| *name != "null")?;
            names.all(|other| other == "null").then_some(name)
        }
        _ => None,
    }
}

/// What the parts of a schema say together; what stands beside a reference wins over what it refers to.
fn resolve(schema: &Value, schemas: &Map<String, Value>, depth: usize) -> Map<String, Value> {
    let Some(own) = schema.as_object() else {
        return Map::new();
    };
    let mut merged = Map::new();
    if depth > 0 {
        for part in parts(own, schemas) {
            merged.extend(resolve(part, schemas, depth - 1));
        }
    }
    // The name of a referred schema says nothing about the field.
    merged.remove("title");
    merged.extend(own.clone());
    merged
}

fn parts<'a>(own: &'a Map<String, Value>, schemas: &'a Map<String, Value>) -> Vec<&'a Value> {
    let mut parts = Vec::new();
    let name = own
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|path| path.rsplit('/').next());
    parts.extend(name.and_then(|name| schemas.get(name)));
    if let Some(all) = own.get("allOf").and_then(Value::as_array) {
        parts.extend(all);
    }
    for key in ["anyOf", "oneOf"] {
        let either = own.get(key).and_then(Value::as_array);
        let mut some = either
            .into_iter()
            .flatten()
            .filter(|part| part.get("type").is_none_or(|name| name != "null"));
        // Several alternatives say nothing certain.
        if let (Some(only), None) = (some.next(), some.next()) {
            parts.push(only);
        }
    }
    parts
}
