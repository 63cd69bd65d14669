use futures_util::future::join_all;

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

async fn cached(http: &Http) -> Result<Value> {
    http.get(THINGS).cached(HOUR).json().await
}

#[tokio::test]
async fn an_answer_is_kept() {
    let server = answering(ok()).await;
    let http = http(&server.uri());
    assert_eq!(cached(&http).await.unwrap(), cached(&http).await.unwrap());
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn the_same_question_asked_ten_times_at_once_is_sent_once() {
    let server = answering(ok()).await;
    let http = http(&server.uri());
    let answers = join_all((0..10).map(|_| cached(&http))).await;
    assert!(answers.iter().all(|answer| answer.is_ok()), "{answers:?}");
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn those_who_wait_together_share_the_error_and_it_is_not_kept() {
    let server = answering_first(text(404, "{}")).await;
    let http = http(&server.uri());
    let answers = join_all((0..10).map(|_| cached(&http))).await;
    assert!(answers.iter().all(|answer| answer.is_err()), "{answers:?}");
    assert_eq!(requests(&server).await, 1);
    assert!(cached(&http).await.is_ok());
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_not_kept() {
    let server = answering_first(text(200, "{")).await;
    let http = http(&server.uri());
    assert!(matches!(cached(&http).await, Err(Error::Decode { .. })));
    assert!(cached(&http).await.is_ok());
}

#[tokio::test]
async fn a_kept_answer_expires() {
    let server = answering(ok()).await;
    let http = http(&server.uri());
    let asked_twice = async {
        while requests(&server).await < 2 {
            let brief = Duration::from_millis(5);
            let answer = http.get(THINGS).cached(brief).json::<Value>().await;
            assert!(answer.is_ok());
        }
    };
    assert!(tokio::time::timeout(AMPLE, asked_twice).await.is_ok());
}

#[tokio::test]
async fn zero_keeps_nothing() {
    let server = answering(ok()).await;
    let http = http(&server.uri());
    for _ in 0..2 {
        let answer = http.get(THINGS).cached(Duration::ZERO).json::<Value>();
        assert!(answer.await.is_ok());
    }
    assert_eq!(requests(&server).await, 2);
}

#[tokio::test]
async fn writes_are_never_kept() {
    let server = answering(ok()).await;
    let http = http(&server.uri());
    for _ in 0..2 {
        let answer = http.post(THINGS).cached(HOUR).json::<Value>();
        assert!(answer.await.is_ok());
    }
    assert_eq!(requests(&server).await, 2);
}

#[tokio::test]
async fn another_query_or_language_is_another_question() {
    let server = answering(ok()).await;
    let http = http(&server.uri());
    for _ in 0..2 {
        for (city, language) in [("Bern", "de"), ("Bern", "fr"), ("Chur", "de")] {
            let request = http
                .get(THINGS)
                .query(&[("q", city)])
                .header("accept-language", language)
                .cached(HOUR);
            assert!(request.json::<Value>().await.is_ok());
        }
    }
    assert_eq!(requests(&server).await, 3);
}

#[tokio::test]
async fn when_the_one_who_asks_is_cancelled_one_of_the_others_asks() {
    let (base, arrived, count) = stuck_at_first().await;
    let http = http(&base);
    let leader = tokio::spawn({
        let http = http.clone();
        async move { cached(&http).await }
    });
    arrived.notified().await;
    let mut followers = join_all((0..5).map(|_| cached(&http)));
    // One look at each: now they wait for the leader.
    assert!(futures_util::poll!(&mut followers).is_pending());
    leader.abort();
    let answers = followers.await;
    assert!(answers.iter().all(|answer| answer.is_ok()), "{answers:?}");
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn those_who_wait_for_an_answer_that_does_not_come_time_out_and_do_not_ask_again() {
    let (base, _, count) = stuck_at_first().await;
    let http = hurried(&base);
    let answers = join_all((0..5).map(|_| cached(&http))).await;
    for answer in answers {
        assert!(matches!(answer, Err(Error::TimedOut { .. })), "{answer:?}");
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
}
