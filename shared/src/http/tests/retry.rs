use std::time::SystemTime;

use super::*;
use crate::error::Attempts;

/// A provider that would be retried only after many hours, unless it asks for less.
fn patient(base: &str) -> Http {
    let long = Duration::from_secs(10_000_000);
    let retry = Retry {
        attempts: 3,
        first_delay: long,
        longest_delay: long,
    };
    let plain = upstream(base);
    Http::new(&client(AMPLE), Upstream { retry, ..plain })
}

fn may_have_started(error: &Error) -> bool {
    match error {
        Error::TimedOut {
            may_have_started, ..
        }
        | Error::Network {
            may_have_started, ..
        }
        | Error::Upstream {
            may_have_started, ..
        } => *may_have_started,
        _ => false,
    }
}

fn assert_says_so(error: &Error) {
    assert!(may_have_started(error), "{error:?}");
    let text = error.to_text();
    assert!(text.contains("may have been started"), "{text}");
}

#[tokio::test]
async fn a_read_is_sent_three_times_while_the_provider_may_recover() {
    for status in [408, 429, 500, 502, 503, 504] {
        let server = answering(ResponseTemplate::new(status)).await;
        assert!(get(&http(&server.uri())).await.is_err());
        assert_eq!(requests(&server).await, 3, "{status}");
    }
}

#[tokio::test]
async fn a_read_is_not_repeated_when_the_answer_is_final() {
    for status in [304, 400, 401, 402, 403, 404, 409, 413, 422] {
        let server = answering(ResponseTemplate::new(status)).await;
        assert!(get(&http(&server.uri())).await.is_err());
        assert_eq!(requests(&server).await, 1, "{status}");
    }
}

#[tokio::test]
async fn a_read_succeeds_on_the_second_attempt() {
    let server = answering_first(ResponseTemplate::new(500)).await;
    assert!(get(&http(&server.uri())).await.is_ok());
}

