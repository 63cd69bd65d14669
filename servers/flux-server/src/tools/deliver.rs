//! From a finished prediction to what the caller gets: the same for every tool that waits.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::Value;
use shared::{
    Error, Result,
    job::{Done, Progress},
    media::{Answer, Facts},
    text,
};

use super::words::{counted, dollars, time_to_read};
use crate::{
    FluxServer,
    api::{Catalogue, Output, Prediction},
};

/// Characters of text that a model may answer with.
const LONGEST_TEXT: usize = 40_000;

/// What an earlier call saved for a prediction.
#[derive(Default)]
pub(crate) struct SavedFiles {
    pub(crate) there: Vec<PathBuf>,
    /// No longer where they were.
    gone: Vec<PathBuf>,
}

impl FluxServer {
    /// Files that an earlier call saved, else those that Replicate still has; and what came with them.
    pub(crate) async fn deliver(
        &self,
        progress: &Progress,
        done: Done<Prediction>,
    ) -> Result<Answer> {
        let Done {
            id,
            output: prediction,
            mut notes,
        } = done;
        let output = prediction.outputs();
        let saved = self.saved_files(&id).await;
        // Fewer files than outputs: the rest could not be fetched then, or is gone, and may be fetched now.
        let is_all = prediction.data_removed || saved.there.len() >= output.files.len();
        let earlier = match is_all {
            true => self.media.again(&saved.there).await,
            false => None,
        };
        let mut answer = match earlier {
            Some(mut answer) => {
                if prediction.data_removed {
                    notes.push(deleted_note(&prediction));
                    answer.kept.iter_mut().for_each(|kept| kept.url = None);
                }
                notes.extend(gone_note(&saved.gone));
                answer
            }
            None => {
                let lost = [saved.gone, saved.there].concat();
                self.fetch(progress, &prediction, &output, &lost).await?
            }
        };
        notes.extend(filtered_note(&prediction, &output));
        notes.append(&mut answer.notes);
        let kinds: Vec<&str> = answer
            .kept
            .iter()
            .map(|kept| kept.mime_type.as_str())
            .collect();
        answer.headline = headline(&prediction, &output, &kinds);
        answer.notes = notes;
        Ok(answer)
    }

    /// What is on disk for a prediction that Replicate cannot be asked about.
    pub(super) async fn deliver_saved(&self, id: &str, reason: &Error) -> Option<Answer> {
        let saved = self.saved_files(id).await;
        let mut answer = self.media.again(&saved.there).await?;
        answer.headline = format!("Prediction {id}: the files that were saved earlier.");
        let note = format!("These did not come from Replicate now: {reason}.");
        answer.notes.insert(0, note);
        answer.notes.extend(gone_note(&saved.gone));
        Some(answer)
    }

    /// Of an earlier call, as far as this caller may know.
    pub(crate) async fn saved_files(&self, id: &str) -> SavedFiles {
        if !self.tells_paths {
            return SavedFiles::default();
        }
        let entry = self.jobs.ledger().find(id).await;
        let entry = entry.inspect_err(|error| tracing::debug!("cannot read the ledger: {error}"));
        let files = entry.ok().flatten().map(|entry| entry.files);
        let files = files.unwrap_or_default();
        let look = move || files.into_iter().partition(|file| file.exists());
        let looked = tokio::task::spawn_blocking(look).await;
        let (there, gone) = looked.unwrap_or_default();
        SavedFiles { there, gone }
    }

    async fn fetch(
        &self,
        progress: &Progress,
        prediction: &Prediction,
        output: &Output,
        lost: &[PathBuf],
    ) -> Result<Answer> {
        if output.files.is_empty() {
            return match output.text {
                Some(_) => Ok(Answer::default()),
                None => Err(no_output(prediction, lost)),
            };
        }
        let facts = facts(prediction, output);
        let files = output.files.clone();
        let mut answer = self.media.keep(progress, files, &facts).await;
        let paths = answer.kept.iter().filter_map(|kept| kept.path.clone());
        let paths: Vec<PathBuf> = paths.collect();
        if paths.is_empty() {
            return Ok(answer);
        }
        let written = self
            .jobs
            .ledger()
            .saved(&prediction.id, paths, facts.cost_usd);
        if let Err(error) = written.await {
            let note = format!("Where the files are could not be written down: {error}.");
            answer.notes.push(note);
        }
        Ok(answer)
    }
}

fn facts(prediction: &Prediction, output: &Output) -> Facts {
    let prompt = prediction.input.get("prompt").and_then(Value::as_str);
    Facts {
        model: prediction.model.clone(),
        version: prediction.version.clone(),
        job_id: prediction.id.clone(),
        prompt: prompt.map(str::to_owned),
        seed: prediction.seed(),
        parameters: prediction.input.clone(),
        cost_usd: cost(prediction, output.files.len()),
        expires: prediction.expires(),
    }
}

