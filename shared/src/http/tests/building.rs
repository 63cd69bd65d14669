use serde::Serialize;
use url::Position;
use wiremock::matchers::{header, method, path, query_param};

use super::*;

/// The path and query that a request arrives with.
async fn seen(server: &MockServer, request: Request<'_>) -> String {
    request.json::<Value>().await.unwrap();
    let all = server.received_requests().await.unwrap();
    all.last().unwrap().url[Position::BeforePath..].to_owned()
}

#[tokio::test]
async fn the_path_of_the_base_comes_before_the_documented_path() {
    let server = answering(ok()).await;
    for base in ["/proxy/example", "/proxy/example/"] {
        let http = http(&format!("{}{base}", server.uri()));
        let seen = seen(
            &server,
            http.get("https://api.example.com/v1/things?kind=a"),
        )
        .await;
        assert_eq!(seen, "/proxy/example/v1/things?kind=a");
    }
}

#[test]
fn without_a_base_the_documented_url_is_asked() {
    let open = Upstream {
        base: None,
        ..upstream("http://127.0.0.1:1")
    };
    let http = Http::new(&client(AMPLE), open);
    let request = http.get(THINGS).segment("7");
    assert_eq!(format!("{request:?}"), "GET api.example.com/v1/things/7");
}

#[tokio::test]
async fn a_segment_cannot_leave_its_place() {
    let server = answering(ok()).await;
    let http = http(&server.uri());
    let segments = [
        ("../x", "/v1/things/..%2Fx"),
        ("a/b", "/v1/things/a%2Fb"),
        ("a?b#c", "/v1/things/a%3Fb%23c"),
        ("%2e%2e", "/v1/things/%252e%252e"),
        ("..\\x", "/v1/things/..%5Cx"),
        ("ü", "/v1/things/%C3%BC"),
    ];
    for (segment, expected) in segments {
        let seen = seen(&server, http.get(THINGS).segment(segment)).await;
        assert_eq!(seen, expected, "{segment}");
    }
}

#[tokio::test]
async fn a_segment_that_would_name_another_place_is_refused_and_not_sent() {
    let server = answering(ok()).await;
    let http = http(&server.uri());
    for segment in ["", ".", "..", ".\n.", "\t"] {
        let answer = http.get(THINGS).segment(segment).json::<Value>().await;
        assert!(
            matches!(answer, Err(Error::InvalidInput { .. })),
            "{segment:?}"
        );
    }
    assert_eq!(requests(&server).await, 0);
}

#[tokio::test]
async fn fields_become_parameters_and_missing_ones_are_left_out() {
    #[derive(Serialize)]
    struct Query {
        q: &'static str,
        count: u8,
        at: f64,
        language: Option<&'static str>,
    }
    let server = answering(ok()).await;
    let http = http(&server.uri());
    let query = Query {
        q: "a&b c",
        count: 3,
        at: 47.25,
        language: None,
    };
    let seen = seen(&server, http.get(THINGS).query(&query)).await;
    assert_eq!(seen, "/v1/things?q=a%26b+c&count=3&at=47.25");
}

#[tokio::test]
async fn an_empty_query_leaves_no_question_mark() {
    let server = answering(ok()).await;
    let http = http(&server.uri());
    let none: [(&str, &str); 0] = [];
    assert_eq!(
        seen(&server, http.get(THINGS).query(&none)).await,
        "/v1/things"
    );
}

#[tokio::test]
async fn a_write_carries_its_body_headers_and_our_name() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/things"))
        .and(query_param("wait", "1"))
        .and(header("content-type", "application/json"))
        .and(header("prefer", "wait"))
        .and(header("accept-encoding", "gzip"))
        .and(header(
            "user-agent",
            concat!("mcp-shared/", env!("CARGO_PKG_VERSION")),
        ))
        .and(wiremock::matchers::body_json(serde_json::json!({"a": 1})))
        .respond_with(ok())
        .mount(&server)
        .await;
    let http = http(&server.uri());
    let answer = http
        .post(THINGS)
        .query(&[("wait", 1)])
        .header("prefer", "wait")
        .body(&serde_json::json!({"a": 1}))
        .json::<Value>();
    assert!(answer.await.is_ok());
}

#[tokio::test]
async fn a_header_value_with_a_line_break_is_refused() {
    let server = answering(ok()).await;
    let http = http(&server.uri());
    let request = http
        .get(THINGS)
        .header("accept-language", "de\r\nx-evil: 1");
    assert!(matches!(
        request.json::<Value>().await,
        Err(Error::InvalidInput { .. })
    ));
}
