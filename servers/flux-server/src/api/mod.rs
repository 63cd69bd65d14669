//! Replicate's HTTP API, as far as this server needs it.

mod catalogue;
mod explain;
mod files;
mod models;
mod prediction;
mod predictions;
mod schema;

use std::time::Duration;

use shared::{
    Check, Error, Result,
    http::{Client, Http},
    job::{self, Job},
    media::InputFile,
};

use crate::config::Config;

pub(crate) use catalogue::{Catalogue, Entry, Status as ModelStatus};
pub(crate) use models::{FoundModel, Model, ModelName};
pub(crate) use prediction::{Output, Prediction, Status};
pub(crate) use predictions::{NewPrediction, Page};
pub(crate) use schema::{Checked, Dropped, Field, InputSchema, Kind};

/// Replicate. Clones share connections, limits and caches.
#[derive(Debug, Clone)]
pub(crate) struct Replicate {
    /// Without a token there is nobody to ask.
    http: Option<Http>,
    token_state: String,
}

impl Replicate {
    pub(crate) fn new(config: &Config, _client: &Client) -> Self {
        Self {
            http: None,
            token_state: config.token_state.clone(),
        }
    }

    /// `GET /predictions/{id}`
    pub(crate) async fn prediction(&self, _id: &str) -> Result<Prediction> {
        self.http()?;
        Err(Error::Internal)
    }

    /// Upload a file; the answer is a URL that an input field takes. `POST /files`
    pub(crate) async fn upload(&self, _file: InputFile) -> Result<String> {
        Err(Error::Internal)
    }

    /// For `doctor`.
    pub(crate) async fn checks(&self) -> Vec<Check> {
        Vec::new()
    }

    fn http(&self) -> Result<&Http> {
        self.http.as_ref().ok_or_else(|| Error::MissingKey {
            env: "REPLICATE_API_TOKEN",
            state: self.token_state.clone(),
            get_it_at: "https://replicate.com/account/api-tokens",
        })
    }

    /// Submit; not repeated unless it certainly started nothing.
    /// `POST /models/{owner}/{name}/predictions`, or `POST /predictions` with a version.
    /// `hold` (whole seconds, at most 60) is how long Replicate may keep the answer back for a finished result;
    /// `give_up` is when Replicate ends the work by itself, counted from its creation.
    pub(crate) async fn create(
        &self,
        _new: &NewPrediction,
        _hold: Duration,
        _give_up: Duration,
    ) -> Result<Prediction> {
        Err(Error::Internal)
    }

    /// `POST /predictions/{id}/cancel`
    pub(crate) async fn cancel_prediction(&self, _id: &str) -> Result<Prediction> {
        Err(Error::Internal)
    }

    /// One page of the account's predictions, newest first. `GET /predictions`
    pub(crate) async fn predictions(&self, _cursor: Option<&str>) -> Result<Page> {
        Err(Error::Internal)
    }

    /// `GET /models/{owner}/{name}`, kept for ten minutes.
    pub(crate) async fn model(&self, _name: &ModelName) -> Result<Model> {
        Err(Error::Internal)
    }

    /// `GET /search`
    pub(crate) async fn search(&self, _query: &str, _limit: usize) -> Result<Vec<FoundModel>> {
        Err(Error::Internal)
    }

    /// What a model takes: live, else from the built-in table, else nothing is known and `None`.
    pub(crate) async fn schema(&self, _name: &ModelName) -> Result<Option<InputSchema>> {
        Err(Error::Internal)
    }
}

impl job::Provider for Replicate {
    type Output = Prediction;

    async fn poll(&self, id: &str) -> Result<Job<Prediction>> {
        self.prediction(id).await.map(Prediction::into_job)
    }

    async fn cancel(&self, id: &str) -> Result<()> {
        self.cancel_prediction(id).await.map(drop)
    }
}
