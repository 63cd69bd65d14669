//! Counters and histograms of this process, in Prometheus' text format.

use std::{sync::LazyLock, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// Seconds: from a cached answer to a call that waits for slow work.
const BUCKETS: [f64; 12] = [
    0.001, 0.005, 0.02, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ToolLabels {
    tool: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ProviderOutcome {
    provider: &'static str,
    /// Of a request the status class ("2xx"), "cache" or "network"; of a file "ok" or the kind of error; of a
    /// job "done", "failed", "canceled" or "unknown".
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Provider {
    provider: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ToolName {
    tool: String,
}

struct Metrics {
    registry: Registry,
    calls: Family<ToolLabels, Counter>,
    call_seconds: Family<ToolName, Histogram>,
    in_flight: Gauge,
    upstream: Family<ProviderOutcome, Counter>,
    upstream_seconds: Family<Provider, Histogram>,
    retries: Family<Provider, Counter>,
    files: Family<ProviderOutcome, Counter>,
    file_bytes: Family<Provider, Counter>,
    jobs: Family<ProviderOutcome, Counter>,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let mut metrics = Metrics {
        registry: Registry::with_prefix("mcp"),
        calls: Family::default(),
        call_seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
        in_flight: Gauge::default(),
        upstream: Family::default(),
        upstream_seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
        retries: Family::default(),
        files: Family::default(),
        file_bytes: Family::default(),
        jobs: Family::default(),
    };
    let registry = &mut metrics.registry;
    registry.register("tool_calls", "Tool calls by outcome", metrics.calls.clone());
    registry.register(
        "tool_call_seconds",
        "How long tool calls took",
        metrics.call_seconds.clone(),
    );
    registry.register(
        "tool_calls_in_flight",
        "Tool calls now running",
        metrics.in_flight.clone(),
    );
    registry.register(
        "upstream_requests",
        "Requests to providers by outcome",
        metrics.upstream.clone(),
    );
    registry.register(
        "upstream_request_seconds",
        "How long providers took",
        metrics.upstream_seconds.clone(),
    );
    registry.register(
        "upstream_retries",
        "Requests sent again",
        metrics.retries.clone(),
    );
    registry.register(
        "files_fetched",
        "Files fetched, by outcome",
        metrics.files.clone(),
    );
    registry.register(
        "file_bytes",
        "Bytes of files that arrived",
        metrics.file_bytes.clone(),
    );
    registry.register(
        "jobs",
        "Jobs that were written down, by how they ended",
        metrics.jobs.clone(),
    );
    metrics
});

/// A tool call that is running; dropping it without [`CallTimer::end`] counts as cancelled.
pub(crate) struct CallTimer {
    tool: String,
    started: std::time::Instant,
    ended: bool,
}

impl CallTimer {
    pub(crate) fn start(tool: &str) -> Self {
        METRICS.in_flight.inc();
        Self {
            tool: tool.into(),
            started: std::time::Instant::now(),
            ended: false,
        }
    }

    /// Record the outcome ("ok" or a kind of error) and answer how long the call took.
    pub(crate) fn end(mut self, outcome: &'static str) -> Duration {
        self.record(outcome)
    }

    fn record(&mut self, outcome: &'static str) -> Duration {
        let elapsed = self.started.elapsed();
        self.ended = true;
        METRICS.in_flight.dec();
        let labels = ToolLabels {
            tool: self.tool.clone(),
            outcome,
        };
        METRICS.calls.get_or_create(&labels).inc();
        let name = ToolName {
            tool: std::mem::take(&mut self.tool),
        };
        METRICS
            .call_seconds
            .get_or_create(&name)
            .observe(elapsed.as_secs_f64());
        elapsed
    }
}

impl Drop for CallTimer {
    fn drop(&mut self) {
        if !self.ended {
            self.record("cancelled");
        }
    }
}

/// One request to a provider. `outcome` is the status class ("2xx") or a kind of error.
pub(crate) fn upstream(provider: &'static str, outcome: &'static str, elapsed: Duration) {
    METRICS
        .upstream
        .get_or_create(&ProviderOutcome { provider, outcome })
        .inc();
    METRICS
        .upstream_seconds
        .get_or_create(&Provider { provider })
        .observe(elapsed.as_secs_f64());
}

/// One answer that came from the cache.
pub(crate) fn cache_hit(provider: &'static str) {
    let outcome = "cache";
    METRICS
        .upstream
        .get_or_create(&ProviderOutcome { provider, outcome })
        .inc();
}

pub(crate) fn retry(provider: &'static str) {
    METRICS.retries.get_or_create(&Provider { provider }).inc();
}

/// One file that arrived ("ok"), or did not (a kind of error).
pub(crate) fn file(provider: &'static str, outcome: &'static str) {
    METRICS
        .files
        .get_or_create(&ProviderOutcome { provider, outcome })
        .inc();
}

/// A part of a file that arrived.
pub(crate) fn file_bytes(provider: &'static str, bytes: u64) {
    METRICS
        .file_bytes
        .get_or_create(&Provider { provider })
        .inc_by(bytes);
}

/// One job that ended, or of which nobody knows.
pub(crate) fn job(provider: &'static str, outcome: &'static str) {
    METRICS
        .jobs
        .get_or_create(&ProviderOutcome { provider, outcome })
        .inc();
}

/// Everything, as Prometheus reads it.
pub fn render() -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = encode(&mut text, &METRICS.registry);
    text
}
