//! What the servers' tests share: a real MCP client, providers that misbehave, and the promises
//! every server keeps.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "only tests use this crate, and a panic is how a test fails"
)]

pub mod binary;
pub mod client;
pub mod contract;
pub mod demo;
pub mod docs;
pub mod sample;
pub mod upstream;

pub use client::{Client, Era, connect, connect_for_tasks, connect_http, text, within};
pub use demo::demo;
