//! Waiting for a job that was submitted earlier.

use super::*;

#[tokio::test]
async fn resuming_looks_once_when_there_is_no_time_to_wait() {
    let fixture = Fixture::new();
    let resume = async |maker: Maker| {
        let (wait, typical) = (Duration::ZERO, Duration::from_secs(8));
        let call = call();
        let outcome = fixture
            .jobs
            .resume(&call, &maker, "m-1", wait, typical)
            .await;
        (outcome, maker.count(|m| &m.polls))
    };
    let (outcome, polls) = resume(Maker::saying([Ok(State::Done("a vase"))])).await;
    assert_eq!((done(outcome.unwrap()).output, polls), ("a vase", 1));
    let (outcome, polls) = resume(Maker::saying([Ok(State::Queued)])).await;
    assert_eq!(
        (still_running(outcome.unwrap()).phase.as_str(), polls),
        ("queued", 1)
    );
    // Nothing was learned, so nothing is claimed.
    let (outcome, polls) = resume(Maker::saying([Err(network(false))])).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), polls), ("network", 1));
    assert!(!error.to_string().contains("goes on"), "{error}");
}

#[tokio::test]
async fn a_job_resumed_to_its_end_is_written_down() {
    let fixture = Fixture::new();
    let maker = Maker::default();
    let jobs = fixture.jobs.waiting(Duration::ZERO);
    let outcome = jobs.run(&call(), &maker, order(), maker.submit()).await;
    still_running(outcome.unwrap());
    maker
        .0
        .script
        .lock()
        .unwrap()
        .push_back(Ok(State::Done("a vase")));
    let typical = Duration::from_secs(8);
    let outcome = jobs.resume(&call(), &maker, "m-1", PATIENCE, typical).await;
    assert_eq!(done(outcome.unwrap()).output, "a vase");
    assert_eq!(fixture.row().await, known("done"));
    assert_eq!(maker.count(|m| &m.submits), 1);
}

#[tokio::test]
async fn a_wait_that_ends_with_a_fault_says_so_and_asks_no_sooner_than_allowed() {
    let fixture = Fixture::new();
    let later = rate_limited(Duration::from_secs(3600));
    let maker = Maker::saying([Ok(State::Queued), Err(later)]);
    let (wait, typical) = (Duration::from_millis(300), Duration::from_secs(8));
    let outcome = fixture
        .jobs
        .resume(&call(), &maker, "m-1", wait, typical)
        .await;
    let still = still_running(outcome.unwrap());
    assert!(
        still.notes[0].contains("rate limiting"),
        "{:?}",
        still.notes
    );
    assert_eq!(still.phase, "queued");
    assert_eq!(maker.count(|m| &m.polls), 2);
}

#[tokio::test]
async fn how_a_job_ended_is_counted_once() {
    let mut fixture = Fixture::new();
    // Other tests count under other names.
    let shared = Arc::get_mut(&mut fixture.jobs.shared).unwrap();
    shared.words.provider = "Counted";
    let maker = Maker::default();
    let finished = maker.submit_as(Ok(State::Done("pot")));
    done(fixture.run(&maker, finished).await.unwrap());
    let maker = Maker::saying([Ok(State::Done("pot"))]);
    let (jobs, later) = (&fixture.jobs, call());
    let again = jobs.resume(&later, &maker, "m-1", PATIENCE, PATIENCE);
    done(again.await.unwrap());
    let lost = maker.submit_as(Err(network(true)));
    fixture.run(&maker, lost).await.unwrap_err();
    let counted = metrics::render();
    for line in [
        r#"mcp_jobs_total{provider="Counted",outcome="done"} 1"#,
        r#"mcp_jobs_total{provider="Counted",outcome="unknown"} 1"#,
    ] {
        assert!(counted.lines().any(|it| it == line), "{line} in {counted}");
    }
}

#[tokio::test]
async fn a_look_that_is_refused_invites_nobody_to_start_another_job() {
    let refused = || Error::Rejected {
        provider: "Maker",
        status: 400,
        message: "no such version".into(),
    };
    let fixture = Fixture::new();
    let maker = Maker::saying([Err(refused())]);
    let error = fixture.run(&maker, maker.submit()).await.unwrap_err();
    let text = error.to_text();
    assert_eq!(error.kind(), "unconfirmed");
    for words in ["no such version", "m-1", "Do not repeat the call"] {
        assert!(text.contains(words), "{text}");
    }
    // Here the call is the one that may be repeated.
    let maker = Maker::saying([Err(refused())]);
    let (jobs, later) = (&fixture.jobs, call());
    let again = jobs.resume(&later, &maker, "m-1", PATIENCE, PATIENCE);
    assert_eq!(again.await.unwrap_err().kind(), "rejected");
}
