//! Slow, paid work at a provider: submitted once, written down, waited for, never lost.
//!
//! A server brings [`Provider`] (poll and cancel) and one `submit` future per call; [`Jobs`] does the rest.

mod call;
mod cancel;
mod ledger;
mod progress;
mod run;
mod tasks;
mod wait;

use std::time::Duration;

use rmcp::{
    ErrorData,
    handler::server::tool::IntoCallToolResult,
    model::{CallToolResponse, CallToolResult, ContentBlock, CreateTaskResult},
};

use crate::{Error, Result};

pub use call::Call;
pub(crate) use call::Principal;
pub use ledger::{Entry, Ledger};
pub use progress::Progress;
pub use run::Jobs;
pub use tasks::Handle;
pub(crate) use wait::is_passing;

/// What a provider says about one job.
#[derive(Debug, Clone)]
pub struct Job<T> {
    /// The provider's id.
    pub id: String,
    pub state: State<T>,
}

#[derive(Debug, Clone)]
pub enum State<T> {
    /// Accepted, not begun.
    Queued,
    Running {
        /// Of how many steps how many are done, where the provider tells.
        step: Option<(u64, u64)>,
    },
    Done(T),
    /// It ended without a result: [`Error::JobFailed`] or [`Error::Refused`], or [`Error::Cancelled`] where
    /// the provider says that somebody cancelled it.
    Failed(Error),
}

/// What a provider can do with a job that it has accepted.
pub trait Provider: Clone + Send + Sync + 'static {
    type Output: Send + 'static;

    fn poll(&self, id: &str) -> impl Future<Output = Result<Job<Self::Output>>> + Send;

    /// Cancelling what has ended is no error.
    fn cancel(&self, id: &str) -> impl Future<Output = Result<()>> + Send;
}

/// What is known about a job before it is submitted.
#[derive(Debug, Clone)]
pub struct Order {
    /// The tool that was called.
    pub tool: &'static str,
    /// SHA-256 (hex) of what is submitted; lets a lost job be recognized in the provider's list.
    pub digest: String,
    /// How long such work usually takes.
    pub typical: Duration,
}

/// The tools a model needs when an answer comes later, as words in messages.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Words {
    /// The provider as a person writes it.
    pub provider: &'static str,
    /// What the provider calls a job, such as `prediction`.
    pub job: &'static str,
    /// The tool that waits for a job by its id.
    pub get_tool: &'static str,
    /// The argument of that tool that takes the id.
    pub id_argument: &'static str,
    /// The tool that lists recent jobs.
    pub list_tool: &'static str,
}

/// A finished job.
#[derive(Debug, Clone)]
pub struct Done<T> {
    pub id: String,
    pub output: T,
    /// What the caller should be told besides, such as that the job could not be written down.
    pub notes: Vec<String>,
}

/// How a bounded wait ended. A tool may return it as it is.
#[derive(Debug)]
pub enum Outcome<T> {
    Done(T),
    StillRunning(StillRunning),
    /// The client asked for a task instead of a wait.
    Task(Box<CreateTaskResult>),
}

/// A normal answer: the work goes on at the provider, and this is how to get its result.
#[derive(Debug, Clone, PartialEq)]
pub struct StillRunning {
    pub id: String,
    pub words: Words,
    pub waited: Duration,
    /// How long to wait before asking again.
    pub ask_after: Duration,
    /// What is going on: "queued", "running, step 12 of 28".
    pub phase: String,
    pub notes: Vec<String>,
}

impl<T> State<T> {
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Failed(_))
    }

    /// What is going on, without numbers that grow by themselves.
    pub(crate) fn phase(&self) -> String {
        match self {
            Self::Queued => "queued".into(),
            Self::Running { step: None } => "running".into(),
            Self::Running {
                step: Some((step, total)),
            } => format!("running, step {step} of {total}"),
            Self::Done(_) => "done".into(),
            Self::Failed(_) => "failed".into(),
        }
    }

    /// The ledger's word for it.
    fn status(&self) -> &'static str {
        match self {
            Self::Queued | Self::Running { .. } => "running",
            Self::Done(_) => "done",
            Self::Failed(Error::Cancelled) => "canceled",
            Self::Failed(_) => "failed",
        }
    }
}

impl<T> Outcome<T> {
    /// Turn the output, if it is there, into something else.
    pub async fn then<U, F>(self, next: impl FnOnce(T) -> F) -> Result<Outcome<U>>
    where
        F: Future<Output = Result<U>>,
    {
        Ok(match self {
            Self::Done(output) => Outcome::Done(next(output).await?),
            Self::StillRunning(still) => Outcome::StillRunning(still),
            Self::Task(task) => Outcome::Task(task),
        })
    }
}

impl StillRunning {
    /// What the model reads.
    pub fn to_text(&self) -> String {
        let Words {
            job,
            get_tool,
            id_argument,
            ..
        } = self.words;
        let mut text = format!(
            "Not finished after {} s ({}). The work goes on and is paid for: do not start it again. Call `{get_tool}` with {id_argument}=\"{}\" in about {} s; it waits for the result.\n{job} id: {}",
            self.waited.as_secs(),
            self.phase,
            self.id,
            self.ask_after.as_secs().max(1),
            self.id,
        );
        for note in &self.notes {
            text.push_str("\nNote: ");
            text.push_str(note);
        }
        text
    }
}

impl<T: IntoCallToolResult> IntoCallToolResult for Outcome<T> {
    fn into_call_tool_result(self) -> std::result::Result<CallToolResponse, ErrorData> {
        match self {
            Self::Done(output) => output.into_call_tool_result(),
            Self::StillRunning(still) => {
                Ok(CallToolResult::success(vec![ContentBlock::text(still.to_text())]).into())
            }
            Self::Task(task) => Ok((*task).into()),
        }
    }
}
