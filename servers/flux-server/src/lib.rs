//! FLUX image generation and editing for MCP clients: see `README.md`.

pub mod config;
mod server;

mod api;
mod demo;
mod prompts;
mod resources;
mod tools;

pub use server::FluxServer;
