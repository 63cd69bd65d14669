mod cancel;
mod resume;

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    error::Attempts,
    job::{Progress, State},
};

const PATIENCE: Duration = Duration::from_secs(20);
const WORDS: Words = Words {
    provider: "Maker",
    job: "making",
    get_tool: "get_making",
    id_argument: "making_id",
    list_tool: "list_makings",
};

type Seen = Result<State<&'static str>>;

/// A provider that says what it is told to, and then that the job runs.
#[derive(Debug, Clone, Default)]
struct Maker(Arc<MakerInner>);

#[derive(Debug, Default)]
struct MakerInner {
    script: Mutex<VecDeque<Seen>>,
    submits: AtomicUsize,
    polls: AtomicUsize,
    cancels: AtomicUsize,
    polled: Notify,
    submitting: Notify,
    may_answer: Notify,
}

impl Maker {
    fn saying(script: impl IntoIterator<Item = Seen>) -> Self {
        let maker = Self::default();
        maker.0.script.lock().unwrap().extend(script);
        maker
    }

    fn submit(&self) -> impl Future<Output = Result<Job<&'static str>>> + Send + 'static {
        self.submit_as(Ok(State::Queued))
    }

    fn submit_as(
        &self,
        answer: Seen,
    ) -> impl Future<Output = Result<Job<&'static str>>> + Send + 'static {
        let maker = self.clone();
        async move {
            maker.0.submits.fetch_add(1, Ordering::SeqCst);
            answer.map(job)
        }
    }

    /// One that answers when the test says so.
    fn submit_slowly(&self) -> impl Future<Output = Result<Job<&'static str>>> + Send + 'static {
        let maker = self.clone();
        async move {
            maker.0.submits.fetch_add(1, Ordering::SeqCst);
            maker.0.submitting.notify_one();
            maker.0.may_answer.notified().await;
            Ok(job(State::Queued))
        }
    }

    fn count(&self, what: impl Fn(&MakerInner) -> &AtomicUsize) -> usize {
        what(&self.0).load(Ordering::SeqCst)
    }
}

impl Provider for Maker {
    type Output = &'static str;

