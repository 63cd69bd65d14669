//! From what people call a place to where it is.

mod regions;
mod wanted;

use std::{collections::HashSet, time::Duration};

use serde::{Deserialize, Serialize};
use shared::{Error, Result, http::Http, text};

use super::{Found, Place, both, conditions::tidy, open_weather::provider_language};
use wanted::{Candidate, Named, Wanted};

pub(super) const NEXT: &str = "Try search_places with a simpler spelling, add a country (`Springfield, US`), or pass `lat,lon`.";

const KEEP: Duration = Duration::from_secs(24 * 60 * 60);
const MOST_OTHERS: usize = 4;

/// The geocoders in use. Open-Meteo's is asked first even where a key could pay for the other one: it knows
/// populations, which decide between places of one name, and time zones, which OpenWeatherMap's does not.
#[derive(Clone)]
pub(super) struct Places {
    pub(super) open_meteo: Option<Http>,
    pub(super) open_weather: Option<Http>,
}

/// To about ten metres, so that the same place is the same question.
pub(super) fn rounded(degrees: f64) -> f64 {
    (degrees * 10_000.0).round() / 10_000.0
}

impl Places {
    pub(super) async fn resolve(&self, city: &str, language: Option<&str>) -> Result<Found> {
        let places = self.find("city", city, language).await?;
        let mut places = distinct(places).into_iter();
        let place = places.next().ok_or_else(|| not_found(city))?;
        Ok(Found {
            place,
            others: places.take(MOST_OTHERS).collect(),
        })
    }

    pub(super) async fn search(
        &self,
        query: &str,
        limit: usize,
        language: Option<&str>,
    ) -> Result<Vec<Place>> {
        let mut places = distinct(self.find("query", query, language).await?);
        places.truncate(limit);
        Ok(places)
    }

    async fn find(
        &self,
        field: &'static str,
        text: &str,
        language: Option<&str>,
    ) -> Result<Vec<Place>> {
        match Wanted::parse(field, text)? {
            Wanted::Point {
                latitude,
                longitude,
            } => Ok(vec![self.point(latitude, longitude).await]),
            Wanted::Named(named) => self.named(&named, language).await,
        }
    }

    /// The name of a point is only decoration: without a key, or when nobody knows one, it is the point itself.
    async fn point(&self, latitude: f64, longitude: f64) -> Place {
        let known = match &self.open_weather {
            Some(http) => reverse(http, latitude, longitude).await.ok().flatten(),
            None => None,
        };
        let (lat, lon) = (rounded(latitude), rounded(longitude));
        Place {
            latitude,
            longitude,
            ..known.unwrap_or_else(|| unnamed(format!("{lat}, {lon}")))
        }
    }

    async fn named(&self, wanted: &Named, language: Option<&str>) -> Result<Vec<Place>> {
        let free = match &self.open_meteo {
            Some(http) => Some(by_open_meteo(http, wanted, language).await),
            None => None,
        };
        match (free, &self.open_weather) {
            (Some(Ok(places)), Some(http)) if places.is_empty() && wanted.may_be_postal_code() => {
                Ok(by_postal_code(http, wanted).await.unwrap_or_default())
            }
            (Some(Err(free)), Some(http)) => match by_open_weather(http, wanted, language).await {
                Err(paid) => Err(both(&free, paid)),
                found => found,
            },
            (Some(found), _) => found,
            (None, Some(http)) => by_open_weather(http, wanted, language).await,
            (None, None) => Ok(Vec::new()),
        }
    }
}

pub(super) fn not_found(text: &str) -> Error {
    Error::NotFound {
        what: format!("a place called `{}`", text::quote(text)),
        next: NEXT.into(),
    }
}

fn unnamed(name: String) -> Place {
    Place {
        name,
        region: None,
        country: None,
        country_code: None,
        latitude: 0.0,
        longitude: 0.0,
        time_zone: None,
        population: None,
    }
}

/// One entry for what reads the same.
fn distinct(mut places: Vec<Place>) -> Vec<Place> {
    let mut seen = HashSet::new();
    places.retain(|place| {
        seen.insert((
            place.name.clone(),
            place.region.clone(),
            place.country_code.clone(),
        ))
    });
    places
}

#[derive(Deserialize)]
struct Reply {
    results: Option<Vec<Geoname>>,
}

/// The reply leaves out every field that is zero or empty, also a latitude on the equator.
#[derive(Deserialize)]
struct Geoname {
    name: Option<String>,
    #[serde(default)]
    latitude: f64,
    #[serde(default)]
    longitude: f64,
    country_code: Option<String>,
    country: Option<String>,
    admin1: Option<String>,
    admin2: Option<String>,
    admin3: Option<String>,
    admin4: Option<String>,
    timezone: Option<String>,
    population: Option<u64>,
}

/// The provider would filter by what stands behind a comma, but only by exact names; we know codes and aliases too.
/// Names are in the language asked for, so a qualifier that fits nothing is tried on the English ones as well.
async fn by_open_meteo(http: &Http, wanted: &Named, language: Option<&str>) -> Result<Vec<Place>> {
    let language = language.unwrap_or("en").to_ascii_lowercase();
    let language = language.split(['-', '_']).next().unwrap_or("en");
    let places = wanted.pick(search_open_meteo(http, wanted, language).await?);
    if places.is_empty() && language != "en" && !wanted.qualifiers.is_empty() {
        return Ok(wanted.pick(search_open_meteo(http, wanted, "en").await?));
    }
    Ok(places)
}

