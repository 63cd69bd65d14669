//! The accept loop: who may connect, how long a connection may be silent, and how all of them end.

use std::{io, pin::Pin, pin::pin, sync::Arc, task, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    response::Response,
};
use http::{Method, Request};
use hyper::{
    body::{Frame, Incoming, SizeHint},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};
use tower::ServiceExt as _;
use tower_http::timeout::DeadlineBody;

use super::http::Limits;

/// All headers of a request together, in bytes.
const LARGEST_HEAD: usize = 64 * 1024;
const MOST_STREAMS: u32 = 100;
/// When the system has no room for one more connection, trying again at once would only burn the processor.
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(1);
/// What an ended call may still take to reach its client when the drain is over.
const FLUSH: Duration = Duration::from_secs(1);
/// A peer that answers no ping is gone.
const PING_EVERY: Duration = Duration::from_secs(20);
/// For a silent client to read what was already sent, before its connection is dropped.
const LINGER: Duration = Duration::from_secs(120);

pub(crate) struct Connections {
    shared: Shared,
    slots: Arc<Semaphore>,
    tasks: JoinSet<()>,
}

/// What every connection has a copy of.
#[derive(Clone)]
struct Shared {
    app: Router,
    http: Builder<TokioExecutor>,
    limits: Limits,
    calls: TaskTracker,
    finish: CancellationToken,
}

impl Connections {
    pub(crate) fn new(app: Router, limits: Limits) -> Self {
        let mut http = Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_read)
            .max_buf_size(LARGEST_HEAD);
        http.http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_EVERY)
            .max_concurrent_streams(MOST_STREAMS)
            .max_header_list_size(LARGEST_HEAD as u32);
        Self {
            shared: Shared {
                app,
                http,
                limits,
                calls: TaskTracker::new(),
                finish: CancellationToken::new(),
            },
            slots: Arc::new(Semaphore::new(limits.connections)),
            tasks: JoinSet::new(),
        }
    }

    /// Serve whoever comes, until this future is dropped.
    pub(crate) async fn accept(&mut self, listener: TcpListener) {
        // Above the limit nobody is accepted: the system lets them wait. The semaphore is never closed.
        while let Ok(slot) = self.slots.clone().acquire_owned().await {
            match listener.accept().await {
                Ok((socket, _peer)) => {
                    let serving = self.shared.clone().serve(socket);
                    self.tasks.spawn(async move {
                        serving.await;
                        drop(slot);
                    });
                }
                Err(error) if is_one_client(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept connections: {error}");
                    tokio::time::sleep(PAUSE_AFTER_ERROR).await;
                }
            }
            while self.tasks.try_join_next().is_some() {}
        }
    }

    /// Wait until no call is in flight, at most until `deadline`.
    pub(crate) async fn drain(&self, deadline: Instant) {
        let calls = &self.shared.calls;
        calls.close();
        if timeout_at(deadline, calls.wait()).await.is_err() {
            let count = calls.len();
            tracing::warn!(count, "{count} calls did not end in time and are cut off");
        }
    }

    /// Let every connection finish what it sends, at most until `deadline`; end the rest.
    pub(crate) async fn close(mut self, deadline: Instant) {
        self.shared.finish.cancel();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        let _ = timeout_at(deadline.max(Instant::now() + FLUSH), all).await;
    }
}

impl Shared {
    async fn serve(self, socket: TcpStream) {
        // Nagle's algorithm costs each streamed answer 40 ms.
        let _ = socket.set_nodelay(true);
        let (requests, mut in_flight) = watch::channel(0);
        let requests = Arc::new(requests);
        let service = service_fn(|request: Request<Incoming>| {
            let held = Held {
                _request: InFlight::new(requests.clone()),
                _call: is_call(&request).then(|| self.calls.token()),
            };
            let body_read = self.limits.body_read;
            let request = request.map(|body| DeadlineBody::new(body_read, body));
            let answer = self.app.clone().oneshot(request);
            async move { answer.await.map(|answer| held.until_sent(answer)) }
        });
        let mut connection = pin!(self.http.serve_connection(TokioIo::new(socket), service));
        // An error here is the client's: it went away, was too slow or spoke no HTTP.
        tokio::select! {
            _ended = connection.as_mut() => return,
            () = self.finish.cancelled() => {}
            () = silence(&mut in_flight, self.limits.header_read) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ended = timeout(LINGER, connection).await;
    }
}

/// Resolves when nothing has been in flight for so long. hyper's own timer does not run before it knows the version
/// of the protocol, nor on HTTP/2.
async fn silence(in_flight: &mut watch::Receiver<usize>, limit: Duration) {
    loop {
        let is_idle = *in_flight.borrow_and_update() == 0;
        let change = in_flight.changed();
        let changed = if is_idle {
            timeout(limit, change).await.is_ok_and(|kept| kept.is_ok())
        } else {
            change.await.is_ok()
        };
        if !changed {
            return;
        }
    }
}

/// Whether a drain waits for it. Streams that end only with the server are none: GET, and listening for changes.
fn is_call<B>(request: &Request<B>) -> bool {
    let listens = request
        .headers()
        .get("mcp-method")
        .is_some_and(|method| method == "subscriptions/listen");
    request.method() == Method::POST && !listens
}

fn is_one_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

/// Counts a request as long as it lives.
struct InFlight(Arc<watch::Sender<usize>>);

impl InFlight {
    fn new(requests: Arc<watch::Sender<usize>>) -> Self {
        requests.send_modify(|count| *count += 1);
        Self(requests)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

struct Held {
    _request: InFlight,
    _call: Option<TaskTrackerToken>,
}

impl Held {
    /// A request is over when the last of its answer was handed out, or when nobody wants it any more.
    fn until_sent(self, answer: Response) -> http::Response<HeldBody> {
        answer.map(|body| HeldBody { body, _held: self })
    }
}

struct HeldBody {
    body: Body,
    _held: Held,
}

impl hyper::body::Body for HeldBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut task::Context<'_>,
    ) -> task::Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
