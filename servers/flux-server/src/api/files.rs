//! Files that go in: small ones inside the request, larger ones through `POST /files`.

use shared::{Error, Result, media::InputFile};

use super::Replicate;

/// Replicate advises data URIs only up to this size.
const LARGEST_DATA_URI: usize = 256 * 1024;

impl Replicate {
    /// What an input field takes for this file: a data URI up to 256 KiB, else the URL of an upload.
    pub(crate) async fn input_value(&self, file: InputFile) -> Result<String> {
        if file.bytes.len() <= LARGEST_DATA_URI {
            return Ok(data_uri(&file));
        }
        self.upload(file).await
    }

    /// Upload a file; the answer is a URL that an input field takes. `POST /files`
    pub(crate) async fn upload(&self, file: InputFile) -> Result<String> {
        self.http()?;
        Err(Error::TooLarge {
            what: format!("`{}`", file.name),
            limit_bytes: LARGEST_DATA_URI as u64,
        })
    }
}

fn data_uri(file: &InputFile) -> String {
    let mut uri = format!("data:{};base64,", file.mime_type);
    base64_simd::STANDARD.encode_append(&file.bytes, &mut uri);
    uri
}
