//! The built program over its real pipes.

use testkit::binary::Binary;

const PROGRAM: Binary = Binary {
    path: env!("CARGO_BIN_EXE_flux-server"),
    tool: "list_models",
    arguments: r#"{"query": "upscale"}"#,
    base_urls: &["REPLICATE_BASE_URL"],
    key: "REPLICATE_API_TOKEN",
};

#[tokio::test]
async fn stdout_carries_json_rpc_and_nothing_else() {
    PROGRAM.speaks_only_json_rpc().await;
}

#[tokio::test]
async fn it_ends_well_when_nothing_was_said() {
    PROGRAM.ends_well_when_nothing_was_said().await;
}

#[tokio::test]
async fn it_survives_garbage() {
    PROGRAM.survives_garbage().await;
}

#[tokio::test]
async fn it_answers_a_pipeline_exactly_once() {
    PROGRAM.answers_a_pipeline_exactly_once().await;
}

#[tokio::test]
async fn it_ends_soon_after_sigterm_with_a_call_in_flight() {
    PROGRAM.ends_soon_after_sigterm().await;
}

#[tokio::test]
async fn it_keeps_its_key_to_itself() {
    PROGRAM.keeps_its_key_to_itself().await;
}

#[tokio::test]
async fn it_speaks_over_sockets() {
    PROGRAM.speaks_over_sockets().await;
}
