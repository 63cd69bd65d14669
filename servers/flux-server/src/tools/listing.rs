//! Recent work: what Replicate lists, joined with what was written down here.

pub(super) mod join;
mod text;

use std::{collections::BTreeSet, path::PathBuf};

use jiff::{SignedDuration, Timestamp};
use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Error, Json, Result, job::Entry, schema};

use crate::{
    FluxServer,
    api::{Page, Status},
};

use join::{Cursor, lost, recognized};

const DEFAULT_LIMIT: u8 = 10;
/// Of what was written down here.
const MOST_ENTRIES: usize = 200;
/// Replicate lists older ones no more with their input, so nothing will be learned about them.
const LOST_FOR: SignedDuration = SignedDuration::from_hours(24);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListInput {
    /// How many; default 10.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u8>,
    /// `next_cursor` of the answer before.
    #[schemars(length(min = 1, max = 2_000))]
    cursor: Option<String>,
    status: Option<WantedStatus>,
}

/// Only those with this status; default all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum WantedStatus {
    Starting,
    Processing,
    Succeeded,
    Failed,
    Canceled,
    Aborted,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct ListOutput {
    /// Newest first.
    pub(super) predictions: Vec<Row>,
    /// Submitted from here, and it is not known what became of them: they may run and be charged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub(super) unconfirmed: Vec<Lost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_cursor: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub(super) notes: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Serialize, JsonSchema)]
pub(super) struct Row {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<String>,
    pub(super) status: String,
    pub(super) created: String,
    /// The tool that started it, if it was one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) prompt: Option<String>,
    /// Saved on this machine.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub(super) files: Vec<String>,
    /// Files were saved and are no longer where they were.
    #[serde(skip_serializing_if = "is_false")]
    #[schemars(default)]
    pub(super) files_gone: bool,
    /// When Replicate deletes the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<String>,
    /// Replicate has deleted the result.
    #[serde(skip_serializing_if = "is_false")]
    #[schemars(default)]
    pub(super) result_deleted: bool,
}

/// A submit whose answer never came.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub(super) struct Lost {
    pub(super) submitted: String,
    pub(super) tool: String,
}

#[tool_router(router = "listing_tools", vis = "pub(crate)")]
impl FluxServer {
    /// Recent predictions of the account, newest first: id, model, status, prompt, saved files, when the result expires. Free.
    /// Finds work whose answer was lost; get_prediction returns the result of one.
    #[tool(
        title = "List predictions",
        input_schema = schema::input::<ListInput>(),
        output_schema = schema::output::<ListOutput>(),
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn list_predictions(
        &self,
        Parameters(input): Parameters<ListInput>,
    ) -> Result<Json<ListOutput>> {
        let limit = usize::from(input.limit.unwrap_or(DEFAULT_LIMIT));
        let cursor = match &input.cursor {
            Some(text) => Cursor::parse(text)?,
            None => Cursor::default(),
        };
        let mut notes = Vec::new();
        let ledger = self.jobs.ledger().recent(MOST_ENTRIES).await;
        let mut entries = ledger.unwrap_or_else(|error| {
            notes.push(format!(
                "What was written down here could not be read: {error}."
            ));
            Vec::new()
        });
        if !self.tells_paths {
            entries.iter_mut().for_each(|entry| entry.files.clear());
        }
        let mut output = match self.replicate.predictions(cursor.page.as_deref()).await {
            Ok(page) => {
                self.adopt(&mut entries, &page).await;
                let gone = gone(&entries).await;
                join::joined(&page, &entries, &gone, &cursor, limit, input.status)
            }
            Err(error) if input.cursor.is_none() && entries.iter().any(is_work) => {
                notes.push(unreachable_note(&error));
                let gone = gone(&entries).await;
                join::ledger_alone(&entries, &gone, limit, input.status)
            }
            Err(error) => return Err(error),
        };
        if input.cursor.is_none() {
            output.unconfirmed = lost(&entries, Timestamp::now() - LOST_FOR);
        }
        notes.append(&mut output.notes);
        output.notes = notes;
        Ok(Json(output))
    }
}

impl FluxServer {
    /// Give rows without an id the prediction they turn out to be.
    async fn adopt(&self, entries: &mut [Entry], page: &Page) {
        for (row, id) in recognized(entries, &page.predictions) {
            if let Err(error) = self.jobs.ledger().adopt(row, &id).await {
                tracing::debug!("cannot write down the id of a prediction: {error}");
            }
            if let Some(entry) = entries.iter_mut().find(|entry| entry.row == row) {
                entry.job_id = Some(id);
            }
        }
    }
}

impl WantedStatus {
    pub(super) fn matches(self, status: Status) -> bool {
        let wanted = match self {
            Self::Starting => Status::Starting,
            Self::Processing => Status::Processing,
            Self::Succeeded => Status::Succeeded,
            Self::Failed => Status::Failed,
            Self::Canceled => Status::Canceled,
            Self::Aborted => Status::Aborted,
        };
        wanted == status
    }
}

/// The saved files that are no longer there.
async fn gone(entries: &[Entry]) -> BTreeSet<PathBuf> {
    let files = entries.iter().flat_map(|entry| entry.files.iter().cloned());
    let files: Vec<PathBuf> = files.collect();
    let look = move || files.into_iter().filter(|file| !file.exists()).collect();
    let looked = tokio::task::spawn_blocking(look).await;
    looked.unwrap_or_default()
}

/// Not what certainly never began.
fn is_work(entry: &Entry) -> bool {
    entry.status != "not started"
}

fn unreachable_note(error: &Error) -> String {
    format!(
        "Replicate could not be asked, so this is only what was written down on this machine: {}",
        error.to_text()
    )
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}
