//! The FLUX models we know by name: what each is for, what it costs, what replaces it. From `data/models.json`.

use serde::Deserialize;

/// Whether a model can still be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Active,
    /// Runs, but has a better successor.
    Legacy,
    Retired,
}

/// One model of the catalogue.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Entry {
    /// `black-forest-labs/flux-dev`
    pub(crate) model: String,
    pub(crate) status: Status,
    pub(crate) replacement: Option<String>,
    /// One line: what to use it for.
    pub(crate) good_for: String,
    /// Usual seconds for one output.
    pub(crate) typical_seconds: u64,
    /// US dollars for one output, where a price was seen.
    pub(crate) usd_per_output: Option<f64>,
    /// When and where the price was seen, such as "2025-07, replicate.com".
    pub(crate) price_seen: Option<String>,
    /// Whether it takes pictures to edit, and by which field.
    pub(crate) image_field: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Catalogue;

impl Catalogue {
    pub(crate) fn entries() -> &'static [Entry] {
        &[]
    }

    /// By full name or by the part after the slash.
    pub(crate) fn find(_name: &str) -> Option<&'static Entry> {
        None
    }
}
