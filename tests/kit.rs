//! The kit itself, tried on the sample server.

use std::time::Duration;

use rmcp::model::ErrorCode;
use serde_json::json;
use testkit::{
    Era, connect, connect_http, contract,
    sample::{COUNTER, sample},
    text, upstream,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

#[tokio::test]
async fn a_client_of_either_era_calls_a_tool_over_a_pipe() {
    for era in Era::BOTH {
        let client = connect(&sample(NOWHERE), era).await;
        let result = client.call("echo", json!({"text": "hello"})).await;
        assert_eq!(text(&result), "hello", "{era:?}");
    }
}

#[tokio::test]
async fn a_client_of_either_era_calls_a_tool_over_http() {
    for era in Era::BOTH {
        let client = connect_http(&sample(NOWHERE), era).await;
        let result = client.call("echo", json!({"text": "hello"})).await;
        assert_eq!(text(&result), "hello", "{era:?}");
    }
}

#[tokio::test]
async fn a_protocol_error_reaches_the_test_as_an_error() {
    let client = connect(&sample(NOWHERE), Era::Discover2026).await;
    let error = client.try_call("shout", json!({})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
}

#[tokio::test]
async fn a_change_of_a_watched_resource_reaches_clients_of_either_era() {
    for era in Era::BOTH {
        let client = connect(&sample(NOWHERE), era).await;
        client.watch(COUNTER).await.unwrap();
        assert_eq!(client.updated().await, COUNTER, "{era:?}");
    }
}

#[tokio::test]
async fn the_sample_keeps_every_promise() {
    let mcp = sample(NOWHERE);
    contract::holds(&mcp, 200, &[]).await;
}

#[tokio::test]
async fn a_result_is_checked_against_its_output_schema() {
    let mcp = sample(NOWHERE);
    let client = connect(&mcp, Era::Discover2026).await;
    let tools = client.tools().await;
    let result = client.call("echo", json!({"text": "hello"})).await;
    let echo = tools.iter().find(|tool| tool.name == "echo").unwrap();
    contract::conforms(echo, &result);
    let mut wrong = result.clone();
    wrong.structured_content = Some(json!({"text": 1}));
    let checked = std::panic::catch_unwind(|| contract::conforms(echo, &wrong));
    assert!(checked.is_err());
}

#[tokio::test]
async fn responses_follow_one_another_and_the_last_stays() {
    let provider = MockServer::start().await;
    let answers = [
        upstream::rate_limited(7),
        upstream::html_page(502),
        upstream::json(200, json!({})),
    ];
    let mock = Mock::given(path("/said")).respond_with(upstream::sequence(answers));
    mock.mount(&provider).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(status(&provider).await);
    }
    assert_eq!(statuses, ["429", "502", "200", "200"]);
}

/// The status of a request written by hand, so that no client repeats it.
async fn status(provider: &MockServer) -> String {
    let request = "GET /said HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = exchange(&provider.address().to_string(), request).await;
    let status = answer.ok().and_then(|answer| {
        let status = answer.split(' ').nth(1)?;
        Some(status.to_owned())
    });
    status.unwrap_or_default()
}

async fn exchange(address: &str, request: &str) -> std::io::Result<String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_resetting_provider_breaks_the_connection() {
    let provider = upstream::resets().await;
    let answer = exchange(provider.url.authority(), "GET / HTTP/1.1\r\n\r\n").await;
    assert_eq!(
        answer.unwrap_err().kind(),
        std::io::ErrorKind::ConnectionReset
    );
    assert_eq!(provider.connections(), 1);
}

#[tokio::test]
async fn a_truncating_provider_sends_less_than_it_promised() {
    let provider = upstream::truncates("{\"a\":").await;
    let answer = exchange(provider.url.authority(), "GET / HTTP/1.1\r\n\r\n").await;
    let answer = answer.unwrap();
    assert!(answer.contains("content-length: 105") && answer.ends_with("{\"a\":"));
}

#[tokio::test]
async fn a_silent_provider_notices_when_the_caller_leaves() {
    let provider = upstream::never_answers().await;
    let authority = provider.url.authority().to_owned();
    let call = tokio::spawn(async move { exchange(&authority, "GET / HTTP/1.1\r\n\r\n").await });
    provider.reached().await;
    call.abort();
    provider.left().await;
}

#[tokio::test]
async fn a_tool_asks_its_provider_and_gives_the_answer() {
    let provider = MockServer::start().await;
    let said = upstream::json(200, json!({"text": "from the provider"}));
    Mock::given(path("/said"))
        .respond_with(said)
        .mount(&provider)
        .await;
    let client = connect(&sample(&provider.uri()), Era::Discover2026).await;
    let result = client.call("ask", json!({})).await;
    assert_eq!(text(&result), "from the provider");
}

#[test]
fn a_slow_response_is_delayed() {
    let delayed: ResponseTemplate = upstream::slow(Duration::from_secs(3));
    assert!(format!("{delayed:?}").contains("3s"));
}

#[tokio::test]
async fn a_broken_promise_fails_the_contract() {
    let checking = tokio::spawn(async {
        contract::holds(&sample(NOWHERE), 10, &["echo"]).await;
    });
    assert!(checking.await.unwrap_err().is_panic());
}
