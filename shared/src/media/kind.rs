//! What a file is, told by its first bytes: headers and names lie.

use infer::{MatcherType, Type};

/// Enough of a file to tell what it is.
pub(super) const HEAD_BYTES: usize = 8 * 1024;

const UNKNOWN: Kind = Kind {
    mime_type: "application/octet-stream",
    extension: "bin",
};

/// A type, and the ending of its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) mime_type: &'static str,
    pub(super) extension: &'static str,
}

impl Kind {
    /// Of what a provider made, from the beginning of it.
    pub(super) fn of(head: &[u8]) -> Self {
        match infer::get(head).filter(|found| is_kept_as_found(found.matcher_type())) {
            Some(found) => Self::found(found),
            None => of_text(head),
        }
    }

    /// Of what a provider shall read: a picture, sound, video, document or archive. Else what it is instead.
    pub(super) fn of_input(content: &[u8]) -> Result<Self, &'static str> {
        let head = content.get(..HEAD_BYTES).unwrap_or(content);
        let Some(found) = infer::get(head) else {
            return Err(match of_text(head) {
                UNKNOWN => "of no type that its first bytes tell",
                _ => "text",
            });
        };
        match found.matcher_type() {
            MatcherType::Text if found.mime_type() == "text/html" => Err("an HTML page"),
            MatcherType::Text | MatcherType::App | MatcherType::Font => Err(found.mime_type()),
            _ => Ok(Self::found(found)),
        }
    }

    fn found(found: Type) -> Self {
        Self {
            mime_type: common_name(found.mime_type()),
            extension: found.extension(),
        }
    }

    /// Whether models and hosts can look at it.
    pub(super) fn is_picture(self) -> bool {
        is_picture(self.mime_type)
    }

    pub(super) fn is_audio(self) -> bool {
        is_audio(self.mime_type)
    }
}

pub(super) fn is_picture(mime_type: &str) -> bool {
    matches!(
        mime_type,
        "image/png" | "image/jpeg" | "image/webp" | "image/gif"
    )
}

pub(super) fn is_audio(mime_type: &str) -> bool {
    mime_type.starts_with("audio/")
}

/// Programs and scripts are nothing a model makes; they must not get an ending that runs them.
fn is_kept_as_found(found: MatcherType) -> bool {
    !matches!(
        found,
        MatcherType::App | MatcherType::Text | MatcherType::Custom
    )
}

fn common_name(mime_type: &'static str) -> &'static str {
    match mime_type {
        "audio/x-wav" => "audio/wav",
        "audio/x-flac" => "audio/flac",
        other => other,
    }
}

fn of_text(head: &[u8]) -> Kind {
    let kind = |mime_type, extension| Kind {
        mime_type,
        extension,
    };
    let text = readable_part(head).trim_start();
    if text.starts_with("<svg") || (text.starts_with("<?xml") && text.contains("<svg")) {
        kind("image/svg+xml", "svg")
    } else if text.starts_with(['{', '[']) {
        kind("application/json", "json")
    } else if text.is_empty() || text.contains('\0') {
        UNKNOWN
    } else {
        kind("text/plain", "txt")
    }
}

/// All of it, if it is text whose last character may be cut off; else nothing.
fn readable_part(head: &[u8]) -> &str {
    match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_some() => "",
        Err(error) => head
            .get(..error.valid_up_to())
            .and_then(|valid| std::str::from_utf8(valid).ok())
            .unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_the_type() {
        let cases: [(&[u8], &str, &str); 9] = [
            (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg", "jpg"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp", "webp"),
            (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav", "wav"),
            (
                b"<svg xmlns='http://www.w3.org/2000/svg'/>",
                "image/svg+xml",
                "svg",
            ),
            (b" [1, 2]", "application/json", "json"),
            ("Z\u{fc}rich".as_bytes(), "text/plain", "txt"),
            (b"\x01\x02\xff\xfe", "application/octet-stream", "bin"),
            (b"", "application/octet-stream", "bin"),
        ];
        for (head, mime_type, extension) in cases {
            let kind = Kind::of(head);
            assert_eq!((kind.mime_type, kind.extension), (mime_type, extension));
        }
    }

    #[test]
    fn programs_scripts_and_pages_get_an_ending_that_runs_nothing() {
        assert_eq!(Kind::of(b"MZ\x90\0\xff").extension, "bin");
        assert_eq!(Kind::of(b"\x7fELF\x02\x01\x01\0\xff\xfe").extension, "bin");
        assert_eq!(Kind::of(b"#!/bin/sh\nrm").extension, "txt");
        assert_eq!(
            Kind::of(b"<!doctype html><html><body>").mime_type,
            "text/plain"
        );
    }

    #[test]
    fn a_character_cut_in_two_is_still_text() {
        let head = "caf\u{e9}".as_bytes();
        assert_eq!(Kind::of(&head[..head.len() - 1]).mime_type, "text/plain");
    }
}
