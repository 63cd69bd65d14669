//! The job ledger: one SQLite file in the state directory, shared by all servers and processes.

mod file;

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params, types::Type};

use super::Order;
use crate::{Error, Result};

/// More rows than anybody reads.
const MOST_ENTRIES: usize = 1000;
const COLUMNS: &str = "row, server, tool, job_id, digest, created, status, files, cost_usd";

/// One job as it was written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub row: i64,
    pub server: String,
    pub tool: String,
    /// `None` while, or because, the provider's answer to the submit is not known.
    pub job_id: Option<String>,
    pub digest: String,
    pub created: Timestamp,
    /// "submitting", "unknown", "running", "done", "failed", "canceled", "not started"
    pub status: String,
    /// Absolute paths of what was saved.
    pub files: Vec<PathBuf>,
    /// US dollars, estimated.
    pub cost_usd: Option<f64>,
}

/// Jobs of this server. Cheap to clone; the file is opened on first use, off the async threads.
///
/// Every method fails with [`Error::Storage`] when the file cannot be used; the first such failure is logged.
#[derive(Debug, Clone)]
pub struct Ledger(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    server: &'static str,
    dir: PathBuf,
    connection: Mutex<Option<Connection>>,
    has_warned: AtomicBool,
}

impl Ledger {
    /// `dir` is made when it is needed.
    pub fn new(server: &'static str, dir: PathBuf) -> Self {
        Self(Arc::new(Inner {
            server,
            dir,
            connection: Mutex::new(None),
            has_warned: AtomicBool::new(false),
        }))
    }

    /// The newest first, at most `limit` and never more than 1000.
    pub async fn recent(&self, limit: usize) -> Result<Vec<Entry>> {
        let limit = i64::try_from(limit.min(MOST_ENTRIES)).unwrap_or_default();
        self.with(move |connection, server| {
            let query = format!(
                "SELECT {COLUMNS} FROM jobs WHERE server = ?1 ORDER BY created DESC, row DESC LIMIT ?2"
            );
            let mut rows = connection.prepare(&query)?;
            rows.query_map(params![server, limit], entry)?.collect()
        })
        .await
    }

    /// The job with the provider's id, if this server made it or adopted it.
    pub async fn find(&self, job_id: &str) -> Result<Option<Entry>> {
        let job_id = job_id.to_owned();
        self.with(move |connection, server| {
            let query = format!("SELECT {COLUMNS} FROM jobs WHERE server = ?1 AND job_id = ?2");
            connection
                .query_row(&query, params![server, job_id], entry)
                .optional()
        })
        .await
    }

    /// What was saved for a job, and what it cost. Nothing happens for a job that was made elsewhere.
    pub async fn saved(
        &self,
        job_id: &str,
        files: Vec<PathBuf>,
        cost_usd: Option<f64>,
    ) -> Result<()> {
        let job_id = job_id.to_owned();
        self.with(move |connection, server| {
            let files = serde_json::to_string(&files)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            connection.execute(
                "UPDATE jobs SET files = ?1, cost_usd = coalesce(?2, cost_usd), updated = ?3
                 WHERE server = ?4 AND job_id = ?5",
                params![files, cost_usd, now_ms(), server, job_id],
            )
        })
        .await
        .map(drop)
    }

    /// A row whose job id was unknown turns out to be this job. A row that has an id keeps it.
    pub async fn adopt(&self, row: i64, job_id: &str) -> Result<()> {
        let job_id = job_id.to_owned();
        self.with(move |connection, server| {
            connection.execute(
                "UPDATE jobs SET job_id = ?1, status = 'running', updated = ?2
                 WHERE server = ?3 AND row = ?4 AND job_id IS NULL",
                params![job_id, now_ms(), server, row],
            )
        })
        .await
        .map(drop)
    }

    /// A row for what is about to be submitted.
    pub(super) async fn begin(&self, order: &Order) -> Result<i64> {
        let (tool, digest) = (order.tool, order.digest.clone());
        self.with(move |connection, server| {
            connection.execute(
                "INSERT INTO jobs (server, tool, digest, created, updated, status)
                 VALUES (?1, ?2, ?3, ?4, ?4, 'submitting')",
                params![server, tool, digest, now_ms()],
            )?;
            Ok(connection.last_insert_rowid())
        })
        .await
    }

    /// The submit was answered.
    pub(super) async fn submitted(&self, row: i64, job_id: &str) -> Result<()> {
        self.set(row, Some(job_id.to_owned()), "running").await
    }

    /// The submit was sent, and no readable answer came.
    pub(super) async fn unknown(&self, row: i64) -> Result<()> {
        self.set(row, None, "unknown").await
    }

    /// The submit certainly started nothing.
    pub(super) async fn not_started(&self, row: i64) -> Result<()> {
        self.set(row, None, "not started").await
    }

    /// How a job ended; whether that is new. Nothing happens for a job that was made elsewhere. The first word
    /// stands: what was canceled has not failed, and what has failed is not canceled; only a result is a result
    /// whatever was said.
    pub(super) async fn status(&self, job_id: &str, status: &'static str) -> Result<bool> {
        let job_id = job_id.to_owned();
        self.with(move |connection, server| {
            connection.execute(
                "UPDATE jobs SET status = ?1, updated = ?2 WHERE server = ?3 AND job_id = ?4
                 AND status <> 'done' AND (?1 = 'done' OR status NOT IN ('failed', 'canceled'))",
                params![status, now_ms(), server, job_id],
            )
        })
        .await
        .map(|rows| rows > 0)
    }

    async fn set(&self, row: i64, job_id: Option<String>, status: &'static str) -> Result<()> {
        self.with(move |connection, server| {
            connection.execute(
                "UPDATE jobs SET job_id = ?1, status = ?2, updated = ?3 WHERE server = ?4 AND row = ?5",
                params![job_id, status, now_ms(), server, row],
            )
        })
        .await
        .map(drop)
    }

    /// Do something with the file on a thread that may block.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, &'static str) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let inner = self.0.clone();
        let result = tokio::task::spawn_blocking(move || inner.with(work)).await;
        let reason = match result {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(error)) => format!("{error:#}"),
            Err(_stopped) => "this server is ending".into(),
        };
        let path = self.0.dir.join(file::NAME).display().to_string();
        if !self.0.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                path,
                reason,
                "jobs cannot be written down: {path}: {reason}"
            );
        }
        Err(Error::Storage { path, reason })
    }
}

impl Inner {
    fn with<T>(
        &self,
        work: impl FnOnce(&Connection, &'static str) -> rusqlite::Result<T>,
    ) -> anyhow::Result<T> {
        let mut slot = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let connection = match slot.take() {
            Some(connection) => connection,
            None => file::open(&self.dir, now_ms())?,
        };
        let connection = slot.insert(connection);
        Ok(work(connection, self.server)?)
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let created = Timestamp::from_millisecond(row.get("created")?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(5, Type::Integer, error.into())
    })?;
    let files = serde_json::from_str(&row.get::<_, String>("files")?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(7, Type::Text, error.into()))?;
    Ok(Entry {
        row: row.get("row")?,
        server: row.get("server")?,
        tool: row.get("tool")?,
        job_id: row.get("job_id")?,
        digest: row.get("digest")?,
        created,
        status: row.get("status")?,
        files,
        cost_usd: row.get("cost_usd")?,
    })
}

fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests;
