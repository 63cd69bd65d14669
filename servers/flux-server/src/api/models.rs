//! Models: their names, what Replicate says about them, search.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use shared::{Error, Result, text};

use super::{
    InputSchema,
    catalogue::{Catalogue, OWNER},
    nearest::nearest,
};

/// Longer names do not exist.
const LONGEST_PART: usize = 100;
/// Similar names in an error.
const MOST_SUGGESTIONS: usize = 3;

/// `owner/name`, `owner/name:version`, or the name alone of a FLUX model, such as `flux-dev`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelName {
    pub(crate) owner: String,
    pub(crate) name: String,
    /// 64 hexadecimal digits.
    pub(crate) version: Option<String>,
}

impl ModelName {
    /// `field` names the argument in the error.
    pub(crate) fn parse(field: &str, text: &str) -> Result<Self> {
        let text = text.trim();
        let text = text.strip_prefix("https://replicate.com/").unwrap_or(text);
        let (path, version) = match text.split_once(':') {
            Some((path, version)) => (path, Some(parse_version(field, version)?)),
            None => (text, None),
        };
        let (owner, name) = match path.split_once('/') {
            Some((owner, name)) => (owner, name),
            None => match Catalogue::find(path) {
                Some(entry) => (OWNER, entry.short_name()),
                None => return Err(unknown_name(field, path)),
            },
        };
        if !(is_name(owner) && is_name(name)) {
            let reason = "a model is `owner/name` or `owner/name:version`, such as black-forest-labs/flux-dev";
            return Err(Error::invalid(field, reason));
        }
        Ok(Self {
            owner: owner.into(),
            name: name.into(),
            version,
        })
    }

