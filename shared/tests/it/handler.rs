//! What `Mcp` answers to everything but tool calls, in both protocol eras.

#![expect(
    deprecated,
    reason = "clients of older revisions subscribe the older way"
)]

use std::time::Duration;

use rmcp::{
    ClientHandler, RoleClient, ServiceError,
    model::{
        ArgumentInfo, CallToolRequestParams, ClientRequest, CompleteRequestParams, CustomRequest,
        ErrorCode, GetPromptRequestParams, LoggingLevel, LoggingMessageNotificationParam,
        PaginatedRequestParams, ReadResourceRequestParams, Reference,
        ResourceUpdatedNotificationParam, SetLevelRequestParams, SubscribeRequestParams,
        SubscriptionFilter, UnsubscribeRequestParams,
    },
    service::{ClientLifecycleMode, NotificationContext},
};
use serde_json::{Value, json};
use shared::{Mcp, settings::Settings};
use tokio::sync::mpsc;

use crate::sample::{Sample, connect, connect_as, modern};

const OLD: ClientLifecycleMode = ClientLifecycleMode::Initialize;

fn server() -> Mcp<Sample> {
    Mcp::new(Sample::default(), &Settings::defaults()).unwrap()
}

fn code(error: ServiceError) -> (ErrorCode, String) {
    match error {
        ServiceError::McpError(error) => (error.code, error.message.into_owned()),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn every_result_says_who_answered_and_how_long_it_is_fresh() {
    let client = connect(server(), modern()).await;
    let tools = serde_json::to_value(client.list_tools(None).await.unwrap()).unwrap();
    let prompts = serde_json::to_value(client.list_prompts(None).await.unwrap()).unwrap();
    let resources = serde_json::to_value(client.list_resources(None).await.unwrap()).unwrap();
    let templates =
        serde_json::to_value(client.list_resource_templates(None).await.unwrap()).unwrap();
    let uri = ReadResourceRequestParams::new("sample://count");
    let content = serde_json::to_value(client.read_resource(uri).await.unwrap()).unwrap();
    for result in [&tools, &prompts, &resources, &templates, &content] {
        assert_eq!(
            result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "sample-server",
            "{result}"
        );
    }
    for list in [&tools, &prompts, &resources, &templates] {
        assert_eq!(
            (&list["ttlMs"], &list["cacheScope"]),
            (&json!(3_600_000), &json!("public"))
        );
    }
    assert_eq!(
        (&content["ttlMs"], &content["cacheScope"]),
        (&json!(5_000), &json!("private"))
    );
}

#[tokio::test]
async fn a_cursor_is_refused_since_lists_have_one_page() {
    let client = connect(server(), OLD).await;
    let cursor = || Some(PaginatedRequestParams::default().with_cursor(Some("2".into())));
    let errors = [
        client.list_tools(cursor()).await.unwrap_err(),
        client.list_prompts(cursor()).await.unwrap_err(),
        client.list_resources(cursor()).await.unwrap_err(),
        client.list_resource_templates(cursor()).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(code(error).0, ErrorCode::INVALID_PARAMS);
    }
}

#[tokio::test]
async fn a_resource_that_does_not_exist_has_the_code_of_the_era() {
    for (mode, expected) in [
        (OLD, ErrorCode::RESOURCE_NOT_FOUND),
        (modern(), ErrorCode::INVALID_PARAMS),
    ] {
        let client = connect(server(), mode).await;
        let error = client
            .read_resource(ReadResourceRequestParams::new("sample://nothing"))
            .await
            .unwrap_err();
        let (code, message) = code(error);
        assert_eq!(code, expected);
        assert!(message.contains("sample://nothing"), "{message}");
    }
}

#[tokio::test]
async fn a_resource_that_cannot_be_read_is_an_internal_error() {
    let client = connect(server(), OLD).await;
    let error = client
        .read_resource(ReadResourceRequestParams::new("sample://broken"))
        .await
        .unwrap_err();
    assert_eq!(code(error).0, ErrorCode::INTERNAL_ERROR);
}

#[tokio::test]
async fn an_unknown_prompt_is_refused_by_name() {
    let client = connect(server(), OLD).await;
    assert!(
        client
            .get_prompt(GetPromptRequestParams::new("greeting"))
            .await
            .is_ok()
    );
    let (code, message) = code(
        client
            .get_prompt(GetPromptRequestParams::new("farewell"))
            .await
            .unwrap_err(),
    );
    assert_eq!(code, ErrorCode::INVALID_PARAMS);
    assert_eq!(
        message,
        "unknown prompt `farewell`; this server has greeting"
    );
}

#[tokio::test]
async fn completions_are_at_most_ten() {
    let client = connect(server(), OLD).await;
    let argument = ArgumentInfo::new("city", "a");
    let request = CompleteRequestParams::new(Reference::for_prompt("greeting"), argument);
    assert_eq!(
        client
            .complete(request)
            .await
            .unwrap()
            .completion
            .values
            .len(),
        10
    );
}

#[tokio::test]
async fn a_known_method_with_broken_parameters_is_a_bad_request() {
    let (bad, unknown) = (ErrorCode::INVALID_PARAMS, ErrorCode::METHOD_NOT_FOUND);
    for (method, before_2026, since_2026) in [
        ("tools/call", bad, bad),
        ("tools/shout", unknown, unknown),
        ("resources/subscribe", bad, unknown),
        ("subscriptions/listen", unknown, bad),
        ("logging/setLevel", bad, unknown),
    ] {
        for (mode, expected) in [(OLD, before_2026), (modern(), since_2026)] {
            let client = connect(server(), mode).await;
            let request = CustomRequest::new(method, Some(json!({"name": 7})));
            let error = client
                .send_request(ClientRequest::CustomRequest(request))
                .await
                .unwrap_err();
            assert_eq!(code(error).0, expected, "{method}");
        }
    }
}

/// Passes on which resources were said to have changed.
struct Watching(mpsc::UnboundedSender<String>);

impl ClientHandler for Watching {
    async fn on_resource_updated(
        &self,
        news: ResourceUpdatedNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        let _ = self.0.send(news.uri);
    }
}

async fn next(news: &mut mpsc::UnboundedReceiver<String>) -> String {
    tokio::time::timeout(Duration::from_secs(5), news.recv())
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn an_older_client_hears_of_a_change_until_it_unsubscribes() {
    let (sender, mut news) = mpsc::unbounded_channel();
    let client = connect_as(Watching(sender), server(), OLD).await;
    let (first, second) = ("sample://count", "sample://other");
    client
        .subscribe(SubscribeRequestParams::new(first))
        .await
        .unwrap();
    assert_eq!(next(&mut news).await, first);
    client
        .unsubscribe(UnsubscribeRequestParams::new(first))
        .await
        .unwrap();
    client
        .subscribe(SubscribeRequestParams::new(second))
        .await
        .unwrap();
    // What was on its way may still arrive; both are read equally often, so ten in a row tell.
    for _ in 0..10 {
        next(&mut news).await;
    }
    for _ in 0..10 {
        assert_eq!(next(&mut news).await, second);
    }
}

/// Passes on what the server logs.
struct Reading(mpsc::UnboundedSender<Value>);

impl ClientHandler for Reading {
    async fn on_logging_message(
        &self,
        message: LoggingMessageNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        let _ = self
            .0
            .send(json!({"level": message.level, "data": message.data}));
    }
}

#[tokio::test]
async fn an_older_client_that_asks_for_warnings_is_told_of_failed_calls() {
    let (sender, mut news) = mpsc::unbounded_channel();
    let client = connect_as(Reading(sender), server(), OLD).await;
    let fail = || client.call_tool(CallToolRequestParams::new("fails"));
    fail().await.unwrap();
    client
        .set_level(SetLevelRequestParams::new(LoggingLevel::Error))
        .await
        .unwrap();
    fail().await.unwrap();
    client
        .set_level(SetLevelRequestParams::new(LoggingLevel::Info))
        .await
        .unwrap();
    fail().await.unwrap();
    let told = tokio::time::timeout(Duration::from_secs(5), news.recv())
        .await
        .unwrap();
    let expected = json!({"level": "warning", "data": {"tool": "fails", "outcome": "not_found"}});
    assert_eq!(told, Some(expected));
    // Neither the call before it asked nor the one below its level was told of.
    assert!(news.try_recv().is_err());
}

#[tokio::test]
async fn a_newer_client_listens() {
    let client = connect(server(), modern()).await;
    let mut filter = SubscriptionFilter::default();
    filter.resource_subscriptions = Some(vec!["sample://count".into(), "sample://nothing".into()]);
    let mut subscription = client.listen(filter).await.unwrap();
    let news = tokio::time::timeout(Duration::from_secs(5), subscription.next())
        .await
        .unwrap();
    assert!(format!("{news:?}").contains("sample://count"), "{news:?}");
}

#[tokio::test]
async fn a_resource_that_cannot_be_watched_is_refused() {
    let client = connect(server(), OLD).await;
    let error = client
        .subscribe(SubscribeRequestParams::new("sample://broken"))
        .await
        .unwrap_err();
    assert_eq!(code(error).0, ErrorCode::RESOURCE_NOT_FOUND);
}