/// US dollars by the list price.
fn cost(prediction: &Prediction, outputs: usize) -> Option<f64> {
    let price = Catalogue::find(&prediction.model)?.usd_per_output?;
    // What was made is paid for, also what was filtered out.
    let made = prediction.image_count.or(u64::try_from(outputs).ok())?;
    let made = u32::try_from(made).ok().filter(|count| *count > 0)?;
    Some(price * f64::from(made))
}

/// "black-forest-labs/flux-dev made 2 pictures. Prediction abc, seed 42, 2.1 s, about $0.05 (list price seen 2025-07)."
pub(super) fn headline(prediction: &Prediction, output: &Output, kinds: &[&str]) -> String {
    let count = kinds.len().max(output.files.len());
    let made = match (count, &output.text) {
        (0, Some(_)) => "answered with text, below".into(),
        _ => format!("made {}", counted(count, noun(kinds))),
    };
    let details = [
        Some(format!("Prediction {}", prediction.id)),
        prediction.seed().map(|seed| format!("seed {seed}")),
        prediction
            .predict_seconds
            .map(|time| format!("{time:.1} s")),
        price(prediction, count),
    ];
    let details: Vec<String> = details.into_iter().flatten().collect();
    let mut headline = format!("{} {made}. {}.", prediction.model, details.join(", "));
    if let Some(text) = &output.text {
        headline.push_str("\n\n");
        headline.push_str(&bounded(text));
    }
    headline
}

fn price(prediction: &Prediction, count: usize) -> Option<String> {
    let about = dollars(cost(prediction, count)?);
    let entry = Catalogue::find(&prediction.model);
    Some(match entry.and_then(|entry| entry.price_seen.as_ref()) {
        Some(seen) => format!("about {about} (list price seen {seen})"),
        None => format!("about {about} (list price)"),
    })
}

fn noun(kinds: &[&str]) -> &'static str {
    let all = |start: &str| !kinds.is_empty() && kinds.iter().all(|kind| kind.starts_with(start));
    match () {
        () if all("image/") => "picture",
        () if all("video/") => "video",
        () if all("audio/") => "sound file",
        () => "file",
    }
}

fn bounded(text: &str) -> String {
    let all = text.chars().count();
    match all > LONGEST_TEXT {
        true => format!(
            "{}\n[cut here: {LONGEST_TEXT} of {all} characters]",
            text::cut(text, LONGEST_TEXT)
        ),
        false => text.to_owned(),
    }
}

/// Open models leave unsafe pictures out; their logs tell how many.
pub(super) fn filtered_note(prediction: &Prediction, output: &Output) -> Option<String> {
    let came = u64::try_from(output.files.len())
        .ok()
        .filter(|came| *came > 0)?;
    let asked = prediction.input.get("num_outputs")?.as_u64()?;
    let was_filtered = prediction
        .safe_images()
        .is_some_and(|(safe, all)| safe < all);
    let why = match was_filtered {
        true => "the others were filtered by the safety checker",
        false => "Replicate does not say why; its safety checker leaves pictures out",
    };
    (came < asked).then(|| format!("{came} of {asked} pictures: {why}."))
}

fn deleted_note(prediction: &Prediction) -> String {
    let when = deleted_at(prediction);
    let when = when.map(|time| format!(" at {time}")).unwrap_or_default();
    format!("Replicate deleted its copy{when}; these files were saved earlier.")
}

/// The usual time, unless somebody deleted it before.
fn deleted_at(prediction: &Prediction) -> Option<String> {
    let usual = prediction
        .expires()
        .filter(|time| *time <= Timestamp::now());
    usual.map(time_to_read)
}

fn gone_note(gone: &[PathBuf]) -> Option<String> {
    let paths: Vec<String> = gone.iter().map(|path| path.display().to_string()).collect();
    (!gone.is_empty()).then(|| format!("No longer where it was saved: {}.", paths.join(", ")))
}

pub(super) fn no_output(prediction: &Prediction, lost: &[PathBuf]) -> Error {
    let id = &prediction.id;
    if !prediction.data_removed {
        return Error::JobFailed {
            job: "prediction",
            id: id.clone(),
            reason: "Replicate calls it finished, but it has no output".into(),
            next: Error::RETRY_ONCE,
        };
    }
    let mut what = format!("the result of prediction {id}");
    if let Some(time) = deleted_at(prediction) {
        what.push_str(&format!(" (deleted at {time})"));
    }
    if !lost.is_empty() {
        let paths: Vec<String> = lost.iter().map(|path| path.display().to_string()).collect();
        let paths = paths.join(", ");
        what.push_str(&format!(
            ", which was saved earlier as {paths} and is not there any more,"
        ));
    }
    Error::Expired { what }
}