/// `GET /v1/search`
async fn search_open_meteo(http: &Http, wanted: &Named, language: &str) -> Result<Vec<Candidate>> {
    #[derive(Serialize)]
    struct Query<'a> {
        name: &'a str,
        count: u8,
        language: &'a str,
        format: &'static str,
    }
    let query = Query {
        name: &wanted.name,
        count: if wanted.qualifiers.is_empty() {
            30
        } else {
            100
        },
        language,
        format: "json",
    };
    let request = http.get("https://geocoding-api.open-meteo.com/v1/search");
    let found: Reply = request.query(&query).cached(KEEP).json().await?;
    let found = found.results.into_iter().flatten();
    Ok(found.filter_map(Geoname::candidate).collect())
}

impl Geoname {
    fn candidate(self) -> Option<Candidate> {
        let areas = [self.admin1.clone(), self.admin2, self.admin3, self.admin4];
        Some(Candidate {
            place: Place {
                name: tidy(self.name.as_deref())?,
                region: tidy(self.admin1.as_deref()),
                country: tidy(self.country.as_deref()),
                country_code: self.country_code.map(|code| code.to_ascii_uppercase()),
                latitude: self.latitude,
                longitude: self.longitude,
                time_zone: self.timezone,
                population: self.population,
            },
            areas: areas.into_iter().flatten().collect(),
        })
    }
}

#[derive(Deserialize)]
struct Spot {
    name: Option<String>,
    local_names: Option<std::collections::HashMap<String, String>>,
    lat: f64,
    lon: f64,
    country: Option<String>,
    state: Option<String>,
}

impl Spot {
    fn candidate(self, language: Option<&str>) -> Option<Candidate> {
        let language = language.map(provider_language);
        let local = self.local_names.as_ref().zip(language.as_ref());
        let local = local.and_then(|(names, language)| names.get(language));
        let name = tidy(local.or(self.name.as_ref()).map(String::as_str))?;
        Some(Candidate {
            place: Place {
                region: tidy(self.state.as_deref()),
                country_code: self.country.map(|code| code.to_ascii_uppercase()),
                latitude: self.lat,
                longitude: self.lon,
                ..unnamed(name)
            },
            areas: self.state.into_iter().collect(),
        })
    }
}

async fn by_open_weather(
    http: &Http,
    wanted: &Named,
    language: Option<&str>,
) -> Result<Vec<Place>> {
    if wanted.may_be_postal_code() {
        let places = by_postal_code(http, wanted).await?;
        if !places.is_empty() {
            return Ok(places);
        }
    }
    search_open_weather(http, wanted, language).await
}

/// In the provider's order, since it does not know populations.
async fn search_open_weather(
    http: &Http,
    wanted: &Named,
    language: Option<&str>,
) -> Result<Vec<Place>> {
    // Its places have no country names, so only codes can be checked here.
    let checkable = Named {
        name: wanted.name.clone(),
        qualifiers: wanted
            .qualifiers
            .iter()
            .filter(|wanted| wanted.len() == 2 || regions::country_code(wanted).is_some())
            .cloned()
            .collect(),
    };
    for name in open_weather_names(wanted) {
        let spots = direct(http, name).await?;
        let candidates = spots
            .into_iter()
            .filter_map(|spot| spot.candidate(language));
        let places = checkable.pick(candidates.collect());
        if !places.is_empty() {
            return Ok(places);
        }
    }
    Ok(Vec::new())
}

/// `GET /geo/1.0/direct`: at most five.
async fn direct(http: &Http, name: String) -> Result<Vec<Spot>> {
    #[derive(Serialize)]
    struct Query {
        q: String,
        limit: u8,
    }
    let query = Query { q: name, limit: 5 };
    let request = http.get("https://api.openweathermap.org/geo/1.0/direct");
    request.query(&query).cached(KEEP).json().await
}

/// `City,State,Country` with ISO codes of countries. Many codes of US states are codes of countries too ("Berlin, DE"):
/// the country is tried first, as the provider reads it.
fn open_weather_names(wanted: &Named) -> Vec<String> {
    let mut parts = vec![wanted.name.as_str()];
    parts.extend(
        wanted
            .qualifiers
            .iter()
            .map(|qualifier| regions::country_code(qualifier).unwrap_or(qualifier)),
    );
    let name = parts.join(",");
    match wanted.qualifiers.as_slice() {
        [state] if regions::us_state(state).is_some() => {
            let in_us = format!("{name},US");
            vec![name, in_us]
        }
        _ => vec![name],
    }
}

/// `GET /geo/1.0/zip`: empty when there is no such code.
async fn by_postal_code(http: &Http, wanted: &Named) -> Result<Vec<Place>> {
    #[derive(Serialize)]
    struct Query {
        zip: String,
    }
    let query = Query {
        zip: open_weather_names(wanted)
            .into_iter()
            .next()
            .unwrap_or_default(),
    };
    let request = http.get("https://api.openweathermap.org/geo/1.0/zip");
    match request.query(&query).cached(KEEP).json::<Spot>().await {
        Ok(spot) => Ok(spot
            .candidate(None)
            .map(|found| found.place)
            .into_iter()
            .collect()),
        Err(Error::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// `GET /geo/1.0/reverse`
async fn reverse(http: &Http, latitude: f64, longitude: f64) -> Result<Option<Place>> {
    #[derive(Serialize)]
    struct Query {
        lat: f64,
        lon: f64,
        limit: u8,
    }
    let query = Query {
        lat: rounded(latitude),
        lon: rounded(longitude),
        limit: 1,
    };
    let request = http.get("https://api.openweathermap.org/geo/1.0/reverse");
    let spots: Vec<Spot> = request.query(&query).cached(KEEP).json().await?;
    let first = spots.into_iter().find_map(|spot| spot.candidate(None));
    Ok(first.map(|found| found.place))
}

#[cfg(test)]
#[path = "tests/places.rs"]
mod tests;
