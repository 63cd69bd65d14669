//! Holding an input to the schema of its model before anything is sent.

use serde_json::{Map, Value};
use shared::{Error, Result, text};

use super::{Field, InputSchema, Kind, brief};
use crate::api::nearest::nearest;

/// An error tells about so many fields; a model that corrects these sees the others then.
const MOST_PROBLEMS: usize = 8;
/// What an error says is cut to this many characters.
const REASON_CHARACTERS: usize = 3_000;
/// Longer names of fields do not exist.
const FIELD_CHARACTERS: usize = 60;
/// Kontext with a picture refuses a laxer one.
const KONTEXT_SAFETY_TOLERANCE: f64 = 2.0;

/// Input that fits the model.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) input: Map<String, Value>,
    pub(crate) dropped: Vec<Dropped>,
}

/// A field of the caller's that is not sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dropped {
    pub(crate) field: String,
    pub(crate) reason: String,
}

/// Why a value is not usable.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::api) struct Problem {
    pub(in crate::api) field: String,
    pub(in crate::api) reason: String,
}

/// One error for the first few of them; `None` when there is none.
pub(in crate::api) fn error(problems: Vec<Problem>) -> Option<Error> {
    let mut problems = problems.into_iter().take(MOST_PROBLEMS);
    let Problem { field, mut reason } = problems.next()?;
    for Problem { field, reason: why } in problems {
        reason.push_str(&format!("; also `{field}`: {why}"));
    }
    Some(Error::invalid(field, text::cut(&reason, REASON_CHARACTERS)))
}

impl InputSchema {
    /// Drop what the model does not take, say so, and refuse values that it would refuse;
    /// the error names every such field and what is valid. Null counts as absent.
    pub(crate) fn check(&self, input: Map<String, Value>) -> Result<Checked> {
        let (known, unknown) = self.split(input);
        let (mut checked, problems) = self.fit(known);
        match error(problems) {
            Some(error) => Err(error),
            None => {
                let dropped = unknown.into_iter().map(|field| Dropped {
                    reason: format!("{} has no `{field}`", self.model),
                    field,
                });
                checked.dropped.extend(dropped);
                Ok(checked)
            }
        }
    }

