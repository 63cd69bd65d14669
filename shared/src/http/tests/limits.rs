use futures_util::future::join_all;
use tokio::sync::Barrier;

use super::*;

#[tokio::test]
async fn no_more_requests_run_at_once_than_allowed() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let pair = Arc::new(Barrier::new(2));
    let seen = most.clone();
    // Each request waits for a second one, so two must run at once for this to end.
    let route = any_method(move || async move {
        seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        pair.wait().await;
        now.fetch_sub(1, Ordering::SeqCst);
        "{}"
    });
    let base = serve(Router::new().fallback(route)).await;
    let two = Upstream {
        in_flight: 2,
        ..upstream(&base)
    };
    let http = Http::new(&client(AMPLE), two);
    let answers = join_all((0..8).map(|_| get(&http))).await;
    assert!(answers.iter().all(|answer| answer.is_ok()), "{answers:?}");
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn waiting_for_a_slot_counts_against_the_deadline() {
    let server = answering(ok()).await;
    let one = Upstream {
        in_flight: 1,
        ..upstream(&server.uri())
    };
    let http = Http::new(&client(BRIEF), one);
    let far = tokio::time::Instant::now() + AMPLE;
    let slot = http.0.limit.slot(far).await.ok();
    // Nothing was sent, so nothing can have started.
    match post(&http).await.unwrap_err() {
        Error::TimedOut {
            attempts,
            may_have_started,
            ..
        } => assert_eq!((attempts.count, may_have_started), (0, false)),
        other => panic!("{other:?}"),
    }
    drop(slot);
    assert!(post(&http).await.is_ok());
}

#[tokio::test]
async fn a_slot_is_free_again_when_a_call_is_dropped() {
    let (base, arrived, _) = stuck_at_first().await;
    let one = Upstream {
        in_flight: 1,
        ..upstream(&base)
    };
    let http = Http::new(&client(AMPLE), one);
    let stuck = tokio::spawn({
        let http = http.clone();
        async move { get(&http).await }
    });
    arrived.notified().await;
    stuck.abort();
    assert!(get(&http).await.is_ok());
}

#[tokio::test]
async fn a_used_up_minute_is_told_at_once_and_nothing_is_sent() {
    let server = answering(ok()).await;
    let one = Upstream {
        per_minute: NonZeroU32::new(1),
        ..upstream(&server.uri())
    };
    let http = Http::new(&client(AMPLE), one);
    assert!(get(&http).await.is_ok());
    let error = get(&http).await.unwrap_err();
    match &error {
        Error::RateLimited {
            retry_after: Some(wait),
            ..
        } => assert!((50..=60).contains(&wait.as_secs()), "{wait:?}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn a_minute_that_has_room_again_in_time_is_waited_for() {
    let server = answering(ok()).await;
    let fast = Upstream {
        per_minute: NonZeroU32::new(6_000),
        ..upstream(&server.uri())
    };
    let http = Http::new(&client(AMPLE), fast);
    let limiter = http.0.limit.per_minute.as_ref().unwrap();
    while limiter.check().is_ok() {}
    assert!(get(&http).await.is_ok());
}
