//! The one path of every slow piece of work.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt as _;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::{
    Call, Done, Job, Ledger, Order, Outcome, Provider, Words,
    cancel::{CancelGuard, Leaving},
    tasks::Seal,
    wait::Wait,
};
use crate::{Error, Result, config::Env, metrics, settings::Settings};

/// Submits, writes down, waits, cancels; for all providers the same.
#[derive(Debug, Clone)]
pub struct Jobs {
    pub(super) shared: Arc<Shared>,
    wait: Duration,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) server: &'static str,
    pub(super) words: Words,
    pub(super) seal: Seal,
    pub(super) poll_every: Option<Duration>,
    ledger: Ledger,
    cancel_upstream: bool,
    is_ending: AtomicBool,
}

/// What a submit brought.
struct Submitted<P: Provider> {
    job: Job<P::Output>,
    guard: CancelGuard<P>,
    notes: Vec<String>,
}

impl Jobs {
    /// Fails when `MCP_STATE_KEY` is too short.
    pub fn new(
        server: &'static str,
        words: Words,
        env: &Env,
        settings: &Settings,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            shared: Arc::new(Shared {
                server,
                words,
                seal: Seal::from_env(env)?,
                poll_every: settings.poll_every,
                ledger: Ledger::new(server, settings.state_dir()),
                cancel_upstream: settings.cancel_upstream,
                is_ending: AtomicBool::new(false),
            }),
            wait: Duration::from_secs(settings.wait_seconds),
        })
    }

    /// The same, but [`Jobs::run`] waits so long instead of what the operator set.
    pub fn waiting(&self, wait: Duration) -> Self {
        Self {
            shared: self.shared.clone(),
            wait,
        }
    }

    pub fn ledger(&self) -> &Ledger {
        &self.shared.ledger
    }

    /// The longest that [`Jobs::run`] waits.
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// Submit once, write it down, and wait, counted from now.
    ///
    /// `submit` is never abandoned once it runs, also when the client gives up; a client that cancels
    /// while the job runs cancels it at the provider, too, if the operator lets it. A client that takes
    /// tasks gets one as soon as the job is known.
    ///
    /// Fails with [`Error::Unconfirmed`] when the submit may have started something, with the submit's own
    /// error when it did not, and with the job's when that ended without a result. Other failures of
    /// polling name the job.
    pub async fn run<P: Provider>(
        &self,
        call: &Call,
        provider: &P,
        order: Order,
        submit: impl Future<Output = Result<Job<P::Output>>> + Send + 'static,
    ) -> Result<Outcome<Done<P::Output>>> {
        let started = Instant::now();
        let (tool, typical) = (order.tool, order.typical);
        let leaving = Leaving::new(call.cancelled.clone());
        let _decides = leaving.clone().on_drop();
        let submitted = self.submit(leaving, provider, order, submit).await?;
        let Submitted { job, guard, notes } = submitted;
        if call.takes_tasks && !job.state.has_ended() {
            return Ok(Outcome::Task(Box::new(
                self.task(call, tool, &job, &notes)?,
            )));
        }
        let name = self.shared.words.job;
        let message = format!("submitted as {name} {}", job.id);
        call.progress.report(0.0, &message).await;
        let wait = Wait {
            jobs: self,
            call,
            provider,
            id: job.id,
            typical,
            started,
            deadline: started + self.wait,
            guard: Some(guard),
            notes,
        };
        wait.for_result(Some(job.state)).await
    }

    /// Wait for a job that was submitted earlier; look at least once, also when `wait` is zero.
    ///
    /// A call that only waits may be cancelled: the job goes on. Fails as [`Jobs::run`] does.
    pub async fn resume<P: Provider>(
        &self,
        call: &Call,
        provider: &P,
        id: &str,
        wait: Duration,
        typical: Duration,
    ) -> Result<Outcome<Done<P::Output>>> {
        let started = Instant::now();
        let wait = Wait {
            jobs: self,
            call,
            provider,
            id: id.to_owned(),
            typical,
            started,
            deadline: started + wait,
            guard: None,
            notes: Vec::new(),
        };
        wait.for_result(None).await
    }

    /// Nobody wants this job any more, and the provider was told.
    pub async fn canceled(&self, job_id: &str) {
        self.set_status(job_id, "canceled").await;
    }

    /// From now on a call that is cut off was not cancelled by its client: the server or the
    /// connection ends, and paid work goes on.
    pub(crate) fn let_go(&self) {
        self.shared.is_ending.store(true, Ordering::Relaxed);
    }

    pub(super) fn cancels_upstream(&self) -> bool {
        self.shared.cancel_upstream && !self.shared.is_ending.load(Ordering::Relaxed)
    }

    /// How a job ended. A ledger that cannot be written has said so already; what it has already is not
    /// counted again.
    pub(super) async fn set_status(&self, id: &str, status: &'static str) {
        if let Ok(true) = self.shared.ledger.status(id, status).await {
            metrics::job(self.shared.words.provider, status);
        }
    }

    /// The row first, then the submit, then its answer in the row; all in a task of its own, so that
    /// nothing that happens to the call comes between.
    async fn submit<P: Provider>(
        &self,
        leaving: Leaving,
        provider: &P,
        order: Order,
        submit: impl Future<Output = Result<Job<P::Output>>> + Send + 'static,
    ) -> Result<Submitted<P>> {
        let (jobs, provider) = (self.clone(), provider.clone());
        let submitting = async move {
            let ledger = jobs.ledger();
            let row = ledger.begin(&order).await;
            if leaving.is_cancelled() {
                return Err(jobs.not_submitted(&row, Error::Cancelled).await);
            }
            let answer = AssertUnwindSafe(submit).catch_unwind().await;
            let answer = answer.unwrap_or_else(|_panic| {
                Err(jobs.unconfirmed("this server has a bug and lost it"))
            });
            let job = match answer {
                Ok(job) => job,
                Err(error) => return Err(jobs.not_submitted(&row, error).await),
            };
            let mut guard = CancelGuard::new(&jobs, provider, &job.id, leaving);
            guard.has_ended = job.state.has_ended();
            let written = match row {
                Ok(row) => ledger.submitted(row, &job.id).await,
                Err(error) => Err(error),
            };
            let notes = written.err().map(|error| not_written(&error));
            Ok(Submitted {
                job,
                guard,
                notes: notes.into_iter().collect(),
            })
        };
        // Only the end of the process comes between.
        let submitted = tokio::spawn(submitting.in_current_span()).await;
        submitted.unwrap_or_else(|_| Err(self.unconfirmed("this server stopped")))
    }

    async fn not_submitted(&self, row: &Result<i64>, error: Error) -> Error {
        let may_have_started = error.may_have_started();
        if let Ok(row) = *row {
            let _ = match may_have_started {
                true => self.ledger().unknown(row).await,
                false => self.ledger().not_started(row).await,
            };
        }
        if may_have_started {
            metrics::job(self.shared.words.provider, "unknown");
        }
        match error {
            Error::Unconfirmed { .. } => error,
            _ if may_have_started => self.unconfirmed(&error.to_string()),
            _ => error,
        }
    }

    pub(super) fn unconfirmed(&self, reason: &str) -> Error {
        let words = self.shared.words;
        Error::Unconfirmed {
            provider: words.provider,
            reason: reason.into(),
            list_tool: words.list_tool,
        }
    }
}

fn not_written(error: &Error) -> String {
    let reason = match error {
        Error::Storage { reason, .. } => reason.clone(),
        other => other.to_string(),
    };
    format!("this job could not be written down ({reason}); note its id")
}

#[cfg(test)]
mod tests;
