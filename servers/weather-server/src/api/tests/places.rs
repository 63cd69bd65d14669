use super::*;

const BERLIN: &str = include_str!("../../../tests/it/fixtures/om.geocoding.json");
const NONE: &str = include_str!("../../../tests/it/fixtures/om.geocoding.empty.json");
const SPARSE: &str = include_str!("../../../tests/it/fixtures/om.geocoding.sparse.json");
const LONDON: &str = include_str!("../../../tests/it/fixtures/owm.geo.direct.json");
const ZIP: &str = include_str!("../../../tests/it/fixtures/owm.geo.zip.json");

fn named(text: &str) -> Named {
    match Wanted::parse("city", text).unwrap() {
        Wanted::Named(named) => named,
        point => panic!("{point:?}"),
    }
}

fn found(json: &str) -> Vec<Candidate> {
    let reply: Reply = serde_json::from_str(json).unwrap();
    let found = reply.results.into_iter().flatten();
    found.filter_map(Geoname::candidate).collect()
}

fn candidate(name: &str, region: &str, country: (&str, &str), population: u64) -> Candidate {
    Candidate {
        place: Place {
            region: Some(region.into()),
            country: Some(country.0.into()),
            country_code: Some(country.1.into()),
            population: (population > 0).then_some(population),
            ..unnamed(name.into())
        },
        areas: vec![region.into()],
    }
}

const US: (&str, &str) = ("United States", "US");
const UK: (&str, &str) = ("United Kingdom", "GB");

fn picked(text: &str, candidates: Vec<Candidate>) -> Vec<String> {
    let places = named(text).pick(candidates);
    let region = |place: Place| place.region.unwrap_or_default();
    places.into_iter().map(region).collect()
}

fn springfields() -> Vec<Candidate> {
    vec![
        candidate("Springfield", "Illinois", US, 114_394),
        candidate("Springfield", "Missouri", US, 167_000),
        candidate("Springfield", "Virginia", US, 0),
        candidate("Springfield", "West Virginia", US, 0),
        candidate("Springfield", "England", UK, 5_000),
    ]
}

#[test]
fn two_numbers_are_a_point() {
    for text in ["59.91, 10.75", "59.91,10.75", " 59.91 ,+10.75 "] {
        let point = Wanted::parse("city", text).unwrap();
        assert_eq!(
            point,
            Wanted::Point {
                latitude: 59.91,
                longitude: 10.75
            }
        );
    }
}

#[test]
fn a_point_off_the_map_is_refused_and_says_which_number_is_wrong() {
    let error = Wanted::parse("city", "91, 0").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`city` is not usable: the latitude 91 is not between -90 and 90"
    );
    let error = Wanted::parse("city", "0, -180.5").unwrap_err();
    assert!(error.to_string().contains("longitude -180.5"), "{error}");
}

#[test]
fn nothing_and_too_much_are_refused() {
    for text in ["", "  ", ", France", &"x".repeat(101)] {
        assert_eq!(
            Wanted::parse("query", text).unwrap_err().kind(),
            "invalid_input",
            "{text:?}"
        );
    }
    assert!(Wanted::parse("query", &"x".repeat(100)).is_ok());
}

#[test]
fn numbers_that_are_no_numbers_are_a_name() {
    assert_eq!(named("nan, inf").name, "nan");
    assert_eq!(named("90210").name, "90210");
}

#[test]
fn the_most_populous_place_comes_first_and_equals_keep_their_order() {
    assert_eq!(
        picked("Springfield", springfields()),
        [
            "Missouri",
            "Illinois",
            "England",
            "Virginia",
            "West Virginia"
        ]
    );
}

