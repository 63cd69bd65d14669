//! Slow, paid work from a client's point of view: a pottery whose kiln is a provider made of memory.

mod kiln;
mod tasks;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rmcp::{
    ClientHandler, ClientLifecycleMode, ClientServiceExt as _, RoleClient, ServiceExt as _,
    handler::server::{
        router::prompt::PromptRouter, tool::IntoCallToolResult as _, wrapper::Parameters,
    },
    model::{
        CallToolRequest, CallToolRequestParams, CallToolResponse, CallToolResult,
        ClientCapabilities, ClientConfig, ClientRequest, ContentBlock, ProgressNotificationParam,
    },
    service::{NotificationContext, PeerRequestOptions, RunningService},
    tool, tool_router,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    About, Check, Demo, Mcp, Result, Server, Toolset,
    config::Env,
    job::{self, Call, Handle, Job, Jobs, Order, Outcome, Provider as _, State, Words},
    schema,
    serve::http::{HttpOptions, listen, run},
    settings::Settings,
};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::sample::modern;
use kiln::Kiln;

const PATIENCE: Duration = Duration::from_secs(20);
const KEY: &str = "0123456789abcdef0123456789abcdef";
const WORDS: Words = Words {
    provider: "Kiln",
    job: "firing",
    get_tool: "get_firing",
    id_argument: "firing_id",
    list_tool: "list_firings",
};

struct Pottery {
    jobs: Jobs,
    kiln: Kiln,
    /// How often this very process was asked about a task.
    asked: Arc<AtomicUsize>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FiringInput {
    firing_id: String,
    #[schemars(range(min = 0, max = 300))]
    wait_seconds: u64,
}

/// What comes out of the kiln, as a tool shows it.
fn shown(pot: String) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(format!("a pot: {pot}"))])
}

#[tool_router(router = "tools")]
impl Pottery {
    /// Makes a pot.
    #[tool]
    async fn make(&self, call: Call) -> Result<Outcome<CallToolResult>> {
        let order = Order {
            tool: "make",
            digest: "d1".into(),
            typical: Duration::from_secs(8),
        };
        let kiln = self.kiln.clone();
        let submit = async move { Ok(kiln.light()) };
        let outcome = self.jobs.run(&call, &self.kiln, order, submit).await?;
        outcome.then(async |done| Ok(shown(done.output))).await
    }

    /// Waits for a pot.
    #[tool(input_schema = schema::input::<FiringInput>())]
    async fn get_firing(
        &self,
        call: Call,
        Parameters(input): Parameters<FiringInput>,
    ) -> Result<Outcome<CallToolResult>> {
        let (wait, typical) = (
            Duration::from_secs(input.wait_seconds),
            Duration::from_secs(8),
        );
        let id = &input.firing_id;
        let outcome = self.jobs.resume(&call, &self.kiln, id, wait, typical);
        outcome
            .await?
            .then(async |done| Ok(shown(done.output)))
            .await
    }
}

impl Server for Pottery {
    const ABOUT: About = About {
        name: "pottery",
        version: "1.0.0",
        title: "Pottery",
        description: "For tests",
        instructions: "Test.",
        env_help: "",
    };

    fn new(_env: &Env, _settings: &Settings) -> anyhow::Result<Self> {
        anyhow::bail!("made by hand")
    }

    fn toolsets() -> Vec<Toolset<Self>> {
        vec![Toolset {
            name: "all",
            instructions: "",
            on_by_default: true,
            router: Self::tools(),
        }]
    }

    fn prompts() -> PromptRouter<Self> {
        PromptRouter::new()
    }

    fn demo() -> Demo {
        Demo {
            routes: axum::Router::new(),
            env: |_base| Vec::new(),
        }
    }

    fn warm_up(&self) {}

    fn jobs(&self) -> Option<&Jobs> {
        Some(&self.jobs)
    }

    async fn job_result(&self, handle: &Handle, _call: &Call) -> Result<State<CallToolResult>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let Job { state, .. } = self.kiln.poll(&handle.job_id).await?;
        Ok(match state {
            State::Queued => State::Queued,
            State::Running { step } => State::Running { step },
            State::Done(pot) => State::Done(shown(pot)),
            State::Failed(error) => State::Failed(error),
        })
    }

    async fn cancel_job(&self, handle: &Handle) -> Result<()> {
        job::Provider::cancel(&self.kiln, &handle.job_id).await
    }

    fn report(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    async fn checks(&self) -> Vec<Check> {
        Vec::new()
    }
}

/// One process: a server with state of its own.
struct House {
    mcp: Mcp<Pottery>,
    asked: Arc<AtomicUsize>,
    _state: tempfile::TempDir,
}

impl House {
    fn new(kiln: &Kiln) -> Self {
        Self::with(kiln, |_settings| {})
    }

    fn with(kiln: &Kiln, change: impl FnOnce(&mut Settings)) -> Self {
        let state = tempfile::tempdir().unwrap();
        let mut settings = Settings::defaults();
        settings.state_dir = Some(state.path().to_owned());
        settings.poll_every = Some(Duration::from_millis(2));
        change(&mut settings);
        let env = Env::from([("MCP_STATE_KEY", KEY)]);
        let asked = Arc::default();
        let pottery = Pottery {
            jobs: Jobs::new("pottery", WORDS, &env, &settings).unwrap(),
            kiln: kiln.clone(),
            asked: Arc::clone(&asked),
        };
        Self {
            mcp: Mcp::new(pottery, &settings).unwrap(),
            asked,
            _state: state,
        }
    }

