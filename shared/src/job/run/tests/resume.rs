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
