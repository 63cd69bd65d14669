//! The words for the model: tools, and the arguments they have in common.

use shared::Toolset;

use crate::FluxServer;

pub(crate) const INSTRUCTIONS: &str = "";

pub(crate) fn toolsets() -> Vec<Toolset<FluxServer>> {
    Vec::new()
}
