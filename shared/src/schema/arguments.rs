//! Arguments against a published schema: mended where only the form is wrong, refused where the schema says no.
//!
//! Covers what our schemas use, and says which keywords it would ignore ([`unchecked_keyword`]); a whole JSON
//! Schema library made the binaries half as large again.

use rmcp::model::JsonObject;
use serde_json::{Number, Value};

use crate::{Error, text};

/// Mend what models commonly get wrong in form, then refuse what the schema does not allow, naming the first
/// field that is wrong.
pub fn check(schema: &JsonObject, arguments: &mut JsonObject) -> Result<(), Error> {
    coerce_object(schema, arguments);
    check_object("", schema, arguments)
}

/// Keywords that [`check`] enforces, and those that only inform.
const ENFORCED: [&str; 14] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "anyOf",
];
const INFORMATIVE: [&str; 5] = ["description", "title", "default", "examples", "format"];

/// The first keyword in the schema that [`check`] would ignore.
pub fn unchecked_keyword(schema: &JsonObject) -> Option<String> {
    for (keyword, value) in schema {
        let inner: Vec<&Value> = match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => properties.values().collect(),
            ("items" | "additionalProperties", value) => vec![value],
            ("anyOf", Value::Array(branches)) => branches.iter().collect(),
            (known, _) if ENFORCED.contains(&known) || INFORMATIVE.contains(&known) => continue,
            (unknown, _) => return Some(unknown.to_owned()),
        };
        let found = inner
            .into_iter()
            .filter_map(Value::as_object)
            .find_map(unchecked_keyword);
        if found.is_some() {
            return found;
        }
    }
    None
}

fn check_object(path: &str, schema: &JsonObject, object: &JsonObject) -> Result<(), Error> {
    let no_properties = JsonObject::new();
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&no_properties);
    let required = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    for name in required {
        if !object.contains_key(name) {
            return Err(Error::invalid(
                within(path, name),
                "it is required and missing",
            ));
        }
    }
    for (name, value) in object {
        let path = within(path, name);
        match (properties.get(name), schema.get("additionalProperties")) {
            (Some(property), _) => check_value(&path, property, value)?,
            (None, Some(Value::Bool(false))) => return Err(unknown_field(&path, properties)),
            (None, Some(others)) => check_value(&path, others, value)?,
            (None, None) => {}
        }
    }
    Ok(())
}

fn unknown_field(path: &str, properties: &JsonObject) -> Error {
    let known: Vec<&str> = properties.keys().map(String::as_str).collect();
    let reason = match known.as_slice() {
        [] => "there is no such argument; none is taken here".into(),
        known => format!("there is no such argument; there are {}", known.join(", ")),
    };
    Error::invalid(text::quote(path), reason)
}

fn check_value(path: &str, schema: &Value, value: &Value) -> Result<(), Error> {
    // `true` and anything that is no object allow everything.
    let Value::Object(schema) = schema else {
        return Ok(());
    };
    let invalid = |reason: String| Err(Error::invalid(path, reason));
    if let Some(Value::Array(branches)) = schema.get("anyOf")
        && branches
            .iter()
            .all(|branch| check_value(path, branch, value).is_err())
    {
        return invalid("it has none of the forms that are allowed".into());
    }
    if let Some(kind) = schema.get("type").filter(|kind| !has_type(kind, value)) {
        return invalid(format!(
            "it must be {}, not {}",
            type_names(kind),
            shown(value)
        ));
    }
    if let Some(Value::Array(allowed)) = schema.get("enum")
        && !allowed.contains(value)
    {
        let allowed: Vec<String> = allowed.iter().map(shown).collect();
        return invalid(format!(
            "it must be one of {}, not {}",
            allowed.join(", "),
            shown(value)
        ));
    }
    if let Some(only) = schema.get("const").filter(|only| *only != value) {
        return invalid(format!("it must be {}, not {}", shown(only), shown(value)));
    }
    match value {
        Value::Number(number) => check_number(path, schema, number),
        Value::String(text) => check_length(
            path,
            schema,
            ["minLength", "maxLength"],
            text.chars().count(),
            "characters",
        ),
        Value::Array(items) => {
            check_length(path, schema, ["minItems", "maxItems"], items.len(), "items")?;
            let Some(schema) = schema.get("items") else {
                return Ok(());
            };
            let mut items = items.iter().enumerate();
            items.try_for_each(|(index, item)| {
                check_value(&within(path, &index.to_string()), schema, item)
            })
        }
        Value::Object(object) => check_object(path, schema, object),
        Value::Null | Value::Bool(_) => Ok(()),
    }
}

