//! Published schemas, shaped so that every client and model provider accepts them, and used as they
//! are published: what the schema forbids is refused before a tool runs.

mod arguments;

use std::{collections::BTreeMap, sync::Arc};

use rmcp::model::JsonObject;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

pub use arguments::{check, unchecked_keyword};

/// The schema of a tool's arguments: `#[tool(input_schema = schema::input::<T>(), ..)]`.
///
/// rmcp derives one by itself, but copies it four times on the way, which was most of the time a server took to start.
pub fn input<T: JsonSchema>() -> Arc<JsonObject> {
    derived::<T>(SchemaSettings::draft2020_12())
}

/// The schema of a tool's structured answer: `#[tool(output_schema = schema::output::<T>(), ..)]`.
pub fn output<T: JsonSchema>() -> Arc<JsonObject> {
    derived::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn derived<T: JsonSchema>(settings: SchemaSettings) -> Arc<JsonObject> {
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut shaped = schema.as_object().map(shape).unwrap_or_default();
    // The tool has a description of its own.
    shaped.remove("description");
    Arc::new(shaped)
}

/// What schemars derives, without what clients reject: no `$schema`, no `$ref`, no null unions, no
/// bare booleans, no integer or float formats, no titles; objects are closed.
fn shape(schema: &JsonObject) -> JsonObject {
    let none = Map::new();
    let definitions = schema.get("$defs").and_then(Value::as_object);
    let mut root = shape_object(schema, definitions.unwrap_or(&none), 0);
    root.entry("additionalProperties").or_insert(json!(false));
    root.entry("properties").or_insert(json!({}));
    root
}

/// Deep enough for any argument; a recursive type would never end otherwise.
const DEEPEST: usize = 16;

fn shape_value(schema: &Value, definitions: &Map<String, Value>, depth: usize) -> Value {
    match schema {
        Value::Bool(true) => json!({"type": "object"}),
        Value::Object(object) if depth < DEEPEST => {
            Value::Object(shape_object(object, definitions, depth))
        }
        other => other.clone(),
    }
}

fn shape_object(schema: &JsonObject, definitions: &Map<String, Value>, depth: usize) -> JsonObject {
    let mut flat = BTreeMap::new();
    flatten(schema, definitions, &mut flat, 0);
    let shape_inner = |inner: &Value| shape_value(inner, definitions, depth + 1);
    let mut shaped = JsonObject::new();
    for (keyword, value) in flat {
        let value = match (keyword, value) {
            ("$schema" | "$defs" | "title", _) => continue,
            ("default", Value::Null) => continue,
            ("format", Value::String(format)) if is_numeric(format) => continue,
            ("type", Value::Array(kinds)) => type_without_null(kinds),
            ("enum", Value::Array(values)) => values
                .iter()
                .filter(|value| !value.is_null())
                .cloned()
                .collect(),
            ("properties", Value::Object(properties)) => {
                shaped.entry("additionalProperties").or_insert(json!(false));
                let shape_property =
                    |(name, property): (&String, &Value)| (name.clone(), shape_inner(property));
                Value::Object(properties.iter().map(shape_property).collect())
            }
            ("items", inner) => shape_inner(inner),
            ("additionalProperties", inner @ Value::Object(_)) => shape_inner(inner),
            ("anyOf" | "oneOf" | "allOf", Value::Array(branches)) => {
                branches.iter().map(shape_inner).collect()
            }
            (_, value) => value.clone(),
        };
        shaped.insert(keyword.into(), value);
    }
    shaped
}

/// The keywords of a schema together with those of what it refers to, or of what it is besides null.
/// The schema's own keywords (a description) win.
fn flatten<'a>(
    schema: &'a JsonObject,
    definitions: &'a Map<String, Value>,
    flat: &mut BTreeMap<&'a str, &'a Value>,
    depth: usize,
) {
    let mut referred = None;
    for (keyword, value) in schema {
        match (keyword.as_str(), value) {
            ("$ref", Value::String(reference)) => {
                referred = definitions.get(reference.rsplit('/').next().unwrap_or_default());
            }
            ("anyOf", Value::Array(branches)) if only_besides_null(branches).is_some() => {
                referred = only_besides_null(branches)
            }
            (keyword, value) => {
                flat.entry(keyword).or_insert(value);
            }
        }
    }
    if let Some(Value::Object(referred)) = referred.filter(|_| depth < DEEPEST) {
        flatten(referred, definitions, flat, depth + 1);
    }
}

/// The one alternative that is not null: absent says the same as null, and some clients reject unions.
fn only_besides_null(branches: &[Value]) -> Option<&Value> {
    let mut others = branches
        .iter()
        .filter(|branch| branch.get("type") != Some(&json!("null")));
    others.next().filter(|_| others.next().is_none())
}

fn type_without_null(kinds: &[Value]) -> Value {
    let kinds: Vec<&Value> = kinds.iter().filter(|kind| *kind != "null").collect();
    match kinds.as_slice() {
        [only] => (*only).clone(),
        several => several.iter().copied().cloned().collect(),
    }
}

fn is_numeric(format: &str) -> bool {
    format.starts_with("int") || format.starts_with("uint") || matches!(format, "float" | "double")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_schemas_lose_what_clients_reject() {
        /// Not for the model
        #[derive(schemars::JsonSchema)]
        #[expect(dead_code, reason = "only the schema is used")]
        struct Input {
            count: u8,
            share: Option<f32>,
            unit: Option<Unit>,
            anything: Value,
            inner: Vec<Inner>,
            maybe: Option<Inner>,
        }
        #[derive(schemars::JsonSchema)]
        #[expect(dead_code, reason = "only the schema is used")]
        enum Unit {
            Metric,
            Imperial,
        }
        #[derive(schemars::JsonSchema)]
        #[expect(dead_code, reason = "only the schema is used")]
        struct Inner {
            id: i64,
        }
        let text = serde_json::to_string(&input::<Input>()).unwrap();
        for forbidden in [
            "null",
            "$ref",
            "$defs",
            "$schema",
            "uint",
            "float",
            "int64",
            "title",
            ":true",
            "Not for the model",
        ] {
            assert!(!text.contains(forbidden), "{forbidden} in {text}");
        }
        assert_eq!(text.matches("\"additionalProperties\":false").count(), 3);
    }
}
