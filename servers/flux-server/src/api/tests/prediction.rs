//! Predictions in all their shapes.

use serde_json::json;
use shared::media::Source;

use super::*;

const ID: &str = "hxvjgf8hmhrge0ckcmdbr6k0km";
const URL: &str = "https://replicate.delivery/yhqm/x/out-0.webp";

fn prediction(changes: Value) -> Prediction {
    let mut whole = json!({
        "id": ID, "model": "black-forest-labs/flux-schnell", "version": "hidden", "status": "succeeded",
        "input": {"prompt": "cake"}, "output": [URL], "error": null, "logs": "", "data_removed": false,
        "created_at": "2024-09-19T23:45:00.606000Z", "completed_at": "2024-09-19T23:45:01.446202Z",
    });
    whole
        .as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

fn state(changes: Value) -> State<Prediction> {
    prediction(changes).into_job().state
}

fn failed(changes: Value) -> Error {
    match state(changes) {
        State::Failed(error) => error,
        other => panic!("{other:?}"),
    }
}

fn outputs(output: Value) -> (Vec<String>, Option<String>) {
    let output = prediction(json!({"output": output})).outputs();
    let files = output.files.into_iter().map(|file| match file {
        Source::Url(url) => url.to_string(),
        Source::Data(data) => data,
    });
    (files.collect(), output.text)
}

#[test]
fn only_the_id_must_be_there() {
    let bare: Prediction = serde_json::from_value(json!({"id": ID})).unwrap();
    assert_eq!(
        (bare.status, bare.output.is_null()),
        (Status::Unknown, true)
    );
    assert!(matches!(
        bare.into_job().state,
        State::Running { step: None }
    ));
    let odd: Prediction = serde_json::from_value(json!({
        "id": ID, "model": 1, "version": null, "status": 3, "input": null, "error": {"a": 1}, "logs": null,
        "created_at": 1_726_789_500.5, "completed_at": "2024-09-19T23:45:01", "metrics": null, "urls": null,
    }))
    .unwrap();
    assert_eq!(odd.created.to_string(), "2024-09-19T23:45:00.5Z");
    assert_eq!(odd.completed.unwrap().to_string(), "2024-09-19T23:45:01Z");
    assert_eq!(odd.error.as_deref(), Some(r#"{"a":1}"#));
    for id in [json!(null), json!(7), json!("../../account"), json!("")] {
        assert!(serde_json::from_value::<Prediction>(json!({"id": id})).is_err());
    }
}

#[test]
fn what_replicate_tells_is_kept() {
    let version = "2f1eb45e847c8630c66e55520e5f91103ec821353910028a30ad746f35978107";
    let full = prediction(json!({
        "version": version, "source": "api", "logs": "Using seed: 27533\nTotal safe images: 1 out of 2",
        "metrics": {"image_count": 1, "predict_time": 0.829}, "urls": {"web": "https://replicate.com/p/x"},
    }));
    assert_eq!(full.version.as_deref(), Some(version));
    assert_eq!(
        (full.seed(), full.safe_images()),
        (Some(27533), Some((1, 2)))
    );
    assert_eq!(
        (full.image_count, full.predict_seconds),
        (Some(1), Some(0.829))
    );
    assert_eq!(full.web_url.as_deref(), Some("https://replicate.com/p/x"));
    assert_eq!(prediction(json!({})).version, None);
    assert_eq!(
        prediction(json!({"input": {"seed": 4}, "logs": "Using seed: 5"})).seed(),
        Some(4)
    );
    assert_eq!(
        prediction(json!({"urls": {"web": "javascript:alert(1)"}})).web_url,
        None
    );
}

#[test]
fn each_status_has_its_state() {
    assert!(matches!(
        state(json!({"status": "starting", "output": null})),
        State::Queued
    ));
    let logs = "Using seed: 1\n  0%|          | 0/28 [00:00<?, ?it/s]\r 43%|████▎     | 12/28 [00:01<00:02, 7.9it/s]\nnote";
    let running = state(json!({"status": "processing", "output": null, "logs": logs}));
    assert!(
        matches!(
            running,
            State::Running {
                step: Some((12, 28))
            }
        ),
        "{running:?}"
    );
    assert!(matches!(
        state(json!({"status": "thinking", "output": null})),
        State::Running { step: None }
    ));
    assert!(matches!(state(json!({})), State::Done(_)));
}

#[test]
fn files_that_are_there_end_the_wait_before_the_status_does() {
    for output in [
        json!(URL),
        json!([URL]),
        json!("data:image/webp;base64,AAAA"),
    ] {
        assert!(matches!(
            state(json!({"status": "processing", "output": output})),
            State::Done(_)
        ));
    }
    let still = [
        json!({"output": null}),
        json!({"output": []}),
        json!({"output": ""}),
        // Two of four, or a list of which nobody knows how long it will be.
        json!({"output": [URL, URL], "input": {"num_outputs": 4}}),
        json!({"output": [URL], "model": "someone/frames"}),
        // Text that is being written.
        json!({"output": ["Once", " upon"], "model": "meta/llama"}),
    ];
    for mut changes in still {
        changes["status"] = "processing".into();
        assert!(
            matches!(state(changes.clone()), State::Running { .. }),
            "{changes}"
        );
    }
}

#[test]
fn a_result_that_is_gone_is_still_done_and_empty() {
    let State::Done(gone) = state(json!({"data_removed": true, "output": null, "input": {}}))
    else {
        panic!("not done");
    };
    assert!(gone.data_removed && gone.outputs().files.is_empty() && gone.outputs().text.is_none());
}

#[test]
fn refusals_are_no_failures() {
    for said in [
        "The input or output was flagged as sensitive. Please try again with different inputs. (E005) (uIJ6l3ruRD)",
        "Prediction failed: Async prediction failed: ModelError: The input or output was flagged as sensitive. (E005)",
        "All generated images contained NSFW content. Try running it again with a different prompt.",
    ] {
        let error = failed(json!({"status": "failed", "output": null, "error": said}));
        assert_eq!(error.kind(), "refused", "{said}");
    }
}

#[test]
fn a_failure_says_why_and_whether_to_try_again() {
    for (said, again) in [
        (json!("Something broke (E1000)"), Error::RETRY_ONCE),
        (
            json!("Timeout starting prediction (E6716)"),
            Error::RETRY_ONCE,
        ),
        (
            json!("Prediction interrupted; please retry (code: PA)"),
            Error::RETRY_ONCE,
        ),
        (json!("CUDA out of memory (E1001)"), Error::CHANGE_INPUT),
        (json!(null), Error::CHANGE_INPUT),
    ] {
        let error = failed(json!({"status": "failed", "output": null, "error": said}));
        let Error::JobFailed {
            job: "prediction",
            next,
            id,
            ..
        } = &error
        else {
            panic!("{error:?}");
        };
        assert_eq!((*next, id.as_str()), (again, ID), "{said}");
    }
    let silent = failed(json!({"status": "failed", "error": ""}));
    assert!(
        silent.to_string().ends_with("Replicate gave no reason"),
        "{silent}"
    );
}

#[test]
fn cancelled_late_and_never_started_are_told_apart() {
    let cases = [
        (json!({"status": "canceled"}), "it was cancelled"),
        (
            json!({"status": "canceled", "deadline": "2024-09-19T23:45:01Z"}),
            "its deadline passed while it was running",
        ),
        (
            json!({"status": "canceled", "deadline": "2024-09-19T23:55:01Z"}),
            "it was cancelled",
        ),
        (
            json!({"status": "aborted", "output": null}),
            "before it was started; it is not billed",
        ),
    ];
    for (changes, words) in cases {
        let error = failed(changes).to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn outputs_are_files_text_or_json() {
    let data = "data:image/png;base64,AAAA";
    let files = |files: &[&str]| {
        files
            .iter()
            .map(|file| (*file).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(outputs(json!(null)), (vec![], None));
    assert_eq!(outputs(json!(URL)), (files(&[URL]), None));
    assert_eq!(
        outputs(json!([URL, null, data])),
        (files(&[URL, data]), None)
    );
    assert_eq!(outputs(json!("a cake")), (vec![], Some("a cake".into())));
    assert_eq!(
        outputs(json!(["a", " cake", ""])),
        (vec![], Some("a cake".into()))
    );
    assert_eq!(
        outputs(json!(["See ", URL, " there"])),
        (vec![], Some(format!("See {URL} there")))
    );
    assert_eq!(
        outputs(json!({"mask": URL, "score": 0.5, "more": [data]})),
        (
            files(&[URL, data]),
            Some(r#"{"mask":"file 1","more":["file 2"],"score":0.5}"#.into())
        )
    );
    assert_eq!(outputs(json!(7)), (vec![], Some("7".into())));
    assert_eq!(
        outputs(json!("ftp://a/b")),
        (vec![], Some("ftp://a/b".into()))
    );
}

#[test]
fn the_output_expires_an_hour_after_completion() {
    let expires = |changes| prediction(changes).expires().map(|time| time.to_string());
    assert_eq!(expires(json!({})).unwrap(), "2024-09-20T00:45:01.446202Z");
    assert_eq!(
        expires(json!({"completed_at": null})).unwrap(),
        "2024-09-20T00:45:00.606Z"
    );
    assert_eq!(
        expires(json!({"completed_at": null, "status": "starting", "output": null})),
        None
    );
    assert_eq!(expires(json!({"source": "web"})), None);
}

#[test]
fn only_progress_bars_are_steps() {
    assert_eq!(bar("100%|██████████| 4/4 [00:00<00:00]"), Some((4, 4)));
    for line in [
        "50% done",
        "50%| 3/4",
        "x%|a| 1/2",
        "50%|a| 5/4 ",
        "50%|a| 1/0",
        "",
    ] {
        assert_eq!(bar(line), None, "{line}");
    }
}
