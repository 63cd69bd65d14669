//! From `main` to a running server: command line, logs, stdio or Streamable HTTP, shutdown.

pub mod http;
