//! Tasks: what a client that declared the extension gets.

use rmcp::{
    ServiceError,
    model::{
        CancelTaskParams, CustomRequest, ErrorCode, GetTaskParams, GetTaskResult, TaskPayload,
        UpdateTaskParams,
    },
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

use super::*;

type Client = RunningService<RoleClient, ClientConfig>;

/// Opens a connection for each request.
pub(super) async fn over_http<H: ClientHandler>(
    handler: H,
    addr: SocketAddr,
    token: Option<&str>,
) -> RunningService<RoleClient, H> {
    let mut config = StreamableHttpClientTransportConfig::with_uri(format!("http://{addr}/mcp"));
    if let Some(token) = token {
        config = config.auth_header(token);
    }
    let client = crate::serve_http::builder().pool_max_idle_per_host(0);
    let transport = StreamableHttpClientTransport::with_client(client.build().unwrap(), config);
    handler
        .serve_with_lifecycle(transport, modern())
        .await
        .unwrap()
}

async fn get(client: &Client, id: &str) -> GetTaskResult {
    client.get_task(GetTaskParams::new(id)).await.unwrap()
}

/// The result of a finished task, as a value.
fn completed(task: GetTaskResult) -> Value {
    match task.task.payload {
        TaskPayload::Completed { result } => Value::Object(result),
        other => panic!("{other:?}"),
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> ErrorCode {
    match result {
        Err(ServiceError::McpError(error)) => error.code,
        other => panic!("{other:?}"),
    }
}

/// From the call to the result, and then the result again.
async fn to_the_end(client: &Client, kiln: &Kiln) {
    let id = task_id(client.call_tool_once(make()).await.unwrap());
    let working = get(client, &id).await;
    assert_eq!(working.task.payload, TaskPayload::Working);
    assert_eq!(working.task.task.status_message.as_deref(), Some("queued"));
    let created: jiff::Timestamp = working.task.task.created_at.parse().unwrap();
    let updated: jiff::Timestamp = working.task.task.last_updated_at.parse().unwrap();
    assert!(created <= updated);
    kiln.ends_after(1);
    for _ in 0..2 {
        let result = completed(get(client, &id).await);
        assert_eq!(result["content"][0]["text"], "a pot: vase");
        assert_eq!(result["resultType"], "complete");
        let who = &result["_meta"]["io.modelcontextprotocol/serverInfo"];
        assert_eq!(who["name"], "pottery");
    }
    assert_eq!(kiln.lit(), 1);
}

#[tokio::test]
async fn a_task_leads_to_the_result_over_a_pipe() {
    let kiln = Kiln::default();
    let house = House::new(&kiln);
    to_the_end(&house.connect(taker()).await, &kiln).await;
    let entry = house.mcp.server().jobs.ledger().find("f-1").await.unwrap();
    assert_eq!(entry.unwrap().status, "done");
}

#[tokio::test]
async fn a_task_leads_to_the_result_over_http() {
    let kiln = Kiln::default();
    let serving = House::new(&kiln);
    let serving = serving.serve(HttpOptions::default());
    to_the_end(&over_http(taker(), serving.addr, None).await, &kiln).await;
}

#[tokio::test]
async fn a_client_of_an_older_revision_gets_the_result_though_it_declares_tasks() {
    let kiln = Kiln::default();
    kiln.ends_after(1);
    let older = ClientLifecycleMode::Initialize;
    let client = House::new(&kiln).connect_by(taker(), older).await;
    match client.call_tool_once(make()).await.unwrap() {
        CallToolResponse::Complete(result) => assert_eq!(text(&result), "a pot: vase"),
        other => panic!("{:?}", other.into_call_tool_result()),
    }
}

#[tokio::test]
async fn a_task_whose_job_fails_ends_with_the_tools_error() {
    let kiln = Kiln::default();
    let client = House::new(&kiln).connect(taker()).await;
    let id = task_id(client.call_tool_once(make()).await.unwrap());
    kiln.bursts();
    let result = completed(get(&client, &id).await);
    assert_eq!(result["isError"], true);
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(
        text.starts_with("Firing f-1 ended without a result: it burst."),
        "{text}"
    );
}

#[tokio::test]
async fn a_cancelled_task_is_cancelled_at_the_provider() {
    let kiln = Kiln::default();
    let client = House::new(&kiln).connect(taker()).await;
    let id = task_id(client.call_tool_once(make()).await.unwrap());
    client
        .cancel_task(CancelTaskParams::new(&id))
        .await
        .unwrap();
    assert_eq!(kiln.cancels(), 1);
    assert_eq!(get(&client, &id).await.task.payload, TaskPayload::Cancelled);
}

#[tokio::test]
async fn every_answer_about_a_demo_task_says_that_it_is_made_up() {
    let kiln = Kiln::default();
    let house = House::with(&kiln, |settings| settings.demo = true);
    let client = house.connect(taker()).await;
    let id = task_id(client.call_tool_once(make()).await.unwrap());
    kiln.ends_after(1);
    let result = completed(get(&client, &id).await);
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("DEMO: "), "{text}");
}

#[tokio::test]
async fn there_is_nothing_to_update_and_a_forged_id_is_unknown() {
    let client = House::new(&Kiln::default()).connect(taker()).await;
    let id = task_id(client.call_tool_once(make()).await.unwrap());
    let update = client.update_task(UpdateTaskParams::new(&id, Default::default()));
    assert_eq!(refusal(update.await), ErrorCode::INVALID_PARAMS);
    for forged in ["f-1", &id.replace("rs1.", "rs1.A"), &format!("{id}A")] {
        let asked = client.get_task(GetTaskParams::new(forged)).await;
        assert_eq!(refusal(asked), ErrorCode::INVALID_PARAMS, "{forged}");
        let cancelled = client.cancel_task(CancelTaskParams::new(forged)).await;
        assert_eq!(refusal(cancelled), ErrorCode::INVALID_PARAMS, "{forged}");
    }
}

#[tokio::test]
async fn a_question_about_a_task_that_names_none_is_malformed() {
    let client = House::new(&Kiln::default()).connect(taker()).await;
    let nameless = CustomRequest::new("tasks/get", Some(json!({"taskId": 7})));
    let asked = client.send_request(ClientRequest::CustomRequest(nameless));
    assert_eq!(refusal(asked.await), ErrorCode::INVALID_PARAMS);
}

#[tokio::test]
async fn a_task_belongs_to_the_caller_that_has_it() {
    let kiln = Kiln::default();
    let house = House::new(&kiln);
    let serve = |token: &str| {
        house.serve(HttpOptions {
            token: Some(token.into()),
            ..HttpOptions::default()
        })
    };
    let (annas, berts) = (serve("annas-token"), serve("berts-token"));
    let anna = over_http(taker(), annas.addr, Some("annas-token")).await;
    let bert = over_http(taker(), berts.addr, Some("berts-token")).await;
    let id = task_id(anna.call_tool_once(make()).await.unwrap());
    assert!(!id.contains("annas-token"));
    let stolen = bert.get_task(GetTaskParams::new(&id)).await;
    assert_eq!(refusal(stolen), ErrorCode::INVALID_PARAMS);
    let ended = bert.cancel_task(CancelTaskParams::new(&id)).await;
    assert_eq!(refusal(ended), ErrorCode::INVALID_PARAMS);
    assert_eq!(kiln.cancels(), 0);
    assert_eq!(get(&anna, &id).await.task.payload, TaskPayload::Working);
}

#[tokio::test]
async fn two_servers_with_one_key_answer_for_each_others_tasks() {
    let kiln = Kiln::default();
    let houses = [House::new(&kiln), House::new(&kiln)];
    let serving = [0, 1].map(|n: usize| houses[n].serve(HttpOptions::default()));
    let proxy = round_robin([serving[0].addr, serving[1].addr]).await;
    let client = over_http(taker(), proxy, None).await;
    let id = task_id(client.call_tool_once(make()).await.unwrap());
    for _ in 0..3 {
        assert_eq!(get(&client, &id).await.task.payload, TaskPayload::Working);
    }
    kiln.ends_after(1);
    for _ in 0..2 {
        let result = completed(get(&client, &id).await);
        assert_eq!(result["content"][0]["text"], "a pot: vase");
    }
    let asked = houses.map(|house| house.asked.load(Ordering::SeqCst));
    assert!(asked.iter().all(|count| *count >= 2), "{asked:?}");
    assert_eq!(kiln.lit(), 1);
}

/// Each connection goes to the next of both.
async fn round_robin(servers: [SocketAddr; 2]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for server in servers.into_iter().cycle() {
            let (mut client, _peer) = listener.accept().await.unwrap();
            let mut server = TcpStream::connect(server).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    addr
}

#[tokio::test]
async fn only_a_server_with_slow_work_offers_tasks() {
    let has_tasks = |client: &Client| {
        let server = client.peer_info().unwrap();
        server.capabilities.supports_tasks()
    };
    assert!(has_tasks(
        &House::new(&Kiln::default()).connect(taker()).await
    ));
    let sample = Mcp::new(crate::sample::Sample::default(), &Settings::defaults()).unwrap();
    let without = crate::sample::connect_as(taker(), sample, modern()).await;
    assert!(!has_tasks(&without));
}
