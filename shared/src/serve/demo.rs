//! `--demo`: the provider's imitation on a loopback port of this process, and an environment that points at it.

use anyhow::Context as _;
use tokio::net::TcpListener;

use crate::{Server, config::Env};

/// The environment for a server that talks to its own imitation. Real keys are not in it.
pub(super) async fn start<S: Server>(env: Env) -> anyhow::Result<Env> {
    let demo = S::demo();
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .context("cannot open a loopback port for --demo")?;
    let base = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, demo.routes).await {
            tracing::error!(%error, "the demo provider ended");
        }
    });
    Ok(env.with((demo.env)(&base)))
}