fn check_number(path: &str, schema: &JsonObject, number: &Number) -> Result<(), Error> {
    let Some(value) = number.as_f64() else {
        return Ok(());
    };
    let bound = |keyword: &str| schema.get(keyword).filter(|bound| bound.is_number());
    if let Some(least) =
        bound("minimum").filter(|least| least.as_f64().is_some_and(|least| value < least))
    {
        return Err(Error::invalid(
            path,
            format!("{number} is less than the minimum of {least}"),
        ));
    }
    if let Some(most) =
        bound("maximum").filter(|most| most.as_f64().is_some_and(|most| value > most))
    {
        return Err(Error::invalid(
            path,
            format!("{number} is more than the maximum of {most}"),
        ));
    }
    Ok(())
}

fn check_length(
    path: &str,
    schema: &JsonObject,
    bounds: [&str; 2],
    length: usize,
    of: &str,
) -> Result<(), Error> {
    let [least, most] = bounds.map(|keyword| schema.get(keyword).and_then(Value::as_u64));
    let length = length as u64;
    if let Some(least) = least.filter(|least| length < *least) {
        return Err(Error::invalid(
            path,
            format!("it has {length} {of}, fewer than the {least} it needs"),
        ));
    }
    if let Some(most) = most.filter(|most| length > *most) {
        return Err(Error::invalid(
            path,
            format!("it has {length} {of}, more than the {most} allowed"),
        ));
    }
    Ok(())
}

fn has_type(kind: &Value, value: &Value) -> bool {
    match (kind, value) {
        (Value::Array(kinds), value) => kinds.iter().any(|kind| has_type(kind, value)),
        (Value::String(kind), value) => match (kind.as_str(), value) {
            ("integer", Value::Number(number)) => {
                number.as_f64().is_some_and(|number| number.fract() == 0.0)
            }
            ("number", Value::Number(_))
            | ("string", Value::String(_))
            | ("boolean", Value::Bool(_))
            | ("array", Value::Array(_))
            | ("object", Value::Object(_))
            | ("null", Value::Null) => true,
            _ => false,
        },
        _ => true,
    }
}

fn type_names(kind: &Value) -> String {
    let kinds = kind
        .as_array()
        .map_or_else(|| vec![kind], |kinds| kinds.iter().collect());
    let names = kinds
        .into_iter()
        .filter_map(Value::as_str)
        .map(|kind| match kind {
            "integer" => "a whole number",
            "number" => "a number",
            "string" => "a text",
            "boolean" => "true or false",
            "array" => "a list",
            "object" => "an object",
            other => other,
        });
    names.collect::<Vec<_>>().join(" or ")
}

/// A value in an error: short, and on one line.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
        Value::String(original) => format!("`{}`", text::quote(&text::cut(original, 60))),
        other => other.to_string(),
    }
}

fn within(path: &str, name: &str) -> String {
    let name = text::cut(name, 60);
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
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

/// `"3"` for an integer, `3.0` for an integer, `"true"` for a boolean, `"[..]"` for an array, one text for an
/// array of texts, `"{..}"` for an object, `90210` for a string. Anything less obvious stays as it is and is refused.
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
        ("array", Value::String(text)) => list(schema, text),
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

/// A list written as text, or the only text of a list.
fn list(schema: &JsonObject, text: &str) -> Option<Value> {
    let parsed = serde_json::from_str(text).ok().filter(Value::is_array);
    parsed.or_else(|| {
        let items = schema.get("items")?;
        let is_of_texts = items.get("type").is_some_and(|kind| kind == "string");
        let is_broken = text.trim_start().starts_with('[') || text.trim().is_empty();
        (is_of_texts && !is_broken).then(|| Value::from(vec![text]))
    })
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
mod tests;
