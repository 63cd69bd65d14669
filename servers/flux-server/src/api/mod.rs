//! Replicate's HTTP API, as far as this server needs it.

mod catalogue;
mod explain;
mod files;
mod models;
mod nearest;
mod prediction;
mod predictions;
mod schema;

use std::time::Duration;

use serde::Serialize;
use shared::{
    Check, Error, Result,
    http::{Auth, Client, Http, Upstream},
    job::{self, Job},
};

use crate::config::Config;

pub(crate) use catalogue::{Catalogue, Entry, Status as ModelStatus};
pub(crate) use models::{FoundModel, Model, ModelName};
pub(crate) use prediction::{Output, Prediction, Status};
pub(crate) use predictions::{NewPrediction, Page};
pub(crate) use schema::{Dropped, Field, InputSchema, Kind};

use models::{RawModel, RawSearch, RawVersion};

/// As a person writes it.
const PROVIDER: &str = "Replicate";
const TOKEN_ENV: &str = "REPLICATE_API_TOKEN";
const GET_TOKEN_AT: &str = "https://replicate.com/account/api-tokens";

/// Descriptions of models change seldom.
const KEEP_MODEL: Duration = Duration::from_secs(600);
/// Replicate allows 600 submits a minute; this many requests at once are plenty.
const IN_FLIGHT: usize = 16;
/// Replicate's search answers at most so many.
const MOST_FOUND: usize = 50;

/// Replicate. Clones share connections, limits and caches.
///
/// URLs are written here without `/v1`: it belongs to the base, which an operator's base may replace.
#[derive(Debug, Clone)]
pub(crate) struct Replicate {
    /// Without a token there is nobody to ask.
    http: Option<Http>,
    token_state: String,
}

#[derive(Serialize)]
struct SearchQuery<'a> {
    query: &'a str,
    limit: usize,
}

impl Replicate {
    pub(crate) fn new(config: &Config, client: &Client) -> Self {
        let http = config.token.clone().map(|token| {
            let upstream = Upstream {
                provider: PROVIDER,
                auth: Auth::Bearer(token),
                key_env: TOKEN_ENV,
                get_it_at: GET_TOKEN_AT,
                base: config.api_base(),
                in_flight: IN_FLIGHT,
                per_minute: None,
                explain: explain::explain,
                retry: config.retry,
            };
            Http::new(client, upstream)
        });
        Self {
            http,
            token_state: config.token_state.clone(),
        }
    }

    /// `GET /models/{owner}/{name}`, kept for ten minutes.
    pub(crate) async fn model(&self, name: &ModelName) -> Result<Model> {
        let models = self.http()?.get("https://api.replicate.com/models");
        let request = models.segment(&name.owner).segment(&name.name);
        let answer = request.cached(KEEP_MODEL).json::<RawModel>().await;
        let model = answer.map_err(|error| no_such_model(error, name))?;
        Ok(model.into_model(name))
    }

    /// Whether a model is run by its name alone: those of the catalogue are, of others Replicate tells.
    pub(crate) async fn is_official(&self, name: &ModelName) -> Result<bool> {
        if Catalogue::find(&name.to_string()).is_some() {
            return Ok(true);
        }
        Ok(self.model(name).await?.is_official)
    }

    /// `GET /search`
    pub(crate) async fn search(&self, query: &str, limit: usize) -> Result<Vec<FoundModel>> {
        let limit = limit.clamp(1, MOST_FOUND);
        let request = self.http()?.get("https://api.replicate.com/search");
        let found: RawSearch = request.query(&SearchQuery { query, limit }).json().await?;
        Ok(found.into_found(limit))
    }

    /// What a model takes: live, else from the built-in table, else nothing is known and `None`.
    /// That nobody can be asked is an error only for models that are not in the table.
    pub(crate) async fn schema(&self, name: &ModelName) -> Result<Option<InputSchema>> {
        let built_in = InputSchema::built_in(name);
        match self.live_schema(name).await {
            Ok(live) => Ok(live.or(built_in)),
            Err(error) if built_in.is_some() => {
                tracing::debug!(
                    error.kind = error.kind(),
                    "no live schema of {name}: taking the built-in one"
                );
                Ok(built_in)
            }
            Err(error) => Err(error),
        }
    }

    /// `GET /models/{owner}/{name}/versions/{id}` for a version that was named, else of the newest one.
    async fn live_schema(&self, name: &ModelName) -> Result<Option<InputSchema>> {
        let Some(version) = &name.version else {
            return Ok(self.model(name).await?.schema);
        };
        let models = self.http()?.get("https://api.replicate.com/models");
        let request = models.segment(&name.owner).segment(&name.name);
        let request = request.segment("versions").segment(version);
        let answer = request.cached(KEEP_MODEL).json::<RawVersion>().await;
        let version = answer.map_err(|error| no_such_model(error, name))?;
        Ok(version.schema(&name.name))
    }

    /// For `doctor`.
    pub(crate) async fn checks(&self) -> Vec<Check> {
        let check = match self.http() {
            Ok(http) => http.get("https://api.replicate.com/account").check().await,
            Err(missing) => Check::Fail(missing.to_string(), missing.next_step()),
        };
        vec![check]
    }

    fn http(&self) -> Result<&Http> {
        self.http.as_ref().ok_or_else(|| Error::MissingKey {
            env: TOKEN_ENV,
            state: self.token_state.clone(),
            get_it_at: GET_TOKEN_AT,
        })
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

/// A bare 404, with what was asked for and where to look instead.
fn not_found(error: Error, what: &str, next: &str) -> Error {
    match error {
        Error::NotFound { .. } => Error::NotFound {
            what: what.into(),
            next: next.into(),
        },
        other => other,
    }
}

fn no_such_model(error: Error, name: &ModelName) -> Error {
    let what = match &name.version {
        Some(version) => format!("the model `{name}` with version `{version}`"),
        None => format!("the model `{name}`"),
    };
    let next =
        "`list_models` finds models that exist; a private one needs a token that may see it.";
    not_found(error, &what, next)
}

/// An error of a write that starts no work: it may be sent again.
fn harmless(mut error: Error) -> Error {
    if let Error::TimedOut {
        may_have_started, ..
    }
    | Error::Network {
        may_have_started, ..
    }
    | Error::Upstream {
        may_have_started, ..
    } = &mut error
    {
        *may_have_started = false;
    }
    error
}

#[cfg(test)]
#[path = "tests/wire.rs"]
mod wire;
