//! Several processes at once: they answer for each other, and share what is written down.

use std::net::SocketAddr;

use rmcp::{
    ServiceError,
    model::{
        CallToolRequestParams, CallToolResponse, CancelTaskParams, ErrorCode, GetTaskParams,
        TaskPayload,
    },
};
use serde_json::{Value, json};
use testkit::{binary::Serving, connect_for_tasks};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

use crate::{
    fake::{Event, Fake, Manner},
    home::{Home, PROGRAM, TOKEN, done, generate, path, text},
};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const OTHER_KEY: &str = "fedcba9876543210fedcba9876543210";
/// Of each of two processes.
const CALLS: usize = 20;

async fn replica(home: &Home, fake: &Fake, key: &str) -> Serving {
    let (state, output) = (home.state(), home.output());
    let env = [
        ("REPLICATE_BASE_URL", fake.url.as_str()),
        ("REPLICATE_API_TOKEN", TOKEN),
        ("MCP_STATE_DIR", path(&state)),
        ("MCP_OUTPUT_DIR", path(&output)),
        ("MCP_STATE_KEY", key),
    ];
    Serving::start(PROGRAM, &[], &env).await
}

/// Each connection goes to the next of both.
async fn round_robin(servers: [SocketAddr; 2]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for server in servers.into_iter().cycle() {
            let (mut client, _peer) = listener.accept().await.unwrap();
            let mut server = TcpStream::connect(server).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    url
}

fn a_red_fox() -> CallToolRequestParams {
    let Value::Object(arguments) = json!({"prompt": "a red fox"}) else {
        unreachable!("it is one");
    };
    CallToolRequestParams::new("generate_image").with_arguments(arguments)
}

fn task_id(response: CallToolResponse) -> String {
    match response {
        CallToolResponse::Task(task) => task.task.task_id,
        other => panic!("no task: {other:?}"),
    }
}

#[tokio::test]
async fn two_processes_with_one_key_answer_for_each_others_tasks() {
    let mut fake = Fake::start(Manner::Begins).await;
    let (here, there) = (Home::new(), Home::new());
    let replicas = [
        replica(&here, &fake, KEY).await,
        replica(&there, &fake, KEY).await,
    ];
    let proxy = round_robin([replicas[0].address, replicas[1].address]).await;
    let client = connect_for_tasks(&proxy).await;

    let task = task_id(client.call_tool_once(a_red_fox()).await.unwrap());
    let id = fake.created().await;
    for _ in 0..4 {
        let working = client.get_task(GetTaskParams::new(&task)).await.unwrap();
        assert_eq!(working.task.payload, TaskPayload::Working);
        fake.until(Event::Asked(id.clone())).await;
    }
    fake.finish(&id);
    for _ in 0..2 {
        let ended = client.get_task(GetTaskParams::new(&task)).await.unwrap();
        let TaskPayload::Completed { result } = ended.task.payload else {
            panic!("not completed: {:?}", ended.task);
        };
        let blocks = result["content"].as_array().unwrap();
        let has_picture = blocks.iter().any(|block| block["type"] == "image");
        assert!(has_picture, "{result:?}");
    }

    let task = task_id(client.call_tool_once(a_red_fox()).await.unwrap());
    let id = fake.created().await;
    let cancel = client.cancel_task(CancelTaskParams::new(&task)).await;
    cancel.unwrap();
    fake.until(Event::Cancelled(id)).await;
    for _ in 0..2 {
        let ended = client.get_task(GetTaskParams::new(&task)).await.unwrap();
        assert_eq!(ended.task.payload, TaskPayload::Cancelled);
    }
    assert_eq!((fake.creates(), fake.cancels()), (2, 1));
}

#[tokio::test]
async fn a_process_with_another_key_refuses_the_task() {
    let mut fake = Fake::start(Manner::Begins).await;
    let (here, there) = (Home::new(), Home::new());
    let ours = replica(&here, &fake, KEY).await;
    let other = replica(&there, &fake, OTHER_KEY).await;
    let client = connect_for_tasks(&format!("http://{}/mcp", ours.address)).await;
    let stranger = connect_for_tasks(&format!("http://{}/mcp", other.address)).await;

    let task = task_id(client.call_tool_once(a_red_fox()).await.unwrap());
    let id = fake.created().await;
    for refused in [
        stranger.get_task(GetTaskParams::new(&task)).await.map(drop),
        stranger.cancel_task(CancelTaskParams::new(&task)).await,
    ] {
        let Err(ServiceError::McpError(error)) = refused else {
            panic!("not refused: {refused:?}");
        };
        assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
    }
    client.get_task(GetTaskParams::new(&task)).await.unwrap();
    fake.until(Event::Asked(id)).await;
    assert_eq!((fake.creates(), fake.cancels()), (1, 0));
}

#[tokio::test]
async fn two_processes_write_into_one_ledger_and_nothing_is_lost() {
    let (home, fake) = (Home::new(), Fake::start(Manner::Finishes).await);
    let mut servers = [home.server(&fake.url).await, home.server(&fake.url).await];
    for number in 0..CALLS {
        for server in &mut servers {
            server.send(json!(number), "tools/call", generate()).await;
        }
    }
    for server in &mut servers {
        for _ in 0..CALLS {
            let answer = server.next_answer().await;
            let said = text(&answer["result"]);
            assert!(said.contains("made 1 picture"), "{answer}");
            assert!(!said.contains("Note:"), "{said}");
        }
    }
    let all = json!({"limit": 50});
    let listed = done(&mut servers[0], "list_predictions", all).await;
    let rows = listed["structuredContent"]["predictions"]
        .as_array()
        .unwrap();
    assert_eq!(rows.len(), 2 * CALLS);
    for row in rows {
        assert_eq!(row["tool"], "generate_image", "{row}");
        assert_eq!(row["files"].as_array().unwrap().len(), 1, "{row}");
    }
    assert_eq!(fake.creates(), 2 * CALLS);
    for server in servers {
        let said = server.ends_well(std::time::Duration::from_secs(5)).await;
        assert!(!said.log.contains("locked"), "{}", said.log);
    }
}
