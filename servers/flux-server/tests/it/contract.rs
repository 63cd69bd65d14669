//! What clients and models rely on.

use flux_server::FluxServer;
use testkit::{contract, demo};

/// What all definitions may cost a model in every conversation.
const TOKEN_BUDGET: usize = 2_500;
/// Their results carry pictures, so they have no structured content.
const MEDIA_TOOLS: [&str; 4] = [
    "edit_image",
    "generate_image",
    "get_prediction",
    "run_model",
];

#[tokio::test]
async fn every_promise_is_kept() {
    contract::holds(&demo::<FluxServer>().await, TOKEN_BUDGET, &MEDIA_TOOLS).await;
}

#[tokio::test]
async fn the_tools_are_the_known_ones() {
    insta::assert_json_snapshot!(contract::snapshot(&demo::<FluxServer>().await));
}