    /// The same, but a field that the model does not take is an error, which lists those it takes.
    pub(crate) fn check_exact(&self, input: Map<String, Value>) -> Result<Checked> {
        let (known, unknown) = self.split(input);
        let (checked, fitting) = self.fit(known);
        let mut problems: Vec<Problem> = unknown
            .into_iter()
            .map(|field| Problem {
                reason: self.no_such_field(&field),
                field,
            })
            .collect();
        if let Some(last) = problems.last_mut() {
            let names: Vec<&str> = self.names().collect();
            last.reason
                .push_str(&format!("; it takes {}", names.join(", ")));
        }
        problems.extend(fitting);
        match error(problems) {
            Some(error) => Err(error),
            None => Ok(checked),
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }

    fn no_such_field(&self, field: &str) -> String {
        match nearest(field, self.names(), 1).first() {
            Some(near) => format!("{} has no such field, did you mean `{near}`", self.model),
            None => format!("{} has no such field", self.model),
        }
    }

    /// What the model takes, and the names of what it does not, fit to be shown.
    fn split(&self, input: Map<String, Value>) -> (Map<String, Value>, Vec<String>) {
        let (mut known, mut unknown) = (Map::new(), Vec::new());
        for (name, value) in input {
            if value.is_null() {
                continue;
            }
            if self.field(&name).is_some() {
                known.insert(name, value);
            } else {
                unknown.push(text::cut(&text::quote(&name), FIELD_CHARACTERS));
            }
        }
        (known, unknown)
    }

    /// Every value in the form the model wants, and all that cannot be.
    fn fit(&self, mut given: Map<String, Value>) -> (Checked, Vec<Problem>) {
        let mut checked = Checked {
            input: Map::new(),
            dropped: Vec::new(),
        };
        let mut problems = Vec::new();
        for field in &self.fields {
            let reason = match given.remove(&field.name) {
                Some(value) => match fit(field, value) {
                    Ok(value) => {
                        checked.input.insert(field.name.clone(), value);
                        continue;
                    }
                    Err(found) => format!("{found}, and {} takes {}", self.model, field.valid()),
                },
                None if field.is_required => {
                    format!("{} needs it: {}", self.model, field.valid())
                }
                None => continue,
            };
            problems.push(Problem {
                field: field.name.clone(),
                reason,
            });
        }
        problems.extend(self.too_lax(&checked.input));
        self.drop_ignored(&mut checked);
        (checked, problems)
    }

    /// What the model would ignore, because the shape of the picture is told in another way.
    fn drop_ignored(&self, checked: &mut Checked) {
        let Some(ratio) = self.field("aspect_ratio") else {
            return;
        };
        if !ratio.choices.iter().any(|choice| choice == "custom") {
            return;
        }
        let is_custom = checked
            .input
            .get("aspect_ratio")
            .or(ratio.default.as_ref())
            .is_some_and(|value| value == "custom");
        let ignored: &[_] = if is_custom {
            &[("resolution", "does not count with aspect_ratio=custom")]
        } else {
            let reason = "counts only with aspect_ratio=custom";
            &[("width", reason), ("height", reason)]
        };
        for (field, reason) in ignored {
            if checked.input.remove(*field).is_some() {
                checked.dropped.push(Dropped {
                    field: (*field).into(),
                    reason: format!("`{field}` {reason}"),
                });
            }
        }
    }

    fn too_lax(&self, input: &Map<String, Value>) -> Option<Problem> {
        let tolerance = input.get("safety_tolerance")?;
        let is_kontext = self.model.starts_with("flux-kontext-");
        let is_lax = tolerance.as_f64()? > KONTEXT_SAFETY_TOLERANCE;
        (is_kontext && is_lax && input.contains_key("input_image")).then(|| Problem {
            field: "safety_tolerance".into(),
            reason: format!(
                "{tolerance} is too high: {} takes at most {KONTEXT_SAFETY_TOLERANCE} with an `input_image`",
                self.model
            ),
        })
    }
}

/// The value in the form the field wants, changed only where nothing is lost; else what is wrong with it.
fn fit(field: &Field, value: Value) -> std::result::Result<Value, String> {
    let not_it = |value: &Value| format!("{} does not fit", brief(value));
    let value = match shape(field.kind, value) {
        Ok(value) => value,
        Err(value) => return Err(not_it(&value)),
    };
    if !field.choices.is_empty() {
        return chosen(&field.choices, &value).ok_or_else(|| not_it(&value));
    }
    if let Some(number) = value.as_f64() {
        let is_low = field.minimum.is_some_and(|minimum| number < minimum);
        let is_high = field.maximum.is_some_and(|maximum| number > maximum);
        if is_low || is_high {
            return Err(not_it(&value));
        }
    }
    match (value.as_array(), field.most_items) {
        (Some(items), Some(most)) if items.len() > most => {
            Err(format!("{} are too many", items.len()))
        }
        _ => Ok(value),
    }
}

/// The value as this kind, or the value as it was.
fn shape(kind: Kind, value: Value) -> std::result::Result<Value, Value> {
    match (kind, value) {
        (Kind::Text | Kind::File, value @ Value::String(_)) => Ok(value),
        (Kind::Text, value @ (Value::Number(_) | Value::Bool(_))) => {
            Ok(without_fraction(value).to_string().into())
        }
        (Kind::Integer | Kind::Number, Value::String(text)) => {
            let number = text.trim().parse::<Value>();
            match number {
                Ok(number @ Value::Number(_)) => {
                    shape(kind, number).map_err(|_| Value::String(text))
                }
                _ => Err(Value::String(text)),
            }
        }
        (Kind::Integer, value @ Value::Number(_)) => match without_fraction(value) {
            value if value.is_f64() => Err(value),
            value => Ok(value),
        },
        (Kind::Number, value @ Value::Number(_)) => Ok(value),
        (Kind::Boolean, value @ Value::Bool(_)) => Ok(value),
        (Kind::Boolean, Value::String(text)) => match text.trim() {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err(Value::String(text)),
        },
        (Kind::File, Value::Array(mut items)) => match items.as_slice() {
            [Value::String(_)] => items.pop().ok_or(Value::Null),
            _ => Err(Value::Array(items)),
        },
        (Kind::Files, Value::Array(items)) if !items.iter().all(Value::is_string) => {
            Err(Value::Array(items))
        }
        (Kind::Files | Kind::List, value @ Value::Array(_)) => Ok(value),
        (Kind::Files | Kind::List, value @ (Value::String(_) | Value::Number(_)))
            if kind == Kind::List || value.is_string() =>
        {
            Ok(Value::Array(vec![value]))
        }
        (Kind::Object, value @ Value::Object(_)) | (Kind::Any, value) => Ok(value),
        (_, value) => Err(value),
    }
}

/// `4.0` as `4`; other values as they are.
pub(in crate::api) fn without_fraction(value: Value) -> Value {
    // Beyond this a float is no longer every whole number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value.as_f64() {
        Some(number) if value.is_f64() && number.fract() == 0.0 && number.abs() < EXACT => {
            (number as i64).into()
        }
        _ => value,
    }
}

/// The choice that is meant: the same value, or the same word in other letters.
fn chosen(choices: &[Value], value: &Value) -> Option<Value> {
    let is_same =
        |choice: &&Value| without_fraction((*choice).clone()) == *value || *choice == value;
    if let Some(choice) = choices.iter().find(is_same) {
        return Some(choice.clone());
    }
    let word = value.as_str()?.trim();
    let word = if word.eq_ignore_ascii_case("jpeg") {
        "jpg"
    } else {
        word
    };
    let is_word = |choice: &&Value| {
        choice
            .as_str()
            .is_some_and(|text| text.eq_ignore_ascii_case(word))
    };
    choices.iter().find(is_word).cloned()
}
