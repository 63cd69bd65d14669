//! The model a call is for, and the one way to start work on it.

use std::time::Duration;

use shared::{
    Error, Result,
    job::{Call, Done, Order, Outcome},
    media::Answer,
};

use super::draft::{Draft, Ready};
use crate::{
    FluxServer,
    api::{Catalogue, Entry, InputSchema, ModelName, ModelStatus, NewPrediction, Prediction},
};

/// How long Replicate may hold the answer to a submit. Short, since the id must be known soon: whatever breaks after
/// that, the work can be found again.
const HOLD: Duration = Duration::from_secs(5);
/// For models we know nothing of.
pub(super) const USUAL_TIME: Duration = Duration::from_secs(20);

/// A model that can be run, and what it takes.
pub(super) struct Target {
    pub(super) name: ModelName,
    pub(super) is_official: bool,
    pub(super) schema: Option<InputSchema>,
    pub(super) entry: Option<&'static Entry>,
}

impl Target {
    pub(super) fn draft(&self) -> Draft<'_> {
        Draft::new(&self.name, self.schema.as_ref())
    }

    fn usual_time(&self) -> Duration {
        self.entry.map_or(USUAL_TIME, |entry| {
            Duration::from_secs(entry.typical_seconds)
        })
    }

    /// What the catalogue advises against.
    fn advice(&self) -> Option<String> {
        let entry = self
            .entry
            .filter(|entry| entry.status == ModelStatus::Legacy)?;
        let replacement = entry.replacement.as_ref()?;
        let name = &self.name.name;
        Some(format!(
            "{name} is an older model; {replacement} replaces it."
        ))
    }
}

/// How work is started.
pub(super) struct Terms {
    pub(super) tool: &'static str,
    /// How long the call waits for it.
    pub(super) wait: Duration,
    /// When Replicate ends it by itself.
    pub(super) give_up: Duration,
}

impl FluxServer {
    /// `field` is where the name of the model comes from.
    pub(super) async fn target(&self, field: &str, model: &str) -> Result<Target> {
        let name = ModelName::parse(field, model)?;
        let entry = Catalogue::find(&name.to_string());
        if let Some(entry) = entry.filter(|entry| entry.status == ModelStatus::Retired) {
            return Err(Error::invalid(field, retired(entry)));
        }
        let is_official = name.version.is_none() && self.replicate.is_official(&name).await?;
        let schema = self.replicate.schema(&name).await?;
        Ok(Target {
            name,
            is_official,
            schema,
            entry,
        })
    }

    /// Submit once and wait.
    pub(super) async fn start(
        &self,
        call: &Call,
        target: Target,
        ready: Ready,
        terms: Terms,
    ) -> Result<Outcome<Done<Prediction>>> {
        let Terms {
            tool,
            wait,
            give_up,
        } = terms;
        let order = Order {
            tool,
            digest: NewPrediction::digest(&target.name.to_string(), &ready.input),
            typical: target.usual_time(),
        };
        let new = NewPrediction {
            is_official: target.is_official,
            model: target.name.clone(),
            input: ready.input,
        };
        // Who gets a task waits anyway.
        let hold = if call.takes_tasks {
            Duration::ZERO
        } else {
            HOLD
        };
        let replicate = self.replicate.clone();
        let submit = async move {
            let prediction = replicate.create(&new, hold, give_up).await?;
            Ok(prediction.into_job())
        };
        let jobs = self.jobs.waiting(wait);
        let mut outcome = jobs.run(call, &self.replicate, order, submit).await?;
        let notes = ready.notes.into_iter().chain(target.advice());
        match &mut outcome {
            Outcome::Done(done) => done.notes.extend(notes),
            Outcome::StillRunning(still) => still.notes.extend(notes),
            Outcome::Task(task) => {
                let message = task.task.status_message.get_or_insert_default();
                notes.for_each(|note| message.push_str(&format!("; {note}")));
            }
        }
        Ok(outcome)
    }

    /// What a tool returns for work that was started or resumed.
    pub(super) async fn answer(
        &self,
        call: &Call,
        outcome: Outcome<Done<Prediction>>,
    ) -> Result<Outcome<Answer>> {
        let deliver = |done| self.deliver(&call.progress, done);
        outcome.then(deliver).await
    }
}

fn retired(entry: &Entry) -> String {
    let model = &entry.model;
    match &entry.replacement {
        Some(replacement) => format!("{model} is retired; use {replacement}"),
        None => format!("{model} is retired; choose another with list_models"),
    }
}
