//! Files that a caller names, as the fields of a model take them.

use futures_util::future::try_join_all;
use serde_json::{Map, Value};
use shared::{
    Error, Result,
    media::{InputFile, Source},
};

use crate::{
    FluxServer,
    api::{InputSchema, Kind},
};

const PICTURES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];
const ID_LENGTH: usize = 26;

impl FluxServer {
    /// Pictures in the order they were named.
    pub(super) async fn pictures(&self, field: &str, values: &[String]) -> Result<Vec<String>> {
        let named = values.iter().enumerate();
        try_join_all(named.map(|(index, value)| self.numbered(field, index, value))).await
    }

    async fn numbered(&self, field: &str, index: usize, value: &str) -> Result<String> {
        self.picture(&format!("{field}.{index}"), value).await
    }

    pub(super) async fn picture(&self, field: &str, value: &str) -> Result<String> {
        let file = self.named_file(field, value).await?;
        check_picture(field, &file)?;
        self.replicate.input_value(file).await
    }

    /// Replace local files, media of ours and prediction ids in the file fields of a raw input. What Replicate can
    /// fetch by itself stays.
    pub(super) async fn fill_files(
        &self,
        argument: &str,
        schema: Option<&InputSchema>,
        input: &mut Map<String, Value>,
    ) -> Result<()> {
        let fields = schema.map(|schema| schema.fields.as_slice());
        for field in fields.unwrap_or_default() {
            let path = format!("{argument}.{}", field.name);
            match (field.kind, input.get_mut(&field.name)) {
                (Kind::File, Some(value)) => self.fill_file(&path, value).await?,
                (Kind::Files, Some(Value::Array(values))) => {
                    for (index, value) in values.iter_mut().enumerate() {
                        self.fill_file(&format!("{path}.{index}"), value).await?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn fill_file(&self, field: &str, value: &mut Value) -> Result<()> {
        if let Value::String(text) = value
            && !is_for_replicate(text)
        {
            let file = self.named_file(field, text).await?;
            *text = self.replicate.input_value(file).await?;
        }
        Ok(())
    }

    async fn named_file(&self, field: &str, value: &str) -> Result<InputFile> {
        let value = value.trim();
        match is_prediction_id(value) {
            true => self.output_of(field, value).await,
            false => self.inputs.read(field, value).await,
        }
    }

    /// The first output of an earlier prediction: what was saved, else what Replicate still has.
    async fn output_of(&self, field: &str, id: &str) -> Result<InputFile> {
        let entry = self.jobs.ledger().find(id).await.ok().flatten();
        let saved = entry.and_then(|entry| entry.files.into_iter().next());
        if let Some(path) = saved.as_ref().and_then(|path| path.to_str())
            && let Ok(file) = self.inputs.read(field, path).await
        {
            return Ok(file);
        }
        let prediction = self.replicate.prediction(id).await?;
        match prediction.outputs().files.first() {
            Some(Source::Url(url)) => self.inputs.read(field, url.as_str()).await,
            Some(Source::Data(data)) => self.inputs.read(field, data).await,
            None => {
                let reason = format!("prediction {id} has no file (any more)");
                Err(Error::invalid(field, reason))
            }
        }
    }
}

pub(super) fn check_picture(field: &str, file: &InputFile) -> Result<()> {
    if PICTURES.contains(&file.mime_type) {
        return Ok(());
    }
    let reason = format!(
        "it is {}, and must be a JPEG, PNG, GIF or WebP picture",
        file.mime_type
    );
    Err(Error::invalid(field, reason))
}

pub(super) fn is_prediction_id(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() == ID_LENGTH && text.chars().all(is_plain)
}

fn is_for_replicate(text: &str) -> bool {
    ["https://", "data:"]
        .iter()
        .any(|start| text.starts_with(start))
}
