//! The bounded wait for a job's result.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Call, Done, Jobs, Outcome, Provider, State, StillRunning, cancel::CancelGuard};
use crate::{Error, Result};

/// Between two looks; it grows to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// What a look that is under way when the wait ends may still take.
const LAST_LOOK: Duration = Duration::from_secs(5);
/// How much of the whole the work is; the rest is downloading.
const SHARE_OF_WORK: f64 = 0.9;

pub(super) struct Wait<'a, P: Provider> {
    pub(super) jobs: &'a Jobs,
    pub(super) call: &'a Call,
    pub(super) provider: &'a P,
    pub(super) id: String,
    pub(super) typical: Duration,
    pub(super) started: Instant,
    pub(super) deadline: Instant,
    /// Where the call is the one that started the job.
    pub(super) guard: Option<CancelGuard<P>>,
    pub(super) notes: Vec<String>,
}

impl<P: Provider> Wait<'_, P> {
    /// Look until the job has ended or the wait is over. `state` is what is known already.
    pub(super) async fn for_result(
        mut self,
        state: Option<State<P::Output>>,
    ) -> Result<Outcome<Done<P::Output>>> {
        let mut pause = self.jobs.shared.poll_every.unwrap_or(FIRST_PAUSE);
        let longest = self.jobs.shared.poll_every.unwrap_or(LONGEST_PAUSE);
        let mut phase = None;
        let mut last_fault;
        let mut seen = match state {
            Some(state) => Ok(state),
            None => self.look().await,
        };
        loop {
            if let Ok(state) = &seen
                && state.has_ended()
            {
                self.end(state.status()).await;
            }
            let mut retry_after = None;
            match seen {
                Ok(State::Done(output)) => {
                    let (id, notes) = (self.id, self.notes);
                    return Ok(Outcome::Done(Done { id, output, notes }));
                }
                Ok(State::Failed(error)) => return Err(error),
                Ok(state) => {
                    phase = Some(self.tell(&state).await);
                    last_fault = None;
                }
                Err(error) if is_passing(&error) => {
                    tracing::debug!(%error, "looking after a job failed: {error}");
                    retry_after = asked_pause(&error);
                    last_fault = Some(error);
                }
                Err(error) => return Err(self.look_failed(error, phase.is_some())),
            }
            if !self.pause(pause, retry_after).await {
                break;
            }
            pause = (pause * 2).min(longest);
            seen = self.look().await;
        }
        match (phase, last_fault) {
            (Some(phase), fault) => Ok(Outcome::StillRunning(self.still_running(phase, fault))),
            // Nothing is known about the job, not even that it runs.
            (None, fault) => Err(self.look_failed(fault.unwrap_or(Error::Internal), false)),
        }
    }

    async fn look(&self) -> Result<State<P::Output>> {
        let began = Instant::now();
        let latest = self.deadline + LAST_LOOK;
        match timeout_at(latest, self.provider.poll(&self.id)).await {
            Ok(job) => Ok(job?.state),
            Err(_elapsed) => {
                let provider = self.jobs.shared.words.provider;
                Err(Error::silence(provider, began.elapsed()))
            }
        }
    }

    /// Where this call started the job, nobody may read that other arguments would help: they would start another.
    /// And an id that a caller brought belongs to a job only once it `was_seen`.
    fn look_failed(&self, error: Error, was_seen: bool) -> Error {
        let is_ours = self.guard.is_some();
        let error = match error {
            Error::Rejected { .. } | Error::TooLarge { .. } if is_ours => {
                self.jobs.unconfirmed(&error.to_string())
            }
            other => other,
        };
        match is_ours || was_seen {
            true => self.jobs.name_job(error, &self.id),
            false => error,
        }
    }

    /// Whether there is time for another look afterwards; the last one is at the deadline.
    async fn pause(&self, pause: Duration, retry_after: Option<Duration>) -> bool {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let asked = retry_after.unwrap_or_default();
        sleep_until(Instant::now() + pause.max(asked).min(left)).await;
        !left.is_zero() && asked <= left
    }

    async fn end(&mut self, status: &'static str) {
        if let Some(guard) = &mut self.guard {
            guard.has_ended = true;
        }
        self.jobs.set_status(&self.id, status).await;
    }

    /// Tell the client what is going on, and put it into words.
    async fn tell(&self, state: &State<P::Output>) -> String {
        let waited = self.started.elapsed();
        let typical = self.typical.max(Duration::from_secs(1));
        let of_typical = waited.as_secs_f64() / (waited + typical).as_secs_f64();
        let phase = state.phase();
        let (share, message) = match state {
            State::Running {
                step: Some((step, total)),
            } if *total > 0 => (*step as f64 / *total as f64, phase.clone()),
            State::Running { .. } => {
                let (waited, typical) = (waited.as_secs(), typical.as_secs());
                let message = format!("{phase}, {waited} s (usually about {typical} s)");
                (of_typical, message)
            }
            _ => (of_typical, phase.clone()),
        };
        self.call
            .progress
            .report(share.min(1.0) * SHARE_OF_WORK, &message)
            .await;
        phase
    }

    fn still_running(self, phase: String, fault: Option<Error>) -> StillRunning {
        let waited = self.started.elapsed();
        let mut notes = self.notes;
        notes.extend(fault.map(|error| format!("the last look at it failed: {error}")));
        StillRunning {
            id: self.id,
            words: self.jobs.shared.words,
            waited,
            ask_after: self
                .typical
                .saturating_sub(waited)
                .clamp(Duration::from_secs(5), Duration::from_secs(30)),
            phase,
            notes,
        }
    }
}

impl Jobs {
    /// The work goes on though looking after it failed, and its id must not be lost.
    pub(crate) fn name_job(&self, error: Error, id: &str) -> Error {
        let words = self.shared.words;
        let job = words.job;
        match error {
            // There is no such job, so nothing goes on.
            Error::NotFound { what, next } if !what.contains(id) => Error::NotFound {
                what: format!("{what} ({job} {id})"),
                next,
            },
            Error::NotFound { .. } | Error::JobFailed { .. } | Error::Refused { .. } => error,
            _ => error.noting(&format!(
                "{job} {id} goes on at the provider, and `{}` fetches its result later",
                words.get_tool
            )),
        }
    }
}

/// Faults of the way to the provider, not of the job.
pub(crate) fn is_passing(error: &Error) -> bool {
    matches!(
        error,
        Error::TimedOut { .. }
            | Error::Network { .. }
            | Error::Upstream { .. }
            | Error::RateLimited { .. }
            | Error::Decode { .. }
    )
}

fn asked_pause(error: &Error) -> Option<Duration> {
    match error {
        Error::RateLimited { retry_after, .. } => *retry_after,
        _ => None,
    }
}