#[test]
fn what_stands_behind_the_comma_must_fit() {
    for (text, regions) in [
        ("Springfield, Illinois", vec!["Illinois"]),
        ("Springfield, IL", vec!["Illinois"]),
        ("springfield, il, usa", vec!["Illinois"]),
        ("Springfield, Virginia, United States", vec!["Virginia"]),
        ("Springfield, UK", vec!["England"]),
        ("Springfield, GB", vec!["England"]),
        ("Springfield, The United Kingdom", vec!["England"]),
        ("Springfield, England, UK", vec!["England"]),
        ("Springfield, France", vec![]),
        ("Springfield, Illinois, UK", vec![]),
    ] {
        assert_eq!(picked(text, springfields()), regions, "{text}");
    }
}

#[test]
fn a_postal_code_may_be_followed_by_its_town() {
    let town = || {
        vec![candidate(
            "Paris",
            "Île-de-France",
            ("France", "FR"),
            2_138_551,
        )]
    };
    assert_eq!(picked("75001, Paris", town()).len(), 1);
    assert_eq!(picked("75001, Lyon", town()).len(), 0);
}

#[test]
fn a_longer_word_that_only_begins_like_the_name_comes_last() {
    let places = named("Bath").pick(vec![
        candidate("Bathinda", "Punjab", ("India", "IN"), 285_813),
        candidate("Bath", "England", UK, 94_782),
    ]);
    assert_eq!(places[0].name, "Bath");
    let places = named("Washington").pick(vec![
        candidate("Washington", "England", UK, 67_000),
        candidate("Washington, D.C.", "District of Columbia", US, 689_545),
    ]);
    assert_eq!(places[0].name, "Washington, D.C.");
}

#[test]
fn a_geocoder_that_leaves_out_zeros_means_the_equator() {
    let places = named("Null Island").pick(found(SPARSE));
    assert_eq!(places[0].latitude, 0.0);
    assert_eq!(places[0].longitude, 0.01);
    assert_eq!(places[0].population, None);
    assert_eq!(places[0].country, None);
}

#[test]
fn a_place_brings_its_country_region_and_time_zone() {
    let places = named("Berlin, DE").pick(found(BERLIN));
    assert_eq!(places[0].country.as_deref(), Some("Deutschland"));
    assert_eq!(places[0].country_code.as_deref(), Some("DE"));
    assert_eq!(places[0].region.as_deref(), Some("Land Berlin"));
    assert_eq!(places[0].time_zone.as_deref(), Some("Europe/Berlin"));
}

#[test]
fn no_results_are_no_places() {
    assert!(found(NONE).is_empty());
}

#[test]
fn places_that_read_the_same_are_listed_once() {
    let twice = springfields().into_iter().chain(springfields());
    let places = twice.map(|candidate| candidate.place).collect();
    assert_eq!(distinct(places).len(), 5);
}

#[test]
fn the_paid_geocoder_gives_local_names_and_states() {
    let spots: Vec<Spot> = serde_json::from_str(LONDON).unwrap();
    let places: Vec<Place> = spots
        .into_iter()
        .filter_map(|spot| spot.candidate(Some("fr")))
        .map(|candidate| candidate.place)
        .collect();
    assert_eq!(places[0].name, "Londres");
    assert_eq!(places[1].region.as_deref(), Some("Ontario"));
    assert_eq!(places[1].country_code.as_deref(), Some("CA"));
    assert_eq!(places[2].name, "Chelsea");
}

#[test]
fn a_postal_code_is_a_place() {
    let spot: Spot = serde_json::from_str(ZIP).unwrap();
    let place = spot.candidate(None).unwrap().place;
    assert_eq!(place.name, "Beverly Hills");
    assert!(named("90210, US").may_be_postal_code());
    assert!(!named("Oslo").may_be_postal_code());
}

#[test]
fn the_paid_geocoder_is_asked_with_codes_for_the_country_first_and_then_for_the_state() {
    assert_eq!(open_weather_names(&named("Leeds, UK")), ["Leeds,GB"]);
    assert_eq!(
        open_weather_names(&named("Portland, OR")),
        ["Portland,or", "Portland,or,US"]
    );
    assert_eq!(
        open_weather_names(&named("Paris, France")),
        ["Paris,france"]
    );
}
