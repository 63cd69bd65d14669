use std::time::Duration;

use super::*;

fn order(tool: &'static str) -> Order {
    Order {
        tool,
        digest: "d1".into(),
        typical: Duration::from_secs(1),
    }
}

fn ledger(dir: &tempfile::TempDir) -> Ledger {
    Ledger::new("a-server", dir.path().join("state"))
}

#[tokio::test]
async fn a_job_is_written_down_step_by_step() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = ledger(&dir);
    let row = ledger.begin(&order("make")).await.unwrap();
    let begun = ledger.recent(10).await.unwrap().remove(0);
    assert_eq!(
        (begun.status.as_str(), &begun.job_id),
        ("submitting", &None)
    );
    ledger.submitted(row, "job-1").await.unwrap();
    let files = vec![PathBuf::from("/tmp/a.png")];
    ledger
        .saved("job-1", files.clone(), Some(0.25))
        .await
        .unwrap();
    ledger.status("job-1", "done").await.unwrap();
    let done = ledger.find("job-1").await.unwrap().unwrap();
    assert_eq!(
        done,
        Entry {
            job_id: Some("job-1".into()),
            status: "done".into(),
            files,
            cost_usd: Some(0.25),
            ..begun
        }
    );
    assert_eq!((done.tool.as_str(), done.digest.as_str()), ("make", "d1"));
}

#[tokio::test]
async fn it_outlives_the_process_and_is_private_to_the_user() {
    let dir = tempfile::tempdir().unwrap();
    let row = ledger(&dir).begin(&order("make")).await.unwrap();
    ledger(&dir).unknown(row).await.unwrap();
    let kept = ledger(&dir).recent(1).await.unwrap();
    assert_eq!(kept[0].status, "unknown");
    let file = Connection::open(dir.path().join("state").join(file::NAME)).unwrap();
    let mode: String = file
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let state = dir.path().join("state");
        assert_eq!(mode(&state), 0o700);
        for file in std::fs::read_dir(&state).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }
}

#[tokio::test]
async fn an_unknown_job_is_adopted_once() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = ledger(&dir);
    let row = ledger.begin(&order("make")).await.unwrap();
    ledger.unknown(row).await.unwrap();
    ledger.adopt(row, "job-1").await.unwrap();
    ledger.adopt(row, "job-2").await.unwrap();
    let entry = ledger.find("job-1").await.unwrap().unwrap();
    assert_eq!((entry.row, entry.status.as_str()), (row, "running"));
    assert_eq!(ledger.find("job-2").await.unwrap(), None);
}

#[tokio::test]
async fn a_job_made_elsewhere_gets_no_row() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = ledger(&dir);
    ledger.status("job-9", "done").await.unwrap();
    ledger.saved("job-9", Vec::new(), None).await.unwrap();
    assert_eq!(ledger.recent(10).await.unwrap(), []);
}

#[tokio::test]
async fn what_has_ended_stays_so_unless_there_is_a_result() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = ledger(&dir);
    let row = ledger.begin(&order("make")).await.unwrap();
    ledger.submitted(row, "job-1").await.unwrap();
    for (said, kept) in [
        ("canceled", "canceled"),
        ("failed", "canceled"),
        ("done", "done"),
        ("canceled", "done"),
    ] {
        ledger.status("job-1", said).await.unwrap();
        assert_eq!(ledger.find("job-1").await.unwrap().unwrap().status, kept);
    }
}

#[tokio::test]
async fn servers_share_the_file_and_see_only_their_own_jobs() {
    let dir = tempfile::tempdir().unwrap();
    let other = Ledger::new("b-server", dir.path().join("state"));
    let row = other.begin(&order("make")).await.unwrap();
    other.submitted(row, "job-1").await.unwrap();
    let ledger = ledger(&dir);
    assert_eq!(ledger.recent(10).await.unwrap(), []);
    assert_eq!(ledger.find("job-1").await.unwrap(), None);
    ledger.adopt(row, "job-2").await.unwrap();
    ledger.status("job-1", "failed").await.unwrap();
    assert_eq!(
        other.find("job-1").await.unwrap().unwrap().status,
        "running"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_at_once_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let writers: Vec<_> = (0..8)
        .map(|_| {
            // Each has a connection of its own, as other processes have.
            let ledger = ledger(&dir);
            tokio::spawn(async move {
                for _ in 0..20 {
                    let row = ledger.begin(&order("make")).await.unwrap();
                    let id = format!("job-{row}");
                    ledger.submitted(row, &id).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let all = ledger(&dir).recent(1000).await.unwrap();
    assert_eq!(all.len(), 160);
    assert!(
        all.iter()
            .all(|entry| entry.job_id == Some(format!("job-{}", entry.row)))
    );
}

#[tokio::test]
async fn rows_older_than_thirty_days_go_when_the_file_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let day = 24 * 3600 * 1000;
    let set_age = |row: i64, days: i64| {
        let file = Connection::open(dir.path().join("state").join(file::NAME)).unwrap();
        let created = now_ms() - days * day;
        let change = "UPDATE jobs SET created = ?1 WHERE row = ?2";
        file.execute(change, params![created, row]).unwrap();
    };
    let first = ledger(&dir);
    let old = first.begin(&order("old")).await.unwrap();
    let recent = first.begin(&order("recent")).await.unwrap();
    set_age(old, 31);
    set_age(recent, 29);
    let kept = ledger(&dir).recent(10).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].tool, "recent");
}

#[tokio::test]
async fn the_list_is_newest_first_and_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = ledger(&dir);
    for tool in ["first", "second", "third"] {
        ledger.begin(&order(tool)).await.unwrap();
    }
    let tools: Vec<String> = ledger
        .recent(2)
        .await
        .unwrap()
        .into_iter()
        .map(|e| e.tool)
        .collect();
    assert_eq!(tools, ["third", "second"]);
    assert_eq!(ledger.recent(usize::MAX).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    ledger(&dir).begin(&order("make")).await.unwrap();
    let file = Connection::open(dir.path().join("state").join(file::NAME)).unwrap();
    file.pragma_update(None, "user_version", 2).unwrap();
    let error = ledger(&dir).recent(1).await.unwrap_err().to_string();
    assert!(error.contains("newer version"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_directory_that_cannot_be_made_is_a_storage_error_with_the_reason() {
    let ledger = Ledger::new("a-server", "/dev/null/state".into());
    let error = ledger.begin(&order("make")).await.unwrap_err();
    let Error::Storage { path, reason } = error else {
        panic!("{error}");
    };
    assert_eq!(path, "/dev/null/state/jobs.sqlite3");
    assert!(reason.contains("it cannot be made"), "{reason}");
}
