//! Files that go in: small ones inside the request, larger ones through `POST /files`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use shared::{Result, http::Form, media::InputFile};
use url::Url;

use super::{Replicate, harmless};

/// Replicate advises data URIs only up to this size.
const LARGEST_DATA_URI: usize = 256 * 1024;
/// For tens of MiB over a slow line.
const UPLOAD_TIME: Duration = Duration::from_secs(120);

#[derive(Debug, Deserialize)]
struct Uploaded {
    urls: Urls,
}

#[derive(Debug, Deserialize)]
struct Urls {
    get: Url,
}

impl Replicate {
    /// What an input field takes for this file: a data URI up to 256 KiB, else the URL of an upload.
    pub(crate) async fn input_value(&self, file: InputFile) -> Result<String> {
        if file.bytes.len() <= LARGEST_DATA_URI {
            return Ok(file.data_uri());
        }
        self.upload(file).await
    }

    /// Upload a file; the answer is a URL that an input field takes. `POST /files`
    pub(crate) async fn upload(&self, file: InputFile) -> Result<String> {
        let form = Form::new()
            .file("content", &file.name, file.mime_type, file.bytes)
            .json("metadata", &json!({}));
        let request = self.http()?.post("https://api.replicate.com/files");
        let answer = request.multipart(form).within(UPLOAD_TIME).json().await;
        let uploaded: Uploaded = answer.map_err(harmless)?;
        Ok(uploaded.urls.get.into())
    }
}
