//! `flux://models`, `flux://media`, `flux://media/{sha256}`, `flux://predictions/{id}`.

use std::{borrow::Cow, time::Duration};

use rmcp::model::{Resource, ResourceTemplate};
use serde::Serialize;
use serde_json::{Map, Value};
use shared::{
    Body, Error, ResourceContent, Result,
    media::{Saved, Source},
    text,
};

use crate::{
    FluxServer,
    api::{Catalogue, Prediction},
    tools::{ModelRow, PredictionId, status_word, without_data},
};

const JSON: &str = "application/json";
const MODELS: &str = "flux://models";
const MEDIA: &str = "flux://media";
const MOST_SAVED: usize = 100;
/// The table is part of the binary.
const AN_HOUR: Duration = Duration::from_secs(3_600);
const A_MOMENT: Duration = Duration::from_secs(5);

/// What a URI names.
#[derive(Debug, Clone, PartialEq)]
enum View {
    Models,
    Media,
    /// By SHA-256, 64 hexadecimal digits.
    Medium(String),
    Prediction(PredictionId),
}

/// A saved file in the list.
#[derive(Debug, Serialize)]
struct Listed {
    uri: String,
    #[serde(flatten)]
    saved: Saved,
}

/// A prediction without the bytes of pictures in it.
#[derive(Debug, Serialize)]
struct PredictionView {
    id: String,
    model: String,
    status: &'static str,
    created: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    input: Map<String, Value>,
    /// Where Replicate has the files.
    outputs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    result_deleted: bool,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    web_page: Option<String>,
    /// On this machine.
    files: Vec<String>,
}

impl View {
    /// `None` when the URI is none of ours.
    fn parse(uri: &str) -> Option<Self> {
        match uri {
            MODELS => return Some(Self::Models),
            MEDIA => return Some(Self::Media),
            _ => {}
        }
        if let Some(sha256) = uri.strip_prefix("flux://media/") {
            let is_digest = sha256.len() == 64 && sha256.chars().all(|c| c.is_ascii_hexdigit());
            return is_digest.then(|| Self::Medium(sha256.to_ascii_lowercase()));
        }
        let id = uri.strip_prefix("flux://predictions/")?;
        PredictionId::parse("id", id).ok().map(Self::Prediction)
    }
}

pub(crate) fn listed() -> Vec<Resource> {
    vec![
        Resource::new(MODELS, "models")
            .with_title("FLUX models")
            .with_description(
                "What each is for, speed, estimated price, replacement; as list_models",
            )
            .with_mime_type(JSON),
        Resource::new(MEDIA, "media")
            .with_title("Saved media")
            .with_description(
                "Files that this server saved, the newest first, with prompt, model and seed",
            )
            .with_mime_type(JSON),
    ]
}

pub(crate) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new("flux://media/{sha256}", "medium")
            .with_title("Saved file")
            .with_description("The whole file, by the SHA-256 of its content"),
        ResourceTemplate::new("flux://predictions/{id}", "prediction")
            .with_title("Prediction")
            .with_description("Status, model, input, outputs and saved files of one prediction")
            .with_mime_type(JSON),
    ]
}

impl FluxServer {
    pub(crate) async fn read(&self, uri: &str) -> Result<ResourceContent> {
        match View::parse(uri) {
            Some(View::Models) => {
                let rows = Catalogue::entries().iter().map(ModelRow::from);
                json(&rows.collect::<Vec<_>>(), AN_HOUR)
            }
            Some(View::Media) => {
                let saved = self.media.saved(MOST_SAVED).await?;
                let listed = saved.into_iter().map(Listed::from);
                json(&listed.collect::<Vec<_>>(), A_MOMENT)
            }
            Some(View::Medium(sha256)) => {
                let (saved, bytes) = self.media.open(&sha256).await?;
                Ok(ResourceContent {
                    mime_type: Cow::Owned(saved.mime_type),
                    body: Body::Bytes(bytes),
                    fresh_for: AN_HOUR,
                })
            }
            Some(View::Prediction(id)) => {
                let prediction = self.replicate.prediction(id.as_str()).await?;
                let entry = self.jobs.ledger().find(id.as_str()).await.ok().flatten();
                let files = entry.map(|entry| entry.files).unwrap_or_default();
                let files = files.iter().map(|file| file.display().to_string());
                json(&PredictionView::new(&prediction, files.collect()), A_MOMENT)
            }
            None => Err(Error::NotFound {
                what: format!("the resource `{}`", text::quote(uri)),
                next: "Read `flux://models`, `flux://media`, `flux://media/{sha256}` or `flux://predictions/{id}`.".into(),
            }),
        }
    }
}

