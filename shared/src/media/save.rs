//! Files in the output directory: written aside, renamed into place, with a sidecar that tells their story.

use std::{
    fs,
    io::{self, BufReader, Write as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use url::Url;

use super::{
    Facts, Saved, data,
    kind::{HEAD_BYTES, Kind},
    library::described,
    name, preview,
};
use crate::{Error, Result, secrets, text};

/// A longer string among the parameters is a file or a book; its beginning will do.
const LONGEST_PARAMETER: usize = 4_000;

/// The directory in use.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) dir: PathBuf,
    /// Why it is not the expected one.
    pub(super) notice: Option<String>,
}

/// `dir` if it can be written; else an error where the operator asked for it, or a new directory for temporary files.
pub(super) fn choose(dir: &Path, is_explicit: bool) -> Result<Place> {
    let Err(error) = try_writing(dir) else {
        return Ok(Place {
            dir: dir.into(),
            notice: None,
        });
    };
    if is_explicit {
        return Err(not_written(dir, &error));
    }
    // A name nobody can foresee: others may write to the folder for temporary files.
    let fallback = tempfile::Builder::new()
        .prefix("mcp-")
        .tempdir()
        .map_err(|error| not_written(dir, &error))?
        .keep();
    let notice = format!(
        "{} cannot be written ({error}), so files go to {}, which the system may empty. Set MCP_OUTPUT_DIR to a directory that can be written.",
        dir.display(),
        fallback.display()
    );
    tracing::warn!("{notice}");
    Ok(Place {
        dir: fallback,
        notice: Some(notice),
    })
}

/// Tries, since permissions do not tell: read-only mounts, quotas, containers. Makes the directory.
pub(crate) fn try_writing(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    NamedTempFile::new_in(dir)?.write_all(b"mcp")
}

pub(super) fn not_written(dir: &Path, error: &io::Error) -> Error {
    Error::Storage {
        path: dir.display().to_string(),
        reason: error.to_string(),
    }
}

/// Where the story of a file is told: `fox.png.json` beside `fox.png`.
pub(super) fn sidecar(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

fn story(file: &Path) -> Option<Saved> {
    described(&sidecar(file))
}

/// One output among those of a job.
#[derive(Debug, Clone)]
pub(super) struct Label {
    /// Name and version of the server.
    pub(super) server: String,
    pub(super) url: Option<Url>,
    /// From 0.
    pub(super) index: usize,
    /// As [`presentable`] leaves them: they show in the name and the sidecar.
    pub(super) facts: Facts,
}

/// A file that is being written; gone when it is dropped. Blocks.
#[derive(Debug)]
pub(super) struct Draft {
    file: NamedTempFile,
    hasher: Sha256,
    bytes: u64,
    head: Vec<u8>,
}

impl Draft {
    pub(super) fn begin(dir: &Path) -> io::Result<Self> {
        // Somebody may have tidied up.
        fs::create_dir_all(dir)?;
        Ok(Self {
            file: new_file(dir)?,
            hasher: Sha256::new(),
            bytes: 0,
            head: Vec::new(),
        })
    }

    pub(super) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)?;
        self.hasher.update(piece);
        self.bytes += piece.len() as u64;
        let missing = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend(piece.iter().take(missing));
        Ok(())
    }

    /// Give it its name, and a sidecar. Nobody sees half a file under a final name.
    pub(super) fn keep(self, dir: &Path, label: Label) -> io::Result<(PathBuf, Saved)> {
        let kind = Kind::of(&self.head);
        let sha256 = hex(&self.hasher.finalize());
        let pixels = preview::pixels(BufReader::new(self.file.reopen()?));
        // Else a power cut could leave the name without the content.
        self.file.as_file().sync_all()?;
        let stem = name::stem(&label.facts, label.index, &sha256);
        let names = names(&stem, kind.extension, &sha256);
        let job_id = &label.facts.job_id;
        let path = publish(self.file, dir, names, |path| {
            holds(path, &sha256, self.bytes)
                && story(path).is_none_or(|story| story.facts.job_id == *job_id)
        })?;
        let earlier = story(&path).filter(|story| story.sha256 == sha256);
        let name = path.file_name().unwrap_or_default();
        let saved = Saved {
            file: name.to_string_lossy().into_owned(),
            sha256,
            mime_type: kind.mime_type.into(),
            bytes: self.bytes,
            pixels,
            created: earlier.map_or_else(Timestamp::now, |story| story.created),
            server: label.server,
            url: label.url,
            facts: label.facts,
        };
        // When this fails the file stays: the next attempt finds it by its name and content.
        write_sidecar(&path, &saved)?;
        Ok((path, saved))
    }
}

/// Readable as the operator's umask says, since these are the user's pictures.
fn new_file(dir: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mcp-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(dir)
}

/// The name that says most, and others in case it is taken.
fn names(stem: &str, extension: &str, sha256: &str) -> [String; 3] {
    let short = sha256.get(..8).unwrap_or_default();
    let random = fastrand::u64(..);
    [
        format!("{stem}.{extension}"),
        format!("{stem}-{short}.{extension}"),
        format!("{stem}-{random:016x}.{extension}"),
    ]
}

/// Rename without replacing anything. What the same job left there with the same content is taken instead.
fn publish(
    mut file: NamedTempFile,
    dir: &Path,
    names: [String; 3],
    is_the_same: impl Fn(&Path) -> bool,
) -> io::Result<PathBuf> {
    for path in names.map(|name| dir.join(name)) {
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(_) if is_the_same(&path) => return Ok(path),
            Err(refused) if path.symlink_metadata().is_ok() => file = refused.file,
            // Some shared and foreign file systems cannot promise not to replace; nothing is there.
            Err(refused) => {
                refused.file.persist(&path).map_err(|error| error.error)?;
                return Ok(path);
            }
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn holds(path: &Path, sha256_wanted: &str, bytes: u64) -> bool {
    path.symlink_metadata()
        .is_ok_and(|found| found.is_file() && found.len() == bytes)
        && fs::read(path).is_ok_and(|content| sha256(&content) == sha256_wanted)
}

fn write_sidecar(file: &Path, saved: &Saved) -> io::Result<()> {
    let path = sidecar(file);
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut draft = new_file(dir)?;
    draft.write_all(serde_json::to_string_pretty(saved)?.as_bytes())?;
    draft.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

/// SHA-256 in lower-case hexadecimal, 64 digits.
pub(super) fn sha256(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

/// Whether it could be one, in either case.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Without secrets, and without the files that were sent along.
pub(super) fn presentable(mut facts: Facts) -> Facts {
    facts.parameters.values_mut().for_each(shorten);
    if let Some(prompt) = &mut facts.prompt {
        *prompt = secrets::redact(prompt).into_owned();
    }
    facts
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(long) if long.starts_with("data:") => *long = data::in_short(long),
        Value::String(long) => {
            *long = text::cut(&secrets::redact(long), LONGEST_PARAMETER);
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(object) => object.values_mut().for_each(shorten),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
