//! The FLUX models we know by name: what each is for, what it costs, what replaces it. From `data/models.json`.

use std::sync::LazyLock;

use serde::Deserialize;

/// Who makes them, on Replicate.
pub(crate) const OWNER: &str = "black-forest-labs";

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    // Part of this binary; a test reads it, too.
    serde_json::from_str(include_str!("../../data/models.json")).unwrap_or_default()
});

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
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// `black-forest-labs/flux-dev`
    pub(crate) model: String,
    pub(crate) status: Status,
    pub(crate) replacement: Option<String>,
    /// One line: what to use it for.
    pub(crate) good_for: String,
    /// Usual seconds for one output: our careful guess, no promise of anybody's.
    pub(crate) typical_seconds: u64,
    /// US dollars for one output, where a price was seen.
    pub(crate) usd_per_output: Option<f64>,
    /// When and where the price was seen; holds the price itself where that is not per output.
    pub(crate) price_seen: Option<String>,
    /// Whether it takes pictures to edit, and by which field.
    pub(crate) image_field: Option<String>,
    /// The field takes a list of pictures, not one.
    #[serde(default)]
    pub(crate) image_is_list: bool,
    /// It makes nothing from a prompt alone.
    #[serde(default)]
    pub(crate) needs_image: bool,
    /// It changes the given picture as the prompt says; others take it as start, guide or outline.
    #[serde(default)]
    pub(crate) edits: bool,
    #[serde(default = "yes")]
    pub(crate) takes_prompt: bool,
}

fn yes() -> bool {
    true
}

impl Entry {
    /// `flux-dev`
    pub(crate) fn short_name(&self) -> &str {
        let after = self.model.split_once('/');
        after.map_or(&self.model, |(_, name)| name)
    }

    pub(crate) fn makes_pictures_from_text(&self) -> bool {
        self.takes_prompt && !self.needs_image
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Catalogue;

impl Catalogue {
    /// The newest family first.
    pub(crate) fn entries() -> &'static [Entry] {
        &ENTRIES
    }

    /// By full name or by the part after the slash.
    pub(crate) fn find(name: &str) -> Option<&'static Entry> {
        let is_it = |entry: &&Entry| {
            entry.model.eq_ignore_ascii_case(name) || entry.short_name().eq_ignore_ascii_case(name)
        };
        ENTRIES.iter().find(is_it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{InputSchema, ModelName};

    #[test]
    fn the_thirty_models_are_there_and_flux_2_comes_first() {
        assert_eq!(Catalogue::entries().len(), 30);
        assert!(
            Catalogue::entries()[0]
                .model
                .starts_with("black-forest-labs/flux-2-")
        );
    }

    #[test]
    fn an_entry_is_found_by_its_full_and_by_its_short_name() {
        let full = Catalogue::find("black-forest-labs/flux-dev").unwrap();
        assert_eq!(Catalogue::find("FLUX-dev").unwrap().model, full.model);
        assert!(Catalogue::find("other/flux-dev").is_none());
    }

    #[test]
    fn what_an_entry_says_is_what_the_built_in_schema_says() {
        for entry in Catalogue::entries() {
            let name = ModelName::parse("model", &entry.model).unwrap();
            let schema = InputSchema::built_in(&name).unwrap();
            assert_eq!(
                schema.field("prompt").is_some(),
                entry.takes_prompt,
                "{}",
                entry.model
            );
            if let Some(field) = &entry.image_field {
                let field = schema.field(field).unwrap();
                assert_eq!(field.is_required, entry.needs_image, "{}", entry.model);
            }
        }
    }

    #[test]
    fn a_price_and_a_replacement_are_never_bare() {
        for entry in Catalogue::entries() {
            assert!(entry.usd_per_output.is_none() || entry.price_seen.is_some());
            assert_eq!(entry.status == Status::Legacy, entry.replacement.is_some());
            if let Some(replacement) = &entry.replacement {
                assert!(Catalogue::find(replacement).is_some());
            }
        }
    }
}
