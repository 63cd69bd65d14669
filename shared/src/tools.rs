//! The tools a server offers, and the one place every call passes through.

use std::{borrow::Cow, collections::BTreeSet, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use rmcp::{
    ErrorData,
    handler::server::{
        router::tool::ToolRouter,
        tool::{IntoCallToolResult as _, ToolCallContext},
    },
    model::{CallToolResponse, CallToolResult, ContentBlock, JsonObject, Tool},
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::{
    Error, Toolset, error::KIND_META, metrics::CallTimer, schema, secrets, settings::Settings, text,
};

/// Characters; longer text is cut: about 25,000 tokens, where hosts cut or refuse a result.
const LONGEST_TEXT: usize = 80_000;
/// The first line of every answer in demo mode.
const DEMO: &str = "DEMO: made-up data from a built-in imitation, not from the provider.";
/// Calls at once; more are told to wait, so that no queue grows without end.
const MOST_CALLS: usize = 256;
/// The argument with which a caller says how many seconds to wait for slow work.
const WAIT_ARGUMENT: &str = "wait_seconds";
/// As the operator's `--wait-seconds`.
const LONGEST_WAIT_SECONDS: u64 = 3600;
/// For the last look at the work and for its files, when the wait is over.
const TO_FINISH: Duration = Duration::from_secs(20);

/// The enabled tools.
pub struct Tools<S> {
    router: ToolRouter<S>,
    listed: Arc<[Tool]>,
    slots: Semaphore,
    timeout: Duration,
    is_demo: bool,
}

impl<S: Send + Sync + 'static> Tools<S> {
    /// Join the toolsets, keep what the operator allowed, and compose what the model is told about it.
    pub fn new(
        settings: &Settings,
        lead: &str,
        toolsets: Vec<Toolset<S>>,
    ) -> anyhow::Result<(Self, String)> {
        let chosen = chosen_toolsets(settings, &toolsets)?;
        let mut router = ToolRouter::new();
        let mut all_names = BTreeSet::new();
        let mut instructions = vec![lead.trim().to_owned()];
        for toolset in toolsets {
            let names: Vec<String> = toolset.router.map.keys().map(ToString::to_string).collect();
            for name in &names {
                anyhow::ensure!(
                    all_names.insert(name.clone()),
                    "two tools are called `{name}`"
                );
            }
            let mut group = toolset.router;
            let chosen = chosen.contains(toolset.name);
            for name in &names {
                let named = settings.tools.iter().any(|wanted| wanted == name);
                let wanted = if settings.tools.is_empty() {
                    chosen
                } else {
                    named
                };
                let allowed = !settings.read_only || group.get(name).is_some_and(is_read_only);
                if !(wanted && allowed) {
                    group.remove_route(name);
                }
            }
            if !group.map.is_empty() {
                instructions.push(toolset.instructions.trim().to_owned());
            }
            router.merge(group);
        }
        for name in &settings.tools {
            anyhow::ensure!(
                all_names.contains(name),
                "`--tools` names `{name}`, which is no tool of this server; there are {}",
                all_names.iter().cloned().collect::<Vec<_>>().join(", ")
            );
        }
        instructions.retain(|part| !part.is_empty());
        Ok((Self::over(router, settings), instructions.join(" ")))
    }

    fn over(mut router: ToolRouter<S>, settings: &Settings) -> Self {
        for route in router.map.values_mut() {
            // rmcp leaves the schema of a tool without arguments open.
            let schema = Arc::make_mut(&mut route.attr.input_schema);
            schema.entry("additionalProperties").or_insert(json!(false));
        }
        Self {
            listed: router.list_all().into(),
            router,
            slots: Semaphore::new(MOST_CALLS),
            timeout: settings.call_timeout(),
            is_demo: settings.demo,
        }
    }

    /// Sorted by name; the same for every connection.
    pub fn list_all(&self) -> Vec<Tool> {
        self.listed.to_vec()
    }

    pub fn get(&self, name: &str) -> Option<&Tool> {
        self.router.get(name)
    }

    /// Run one tool: check its arguments, bound its time, survive its panic, count and log it.
    pub async fn call(
        &self,
        mut call: ToolCallContext<'_, S>,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = call.name().to_owned();
        let Some(tool) = self.router.get(&name) else {
            return Err(self.unknown_tool(&name));
        };
        let timer = CallTimer::start(&name);
        let cancelled = call.request_context.ct.clone();
        let result = match (
            schema::check(&tool.input_schema, call.arguments.get_or_insert_default()),
            self.slots.try_acquire(),
        ) {
            (Err(error), _) => error.into_call_tool_result(),
            (Ok(()), Err(_)) => Error::Busy { limit: MOST_CALLS }.into_call_tool_result(),
            (Ok(()), Ok(_slot)) => {
                let bounds = Bounds {
                    limit: self.timeout.max(asked_wait(call.arguments.as_ref())),
                    may_have_started: !may_be_repeated(tool),
                };
                let run = self.router.call(call);
                let done = bounds.within(&name, &cancelled, run).await;
                done.unwrap_or_else(Error::into_call_tool_result)
            }
        };
        let result = result.map(|response| self.finished(response));
        let outcome = outcome(&result);
        let elapsed = timer.end(outcome);
        log(&name, outcome, elapsed, &result);
        result
    }

    /// Run what belongs to a tool outside of its call, and may be repeated: an answer about its task.
    pub(crate) async fn guarded<T>(
        &self,
        name: &str,
        cancelled: &CancellationToken,
        run: impl Future<Output = T>,
    ) -> crate::Result<T> {
        let bounds = Bounds {
            limit: self.timeout,
            may_have_started: false,
        };
        bounds.within(name, cancelled, run).await
    }

    /// The result within its budget, clean, without secrets, and marked if it is made up.
    pub(crate) fn finished(&self, response: CallToolResponse) -> CallToolResponse {
        let CallToolResponse::Complete(mut result) = response else {
            return response;
        };
        for block in &mut result.content {
            if let ContentBlock::Text(content) = block
                && let Some(better) = bounded_text(&content.text)
            {
                content.text = better;
            }
        }
        if let Some(structured) = &mut result.structured_content {
            clean_strings(structured);
        }
        if let Some(ContentBlock::Text(first)) = result.content.first_mut().filter(|_| self.is_demo)
        {
            first.text.insert_str(0, &format!("{DEMO}\n"));
        }
        CallToolResponse::Complete(result)
    }

    fn unknown_tool(&self, name: &str) -> ErrorData {
        let known: Vec<&str> = self.listed.iter().map(|tool| &*tool.name).collect();
        let name = text::quote(&text::cut(name, 64));
        ErrorData::invalid_params(
            format!(
                "unknown tool `{name}`; this server has {}",
                known.join(", ")
            ),
            None,
        )
    }
}

/// How long something may run, and what it leaves behind when it is cut off.
struct Bounds {
    limit: Duration,
    /// Work that goes on, and that a second call would start and pay again.
    may_have_started: bool,
}

impl Bounds {
    /// Bound its time, hear cancellation, survive its panic.
    async fn within<T>(
        &self,
        name: &str,
        cancelled: &CancellationToken,
        run: impl Future<Output = T>,
    ) -> crate::Result<T> {
        // Without `catch_unwind` a panicking tool leaves the client waiting for ever (rmcp 3.9).
        let span = tracing::info_span!("call", tool.name = name);
        let run = AssertUnwindSafe(run).catch_unwind().instrument(span);
        tokio::select! {
            biased;
            () = cancelled.cancelled() => Err(Error::Cancelled),
            done = tokio::time::timeout(self.limit, run) => match done {
                Ok(Ok(done)) => Ok(done),
                Ok(Err(_panic)) => Err(Error::Internal),
                Err(_elapsed) => Err(Error::Deadline {
                    after: self.limit,
                    may_have_started: self.may_have_started,
                }),
            },
        }
    }
}

/// A tool whose schema lets the caller say how long to wait may take that long, and finish what it found.
/// The arguments have been checked, so the number is within what the tool publishes.
fn asked_wait(arguments: Option<&JsonObject>) -> Duration {
    let seconds = arguments.and_then(|all| all.get(WAIT_ARGUMENT)?.as_u64());
    seconds.map_or(Duration::ZERO, |seconds| {
        Duration::from_secs(seconds.min(LONGEST_WAIT_SECONDS)) + TO_FINISH
    })
}

fn chosen_toolsets<S>(
    settings: &Settings,
    toolsets: &[Toolset<S>],
) -> anyhow::Result<BTreeSet<&'static str>> {
    let names: Vec<&str> = toolsets.iter().map(|toolset| toolset.name).collect();
    for wanted in &settings.toolsets {
        anyhow::ensure!(
            wanted == "all" || wanted == "default" || names.contains(&wanted.as_str()),
            "`--toolsets` names `{wanted}`, which is no toolset of this server; there are {}, default and all",
            names.join(", ")
        );
    }
    let named = |name: &str| settings.toolsets.iter().any(|wanted| wanted == name);
    let default = settings.toolsets.is_empty() || named("default");
    Ok(toolsets
        .iter()
        .filter(|toolset| named("all") || named(toolset.name) || (default && toolset.on_by_default))
        .map(|toolset| toolset.name)
        .collect())
}

