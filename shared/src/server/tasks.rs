//! Tasks, for clients that take one instead of an answer: every question goes to the provider.

use rmcp::{
    ErrorData, RoleServer,
    handler::server::tool::IntoCallToolResult as _,
    model::{CallToolResponse, DetailedTask, GetTaskResult, JsonObject, TaskPayload},
    service::RequestContext,
};

use super::{Mcp, Server};
use crate::{
    Error,
    job::{self, Call, Handle, Jobs, State},
    secrets,
};

/// What a task id means to the one who sent it.
struct Asked<'a> {
    jobs: &'a Jobs,
    handle: Handle,
    call: Call,
}

impl<S: Server> Mcp<S> {
    /// `tasks/get`: one look at the job.
    pub(super) async fn task(
        &self,
        id: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        let Asked { jobs, handle, call } = self.asked(id, context)?;
        let look = self.server().job_result(&handle, &call);
        let tools = &self.running.tools;
        let looked = tools.guarded(&handle.tool, &context.ct, look).await;
        let mut message = None;
        let payload = match looked.and_then(|state| state) {
            Ok(state) => {
                let is_canceled = jobs.settle(&handle, &state).await;
                message = Some(state.phase());
                match state {
                    State::Queued | State::Running { .. } => TaskPayload::Working,
                    State::Done(result) => self.completed(result.into_call_tool_result()),
                    State::Failed(_) if is_canceled => TaskPayload::Cancelled,
                    State::Failed(error) => self.failed(&handle, error),
                }
            }
            // To give up here would lose the work over a fault of the way to it.
            Err(error) if job::is_passing(&error) || matches!(error, Error::Deadline { .. }) => {
                let words = format!("the last look at it failed: {error}");
                message = Some(secrets::redact(&words).into_owned());
                TaskPayload::Working
            }
            Err(error) => self.failed(&handle, jobs.name_job(error, &handle.job_id)),
        };
        let mut task = handle.task(id);
        task.status_message = message;
        let mut result = GetTaskResult::new(DetailedTask::new(task, payload));
        self.stamp(&mut result.meta);
        Ok(result)
    }

    /// `tasks/cancel`: the provider is told; what comes of it is seen with the next `tasks/get`.
    pub(super) async fn end_task(
        &self,
        id: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let Asked { jobs, handle, .. } = self.asked(id, context)?;
        let cancel = self.server().cancel_job(&handle);
        let tools = &self.running.tools;
        let cancelled = tools.guarded(&handle.tool, &context.ct, cancel).await;
        cancelled.and_then(|result| result).map_err(|error| {
            let text = error.to_text();
            ErrorData::internal_error(secrets::redact(&text).into_owned(), None)
        })?;
        jobs.canceled(&handle.job_id).await;
        Ok(())
    }

    fn asked(
        &self,
        id: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<Asked<'_>, ErrorData> {
        let mut call = Call::of(context);
        // It has one.
        call.takes_tasks = false;
        self.server()
            .jobs()
            .and_then(|jobs| {
                let handle = jobs.opened(id, &call)?;
                Some(Asked { jobs, handle, call })
            })
            .ok_or_else(unknown_task)
    }

    /// A failed call is a result, too; it is logged as `Tools` logs one.
    fn failed(&self, handle: &Handle, error: Error) -> TaskPayload {
        let (tool, outcome) = (&handle.tool, error.kind());
        tracing::warn!(
            tool.name = tool,
            outcome,
            reason = %error,
            "task of tool {tool}: {outcome}"
        );
        self.completed(error.into_call_tool_result())
    }

    /// As the tool would have answered.
    fn completed(&self, result: Result<CallToolResponse, ErrorData>) -> TaskPayload {
        let result = match result.map(|response| self.running.tools.finished(response)) {
            Ok(CallToolResponse::Complete(mut result)) => {
                self.stamp(&mut result.meta);
                result
            }
            Ok(_) => return protocol_error(&ErrorData::internal_error("no result", None)),
            Err(error) => return protocol_error(&error),
        };
        TaskPayload::Completed {
            result: object(&result),
        }
    }
}

fn protocol_error(error: &ErrorData) -> TaskPayload {
    TaskPayload::Failed {
        error: object(error),
    }
}

/// One answer to what is forged, too old or somebody else's: it tells nothing about tasks of others.
fn unknown_task() -> ErrorData {
    ErrorData::invalid_params(
        "unknown task: it is not yours, or more than two hours old, or this server was restarted without MCP_STATE_KEY",
        None,
    )
}

fn object(value: &impl serde::Serialize) -> JsonObject {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::Object(object)) => object,
        _ => JsonObject::new(),
    }
}
