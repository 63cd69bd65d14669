//! Files that go to a provider: a path, a URL, a data URI or a resource of ours becomes bytes that were looked at.

mod path;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use bytes::Bytes;
use url::Url;

use super::{Media, data, download::Pieces, kind::Kind, name, save::is_sha256};
use crate::{
    Error, Result,
    http::{Client, Gate},
    settings::Settings,
    text,
};

/// Longer than any path or URL that somebody means.
const LONGEST_NAME: usize = 8 * 1024;
/// Bytes that are set aside at most before any has come: a length is only announced.
const MOST_EXPECTED: u64 = 1024 * 1024;

/// A file that a caller named, read and checked.
#[derive(Clone)]
pub struct InputFile {
    pub bytes: Bytes,
    /// From its first bytes.
    pub mime_type: &'static str,
    /// For the provider: a plain file name with the right ending.
    pub name: String,
}

/// Not the content.
impl std::fmt::Debug for InputFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InputFile")
            .field("bytes", &self.bytes.len())
            .field("mime_type", &self.mime_type)
            .finish_non_exhaustive()
    }
}

impl InputFile {
    /// The whole file as `data:image/png;base64,...`, a third longer than the file: for small ones.
    pub fn data_uri(&self) -> String {
        let base64 = base64_simd::STANDARD;
        let mut uri = format!("data:{};base64,", self.mime_type);
        uri.reserve(base64.encoded_length(self.bytes.len()));
        base64.encode_append(&self.bytes, &mut uri);
        uri
    }
}

/// What callers may name as a file.
#[derive(Debug, Clone)]
pub struct Inputs {
    media: Media,
    client: Client,
    paths: Paths,
    limit_bytes: u64,
}

/// Which files of this machine callers may name.
#[derive(Debug, Clone)]
struct Paths {
    dirs: Vec<PathBuf>,
    /// Callers elsewhere mean their own files, unless the operator opened a directory to them.
    is_refused: bool,
    /// Callers elsewhere need not know how this machine is laid out.
    is_told: bool,
}

