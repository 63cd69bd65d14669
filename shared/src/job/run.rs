//! The one path of every slow piece of work.

use std::{sync::Arc, time::Duration};

use super::{Call, Done, Job, Ledger, Order, Outcome, Provider, Words};
use crate::{Error, Result, config::Env, settings::Settings};

/// Submits, writes down, waits, cancels; for all providers the same.
#[derive(Debug, Clone)]
pub struct Jobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    words: Words,
    ledger: Ledger,
    wait: Duration,
    cancel_upstream: bool,
}

impl Jobs {
    /// Fails when `MCP_STATE_KEY` is too short.
    pub fn new(
        server: &'static str,
        words: Words,
        _env: &Env,
        settings: &Settings,
    ) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(Inner {
            words,
            ledger: Ledger::new(server, settings.state_dir()),
            wait: Duration::from_secs(settings.wait_seconds),
            cancel_upstream: settings.cancel_upstream,
        })))
    }

    pub fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    /// The longest that [`Jobs::run`] waits.
    pub fn wait(&self) -> Duration {
        self.0.wait
    }

    /// Submit once and wait. `submit` is never abandoned once it runs, also when the client gives up.
    pub async fn run<P: Provider>(
        &self,
        _call: &Call,
        _provider: &P,
        _order: Order,
        submit: impl Future<Output = Result<Job<P::Output>>> + Send + 'static,
    ) -> Result<Outcome<Done<P::Output>>> {
        let _ = (self.0.words, self.0.cancel_upstream);
        let _ = submit.await?;
        Err(Error::Internal)
    }

    /// Wait for a job that was submitted earlier.
    pub async fn resume<P: Provider>(
        &self,
        _call: &Call,
        _provider: &P,
        _id: &str,
        _wait: Duration,
        _typical: Duration,
    ) -> Result<Outcome<Done<P::Output>>> {
        Err(Error::Internal)
    }
}
