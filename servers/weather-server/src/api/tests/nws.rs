use serde_json::json;

use super::*;

fn place(country_code: Option<&str>, latitude: f64, longitude: f64) -> Place {
    Place {
        name: "Somewhere".into(),
        region: None,
        country: None,
        country_code: country_code.map(Into::into),
        latitude,
        longitude,
        time_zone: None,
        population: None,
    }
}

#[test]
fn the_service_is_asked_about_the_united_states_and_points_that_may_be_there() {
    assert!(covers(&place(Some("PR"), 18.4, -66.1)));
    assert!(!covers(&place(Some("CA"), 45.5, -73.6)));
    assert!(covers(&place(None, 40.7, -74.0)));
    assert!(!covers(&place(None, 52.5, 13.4)));
}

#[test]
fn an_alert_begins_with_its_onset_and_has_headline_and_advice() {
    let reply: Reply = serde_json::from_value(json!({"features": [{"properties": {
        "event": "Flood Warning", "senderName": "NWS Boise", "severity": "Severe",
        "effective": "2026-11-21T08:00:00-07:00", "onset": "2026-11-21T12:00:00-07:00",
        "expires": "2026-11-21T20:00:00-07:00", "ends": null,
        "headline": "Flood Warning until evening", "description": "Water.", "instruction": "Go up.",
    }}]}))
    .unwrap();
    let Alerts::Known(alerts) = reply.alerts().value else {
        panic!()
    };
    assert_eq!(
        alerts,
        [Alert {
            event: "Flood Warning".into(),
            sender: Some("NWS Boise".into()),
            severity: Some("Severe".into()),
            starts: Some("2026-11-21T12:00:00-07:00".into()),
            ends: Some("2026-11-21T20:00:00-07:00".into()),
            description: "Flood Warning until evening\nWater.\nGo up.".into(),
        }]
    );
}

#[test]
fn a_point_out_of_bounds_is_not_found() {
    let body = br#"{"title":"Invalid Parameter","status":400,"detail":"Parameter \"point\" is invalid: out of bounds"}"#;
    assert_eq!(explain(400, body).unwrap().kind(), "not_found");
    assert_eq!(explain(404, b"{}").unwrap().kind(), "not_found");
    assert_eq!(
        explain(400, br#"{"title":"Bad"}"#).unwrap().kind(),
        "rejected"
    );
    assert_eq!(explain(500, body), None);
}
