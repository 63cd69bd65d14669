//! `flux://models`, `flux://media`, `flux://media/{sha256}`, `flux://predictions/{id}`.

use rmcp::model::{Resource, ResourceTemplate};
use shared::{Error, ResourceContent, Result};

use crate::FluxServer;

pub(crate) fn listed() -> Vec<Resource> {
    Vec::new()
}

pub(crate) fn templates() -> Vec<ResourceTemplate> {
    Vec::new()
}

impl FluxServer {
    pub(crate) async fn read(&self, _uri: &str) -> Result<ResourceContent> {
        Err(Error::Internal)
    }
}
