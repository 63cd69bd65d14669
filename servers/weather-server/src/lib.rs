//! Weather tools for MCP clients: see `README.md`.

pub mod config;
mod server;

mod api;
mod demo;

pub use server::WeatherServer;
