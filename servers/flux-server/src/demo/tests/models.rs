use super::*;
use crate::demo::models::{all, find};

#[test]
fn the_table_can_be_read_and_keeps_its_own_rules() {
    assert!(all().len() > 20);
    assert!(find("black-forest-labs", "flux-dev").is_some());
    assert!(find("meta", "meta-llama-3-8b-instruct").is_some());
    for model in all() {
        let mut input = serde_json::Map::new();
        for name in &model.input.required {
            input.insert(name.clone(), "something".into());
        }
        assert!(!input.is_empty(), "{}", model.full_name());
        for (name, schema) in &model.input.properties {
            assert!(schema["x-order"].is_u64(), "{name}");
        }
        for name in ["aspect_ratio", "output_format", "num_outputs", "guidance"] {
            if let Some(default) = model.default_of(name) {
                input.insert(name.into(), default.clone());
            }
        }
        let checked = check::check(model, &input);
        assert!(checked.is_ok(), "{}", model.full_name());
    }
}

#[tokio::test]
async fn a_model_comes_with_its_schema_in_replicates_shape() {
    let stage = Stage::new(AT_ONCE);
    let model = stage
        .get("/v1/models/black-forest-labs/flux-dev")
        .await
        .json();
    let version = &model["latest_version"];
    assert_eq!(version["id"].as_str().unwrap().len(), 64);
    let schemas = &version["openapi_schema"]["components"]["schemas"];
    let properties = &schemas["Input"]["properties"];
    assert_eq!(
        properties["aspect_ratio"],
        json!({"allOf": [{"$ref": "#/components/schemas/aspect_ratio"}], "default": "1:1", "x-order": 1})
    );
    assert_eq!(schemas["aspect_ratio"]["enum"][5], "4:5");
    assert_eq!(properties["prompt"]["x-order"], 0);
    assert_eq!(
        properties["num_inference_steps"]["title"],
        "Num Inference Steps"
    );
    assert_eq!(schemas["Output"]["items"]["format"], "uri");
}

#[tokio::test]
async fn a_search_finds_models_by_any_word() {
    let stage = Stage::new(AT_ONCE);
    let found = stage
        .get("/v1/search?query=some+speech&limit=1")
        .await
        .json();
    assert_eq!(found["models"][0]["model"]["name"], "kokoro-82m");
    let none = stage.get("/v1/search?query=zzz").await.json();
    assert_eq!(none["models"], json!([]));
    for wrong in ["/v1/search", "/v1/search?query=a&limit=51"] {
        assert_eq!(stage.get(wrong).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn input_that_does_not_fit_is_refused_field_by_field() {
    let stage = Stage::new(AT_ONCE);
    let schnell = "/v1/models/black-forest-labs/flux-schnell/predictions";
    let answer = stage
        .post(schnell, json!({"input": {"num_inference_steps": 28}}))
        .await;
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.json(),
        json!({
            "title": "Input validation failed",
            "status": 422,
            "detail": "- input: prompt is required\n- input.num_inference_steps: Must be less than or equal to 4\n",
            "invalid_fields": [
                {"type": "required", "field": "input", "description": "prompt is required"},
                {"type": "number_lte", "field": "input.num_inference_steps", "description": "Must be less than or equal to 4"},
            ],
        })
    );
    let kontext = "/v1/models/black-forest-labs/flux-kontext-pro/predictions";
    let flux_2 = "/v1/models/black-forest-labs/flux-2-pro/predictions";
    for (path, field, value, sentence) in [
        (
            kontext,
            "output_format",
            json!("webp"),
            "output_format must be one of the following: \"jpg\", \"png\"",
        ),
        (
            kontext,
            "seed",
            json!("7"),
            "Invalid type. Expected: integer, given: string",
        ),
        (
            kontext,
            "guidance",
            json!(3),
            "Additional property guidance is not allowed",
        ),
        (
            flux_2,
            "width",
            json!(10),
            "Must be greater than or equal to 256",
        ),
        (
            flux_2,
            "input_images",
            json!(vec!["x"; 9]),
            "Array must have at most 8 items",
        ),
    ] {
        let answer = stage
            .post(path, json!({"input": {"prompt": "x", field: value}}))
            .await;
        assert_eq!(answer.status, 422, "{field}");
        assert_eq!(answer.json()["invalid_fields"][0]["description"], sentence);
    }
    let stray = stage
        .post(DEV, json!({"input": {"prompt": "x"}, "model": "y"}))
        .await;
    assert_eq!(stray.status, 422);
    assert_eq!(stage.post(DEV, json!(7)).await.status, 400);
}

#[tokio::test]
async fn a_model_that_is_not_official_needs_its_version() {
    let stage = Stage::new(AT_ONCE);
    let speech = "/v1/models/jaaari/kokoro-82m";
    let input = json!({"text": "hello"});
    let by_name = stage
        .post(&format!("{speech}/predictions"), json!({"input": input}))
        .await;
    assert_eq!(by_name.status, 404);
    let model = stage.get(speech).await.json();
    let id = model["latest_version"]["id"].as_str().unwrap();
    for version in [id.to_owned(), format!("jaaari/kokoro-82m:{id}")] {
        let body = json!({"version": version, "input": input});
        let answer = stage.post("/v1/predictions", body).await;
        assert_eq!(answer.status, 201, "{version}");
        let sound = stage.fetch(&answer.json()["output"]).await;
        assert_eq!(sound.headers["content-type"], "audio/wav");
        assert!(sound.bytes.starts_with(b"RIFF"));
    }
    for version in ["jaaari/kokoro-82m", "jaaari/kokoro-82m:latest", "x"] {
        let body = json!({"version": version, "input": input});
        let answer = stage.post("/v1/predictions", body).await;
        assert_eq!(answer.status, 422, "{version}");
        assert_eq!(answer.json()["title"], "Invalid version or not permitted");
    }
}

#[tokio::test]
async fn a_language_model_answers_in_chunks_that_grow_in_number() {
    let stage = Stage::new(Pace::LIFELIKE);
    let body = json!({"version": "meta/meta-llama-3-8b-instruct", "input": {"prompt": "why?"}});
    let new = stage.post("/v1/predictions", body).await.json();
    assert_eq!(new["output"], Value::Null);
    stage.pass(300 + 600);
    let half = stage.again(&new).await;
    assert_eq!(half["status"], "processing");
    assert_eq!(half["output"].as_array().unwrap().len(), 6);
    stage.pass(700);
    let done = stage.again(&new).await;
    let chunks = done["output"].as_array().unwrap();
    let text: String = chunks.iter().filter_map(Value::as_str).collect();
    assert_eq!(chunks.len(), 12);
    assert!(
        text.starts_with("DEMO: ") && text.ends_with("why?"),
        "{text}"
    );
}