    async fn poll(&self, _id: &str) -> Result<Job<&'static str>> {
        self.0.polls.fetch_add(1, Ordering::SeqCst);
        self.0.polled.notify_one();
        let next = self.0.script.lock().unwrap().pop_front();
        next.unwrap_or(Ok(State::Running { step: None })).map(job)
    }

    async fn cancel(&self, id: &str) -> Result<()> {
        assert_eq!(id, "m-1");
        self.0.cancels.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

fn job(state: State<&'static str>) -> Job<&'static str> {
    Job {
        id: "m-1".into(),
        state,
    }
}

fn network(may_have_started: bool) -> Error {
    Error::Network {
        provider: "Maker",
        reason: "connection reset".into(),
        attempts: Attempts {
            count: 1,
            elapsed: Duration::ZERO,
        },
        may_have_started,
    }
}

fn rate_limited(retry_after: Duration) -> Error {
    Error::RateLimited {
        provider: "Maker",
        message: "slow down".into(),
        retry_after: Some(retry_after),
        attempts: Attempts {
            count: 1,
            elapsed: Duration::ZERO,
        },
    }
}

fn order() -> Order {
    Order {
        tool: "make",
        digest: "d1".into(),
        typical: Duration::from_secs(8),
    }
}

fn call() -> Call {
    Call {
        progress: Progress::none(),
        cancelled: CancellationToken::new(),
        principal: "local".into(),
        takes_tasks: false,
    }
}

struct Fixture {
    jobs: Jobs,
    _dir: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        Self::with(|_settings| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = Settings::defaults();
        settings.state_dir = Some(dir.path().to_owned());
        settings.poll_every = Some(Duration::from_millis(1));
        change(&mut settings);
        let jobs = Jobs::new("a-server", WORDS, &Env::default(), &settings).unwrap();
        Self { jobs, _dir: dir }
    }

    async fn run(
        &self,
        maker: &Maker,
        submit: impl Future<Output = Result<Job<&'static str>>> + Send + 'static,
    ) -> Result<Outcome<Done<&'static str>>> {
        self.jobs.run(&call(), maker, order(), submit).await
    }

    async fn row(&self) -> (Option<String>, String) {
        let mut all = self.jobs.ledger().recent(10).await.unwrap();
        assert_eq!(all.len(), 1);
        let entry = all.remove(0);
        (entry.job_id, entry.status)
    }

    async fn until_status(&self, status: &str) {
        let seen = async { while self.row().await.1 != status {} };
        tokio::time::timeout(PATIENCE, seen).await.unwrap();
    }
}

fn known(status: &str) -> (Option<String>, String) {
    (Some("m-1".into()), status.into())
}

fn still_running<T: std::fmt::Debug>(outcome: Outcome<T>) -> crate::job::StillRunning {
    match outcome {
        Outcome::StillRunning(still) => still,
        other => panic!("{other:?}"),
    }
}

fn done<T: std::fmt::Debug>(outcome: Outcome<Done<T>>) -> Done<T> {
    match outcome {
        Outcome::Done(done) => done,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_job_is_submitted_once_waited_for_and_written_down() {
    let fixture = Fixture::new();
    let step = State::Running { step: Some((1, 2)) };
    let maker = Maker::saying([Ok(State::Queued), Ok(step), Ok(State::Done("a vase"))]);
    let outcome = fixture.run(&maker, maker.submit());
    let done = done(outcome.await.unwrap());
    assert_eq!((done.id.as_str(), done.output), ("m-1", "a vase"));
    assert!(done.notes.is_empty());
    assert_eq!(fixture.row().await, known("done"));
    assert_eq!(
        (maker.count(|m| &m.submits), maker.count(|m| &m.polls)),
        (1, 3)
    );
}

#[tokio::test]
async fn a_submit_that_answers_with_the_result_is_not_polled() {
    let fixture = Fixture::new();
    let maker = Maker::default();
    let submit = maker.submit_as(Ok(State::Done("a vase")));
    let outcome = fixture.run(&maker, submit).await;
    assert_eq!(done(outcome.unwrap()).output, "a vase");
    assert_eq!(fixture.row().await, known("done"));
    assert_eq!(maker.count(|m| &m.polls), 0);
}

#[tokio::test]
async fn a_lost_answer_is_unconfirmed_and_leaves_an_unknown_row() {
    let fixture = Fixture::new();
    let maker = Maker::default();
    let submit = maker.submit_as(Err(network(true)));
    let error = fixture.run(&maker, submit).await;
    let error = error.unwrap_err();
    assert_eq!(
        error,
        Error::Unconfirmed {
            provider: "Maker",
            reason: "Maker could not be reached: connection reset".into(),
            list_tool: "list_makings",
        }
    );
    assert_eq!(fixture.row().await, (None, "unknown".into()));
    assert_eq!(maker.count(|m| &m.submits), 1);
}

#[tokio::test]
async fn a_submit_that_started_nothing_fails_as_it_is() {
    let fixture = Fixture::new();
    let maker = Maker::default();
    let submit = maker.submit_as(Err(network(false)));
    let error = fixture.run(&maker, submit).await;
    assert_eq!(error.unwrap_err(), network(false));
    assert_eq!(fixture.row().await, (None, "not started".into()));
}

#[tokio::test]
async fn a_job_that_fails_is_its_own_error() {
    let fixture = Fixture::new();
    let refused = Error::Refused {
        provider: "Maker",
        reason: "no vases".into(),
    };
    let maker = Maker::saying([Ok(State::Failed(refused.clone()))]);
    let error = fixture.run(&maker, maker.submit());
    assert_eq!(error.await.unwrap_err(), refused);
    assert_eq!(fixture.row().await, known("failed"));
}

#[tokio::test]
async fn a_wait_that_is_over_says_how_to_go_on() {
    let fixture = Fixture::new();
    let maker = Maker::default();
    let jobs = fixture.jobs.waiting(Duration::ZERO);
    let submit = maker.submit_as(Ok(State::Running { step: Some((3, 9)) }));
    let outcome = jobs.run(&call(), &maker, order(), submit).await;
    let still = still_running(outcome.unwrap());
    assert_eq!(still.id, "m-1");
    assert_eq!(still.phase, "running, step 3 of 9");
    assert!(still.notes.is_empty());
    let text = still.to_text();
    let call = "Call `get_making` with making_id=\"m-1\"";
    assert!(text.contains(call), "{text}");
    assert_eq!(fixture.row().await, known("running"));
}

#[tokio::test]
async fn faults_on_the_way_do_not_end_the_wait() {
    let fixture = Fixture::new();
    let decode = Error::Decode {
        provider: "Maker",
        path: ".".into(),
        reason: "cut off".into(),
    };
    let maker = Maker::saying([
        Err(network(false)),
        Err(rate_limited(Duration::from_millis(2))),
        Err(decode),
        Ok(State::Done("a vase")),
    ]);
    let outcome = fixture.run(&maker, maker.submit());
    assert_eq!(done(outcome.await.unwrap()).output, "a vase");
}

#[tokio::test]
async fn a_key_that_is_refused_ends_the_wait_and_the_error_names_the_job() {
    let fixture = Fixture::new();
    let maker = Maker::saying([Err(Error::Auth {
        provider: "Maker",
        status: 401,
        message: "who are you".into(),
        env: "KEY",
        get_it_at: "somewhere",
    })]);
    let error = fixture.run(&maker, maker.submit());
    let error = error.await.unwrap_err();
    assert_eq!(error.kind(), "auth");
    assert!(error.to_string().contains("making m-1 goes on"), "{error}");
    assert_eq!(fixture.row().await, known("running"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_ledger_that_cannot_be_written_stops_nothing_and_the_result_says_so() {
    let fixture = Fixture::with(|settings| settings.state_dir = Some("/dev/null/state".into()));
    let maker = Maker::saying([Ok(State::Done("a vase"))]);
    let outcome = fixture.run(&maker, maker.submit());
    let done = done(outcome.await.unwrap());
    assert_eq!(done.output, "a vase");
    let note = done.notes.join("\n");
    assert!(
        note.starts_with("this job could not be written down ("),
        "{note}"
    );
    assert!(note.ends_with("; note its id"), "{note}");

    let maker = Maker::default();
    let jobs = fixture.jobs.waiting(Duration::ZERO);
    let outcome = jobs.run(&call(), &maker, order(), maker.submit()).await;
    assert_eq!(still_running(outcome.unwrap()).notes, [note]);
}

#[tokio::test]
async fn a_client_that_takes_tasks_gets_one_unless_the_result_is_there() {
    let fixture = Fixture::new();
    let maker = Maker::default();
    let call = Call {
        takes_tasks: true,
        ..call()
    };
    let outcome = fixture.jobs.run(&call, &maker, order(), maker.submit());
    let Outcome::Task(created) = outcome.await.unwrap() else {
        panic!("no task");
    };
    let handle = fixture.jobs.opened(&created.task.task_id, &call).unwrap();
    assert_eq!(
        (handle.tool.as_str(), handle.job_id.as_str()),
        ("make", "m-1")
    );
    assert_eq!(created.task.ttl_ms, Some(7_200_000));
    assert_eq!(created.task.poll_interval_ms, Some(2000));
    assert_eq!(
        created.task.status_message.as_deref(),
        Some("queued: making m-1")
    );
    assert_eq!(maker.count(|m| &m.polls), 0);

    let submit = maker.submit_as(Ok(State::Done("a vase")));
    let outcome = fixture.jobs.run(&call, &maker, order(), submit).await;
    assert_eq!(done(outcome.unwrap()).output, "a vase");
}

#[tokio::test]
async fn a_submit_that_panics_is_unconfirmed_and_leaves_an_unknown_row() {
    let fixture = Fixture::new();
    let maker = Maker::default();
    let submit = async { panic!("after it was sent") };
    let error = fixture.run(&maker, submit).await.unwrap_err();
    assert!(matches!(error, Error::Unconfirmed { .. }), "{error}");
    assert!(error.to_text().contains("`list_makings`"), "{error}");
    assert_eq!(fixture.row().await, (None, "unknown".into()));
}
