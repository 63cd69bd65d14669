//! Published schemas, shaped so that every client and model provider accepts them, and used as they
//! are published: what the schema forbids is refused before a tool runs.

use std::sync::{Arc, OnceLock};

use rmcp::model::JsonObject;
use serde_json::{Map, Value, json};

use crate::Error;

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

/// Checks arguments against a published schema. Compiled on first use: starting must stay fast.
pub(crate) struct Arguments {
    schema: Arc<JsonObject>,
    validator: OnceLock<Option<jsonschema::Validator>>,
}

impl Arguments {
    pub(crate) fn new(schema: Arc<JsonObject>) -> Self {
        Self {
            schema,
            validator: OnceLock::new(),
        }
    }

    /// Mend what models commonly get wrong in form, then refuse what the schema does not allow,
    /// naming the first field that is wrong.
    pub(crate) fn check(&self, arguments: &mut JsonObject) -> Result<(), Error> {
        coerce_object(&self.schema, arguments);
        let validator = self.validator.get_or_init(|| {
            let schema = Value::Object((*self.schema).clone());
            jsonschema::validator_for(&schema).ok()
        });
        let Some(validator) = validator else {
            tracing::error!("a published schema is not a valid JSON Schema");
            return Err(Error::Internal);
        };
        let value = Value::Object(std::mem::take(arguments));
        let outcome = match validator.iter_errors(&value).next() {
            None => Ok(()),
            Some(error) => Err(self.explain(&error)),
        };
        if let Value::Object(back) = value {
            *arguments = back;
        }
        outcome
    }

    fn explain(&self, error: &jsonschema::ValidationError<'_>) -> Error {
        use jsonschema::error::ValidationErrorKind as Kind;
        let path = error.instance_path().to_string();
        let path = path.trim_start_matches('/').replace('/', ".");
        let within = |name: &str| match path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        match error.kind() {
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                Error::invalid(within(name), "it is required and missing")
            }
            Kind::AdditionalProperties { unexpected } => {
                let name = unexpected.first().map(String::as_str).unwrap_or_default();
                let known: Vec<&str> = self
                    .properties()
                    .map(|all| all.keys().map(String::as_str).collect())
                    .unwrap_or_default();
                let reason = match known.as_slice() {
                    [] => "there is no such argument; this tool takes none".into(),
                    known => format!("there is no such argument; there are {}", known.join(", ")),
                };
                Error::invalid(crate::text::quote(&within(name)), reason)
            }
            _ => Error::invalid(
                if path.is_empty() {
                    "arguments".to_owned()
                } else {
                    path
                },
                crate::text::quote(&error.to_string()),
            ),
        }
    }

    fn properties(&self) -> Option<&JsonObject> {
        self.schema.get("properties")?.as_object()
    }
}

fn coerce_object(schema: &JsonObject, object: &mut JsonObject) {
    let Some(Value::Object(properties)) = schema.get("properties") else {
        return;
    };
    let required = |name: &str| {
        let names = schema.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|required| required == name))
    };
    // Null for an optional argument means that it was left out.
    object
        .retain(|name, value| !value.is_null() || required(name) || !properties.contains_key(name));
    for (name, value) in object.iter_mut() {
        if let Some(Value::Object(schema)) = properties.get(name) {
            coerce(schema, value);
        }
    }
}

/// `"3"` for an integer, `3.0` for an integer, `"true"` for a boolean, `"[..]"` for an array,
/// `"{..}"` for an object, `90210` for a string. Anything less obvious stays as it is and is refused.
fn coerce(schema: &JsonObject, value: &mut Value) {
    let kind = schema
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let better = match (kind, &*value) {
        ("integer", Value::Number(number)) => whole(number.as_f64()),
        ("integer", Value::String(text)) => {
            let text = text.trim();
            text.parse::<i64>()
                .ok()
                .map(Value::from)
                .or_else(|| whole(text.parse().ok()))
        }
        ("number", Value::String(text)) => text
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(Value::from),
        ("boolean", Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        ("string", Value::Number(number)) => Some(Value::String(number.to_string())),
        ("array", Value::String(text)) => serde_json::from_str(text).ok().filter(Value::is_array),
        ("object", Value::String(text)) => serde_json::from_str(text).ok().filter(Value::is_object),
        _ => None,
    };
    if let Some(better) = better {
        *value = better;
    }
    match value {
        Value::Object(object) => coerce_object(schema, object),
        Value::Array(items) => {
            if let Some(Value::Object(schema)) = schema.get("items") {
                items.iter_mut().for_each(|item| coerce(schema, item));
            }
        }
        _ => {}
    }
}

/// An integer written as `3.0`, where that is exact.
fn whole(number: Option<f64>) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number = number.filter(|number| number.fract() == 0.0 && number.abs() <= EXACT)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole and within the exact range"
    )]
    let number = number as i64;
    Some(Value::from(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> JsonObject {
        match value {
            Value::Object(object) => object,
            _ => panic!("not an object"),
        }
    }

    fn arguments() -> Arguments {
        Arguments::new(Arc::new(object(json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["city"],
            "properties": {
                "city": {"type": "string", "minLength": 1},
                "days": {"type": "integer", "minimum": 1, "maximum": 16},
                "wind": {"type": "boolean"},
                "cities": {"type": "array", "items": {"type": "string"}},
                "place": {"type": "object", "properties": {"lat": {"type": "number"}}, "additionalProperties": false}
            }
        }))))
    }

    fn checked(value: Value) -> Result<Value, String> {
        let mut object = object(value);
        arguments()
            .check(&mut object)
            .map_err(|error| error.to_text())?;
        Ok(Value::Object(object))
    }

    #[test]
    fn arguments_in_the_wrong_form_are_mended() {
        let sent = json!({"city": 90210, "days": "3", "wind": "True", "cities": "[\"Oslo\", 5]", "place": "{\"lat\": \"1.5\"}"});
        let meant = json!({"city": "90210", "days": 3, "wind": true, "cities": ["Oslo", "5"], "place": {"lat": 1.5}});
        assert_eq!(checked(sent).unwrap(), meant);
        assert_eq!(
            checked(json!({"city": "Oslo", "days": 3.0, "wind": null})).unwrap(),
            json!({"city": "Oslo", "days": 3})
        );
    }

    #[test]
    fn what_the_schema_forbids_is_refused_with_the_name_of_the_field() {
        for (sent, field) in [
            (json!({}), "`city` is not usable: it is required"),
            (json!({"city": null}), "`city`"),
            (json!({"city": "Oslo", "days": 99}), "`days`"),
            (json!({"city": "Oslo", "days": 2.5}), "`days`"),
            (json!({"city": "Oslo", "days": "soon"}), "`days`"),
            (json!({"city": "Oslo", "wind": "maybe"}), "`wind`"),
            (json!({"city": "Oslo", "cities": [true]}), "`cities.0`"),
            (
                json!({"city": "Oslo", "town": "Bergen"}),
                "`town` is not usable: there is no such argument; there are cities, city",
            ),
            (json!({"city": "Oslo", "place": {"lon": 1}}), "`place.lon`"),
        ] {
            let text = checked(sent.clone()).unwrap_err();
            assert!(text.contains(field), "{sent}: {text}");
        }
    }

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
