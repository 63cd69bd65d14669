//! The walls and pipes every server shares. Knows MCP and HTTP, names no provider.

pub mod config;
pub mod error;
pub mod http;
pub mod job;
pub mod json;
pub mod media;
pub mod metrics;
pub mod schema;
pub mod secrets;
pub mod serve;
pub mod server;
pub mod settings;
pub mod text;
pub mod tools;

pub use error::{Error, Result};
pub use json::Json;
pub use server::{About, Body, Check, Demo, Mcp, ResourceContent, Server, Toolset};
