//! `tools` and `call`: the server from the command line, through a real MCP client in the same process.

use std::{io::Write as _, process::ExitCode};

use anyhow::Context as _;
use rmcp::{
    ClientHandler, RoleClient, ServiceExt as _,
    model::{
        CallToolRequestParams, CallToolResult, ContentBlock, JsonObject, ProgressNotificationParam,
    },
    service::NotificationContext,
};
use serde_json::Value;

use crate::{Mcp, Server};

/// `tools`: a line each, or everything as JSON.
pub(super) fn list<S: Server>(mcp: &Mcp<S>, json: bool) -> anyhow::Result<ExitCode> {
    let tools = mcp.tools();
    if json {
        print(&serde_json::to_string_pretty(&tools)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let width = tools
        .iter()
        .map(|tool| tool.name.len())
        .max()
        .unwrap_or_default();
    let lines: Vec<String> = tools
        .iter()
        .map(|tool| {
            let description = tool.description.as_deref().unwrap_or_default();
            format!(
                "{:width$}  {}",
                tool.name,
                description.lines().next().unwrap_or_default()
            )
        })
        .collect();
    print(&lines.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// `call`: progress on stderr, the answer on stdout, exit code 1 when the tool failed.
pub(super) async fn run<S: Server>(
    mcp: Mcp<S>,
    tool: String,
    arguments: &[String],
    json: bool,
) -> anyhow::Result<ExitCode> {
    let arguments = parse(arguments)?;
    let (client_end, server_end) = tokio::io::duplex(64 * 1024);
    let server = tokio::spawn(async move {
        if let Ok(running) = mcp.serve(server_end).await {
            let _ = running.waiting().await;
        }
    });
    let client = Caller
        .serve(client_end)
        .await
        .context("the server did not start")?;
    let request = CallToolRequestParams::new(tool).with_arguments(arguments);
    let result = client.call_tool(request).await;
    // Ends the server, too: its end of the pipe closes.
    let _ = client.cancel().await;
    let _ = server.await;
    let result = result.map_err(|error| match error {
        rmcp::ServiceError::McpError(error) => anyhow::anyhow!("{}", error.message),
        other => other.into(),
    })?;
    if json {
        print(&serde_json::to_string_pretty(&result)?)?;
    } else {
        print(&to_text(&result))?;
    }
    Ok(ExitCode::from(u8::from(result.is_error == Some(true))))
}

/// One JSON object, or `key=value` pairs. Values stay text: the server turns them into what its schema
/// wants, and a postal code must not become a number on the way.
fn parse(arguments: &[String]) -> anyhow::Result<JsonObject> {
    if let [only] = arguments
        && only.trim_start().starts_with('{')
    {
        return serde_json::from_str(only).context("the arguments are not a JSON object");
    }
    let pair = |argument: &String| {
        let (key, value) = argument.split_once('=').with_context(|| {
            format!("`{argument}` is not key=value, nor are the arguments one JSON object")
        })?;
        Ok((key.to_owned(), Value::String(value.to_owned())))
    };
    arguments.iter().map(pair).collect()
}

fn to_text(result: &CallToolResult) -> String {
    let block = |block: &ContentBlock| match block {
        ContentBlock::Text(text) => text.text.clone(),
        ContentBlock::Image(image) => format!(
            "[image {}, {} characters of base64]",
            image.mime_type,
            image.data.len()
        ),
        ContentBlock::Audio(audio) => format!(
            "[audio {}, {} characters of base64]",
            audio.mime_type,
            audio.data.len()
        ),
        ContentBlock::ResourceLink(link) => format!("[{}]", link.uri),
        _ => "[a resource]".into(),
    };
    result
        .content
        .iter()
        .map(block)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A closed stdout (`| head`) is an end, not a crash.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

struct Caller;

impl ClientHandler for Caller {
    async fn on_progress(
        &self,
        progress: ProgressNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        let share = progress
            .total
            .map(|total| format!(" of {total}"))
            .unwrap_or_default();
        eprintln!(
            "{}{share} {}",
            progress.progress,
            progress.message.unwrap_or_default()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> anyhow::Result<Value> {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.into()).collect();
        parse(&arguments).map(Value::Object)
    }

    #[test]
    fn arguments_are_pairs_or_one_json_object() {
        assert_eq!(
            parsed(&["city=a=b", "days=3"]).unwrap(),
            serde_json::json!({"city": "a=b", "days": "3"})
        );
        assert_eq!(
            parsed(&[r#"{"days": 3}"#]).unwrap(),
            serde_json::json!({"days": 3})
        );
        assert_eq!(parsed(&[]).unwrap(), serde_json::json!({}));
    }

    #[test]
    fn anything_else_is_refused_with_the_argument_named() {
        assert!(
            parsed(&["Oslo"])
                .unwrap_err()
                .to_string()
                .contains("`Oslo`")
        );
        assert!(parsed(&["{broken"]).is_err());
    }
}
