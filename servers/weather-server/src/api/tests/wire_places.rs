use super::*;

#[tokio::test]
async fn a_place_is_looked_up_by_the_part_before_the_comma() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/search"))
        .and(query_param("name", "Berlin"))
        .and(query_param("language", "de"))
        .respond_with(ResponseTemplate::new(200).set_body_json(fixture("om.geocoding")))
        .mount(&server)
        .await;
    let found = weather(&server, &[])
        .resolve("Berlin, Deutschland", Some("de-AT"))
        .await;
    assert_eq!(
        found.unwrap().place.time_zone.as_deref(),
        Some("Europe/Berlin")
    );
}

#[tokio::test]
async fn a_place_nobody_knows_is_not_found() {
    let server = MockServer::start().await;
    gives(&server, "/v1/search", 200, fixture("om.geocoding.empty")).await;
    let error = weather(&server, &[])
        .resolve("Atlantis", None)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_text(),
        "A place called `Atlantis` was not found. Try search_places with a simpler spelling, add a country (`Springfield, US`), or pass `lat,lon`."
    );
}

#[tokio::test]
async fn the_paid_geocoder_steps_in_when_the_free_one_fails() {
    let server = MockServer::start().await;
    gives(&server, "/v1/search", 500, json!({})).await;
    gives(&server, "/geo/1.0/direct", 200, fixture("owm.geo.direct")).await;
    let found = weather(&server, &[KEY])
        .resolve("London", None)
        .await
        .unwrap();
    assert_eq!(found.place.country_code.as_deref(), Some("GB"));
    assert_eq!(found.others.len(), 2);
}

#[tokio::test]
async fn a_point_gets_its_name_with_a_key() {
    let server = MockServer::start().await;
    gives(&server, "/geo/1.0/reverse", 200, fixture("owm.geo.reverse")).await;
    let found = weather(&server, &[KEY])
        .resolve("51.51, -0.09", None)
        .await
        .unwrap();
    assert_eq!(found.place.name, "City of London");
    assert_eq!(found.place.latitude, 51.51);
}

#[tokio::test]
async fn a_postal_code_the_free_geocoder_lacks_is_asked_of_the_paid_one() {
    let server = MockServer::start().await;
    gives(&server, "/v1/search", 200, fixture("om.geocoding.empty")).await;
    Mock::given(path("/geo/1.0/zip"))
        .and(query_param("zip", "90210,us"))
        .respond_with(ResponseTemplate::new(200).set_body_json(fixture("owm.geo.zip")))
        .mount(&server)
        .await;
    let found = weather(&server, &[KEY])
        .resolve("90210, US", None)
        .await
        .unwrap();
    assert_eq!(found.place.name, "Beverly Hills");
}

#[tokio::test]
async fn a_search_gives_no_more_places_than_wanted_the_most_populous_first() {
    let server = MockServer::start().await;
    let springfield = |region, population| json!({"name": "Springfield", "admin1": region, "population": population});
    let results = json!({"results": [springfield("Ohio", 58_000), springfield("Missouri", 167_000), springfield("Oregon", 61_000)]});
    gives(&server, "/v1/search", 200, results).await;
    let places = weather(&server, &[])
        .search("Springfield", 2, None)
        .await
        .unwrap();
    let regions: Vec<_> = places
        .iter()
        .filter_map(|place| place.region.as_deref())
        .collect();
    assert_eq!(regions, ["Missouri", "Oregon"]);
}

#[tokio::test]
async fn an_unknown_country_behind_the_comma_is_tried_in_english_too() {
    let server = MockServer::start().await;
    let results = |country| json!({"results": [{"name": "Munich", "country": country}]});
    for (language, country) in [("de", "Deutschland"), ("en", "Germany")] {
        Mock::given(path("/v1/search"))
            .and(query_param("language", language))
            .respond_with(ResponseTemplate::new(200).set_body_json(results(country)))
            .mount(&server)
            .await;
    }
    let found = weather(&server, &[])
        .resolve("Munich, Germany", Some("de"))
        .await
        .unwrap();
    assert_eq!(found.place.country.as_deref(), Some("Germany"));
}
