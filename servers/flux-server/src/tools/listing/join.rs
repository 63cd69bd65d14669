//! Two lists into one.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

use jiff::Timestamp;
use serde_json::Value;
use shared::{Error, Result, job::Entry, text};

use super::{ListOutput, Lost, Row, WantedStatus};
use crate::{
    api::{NewPrediction, Page, Prediction},
    tools::words::{exact_time, status_word},
};

/// Characters of a prompt.
const LONGEST_PROMPT: usize = 60;
/// How far the clocks of this machine and of Replicate may be apart.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(60);

/// Where a page of ours begins: within which page of Replicate's, and after how many of its rows.
#[derive(Debug, Default, PartialEq)]
pub(in crate::tools) struct Cursor {
    pub(in crate::tools) page: Option<String>,
    pub(in crate::tools) skip: usize,
}

impl Cursor {
    /// "10" or "10:cD0yMDI2"
    pub(in crate::tools) fn parse(text: &str) -> Result<Self> {
        let (skip, page) = match text.split_once(':') {
            Some((skip, page)) => (skip, Some(page.to_owned())),
            None => (text, None),
        };
        let reason =
            "it is none of this tool; copy `next_cursor` of the answer before, or leave it out";
        let skip = skip.parse();
        let skip = skip.map_err(|_| Error::invalid("cursor", reason))?;
        Ok(Self { page, skip })
    }

    fn to_text(&self) -> String {
        match &self.page {
            Some(page) => format!("{}:{page}", self.skip),
            None => self.skip.to_string(),
        }
    }
}

pub(in crate::tools) fn joined(
    page: &Page,
    entries: &[Entry],
    gone: &BTreeSet<PathBuf>,
    cursor: &Cursor,
    limit: usize,
    wanted: Option<WantedStatus>,
) -> ListOutput {
    let known: BTreeMap<&str, &Entry> = entries
        .iter()
        .filter_map(|entry| Some((entry.job_id.as_deref()?, entry)))
        .collect();
    let mut predictions = Vec::new();
    let mut rest = page.predictions.iter().enumerate().skip(cursor.skip);
    let mut next = None;
    for (index, prediction) in rest.by_ref() {
        if wanted.is_some_and(|wanted| !wanted.matches(prediction.status)) {
            continue;
        }
        if predictions.len() == limit {
            next = Some(Cursor {
                page: cursor.page.clone(),
                skip: index,
            });
            break;
        }
        let entry = known.get(prediction.id.as_str()).copied();
        predictions.push(row(prediction, entry, gone));
    }
    let next = next.or_else(|| {
        let page = Some(page.cursor.clone()?);
        Some(Cursor { page, skip: 0 })
    });
    ListOutput {
        predictions,
        next_cursor: next.map(|cursor| cursor.to_text()),
        ..ListOutput::default()
    }
}

pub(in crate::tools) fn ledger_alone(
    entries: &[Entry],
    gone: &BTreeSet<PathBuf>,
    limit: usize,
    wanted: Option<WantedStatus>,
) -> ListOutput {
    let rows = entries
        .iter()
        .filter_map(|entry| row_of_entry(entry, gone))
        .take(limit);
    let filter = wanted.map(|_| "`status` was not applied to it.".to_owned());
    ListOutput {
        predictions: rows.collect(),
        notes: Vec::from_iter(filter),
        ..ListOutput::default()
    }
}

pub(in crate::tools) fn row(
    prediction: &Prediction,
    entry: Option<&Entry>,
    gone: &BTreeSet<PathBuf>,
) -> Row {
    let prompt = prediction.input.get("prompt").and_then(Value::as_str);
    let expires = prediction.expires().filter(|_| !prediction.data_removed);
    let saved = entry.and_then(|entry| row_of_entry(entry, gone));
    Row {
        id: prediction.id.clone(),
        model: Some(prediction.model.clone()),
        status: status_word(prediction.status).into(),
        created: exact_time(prediction.created),
        prompt: prompt.map(short),
        expires: expires.map(exact_time),
        result_deleted: prediction.data_removed,
        ..saved.unwrap_or_default()
    }
}

/// `None` without an id.
fn row_of_entry(entry: &Entry, gone: &BTreeSet<PathBuf>) -> Option<Row> {
    let (lost, there): (Vec<&PathBuf>, Vec<&PathBuf>) =
        entry.files.iter().partition(|file| gone.contains(*file));
    let files = there.iter().map(|file| file.display().to_string());
    Some(Row {
        id: entry.job_id.clone()?,
        status: replicates_word(&entry.status).into(),
        created: exact_time(entry.created),
        tool: Some(entry.tool.clone()),
        files: files.collect(),
        files_gone: !lost.is_empty(),
        ..Row::default()
    })
}

/// For what the ledger says about a job with an id; "running" may be starting or processing.
fn replicates_word(status: &str) -> &str {
    match status {
        "done" => "succeeded",
        other => other,
    }
}

/// Rows without an id, and the prediction that each of them is: the same model and input, submitted then.
/// A submit that is under way writes its own id when it is answered, whatever is guessed here.
pub(in crate::tools) fn recognized(
    entries: &[Entry],
    predictions: &[Prediction],
) -> Vec<(i64, String)> {
    let mut taken: BTreeSet<&str> = entries
        .iter()
        .filter_map(|entry| entry.job_id.as_deref())
        .collect();
    let mut found = Vec::new();
    for entry in entries.iter().filter(|entry| is_open(entry)) {
        let earliest = entry.created - CLOCK_DIFFERENCE;
        let is_it = |prediction: &&Prediction| {
            prediction.created >= earliest
                && !taken.contains(prediction.id.as_str())
                && NewPrediction::digest(&prediction.model, &prediction.input) == entry.digest
        };
        if let Some(prediction) = predictions.iter().rev().find(is_it) {
            taken.insert(&prediction.id);
            found.push((entry.row, prediction.id.clone()));
        }
    }
    found
}

/// Submits of `since` then that nothing is known of.
pub(in crate::tools) fn lost(entries: &[Entry], since: Timestamp) -> Vec<Lost> {
    let lost = entries
        .iter()
        .filter(|entry| is_open(entry) && entry.created >= since);
    lost.map(|entry| Lost {
        submitted: exact_time(entry.created),
        tool: entry.tool.clone(),
    })
    .collect()
}

/// The answer has not come, or never will: nobody can tell a server that was killed from one that waits.
fn is_open(entry: &Entry) -> bool {
    entry.job_id.is_none() && matches!(entry.status.as_str(), "unknown" | "submitting")
}

fn short(prompt: &str) -> String {
    let words: Vec<&str> = prompt.split_whitespace().collect();
    text::cut(&words.join(" "), LONGEST_PROMPT)
}
