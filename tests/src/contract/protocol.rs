//! What a server answers over a connection.

use rmcp::model::{CacheScope, ErrorCode, MetaObject, Tool};
use serde_json::{Map, Value, json};

use crate::client::{Client, Era, text, within};

const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
const LONGEST_INSTRUCTIONS: usize = 1_200;
const UNKNOWN: &str = "no_such_thing";

pub(super) async fn broken(client: &Client) -> Vec<String> {
    let mut broken = Vec::from_iter(instructions(client));
    broken.extend(lists(client).await);
    broken.extend(unknown_names(client).await);
    for tool in client.tools().await {
        broken.extend(unknown_argument(client, &tool).await);
    }
    broken
}

fn instructions(client: &Client) -> Option<String> {
    let info = client.peer().peer_info()?;
    let length = info
        .instructions
        .as_deref()
        .unwrap_or_default()
        .chars()
        .count();
    let fits = (1..=LONGEST_INSTRUCTIONS).contains(&length);
    (!fits).then(|| format!("the instructions have {length} characters, not 1 to 1200"))
}

/// The four lists say who answered and how long the answer is good for.
async fn lists(client: &Client) -> Vec<String> {
    let peer = client.peer();
    let tools = within(peer.list_tools(None)).await.unwrap();
    let prompts = within(peer.list_prompts(None)).await.unwrap();
    let resources = within(peer.list_resources(None)).await.unwrap();
    let templates = within(peer.list_resource_templates(None)).await.unwrap();
    let all = [
        ("tools", tools.ttl_ms, tools.cache_scope, tools.meta),
        ("prompts", prompts.ttl_ms, prompts.cache_scope, prompts.meta),
        (
            "resources",
            resources.ttl_ms,
            resources.cache_scope,
            resources.meta,
        ),
        (
            "templates",
            templates.ttl_ms,
            templates.cache_scope,
            templates.meta,
        ),
    ];
    let mut broken = Vec::new();
    for (list, ttl, scope, meta) in all {
        broken.extend(
            stamped(client.era(), ttl, scope, meta)
                .into_iter()
                .map(|what| format!("{list}: {what}")),
        );
    }
    broken
}

fn stamped(
    era: Era,
    ttl: Option<u64>,
    scope: Option<CacheScope>,
    meta: Option<MetaObject>,
) -> Vec<&'static str> {
    let mut broken = Vec::new();
    let name = meta
        .as_ref()
        .and_then(|meta| meta.get(SERVER_INFO)?.get("name"));
    if name.is_none() {
        broken.push("the answer does not say which server gave it");
    }
    // Older revisions know nothing of freshness.
    if era == Era::Discover2026 && ttl.unwrap_or_default() == 0 {
        broken.push("it is stale at once");
    }
    if era == Era::Discover2026 && scope.is_none() {
        broken.push("it does not say who may keep it");
    }
    broken
}

/// Asking for what does not exist is a protocol error, and says what does not exist.
async fn unknown_names(client: &Client) -> Vec<String> {
    let tool = client.try_call(UNKNOWN, json!({})).await.map(drop);
    let prompt = client.prompt(UNKNOWN, json!({})).await.map(drop);
    let resource = client.read("unknown://no_such_thing").await.map(drop);
    let no_resource = match client.era() {
        Era::Handshake2025 => ErrorCode::RESOURCE_NOT_FOUND,
        Era::Discover2026 => ErrorCode::INVALID_PARAMS,
    };
    let mut broken = Vec::new();
    for (what, answer, code) in [
        ("tool", tool, ErrorCode::INVALID_PARAMS),
        ("prompt", prompt, ErrorCode::INVALID_PARAMS),
        ("resource", resource, no_resource),
    ] {
        match answer {
            Err(error) if error.code == code && error.message.contains(UNKNOWN) => {}
            answer => broken.push(format!(
                "an unknown {what} must be error {} with its name, not {answer:?}",
                code.0
            )),
        }
    }
    broken
}

async fn unknown_argument(client: &Client, tool: &Tool) -> Option<String> {
    let mut arguments = required(&tool.input_schema);
    arguments.insert(UNKNOWN.into(), json!(1));
    let answer = client.try_call(&tool.name, Value::Object(arguments)).await;
    match &answer {
        Ok(result) if result.is_error == Some(true) && text(result).contains(UNKNOWN) => None,
        _ => Some(format!(
            "{}: an unknown argument must be refused by name, not {answer:?}",
            tool.name
        )),
    }
}

/// The simplest arguments that a schema allows.
fn required(schema: &Map<String, Value>) -> Map<String, Value> {
    let names = schema.get("required").and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    names
        .map(|name| (name.to_owned(), simplest(&schema["properties"][name])))
        .collect()
}

fn simplest(schema: &Value) -> Value {
    let given = [&schema["default"], &schema["const"], &schema["enum"][0]];
    if let Some(value) = given.into_iter().find(|value| !value.is_null()) {
        return value.clone();
    }
    let count = |keyword: &str| {
        let least = schema[keyword].as_u64().unwrap_or(1);
        usize::try_from(least.max(1)).unwrap_or(1)
    };
    match schema["type"].as_str() {
        Some("integer") => json!(schema["minimum"].as_i64().unwrap_or(1)),
        Some("number") => json!(schema["minimum"].as_f64().unwrap_or(1.0)),
        Some("boolean") => json!(false),
        Some("array") => vec![simplest(&schema["items"]); count("minItems")].into(),
        Some("object") => schema.as_object().map(required).into(),
        _ => "x".repeat(count("minLength")).into(),
    }
}
