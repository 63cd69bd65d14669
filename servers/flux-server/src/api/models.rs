//! Models: their names, what Replicate says about them, search.

use std::fmt;

use shared::{Error, Result};

/// `owner/name`, `owner/name:version`, or the name alone of a FLUX model, such as `flux-dev`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelName {
    pub(crate) owner: String,
    pub(crate) name: String,
    /// 64 hexadecimal digits.
    pub(crate) version: Option<String>,
}

impl ModelName {
    /// `field` names the argument in the error.
    pub(crate) fn parse(field: &str, _text: &str) -> Result<Self> {
        Err(Error::invalid(field, "not yet"))
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// A model as Replicate describes it.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) name: ModelName,
    pub(crate) description: Option<String>,
    pub(crate) is_official: bool,
    pub(crate) run_count: Option<u64>,
    /// 64 hexadecimal digits; `None` for a model without a version.
    pub(crate) latest_version: Option<String>,
    pub(crate) schema: Option<super::InputSchema>,
}

/// One hit of the search.
#[derive(Debug, Clone)]
pub(crate) struct FoundModel {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) is_official: bool,
    pub(crate) run_count: Option<u64>,
}
