//! A body of several parts, files among them.

use bytes::Bytes;
use reqwest::multipart;
use serde_json::Value;

use crate::text;

/// A file name longer than this many characters is cut; nobody reads it to the end.
const LONGEST_NAME: usize = 100;

/// The parts of a `multipart/form-data` body, in order. Cheap to clone: files are shared, so that the body can
/// be made again when it has to be sent again.
#[derive(Debug, Clone, Default)]
pub struct Form {
    parts: Vec<Part>,
}

#[derive(Clone)]
struct Part {
    name: &'static str,
    content: Bytes,
    mime_type: Option<&'static str>,
    file_name: Option<String>,
}

/// Not the content: it may be private, and is long.
impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part")
            .field("name", &self.name)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

impl Form {
    pub fn new() -> Self {
        Self::default()
    }

    /// A plain field.
    pub fn text(self, name: &'static str, value: impl Into<String>) -> Self {
        self.with(Part {
            name,
            content: value.into().into(),
            mime_type: None,
            file_name: None,
        })
    }

    /// A field with the type `application/json`.
    pub fn json(self, name: &'static str, value: &Value) -> Self {
        self.with(Part {
            name,
            content: value.to_string().into(),
            mime_type: Some("application/json"),
            file_name: None,
        })
    }

    /// A file. In `file_name`, what could end the header or name another directory becomes `_`; an empty one
    /// becomes `file`.
    pub fn file(
        self,
        name: &'static str,
        file_name: &str,
        mime_type: &'static str,
        content: Bytes,
    ) -> Self {
        self.with(Part {
            name,
            content,
            mime_type: Some(mime_type),
            file_name: Some(plain(file_name)),
        })
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Fails only for a type that is none.
    pub(super) fn build(&self) -> reqwest::Result<multipart::Form> {
        self.parts
            .iter()
            .try_fold(multipart::Form::new(), |form, part| {
                let length = part.content.len() as u64;
                let mut built = multipart::Part::stream_with_length(part.content.clone(), length);
                if let Some(mime_type) = part.mime_type {
                    built = built.mime_str(mime_type)?;
                }
                if let Some(file_name) = &part.file_name {
                    built = built.file_name(file_name.clone());
                }
                Ok(form.part(part.name, built))
            })
    }
}

fn plain(file_name: &str) -> String {
    let in_place = |c: char| match c {
        '"' | '\\' | '/' | ':' | ';' => '_',
        c if c.is_control() => '_',
        c => c,
    };
    let name: String = text::clean(&file_name.chars().map(in_place).collect::<String>())
        .chars()
        .take(LONGEST_NAME)
        .collect();
    match name.trim_matches(['.', ' ']) {
        "" => "file".into(),
        name => name.into(),
    }
}
