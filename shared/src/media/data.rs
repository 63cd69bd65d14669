//! `data:` URIs: the bytes are in the text itself.

use std::borrow::Cow;

use bytes::Bytes;
use percent_encoding::percent_decode_str;

use crate::{Error, Result, text};

/// The content. The declared type is not kept: it may be wrong.
///
/// [`Error::InvalidInput`] for the field `data` when it cannot be read, [`Error::TooLarge`] over the limit.
pub(super) fn decode(uri: &str, limit_bytes: u64) -> Result<Bytes> {
    let (header, payload) = uri
        .split_once(',')
        .ok_or_else(|| Error::invalid("data", "a data: URI has a comma before its content"))?;
    let is_base64 = is_base64(header);
    // Whitespace among the characters makes this an upper bound only, and percent-encoding is up to
    // three times as long.
    if decoded_length(payload, is_base64) / 3 > limit_bytes {
        return Err(too_large(limit_bytes));
    }
    let plain: Cow<'_, [u8]> = percent_decode_str(payload).into();
    let bytes = if is_base64 {
        base64_simd::forgiving_decode_to_vec(&plain)
            .map_err(|_| Error::invalid("data", "the content of the data: URI is not base64"))?
    } else {
        plain.into_owned()
    };
    if bytes.len() as u64 > limit_bytes {
        return Err(too_large(limit_bytes));
    }
    Ok(bytes.into())
}

/// `data:image/png (123,456 bytes)`
pub(super) fn in_short(uri: &str) -> String {
    let (header, payload) = uri.split_once(',').unwrap_or((uri, ""));
    let bytes = decoded_length(payload, is_base64(header));
    let mime_type = header.split(';').next().unwrap_or_default();
    format!(
        "{} ({} bytes)",
        text::cut(mime_type, 80),
        text::thousands(bytes)
    )
}

fn is_base64(header: &str) -> bool {
    header
        .rsplit_once(';')
        .is_some_and(|(_, last)| last.trim().eq_ignore_ascii_case("base64"))
}

/// Of what is written as usual; four characters of base64 are three bytes.
fn decoded_length(payload: &str, is_base64: bool) -> u64 {
    let length = match is_base64 {
        true => payload.trim_end_matches('=').len() * 3 / 4,
        false => payload.len(),
    };
    length as u64
}

fn too_large(limit_bytes: u64) -> Error {
    Error::file_too_large("the content of the data: URI", limit_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_over_the_limit_or_broken_is_an_error() {
        let error = |uri, limit| decode(uri, limit).err().map(|error| error.kind());
        assert_eq!(
            error("data:image/png;base64,AAAAAAAA", 3),
            Some("too_large")
        );
        assert_eq!(error("data:image/png,AAAA", 3), Some("too_large"));
        assert_eq!(
            error("data:image/png;base64,%%%%", 99),
            Some("invalid_input")
        );
        assert_eq!(error("data:image/png;base64", 99), Some("invalid_input"));
        assert_eq!(error("data:image/png;base64,AAAA", 3), None);
    }
}
