//! What a file is, from its first bytes: neither its name nor its sender is asked.

use bytes::Bytes;
use infer::MatcherType;

use super::InputFile;
use crate::text;

/// Of a name, no more characters than this are kept.
const LONGEST_STEM: usize = 60;

/// Refuses what is no picture, sound, video, document or archive.
pub(super) fn look_at(bytes: Bytes, name: &str) -> Result<InputFile, String> {
    let refused = |what: &str| {
        Err(format!(
            "its content is {what}, not a picture, sound or video"
        ))
    };
    if bytes.is_empty() {
        return Err("the file is empty".into());
    }
    let Some(found) = infer::get(&bytes) else {
        return refused(if is_text(&bytes) {
            "text"
        } else {
            "of no type that its first bytes tell"
        });
    };
    match found.matcher_type() {
        MatcherType::Text if found.mime_type() == "text/html" => refused("an HTML page"),
        MatcherType::Text | MatcherType::App | MatcherType::Font => refused(found.mime_type()),
        _ => Ok(InputFile {
            bytes,
            mime_type: found.mime_type(),
            name: format!("{}.{}", stem(name), found.extension()),
        }),
    }
}

/// As far as the start tells, whose last character may be cut.
fn is_text(bytes: &[u8]) -> bool {
    let start = bytes.get(..bytes.len().min(512)).unwrap_or(bytes);
    let is_whole = match std::str::from_utf8(start) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    is_whole
        && !start
            .iter()
            .any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
}

/// A file name without ending, of characters that no provider stumbles over.
fn stem(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let plain: String = text::clean(stem)
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .take(LONGEST_STEM)
        .collect();
    match plain.trim_matches('-') {
        "" => "input".into(),
        stem => stem.into(),
    }
}
