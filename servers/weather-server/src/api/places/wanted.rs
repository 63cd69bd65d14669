//! What a caller asked for: coordinates, or a name with what narrows it down.

use std::cmp::Reverse;

use shared::{Error, Result};

use super::{super::Place, regions};

const LONGEST: usize = 100;

#[derive(Debug, PartialEq)]
pub(super) enum Wanted {
    Point { latitude: f64, longitude: f64 },
    Named(Named),
}

/// "Springfield, Illinois, US"
#[derive(Debug, PartialEq)]
pub(super) struct Named {
    pub(super) name: String,
    /// Folded; each must hold.
    pub(super) qualifiers: Vec<String>,
}

/// A place and every name of an area it lies in.
pub(super) struct Candidate {
    pub(super) place: Place,
    pub(super) areas: Vec<String>,
}

impl Wanted {
    /// `field` is the argument the text came in.
    pub(super) fn parse(field: &'static str, text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::invalid(field, "it is empty"));
        }
        if text.chars().count() > LONGEST {
            let reason = format!("it is longer than {LONGEST} characters");
            return Err(Error::invalid(field, reason));
        }
        if let Some((latitude, longitude)) = numbers(text) {
            return point(field, latitude, longitude);
        }
        let mut parts = text.split(',').map(str::trim);
        let name = parts.next().unwrap_or_default();
        if name.is_empty() {
            return Err(Error::invalid(field, "it has nothing before the comma"));
        }
        Ok(Self::Named(Named {
            name: name.into(),
            qualifiers: parts
                .filter(|part| !part.is_empty())
                .map(regions::folded)
                .collect(),
        }))
    }
}

fn numbers(text: &str) -> Option<(f64, f64)> {
    let (latitude, longitude) = text.split_once(',')?;
    let number = |text: &str| text.trim().parse().ok().filter(|n: &f64| n.is_finite());
    Some((number(latitude)?, number(longitude)?))
}

fn point(field: &'static str, latitude: f64, longitude: f64) -> Result<Wanted> {
    if !(-90.0..=90.0).contains(&latitude) {
        return Err(Error::invalid(
            field,
            format!("the latitude {latitude} is not between -90 and 90"),
        ));
    }
    if !(-180.0..=180.0).contains(&longitude) {
        return Err(Error::invalid(
            field,
            format!("the longitude {longitude} is not between -180 and 180"),
        ));
    }
    Ok(Wanted::Point {
        latitude,
        longitude,
    })
}

impl Named {
    /// Postal codes have digits, names of places hardly ever.
    pub(super) fn may_be_postal_code(&self) -> bool {
        self.name.chars().any(|c| c.is_ascii_digit())
    }

    /// Those that every qualifier fits, the most populous first; unknown counts as nobody, equals keep their order.
    /// The geocoder also finds words that only begin like the name ("Bath": Bathinda): those come after all others.
    pub(super) fn pick(&self, candidates: Vec<Candidate>) -> Vec<Place> {
        let mut places: Vec<Place> = candidates
            .into_iter()
            .filter(|candidate| self.qualifiers.iter().all(|wanted| candidate.fits(wanted)))
            .map(|candidate| candidate.place)
            .collect();
        let name = regions::folded(&self.name);
        places.sort_by_key(|place| {
            let only_begins = goes_on_as_a_word(&regions::folded(&place.name), &name);
            (only_begins, Reverse(place.population.unwrap_or(0)))
        });
        places
    }
}

fn goes_on_as_a_word(name: &str, start: &str) -> bool {
    name.strip_prefix(start)
        .and_then(|rest| rest.chars().next())
        .is_some_and(char::is_alphanumeric)
}

impl Candidate {
    /// By name of country or area, country code, or US state code; behind a postal code also by its own name.
    fn fits(&self, wanted: &str) -> bool {
        let code = self.place.country_code.as_deref().unwrap_or_default();
        let named = |area: &str| regions::folded(area) == wanted;
        named(&self.place.name)
            || self.place.country.as_deref().is_some_and(named)
            || self.areas.iter().any(|area| named(area))
            || code.eq_ignore_ascii_case(wanted)
            || regions::country_code(wanted) == Some(code)
            || (code == "US"
                && regions::us_state(wanted).is_some_and(|state| {
                    self.areas.iter().any(|area| regions::folded(area) == state)
                }))
    }
}
