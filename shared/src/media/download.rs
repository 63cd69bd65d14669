//! Bytes of an output, from the provider to disk or into memory.

use std::{io, path::PathBuf};

use bytes::Bytes;
use tokio::{sync::mpsc, task};
use url::Url;

use super::{
    Saved, data,
    kind::HEAD_BYTES,
    save::{self, Draft, Label},
};
use crate::{
    Error, Result,
    http::{Client, FileStream, Gate},
};

/// Pieces between network and disk; each is what one read brought, 16 KiB or so.
const PIECES_ON_THE_WAY: usize = 16;
/// Base64 that surely holds the header of a picture.
const HEADER_CHARACTERS: usize = 128 * 1024;

/// The content of one file, a piece after the other, at most `limit_bytes`.
pub(super) struct Pieces {
    origin: Origin,
    limit_bytes: u64,
}

enum Origin {
    Stream(Box<FileStream>),
    Whole(Option<Bytes>),
}

impl Pieces {
    pub(super) async fn at(
        client: &Client,
        gate: Gate<'_>,
        url: &Url,
        limit_bytes: u64,
    ) -> Result<Self> {
        let stream = client.file(url, gate, limit_bytes).await?;
        Ok(Self {
            origin: Origin::Stream(Box::new(stream)),
            limit_bytes,
        })
    }

    /// What a `data:` URI holds.
    pub(super) fn inside(uri: &str, limit_bytes: u64) -> Result<Self> {
        let content = data::decode(uri, limit_bytes).map_err(|error| match error {
            Error::InvalidInput { reason, .. } => Error::Decode {
                provider: "the provider",
                path: "output".into(),
                reason,
            },
            other => other,
        })?;
        Ok(Self {
            origin: Origin::Whole(Some(content)),
            limit_bytes,
        })
    }

    /// Bytes, as announced: it may be wrong.
    pub(super) fn length(&self) -> Option<u64> {
        match &self.origin {
            Origin::Stream(stream) => stream.length(),
            Origin::Whole(content) => content.as_ref().map(|content| content.len() as u64),
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>> {
        match &mut self.origin {
            Origin::Stream(stream) => stream.chunk().await,
            Origin::Whole(content) => Ok(content.take()),
        }
    }

    /// The beginning, as long as it takes to tell the type, or all there is.
    pub(super) async fn head(&mut self) -> Result<Bytes> {
        let mut head = self.next().await?.unwrap_or_default();
        while head.len() < HEAD_BYTES {
            let Some(piece) = self.next().await? else {
                break;
            };
            head = [head, piece].concat().into();
        }
        Ok(head)
    }

    /// The head and what follows.
    pub(super) async fn collect(mut self, head: &[u8], length: Option<u64>) -> Result<Vec<u8>> {
        let mut content = Vec::with_capacity(self.expected(length));
        content.extend_from_slice(head);
        while let Some(piece) = self.next().await? {
            content.extend_from_slice(&piece);
        }
        Ok(content)
    }

    /// The head and what follows as one base64 text, and the number of bytes in it. The bytes
    /// themselves are never held together.
    pub(super) async fn encode(
        mut self,
        head: &[u8],
        length: Option<u64>,
    ) -> Result<(String, u64)> {
        let mut encoder = Encoder::for_bytes(self.expected(length));
        encoder.push(head);
        while let Some(piece) = self.next().await? {
            encoder.push(&piece);
        }
        Ok(encoder.end())
    }

    fn expected(&self, length: Option<u64>) -> usize {
        let expected = length.unwrap_or_default().min(self.limit_bytes);
        usize::try_from(expected).unwrap_or_default()
    }

    /// To disk, without holding more than a few pieces. [`Error::Storage`] when it cannot be written.
    pub(super) async fn write(mut self, dir: PathBuf, label: Label) -> Result<(PathBuf, Saved)> {
        let (sender, mut receiver) = mpsc::channel::<Bytes>(PIECES_ON_THE_WAY);
        let target = dir.clone();
        let writer = task::spawn_blocking(move || -> io::Result<Draft> {
            let mut draft = Draft::begin(&target)?;
            while let Some(piece) = receiver.blocking_recv() {
                draft.write(&piece)?;
            }
            Ok(draft)
        });
        let sent = self.send_to(sender).await;
        let written = writer.await.map_err(|_| Error::Internal)?;
        // A writer that gave up counts first: then the sender had nobody to send to.
        let draft = written.map_err(|error| save::not_written(&dir, &error))?;
        sent?;
        let target = dir.clone();
        let kept = task::spawn_blocking(move || draft.keep(&target, label));
        kept.await
            .map_err(|_| Error::Internal)?
            .map_err(|error| save::not_written(&dir, &error))
    }

    async fn send_to(&mut self, sender: mpsc::Sender<Bytes>) -> Result<()> {
        while let Some(piece) = self.next().await? {
            if sender.send(piece).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// The bytes that a base64 text begins with, as many as the header of a picture may take.
pub(super) fn first_bytes(base64: &str) -> Vec<u8> {
    let end = base64.len().min(HEADER_CHARACTERS);
    let beginning = base64.get(..end).unwrap_or_default();
    base64_simd::STANDARD
        .decode_to_vec(beginning)
        .unwrap_or_default()
}

/// Base64 of pieces of any length, as if they had come as one.
struct Encoder {
    text: String,
    /// Fewer than three bytes that wait for the next piece.
    carry: Vec<u8>,
    bytes: u64,
}

impl Encoder {
    fn for_bytes(expected: usize) -> Self {
        Self {
            text: String::with_capacity(expected.div_ceil(3) * 4),
            carry: Vec::with_capacity(3),
            bytes: 0,
        }
    }

    fn push(&mut self, mut piece: &[u8]) {
        self.bytes += piece.len() as u64;
        if !self.carry.is_empty() {
            let missing = 3 - self.carry.len();
            let (first, rest) = piece.split_at(missing.min(piece.len()));
            self.carry.extend_from_slice(first);
            piece = rest;
            if self.carry.len() < 3 {
                return;
            }
            base64_simd::STANDARD.encode_append(&self.carry, &mut self.text);
            self.carry.clear();
        }
        let (whole, rest) = piece.split_at(piece.len() / 3 * 3);
        base64_simd::STANDARD.encode_append(whole, &mut self.text);
        self.carry.extend_from_slice(rest);
    }

    fn end(mut self) -> (String, u64) {
        base64_simd::STANDARD.encode_append(&self.carry, &mut self.text);
        (self.text, self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_length_encode_as_one() {
        let content: Vec<u8> = (0..=255).collect();
        let whole = base64_simd::STANDARD.encode_to_string(&content);
        for length in [1, 2, 3, 4, 7, 100, 256] {
            let mut encoder = Encoder::for_bytes(content.len());
            let reserved = encoder.text.capacity();
            content.chunks(length).for_each(|piece| encoder.push(piece));
            let (text, bytes) = encoder.end();
            assert_eq!((text.as_str(), bytes), (whole.as_str(), 256));
            assert_eq!(text.capacity(), reserved, "the text was not moved");
        }
    }
}
