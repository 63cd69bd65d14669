//! A cancelled call, and the paid work it leaves behind.

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{Jobs, Provider};

/// Held while a call waits for a job that it started. A cancelled call is dropped at once, so this is
/// where the job learns of it. Dropped for any other reason, it leaves the job alone.
#[derive(Debug)]
pub(super) struct CancelGuard<P: Provider> {
    jobs: Jobs,
    provider: P,
    id: String,
    cancelled: CancellationToken,
    /// Where to cancel from: a guard may be dropped anywhere.
    runtime: Handle,
    pub(super) has_ended: bool,
}

impl<P: Provider> CancelGuard<P> {
    pub(super) fn new(jobs: &Jobs, provider: P, id: &str, cancelled: CancellationToken) -> Self {
        Self {
            jobs: jobs.clone(),
            provider,
            id: id.to_owned(),
            cancelled,
            runtime: Handle::current(),
            has_ended: false,
        }
    }
}

impl<P: Provider> Drop for CancelGuard<P> {
    fn drop(&mut self) {
        if self.has_ended || !self.cancelled.is_cancelled() || !self.jobs.cancels_upstream() {
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
