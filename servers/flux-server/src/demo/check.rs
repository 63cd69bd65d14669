//! What Replicate refuses before it starts anything, and how it says so.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Refusal, models::Known};

/// One complaint: its kind, the field, and the sentence.
type Complaint = (&'static str, String, String);

/// Hold the input to the model's schema.
pub(super) fn check(model: &Known, input: &Map<String, Value>) -> Result<(), Refusal> {
    let mut complaints: Vec<Complaint> = Vec::new();
    for name in &model.input.required {
        if !input.contains_key(name) {
            complaints.push(("required", "input".into(), format!("{name} is required")));
        }
    }
    for (name, value) in input {
        match model.input.properties.get(name) {
            Some(schema) => complaints.extend(complaint(name, schema, value)),
            None => complaints.push((
                "additional_property_not_allowed",
                "input".into(),
                format!("Additional property {name} is not allowed"),
            )),
        }
    }
    match complaints.is_empty() {
        true => Ok(()),
        false => Err(refusal(&complaints)),
    }
}

/// A field beside `input` that the request may not have.
pub(super) fn check_body(
    body: &Map<String, Value>,
    allowed: &[&str],
) -> Result<Map<String, Value>, Refusal> {
    let stray = body.keys().find(|name| !allowed.contains(&name.as_str()));
    if let Some(name) = stray {
        let sentence = format!("Additional property {name} is not allowed");
        let kind = "additional_property_not_allowed";
        return Err(refusal(&[(kind, "(root)".into(), sentence)]));
    }
    match body.get("input").and_then(Value::as_object) {
        Some(input) => Ok(input.clone()),
        None => Err(refusal(&[(
            "required",
            "(root)".into(),
            "input is required".into(),
        )])),
    }
}

pub(super) fn unknown_version() -> Refusal {
    Refusal::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "Invalid version or not permitted",
        "The specified version does not exist (or perhaps you don't have permission to use it?)",
    )
}

fn complaint(name: &str, schema: &Value, value: &Value) -> Option<Complaint> {
    let field = format!("input.{name}");
    let expected = schema.get("type")?.as_str()?;
    let given = kind_of(value);
    let fits = expected == given || (expected == "number" && given == "integer");
    if !fits {
        let sentence = format!("Invalid type. Expected: {expected}, given: {given}");
        return Some(("invalid_type", field, sentence));
    }
    let choices = schema.get("enum").and_then(Value::as_array);
    if let Some(choices) = choices.filter(|choices| !choices.contains(value)) {
        let choices: Vec<String> = choices.iter().map(Value::to_string).collect();
        let choices = choices.join(", ");
        let sentence = format!("{name} must be one of the following: {choices}");
        return Some(("enum", field, sentence));
    }
    let number = |key: &str| schema.get(key).and_then(Value::as_f64);
    if let (Some(least), Some(value)) = (number("minimum"), value.as_f64())
        && value < least
    {
        let sentence = format!("Must be greater than or equal to {least}");
        return Some(("number_gte", field, sentence));
    }
    if let (Some(most), Some(value)) = (number("maximum"), value.as_f64())
        && value > most
    {
        let sentence = format!("Must be less than or equal to {most}");
        return Some(("number_lte", field, sentence));
    }
    if let (Some(most), Some(items)) = (number("maxItems"), value.as_array())
        && items.len() as f64 > most
    {
        let sentence = format!("Array must have at most {most} items");
        return Some(("array_max_items", field, sentence));
    }
    None
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn refusal(complaints: &[Complaint]) -> Refusal {
    let line = |(_, field, sentence): &Complaint| format!("- {field}: {sentence}\n");
    let part = |(kind, field, sentence): &Complaint| json!({"type": kind, "field": field, "description": sentence});
    Refusal(
        StatusCode::UNPROCESSABLE_ENTITY,
        json!({
            "title": "Input validation failed",
            "detail": complaints.iter().map(line).collect::<String>(),
            "status": 422,
            "invalid_fields": complaints.iter().map(part).collect::<Vec<_>>(),
        }),
    )
}
