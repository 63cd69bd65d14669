//! Schemas that every client and every model provider accepts.

use serde_json::{Map, Value};
use shared::schema::unchecked_keyword;

/// Some providers reject these at the root of an input schema.
const NOT_AT_THE_ROOT: [&str; 3] = ["anyOf", "oneOf", "allOf"];
const NOWHERE: [&str; 4] = ["$ref", "$defs", "$schema", "nullable"];
const NUMERIC_FORMATS: [&str; 4] = ["int", "uint", "float", "double"];

pub(super) fn broken_input(schema: &Value) -> Vec<String> {
    let mut broken = broken(schema, "input");
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        broken.push("input: the root is open to unknown arguments".into());
    }
    if let Some(keyword) = schema.as_object().and_then(unchecked_keyword) {
        broken.push(format!("input: nothing enforces `{keyword}`"));
    }
    undescribed(schema, "input", &mut broken);
    broken
}

pub(super) fn broken_output(schema: &Value) -> Vec<String> {
    broken(schema, "output")
}

fn broken(schema: &Value, path: &str) -> Vec<String> {
    let mut broken = Vec::new();
    if schema.get("type") != Some(&Value::from("object")) {
        broken.push(format!("{path}: the root is not an object"));
    }
    for keyword in NOT_AT_THE_ROOT {
        if schema.get(keyword).is_some() {
            broken.push(format!("{path}: `{keyword}` at the root"));
        }
    }
    if let Err(error) = jsonschema::meta::validate(schema) {
        broken.push(format!("{path}: not a JSON Schema: {error}"));
    }
    walk(schema, path, &mut broken);
    broken
}

fn walk(schema: &Value, path: &str, broken: &mut Vec<String>) {
    let Value::Object(schema) = schema else {
        broken.push(format!("{path}: `{schema}` is not a schema with a type"));
        return;
    };
    for keyword in NOWHERE {
        if schema.contains_key(keyword) {
            broken.push(format!("{path}: `{keyword}`"));
        }
    }
    if allows_null(schema) {
        broken.push(format!("{path}: allows null"));
    }
    let format = schema.get("format").and_then(Value::as_str);
    if let Some(format) = format.filter(|format| is_numeric(format)) {
        broken.push(format!("{path}: format `{format}`"));
    }
    for (name, inner) in inner(schema) {
        walk(inner, &format!("{path}.{name}"), broken);
    }
}

fn is_numeric(format: &str) -> bool {
    NUMERIC_FORMATS
        .iter()
        .any(|numeric| format.starts_with(numeric))
}

fn allows_null(schema: &Map<String, Value>) -> bool {
    let null = Value::from("null");
    let has_null_type = match schema.get("type") {
        Some(Value::Array(types)) => types.contains(&null),
        kind => kind == Some(&null),
    };
    let values = schema.get("enum").and_then(Value::as_array);
    has_null_type
        || schema.get("default") == Some(&Value::Null)
        || values.is_some_and(|values| values.contains(&Value::Null))
}

/// The schemas directly inside a schema, with a name for messages.
fn inner(schema: &Map<String, Value>) -> Vec<(String, &Value)> {
    let mut all = Vec::new();
    if let Some(Value::Object(properties)) = schema.get("properties") {
        all.extend(properties.iter().map(|(name, inner)| (name.clone(), inner)));
    }
    if let Some(items) = schema.get("items") {
        all.push(("items".into(), items));
    }
    // Here a boolean is common and understood: open or closed.
    let additional = schema.get("additionalProperties");
    if let Some(additional) = additional.filter(|additional| !additional.is_boolean()) {
        all.push(("additionalProperties".into(), additional));
    }
    for keyword in NOT_AT_THE_ROOT {
        let branches = schema.get(keyword).and_then(Value::as_array);
        all.extend(
            branches
                .into_iter()
                .flatten()
                .map(|branch| (keyword.into(), branch)),
        );
    }
    all
}

/// A model fills in a field by its description.
fn undescribed(schema: &Value, path: &str, broken: &mut Vec<String>) {
    let Value::Object(schema) = schema else {
        return;
    };
    if let Some(Value::Object(properties)) = schema.get("properties") {
        for (name, property) in properties {
            let description = property.get("description").and_then(Value::as_str);
            if description.unwrap_or_default().trim().is_empty() {
                broken.push(format!("{path}.{name}: no description"));
            }
        }
    }
    for (name, inner) in inner(schema) {
        undescribed(inner, &format!("{path}.{name}"), broken);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with_field(field: Value) -> Value {
        json!({"type": "object", "additionalProperties": false, "properties": {"field": field}})
    }

    #[test]
    fn a_plain_closed_object_is_accepted() {
        let field = json!({"type": "array", "description": "Names.", "items": {"type": "string", "minLength": 1}});
        assert_eq!(broken_input(&with_field(field)), Vec::<String>::new());
    }

    #[test]
    fn every_flaw_of_a_field_is_named() {
        for (field, flaw) in [
            (
                json!({"type": ["string", "null"], "description": "x"}),
                "allows null",
            ),
            (
                json!({"anyOf": [{"type": "string"}, {"type": "null"}], "description": "x"}),
                "allows null",
            ),
            (
                json!({"enum": ["a", null], "description": "x"}),
                "allows null",
            ),
            (json!(true), "not a schema"),
            (
                json!({"type": "integer", "format": "uint8", "description": "x"}),
                "uint8",
            ),
            (json!({"$ref": "#/$defs/x", "description": "x"}), "$ref"),
            (
                json!({"type": "string", "pattern": "^a", "description": "x"}),
                "nothing enforces `pattern`",
            ),
            (json!({"type": "string"}), "no description"),
            (
                json!({"type": "text", "description": "x"}),
                "not a JSON Schema",
            ),
            (
                json!({"type": "object", "description": "x", "properties": {"inner": {"type": "string"}}}),
                "input.field.inner: no description",
            ),
        ] {
            let found = broken_input(&with_field(field.clone()));
            assert!(
                found.iter().any(|what| what.contains(flaw)),
                "{field}: {found:?}"
            );
        }
    }

    #[test]
    fn every_flaw_of_the_root_is_named() {
        for (schema, flaw) in [
            (
                json!({"type": "array", "additionalProperties": false}),
                "not an object",
            ),
            (json!({"type": "object"}), "open to unknown"),
            (
                json!({"type": "object", "additionalProperties": false, "oneOf": []}),
                "`oneOf` at the root",
            ),
        ] {
            let found = broken_input(&schema);
            assert!(
                found.iter().any(|what| what.contains(flaw)),
                "{schema}: {found:?}"
            );
        }
    }
}
