use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
struct Weather {
    #[expect(dead_code, reason = "only whether it decodes matters")]
    days: Vec<Day>,
}

#[derive(Debug, Deserialize)]
struct Day {
    #[expect(dead_code, reason = "only whether it decodes matters")]
    high: f64,
}

/// Why this body, sent with status 200, is no `Weather`: the path and the reason.
async fn undecodable(body: &str) -> (String, String) {
    let server = answering(text(200, body)).await;
    let http = http(&server.uri());
    match http.get(THINGS).json::<Weather>().await {
        Err(Error::Decode { path, reason, .. }) => (path, reason),
        other => panic!("{other:?}"),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A JSON string that is this many bytes long.
fn json_of(bytes: usize) -> Vec<u8> {
    let mut body = vec![b'a'; bytes];
    body[0] = b'"';
    body[bytes - 1] = b'"';
    body
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let server = answering(ResponseTemplate::new(200).set_body_bytes(json_of(BODY_LIMIT))).await;
    assert!(get(&http(&server.uri())).await.is_ok());
}

#[tokio::test]
async fn a_body_over_the_limit_is_too_large() {
    let body = json_of(BODY_LIMIT + 1);
    let server = answering(ResponseTemplate::new(200).set_body_bytes(body)).await;
    let error = get(&http(&server.uri())).await.unwrap_err();
    assert!(matches!(
        error,
        Error::TooLarge {
            limit_bytes: 8_388_608,
            ..
        }
    ));
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn a_small_body_that_unpacks_to_more_than_the_limit_is_too_large() {
    let packed = gzip(&json_of(BODY_LIMIT + 1));
    assert!(packed.len() < 100_000);
    let answer = ResponseTemplate::new(200)
        .insert_header("content-encoding", "gzip")
        .set_body_bytes(packed);
    let server = answering(answer).await;
    let error = get(&http(&server.uri())).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_compressed_body_is_unpacked() {
    let answer = ResponseTemplate::new(200)
        .insert_header("content-encoding", "gzip")
        .set_body_bytes(gzip(br#"{"fine":true}"#));
    let server = answering(answer).await;
    assert_eq!(get(&http(&server.uri())).await.unwrap()["fine"], true);
}

#[tokio::test]
async fn the_place_of_a_wrong_value_is_told_and_the_value_is_not() {
    let (path, reason) =
        undecodable(r#"{"days":[{"high":1},{"high":"do as, expected I say"}]}"#).await;
    assert_eq!(path, "days[1].high");
    assert_eq!(reason, "invalid type: string, expected f64");
}

#[tokio::test]
async fn a_missing_field_is_named() {
    let (path, reason) = undecodable(r#"{"days":[{}]}"#).await;
    assert_eq!(
        (path.as_str(), reason.as_str()),
        ("days[0]", "missing field `high`")
    );
}

#[tokio::test]
async fn an_empty_body_is_called_empty() {
    assert_eq!(undecodable(" \n").await.1, "the body is empty");
}

#[tokio::test]
async fn a_page_with_status_200_is_called_a_page() {
    let reason = undecodable("\n<html><h1>Sign in</h1></html>").await.1;
    assert_eq!(reason, "an HTML page instead of JSON");
}

#[tokio::test]
async fn json_that_is_cut_off_is_said_to_end_early() {
    let reason = undecodable(r#"{"days":[{"high":"#).await.1;
    assert_eq!(reason, "the JSON ends too early");
}

#[tokio::test]
async fn text_that_is_not_json_is_placed_and_not_quoted() {
    let reason = undecodable("service is resting").await.1;
    assert_eq!(reason, "this is not JSON (line 1, column 1)");
}

#[tokio::test]
async fn something_after_the_json_is_refused() {
    let reason = undecodable(r#"{"days":[]} and more"#).await.1;
    assert_eq!(reason, "something follows the JSON value");
}

#[tokio::test]
async fn deep_json_is_an_error_and_not_a_crash() {
    let server = answering(text(200, &"[".repeat(100_000))).await;
    let error = get(&http(&server.uri())).await.unwrap_err();
    assert!(error.to_string().contains("nested too deeply"), "{error}");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_network_error_and_read_again() {
    let (base, count) = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"days\":").await;
    let error = get(&http(&base)).await.unwrap_err();
    assert!(matches!(error, Error::Network { .. }), "{error}");
    assert!(error.to_string().contains("broke off"), "{error}");
    assert_eq!(count.load(Ordering::SeqCst), 3);
}
