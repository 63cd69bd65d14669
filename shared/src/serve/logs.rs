//! Log lines on stderr: never a secret, never in the way of the protocol.

use std::io::{self, Write};

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    Layer as _, Registry, filter::Targets, fmt::MakeWriter, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::{
    secrets,
    settings::{Cli, LogFormat},
    text,
};

/// Lines that wait for a slow reader of stderr; more are dropped rather than block the server.
const MOST_WAITING_LINES: usize = 4_096;

/// Start logging; dropping the guard writes what is waiting.
pub(super) fn start(cli: &Cli, name: &str) -> WorkerGuard {
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(MOST_WAITING_LINES)
        .finish(io::stderr());
    let format = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(Redacting(writer));
    let layer = match cli.settings.log_format {
        LogFormat::Text => format.with_target(false).boxed(),
        LogFormat::Json => format.json().flatten_event(true).boxed(),
    };
    let level = cli.settings.log_level.as_deref();
    let level = level.unwrap_or_else(|| super::default_log_level(cli.command.as_ref()));
    let filter = filter(level.parse().unwrap_or(LevelFilter::INFO), name);
    // The default hook would print past the redaction.
    std::panic::set_hook(Box::new(|panic| {
        let location = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let message = text::cut(message(panic.payload()), 300);
        tracing::error!(location, "a bug: {message}");
    }));
    // Fails only when a subscriber exists already, as in a test.
    let _ = Registry::default()
        .with(layer.with_filter(filter))
        .try_init();
    guard
}

/// What `panic!` was given: a literal or a formatted text.
fn message(payload: &(dyn std::any::Any + Send)) -> &str {
    let literal = payload.downcast_ref::<&str>().copied();
    literal
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or_default()
}

/// Our own lines at the wanted level; libraries at `warn` at most, since below that they print
/// whole messages and URLs.
fn filter(level: LevelFilter, name: &str) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("shared", level)
        .with_target(name.replace('-', "_"), level)
}

/// Hides every known secret in what passes.
struct Redacting(NonBlocking);

impl<'a> MakeWriter<'a> for Redacting {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(self.0.clone())
    }
}

struct Line(NonBlocking);

impl Write for Line {
    /// The formatter hands over one whole line at a time.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        self.0.write_all(secrets::redact(&text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