    fn serve(&self, options: HttpOptions) -> Serving {
        let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let addr = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let serving = run(
            listener,
            self.mcp.clone(),
            options,
            stop.clone().cancelled_owned(),
        );
        Serving {
            addr,
            stop,
            ended: tokio::spawn(serving),
        }
    }

    async fn connect<H: ClientHandler>(&self, handler: H) -> RunningService<RoleClient, H> {
        self.connect_by(handler, modern()).await
    }

    async fn connect_by<H: ClientHandler>(
        &self,
        handler: H,
        mode: ClientLifecycleMode,
    ) -> RunningService<RoleClient, H> {
        let (client_end, server_end) = tokio::io::duplex(64 * 1024);
        let mcp = self.mcp.for_connection();
        tokio::spawn(async move {
            if let Ok(running) = mcp.serve(server_end).await {
                let _ = running.waiting().await;
            }
        });
        handler
            .serve_with_lifecycle(client_end, mode)
            .await
            .unwrap()
    }
}

struct Serving {
    addr: SocketAddr,
    stop: CancellationToken,
    ended: JoinHandle<anyhow::Result<()>>,
}

fn make() -> CallToolRequestParams {
    CallToolRequestParams::new("make")
}

fn text(result: &CallToolResult) -> String {
    crate::sample::text(result)
}

/// Keeps what it is told.
struct Listener(mpsc::Sender<ProgressNotificationParam>);

impl ClientHandler for Listener {
    async fn on_progress(
        &self,
        progress: ProgressNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        let _ = self.0.send(progress).await;
    }
}

#[tokio::test]
async fn progress_grows_names_the_job_and_says_what_goes_on() {
    let kiln = Kiln::default();
    kiln.ends_after(3);
    let (sender, mut told) = mpsc::channel(100);
    let client = House::new(&kiln).connect(Listener(sender)).await;
    let result = client.call_tool(make()).await.unwrap();
    assert_eq!(text(&result), "a pot: vase");
    client.cancel().await.unwrap();
    let mut all = Vec::new();
    while let Some(progress) = told.recv().await {
        all.push(progress);
    }
    // Notifications are handled side by side, so they may arrive in any order here.
    all.sort_by(|a, b| a.progress.total_cmp(&b.progress));
    assert!(all.windows(2).all(|two| two[0].progress < two[1].progress));
    assert!(all.iter().all(|one| one.total == Some(100.0)));
    let messages: Vec<&str> = all
        .iter()
        .filter_map(|one| one.message.as_deref())
        .collect();
    assert_eq!(
        messages,
        ["submitted as firing f-1", "queued", "running, step 1 of 4"]
    );
}

#[tokio::test]
async fn a_cancelled_call_cancels_the_job() {
    let kiln = Kiln::default();
    let client = House::new(&kiln).connect(()).await;
    let request = ClientRequest::CallToolRequest(CallToolRequest::new(make()));
    let running = client
        .send_cancellable_request(request, PeerRequestOptions::no_options())
        .await
        .unwrap();
    kiln.polled().await;
    running.cancel(None).await.unwrap();
    kiln.cancelled().await;
    assert_eq!(kiln.lit(), 1);
}

#[tokio::test]
async fn a_server_that_ends_leaves_its_jobs_alone() {
    let kiln = Kiln::default();
    let house = House::new(&kiln);
    let serving = house.serve(HttpOptions::default());
    let client = tasks::over_http((), serving.addr, None).await;
    let call = tokio::spawn(async move { client.call_tool(make()).await });
    kiln.polled().await;
    serving.stop.cancel();
    timeout(PATIENCE, serving.ended)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    // The call is cut off, whatever its client makes of that.
    call.abort();
    let _ = call.await;
    let entry = house.mcp.server().jobs.ledger().find("f-1").await.unwrap();
    assert_eq!(entry.unwrap().status, "running");
    assert_eq!(kiln.cancels(), 0);
}

#[tokio::test]
async fn a_caller_that_says_how_long_to_wait_is_not_cut_off_before() {
    let kiln = Kiln::default();
    let client = House::with(&kiln, |settings| {
        settings.wait_seconds = 0;
        settings.call_timeout = Some(Duration::from_millis(200));
    });
    let client = client.connect(()).await;
    let started = client.call_tool(make()).await.unwrap();
    assert!(
        text(&started).starts_with("Not finished"),
        "{}",
        text(&started)
    );
    // A quarter of a second and more.
    kiln.ends_after(125);
    let arguments = json!({"firing_id": "f-1", "wait_seconds": 20});
    let Value::Object(arguments) = arguments else {
        unreachable!()
    };
    let request = CallToolRequestParams::new("get_firing").with_arguments(arguments);
    let result = client.call_tool(request).await.unwrap();
    assert_eq!(text(&result), "a pot: vase");
}

/// A client that takes tasks for answers.
fn taker() -> ClientConfig {
    let capabilities = ClientCapabilities::builder().enable_tasks().build();
    ClientConfig::new(capabilities, rmcp::model::Implementation::new("taker", "1"))
}

fn task_id(response: CallToolResponse) -> String {
    match response {
        CallToolResponse::Task(created) => created.task.task_id,
        other => panic!("{:?}", other.into_call_tool_result()),
    }
}
