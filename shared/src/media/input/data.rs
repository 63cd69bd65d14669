//! `data:` URIs: the bytes are in the argument itself.

use std::borrow::Cow;

use bytes::Bytes;
use percent_encoding::percent_decode_str;

use super::too_large;

/// The declared type is not kept: it may be wrong.
pub(super) fn decode(uri: &str, limit_bytes: u64) -> Result<Bytes, String> {
    let Some((header, payload)) = uri.split_once(',') else {
        return Err("a data: URI has a comma before its content".into());
    };
    let is_base64 = header
        .rsplit_once(';')
        .is_some_and(|(_, last)| last.trim().eq_ignore_ascii_case("base64"));
    // Four characters are three bytes; whitespace among them makes this an upper bound only.
    let at_most = if is_base64 {
        payload.len() / 4 * 3
    } else {
        payload.len()
    };
    // Percent-encoding is up to three times as long, and so is base64 inside it.
    if at_most as u64 / 3 > limit_bytes {
        return Err(too_large(limit_bytes));
    }
    let plain: Cow<'_, [u8]> = percent_decode_str(payload).into();
    let bytes = if is_base64 {
        base64_simd::forgiving_decode_to_vec(&plain)
            .map_err(|_| "the content of the data: URI is not base64")?
    } else {
        plain.into_owned()
    };
    if bytes.len() as u64 > limit_bytes {
        return Err(too_large(limit_bytes));
    }
    Ok(bytes.into())
}
