use serde_json::json;

use super::*;

fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(object) => object,
        _ => panic!("not an object"),
    }
}

fn schema() -> JsonObject {
    object(json!({
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
    }))
}

fn checked(value: Value) -> Result<Value, String> {
    let mut object = object(value);
    check(&schema(), &mut object).map_err(|error| error.to_text())?;
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
    assert_eq!(
        checked(json!({"city": "Oslo", "cities": "Bergen"})).unwrap(),
        json!({"city": "Oslo", "cities": ["Bergen"]})
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
        (json!({"city": "Oslo", "cities": "[Bergen"}), "`cities`"),
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
fn an_alternative_allows_what_one_of_its_forms_allows() {
    let schema = object(json!({
        "properties": {"image": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 1}]}}
    }));
    let allows = |image: Value| check(&schema, &mut object(json!({"image": image}))).is_ok();
    assert!(allows(json!("a")) && allows(json!(["a"])));
    assert!(!allows(json!(["a", "b"])) && !allows(json!(1)));
}

#[test]
fn a_keyword_that_would_be_ignored_is_named() {
    assert_eq!(unchecked_keyword(&schema()), None);
    let inner = object(json!({"properties": {"a": {"items": {"pattern": "^x"}}}}));
    assert_eq!(unchecked_keyword(&inner).as_deref(), Some("pattern"));
}

/// Any JSON value, small enough to hit the schema's edges often.
fn any_value(random: &mut fastrand::Rng, depth: u8) -> Value {
    let names = ["city", "days", "wind", "cities", "place", "lat", "other"];
    match random.u8(0..if depth == 0 { 7 } else { 9 }) {
        0 => Value::Null,
        1 => json!(random.bool()),
        2 => json!(random.i32(-2..20)),
        3 => json!(f64::from(random.i32(-4..40)) / 2.0),
        4 => json!(""),
        5 => json!("Oslo"),
        6 => json!("12"),
        7 => (0..random.usize(0..3))
            .map(|_| any_value(random, depth - 1))
            .collect(),
        _ => any_object(random, depth - 1, &names),
    }
}

fn any_object(random: &mut fastrand::Rng, depth: u8, names: &[&str]) -> Value {
    let pick =
        |random: &mut fastrand::Rng| random.choice(names).copied().unwrap_or_default().to_owned();
    let fields = (0..random.usize(0..5)).map(|_| (pick(random), any_value(random, depth)));
    Value::Object(fields.collect())
}

#[test]
fn the_verdict_is_that_of_a_whole_json_schema_library() {
    let library = jsonschema::validator_for(&Value::Object(schema())).unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    let mut allowed = 0;
    for _ in 0..20_000 {
        let value = any_object(
            &mut random,
            2,
            &["city", "days", "wind", "cities", "place", "other"],
        );
        let ours = check_object("", &schema(), &object(value.clone())).is_ok();
        assert_eq!(ours, library.is_valid(&value), "{value}");
        allowed += usize::from(ours);
    }
    assert!(
        allowed > 100,
        "only {allowed} of the values are allowed: the comparison says little"
    );
}
