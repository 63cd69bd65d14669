use super::*;

const SLOW_START: Pace = Pace {
    starting: 10_000,
    ..AT_ONCE
};
const SLOW_WORK: Pace = Pace {
    processing: 60_000,
    ..AT_ONCE
};

#[tokio::test]
async fn a_prediction_starts_runs_with_a_growing_log_and_succeeds() {
    let stage = Stage::new(Pace::LIFELIKE);
    let new = stage
        .create(DEV, json!({"prompt": "a red fox", "seed": 7}))
        .await;
    assert_eq!(new["status"], "starting");
    assert_eq!(new["output"], Value::Null);
    assert_eq!(new["logs"], "");
    assert_eq!(new["id"].as_str().unwrap().len(), 26);

    stage.pass(300 + 516);
    let running = stage.again(&new).await;
    assert_eq!(running["status"], "processing");
    let logs = running["logs"].as_str().unwrap();
    assert!(logs.starts_with("Using seed: 7\n  0%|"), "{logs}");
    assert!(
        logs.ends_with(" 42%|####2     | 12/28 [00:00<00:00, 23.33it/s]\n"),
        "{logs}"
    );
    assert!(running.get("metrics").is_none());

    stage.pass(700);
    let settling = stage.again(&new).await;
    assert_eq!(settling["status"], "processing");
    assert_eq!(settling["output"].as_array().unwrap().len(), 1);

    stage.pass(100);
    let done = stage.again(&new).await;
    assert_eq!(done["status"], "succeeded");
    assert_eq!(
        done["metrics"],
        json!({"predict_time": 1.3, "total_time": 1.6, "image_count": 1})
    );
    let logs = done["logs"].as_str().unwrap();
    assert!(logs.ends_with("Total safe images: 1 out of 1\n"), "{logs}");
    assert_eq!(done["completed_at"], "2026-11-21T16:00:01.600Z");
}

#[tokio::test]
async fn an_answer_is_held_back_until_there_is_output_or_time_is_up() {
    let waiting = |stage: Stage, wait: &'static str| async move {
        let request = request(Method::POST, DEV).header("prefer", wait);
        let body = json!({"input": {"prompt": "a red fox"}}).to_string();
        let answer = stage.send(request, Body::from(body)).await;
        (answer.status, answer)
    };
    // The clock stands still, so whoever waits in vain waits five milliseconds.
    let never = Pace {
        starting: 5,
        ..AT_ONCE
    };
    let (status, answer) = waiting(Stage::new(never), "wait=1").await;
    assert_eq!(
        (status, &answer.json()["status"]),
        (202, &json!("starting"))
    );
    let location = answer.headers["location"].to_str().unwrap();
    assert_eq!(answer.json()["urls"]["get"], location);
    let there = Pace {
        settling: 100,
        ..AT_ONCE
    };
    let (status, answer) = waiting(Stage::new(there), "wait").await;
    let body = answer.json();
    assert_eq!((status, &body["status"]), (201, &json!("processing")));
    assert!(body["output"][0].is_string(), "{body}");
    for wrong in ["wait=0", "wait=61", "respond-async"] {
        assert_eq!(waiting(Stage::new(AT_ONCE), wrong).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_deadline_aborts_what_has_not_started_and_cancels_what_has() {
    for (pace, status) in [(SLOW_START, "aborted"), (SLOW_WORK, "canceled")] {
        for after in ["5", "5s", "0m5s"] {
            let stage = Stage::new(pace);
            let request = request(Method::POST, DEV).header("cancel-after", after);
            let body = json!({"input": {"prompt": "a red fox"}}).to_string();
            let new = stage.send(request, Body::from(body)).await.json();
            stage.pass(4_999);
            assert_ne!(stage.again(&new).await["status"], status);
            stage.pass(1);
            let ended = stage.again(&new).await;
            assert_eq!(ended["status"], status, "{after}");
            assert_eq!(ended["completed_at"], ended["deadline"]);
        }
    }
    let stage = Stage::new(AT_ONCE);
    for wrong in ["4s", "soon", "9223372036854775807h"] {
        let request = request(Method::POST, DEV).header("cancel-after", wrong);
        let body = json!({"input": {"prompt": "a red fox"}}).to_string();
        let answer = stage.send(request, Body::from(body)).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn what_runs_can_be_cancelled_and_what_ended_stays() {
    let stage = Stage::new(SLOW_WORK);
    let new = stage.create(DEV, json!({"prompt": "a red fox"})).await;
    let cancel = format!("/v1/predictions/{}/cancel", new["id"].as_str().unwrap());
    stage.pass(59_999);
    assert_eq!(
        stage.post(&cancel, json!({})).await.json()["status"],
        "canceled"
    );
    stage.pass(10_000);
    let canceled = stage.again(&new).await;
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(canceled["output"], Value::Null);

    let stage = Stage::new(AT_ONCE);
    let new = stage.create(DEV, json!({"prompt": "a red fox"})).await;
    let cancel = format!("/v1/predictions/{}/cancel", new["id"].as_str().unwrap());
    assert_eq!(
        stage.post(&cancel, json!({})).await.json()["status"],
        "succeeded"
    );
}

#[tokio::test]
async fn forbidden_prompts_are_accepted_and_then_fail() {
    let stage = Stage::new(AT_ONCE);
    let failed = stage
        .create(DEV, json!({"prompt": "a Forbidden fox"}))
        .await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["output"], Value::Null);
    let error = failed["error"].as_str().unwrap();
    assert!(error.contains("flagged as sensitive") && error.contains("(E005)"));
}

#[tokio::test]
async fn a_partly_unsafe_prompt_brings_one_picture_less() {
    let stage = Stage::new(AT_ONCE);
    let input = json!({"prompt": "a partly hidden fox", "num_outputs": 3});
    let done = stage.create(DEV, input).await;
    assert_eq!(done["output"].as_array().unwrap().len(), 2);
    assert_eq!(done["metrics"]["image_count"], 2);
    let third = done["output"][1]
        .as_str()
        .unwrap()
        .replace("out-1", "out-2");
    assert_eq!(stage.fetch(&json!(third)).await.status, 404);
}

#[tokio::test]
async fn slowly_is_a_word_that_makes_it_slow() {
    let stage = Stage::new(Pace::LIFELIKE);
    let new = stage.create(DEV, json!({"prompt": "a fox, slowly"})).await;
    stage.pass(59_000);
    assert_eq!(stage.again(&new).await["status"], "processing");
}

#[tokio::test]
async fn an_hour_later_the_data_is_gone() {
    let stage = Stage::new(AT_ONCE);
    let done = stage.create(DEV, json!({"prompt": "a red fox"})).await;
    stage.pass(60 * 60 * 1000);
    let later = stage.again(&done).await;
    assert_eq!(later["status"], "succeeded");
    assert_eq!(later["data_removed"], true);
    assert_eq!(
        (&later["output"], &later["input"]),
        (&Value::Null, &json!({}))
    );
    assert_eq!(stage.fetch(&done["output"][0]).await.status, 404);
}