#[tokio::test]
async fn a_read_is_repeated_after_a_reset() {
    let (base, count) = raw(b"").await;
    let error = get(&http(&base)).await.unwrap_err();
    assert!(matches!(error, Error::Network { .. }), "{error}");
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_failure_tells_how_often_and_how_long_it_was_tried() {
    let server = answering(ResponseTemplate::new(500)).await;
    let text = get(&http(&server.uri())).await.unwrap_err().to_text();
    assert!(text.contains("(3 attempts in 0."), "{text}");
}

#[tokio::test]
async fn a_write_that_failed_with_500_is_sent_once_and_may_have_started() {
    let server = answering(ResponseTemplate::new(500)).await;
    assert_says_so(&post(&http(&server.uri())).await.unwrap_err());
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn a_write_that_was_reset_is_sent_once_and_may_have_started() {
    let (base, count) = raw(b"").await;
    assert_says_so(&post(&http(&base)).await.unwrap_err());
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_write_that_was_not_answered_in_time_is_sent_once_and_may_have_started() {
    let server = answering(ok().set_delay(AMPLE)).await;
    let error = post(&hurried(&server.uri())).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    assert_says_so(&error);
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn a_read_that_was_not_answered_in_time_started_nothing() {
    let server = answering(ok().set_delay(AMPLE)).await;
    let error = get(&hurried(&server.uri())).await.unwrap_err();
    assert!(
        matches!(error, Error::TimedOut { after: BRIEF, .. }),
        "{error:?}"
    );
    assert!(!may_have_started(&error));
}

#[tokio::test]
async fn a_write_without_a_connection_is_repeated_and_started_nothing() {
    let error = post(&http(&nobody().await)).await.unwrap_err();
    assert!(!may_have_started(&error), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("(3 attempts in "), "{text}");
    assert!(text.ends_with("connection refused"), "{text}");
}

#[tokio::test]
async fn a_write_that_came_too_often_is_repeated_with_its_body() {
    let server = answering_first(ResponseTemplate::new(429)).await;
    assert!(post(&http(&server.uri())).await.is_ok());
    let seen = server.received_requests().await.unwrap();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|request| request.body == br#""work""#));
}

#[tokio::test]
async fn a_write_is_repeated_after_503_only_if_the_provider_says_when() {
    let told = ResponseTemplate::new(503).insert_header("retry-after", "0");
    let server = answering_first(told).await;
    assert!(post(&http(&server.uri())).await.is_ok());

    let server = answering_first(ResponseTemplate::new(503)).await;
    assert_says_so(&post(&http(&server.uri())).await.unwrap_err());
}

#[tokio::test]
async fn an_hour_to_wait_ends_the_call_at_once_and_is_told() {
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "3600");
    let server = answering(busy).await;
    let error = get(&http(&server.uri())).await.unwrap_err();
    assert_eq!(requests(&server).await, 1);
    assert!(
        error.to_text().contains("Wait 3600 s"),
        "{}",
        error.to_text()
    );
}

#[tokio::test]
async fn an_hour_to_wait_that_only_the_body_means_ends_the_call_at_once() {
    let server = answering(text(429, "come back in an hour")).await;
    let explained = Upstream {
        explain: |_, _| {
            Some(Error::RateLimited {
                provider: "Example",
                message: "come back in an hour".into(),
                retry_after: Some(Duration::from_secs(3_600)),
                attempts: Attempts {
                    count: 1,
                    elapsed: Duration::ZERO,
                },
            })
        },
        ..upstream(&server.uri())
    };
    let error = get(&Http::new(&client(AMPLE), explained))
        .await
        .unwrap_err();
    assert_eq!(requests(&server).await, 1, "{error}");
}

#[tokio::test]
async fn a_date_to_wait_for_is_understood() {
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3600));
    let busy = ResponseTemplate::new(429).insert_header("retry-after", date);
    let server = answering(busy).await;
    match get(&http(&server.uri())).await.unwrap_err() {
        Error::RateLimited {
            retry_after: Some(wait),
            ..
        } => assert!((3500..=3600).contains(&wait.as_secs()), "{wait:?}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_failing_provider_with_an_hour_to_wait_ends_the_call_at_once() {
    let down = ResponseTemplate::new(503).insert_header("retry-after", "3600");
    let server = answering(down).await;
    let error = get(&http(&server.uri())).await.unwrap_err();
    assert!(
        matches!(error, Error::Upstream { status: 503, .. }),
        "{error}"
    );
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn a_pause_that_does_not_fit_is_not_begun() {
    let server = answering(ResponseTemplate::new(500)).await;
    let error = get(&patient(&server.uri())).await.unwrap_err();
    assert!(matches!(error, Error::Upstream { .. }), "{error}");
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn a_pause_in_milliseconds_is_kept() {
    let busy = ResponseTemplate::new(429)
        .insert_header("retry-after-ms", "2")
        .insert_header("retry-after", "3600");
    let server = answering_first(busy).await;
    assert!(get(&patient(&server.uri())).await.is_ok());
}

#[tokio::test]
async fn a_pause_in_seconds_is_kept() {
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "0");
    let server = answering_first(busy).await;
    assert!(get(&patient(&server.uri())).await.is_ok());
}

#[tokio::test]
async fn a_pause_in_the_body_is_kept() {
    let server = answering_first(text(429, r#"{"retry_after":0.002}"#)).await;
    assert!(get(&patient(&server.uri())).await.is_ok());
}

#[tokio::test]
async fn a_pause_that_makes_no_sense_is_ignored() {
    for value in ["-1", "NaN", "inf", "soon", "1e300"] {
        let busy = ResponseTemplate::new(429).insert_header("retry-after", value);
        let server = answering_first(busy).await;
        assert!(get(&http(&server.uri())).await.is_ok(), "{value}");
    }
}

#[test]
fn pauses_double_up_to_the_longest_and_never_overflow() {
    let retry = Retry {
        attempts: 9,
        first_delay: Duration::from_secs(1),
        longest_delay: Duration::from_secs(8),
    };
    for (attempts, most) in [
        (1, 1),
        (2, 2),
        (3, 4),
        (4, 8),
        (5, 8),
        (40, 8),
        (u32::MAX, 8),
    ] {
        for _ in 0..50 {
            assert!(retry.pause(attempts) <= Duration::from_secs(most));
        }
    }
}
