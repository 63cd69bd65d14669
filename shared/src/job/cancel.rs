//! A cancelled call, and the paid work it leaves behind.

use std::sync::{Arc, OnceLock};

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{Jobs, Provider};

/// Whether the client had cancelled the call when the call ended. Whoever is dropped first decides, and
/// that stands: rmcp also cancels the token once the answer is out.
#[derive(Debug, Clone)]
pub(super) struct Leaving {
    cancelled: CancellationToken,
    was_cancelled: Arc<OnceLock<bool>>,
}

/// Held while a call waits for a job that it started. A cancelled call is dropped at once, so this is
/// where the job learns of it. Dropped for any other reason, it leaves the job alone.
#[derive(Debug)]
pub(super) struct CancelGuard<P: Provider> {
    jobs: Jobs,
    provider: P,
    id: String,
    leaving: Leaving,
    /// Where to cancel from: a guard may be dropped anywhere.
    runtime: Handle,
    pub(super) has_ended: bool,
}

impl Leaving {
    pub(super) fn new(cancelled: CancellationToken) -> Self {
        Self {
            cancelled,
            was_cancelled: Arc::default(),
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.is_cancelled()
    }

    fn was_cancelled(&self) -> bool {
        *self
            .was_cancelled
            .get_or_init(|| self.cancelled.is_cancelled())
    }

    /// Decides when it is dropped.
    pub(super) fn on_drop(self) -> impl Drop {
        struct OnDrop(Leaving);
        impl Drop for OnDrop {
            fn drop(&mut self) {
                self.0.was_cancelled();
            }
        }
        OnDrop(self)
    }
}

impl<P: Provider> CancelGuard<P> {
    pub(super) fn new(jobs: &Jobs, provider: P, id: &str, leaving: Leaving) -> Self {
        Self {
            jobs: jobs.clone(),
            provider,
            id: id.to_owned(),
            leaving,
            runtime: Handle::current(),
            has_ended: false,
        }
    }
}

impl<P: Provider> Drop for CancelGuard<P> {
    fn drop(&mut self) {
        if self.has_ended || !self.leaving.was_cancelled() || !self.jobs.cancels_upstream() {
            return;
        }
        let (jobs, provider) = (self.jobs.clone(), self.provider.clone());
        let id = std::mem::take(&mut self.id);
        let cancel = async move {
            match provider.cancel(&id).await {
                Ok(()) => jobs.set_status(&id, "canceled").await,
                Err(error) => {
                    tracing::warn!(%error, id, "job {id} could not be cancelled: {error}");
                }
            }
        };
        self.runtime.spawn(cancel.in_current_span());
    }
}
