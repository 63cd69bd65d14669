//! The outputs of a finished job: fetched, kept where the operator wants them, made ready to show.

use std::{
    io::Cursor,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use tokio::{
    task,
    time::{Instant, timeout_at},
};

use super::{
    Answer, Facts, Kept, Media, Source,
    answer::until,
    download::{self, Pieces},
    kind::Kind,
    preview,
    save::{self, Label},
};
use crate::{Error, Result, http::Gate, job::Progress, settings::MediaMode, text};

/// Outputs of one job that are fetched, and addresses of further ones that are told.
const MOST_OUTPUTS: usize = 16;
const AT_ONCE: usize = 4;
/// Downloading is the last tenth of a job.
const DOWNLOADING: f64 = 0.9;

impl Media {
    /// Fetch the outputs of one finished job and keep them, at most 16. One that cannot be had becomes a
    /// note with its address, not the loss of the others; when none can be had, [`Answer::failure`] says why.
    /// The caller fills [`Answer::headline`].
    pub async fn keep(
        &self,
        progress: &Progress,
        mut sources: Vec<Source>,
        facts: &Facts,
    ) -> Answer {
        let mut answer = Answer::default();
        let too_many = sources.split_off(sources.len().min(MOST_OUTPUTS));
        let job = Outputs {
            media: self.clone(),
            dir: self.dir(&mut answer.notes).await,
            facts: save::presentable(facts.clone()),
            budget: preview::budget(sources.len()),
        };
        for (index, outcome) in job.fetch(progress, &sources).await.into_iter().enumerate() {
            match outcome {
                Ok((kept, note)) => {
                    answer.kept.push(kept);
                    answer.notes.extend(note);
                }
                Err(error) => {
                    let address = sources.get(index).and_then(|source| job.address(source));
                    answer.notes.push(lost(index, address, &error));
                    answer.failure.get_or_insert(error);
                }
            }
        }
        if !answer.kept.is_empty() {
            answer.failure = None;
        }
        if answer.failure.is_some() {
            answer.notes.push(format!(
                "none of the outputs of job {} could be fetched. The work is done and paid for: do not start it again; ask for this job again, or let the user fetch what has an address.",
                facts.job_id
            ));
        }
        answer.notes.extend(not_fetched(&job, &too_many));
        answer
    }

    /// Where files go, if any are written; a note says what is not as expected.
    async fn dir(&self, notes: &mut Vec<String>) -> Option<PathBuf> {
        if self.0.mode != MediaMode::File {
            return None;
        }
        match self.place().await {
            Ok(place) => {
                notes.extend(place.notice.clone());
                Some(place.dir.clone())
            }
            Err(error) => {
                notes.push(format!("nothing is saved: {}", error.to_text()));
                None
            }
        }
    }
}

fn lost(index: usize, address: Option<String>, error: &Error) -> String {
    let number = index + 1;
    // Not the error's next step: a note among results must not sound as if the call had failed.
    let hint = match error {
        Error::TooLarge { .. } => "; the user can raise `MCP_MEDIA_LIMIT`",
        _ => "",
    };
    match address {
        Some(address) => {
            format!("output {number} could not be fetched ({error}{hint}). It is at {address}")
        }
        None => format!("output {number} could not be read ({error}{hint})"),
    }
}

fn not_fetched(job: &Outputs, sources: &[Source]) -> Option<String> {
    let addresses: Vec<String> = sources
        .iter()
        .take(MOST_OUTPUTS)
        .filter_map(|source| job.address(source))
        .collect();
    (!sources.is_empty()).then(|| {
        format!(
            "{} more outputs were not fetched: {}",
            sources.len(),
            addresses.join(", ")
        )
    })
}

/// What one job made, on its way.
struct Outputs {
    media: Media,
    /// Where files are written.
    dir: Option<PathBuf>,
    facts: Facts,
    /// Bytes of each output that a result may show.
    budget: u64,
}

/// What was kept of an output, and what must be said about it.
type Fetched = (Kept, Option<String>);

impl Outputs {
    /// In the order of the sources.
    async fn fetch(&self, progress: &Progress, sources: &[Source]) -> Vec<Result<Fetched>> {
        let total = sources.len();
        let finished = &AtomicUsize::new(0);
        let patience = self.media.0.patience;
        let deadline = Instant::now() + patience;
        progress.report(DOWNLOADING, &downloading(1, total)).await;
        let fetches = (0..total).map(|index| async move {
            let outcome = match sources.get(index) {
                Some(source) => timeout_at(deadline, self.output(index, source))
                    .await
                    .unwrap_or_else(|_| Err(Error::silence("the provider", patience))),
                None => Err(Error::Internal),
            };
            let done = finished.fetch_add(1, Ordering::Relaxed) + 1;
            let share = DOWNLOADING + (1.0 - DOWNLOADING) * done as f64 / total as f64;
            progress.report(share, &downloading(done + 1, total)).await;
            outcome
        });
        stream::iter(fetches).buffered(AT_ONCE).collect().await
    }

    async fn output(&self, index: usize, source: &Source) -> Result<Fetched> {
        let Some(dir) = &self.dir else {
            return self.unsaved(source).await;
        };
        match self.on_disk(dir, index, source).await {
            Err(error @ Error::Storage { .. }) => {
                let (kept, note) = self.unsaved(source).await?;
                let note = note.map(|note| format!("; {note}")).unwrap_or_default();
                let number = index + 1;
                let note = format!("output {number} could not be saved ({error}){note}");
                Ok((kept, Some(note)))
            }
            other => other,
        }
    }

    /// Saved under the output directory.
    async fn on_disk(&self, dir: &Path, index: usize, source: &Source) -> Result<Fetched> {
        let pieces = self.pieces(source).await?;
        let label = Label {
            server: self.media.server_and_version(),
            url: url_of(source),
            index,
            facts: self.facts.clone(),
        };
        let (path, saved) = pieces.write(dir.to_owned(), label).await?;
        Ok(self.media.show(path, saved, self.budget).await)
    }

    /// Nothing written: a preview and the address, or the whole where the operator wants that or there
    /// is no address.
    async fn unsaved(&self, source: &Source) -> Result<Fetched> {
        let mut pieces = self.pieces(source).await?;
        let length = pieces.length();
        let head = pieces.head().await?;
        let kind = Kind::of(&head);
        let mut kept = self.linked(source, kind, length);
        if !(kind.is_picture() || kind.is_audio()) {
            let note = kept.url.is_none().then(|| {
                format!("output of type {} came without an address and is not shown; let the operator set MCP_MEDIA=file to have it saved", kind.mime_type)
            });
            return Ok((kept, note));
        }
        if self.media.0.mode == MediaMode::Inline || kept.url.is_none() {
            let (data, bytes) = pieces.encode(&head, length).await?;
            kept.pixels = preview::pixels(Cursor::new(download::first_bytes(&data)));
            kept.bytes = bytes;
            kept.shown = Some((data, kind.mime_type));
            return Ok((kept, None));
        }
        if kind.is_audio() && kept.bytes > self.budget {
            return Ok((kept, None));
        }
        let content = pieces.collect(&head, length).await?;
        let shown = self.look_at(&mut kept, content).await;
        Ok((kept, shown.err().map(|reason| no_preview(&reason))))
    }

    /// Pixels, hash and preview of what is in memory.
    async fn look_at(&self, kept: &mut Kept, content: Vec<u8>) -> Result<(), String> {
        kept.bytes = content.len() as u64;
        let hash = task::spawn_blocking(move || (save::sha256(&content), content));
        let (sha256, content) = hash.await.map_err(|error| error.to_string())?;
        kept.sha256 = sha256;
        kept.pixels = preview::pixels(Cursor::new(&content));
        let shown = preview::show(&kept.mime_type, kept.bytes, self.budget, || {
            Ok(Cursor::new(content))
        })
        .await?;
        kept.shows(shown);
        Ok(())
    }

    /// What can be said before the content is read.
    fn linked(&self, source: &Source, kind: Kind, length: Option<u64>) -> Kept {
        Kept {
            path: None,
            url: url_of(source),
            expires: self.facts.expires,
            mime_type: kind.mime_type.into(),
            bytes: length.unwrap_or_default(),
            pixels: None,
            sha256: String::new(),
            uri: None,
            title: self.facts.prompt.clone(),
            shown: None,
            reduced_to: None,
        }
    }

    async fn pieces(&self, source: &Source) -> Result<Pieces> {
        let Media(media) = &self.media;
        match source {
            Source::Url(url) => {
                let gate = Gate::Hosts(&media.hosts);
                Pieces::at(&media.client, gate, url, media.limit_bytes).await
            }
            Source::Data(uri) => Pieces::inside(uri, media.limit_bytes),
        }
    }

    /// The URL of an output and how long it lives.
    fn address(&self, source: &Source) -> Option<String> {
        let url = url_of(source)?;
        let until = self
            .facts
            .expires
            .map(|expires| format!(" ({})", until(expires, Timestamp::now())));
        Some(format!("{url}{}", until.unwrap_or_default()))
    }
}

fn downloading(number: usize, total: usize) -> String {
    match total {
        0 | 1 => "downloading".into(),
        _ => format!("downloading {} of {total}", number.min(total)),
    }
}

fn url_of(source: &Source) -> Option<url::Url> {
    match source {
        Source::Url(url) => Some(url.clone()),
        Source::Data(_) => None,
    }
}

pub(super) fn no_preview(reason: &str) -> String {
    format!("no preview, because {}", text::quote(reason))
}

#[cfg(test)]
mod network;
#[cfg(test)]
mod tests;