    /// Of a model id that Replicate sent; `None` when it makes no sense.
    pub(super) fn from_provider(text: &str) -> Option<Self> {
        let path = text.split_once(':').map_or(text, |(path, _)| path);
        path.contains('/')
            .then(|| Self::parse("model", path).ok())
            .flatten()
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// Whether this is the id of a version: 64 hexadecimal digits.
pub(super) fn is_version(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn parse_version(field: &str, version: &str) -> Result<String> {
    if is_version(version) {
        return Ok(version.to_ascii_lowercase());
    }
    let version = text::cut(&text::quote(version), 40);
    Err(Error::invalid(
        field,
        format!(
            "`{version}` is not a version: leave it and the colon out for the newest one, or give all its 64 hexadecimal digits"
        ),
    ))
}

fn is_name(part: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=LONGEST_PART).contains(&part.len())
        && part.bytes().all(is_plain)
        && part.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

fn unknown_name(field: &str, name: &str) -> Error {
    let known = Catalogue::entries().iter().map(super::Entry::short_name);
    let near = nearest(name, known, MOST_SUGGESTIONS);
    let similar = if near.is_empty() {
        String::new()
    } else {
        format!("; similar: {}", near.join(", "))
    };
    let name = text::cut(&text::quote(name), 40);
    Error::invalid(
        field,
        format!(
            "`{name}` is not the name of a FLUX model{similar}. Models of others are `owner/name`; `list_models` finds them"
        ),
    )
}

/// A model as Replicate describes it.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) name: ModelName,
    pub(crate) description: Option<String>,
    pub(crate) is_official: bool,
    pub(crate) run_count: Option<u64>,
    /// 64 hexadecimal digits; `None` for a model without a version.
    pub(crate) latest_version: Option<String>,
    pub(crate) schema: Option<InputSchema>,
}

/// One hit of the search.
#[derive(Debug, Clone)]
pub(crate) struct FoundModel {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) is_official: bool,
    pub(crate) run_count: Option<u64>,
}

/// `GET /models/{owner}/{name}`, and the same object in a search.
#[derive(Debug, Deserialize)]
pub(super) struct RawModel {
    owner: String,
    name: String,
    description: Option<String>,
    is_official: Option<bool>,
    run_count: Option<Value>,
    latest_version: Option<RawVersion>,
}

/// `GET /models/{owner}/{name}/versions/{id}`
#[derive(Debug, Deserialize)]
pub(super) struct RawVersion {
    id: Option<String>,
    openapi_schema: Option<Value>,
}

/// `GET /search`
#[derive(Debug, Deserialize)]
pub(super) struct RawSearch {
    #[serde(default)]
    models: Vec<RawHit>,
}

#[derive(Debug, Deserialize)]
struct RawHit {
    model: RawModel,
    metadata: Option<RawMetadata>,
}

#[derive(Debug, Deserialize)]
struct RawMetadata {
    generated_description: Option<String>,
}

impl RawModel {
    pub(super) fn into_model(self, asked: &ModelName) -> Model {
        let schema = self
            .latest_version
            .as_ref()
            .and_then(|version| version.schema(&asked.name));
        let version = self.latest_version.and_then(|version| version.id);
        Model {
            name: ModelName {
                version: None,
                ..asked.clone()
            },
            description: shown(self.description),
            is_official: self.is_official.unwrap_or(false),
            run_count: self.run_count.and_then(|count| count.as_u64()),
            latest_version: version.filter(|id| is_version(id)),
            schema,
        }
    }
}

impl RawVersion {
    pub(super) fn schema(&self, model: &str) -> Option<InputSchema> {
        InputSchema::from_openapi(model, self.openapi_schema.as_ref()?)
    }
}

impl RawSearch {
    pub(super) fn into_found(self, limit: usize) -> Vec<FoundModel> {
        let hits = self.models.into_iter().take(limit);
        hits.filter_map(RawHit::into_found).collect()
    }
}

impl RawHit {
    /// `None` for a name that could not be asked for.
    fn into_found(self) -> Option<FoundModel> {
        let name = format!("{}/{}", self.model.owner, self.model.name);
        let generated = self.metadata.and_then(|data| data.generated_description);
        Some(FoundModel {
            name: ModelName::from_provider(&name)?.to_string(),
            description: shown(self.model.description).or_else(|| shown(generated)),
            is_official: self.model.is_official.unwrap_or(false),
            run_count: self.model.run_count.and_then(|count| count.as_u64()),
        })
    }
}

/// Somebody's text, for a model to read: short, clean, on one line.
pub(super) fn shown(description: Option<String>) -> Option<String> {
    description
        .filter(|text| !text.trim().is_empty())
        .map(|text| text::quote(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ModelName> {
        ModelName::parse("model", text)
    }

    #[test]
    fn a_name_is_read_in_each_of_its_forms() {
        let version = "AB".repeat(32);
        for text in [
            "black-forest-labs/flux-dev",
            " flux-dev ",
            "https://replicate.com/black-forest-labs/flux-dev",
        ] {
            let name = parse(text).unwrap();
            assert_eq!(name.to_string(), "black-forest-labs/flux-dev");
            assert_eq!(name.version, None);
        }
        let named = parse(&format!("some_one/thing.v2:{version}")).unwrap();
        assert_eq!(named.to_string(), "some_one/thing.v2");
        assert_eq!(named.version.unwrap(), version.to_lowercase());
    }

    #[test]
    fn latest_is_not_a_version_and_the_error_says_what_to_do() {
        for text in ["black-forest-labs/flux-dev:latest", "a/b:", "flux-dev:v1"] {
            let error = parse(text).unwrap_err().to_text();
            assert!(error.contains("leave it and the colon out"), "{error}");
        }
    }

    #[test]
    fn an_unknown_bare_name_brings_similar_ones() {
        let error = parse("flux-shnell").unwrap_err().to_text();
        assert!(error.contains("similar: flux-schnell"), "{error}");
        assert!(error.contains("list_models"), "{error}");
        let error = parse("stable-diffusion").unwrap_err().to_text();
        assert!(!error.contains("similar"), "{error}");
    }

    #[test]
    fn names_that_would_leave_their_place_in_the_url_are_refused() {
        for text in ["../..", "a/..", "a/b/c", "a b/c", "/x", "a/", "a/b?c", ""] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
