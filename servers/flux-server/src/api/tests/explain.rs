//! The error bodies that Replicate is known to send.

use serde_json::json;

use super::*;

fn explained(status: u16, body: Value) -> Error {
    explain(status, body.to_string().as_bytes()).unwrap()
}

#[test]
fn both_kinds_of_422_name_what_to_correct() {
    let one = json!({"title": "Input validation failed", "status": 422, "detail": "- input: prompt is required\n",
        "invalid_fields": [{"type": "required", "field": "input", "description": "prompt is required"}]});
    assert_eq!(
        explained(422, one),
        Error::invalid("prompt", "prompt is required")
    );
    let several = json!({"title": "Input validation failed", "status": 422, "detail": "…", "invalid_fields": [
        {"type": "number_lte", "field": "input.num_inference_steps", "description": "Must be less than or equal to 4"},
        {"type": "enum", "field": "input.output_format", "description": "output_format must be one of the following: \"jpg\", \"png\""},
    ]});
    assert_eq!(
        explained(422, several).to_string(),
        "`num_inference_steps` is not usable: Must be less than or equal to 4; also `output_format`: output_format must be one of the following: \"jpg\", \"png\""
    );
    let version = json!({"title": "Invalid version or not permitted", "status": 422,
        "detail": "The specified version does not exist (or perhaps you don't have permission to use it?)"});
    let text = explained(422, version).to_text();
    assert!(
        text.contains("as `owner/name` its newest version runs")
            && text.contains("Correct `model`"),
        "{text}"
    );
    let other = explained(422, json!({"detail": "no\u{202e}\n way", "status": 422}));
    assert_eq!(
        other.to_string(),
        "Replicate rejected the request (HTTP 422): no way"
    );
}

#[test]
fn a_rate_limit_says_how_long_to_wait_however_replicate_puts_it() {
    let throttled = "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute with a burst of 1 requests while you have less than $5.0 in credit. Your rate limit resets in ~9s.";
    for (body, seconds) in [
        (
            json!({"detail": "Request was throttled.", "retry_after": 7}),
            Some(7),
        ),
        (json!({"detail": throttled, "status": 429}), Some(9)),
        (
            json!({"detail": "Request was throttled. Expected available in 1 second."}),
            Some(1),
        ),
        (json!({"detail": "Request was throttled."}), None),
        (json!({"detail": "x", "retry_after": -1}), None),
    ] {
        let Error::RateLimited { retry_after, .. } = explained(429, body) else {
            panic!("not a rate limit");
        };
        assert_eq!(retry_after, seconds.map(Duration::from_secs));
    }
}

#[test]
fn what_the_status_says_well_enough_is_left_to_it() {
    for status in [400, 401, 402, 403, 404, 500, 502] {
        assert_eq!(explain(status, br#"{"detail": "x"}"#), None);
    }
    assert_eq!(explain(502, b"<html>"), None);
    assert!(
        explained(413, json!({"detail": "too big"}))
            .to_string()
            .contains("HTTP 413")
    );
}

#[test]
fn an_error_in_a_success_is_an_error_and_a_success_is_none() {
    for (body, kind) in [
        (json!({"detail": "x", "status": 401}), "auth"),
        (
            json!({"detail": "x", "status": 402, "title": "Insufficient credit"}),
            "no_credit",
        ),
        (json!({"detail": "x", "status": 404}), "not_found"),
        (json!({"detail": "x", "status": 429}), "rate_limited"),
        (json!({"detail": "x", "status": 500}), "upstream"),
        (json!({"detail": "x"}), "rejected"),
    ] {
        assert_eq!(explained(200, body.clone()).kind(), kind, "{body}");
    }
    for body in [
        json!({"id": "x", "detail": "x", "status": "starting"}),
        json!({"id": "x", "status": "failed", "error": "E005"}),
        json!({"results": []}),
        json!([]),
    ] {
        assert_eq!(explain(201, body.to_string().as_bytes()), None, "{body}");
    }
    assert_eq!(
        explain(200, "x".repeat(LONGEST_PROBLEM + 1).as_bytes()),
        None
    );
}
