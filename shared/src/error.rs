//! The one error type a tool may return: what happened, then one next step.

use std::{fmt, time::Duration};

use rmcp::{
    ErrorData,
    handler::server::tool::IntoCallToolResult,
    model::{CallToolResponse, CallToolResult, ContentBlock},
};

use crate::text;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How often a request was sent before it failed, and how long that took.
///
/// Prints nothing for a single attempt, else ` (3 attempts in 2.1 s)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attempts {
    pub count: u32,
    pub elapsed: Duration,
}

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count < 2 {
            return Ok(());
        }
        let seconds = self.elapsed.as_secs_f64();
        write!(f, " ({} attempts in {seconds:.1} s)", self.count)
    }
}

/// Everything that can go wrong in a tool call.
///
/// Absence, unreachability, refusal, rate limit and missing configuration are different answers;
/// none stands in for another. `Display` is what happened; [`Error::next_step`] is what to do.
/// Provider text in `message` fields must have gone through [`text::quote`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("`{field}` is not usable: {reason}")]
    InvalidInput { field: String, reason: String },
    /// `state` says how the variable was found: "is not set", "holds the placeholder ...".
    #[error("this needs an API key, and `{env}` {state}")]
    MissingKey {
        env: &'static str,
        state: String,
        get_it_at: &'static str,
    },
    #[error("{provider} refused the API key (HTTP {status}): {message}")]
    Auth {
        provider: &'static str,
        status: u16,
        message: String,
        env: &'static str,
        get_it_at: &'static str,
    },
    #[error("{provider} says that the account has no credit (HTTP {status}): {message}")]
    NoCredit {
        provider: &'static str,
        status: u16,
        message: String,
    },
    /// `next` is a whole sentence: which tool or argument finds what exists.
    #[error("{what} was not found")]
    NotFound { what: String, next: String },
    #[error("{provider} rejected the request (HTTP {status}): {message}")]
    Rejected {
        provider: &'static str,
        status: u16,
        message: String,
    },
    #[error("{provider} is rate limiting us{attempts}: {message}")]
    RateLimited {
        provider: &'static str,
        message: String,
        retry_after: Option<Duration>,
        attempts: Attempts,
    },
    /// `may_have_started` is true when the request had left and was not a read.
    #[error("{provider} did not answer within {} s{attempts}", .after.as_secs())]
    TimedOut {
        provider: &'static str,
        after: Duration,
        attempts: Attempts,
        may_have_started: bool,
    },
    #[error("{provider} could not be reached{attempts}: {reason}")]
    Network {
        provider: &'static str,
        reason: String,
        attempts: Attempts,
        may_have_started: bool,
    },
    #[error("{provider} failed (HTTP {status}){attempts}: {message}")]
    Upstream {
        provider: &'static str,
        status: u16,
        message: String,
        attempts: Attempts,
        may_have_started: bool,
    },
    #[error("{provider} sent a reply this server cannot read (at `{path}`: {reason})")]
    Decode {
        provider: &'static str,
        path: String,
        reason: String,
    },
    /// `next` is a whole sentence: less can be asked of an answer, but a file is as large as it is.
    #[error("{what} is larger than the limit of {}", text::size(*.limit_bytes))]
    TooLarge {
        what: String,
        limit_bytes: u64,
        next: &'static str,
    },
    /// A content policy said no.
    #[error("{provider} refused this content: {reason}")]
    Refused {
        provider: &'static str,
        reason: String,
    },
    /// `job` is what the provider calls it, such as `prediction`.
    #[error("{job} {id} ended without a result: {reason}")]
    JobFailed {
        job: &'static str,
        id: String,
        reason: String,
        /// What to do now, such as [`Error::RETRY_ONCE`].
        next: &'static str,
    },
    /// A submit was sent, and it is not known what became of it.
    #[error(
        "{provider} may have started this work and bill it, but no readable answer came: {reason}"
    )]
    Unconfirmed {
        provider: &'static str,
        reason: String,
        list_tool: &'static str,
    },
    /// The provider keeps results for a while only.
    #[error("{what} is no longer at the provider")]
    Expired { what: String },
    /// A finished result names a file at a place that nobody vouches for, or that does not give it out.
    #[error("{provider} named a file that was not fetched: {reason}")]
    NotFetched {
        provider: &'static str,
        reason: String,
    },
    #[error("`{path}` cannot be written: {reason}")]
    Storage { path: String, reason: String },
    /// `may_have_started` is true for a tool that may not simply be called again.
    #[error("the call did not finish within {} s", .after.as_secs())]
    Deadline {
        after: Duration,
        may_have_started: bool,
    },
    #[error("this server is working on {limit} calls already")]
    Busy { limit: usize },
    #[error("the call was cancelled")]
    Cancelled,
    #[error("this server has a bug and could not finish the call")]
    Internal,
}

