//! One prediction: status, output in all its shapes, what its logs tell.

mod output;
mod parse;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::{
    Error,
    job::{Job, State},
    text,
};

use super::{PROVIDER, catalogue::Catalogue};

pub(crate) use output::Output;

/// How long Replicate keeps the output of a prediction that was made through the API.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(1);

/// A prediction that refuses what was asked for, not one that broke.
const REFUSALS: [&str; 3] = ["(E005)", "flagged as sensitive", "NSFW content"];
/// What may go well with the same input.
const PASSING: [&str; 5] = [
    "E1000",
    "E6716",
    "Prediction interrupted",
    "(code: PA)",
    "please retry",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Starting,
    Processing,
    Succeeded,
    Failed,
    Canceled,
    Aborted,
    /// A word that is newer than this server.
    Unknown,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "parse::Raw")]
pub(crate) struct Prediction {
    pub(crate) id: String,
    /// `owner/name`
    pub(crate) model: String,
    /// 64 hexadecimal digits; `None` when Replicate hides it.
    pub(crate) version: Option<String>,
    pub(crate) status: Status,
    pub(crate) input: Map<String, Value>,
    /// As it came: text, list, object or null.
    pub(crate) output: Value,
    pub(crate) error: Option<String>,
    pub(crate) logs: String,
    pub(crate) created: Timestamp,
    pub(crate) completed: Option<Timestamp>,
    /// When Replicate ends it by itself.
    pub(crate) deadline: Option<Timestamp>,
    /// The provider has deleted input and output.
    pub(crate) data_removed: bool,
    /// Made on the website, where outputs are kept for longer.
    pub(crate) is_from_web: bool,
    pub(crate) predict_seconds: Option<f64>,
    /// Pictures that were made and paid for.
    pub(crate) image_count: Option<u64>,
    /// The prediction's page for people.
    pub(crate) web_url: Option<String>,
}

impl Prediction {
    pub(crate) fn into_job(self) -> Job<Self> {
        Job {
            id: self.id.clone(),
            state: self.into_state(),
        }
    }

    fn into_state(self) -> State<Self> {
        match self.status {
            Status::Succeeded => State::Done(self),
            Status::Failed => State::Failed(self.failure()),
            Status::Canceled | Status::Aborted => State::Failed(self.ended_early()),
            // Answers that are held back come as soon as the files are there, before the status says so.
            _ if self.has_all_files() => State::Done(self),
            Status::Starting => State::Queued,
            Status::Processing | Status::Unknown => State::Running { step: self.step() },
        }
    }

    pub(crate) fn outputs(&self) -> Output {
        output::read(&self.output)
    }

    /// The seed that was used: from the input, else from the logs.
    pub(crate) fn seed(&self) -> Option<i64> {
        let given = self.input.get("seed").and_then(Value::as_i64);
        given.or_else(|| {
            let mut lines = self.logs.lines().rev();
            lines.find_map(|line| number_after(line, "Using seed:"))
        })
    }

    /// When Replicate deletes the output, if there is any: an hour after completion.
    /// Without a time of completion an hour after creation, which is never too late.
    pub(crate) fn expires(&self) -> Option<Timestamp> {
        if self.is_from_web {
            return None;
        }
        let is_there = self.status == Status::Succeeded || !output::is_empty(&self.output);
        let from = is_there.then(|| self.completed.unwrap_or(self.created))?;
        from.checked_add(KEPT_FOR).ok()
    }

    /// How many of how many pictures were kept, where the model tells: the others were filtered out.
    pub(crate) fn safe_images(&self) -> Option<(u64, u64)> {
        let mut lines = self.logs.lines().rev();
        lines.find_map(|line| {
            let (safe, all) = line
                .trim()
                .strip_prefix("Total safe images:")?
                .split_once("out of")?;
            Some((safe.trim().parse().ok()?, all.trim().parse().ok()?))
        })
    }

    /// Of how many steps how many are done, from the last progress bar in the logs.
    pub(crate) fn step(&self) -> Option<(u64, u64)> {
        self.logs.rsplit(['\n', '\r']).find_map(bar)
    }

    /// Whether the output is as long as it will be. Text and unknown lists grow until the end.
    fn has_all_files(&self) -> bool {
        let output = self.outputs();
        if output.text.is_some() {
            return false;
        }
        let wanted = match (&self.output, self.input.get("num_outputs")) {
            (Value::String(_), _) => 1,
            (_, Some(wanted)) => wanted.as_u64().unwrap_or(u64::MAX),
            (_, None) if Catalogue::find(&self.model).is_some() => 1,
            (_, None) => return false,
        };
        !output.files.is_empty() && output.files.len() as u64 >= wanted
    }

    fn failure(&self) -> Error {
        let said = self.error.as_deref().unwrap_or_default();
        let is_about = |signs: &[&str]| signs.iter().any(|sign| said.contains(sign));
        let reason = said.trim_start_matches("Prediction failed: ");
        let reason = if reason.trim().is_empty() {
            "Replicate gave no reason".into()
        } else {
            text::quote(reason)
        };
        if is_about(&REFUSALS) {
            return Error::Refused {
                provider: PROVIDER,
                reason,
            };
        }
        let next = match is_about(&PASSING) {
            true => Error::RETRY_ONCE,
            false => Error::CHANGE_INPUT,
        };
        self.failed(reason, next)
    }

    /// Somebody ended it, not its deadline.
    pub(crate) fn was_cancelled(&self) -> bool {
        self.status == Status::Canceled && !self.is_late()
    }

    fn is_late(&self) -> bool {
        match (self.deadline, self.completed) {
            (Some(deadline), Some(completed)) => completed >= deadline,
            _ => false,
        }
    }

    fn ended_early(&self) -> Error {
        let (reason, next) = match self.status {
            Status::Aborted => (
                "its deadline passed before it was started; it is not billed",
                Error::RETRY_ONCE,
            ),
            _ if self.is_late() => (
                "its deadline passed while it was running; the time it ran may be billed",
                Error::RETRY_ONCE,
            ),
            _ => (
                "it was cancelled; the time it ran may be billed",
                Error::ONLY_IF_WANTED,
            ),
        };
        self.failed(reason.into(), next)
    }

    fn failed(&self, reason: String, next: &'static str) -> Error {
        Error::JobFailed {
            job: "prediction",
            id: self.id.clone(),
            reason,
            next,
        }
    }
}

fn number_after(line: &str, words: &str) -> Option<i64> {
    let (_, after) = line.split_once(words)?;
    after.split_whitespace().next()?.parse().ok()
}

/// ` 43%|████▎     | 12/28 [00:01<00:02, 7.9it/s]`
fn bar(line: &str) -> Option<(u64, u64)> {
    let (percent, rest) = line.trim_start().split_once('%')?;
    percent.parse::<u8>().ok()?;
    let (_, counts) = rest.trim_start().strip_prefix('|')?.split_once('|')?;
    let (done, total) = counts.trim_start().split_once('/')?;
    let digits = total.find(|c: char| !c.is_ascii_digit());
    let total = total.get(..digits.unwrap_or(total.len()))?;
    let (done, total) = (done.parse().ok()?, total.parse().ok()?);
    (total > 0 && done <= total).then_some((done, total))
}

#[cfg(test)]
#[path = "tests/prediction.rs"]
mod tests;