/// What a caller wrote, understood.
enum Named<'a> {
    Data(&'a str),
    /// By the SHA-256 of its content.
    Ours(&'a str),
    Url(Url),
    Path(PathBuf),
}

impl Inputs {
    pub fn new(media: &Media, client: &Client, settings: &Settings) -> Self {
        let is_default = settings.input_dirs.is_empty();
        let dirs = if is_default {
            vec![settings.output_dir()]
        } else {
            settings.input_dirs.clone()
        };
        Self {
            media: media.clone(),
            client: client.clone(),
            paths: Paths {
                dirs: dirs.iter().map(|dir| path::from_home(dir)).collect(),
                is_refused: settings.over_http && is_default,
                is_told: !settings.over_http,
            },
            limit_bytes: settings.media_limit_bytes(),
        }
    }

    /// `field` names the argument in errors. Accepts a path inside `MCP_INPUT_DIRS`, a public https
    /// URL, a `data:` URI and `<scheme>://media/<sha256>`.
    ///
    /// [`Error::InvalidInput`] for what is none of these, cannot be read, is larger than the limit for media, or is
    /// no picture, sound, video, document or archive. [`Error::Expired`] for a URL of the provider whose file is gone.
    pub async fn read(&self, field: &str, value: &str) -> Result<InputFile> {
        let renamed = |error| match error {
            Error::InvalidInput { reason, .. } => Error::invalid(field, reason),
            Error::NotFetched { reason, .. } => Error::invalid(field, reason),
            Error::TooLarge { limit_bytes, .. } => Error::invalid(field, too_large(limit_bytes)),
            other => other,
        };
        let named = self
            .understand(value.trim())
            .map_err(|reason| Error::invalid(field, reason))?;
        let (bytes, name) = match named {
            Named::Data(uri) => {
                let bytes = data::decode(uri, self.limit_bytes).map_err(renamed)?;
                (bytes, String::new())
            }
            Named::Ours(sha256) => {
                let (saved, bytes) = self.media.open(sha256).await.map_err(renamed)?;
                (bytes.into(), saved.file)
            }
            Named::Url(url) => {
                let bytes = self.fetch(&url).await.map_err(renamed)?;
                (bytes, last_segment(&url))
            }
            Named::Path(path) => {
                let found = self.paths.read(path, self.limit_bytes).await;
                let found = found.map_err(|reason| Error::invalid(field, reason))?;
                (found.bytes.into(), found.name)
            }
        };
        look_at(bytes, &name).map_err(|reason| Error::invalid(field, reason))
    }

    fn understand<'a>(&self, value: &'a str) -> Result<Named<'a>, String> {
        if value.is_empty() {
            return Err(format!("it is empty; {}", self.accepted()));
        }
        if has_scheme(value, "data:") {
            return Ok(Named::Data(value));
        }
        if value.len() > LONGEST_NAME || value.contains(char::is_control) {
            return Err(format!(
                "it is neither a path nor a URL; {}",
                self.accepted()
            ));
        }
        let ours = format!("{}://", self.media.0.scheme);
        if has_scheme(value, &ours) {
            return value
                .get(ours.len()..)
                .and_then(|rest| rest.strip_prefix("media/"))
                .filter(|sha256| is_sha256(sha256))
                .map(Named::Ours)
                .ok_or_else(|| format!("no file has this URI; {}", self.accepted()));
        }
        if !value.contains("://") && !has_scheme(value, "file:") {
            return Ok(Named::Path(value.into()));
        }
        let url = Url::parse(value)
            .map_err(|error| format!("it is no URL ({error}); {}", self.accepted()))?;
        match url.scheme() {
            "file" => match url.to_file_path() {
                Ok(path) => Ok(Named::Path(path)),
                Err(()) => Err(format!("it names no file here; {}", self.accepted())),
            },
            "https" => Ok(Named::Url(url)),
            _ if self.media.0.hosts.include(&url) => Ok(Named::Url(url)),
            scheme => Err(format!("{scheme}:// is not fetched; {}", self.accepted())),
        }
    }

    async fn fetch(&self, url: &Url) -> Result<Bytes> {
        let hosts = &self.media.0.hosts;
        let gate = if hosts.include(url) {
            Gate::Hosts(hosts)
        } else {
            Gate::Public
        };
        let pieces = Pieces::at(&self.client, gate, url, self.limit_bytes).await?;
        let expected = pieces.length().map(|length| length.min(MOST_EXPECTED));
        Ok(pieces.collect(&[], expected).await?.into())
    }

    /// What a caller can send instead.
    fn accepted(&self) -> String {
        let scheme = self.media.0.scheme;
        let path = if self.paths.is_refused {
            String::new()
        } else {
            format!("a path inside {}, ", self.paths.place())
        };
        format!("send {path}an https:// URL, a data: URI with base64, or {scheme}://media/<sha256>")
    }
}

fn has_scheme(value: &str, scheme: &str) -> bool {
    value
        .get(..scheme.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

fn last_segment(url: &Url) -> String {
    let last = url.path_segments().and_then(|mut all| all.next_back());
    percent_encoding::percent_decode_str(last.unwrap_or_default())
        .decode_utf8_lossy()
        .into_owned()
}

fn too_large(limit_bytes: u64) -> String {
    let limit = text::size(limit_bytes);
    format!("it is larger than {limit}, the limit of `MCP_MEDIA_LIMIT`")
}

/// Refuses what is no picture, sound, video, document or archive. The name is kept as far as no provider
/// stumbles over it.
fn look_at(bytes: Bytes, name: &str) -> Result<InputFile, String> {
    if bytes.is_empty() {
        return Err("the file is empty".into());
    }
    let kind = Kind::of_input(&bytes)
        .map_err(|what| format!("its content is {what}, not a picture, sound or video"))?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let stem = match name::slug(stem) {
        slug if slug.is_empty() => "input".into(),
        slug => slug,
    };
    Ok(InputFile {
        bytes,
        mime_type: kind.mime_type,
        name: format!("{stem}.{}", kind.extension),
    })
}
