//! The models that the imitation knows, and how Replicate describes a model.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::{
    Json,
    extract::{Path, Query},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{Refusal, hex, not_found};

/// One model.
#[derive(Debug, Deserialize)]
pub(super) struct Known {
    owner: String,
    name: String,
    /// Runs by its name; the others need a version.
    pub(super) is_official: bool,
    description: String,
    pub(super) makes: Makes,
    pub(super) input: Input,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Makes {
    /// A list of URLs.
    Pictures,
    /// One URL.
    Picture,
    /// A list of chunks.
    Text,
    /// One URL.
    Sound,
}

/// What a model takes, as a JSON schema.
#[derive(Debug, Deserialize)]
pub(super) struct Input {
    pub(super) required: Vec<String>,
    /// `x-order` tells the order in which Replicate shows them.
    pub(super) properties: Map<String, Value>,
}

/// The FLUX models are those of the built-in table.
#[derive(Default, Deserialize)]
struct Table {
    models: BTreeMap<String, Input>,
}

// A test reads both files.
static MODELS: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let table: Table =
        serde_json::from_str(include_str!("../../data/inputs.json")).unwrap_or_default();
    let others: Vec<Known> = serde_json::from_str(include_str!("models.json")).unwrap_or_default();
    let flux = table.models.into_iter().map(flux);
    flux.chain(others).collect()
});

fn flux((name, input): (String, Input)) -> Known {
    let is_list = input.properties.contains_key("num_outputs") || name.contains("klein");
    Known {
        owner: "black-forest-labs".into(),
        description: format!("DEMO: {name} makes an image"),
        name,
        is_official: true,
        makes: match is_list {
            true => Makes::Pictures,
            false => Makes::Picture,
        },
        input,
    }
}

pub(super) fn all() -> &'static [Known] {
    &MODELS
}

pub(super) fn find(owner: &str, name: &str) -> Option<&'static Known> {
    let mut all = MODELS.iter();
    all.find(|model| model.owner == owner && model.name == name)
}

/// By what `POST /predictions` calls `version`: 64 digits, `owner/name:digits`, or an official `owner/name`.
pub(super) fn find_version(version: &str) -> Option<&'static Known> {
    MODELS.iter().find(|model| {
        let name = model.full_name();
        let id = model.version();
        version == id || version == format!("{name}:{id}") || (model.is_official && version == name)
    })
}

impl Known {
    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    pub(super) fn default_of(&self, field: &str) -> Option<&Value> {
        self.input.properties.get(field)?.get("default")
    }

    /// What a prediction shows.
    pub(super) fn shown_version(&self) -> String {
        match self.makes {
            Makes::Picture => "hidden".into(),
            _ => self.version(),
        }
    }

    fn version(&self) -> String {
        hex(&Sha256::digest(self.full_name()))
    }

    fn body(&self) -> Value {
        let name = self.full_name();
        json!({
            "url": format!("https://replicate.com/{name}"),
            "owner": self.owner,
            "name": self.name,
            "description": self.description,
            "visibility": "public",
            "github_url": null,
            "paper_url": null,
            "license_url": null,
            "run_count": 1_000,
            "cover_image_url": null,
            "default_example": null,
            "is_official": self.is_official,
            "latest_version": {
                "id": self.version(),
                "created_at": "2026-01-01T00:00:00.000000Z",
                "cog_version": "0.16.9",
                "openapi_schema": self.openapi(),
            },
        })
    }

    /// As the tool makes it that packs models for Replicate: lists of choices stand apart, the order is a number.
    fn openapi(&self) -> Value {
        let mut schemas = Map::new();
        let mut properties = Map::new();
        for (name, schema) in &self.input.properties {
            let mut property = schema.as_object().cloned().unwrap_or_default();
            if let Some(choices) = property.remove("enum") {
                let kind = property.remove("type");
                let choices = json!({"type": kind, "enum": choices, "title": name, "description": "An enumeration."});
                schemas.insert(name.clone(), choices);
                let reference = json!([{"$ref": format!("#/components/schemas/{name}")}]);
                property.insert("allOf".into(), reference);
            } else {
                property.insert("title".into(), title(name).into());
            }
            properties.insert(name.clone(), property.into());
        }
        schemas.insert(
            "Input".into(),
            json!({"type": "object", "title": "Input", "required": self.input.required, "properties": properties}),
        );
        schemas.insert("Output".into(), self.output_schema());
        json!({
            "openapi": "3.0.2",
            "info": {"title": "Cog", "version": "0.1.0"},
            "paths": {},
            "components": {"schemas": schemas},
        })
    }

    fn output_schema(&self) -> Value {
        let file = json!({"type": "string", "format": "uri"});
        match self.makes {
            Makes::Pictures => json!({"type": "array", "title": "Output", "items": file}),
            Makes::Picture | Makes::Sound => {
                json!({"type": "string", "title": "Output", "format": "uri"})
            }
            Makes::Text => json!({
                "type": "array",
                "title": "Output",
                "items": {"type": "string"},
                "x-cog-array-type": "iterator",
                "x-cog-array-display": "concatenate",
            }),
        }
    }
}

/// `GET /models/{owner}/{name}`
pub(super) async fn one(
    Path((owner, name)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    match find(&owner, &name) {
        Some(model) => Ok(Json(model.body())),
        None => Err(not_found("The requested resource could not be found.")),
    }
}

/// `GET /models`
pub(super) async fn list() -> Json<Value> {
    let all: Vec<Value> = all().iter().map(Known::body).collect();
    Json(json!({"next": null, "previous": null, "results": all}))
}

#[derive(Deserialize)]
pub(super) struct Search {
    query: Option<String>,
    limit: Option<usize>,
}

/// `GET /search?query=...`: models whose name or description has any of the words.
pub(super) async fn search(Query(search): Query<Search>) -> Result<Json<Value>, Refusal> {
    let bad = |detail: &str| Refusal(StatusCode::BAD_REQUEST, json!({"detail": detail}));
    let query = search.query.filter(|query| !query.trim().is_empty());
    let query = query.ok_or_else(|| bad("query is required"))?;
    let limit = search.limit.unwrap_or(20);
    if !(1..=50).contains(&limit) {
        return Err(bad("limit must be between 1 and 50"));
    }
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let fits = |model: &&Known| {
        let text = format!("{} {}", model.full_name(), model.description).to_lowercase();
        words.iter().any(|word| text.contains(word))
    };
    let hit = |model: &Known| {
        let metadata =
            json!({"generated_description": model.description, "tags": ["demo"], "score": 1.0});
        json!({"model": model.body(), "metadata": metadata})
    };
    let hits = all().iter().filter(fits).take(limit).map(hit);
    Ok(Json(json!({
        "query": query,
        "models": hits.collect::<Vec<_>>(),
        "collections": [],
        "pages": [],
    })))
}

/// `output_format` as people read it: `Output Format`.
fn title(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}
