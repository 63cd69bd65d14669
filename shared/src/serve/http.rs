//! Streamable HTTP for both protocol eras, with the checks a public socket needs.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::HttpBody as _,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode, Version,
    header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER},
};
use rmcp::{
    model::ProtocolVersion,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{
    net::{TcpListener, TcpSocket},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    auth,
    connections::Connections,
    guard::{self, Guard},
};
use crate::{Mcp, Server, metrics};

const LARGEST_BODY: usize = 4 * 1024 * 1024;
/// How many clients may wait to be accepted: tokio's 128 cost bursts a second of retries.
const BACKLOG: u32 = 1024;
/// rmcp counts messages, not activity: its five minutes would cut off a silent call.
const SESSION_KEEP_ALIVE: Duration = Duration::from_secs(3600);
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

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
    pub drain: Duration,
}

/// What one client, or all of them, may take. Operators have no say here; tests make it small.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the headers of a request to arrive, and for a connection to stay without one.
    pub header_read: Duration,
    /// For a whole body to arrive.
    pub body_read: Duration,
    pub connections: usize,
    /// Sessions of clients from before 2026-07-28.
    pub sessions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Also how long a kept connection may idle: shorter would break what clients and proxies pool.
            header_read: Duration::from_secs(30),
            body_read: Duration::from_secs(30),
            connections: 1024,
            sessions: 1000,
        }
    }
}

/// Listen on `addr`; port 0 takes a free one.
pub fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = match addr {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

/// Fails when others than this machine could call without a token.
pub fn refuse_open_bind(addr: SocketAddr, has_token: bool) -> anyhow::Result<()> {
    anyhow::ensure!(
        has_token || addr.ip().to_canonical().is_loopback(),
        "{addr} can be reached from other machines, and no token is set: \
         set MCP_AUTH_TOKEN (or MCP_AUTH_TOKEN_FILE), or bind 127.0.0.1"
    );
    Ok(())
}

/// Serve until `shutdown` completes and the calls in flight have ended or `drain` is over.
///
/// Fails before serving when the options are not safe or not valid.
pub async fn run<S: Server>(
    listener: TcpListener,
    mcp: Mcp<S>,
    options: HttpOptions,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    run_within(Limits::default(), listener, mcp, options, shutdown).await
}

/// [`run`] with other limits.
pub async fn run_within<S: Server>(
    limits: Limits,
    listener: TcpListener,
    mcp: Mcp<S>,
    options: HttpOptions,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    refuse_open_bind(listener.local_addr()?, options.token.is_some())?;
    let draining = CancellationToken::new();
    let streams = CancellationToken::new();
    let endpoint = endpoint(mcp.clone(), limits, options.stateless, streams.clone());
    let app = app(endpoint, &options, draining.clone())?;
    // Nobody waits for an answer yet, so this is the time for what is slow to start.
    let warming = mcp.clone();
    tokio::task::spawn_blocking(move || warming.server().warm_up());

    let mut connections = Connections::new(app, limits);
    tokio::select! {
        () = connections.accept(listener) => {}
        () = shutdown => {}
    }
    draining.cancel();
    let deadline = Instant::now() + options.drain;
    connections.drain(deadline).await;
    // What is cut off from here on was not cancelled by its client.
    mcp.let_jobs_go();
    // Not earlier: this token also cuts off answers that are on their way.
    streams.cancel();
    connections.close(deadline).await;
    Ok(())
}

/// Every route, behind the checks it needs.
fn app(
    endpoint: Router,
    options: &HttpOptions,
    draining: CancellationToken,
) -> anyhow::Result<Router> {
    let token = options.token.clone().map(Arc::new);
    if let Some(token) = &token {
        anyhow::ensure!(!token.expose_secret().is_empty(), "the token is empty");
    }
    let guard = Guard::new(&options.allowed_hosts, &options.allowed_origins)?;
    let closing = draining.clone();
    Ok(endpoint
        .route(
            "/metrics",
            get(|| async { ([(CONTENT_TYPE, METRICS_TYPE)], metrics::render()) }),
        )
        .fallback(|| async { (StatusCode::NOT_FOUND, "Not Found\n") })
        .layer(from_fn_with_state(token, auth::authenticate))
        // Probes carry no token, and learn nothing but this.
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(move || async move { readiness(&draining) }))
        .layer(from_fn_with_state(closing, close_when_draining))
        .layer(from_fn_with_state(Arc::new(guard), guard::check)))
}

fn readiness(draining: &CancellationToken) -> (StatusCode, &'static str) {
    if draining.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining")
    } else {
        (StatusCode::OK, "ready")
    }
}

/// Clients that keep a connection open learn from its next answer to leave it.
async fn close_when_draining(
    State(draining): State<CancellationToken>,
    request: Request,
    next: Next,
) -> Response {
    // HTTP/2 has no such header; there the end of the connection says it.
    let has_header = request.version() < Version::HTTP_2;
    let mut answer = next.run(request).await;
    if has_header && draining.is_cancelled() {
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(CONNECTION, close);
    }
    answer
}

/// `/mcp`, where rmcp speaks.
fn endpoint<S: Server>(
    mcp: Mcp<S>,
    limits: Limits,
    stateless: bool,
    streams: CancellationToken,
) -> Router {
    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = Some(SESSION_KEEP_ALIVE);
    let sessions = Arc::new(sessions);
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(!stateless)
        .with_json_response(true)
        .with_max_request_body_bytes(LARGEST_BODY)
        .with_cancellation_token(streams)
        // `guard` has already checked both, on every route and more strictly; a second list could only disagree.
        .disable_allowed_hosts()
        .disable_allowed_origins();
    let room = Room {
        sessions: sessions.clone(),
        most: limits.sessions,
    };
    let service = StreamableHttpService::new(move || Ok(mcp.for_connection()), sessions, config);
    Router::new()
        .route_service("/mcp", service)
        .route_layer(from_fn_with_state(room, admit))
}

#[derive(Clone)]
struct Room {
    sessions: Arc<LocalSessionManager>,
    most: usize,
}

/// Refuse what is too large before it is read, and new sessions when there are enough.
async fn admit(State(room): State<Room>, request: Request, next: Next) -> Response {
    // The lower bound is what Content-Length announces; rmcp counts what comes without one.
    if request.body().size_hint().lower() > LARGEST_BODY as u64 {
        let message = format!("Payload Too Large: at most {LARGEST_BODY} bytes\n");
        return (StatusCode::PAYLOAD_TOO_LARGE, message).into_response();
    }
    let may_open_session = request.method() == Method::POST && !needs_no_session(request.headers());
    if may_open_session && room.sessions.sessions.read().await.len() >= room.most {
        let answer = (
            StatusCode::SERVICE_UNAVAILABLE,
            [(RETRY_AFTER, "60")],
            "Service Unavailable: too many sessions; end some with DELETE, or use 2026-07-28\n",
        );
        return answer.into_response();
    }
    next.run(request).await
}

/// Whether the request belongs to a session, or rmcp will refuse it if it is an `initialize` after all.
fn needs_no_session(headers: &HeaderMap) -> bool {
    let is_modern = headers
        .get("mcp-protocol-version")
        .is_some_and(|version| version == ProtocolVersion::V_2026_07_28.as_str());
    let names_method = headers
        .get("mcp-method")
        .is_some_and(|method| method != "initialize");
    headers.contains_key("mcp-session-id") || (is_modern && names_method)
}
