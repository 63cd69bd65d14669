//! Some real cities and, for any other name, a place that does not exist.

use std::cmp::Reverse;

use super::sky::hash;

/// One city a line: name, region, its abbreviation, country, country code, latitude, longitude, time zone, population.
const CITIES: &str = include_str!("places.csv");

/// What every name ends in, so that nobody takes this weather for real.
const MARK: &str = " (DEMO)";

#[derive(Debug, Clone, PartialEq)]
pub(super) struct City {
    pub(super) name: String,
    pub(super) region: &'static str,
    region_abbreviation: &'static str,
    pub(super) country: &'static str,
    pub(super) country_code: &'static str,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    pub(super) zone: String,
    /// 0 for what does not exist.
    pub(super) population: u64,
}

impl City {
    pub(super) fn id(&self) -> u64 {
        name_hash(&format!("{}{}{}", self.name, self.region, self.country)) % 10_000_000
    }

    fn made_up(name: &str, latitude: f64, longitude: f64) -> Self {
        Self {
            name: format!("{name}{MARK}"),
            region: "",
            region_abbreviation: "",
            country: "Demoland",
            country_code: "XX",
            latitude,
            longitude,
            zone: rough_zone(longitude),
            population: 0,
        }
    }

    /// Is this the region or country that the rest of a query names, already folded?
    fn lies_in(&self, qualifier: &str) -> bool {
        [
            self.region,
            self.region_abbreviation,
            self.country,
            self.country_code,
        ]
        .iter()
        .any(|own| fold(own) == qualifier)
    }
}

/// The matches for `name` or `name, region, country`: exact names first, then the most populous.
pub(super) fn search(query: &str) -> Vec<City> {
    let (written, rest) = query.split_once(',').unwrap_or((query, ""));
    let name = fold(written);
    let qualifiers: Vec<String> = rest.split(',').map(fold).collect();

    let mut found: Vec<City> = cities().filter(|city| matches(&city.name, &name)).collect();
    if found.is_empty() {
        return made_up(written.trim(), &name).into_iter().collect();
    }
    found.retain(|city| {
        qualifiers
            .iter()
            .all(|part| part.is_empty() || city.lies_in(part))
    });
    found.sort_by_key(|city| (fold(&city.name) != name, Reverse(city.population)));
    found
}

/// The city within about a hundred kilometres, or else a place without a name.
pub(super) fn near(latitude: f64, longitude: f64) -> City {
    let distance = |city: &City| (city.latitude - latitude).hypot(city.longitude - longitude);
    cities()
        .filter(|city| distance(city) < 1.0)
        .min_by(|one, other| distance(one).total_cmp(&distance(other)))
        .unwrap_or_else(|| City::made_up("Unnamed place", latitude, longitude))
}

fn cities() -> impl Iterator<Item = City> {
    CITIES.lines().filter_map(city)
}

fn city(line: &'static str) -> Option<City> {
    let fields: Vec<&'static str> = line.split(',').collect();
    let [
        name,
        region,
        region_abbreviation,
        country,
        country_code,
        latitude,
        longitude,
        zone,
        population,
    ] = fields[..]
    else {
        return None;
    };
    Some(City {
        name: format!("{name}{MARK}"),
        region,
        region_abbreviation,
        country,
        country_code,
        latitude: latitude.parse().ok()?,
        longitude: longitude.parse().ok()?,
        zone: zone.to_owned(),
        population: population.parse().ok()?,
    })
}

/// As the geocoder of Open-Meteo does: nothing for one character, the whole name for two, a beginning from three on.
fn matches(city: &str, name: &str) -> bool {
    match name.chars().count() {
        0 | 1 => false,
        2 => fold(city) == name,
        _ => fold(city).starts_with(name),
    }
}

/// Any name of three characters is a place here, but for those that show what "not found" looks like.
fn made_up(written: &str, name: &str) -> Option<City> {
    let unknown = name == "nowhere"
        || name.starts_with("zzz")
        || name.chars().filter(|c| c.is_alphanumeric()).count() < 3;
    if unknown {
        return None;
    }
    let hash = name_hash(name);
    let latitude = (hash % 12_000) as f64 / 100.0 - 55.0;
    let longitude = (hash / 12_000 % 36_000) as f64 / 100.0 - 180.0;
    Some(City::made_up(
        written.trim_end_matches(MARK),
        latitude,
        longitude,
    ))
}

/// Without a map, the sun says what time it is. The signs of `Etc` zones run backwards: `Etc/GMT-1` is east.
fn rough_zone(longitude: f64) -> String {
    format!("Etc/GMT{:+}", -(longitude / 15.0).round() as i64)
}

/// Lower case, without the mark and without accents, as far as the cities have any.
fn fold(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    lower
        .strip_suffix(&MARK.to_lowercase())
        .unwrap_or(&lower)
        .chars()
        .map(|letter| match letter {
            'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'í' | 'ì' | 'î' | 'ï' => 'i',
            'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'ø' => 'o',
            'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ç' => 'c',
            'ñ' => 'n',
            other => other,
        })
        .collect()
}

fn name_hash(name: &str) -> u64 {
    hash(name.bytes().map(i64::from))
}
