//! Clients of revisions before 2026-07-28 may ask to be told what goes wrong; 2026-07-28 dropped that.

#![expect(deprecated, reason = "it is for those older clients")]

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rmcp::{
    RoleServer,
    model::{LoggingLevel, LoggingMessageNotificationParam},
    service::Peer,
};
use serde_json::json;

/// Whether the client of one connection asked for warnings. Nobody is told who did not ask.
#[derive(Clone, Default)]
pub(super) struct Logging(Arc<AtomicBool>);

impl Logging {
    /// The client wants this level and above; all we have to say are warnings.
    pub(super) fn set(&self, level: LoggingLevel) {
        let wants_warnings = matches!(
            level,
            LoggingLevel::Debug | LoggingLevel::Info | LoggingLevel::Notice | LoggingLevel::Warning
        );
        self.0.store(wants_warnings, Ordering::Relaxed);
    }

    /// The client to tell of a failure, if it asked.
    pub(super) fn listener(&self, peer: &Peer<RoleServer>) -> Option<Peer<RoleServer>> {
        self.0.load(Ordering::Relaxed).then(|| peer.clone())
    }
}

/// Tell that a call failed, and of what kind the failure was; never its arguments or its answer.
pub(super) async fn call_failed(peer: &Peer<RoleServer>, tool: &str, kind: &str) {
    let data = json!({"tool": tool, "outcome": kind});
    let message =
        LoggingMessageNotificationParam::new(LoggingLevel::Warning, data).with_logger("tools");
    // Who is gone needs no news.
    let _ = peer.notify_logging_message(message).await;
}
