//! Published schemas, shaped so that every client and model provider accepts them, and used as they
//! are published: what the schema forbids is refused before a tool runs.

mod arguments;

use rmcp::model::JsonObject;
use serde_json::{Map, Value, json};

pub use arguments::{check, unchecked_keyword};

/// What schemars derives, without what clients reject: no `$schema`, no `$ref`, no null unions, no
/// bare booleans, no integer or float formats, no titles; objects are closed.
pub fn shape(schema: &JsonObject) -> JsonObject {
    let mut schema = schema.clone();
    let definitions = match schema.remove("$defs") {
        Some(Value::Object(definitions)) => definitions,
        _ => Map::new(),
    };
    schema.remove("$schema");
    let mut root = Value::Object(schema);
    shape_value(&mut root, &definitions, 0);
    match root {
        Value::Object(mut root) => {
            root.entry("additionalProperties").or_insert(json!(false));
            root.entry("properties").or_insert(json!({}));
            root
        }
        _ => Map::new(),
    }
}

/// Deep enough for any argument; a recursive type would never end otherwise.
const DEEPEST: usize = 16;

fn shape_value(schema: &mut Value, definitions: &Map<String, Value>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    if *schema == json!(true) {
        *schema = json!({"type": "object"});
    }
    let Value::Object(object) = schema else {
        return;
    };
    // An optional field is a union of null and a reference, and its definition may hold a null too.
    drop_null(object);
    inline_reference(object, definitions);
    drop_null(object);
    object.remove("title");
    let numeric_format = object
        .get("format")
        .and_then(Value::as_str)
        .is_some_and(|format| {
            format.starts_with("int")
                || format.starts_with("uint")
                || matches!(format, "float" | "double")
        });
    if numeric_format {
        object.remove("format");
    }
    if object.contains_key("properties") {
        object.entry("additionalProperties").or_insert(json!(false));
    }
    for keyword in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(keyword).filter(|inner| inner.is_object()) {
            shape_value(inner, definitions, depth + 1);
        }
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        for property in properties.values_mut() {
            shape_value(property, definitions, depth + 1);
        }
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        if let Some(Value::Array(branches)) = object.get_mut(keyword) {
            for branch in branches {
                shape_value(branch, definitions, depth + 1);
            }
        }
    }
}

/// Put the definition in place of `$ref`; keywords beside it (a description) win.
fn inline_reference(object: &mut JsonObject, definitions: &Map<String, Value>) {
    let Some(Value::String(reference)) = object.remove("$ref") else {
        return;
    };
    let name = reference.rsplit('/').next().unwrap_or_default();
    if let Some(Value::Object(definition)) = definitions.get(name) {
        for (keyword, value) in definition {
            object.entry(keyword).or_insert_with(|| value.clone());
        }
    }
    // A definition may itself be a reference.
    if object.contains_key("$ref") {
        inline_reference(object, definitions);
    }
}

/// Absent says the same as null, and some clients reject unions.
fn drop_null(object: &mut JsonObject) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".into(), only);
        }
        if let Some(Value::Array(values)) = object.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
    }
    if let Some(Value::Array(mut branches)) = object.remove("anyOf") {
        branches.retain(|branch| *branch != json!({"type": "null"}));
        match branches.as_slice() {
            [Value::Object(only)] => {
                for (keyword, value) in only {
                    object.entry(keyword).or_insert_with(|| value.clone());
                }
            }
            _ => {
                object.insert("anyOf".into(), Value::Array(branches));
            }
        }
    }
    if object.get("default") == Some(&Value::Null) {
        object.remove("default");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_schemas_lose_what_clients_reject() {
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
        let derived = rmcp::handler::server::tool::schema_for_type::<Input>();
        let text = serde_json::to_string(&shape(&derived)).unwrap();
        for forbidden in [
            "null", "$ref", "$defs", "$schema", "uint", "float", "int64", "title", ":true",
        ] {
            assert!(!text.contains(forbidden), "{forbidden} in {text}");
        }
        assert_eq!(text.matches("\"additionalProperties\":false").count(), 3);
    }
}
