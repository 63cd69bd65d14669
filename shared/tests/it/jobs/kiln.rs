//! A provider in memory, shared by as many servers as a test has.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use shared::{
    Error, Result,
    job::{Job, Provider, State},
};
use tokio::{sync::Notify, time::timeout};

use super::PATIENCE;

#[derive(Debug, Clone, Default)]
pub(super) struct Kiln(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    lit: AtomicUsize,
    polls: AtomicUsize,
    /// 0: never.
    ends_after: AtomicUsize,
    bursts: AtomicBool,
    cancels: AtomicUsize,
    polled: Notify,
    cancelled: Notify,
}

impl Kiln {
    /// The submit.
    pub(super) fn light(&self) -> Job<String> {
        let number = self.0.lit.fetch_add(1, Ordering::SeqCst) + 1;
        Job {
            id: format!("f-{number}"),
            state: State::Queued,
        }
    }

    /// How many looks from now on it takes until the pot is done.
    pub(super) fn ends_after(&self, polls: usize) {
        self.0.polls.store(0, Ordering::SeqCst);
        self.0.ends_after.store(polls, Ordering::SeqCst);
    }

    pub(super) fn bursts(&self) {
        self.0.bursts.store(true, Ordering::SeqCst);
    }

    pub(super) fn lit(&self) -> usize {
        self.0.lit.load(Ordering::SeqCst)
    }

    pub(super) fn cancels(&self) -> usize {
        self.0.cancels.load(Ordering::SeqCst)
    }

    pub(super) async fn polled(&self) {
        timeout(PATIENCE, self.0.polled.notified()).await.unwrap();
    }

    pub(super) async fn cancelled(&self) {
        timeout(PATIENCE, self.0.cancelled.notified())
            .await
            .unwrap();
    }

    fn failed(id: &str, reason: &str) -> Error {
        Error::JobFailed {
            job: "firing",
            id: id.into(),
            reason: reason.into(),
            next: Error::CHANGE_INPUT,
        }
    }
}

impl Provider for Kiln {
    type Output = String;

    async fn poll(&self, id: &str) -> Result<Job<String>> {
        let polls = self.0.polls.fetch_add(1, Ordering::SeqCst) + 1;
        let end = self.0.ends_after.load(Ordering::SeqCst);
        self.0.polled.notify_one();
        let state = if self.cancels() > 0 {
            State::Failed(Self::failed(id, "canceled"))
        } else if self.0.bursts.load(Ordering::SeqCst) {
            State::Failed(Self::failed(id, "it burst"))
        } else if end > 0 && polls >= end {
            State::Done("vase".into())
        } else if polls < 2 {
            State::Queued
        } else {
            State::Running { step: Some((1, 4)) }
        };
        Ok(Job {
            id: id.into(),
            state,
        })
    }

    async fn cancel(&self, _id: &str) -> Result<()> {
        self.0.cancels.fetch_add(1, Ordering::SeqCst);
        self.0.cancelled.notify_one();
        Ok(())
    }
}
