//! A result with pictures: text first, then what can be shown, then links.

use std::{fmt::Write as _, path::PathBuf};

use jiff::{SignedDuration, Timestamp};
use rmcp::{
    ErrorData,
    handler::server::tool::IntoCallToolResult,
    model::{CallToolResponse, CallToolResult, ContentBlock, MetaObject, Resource},
};
use url::Url;

use super::{kind, preview::Shown};
use crate::{Error, error::KIND_META, text};

const LONGEST_TITLE: usize = 60;

/// What a tool returns for media. Never has structured content: some hosts drop pictures beside it.
///
/// Blocks come in the order text, pictures and sounds, links. All together stay under 1 MiB, except
/// where originals are inline because the operator asked for that or no other copy exists.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// What was made, from what, by which job, for how much.
    pub headline: String,
    /// In the order of the sources, without those that could not be had.
    pub kept: Vec<Kept>,
    /// What the reader must know besides: fewer pictures than asked, a directory that cannot be written.
    pub notes: Vec<String>,
    /// The first reason, when none of the outputs could be had. Makes the result a failed one; the
    /// notes then tell the job and the addresses, since the work is paid for.
    pub failure: Option<Error>,
}

/// One output, fetched.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Absolute; `None` where nothing is written to disk.
    pub path: Option<PathBuf>,
    /// The provider's copy, and when it goes.
    pub url: Option<Url>,
    pub expires: Option<Timestamp>,
    pub mime_type: String,
    /// 0 when it is not known.
    pub bytes: u64,
    /// Width and height, of pictures.
    pub pixels: Option<(u32, u32)>,
    /// 64 hexadecimal digits; empty where the content was only passed on.
    pub sha256: String,
    /// The resource of ours that has the bytes.
    pub uri: Option<String>,
    /// What was asked for, in short.
    pub title: Option<String>,
    /// Base64 and its type: a preview, or the original where the operator wants it inline.
    pub shown: Option<(String, &'static str)>,
    /// Width and height of what is shown, where that is a reduced copy.
    pub reduced_to: Option<(u32, u32)>,
}

impl IntoCallToolResult for Answer {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        let mut blocks = vec![ContentBlock::text(self.to_text(Timestamp::now()))];
        let links: Vec<ContentBlock> = self.kept.iter().filter_map(Kept::link).collect();
        blocks.extend(self.kept.into_iter().filter_map(Kept::into_block));
        blocks.extend(links);
        let Some(failure) = self.failure else {
            return Ok(CallToolResult::success(blocks).into());
        };
        let mut meta = MetaObject::new();
        meta.insert(KIND_META.into(), failure.kind().into());
        Ok(CallToolResult::error(blocks).with_meta(Some(meta)).into())
    }
}

impl Answer {
    /// The headline, a line or two for each output, and the notes.
    pub fn to_text(&self, now: Timestamp) -> String {
        let mut lines = Vec::new();
        if !self.headline.is_empty() {
            lines.push(self.headline.clone());
        }
        for (index, kept) in self.kept.iter().enumerate() {
            let number = match self.kept.len() {
                1 => String::new(),
                _ => format!("{}. ", index + 1),
            };
            lines.extend(kept.lines(&number, now));
        }
        lines.extend(self.notes.iter().map(|note| format!("Note: {note}")));
        lines.join("\n")
    }
}

impl Kept {
    pub(super) fn shows(&mut self, shown: Option<Shown>) {
        if let Some(shown) = shown {
            self.shown = Some((shown.data, shown.mime_type));
            self.reduced_to = shown.reduced_to;
        }
    }

    fn lines(&self, number: &str, now: Timestamp) -> Vec<String> {
        let mut facts = Vec::new();
        facts.extend(self.pixels.map(by));
        facts.push(self.mime_type.clone());
        if self.bytes > 0 {
            facts.push(format!("{} bytes", text::thousands(self.bytes)));
        }
        facts.extend(
            self.reduced_to
                .map(|pixels| format!("preview: {}", by(pixels))),
        );
        let facts = facts.join(", ");
        let is_gone = self.expires.is_some_and(|expires| expires <= now);
        let url = self.url.as_ref().filter(|_| !is_gone).map(|url| {
            let until = self
                .expires
                .map(|expires| format!(" ({})", until(expires, now)));
            format!("{url}{}", until.unwrap_or_default())
        });
        match (&self.path, url) {
            (Some(path), None) => vec![format!("{number}{} ({facts})", path.display())],
            (Some(path), Some(url)) => {
                vec![format!("{number}{} ({facts})", path.display()), url]
            }
            (None, Some(url)) => vec![format!("{number}{facts}"), url],
            (None, None) => vec![format!("{number}{facts}")],
        }
    }

    /// Where the original is: at our own server, or else at the provider.
    fn link(&self) -> Option<ContentBlock> {
        let uri = match (&self.uri, &self.url) {
            (Some(uri), _) => uri.clone(),
            (None, Some(url)) => url.to_string(),
            (None, None) => return None,
        };
        let mut link = Resource::new(uri, self.name()).with_mime_type(self.mime_type.clone());
        if let Some(title) = &self.title {
            link = link.with_title(text::cut(title, LONGEST_TITLE));
        }
        if self.bytes > 0 {
            link = link.with_size(self.bytes);
        }
        Some(ContentBlock::resource_link(link))
    }

    /// The name of the file, here or at the provider.
    fn name(&self) -> String {
        let here = self.path.as_ref().and_then(|path| path.file_name());
        let there = self
            .url
            .as_ref()
            .and_then(|url| url.path_segments()?.next_back())
            .filter(|name| !name.is_empty());
        here.map(|name| name.to_string_lossy().into_owned())
            .or_else(|| there.map(str::to_owned))
            .unwrap_or_else(|| "output".into())
    }

    fn into_block(self) -> Option<ContentBlock> {
        let (data, mime_type) = self.shown?;
        Some(if kind::is_audio(mime_type) {
            ContentBlock::audio(data, mime_type)
        } else {
            ContentBlock::image(data, mime_type)
        })
    }
}

/// `1024x768`
fn by((width, height): (u32, u32)) -> String {
    format!("{width}x{height}")
}

/// `until 13:42 UTC, 57 min left`
pub(super) fn until(expires: Timestamp, now: Timestamp) -> String {
    let left = expires.duration_since(now);
    let day = if left < SignedDuration::from_hours(20) {
        ""
    } else {
        "%Y-%m-%d "
    };
    let mut until = format!("until {}", expires.strftime(&format!("{day}%H:%M UTC")));
    if left <= SignedDuration::ZERO {
        until.push_str(", which has passed");
    } else if left < SignedDuration::from_hours(20) {
        let _ = write!(until, ", {} min left", left.as_mins());
    }
    until
}

#[cfg(test)]
mod tests;
