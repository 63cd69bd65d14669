//! Who gives up, and what becomes of the job.

use super::*;

/// Let everything that was spawned take its turn; there is one thread.
async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_call_cancelled_while_it_waits_cancels_the_job() {
    let fixture = Fixture::new();
    let maker = Maker::default();
    let call = call();
    let run = fixture.jobs.run(&call, &maker, order(), maker.submit());
    tokio::select! {
        biased;
        () = async { maker.0.polled.notified().await; call.cancelled.cancel() } => {}
        outcome = run => panic!("{outcome:?}"),
    }
    fixture.until_status("canceled").await;
    assert_eq!(maker.count(|m| &m.cancels), 1);
}

#[tokio::test]
async fn a_call_cancelled_while_it_submits_cancels_the_job_once_it_is_known() {
    let fixture = Fixture::new();
    let maker = Maker::default();
    let call = call();
    {
        let run = fixture
            .jobs
            .run(&call, &maker, order(), maker.submit_slowly());
        tokio::select! {
            biased;
            () = async { maker.0.submitting.notified().await; call.cancelled.cancel() } => {}
            outcome = run => panic!("{outcome:?}"),
        }
    }
    assert_eq!(fixture.row().await, (None, "submitting".into()));
    maker.0.may_answer.notify_one();
    fixture.until_status("canceled").await;
    assert_eq!(fixture.row().await, known("canceled"));
    assert_eq!(maker.count(|m| &m.cancels), 1);
}

#[tokio::test]
async fn a_call_cancelled_before_it_submits_starts_nothing() {
    let fixture = Fixture::new();
    let maker = Maker::default();
    let call = call();
    call.cancelled.cancel();
    let outcome = fixture
        .jobs
        .run(&call, &maker, order(), maker.submit())
        .await;
    assert_eq!(outcome.unwrap_err(), Error::Cancelled);
    assert_eq!(fixture.row().await, (None, "not started".into()));
    assert_eq!(maker.count(|m| &m.submits), 0);
}

#[tokio::test]
async fn a_submit_goes_on_when_its_call_is_past_its_deadline() {
    let fixture = Fixture::new();
    let maker = Maker::default();
    let call = call();
    {
        let run = fixture
            .jobs
            .run(&call, &maker, order(), maker.submit_slowly());
        tokio::select! {
            outcome = run => panic!("{outcome:?}"),
            () = maker.0.submitting.notified() => {}
        }
    }
    // As rmcp does once the answer is out.
    call.cancelled.cancel();
    maker.0.may_answer.notify_one();
    fixture.until_status("running").await;
    settle().await;
    assert_eq!(fixture.row().await, known("running"));
    assert_eq!(maker.count(|m| &m.cancels), 0);
}

#[tokio::test]
async fn a_call_past_its_deadline_leaves_the_job_alone() {
    let fixture = Fixture::new();
    let maker = Maker::default();
    tokio::select! {
        outcome = fixture.run(&maker, maker.submit()) => panic!("{outcome:?}"),
        () = maker.0.polled.notified() => {}
    }
    settle().await;
    assert_eq!(maker.count(|m| &m.cancels), 0);
    assert_eq!(fixture.row().await, known("running"));
}

#[tokio::test]
async fn jobs_go_on_where_the_operator_says_so_and_when_the_server_ends() {
    let kept = Fixture::with(|settings| settings.cancel_upstream = false);
    let ending = Fixture::new();
    ending.jobs.let_go();
    for fixture in [kept, ending] {
        let maker = Maker::default();
        let call = call();
        let run = fixture.jobs.run(&call, &maker, order(), maker.submit());
        tokio::select! {
            biased;
            () = async { maker.0.polled.notified().await; call.cancelled.cancel() } => {}
            outcome = run => panic!("{outcome:?}"),
        }
        settle().await;
        assert_eq!(maker.count(|m| &m.cancels), 0);
        assert_eq!(fixture.row().await, known("running"));
    }
}