impl From<Saved> for Listed {
    fn from(mut saved: Saved) -> Self {
        saved.facts.parameters = without_data(&saved.facts.parameters);
        Self {
            uri: format!("{MEDIA}/{}", saved.sha256),
            saved,
        }
    }
}

impl PredictionView {
    fn new(prediction: &Prediction, files: Vec<String>) -> Self {
        let output = prediction.outputs();
        let outputs = output.files.iter().map(|source| match source {
            Source::Url(url) => url.to_string(),
            Source::Data(_) => "inside the prediction; call get_prediction".into(),
        });
        let expires = prediction.expires().filter(|_| !prediction.data_removed);
        Self {
            id: prediction.id.clone(),
            model: prediction.model.clone(),
            status: status_word(prediction.status),
            created: prediction.created.to_string(),
            error: prediction.error.as_deref().map(text::quote),
            input: without_data(&prediction.input),
            outputs: outputs.collect(),
            text: output.text,
            expires: expires.map(|time| time.to_string()),
            result_deleted: prediction.data_removed,
            web_page: prediction.web_url.clone(),
            files,
        }
    }
}

/// Without the hidden characters that a provider's text may hold.
fn json(view: &impl Serialize, fresh_for: Duration) -> Result<ResourceContent> {
    let json = serde_json::to_string(view).map_err(|error| {
        tracing::error!("cannot serialize a resource: {error}");
        Error::Internal
    })?;
    Ok(ResourceContent {
        mime_type: JSON.into(),
        body: Body::Text(text::clean(&json)),
        fresh_for,
    })
}

#[cfg(test)]
mod tests {
    use shared::{Server as _, config::Env, settings::Settings};

    use super::*;

    fn server() -> FluxServer {
        FluxServer::new(&Env::default(), &Settings::defaults()).unwrap()
    }

    #[test]
    fn the_four_kinds_of_uri_are_understood() {
        let sha256 = "AB".repeat(32);
        let id = "hxvjgf8hmhrge0ckcmdbr6k0km";
        for (uri, view) in [
            ("flux://models".to_owned(), View::Models),
            ("flux://media".to_owned(), View::Media),
            (
                format!("flux://media/{sha256}"),
                View::Medium("ab".repeat(32)),
            ),
            (
                format!("flux://predictions/{id}"),
                View::Prediction(PredictionId::parse("id", id).unwrap()),
            ),
        ] {
            assert_eq!(View::parse(&uri), Some(view), "{uri}");
        }
    }

    #[test]
    fn other_uris_are_none_of_ours() {
        for uri in [
            "flux://media/",
            "flux://media/../secret",
            "flux://media/abc",
            "flux://predictions/",
            "flux://predictions/a/cancel",
            "flux://models/",
            "https://models",
            "",
        ] {
            assert_eq!(View::parse(uri), None, "{uri}");
        }
    }

    #[tokio::test]
    async fn an_unknown_uri_is_not_found_and_the_error_says_what_exists() {
        let error = server().read("flux://pictures").await.unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
        assert!(error.to_text().contains("flux://models"), "{error:?}");
    }

    #[tokio::test]
    async fn the_models_can_be_read_without_a_key() {
        let content = server().read(MODELS).await.unwrap();
        let Body::Text(text) = content.body else {
            panic!("not a text")
        };
        assert!(text.starts_with('['), "{text}");
    }
}
