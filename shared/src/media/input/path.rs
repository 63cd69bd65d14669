//! Files of this machine, from the directories that the operator opened and from nowhere else.

use std::{
    fs::{File, OpenOptions},
    io,
    path::{Component, Path, PathBuf},
};

use super::{super::library::read_to_limit, Paths, too_large};
use crate::text;

/// Entries of a directory that are compared with a name that does not exist.
const MOST_COMPARED: usize = 2_000;
/// Bytes of a name; file systems have no longer ones.
const LONGEST_COMPARED: usize = 255;
const MOST_SUGGESTED: usize = 3;
/// Between 0 and 1; less alike than this is another name.
const ALIKE: f64 = 0.6;

/// A file that was read.
pub(super) struct Found {
    pub(super) bytes: Vec<u8>,
    pub(super) name: String,
}

impl Paths {
    /// Reads on a thread of its own. Fails with a reason for the caller.
    pub(super) async fn read(&self, path: PathBuf, limit_bytes: u64) -> Result<Found, String> {
        if self.is_refused {
            return Err(
                "paths are those of the server's machine, which are not yours; send an https:// URL or a data: URI"
                    .into(),
            );
        }
        let paths = self.clone();
        tokio::task::spawn_blocking(move || {
            let file = paths.find(&path)?;
            read(&file, limit_bytes)
        })
        .await
        .map_err(|_| "it could not be read")?
    }

    /// For messages: where files may be.
    pub(super) fn place(&self) -> String {
        if !self.is_told {
            return "the server's `MCP_INPUT_DIRS`".into();
        }
        let dirs: Vec<String> = self
            .dirs
            .iter()
            .map(|dir| format!("`{}`", dir.display()))
            .collect();
        format!("{} (`MCP_INPUT_DIRS`)", dirs.join(" or "))
    }

    /// The real path of the file, which is inside a directory that is open.
    fn find(&self, path: &Path) -> Result<PathBuf, String> {
        let path = from_home(path);
        let candidates: Vec<PathBuf> = if path.is_absolute() {
            vec![path.clone()]
        } else {
            self.dirs.iter().map(|dir| dir.join(&path)).collect()
        };
        let mut is_outside = false;
        for candidate in &candidates {
            match candidate.canonicalize() {
                Ok(real) if self.is_open(&real) => return Ok(real),
                Ok(_) => is_outside = true,
                Err(_) => is_outside |= !self.would_be_open(candidate),
            }
        }
        // The same words whether it exists or not, so that nobody learns what else is there.
        Err(if is_outside {
            format!("only files inside {} may be read", self.place())
        } else {
            self.not_there(&candidates)
        })
    }

    /// Both sides without links and `..`, compared part by part.
    fn is_open(&self, real: &Path) -> bool {
        self.dirs
            .iter()
            .filter_map(|dir| dir.canonicalize().ok())
            .any(|dir| real.starts_with(dir))
    }

    /// Whether a file that does not exist is missing in a place that callers may know about.
    fn would_be_open(&self, candidate: &Path) -> bool {
        let real = candidate.parent().map(Path::canonicalize);
        match real {
            Some(Ok(real)) => self.is_open(&real),
            _ => {
                let is_straight = candidate
                    .components()
                    .all(|part| part != Component::ParentDir);
                is_straight && self.dirs.iter().any(|dir| candidate.starts_with(dir))
            }
        }
    }

    fn not_there(&self, candidates: &[PathBuf]) -> String {
        match near(candidates).join(" or ").as_str() {
            "" => format!("no such file was found in {}", self.place()),
            near => format!("no such file was found; did you mean {near}?"),
        }
    }
}

/// With `~/` replaced by the home directory.
pub(super) fn from_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), dirs::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.into(),
    }
}

/// Names in the same directories that are alike, in quotes, the most alike first.
fn near(candidates: &[PathBuf]) -> Vec<String> {
    let wanted = candidates.first().and_then(|path| path.file_name());
    let wanted = wanted.unwrap_or_default().to_string_lossy().to_lowercase();
    if wanted.len() > LONGEST_COMPARED {
        return Vec::new();
    }
    let mut alike: Vec<(f64, String)> = candidates
        .iter()
        .filter_map(|path| std::fs::read_dir(path.parent()?).ok())
        .flat_map(|entries| entries.flatten().take(MOST_COMPARED))
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (strsim::jaro(&name.to_lowercase(), &wanted), name)
        })
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    alike.sort_by(|(one, first), (other, second)| other.total_cmp(one).then(first.cmp(second)));
    alike.truncate(MOST_SUGGESTED);
    alike
        .iter()
        .map(|(_, name)| format!("`{}`", text::quote(name)))
        .collect()
}

fn read(path: &Path, limit_bytes: u64) -> Result<Found, String> {
    let unreadable = |error: io::Error| format!("it cannot be read ({})", error.kind());
    // Before it is opened, too: opening a device may do something.
    check_kind(&path.symlink_metadata().map_err(unreadable)?)?;
    let file = open(path).map_err(unreadable)?;
    check_kind(&file.metadata().map_err(unreadable)?)?;
    let bytes = read_to_limit(&file, limit_bytes).map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => too_large(limit_bytes),
        _ => unreadable(error),
    })?;
    let name = path.file_name().unwrap_or_default();
    Ok(Found {
        bytes,
        name: name.to_string_lossy().into_owned(),
    })
}

fn check_kind(metadata: &std::fs::Metadata) -> Result<(), String> {
    if metadata.is_dir() {
        return Err("it is a directory; name a file in it".into());
    }
    if !metadata.is_file() {
        return Err("it is no regular file".into());
    }
    Ok(())
}

/// Neither waits for a pipe nor follows a link that was put there since the path was checked.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::OFlags;

    let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}
