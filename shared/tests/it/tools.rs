//! What `Tools` does for every call.

use std::time::Duration;

use rmcp::{
    ServiceError,
    model::{CallToolRequestParams, ClientRequest, ErrorCode},
    service::{ClientLifecycleMode, PeerRequestOptions},
};
use serde_json::json;
use shared::{Mcp, Server as _, Toolset, secrets, settings::Settings, tools::Tools};

use crate::sample::{Sample, call, connect, everything, nothing, text};

const OLD: ClientLifecycleMode = ClientLifecycleMode::Initialize;

fn server(settings: &Settings) -> Mcp<Sample> {
    Mcp::new(Sample::default(), settings).unwrap()
}

#[tokio::test]
async fn a_good_call_answers_text_structure_and_who_answered() {
    let client = connect(server(&Settings::defaults()), OLD).await;
    let result = call(&client, "echo", json!({"text": "ab", "times": "2"})).await;
    assert_eq!(text(&result), "said: abab");
    assert_eq!(result.structured_content, Some(json!({"said": "abab"})));
    let meta = serde_json::to_value(result.meta).unwrap();
    assert_eq!(
        meta["io.modelcontextprotocol/serverInfo"],
        json!({"name": "sample-server", "version": "9.9.9"})
    );
}

#[tokio::test]
async fn arguments_outside_the_schema_never_reach_the_tool() {
    let client = connect(server(&Settings::defaults()), OLD).await;
    for (arguments, field) in [
        (nothing(), "`text`"),
        (json!({"text": "a", "times": 4}), "`times`"),
        (json!({"text": "a", "tone": "loud"}), "`tone`"),
    ] {
        let result = call(&client, "echo", arguments).await;
        assert_eq!(result.is_error, Some(true));
        assert!(text(&result).contains(field), "{}", text(&result));
        assert_eq!(result.structured_content, None);
    }
}

#[tokio::test]
async fn a_failure_is_text_with_a_next_step() {
    let client = connect(server(&Settings::defaults()), OLD).await;
    let result = call(&client, "fails", nothing()).await;
    assert_eq!(result.is_error, Some(true));
    assert_eq!(text(&result), "The thing was not found. Look elsewhere.");
}

#[tokio::test]
async fn a_panic_is_an_answer_and_the_server_lives_on() {
    let client = connect(server(&everything()), OLD).await;
    let result = call(&client, "panics", nothing()).await;
    assert_eq!(result.is_error, Some(true));
    assert!(
        text(&result).starts_with("This server has a bug"),
        "{}",
        text(&result)
    );
    assert_eq!(
        text(&call(&client, "echo", json!({"text": "still here"})).await),
        "said: still here"
    );
}

#[tokio::test]
async fn an_unknown_tool_is_a_protocol_error_that_names_the_known_ones() {
    let client = connect(server(&Settings::defaults()), OLD).await;
    let error = client
        .call_tool(CallToolRequestParams::new("shout"))
        .await
        .unwrap_err();
    let ServiceError::McpError(error) = error else {
        panic!("{error}");
    };
    assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
    assert_eq!(
        error.message,
        "unknown tool `shout`; this server has echo, fails"
    );
}

#[tokio::test]
async fn a_cancelled_call_is_dropped_at_once() {
    let sample = Sample::default();
    let seen = sample.seen.clone();
    let client = connect(Mcp::new(sample, &everything()).unwrap(), OLD).await;
    let request = ClientRequest::CallToolRequest(rmcp::model::CallToolRequest::new(
        CallToolRequestParams::new("hangs"),
    ));
    let running = client
        .send_cancellable_request(request, PeerRequestOptions::no_options())
        .await
        .unwrap();
    seen.running.notified().await;
    running.cancel(None).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), seen.dropped.notified())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_call_past_its_deadline_is_dropped_and_says_so() {
    let mut settings = everything();
    settings.call_timeout = Some(Duration::from_millis(20));
    let client = connect(server(&settings), OLD).await;
    let result = call(&client, "hangs", nothing()).await;
    assert_eq!(result.is_error, Some(true));
    assert!(
        text(&result).starts_with("The call did not finish within"),
        "{}",
        text(&result)
    );
}

