//! From `main` to a running server: command line, logs, stdio or Streamable HTTP, shutdown.

mod auth;
mod connections;
mod guard;
pub mod http;
