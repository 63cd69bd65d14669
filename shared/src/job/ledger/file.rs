//! The file behind the ledger: where it is, who may read it, what is in it.

use std::{fs, io, path::Path, time::Duration};

use anyhow::Context as _;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params};

pub(super) const NAME: &str = "jobs.sqlite3";
/// Other processes write a row at a time.
const BUSY_FOR: Duration = Duration::from_secs(5);
const KEPT_MS: i64 = 30 * 24 * 3600 * 1000;
const VERSION: i64 = 1;
const TABLES: &str = "
CREATE TABLE jobs (
    row      INTEGER PRIMARY KEY,
    server   TEXT NOT NULL,
    tool     TEXT NOT NULL,
    job_id   TEXT,                          -- NULL: unknown
    digest   TEXT NOT NULL,
    created  INTEGER NOT NULL,              -- Unix time in milliseconds
    updated  INTEGER NOT NULL,
    status   TEXT NOT NULL,
    files    TEXT NOT NULL DEFAULT '[]',    -- JSON list of paths
    cost_usd REAL
) STRICT;
CREATE INDEX jobs_by_id ON jobs (server, job_id);
CREATE INDEX jobs_by_age ON jobs (created);
PRAGMA user_version = 1;
";

/// Open the file, make it if it is not there, and forget what is older than 30 days.
pub(super) fn open(dir: &Path, now_ms: i64) -> anyhow::Result<Connection> {
    make_private(dir)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(dir.join(NAME), flags)?;
    connection.busy_timeout(BUSY_FOR)?;
    // Fails when two processes do it at once, and then the other one has done it; some network file
    // systems cannot, and there the rollback journal is as safe.
    let _ = connection.pragma_update(None, "journal_mode", "WAL");
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    migrate(&transaction)?;
    transaction.execute(
        "DELETE FROM jobs WHERE created < ?1",
        params![now_ms - KEPT_MS],
    )?;
    transaction.commit()?;
    Ok(connection)
}

fn migrate(transaction: &Transaction<'_>) -> anyhow::Result<()> {
    let version: i64 =
        transaction.pragma_query_value(None, "user_version", |row| row.get("user_version"))?;
    anyhow::ensure!(
        version <= VERSION,
        "it was written by a newer version of this server (schema {version}, this one knows {VERSION})"
    );
    if version == 0 {
        transaction.execute_batch(TABLES)?;
    }
    Ok(())
}

/// Directory and file for this user only: what was asked of a provider is nobody else's business.
/// SQLite gives its other files the mode of the first.
fn make_private(dir: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    let mut options = fs::OpenOptions::new();
    builder.recursive(true);
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        builder.mode(0o700);
        options.mode(0o600);
    }
    let made: io::Result<()> = builder
        .create(dir)
        .and_then(|()| options.open(dir.join(NAME)).map(drop));
    made.context("it cannot be made")
}
