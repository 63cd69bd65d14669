//! What a model reads, from answers of the api made by hand.

mod deliver;
mod draft;
mod listed;
mod listing;
mod models;
mod slot;

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use shared::{Mcp, Server as _, config::Env, job::Entry, settings::Settings};

use crate::{
    FluxServer,
    api::{self, Field, InputSchema, Kind, ModelName, ModelStatus, Output, Prediction, Status},
    tools::target::Target,
};

const ID: &str = "hxvjgf8hmhrge0ckcmdbr6k0km";

fn server() -> Mcp<FluxServer> {
    let settings = Settings::defaults();
    let server = FluxServer::new(&Env::default(), &settings).unwrap();
    Mcp::new(server, &settings).unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn name(name: &str) -> ModelName {
    ModelName {
        owner: "black-forest-labs".into(),
        name: name.into(),
        version: None,
    }
}

fn field(name: &str, kind: Kind) -> Field {
    Field {
        name: name.into(),
        kind,
        is_required: false,
        default: None,
        minimum: None,
        maximum: None,
        choices: Vec::new(),
        most_items: None,
        description: None,
    }
}

fn ratios(values: &[&str]) -> Field {
    Field {
        choices: values.iter().map(|value| json!(value)).collect(),
        ..field("aspect_ratio", Kind::Text)
    }
}

fn files(name: &str, most: usize) -> Field {
    Field {
        most_items: Some(most),
        ..field(name, Kind::Files)
    }
}

fn schema(fields: Vec<Field>) -> InputSchema {
    InputSchema {
        model: "flux-test".into(),
        fields,
        is_built_in: false,
    }
}

fn target(model: &str, fields: Vec<Field>) -> Target {
    Target {
        name: name(model),
        is_official: true,
        schema: Some(schema(fields)),
        entry: None,
    }
}

fn flux_dev() -> Target {
    target(
        "flux-dev",
        vec![
            field("prompt", Kind::Text),
            ratios(&["1:1", "16:9", "4:5"]),
            field("image", Kind::File),
            field("prompt_strength", Kind::Number),
            field("num_outputs", Kind::Integer),
            field("num_inference_steps", Kind::Integer),
            field("guidance", Kind::Number),
            field("seed", Kind::Integer),
            field("output_format", Kind::Text),
            field("output_quality", Kind::Integer),
            field("go_fast", Kind::Boolean),
            field("megapixels", Kind::Text),
        ],
    )
}

fn flux_2_flex() -> Target {
    target(
        "flux-2-flex",
        vec![
            field("prompt", Kind::Text),
            files("input_images", 10),
            ratios(&["match_input_image", "custom", "1:1", "4:5"]),
            field("resolution", Kind::Text),
            field("width", Kind::Integer),
            field("height", Kind::Integer),
            field("steps", Kind::Integer),
            field("guidance", Kind::Number),
            field("seed", Kind::Integer),
            field("safety_tolerance", Kind::Integer),
            field("output_format", Kind::Text),
        ],
    )
}

fn kontext() -> Target {
    target(
        "flux-kontext-pro",
        vec![
            field("prompt", Kind::Text),
            field("input_image", Kind::File),
            ratios(&["match_input_image", "1:1", "4:5"]),
            field("seed", Kind::Integer),
            field("output_format", Kind::Text),
        ],
    )
}

fn fill() -> Target {
    target(
        "flux-fill-pro",
        vec![
            field("mask", Kind::File),
            field("prompt", Kind::Text),
            field("image", Kind::File),
            field("seed", Kind::Integer),
        ],
    )
}

fn redux() -> Target {
    target(
        "flux-redux-dev",
        vec![
            field("redux_image", Kind::File),
            ratios(&["1:1", "4:5"]),
            field("seed", Kind::Integer),
        ],
    )
}

fn canny() -> Target {
    target(
        "flux-canny-pro",
        vec![
            field("prompt", Kind::Text),
            field("control_image", Kind::File),
            field("steps", Kind::Integer),
        ],
    )
}

fn catalogued(model: &str, status: ModelStatus) -> api::Entry {
    api::Entry {
        model: format!("black-forest-labs/{model}"),
        status,
        replacement: None,
        good_for: "Good pictures.".into(),
        typical_seconds: 3,
        usd_per_output: Some(0.025),
        price_seen: Some("2025-07, replicate.com".into()),
        image_field: None,
        image_is_list: false,
        needs_image: false,
        edits: false,
        takes_prompt: true,
    }
}

fn prediction(id: &str) -> Prediction {
    Prediction {
        id: id.into(),
        model: "black-forest-labs/flux-dev".into(),
        version: None,
        status: Status::Succeeded,
        input: object(json!({"prompt": "a red fox in the snow", "num_outputs": 4, "seed": 42})),
        output: Value::Null,
        error: None,
        logs: String::new(),
        created: time("2026-11-21T16:30:00Z"),
        completed: Some(time("2026-11-21T16:30:03Z")),
        deadline: None,
        data_removed: false,
        is_from_web: false,
        image_count: None,
        predict_seconds: Some(2.13),
        web_url: None,
    }
}

fn output(count: usize) -> Output {
    let file = |index| {
        let url = format!("https://replicate.delivery/xezq/out-{index}.webp");
        shared::media::Source::Url(url.parse().unwrap())
    };
    Output {
        files: (0..count).map(file).collect(),
        text: None,
    }
}

fn entry(row: i64, job_id: Option<&str>, status: &str) -> Entry {
    Entry {
        row,
        server: "flux-server".into(),
        tool: "generate_image".into(),
        job_id: job_id.map(str::to_owned),
        digest: "d".into(),
        created: time("2026-11-21T16:30:00Z"),
        status: status.into(),
        files: Vec::<PathBuf>::new(),
        cost_usd: None,
    }
}