impl Error {
    /// For a job that the same input may bring to its end next time.
    pub const RETRY_ONCE: &str = "Retry once; if it fails again, change the input.";
    /// For a job that this input will never bring to its end.
    pub const CHANGE_INPUT: &str = "Change the input; the same one will fail again.";
    /// For a job that somebody ended.
    pub const ONLY_IF_WANTED: &str = "Start it again only if the user still wants it.";

    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::InvalidInput {
            field: field.into(),
            reason: reason.into(),
        }
    }

    /// A file that is there, and over the operator's limit.
    pub(crate) fn file_too_large(what: impl Into<String>, limit_bytes: u64) -> Self {
        Self::TooLarge {
            what: what.into(),
            limit_bytes,
            next: "Do not make it again, it would be as large: ask the user to fetch it from its address, or to raise `MCP_MEDIA_LIMIT` and restart the server.",
        }
    }

    /// A read that nobody answered in time, and that was not repeated.
    pub(crate) fn silence(provider: &'static str, after: Duration) -> Self {
        Self::TimedOut {
            provider,
            after,
            attempts: Attempts {
                count: 1,
                elapsed: after,
            },
            may_have_started: false,
        }
    }

    /// The same error, and something else the reader must know; only where an error has room for words.
    pub(crate) fn noting(mut self, note: &str) -> Self {
        if let Self::InvalidInput { reason: words, .. }
        | Self::MissingKey { state: words, .. }
        | Self::Auth { message: words, .. }
        | Self::NoCredit { message: words, .. }
        | Self::Rejected { message: words, .. }
        | Self::RateLimited { message: words, .. }
        | Self::Network { reason: words, .. }
        | Self::Upstream { message: words, .. }
        | Self::Decode { reason: words, .. }
        | Self::Refused { reason: words, .. }
        | Self::JobFailed { reason: words, .. }
        | Self::Unconfirmed { reason: words, .. }
        | Self::Storage { reason: words, .. } = &mut self
        {
            let end = words.trim_end_matches('.').len();
            words.truncate(end);
            words.push_str("; ");
            words.push_str(note);
        }
        self
    }

    /// Whether a failed write may have started work all the same.
    pub fn may_have_started(&self) -> bool {
        match self {
            Self::TimedOut {
                may_have_started, ..
            }
            | Self::Network {
                may_have_started, ..
            }
            | Self::Upstream {
                may_have_started, ..
            }
            | Self::Deadline {
                may_have_started, ..
            } => *may_have_started,
            // An answer came, and could not be read.
            Self::Decode { .. } | Self::TooLarge { .. } | Self::Unconfirmed { .. } => true,
            _ => false,
        }
    }

    /// One sentence: what the model should do now.
    pub fn next_step(&self) -> String {
        match self {
            Self::InvalidInput { field, .. } => {
                format!("Correct `{field}` and call the tool again.")
            }
            Self::MissingKey { env, get_it_at, .. } => format!(
                "Ask the user to set `{env}` (a key is made at {get_it_at}) and to restart the server; do not retry."
            ),
            Self::Auth { env, get_it_at, .. } => format!(
                "Ask the user to check `{env}` at {get_it_at} and to restart the server; do not retry."
            ),
            Self::NoCredit { provider, .. } => {
                format!("Ask the user to top up the {provider} account; do not retry.")
            }
            Self::NotFound { next, .. } => next.clone(),
            Self::Rejected { .. } => "Change the arguments; the same call will fail again.".into(),
            Self::RateLimited { retry_after, .. } => {
                let wait = retry_after.map_or(60, |after| after.as_secs().max(1));
                format!("Wait {wait} s, then retry once.")
            }
            Self::TimedOut {
                may_have_started: true,
                ..
            }
            | Self::Network {
                may_have_started: true,
                ..
            }
            | Self::Upstream {
                may_have_started: true,
                ..
            }
            | Self::Deadline {
                may_have_started: true,
                ..
            } => "The work may have been started and billed: do not repeat the call; tell the user, and look for its result first.".into(),
            Self::TimedOut { .. } | Self::Upstream { .. } => {
                "Retry once; if it fails again, tell the user that the provider is down.".into()
            }
            Self::Network { .. } => {
                "Retry once; if it fails again, ask the user to check the network, the proxy and the base URL (`doctor` tests them).".into()
            }
            Self::Decode { .. } => {
                "Do not retry; tell the user that this server may need an update.".into()
            }
            Self::TooLarge { next, .. } => (*next).into(),
            Self::Refused { .. } => {
                "Change the prompt or the picture; the same input will be refused again.".into()
            }
            Self::JobFailed { next, .. } => (*next).into(),
            Self::Unconfirmed { list_tool, .. } => format!(
                "Do not repeat the call: look for its result with `{list_tool}` first, and tell the user."
            ),
            Self::Expired { .. } => {
                "Tell the user; making it again costs again.".into()
            }
            Self::NotFetched { .. } => {
                "Do not start the work again, its result exists: ask for that once more, which may bring another address; if it fails again, tell the user.".into()
            }
            Self::Storage { .. } => {
                "Ask the user to free space or to set another directory (`MCP_OUTPUT_DIR`, or `MCP_STATE_DIR` for jobs), and to restart the server.".into()
            }
            Self::Deadline { .. } => "Retry once, or ask for less.".into(),
            Self::Busy { .. } => "Wait for the other calls to finish, then retry.".into(),
            Self::Cancelled => "Nothing to do.".into(),
            Self::Internal => {
                "Do not retry with the same arguments; tell the user, the server's log has the details.".into()
            }
        }
    }

    /// All that [`Error::kind`] can say. Only these become labels: a metric must not grow with what a tool says.
    pub(crate) const KINDS: [&str; 22] = [
        "invalid_input",
        "missing_key",
        "auth",
        "no_credit",
        "not_found",
        "rejected",
        "rate_limited",
        "timed_out",
        "network",
        "upstream",
        "decode",
        "too_large",
        "refused",
        "job_failed",
        "unconfirmed",
        "expired",
        "not_fetched",
        "storage",
        "deadline",
        "busy",
        "cancelled",
        "internal",
    ];

    /// A short label for metrics and logs, from a fixed set.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::InvalidInput { .. } => "invalid_input",
            Self::MissingKey { .. } => "missing_key",
            Self::Auth { .. } => "auth",
            Self::NoCredit { .. } => "no_credit",
            Self::NotFound { .. } => "not_found",
            Self::Rejected { .. } => "rejected",
            Self::RateLimited { .. } => "rate_limited",
            Self::TimedOut { .. } => "timed_out",
            Self::Network { .. } => "network",
            Self::Upstream { .. } => "upstream",
            Self::Decode { .. } => "decode",
            Self::TooLarge { .. } => "too_large",
            Self::Refused { .. } => "refused",
            Self::JobFailed { .. } => "job_failed",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::Expired { .. } => "expired",
            Self::NotFetched { .. } => "not_fetched",
            Self::Storage { .. } => "storage",
            Self::Deadline { .. } => "deadline",
            Self::Busy { .. } => "busy",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }

    /// What the model reads: what happened, then the next step.
    pub fn to_text(&self) -> String {
        format!(
            "{}. {}",
            text::sentence(&self.to_string()),
            self.next_step()
        )
    }
}

/// The key in a failed result's `_meta` that carries [`Error::kind`] for machines.
pub(crate) const KIND_META: &str = "mcp-shared/error-kind";

impl IntoCallToolResult for Error {
    fn into_call_tool_result(self) -> std::result::Result<CallToolResponse, ErrorData> {
        // Text only: clients validate structured content of failed results and hide the text.
        let mut meta = rmcp::model::MetaObject::new();
        meta.insert(KIND_META.into(), self.kind().into());
        Ok(
            CallToolResult::error(vec![ContentBlock::text(self.to_text())])
                .with_meta(Some(meta))
                .into(),
        )
    }
}
