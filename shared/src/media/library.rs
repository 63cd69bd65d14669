//! What is in the output directory, found by the SHA-256 of its content.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read as _},
    path::{Path, PathBuf},
    time::Duration,
};

use rmcp::model::{Resource, ResourceTemplate};
use serde_json::json;
use tokio::task;

use super::{Answer, Kept, Media, Saved, keep::no_preview, preview, save};
use crate::{Body, Error, ResourceContent, Result, settings::MediaMode, text};

/// Entries of the directory that are looked at; half of them are sidecars.
const MOST_ENTRIES: usize = 20_000;
/// No sidecar of ours is larger.
const MOST_SIDECAR_BYTES: u64 = 1024 * 1024;
/// Files in the list that is a resource.
const MOST_LISTED: usize = 100;
/// Characters of a prompt in that list.
const LONGEST_PROMPT: usize = 120;
/// Content that is found by its hash does not change.
const CONTENT_FRESH_FOR: Duration = Duration::from_secs(24 * 60 * 60);
const LIST_FRESH_FOR: Duration = Duration::from_secs(5);

impl Media {
    /// What an earlier call saved, as [`Media::keep`] answered then, without asking the provider;
    /// `None` when any file is gone or was changed in length. The caller fills [`Answer::headline`].
    pub async fn again(&self, files: &[PathBuf]) -> Option<Answer> {
        if files.is_empty() || self.0.mode != MediaMode::File {
            return None;
        }
        let budget = preview::budget(files.len());
        let mut answer = Answer::default();
        for path in files.iter().cloned() {
            let read = move || described(&save::sidecar(&path)).map(|saved| (path, saved));
            let (path, saved) = task::spawn_blocking(read).await.ok()??;
            let (kept, note) = self.show(path, saved, budget).await;
            answer.kept.push(kept);
            answer.notes.extend(note);
        }
        Some(answer)
    }

    /// The files of the output directory that this server made, the newest first, at most `limit`. Only
    /// where files are saved at all; elsewhere there are none.
    pub async fn saved(&self, limit: usize) -> Result<Vec<Saved>> {
        let mut saved = self.scan(|_| true).await?;
        saved.sort_by_key(|saved| std::cmp::Reverse(saved.created));
        saved.truncate(limit);
        Ok(saved)
    }

    /// A saved file by the SHA-256 of its content (64 hexadecimal digits), and the content, which has that
    /// hash. [`Error::NotFound`] when there is none.
    pub async fn open(&self, sha256: &str) -> Result<(Saved, Vec<u8>)> {
        let wanted = sha256.to_ascii_lowercase();
        if !save::is_sha256(&wanted) {
            return Err(self.unknown(sha256, "is no SHA-256 of 64 hexadecimal digits"));
        }
        let hash = wanted.clone();
        let found = self.scan(move |saved| saved.sha256 == hash).await?;
        let Some(place) = self.library() else {
            return Err(self.unknown(&wanted, "is not kept by this server"));
        };
        let limit_bytes = self.0.limit_bytes;
        let read = move || {
            found.into_iter().find_map(|saved| {
                let content = read_within(&place.join(&saved.file), limit_bytes).ok()?;
                (save::sha256(&content) == saved.sha256).then_some((saved, content))
            })
        };
        let found = task::spawn_blocking(read)
            .await
            .map_err(|_| Error::Internal)?;
        found.ok_or_else(|| self.unknown(&wanted, "is in no saved file, or the file was changed"))
    }

    /// The content of `<scheme>://media` (a list as JSON) and `<scheme>://media/<sha256>` (the bytes);
    /// `None` for other URIs.
    pub async fn resource(&self, uri: &str) -> Result<Option<ResourceContent>> {
        let base = self.uri();
        let Some(rest) = uri.strip_prefix(&base) else {
            return Ok(None);
        };
        match rest.strip_prefix('/') {
            Some(sha256) if !sha256.is_empty() => {
                let (saved, content) = self.open(sha256).await?;
                Ok(Some(ResourceContent {
                    mime_type: saved.mime_type.into(),
                    body: Body::Bytes(content),
                    fresh_for: CONTENT_FRESH_FOR,
                }))
            }
            None if !rest.is_empty() => Ok(None),
            _ => {
                let saved = self.saved(MOST_LISTED).await?;
                let items: Vec<_> = saved.iter().map(|saved| self.listed(saved)).collect();
                Ok(Some(ResourceContent {
                    mime_type: "application/json".into(),
                    body: Body::Text(json!(items).to_string()),
                    fresh_for: LIST_FRESH_FOR,
                }))
            }
        }
    }

    /// `<scheme>://media`, for [`crate::Server::resources`].
    pub fn list(&self) -> Resource {
        Resource::new(self.uri(), "media")
            .with_title("Saved files")
            .with_description("What this server made and saved, the newest first")
            .with_mime_type("application/json")
    }

