//! `flux://models`, `flux://media`, `flux://media/{sha256}`, `flux://predictions/{id}`.

use std::time::Duration;

use rmcp::model::{Resource, ResourceTemplate};
use serde::Serialize;
use serde_json::{Map, Value};
use shared::{
    Body, Error, ResourceContent, Result,
    media::{Media, Source},
    text,
};

use crate::{
    FluxServer,
    api::{Catalogue, Prediction},
    tools::{ModelRow, PredictionId, status_word, without_data},
};

const JSON: &str = "application/json";
const MODELS: &str = "flux://models";
/// The table is part of the binary.
const AN_HOUR: Duration = Duration::from_secs(3_600);
const A_MOMENT: Duration = Duration::from_secs(5);

/// What a URI names, besides media.
#[derive(Debug, Clone, PartialEq)]
enum View {
    Models,
    Prediction(PredictionId),
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
        if uri == MODELS {
            return Some(Self::Models);
        }
        let id = uri.strip_prefix("flux://predictions/")?;
        PredictionId::parse("id", id).ok().map(Self::Prediction)
    }
}

pub(crate) fn listed(media: &Media) -> Vec<Resource> {
    vec![
        Resource::new(MODELS, "models")
            .with_title("FLUX models")
            .with_description(
                "What each is for, speed, estimated price, replacement; as list_models",
            )
            .with_mime_type(JSON),
        media.list(),
    ]
}

pub(crate) fn templates(media: &Media) -> Vec<ResourceTemplate> {
    vec![
        media.template(),
        ResourceTemplate::new("flux://predictions/{id}", "prediction")
            .with_title("Prediction")
            .with_description("Status, model, input, outputs and saved files of one prediction")
            .with_mime_type(JSON),
    ]
}

impl FluxServer {
    pub(crate) async fn read(&self, uri: &str) -> Result<ResourceContent> {
        if let Some(content) = self.media.resource(uri).await? {
            return Ok(content);
        }
        match View::parse(uri) {
            Some(View::Models) => {
                let rows = Catalogue::entries().iter().map(ModelRow::from);
                json(&rows.collect::<Vec<_>>(), AN_HOUR)
            }
            Some(View::Prediction(id)) => {
                let prediction = self.replicate.prediction(id.as_str()).await?;
                let files = self.saved_files(id.as_str()).await;
                let files = files.there.iter().map(|file| file.display().to_string());
                json(&PredictionView::new(&prediction, files.collect()), A_MOMENT)
            }
            None => Err(Error::NotFound {
                what: format!("the resource `{}`", text::quote(uri)),
                next: "Read `flux://models`, `flux://media`, `flux://media/{sha256}` or `flux://predictions/{id}`.".into(),
            }),
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
    fn models_and_predictions_are_told_apart_and_other_uris_are_none_of_ours() {
        let id = "hxvjgf8hmhrge0ckcmdbr6k0km";
        let view = PredictionId::parse("id", id).map(View::Prediction).ok();
        assert_eq!(View::parse(&format!("flux://predictions/{id}")), view);
        assert_eq!(View::parse("flux://models"), Some(View::Models));
        for uri in [
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
