//! One client on stdin and stdout.

use std::{borrow::Cow, time::Duration};

use rmcp::{
    RoleServer, ServiceExt as _,
    model::{ClientRequest, GetMeta as _, JsonRpcMessage, ProtocolVersion},
    service::{RxJsonRpcMessage, ServerInitializeError, TxJsonRpcMessage},
    transport::Transport,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use super::{signals, splice::Splicing};
use crate::{Mcp, Server};

/// After a signal, calls in flight are given up: the process must be gone within two seconds.
const STOP_WITHIN: Duration = Duration::from_millis(700);
/// After the client closed stdin, calls in flight may still be answered.
const FINISH_WITHIN: Duration = Duration::from_secs(4);

/// Serve until the client leaves, its process is gone, or `shutdown` completes. All three are a normal end.
pub async fn run<S: Server>(mcp: Mcp<S>, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
    let (read, write) = streams();
    let stop = CancellationToken::new();
    let left = CancellationToken::new();
    let transport = Opening {
        inner: Splicing::new(read, write),
        is_open: false,
        left: left.clone(),
    };
    let connection = mcp.clone();
    let serving = async {
        match connection.serve_with_ct(transport, stop.clone()).await {
            Ok(running) => running
                .waiting()
                .await
                .map(|_| ())
                .map_err(anyhow::Error::from),
            // A client that only looks ends here.
            Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    };
    tokio::pin!(serving);
    let limit = tokio::select! {
        result = &mut serving => return result,
        () = left.cancelled() => FINISH_WITHIN,
        () = shutdown => STOP_WITHIN,
        () = signals::parent_gone() => STOP_WITHIN,
    };
    // Before rmcp cancels what is still running: nobody wanted that work to end.
    mcp.let_jobs_go();
    if limit == STOP_WITHIN {
        stop.cancel();
    }
    tokio::time::timeout(limit, serving).await.unwrap_or(Ok(()))
}

type Reader = Box<dyn AsyncRead + Send + Unpin>;
type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// Non-blocking where the operating system allows: pipes on Linux, and the sockets that Node.js
/// hosts hand over on any Unix. Blocking streams cost a thread hand-off for every message.
fn streams() -> (Reader, Writer) {
    #[cfg(unix)]
    if let Some((read, write)) = sockets() {
        return (Box::new(read), Box::new(write));
    }
    #[cfg(target_os = "linux")]
    widen_pipe();
    let (read, write) = rmcp::transport::stdio_pipes();
    (Box::new(read), Box::new(write))
}

/// To what Linux allows without privileges: a picture then takes a dozen turns instead of two hundred.
#[cfg(target_os = "linux")]
fn widen_pipe() {
    const ALLOWED: usize = 1024 * 1024;
    // Without it all works the same, in more turns.
    let _ = rustix::pipe::fcntl_setpipe_size(std::io::stdout(), ALLOWED);
}

#[cfg(unix)]
fn sockets() -> Option<(tokio::net::UnixStream, tokio::net::UnixStream)> {
    use std::os::fd::{AsFd as _, BorrowedFd};

    let open = |stream: BorrowedFd<'_>| -> Option<tokio::net::UnixStream> {
        use std::os::unix::fs::FileTypeExt as _;
        let file = std::fs::File::from(stream.try_clone_to_owned().ok()?);
        if !file.metadata().ok()?.file_type().is_socket() {
            return None;
        }
        let socket = std::os::unix::net::UnixStream::from(std::os::fd::OwnedFd::from(file));
        // A TCP socket would pass the test above but has no Unix address.
        socket.local_addr().ok()?;
        socket.set_nonblocking(true).ok()?;
        tokio::net::UnixStream::from_std(socket).ok()
    };
    let read = open(std::io::stdin().as_fd())?;
    let write = open(std::io::stdout().as_fd())?;
    Some((read, write))
}

/// Drops what rmcp 3.9 would end the process for: a notification or a response before the first
/// request that opens the connection. Also tells when the client has left.
struct Opening<T> {
    inner: T,
    is_open: bool,
    left: CancellationToken,
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Opening<T> {
    type Error = T::Error;

    fn name() -> Cow<'static, str> {
        T::name()
    }

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.inner.send(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            let Some(message) = self.inner.receive().await else {
                self.left.cancel();
                return None;
            };
            if self.is_open {
                return Some(message);
            }
            if let JsonRpcMessage::Request(request) = &message {
                self.is_open = opens(&request.request);
                return Some(message);
            }
            tracing::debug!("dropped a message that came before the first request");
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}

/// Whether rmcp leaves its opening phase with this request.
fn opens(request: &ClientRequest) -> bool {
    match request {
        ClientRequest::InitializeRequest(_) => true,
        ClientRequest::PingRequest(_) | ClientRequest::DiscoverRequest(_) => false,
        other => {
            let meta = other.get_meta();
            let is_complete = meta
                .missing_required_keys(&ProtocolVersion::V_2026_07_28)
                .is_empty();
            let known = meta
                .protocol_version()
                .is_some_and(|version| ProtocolVersion::KNOWN_VERSIONS.contains(&version));
            is_complete && known
        }
    }
}
