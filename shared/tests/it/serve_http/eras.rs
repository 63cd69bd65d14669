//! Both eras of the protocol on the same endpoint.

use rmcp::{
    ClientLifecycleMode, ClientServiceExt as _,
    model::{CallToolRequestParams, ProtocolVersion},
    service::{RoleClient, RunningService},
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::{Value, json};
use shared::serve::http::HttpOptions;

use tokio::time::timeout;

use super::{PATIENCE, Running, TOKEN, builder, client, initialize, modern, with_token};

async fn connect(server: &Running, mode: ClientLifecycleMode) -> RunningService<RoleClient, ()> {
    let config =
        StreamableHttpClientTransportConfig::with_uri(server.url("/mcp")).auth_header(TOKEN);
    let transport = StreamableHttpClientTransport::with_client(client(), config);
    ().serve_with_lifecycle(transport, mode).await.unwrap()
}

async fn use_tools(server: &Running, mode: ClientLifecycleMode) {
    let mcp = connect(server, mode).await;
    let tools = mcp.list_all_tools().await.unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| &*tool.name).collect();
    assert_eq!(names, ["echo", "request", "slow"]);
    let arguments = json!({"text": "hello"}).as_object().cloned().unwrap();
    let call = CallToolRequestParams::new("echo").with_arguments(arguments);
    let result = mcp.call_tool(call).await.unwrap();
    assert_eq!(result.structured_content, Some(json!({"text": "hello"})));
    mcp.cancel().await.unwrap();
}

fn discover() -> ClientLifecycleMode {
    ClientLifecycleMode::Discover {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
    }
}

#[tokio::test]
async fn a_client_that_initializes_lists_and_calls() {
    use_tools(
        &Running::start(with_token()),
        ClientLifecycleMode::Initialize,
    )
    .await;
}

#[tokio::test]
async fn a_client_that_discovers_lists_and_calls() {
    use_tools(&Running::start(with_token()), discover()).await;
}

#[tokio::test]
async fn a_stateless_server_serves_both_eras() {
    for mode in [ClientLifecycleMode::Initialize, discover()] {
        let options = HttpOptions {
            stateless: true,
            ..with_token()
        };
        use_tools(&Running::start(options), mode).await;
    }
}

#[tokio::test]
async fn initialize_opens_a_session_that_delete_ends() {
    let server = Running::start(HttpOptions::default());
    let answer = server.post(&initialize()).send().await.unwrap();
    let session = answer.headers()["Mcp-Session-Id"].clone();
    let end = client()
        .delete(server.url("/mcp"))
        .header("Mcp-Session-Id", &session);
    assert!(end.send().await.unwrap().status().is_success());
    let list = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"});
    let list = server.post(&list).header("Mcp-Session-Id", &session);
    assert_eq!(list.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_stateless_server_gives_no_session() {
    let server = Running::start(HttpOptions {
        stateless: true,
        ..HttpOptions::default()
    });
    let answer = server.post(&initialize()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(!answer.headers().contains_key("Mcp-Session-Id"));
}

#[tokio::test]
async fn a_modern_call_is_answered_as_plain_json() {
    let server = Running::start(HttpOptions::default());
    let answer = server
        .call("echo", json!({"text": "hi"}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["Content-Type"], "application/json");
    assert!(answer.headers().contains_key("Content-Length"));
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["result"]["structuredContent"], json!({"text": "hi"}));
}

#[tokio::test]
async fn headers_that_contradict_the_body_are_refused() {
    let server = Running::start(HttpOptions::default());
    let request = server
        .post(&modern("tools/list", json!({})))
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", "tools/call");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["error"]["code"], -32020);
}

#[tokio::test]
async fn http_2_without_tls_works() {
    let server = Running::start(HttpOptions::default());
    let client = builder().http2_prior_knowledge().build().unwrap();
    let answer = client.get(server.url("/healthz")).send().await.unwrap();
    assert_eq!(
        (answer.version(), answer.status().as_u16()),
        (http::Version::HTTP_2, 200)
    );
}

#[tokio::test]
async fn a_foreign_authority_is_refused_over_http_2() {
    let server = Running::start(HttpOptions::default());
    // The name is foreign, the address is the server's: what DNS rebinding looks like.
    let client = builder()
        .http2_prior_knowledge()
        .resolve("evil.example", server.addr);
    let url = format!("http://evil.example:{}/healthz", server.addr.port());
    let answer = client.build().unwrap().get(url).send().await.unwrap();
    assert_eq!(answer.status(), 403);
}

#[tokio::test]
async fn a_call_ends_when_its_client_goes_away() {
    let server = Running::start(HttpOptions::default());
    let call = tokio::spawn(server.call("slow", json!({})).send());
    server.signals.slow_started.notified().await;
    call.abort();
    let dropped = server.signals.slow_was_dropped.notified();
    timeout(PATIENCE, dropped).await.expect("the tool stops");
}