    /// `<scheme>://media/{sha256}`, for [`crate::Server::resource_templates`].
    pub fn template(&self) -> ResourceTemplate {
        ResourceTemplate::new(format!("{}/{{sha256}}", self.uri()), "media_file")
            .with_title("Saved file")
            .with_description("A saved file in full, by the SHA-256 of its content")
    }

    /// A saved file as a result shows it, and why it is not shown where it should be.
    pub(super) async fn show(
        &self,
        path: PathBuf,
        saved: Saved,
        budget: u64,
    ) -> (Kept, Option<String>) {
        let file = path.clone();
        let open = move || File::open(file).map(BufReader::new);
        let shown = preview::show(&saved.mime_type, saved.bytes, budget, open).await;
        let mut kept = Kept {
            path: Some(path),
            url: saved.url,
            expires: saved.facts.expires,
            mime_type: saved.mime_type,
            bytes: saved.bytes,
            pixels: saved.pixels,
            uri: Some(format!("{}/{}", self.uri(), saved.sha256)),
            sha256: saved.sha256,
            title: saved.facts.prompt,
            shown: None,
            reduced_to: None,
        };
        match shown {
            Ok(shown) => {
                kept.shows(shown);
                (kept, None)
            }
            Err(reason) => (kept, Some(no_preview(&reason))),
        }
    }

    fn uri(&self) -> String {
        format!("{}://media", self.0.scheme)
    }

    fn unknown(&self, sha256: &str, why: &str) -> Error {
        Error::NotFound {
            what: format!("`{}`, which {why},", text::quote(&text::cut(sha256, 64))),
            next: format!("Read the resource `{}` for what there is.", self.uri()),
        }
    }

    fn listed(&self, saved: &Saved) -> serde_json::Value {
        let prompt = saved.facts.prompt.as_deref();
        json!({
            "uri": format!("{}/{}", self.uri(), saved.sha256),
            "file": saved.file,
            "created": saved.created,
            "model": saved.facts.model,
            "prompt": prompt.map(|prompt| text::cut(prompt, LONGEST_PROMPT)),
            "pixels": saved.pixels,
            "mime_type": saved.mime_type,
            "bytes": saved.bytes,
        })
    }

    /// The directory, where files are saved. Elsewhere callers must not see what another mode left there.
    fn library(&self) -> Option<PathBuf> {
        let dir = self.0.place.get().map_or(&self.0.dir, |place| &place.dir);
        (self.0.mode == MediaMode::File).then(|| dir.clone())
    }

    async fn scan(&self, wanted: impl Fn(&Saved) -> bool + Send + 'static) -> Result<Vec<Saved>> {
        let Some(dir) = self.library() else {
            return Ok(Vec::new());
        };
        let ours = format!("{} ", self.server_name());
        let scan = move || {
            let mut found = described_in(&dir)?;
            found.retain(|saved| saved.server.starts_with(&ours) && wanted(saved));
            io::Result::Ok(found)
        };
        let found = task::spawn_blocking(scan)
            .await
            .map_err(|_| Error::Internal)?;
        Ok(found.unwrap_or_default())
    }
}

fn described_in(dir: &Path) -> io::Result<Vec<Saved>> {
    let sidecars = fs::read_dir(dir)?
        .take(MOST_ENTRIES)
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    Ok(sidecars.filter_map(|path| described(&path)).collect())
}

/// What a sidecar says, if the file beside it is there, is a file, and has the length it had.
pub(super) fn described(sidecar: &Path) -> Option<Saved> {
    let text = read_within(sidecar, MOST_SIDECAR_BYTES).ok()?;
    let saved: Saved = serde_json::from_slice(&text).ok()?;
    // It names its neighbour, and nothing elsewhere.
    let file = sidecar.with_file_name(&saved.file);
    let is_neighbour = save::sidecar(&file) == sidecar;
    let found = file.symlink_metadata().ok()?;
    (is_neighbour && found.is_file() && found.len() == saved.bytes).then_some(saved)
}

fn read_within(path: &Path, limit_bytes: u64) -> io::Result<Vec<u8>> {
    read_to_limit(&File::open(path)?, limit_bytes)
}

/// All of it, or [`io::ErrorKind::FileTooLarge`]; it may be growing.
pub(super) fn read_to_limit(file: &File, limit_bytes: u64) -> io::Result<Vec<u8>> {
    let is_larger = || Err(io::ErrorKind::FileTooLarge.into());
    if file.metadata()?.len() > limit_bytes {
        return is_larger();
    }
    let mut content = Vec::new();
    file.take(limit_bytes.saturating_add(1))
        .read_to_end(&mut content)?;
    if content.len() as u64 > limit_bytes {
        return is_larger();
    }
    Ok(content)
}

#[cfg(test)]
mod tests;
