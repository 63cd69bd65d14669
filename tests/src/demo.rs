//! A server of the workspace as `--demo` runs it, inside the test.

use shared::{Mcp, Server, config::Env, settings::Settings};
use tokio::net::TcpListener;

/// The server, asking its own imitation of the provider on a free port. The imitation lives as long as
/// the test's runtime.
pub async fn demo<S: Server>() -> Mcp<S> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let demo = S::demo();
    tokio::spawn(async move { axum::serve(listener, demo.routes).await });
    let env = Env::default().with((demo.env)(&base));
    let mut settings = Settings::defaults();
    settings.demo = true;
    let server = S::new(&env, &settings).unwrap();
    Mcp::new(server, &settings).unwrap()
}