fn is_read_only(tool: &Tool) -> bool {
    let hints = tool.annotations.as_ref();
    hints.is_some_and(|hints| hints.read_only_hint == Some(true))
}

/// Whether a second call does no more than the first.
fn may_be_repeated(tool: &Tool) -> bool {
    let hints = tool.annotations.as_ref();
    is_read_only(tool) || hints.is_some_and(|hints| hints.idempotent_hint == Some(true))
}

/// `None` when the text is fine as it is.
fn bounded_text(original: &str) -> Option<String> {
    let better = presentable(original);
    // Bytes first: they are free to count, and never fewer than characters.
    let all = if better.len() <= LONGEST_TEXT {
        0
    } else {
        better.chars().count()
    };
    if all > LONGEST_TEXT {
        let kept = text::cut(&better, LONGEST_TEXT);
        return Some(format!(
            "{kept}\n[cut here: {LONGEST_TEXT} of {all} characters shown. Call again with narrower arguments (a smaller range or limit) for the rest.]"
        ));
    }
    match better {
        Cow::Borrowed(_) => None,
        Cow::Owned(better) => Some(better),
    }
}

fn clean_strings(value: &mut Value) {
    match value {
        Value::String(original) => {
            if let Cow::Owned(better) = presentable(original) {
                *original = better;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(clean_strings),
        Value::Object(object) => object.values_mut().for_each(clean_strings),
        _ => {}
    }
}

/// Without hidden characters, then without secrets: one broken up by the other must not come out whole.
fn presentable(original: &str) -> Cow<'_, str> {
    if text::is_clean(original) {
        return secrets::redact(original);
    }
    let clean = text::clean(original);
    let redacted = secrets::redact(&clean).into_owned();
    Cow::Owned(redacted)
}

/// "ok", or the kind of the error.
fn outcome(result: &Result<CallToolResponse, ErrorData>) -> &'static str {
    match result {
        Ok(CallToolResponse::Complete(result)) if result.is_error == Some(true) => {
            let kind = result
                .meta
                .as_ref()
                .and_then(|meta| meta.get(KIND_META)?.as_str());
            Error::KINDS
                .into_iter()
                .find(|known| Some(*known) == kind)
                .unwrap_or("error")
        }
        Ok(_) => "ok",
        Err(_) => "protocol_error",
    }
}

/// A failure is logged here and nowhere else. Never arguments: they may be private.
fn log(
    name: &str,
    outcome: &'static str,
    elapsed: Duration,
    result: &Result<CallToolResponse, ErrorData>,
) {
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    match outcome {
        "ok" | "cancelled" => tracing::info!(
            tool.name = name,
            outcome,
            elapsed_ms,
            "tool {name}: {outcome} in {elapsed_ms} ms"
        ),
        _ => {
            let reason = match result {
                Ok(CallToolResponse::Complete(result)) => first_text(result).unwrap_or_default(),
                Ok(_) => String::new(),
                Err(error) => error.message.to_string(),
            };
            let reason = text::cut(&reason, 300);
            tracing::warn!(
                tool.name = name,
                outcome,
                elapsed_ms,
                reason,
                "tool {name}: {outcome} in {elapsed_ms} ms"
            );
        }
    }
}

fn first_text(result: &CallToolResult) -> Option<String> {
    result.content.iter().find_map(|block| match block {
        ContentBlock::Text(content) => Some(content.text.clone()),
        _ => None,
    })
}
