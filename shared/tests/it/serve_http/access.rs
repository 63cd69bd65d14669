//! Who is let in: Host, Origin, token, route.

use http::Method;
use serde_json::json;
use shared::{
    Mcp,
    serve::http::{HttpOptions, listen, refuse_open_bind, run},
    settings::Settings,
};
use tokio::time::timeout;

use super::{Fixture, PATIENCE, Running, Signals, TOKEN, client, initialize, with_token};

const ROUTES: [&str; 5] = ["/mcp", "/healthz", "/readyz", "/metrics", "/nowhere"];

async fn statuses(server: &Running, header: &str, value: &str) -> Vec<u16> {
    let mut statuses = Vec::new();
    for route in ROUTES {
        let request = client().get(server.url(route)).header(header, value);
        statuses.push(request.send().await.unwrap().status().as_u16());
    }
    statuses
}

async fn status_for(server: &Running, header: &str, value: &str) -> u16 {
    let request = client().get(server.url("/healthz")).header(header, value);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_foreign_origin_is_refused_on_every_route() {
    let server = Running::start(HttpOptions::default());
    let found = statuses(&server, "Origin", "http://evil.example").await;
    assert_eq!(found, [403; 5]);
}

#[tokio::test]
async fn a_foreign_host_is_refused_on_every_route() {
    let server = Running::start(HttpOptions::default());
    let found = statuses(&server, "Host", "evil.example").await;
    assert_eq!(found, [403; 5]);
}

#[tokio::test]
async fn origins_that_only_look_local_are_refused() {
    let server = Running::start(HttpOptions::default());
    for origin in [
        "null",
        "http://localhost.evil.example",
        "http://evil.example:80@localhost",
        "http://localhost:3000/path",
        "ftp://localhost",
        "http://127.0.0.1.nip.io",
    ] {
        assert_eq!(status_for(&server, "Origin", origin).await, 403, "{origin}");
    }
}

#[tokio::test]
async fn loopback_origins_are_allowed_on_any_port() {
    let server = Running::start(HttpOptions::default());
    for origin in [
        "http://localhost:3000",
        "https://127.0.0.1",
        "http://[::1]:1",
    ] {
        assert_eq!(status_for(&server, "Origin", origin).await, 200, "{origin}");
    }
}

#[tokio::test]
async fn an_allowed_origin_is_matched_exactly() {
    let server = Running::start(HttpOptions {
        allowed_origins: vec!["https://app.example".into()],
        ..HttpOptions::default()
    });
    assert_eq!(
        status_for(&server, "Origin", "https://app.example").await,
        200
    );
    for origin in [
        "http://app.example",
        "https://app.example:8443",
        "https://x.app.example",
    ] {
        assert_eq!(status_for(&server, "Origin", origin).await, 403, "{origin}");
    }
}

#[tokio::test]
async fn an_allowed_host_may_fix_its_port() {
    let server = Running::start(HttpOptions {
        allowed_hosts: vec!["any.example".into(), "one.example:8443".into()],
        ..HttpOptions::default()
    });
    let mut found = Vec::new();
    for host in [
        "any.example",
        "ANY.example:1",
        "one.example:8443",
        "one.example",
        "[::1]:5",
        "localhost",
    ] {
        found.push(status_for(&server, "Host", host).await);
    }
    assert_eq!(found, [200, 200, 200, 403, 200, 200]);
}

#[tokio::test]
async fn an_allowed_host_and_origin_reach_the_protocol() {
    let server = Running::start(HttpOptions {
        allowed_hosts: vec!["mcp.example".into()],
        allowed_origins: vec!["https://app.example".into()],
        ..HttpOptions::default()
    });
    let request = server.call("echo", json!({"text": "hi"}));
    let request = request
        .header("Host", "mcp.example")
        .header("Origin", "https://app.example");
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_entry_that_can_never_match_is_refused_at_start() {
    let server = Running::start(HttpOptions {
        allowed_origins: vec!["app.example".into()],
        ..HttpOptions::default()
    });
    let error = server.until_ended().await.unwrap_err().to_string();
    assert!(
        error.contains("`--allowed-origins` has `app.example`"),
        "{error}"
    );
}

#[tokio::test]
async fn two_hosts_are_a_bad_request() {
    let server = Running::start(HttpOptions::default());
    let request =
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert!(server.raw(request).await.starts_with("HTTP/1.1 400 "));
}

#[tokio::test]
async fn no_host_is_a_bad_request() {
    let server = Running::start(HttpOptions::default());
    let request = "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert!(server.raw(request).await.starts_with("HTTP/1.1 400 "));
}

#[tokio::test]
async fn a_foreign_host_in_the_target_is_refused() {
    let server = Running::start(HttpOptions::default());
    let request =
        "GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert!(server.raw(request).await.starts_with("HTTP/1.1 403 "));
}

#[tokio::test]
async fn without_the_token_only_the_probes_answer() {
    let server = Running::start(with_token());
    let found = statuses(&server, "Accept", "*/*").await;
    assert_eq!(found, [401, 200, 200, 401, 401]);
}

#[tokio::test]
async fn a_missing_token_is_asked_for() {
    let server = Running::start(with_token());
    let answer = server.post(&initialize()).send().await.unwrap();
    assert_eq!(
        answer.headers()["WWW-Authenticate"],
        r#"Bearer realm="mcp""#
    );
}

#[tokio::test]
async fn wrong_tokens_are_called_invalid() {
    let server = Running::start(with_token());
    let longer = format!("Bearer {TOKEN}x");
    for sent in [
        "Bearer wrong",
        "Bearer correct-hors",
        &longer,
        "bearer correct-horsf",
    ] {
        let answer = server.post(&initialize()).header("Authorization", sent);
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status(), 401, "{sent}");
        let challenge = &answer.headers()["WWW-Authenticate"];
        assert_eq!(
            challenge, r#"Bearer realm="mcp", error="invalid_token""#,
            "{sent}"
        );
    }
}

#[tokio::test]
async fn the_token_opens_as_bearer_in_any_case_and_as_api_key() {
    let server = Running::start(with_token());
    let ways = [
        ("Authorization", format!("Bearer {TOKEN}")),
        ("Authorization", format!("bEARER {TOKEN}")),
        ("X-API-Key", TOKEN.to_owned()),
    ];
    for (header, value) in ways {
        let request = server.call("echo", json!({"text": "hi"}));
        let answer = request.header(header, &value).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{header}: {value}");
    }
}

#[tokio::test]
async fn a_token_in_the_query_opens_nothing() {
    let server = Running::start(with_token());
    for name in ["token", "access_token", "api_key"] {
        let url = server.url(&format!("/metrics?{name}={TOKEN}"));
        assert_eq!(
            client().get(url).send().await.unwrap().status(),
            401,
            "{name}"
        );
    }
}

#[tokio::test]
async fn the_token_is_checked_before_the_body_is_read() {
    let server = Running::start(with_token());
    let request = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n";
    assert!(server.raw(request).await.starts_with("HTTP/1.1 401 "));
}

#[tokio::test]
async fn the_token_reaches_no_tool() {
    let server = Running::start(with_token());
    let request = server.call("request", json!({}));
    let request = request.bearer_auth(TOKEN).header("X-API-Key", TOKEN);
    let seen = request.send().await.unwrap().text().await.unwrap();
    assert!(
        seen.contains("mcp-protocol-version"),
        "the tool sees headers: {seen}"
    );
    assert!(
        !seen.contains(TOKEN) && !seen.contains("authorization"),
        "{seen}"
    );
}

#[tokio::test]
async fn an_empty_token_is_refused_at_start() {
    let server = Running::start(HttpOptions {
        token: Some("".into()),
        ..HttpOptions::default()
    });
    let error = server.until_ended().await.unwrap_err();
    assert_eq!(error.to_string(), "the token is empty");
}

#[test]
fn a_public_address_needs_a_token() {
    let error = refuse_open_bind(([0, 0, 0, 0], 80).into(), false).unwrap_err();
    assert!(error.to_string().contains("MCP_AUTH_TOKEN"), "{error}");
    refuse_open_bind(([0, 0, 0, 0], 80).into(), true).unwrap();
    refuse_open_bind(([127, 0, 0, 1], 80).into(), false).unwrap();
    refuse_open_bind("[::1]:80".parse().unwrap(), false).unwrap();
    refuse_open_bind("[::]:80".parse().unwrap(), false).unwrap_err();
}

#[tokio::test]
async fn a_public_listener_without_a_token_is_not_served() {
    let listener = listen(([0, 0, 0, 0], 0).into()).unwrap();
    let mcp = Mcp::new(Fixture(Signals::default()), &Settings::defaults()).unwrap();
    let serving = run(
        listener,
        mcp,
        HttpOptions::default(),
        std::future::pending(),
    );
    let error = timeout(PATIENCE, serving).await.unwrap().unwrap_err();
    assert!(error.to_string().contains("MCP_AUTH_TOKEN"), "{error}");
}

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let server = Running::start(HttpOptions::default());
    for path in [
        "/",
        "/mcp/",
        "/health",
        "/.well-known/oauth-protected-resource",
    ] {
        let answer = client().get(server.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn trace_is_allowed_nowhere() {
    let server = Running::start(HttpOptions::default());
    for path in ["/mcp", "/healthz", "/readyz", "/metrics"] {
        let request = client().request(Method::TRACE, server.url(path));
        assert_eq!(request.send().await.unwrap().status(), 405, "{path}");
    }
}

#[tokio::test]
async fn a_preflight_gets_no_permission() {
    let server = Running::start(HttpOptions::default());
    let request = client().request(Method::OPTIONS, server.url("/mcp"));
    let request = request
        .header("Origin", "http://localhost:3000")
        .header("Access-Control-Request-Method", "POST");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 405);
    let names = answer.headers().keys();
    assert!(
        !names
            .into_iter()
            .any(|name| name.as_str().starts_with("access-control"))
    );
}

#[tokio::test]
async fn the_probes_say_one_word() {
    let server = Running::start(with_token());
    for (path, word) in [("/healthz", "ok"), ("/readyz", "ready")] {
        let answer = client().get(server.url(path)).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), word);
    }
}

#[tokio::test]
async fn metrics_have_the_type_that_prometheus_expects() {
    let server = Running::start(with_token());
    let request = client().get(server.url("/metrics")).bearer_auth(TOKEN);
    let answer = request.send().await.unwrap();
    assert_eq!(
        answer.headers()["Content-Type"],
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("mcp_tool_calls") && text.ends_with("# EOF\n"),
        "{text}"
    );
}