#[tokio::test]
async fn a_deadline_invites_to_a_second_call_only_where_that_pays_nothing_twice() {
    let mut settings = everything();
    settings.call_timeout = Some(Duration::from_millis(20));
    let client = connect(server(&settings), OLD).await;
    let once = text(&call(&client, "hangs", nothing()).await);
    assert!(once.contains("do not repeat the call"), "{once}");
    assert!(!once.contains("Retry"), "{once}");
    let repeatable = text(&call(&client, "idles", nothing()).await);
    assert!(repeatable.contains("Retry once"), "{repeatable}");
}

#[tokio::test]
async fn secrets_and_hidden_characters_leave_no_result() {
    secrets::register(&"sk-very-secret-key".into());
    let client = connect(server(&Settings::defaults()), OLD).await;
    let result = call(
        &client,
        "echo",
        json!({"text": "key sk-very-sec\u{200b}ret-key \u{202e}\u{e0041}end"}),
    )
    .await;
    assert_eq!(text(&result), "said: key [redacted] end");
    assert_eq!(
        result.structured_content,
        Some(json!({"said": "key [redacted] end"}))
    );
}

#[tokio::test]
async fn an_over_long_text_is_cut_with_a_note() {
    let client = connect(server(&Settings::defaults()), OLD).await;
    let result = call(&client, "echo", json!({"text": "é".repeat(100_000)})).await;
    let text = text(&result);
    assert!(text.chars().count() < 80_300);
    assert!(
        text.contains("[cut here: 80000 of 100006 characters shown"),
        "{}",
        text.split('\n').next_back().unwrap()
    );
}

#[tokio::test]
async fn every_answer_in_demo_mode_says_that_it_is_made_up() {
    let client = connect(server(&with(|s| s.demo = true)), OLD).await;
    let result = call(&client, "echo", json!({"text": "a"})).await;
    assert!(
        text(&result).starts_with("DEMO: made-up data"),
        "{}",
        text(&result)
    );
}

fn names(settings: &Settings) -> anyhow::Result<Vec<String>> {
    let (tools, _) = Tools::new(settings, "", Sample::toolsets())?;
    Ok(tools
        .list_all()
        .into_iter()
        .map(|tool| tool.name.to_string())
        .collect())
}

fn with(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::defaults();
    change(&mut settings);
    settings
}

#[test]
fn the_operator_chooses_tools_toolsets_and_read_only() {
    assert_eq!(names(&Settings::defaults()).unwrap(), ["echo", "fails"]);
    assert_eq!(
        names(&with(|s| s.toolsets = vec!["bad".into()])).unwrap(),
        ["hangs", "idles", "panics"]
    );
    let both = with(|s| s.toolsets = vec!["default".into(), "bad".into()]);
    assert_eq!(
        names(&both).unwrap(),
        ["echo", "fails", "hangs", "idles", "panics"]
    );
    assert_eq!(
        names(&with(|s| s.tools = vec!["hangs".into(), "echo".into()])).unwrap(),
        ["echo", "hangs"]
    );
    let read_only = with(|s| {
        s.toolsets = vec!["all".into()];
        s.read_only = true;
    });
    assert_eq!(names(&read_only).unwrap(), ["echo", "fails"]);
}

#[test]
fn names_that_do_not_exist_stop_the_start_and_list_what_does() {
    let error = names(&with(|s| s.tools = vec!["ecko".into()]))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`ecko`") && error.contains("echo, fails, hangs, idles, panics"),
        "{error}"
    );
    let error = names(&with(|s| s.toolsets = vec!["tlak".into()]))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`tlak`") && error.contains("talk, bad"),
        "{error}"
    );
}

#[test]
fn two_tools_of_one_name_stop_the_start() {
    let twice = Sample::toolsets()
        .into_iter()
        .chain(Sample::toolsets())
        .collect::<Vec<Toolset<Sample>>>();
    assert!(Tools::new(&Settings::defaults(), "", twice).is_err());
}

#[test]
fn instructions_speak_only_of_enabled_toolsets() {
    let instructions =
        |settings: &Settings| Tools::new(settings, "Lead.", Sample::toolsets()).unwrap().1;
    assert_eq!(instructions(&Settings::defaults()), "Lead. Talk.");
    assert_eq!(instructions(&everything()), "Lead. Talk. Bad.");
}
