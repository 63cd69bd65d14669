//! Clients that take a task for an answer.

use rmcp::{
    ClientLifecycleMode, ClientServiceExt as _, RoleClient, ServiceExt as _,
    model::{
        CallToolRequestParams, CallToolResponse, CancelTaskParams, ClientCapabilities,
        ClientConfig, CreateTaskResult, GetTaskParams, Implementation, ProtocolVersion,
        TaskPayload,
    },
    service::RunningService,
};
use serde_json::{Value, json};
use testkit::upstream::sequence;

use crate::fixture::{DEV, ID, World, accepts, is};

const PIPE_BYTES: usize = 64 * 1024;

async fn taker(world: &World) -> RunningService<RoleClient, ClientConfig> {
    let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
    let mcp = world.mcp().for_connection();
    tokio::spawn(async move {
        if let Ok(running) = mcp.serve(theirs).await {
            let _ = running.waiting().await;
        }
    });
    let capabilities = ClientCapabilities::builder().enable_tasks().build();
    let config = ClientConfig::new(capabilities, Implementation::new("taker", "1"));
    let modern = ClientLifecycleMode::Discover {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
    };
    config.serve_with_lifecycle(ours, modern).await.unwrap()
}

async fn begin(
    client: &RunningService<RoleClient, ClientConfig>,
    arguments: Value,
) -> CreateTaskResult {
    let arguments = arguments.as_object().unwrap().clone();
    let params = CallToolRequestParams::new("generate_image").with_arguments(arguments);
    match client.call_tool_once(params).await.unwrap() {
        CallToolResponse::Task(created) => created,
        other => panic!("{other:?}"),
    }
}

async fn look(client: &RunningService<RoleClient, ClientConfig>, id: &str) -> TaskPayload {
    client
        .get_task(GetTaskParams::new(id))
        .await
        .unwrap()
        .task
        .payload
}

#[tokio::test]
async fn a_task_ends_with_what_the_tool_would_have_returned() {
    let world = World::new().await;
    let url = world.picture().await;
    world.makes(accepts("starting", Value::Null)).await;
    let answers = [is("processing", Value::Null), is("succeeded", json!(url))];
    world.shows(sequence(answers)).await;
    let client = taker(&world).await;
    let task = begin(&client, json!({"prompt": "a red fox"})).await.task;
    assert_eq!(look(&client, &task.task_id).await, TaskPayload::Working);
    let TaskPayload::Completed { result } = look(&client, &task.task_id).await else {
        panic!("not completed");
    };
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("a-red-fox-dbr6k0km.webp"), "{text}");
    let types: Vec<&Value> = result["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| &block["type"])
        .collect();
    assert_eq!(types, ["text", "image", "resource_link"]);
    let posts = world.posts(DEV).await;
    assert_eq!(posts.len(), 1);
    // Nobody waits for the answer, so Replicate need not hold it.
    assert!(posts[0].headers.get("prefer").is_none());
}

#[tokio::test]
async fn a_cancelled_task_is_cancelled_at_replicate() {
    let world = World::new().await;
    world.makes(accepts("starting", Value::Null)).await;
    let cancel = format!("/v1/predictions/{ID}/cancel");
    world
        .gives("POST", &cancel, is("canceled", Value::Null))
        .await;
    world.shows(is("canceled", Value::Null)).await;
    let client = taker(&world).await;
    let task = begin(&client, json!({"prompt": "a red fox"})).await.task;
    client
        .cancel_task(CancelTaskParams::new(&task.task_id))
        .await
        .unwrap();
    assert_eq!(world.posts(&cancel).await.len(), 1);
    assert_eq!(look(&client, &task.task_id).await, TaskPayload::Cancelled);
}

#[tokio::test]
async fn what_was_not_sent_is_told_with_the_task() {
    let world = World::new().await;
    let route = "/v1/models/black-forest-labs/flux-kontext-max/predictions";
    world
        .gives("POST", route, accepts("starting", Value::Null))
        .await;
    let client = taker(&world).await;
    let arguments = json!({"prompt": "a red fox", "model": "flux-kontext-max", "guidance": 4});
    let task = begin(&client, arguments).await.task;
    let message = task.status_message.unwrap();
    assert!(message.contains(ID), "{message}");
    assert!(message.contains("Not sent: `guidance`"), "{message}");
}
