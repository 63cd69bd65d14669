//! When the process is asked to end, or nobody is left to serve.

/// Completes on SIGTERM, SIGINT or SIGHUP (Ctrl-C elsewhere).
#[cfg(unix)]
pub(super) async fn shutdown() {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [
        SignalKind::terminate(),
        SignalKind::interrupt(),
        SignalKind::hangup(),
    ];
    let mut signals: Vec<_> = kinds
        .into_iter()
        .filter_map(|kind| signal(kind).ok())
        .collect();
    if signals.is_empty() {
        return std::future::pending().await;
    }
    let any = signals.iter_mut().map(|signal| Box::pin(signal.recv()));
    futures_util::future::select_all(any).await;
}

#[cfg(not(unix))]
pub(super) async fn shutdown() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

/// Completes when the process that started this one is gone: clients that crash close no pipe they share.
#[cfg(unix)]
pub(super) async fn parent_gone() {
    const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(2);
    let parent = std::os::unix::process::parent_id();
    while std::os::unix::process::parent_id() == parent {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Elsewhere the closed stdin has to do.
#[cfg(not(unix))]
pub(super) async fn parent_gone() {
    std::future::pending().await
}
