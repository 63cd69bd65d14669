//! Tasks of the extension `io.modelcontextprotocol/tasks`: the id is a sealed handle, so that any
//! replica and any restart can answer for it.

use std::{sync::Once, time::Duration};

use anyhow::Context as _;
use jiff::Timestamp;
use rmcp::model::{CreateTaskResult, RequestStateCodec, SealOptions, Task, TaskStatus};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::{Call, Entry, Job, Jobs, State};
use crate::{Error, Result, config::Env};

const KEY: &str = "MCP_STATE_KEY";
/// How long a task can be asked for; the longest video takes less.
const TASK_TTL: Duration = Duration::from_secs(2 * 3600);
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// What a task id carries, sealed and bound to the caller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handle {
    pub server: String,
    pub tool: String,
    /// The provider's id.
    pub job_id: String,
    /// Unix time in milliseconds.
    pub created_ms: i64,
}

/// What makes task ids that nobody can forge.
#[derive(Debug)]
pub(super) struct Seal {
    codec: RequestStateCodec,
    is_shared: bool,
    first_use: Once,
}

impl Seal {
    pub(super) fn from_env(env: &Env) -> anyhow::Result<Self> {
        let secret = env.secret(KEY)?;
        let key = match &secret {
            Some(secret) => secret.expose_secret().as_bytes().to_vec(),
            None => random_key()?,
        };
        let codec = RequestStateCodec::try_new(key).with_context(|| {
            format!(
                "`{KEY}` is too short: at least {} bytes, such as from `openssl rand -base64 32`",
                RequestStateCodec::MIN_KEY_LENGTH
            )
        })?;
        Ok(Self {
            codec,
            is_shared: secret.is_some(),
            first_use: Once::new(),
        })
    }

    fn seal(&self, handle: &Handle, principal: &str) -> Result<String> {
        self.first_use.call_once(|| {
            if !self.is_shared {
                tracing::info!(
                    "tasks can be asked for only until this process ends, and only here: set {KEY} to share them between processes and restarts"
                );
            }
        });
        let bound = bound_to(&handle.server, principal);
        let options = SealOptions::new()
            .associated_data(bound.as_bytes())
            .ttl(TASK_TTL);
        // A handle is four plain fields.
        let sealed = self.codec.seal_json_with(handle, &options);
        sealed.map_err(|_error| Error::Internal)
    }

    /// Forged, too old and somebody else's look the same to the caller.
    fn open(&self, id: &str, server: &str, principal: &str) -> Option<Handle> {
        let opened = self
            .codec
            .open_json_with(id, bound_to(server, principal).as_bytes());
        opened
            .inspect_err(|error| tracing::debug!(%error, "refused a task id: {error}"))
            .ok()
    }
}

impl Jobs {
    /// A task for a job that was just submitted.
    pub(super) fn task<T>(
        &self,
        call: &Call,
        tool: &str,
        job: &Job<T>,
        notes: &[String],
    ) -> Result<CreateTaskResult> {
        let handle = Handle {
            server: self.shared.server.to_owned(),
            tool: tool.to_owned(),
            job_id: job.id.clone(),
            created_ms: Timestamp::now().as_millisecond(),
        };
        let id = self.shared.seal.seal(&handle, &call.principal)?;
        let mut message = format!(
            "{}: {} {}",
            job.state.phase(),
            self.shared.words.job,
            job.id
        );
        for note in notes {
            message.push_str("; ");
            message.push_str(note);
        }
        Ok(CreateTaskResult::new(
            handle.task(&id).with_status_message(message),
        ))
    }

    /// What a task id of this caller means.
    pub(crate) fn opened(&self, task_id: &str, call: &Call) -> Option<Handle> {
        let server = self.shared.server;
        self.shared.seal.open(task_id, server, &call.principal)
    }

    /// Write down how a job ended, if it has; whether that was because somebody cancelled it.
    pub(crate) async fn settle<T>(&self, handle: &Handle, state: &State<T>) -> bool {
        if !state.has_ended() {
            return false;
        }
        self.set_status(&handle.job_id, state.status()).await;
        let entry = self.ledger().find(&handle.job_id).await;
        let was_canceled = |entry: Entry| entry.status == "canceled";
        matches!(state, State::Failed(Error::Cancelled))
            || matches!(state, State::Failed(_))
                && entry.is_ok_and(|it| it.is_some_and(was_canceled))
    }
}

impl Handle {
    /// The task as every answer about it has it.
    pub(crate) fn task(&self, id: &str) -> Task {
        // A handle that was opened was sealed by us, so the time is one.
        let created = Timestamp::from_millisecond(self.created_ms).unwrap_or_default();
        let task = Task::new(
            id,
            TaskStatus::Working,
            created.to_string(),
            Timestamp::now().to_string(),
        );
        task.with_ttl_ms(millis(TASK_TTL))
            .with_poll_interval_ms(millis(POLL_INTERVAL))
    }
}

fn bound_to(server: &str, principal: &str) -> String {
    format!("{server}\n{principal}")
}

fn random_key() -> anyhow::Result<Vec<u8>> {
    let mut key = vec![0; RequestStateCodec::MIN_KEY_LENGTH];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random
        .fill(&mut key)
        .map_err(|_error| anyhow::anyhow!("the system gives no random bytes"))?;
    Ok(key)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LASTING: &str = "0123456789abcdef0123456789abcdef";

    fn handle() -> Handle {
        Handle {
            server: "a-server".into(),
            tool: "make".into(),
            job_id: "job-1".into(),
            created_ms: 1_700_000_000_000,
        }
    }

    fn seal(key: &str) -> Seal {
        Seal::from_env(&Env::from([(KEY, key)])).unwrap()
    }

    #[test]
    fn a_handle_opens_for_its_caller_wherever_the_key_is_the_same() {
        let id = seal(LASTING).seal(&handle(), "anna").unwrap();
        assert_eq!(seal(LASTING).open(&id, "a-server", "anna"), Some(handle()));
    }

    #[test]
    fn a_handle_of_another_caller_server_or_key_and_a_forged_one_do_not_open() {
        let id = seal(LASTING).seal(&handle(), "anna").unwrap();
        assert_eq!(seal(LASTING).open(&id, "a-server", "bert"), None);
        assert_eq!(seal(LASTING).open(&id, "b-server", "anna"), None);
        assert_eq!(seal(&LASTING.repeat(2)).open(&id, "a-server", "anna"), None);
        assert_eq!(seal(LASTING).open("job-1", "a-server", "anna"), None);
        let random = || Seal::from_env(&Env::default()).unwrap();
        let id = random().seal(&handle(), "anna").unwrap();
        assert_eq!(random().open(&id, "a-server", "anna"), None);
    }

    #[test]
    fn a_short_key_stops_the_start() {
        let error = Seal::from_env(&Env::from([(KEY, "short")])).unwrap_err();
        assert!(error.to_string().contains("MCP_STATE_KEY"), "{error:#}");
    }
}
