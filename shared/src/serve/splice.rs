//! Large base64 texts over stdio, without copies of them.
//!
//! rmcp writes each message into a buffer that doubles as it grows, and that buffer to the client: for a
//! picture of 10 MB that is 13 MB of text, copied into 27 MB of memory. Here such a text is set aside before
//! rmcp sees the message, with a mark in its place, and the writer below rmcp puts it where the mark comes by.
//! Order, line ends, answers to malformed messages and lines given up half-way stay with rmcp.

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    io, mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes};
use rmcp::{
    RoleServer,
    model::{ContentBlock, JsonRpcMessage, ResourceContents, ServerResult, TaskPayload},
    service::{RxJsonRpcMessage, TxJsonRpcMessage},
    transport::{Transport, async_rw::AsyncRwTransport},
};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};

/// Bytes; what is shorter is not worth a mark.
const LARGE: usize = 64 * 1024;
/// Rare in any text, and one that JSON does not escape.
const MARK_START: char = '\u{7f}';
const MARK_LENGTH: usize = 33;

/// rmcp's transport of lines, with large texts going past it.
pub(super) struct Splicing<R: AsyncRead, W: AsyncWrite + Unpin> {
    inner: AsyncRwTransport<RoleServer, R, Splicer<W>>,
    aside: Aside,
}

impl<R, W> Splicing<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    pub(super) fn new(read: R, write: W) -> Self {
        let aside = Aside::default();
        let splicer = Splicer {
            write,
            aside: aside.clone(),
            plain: 0,
            current: None,
            is_broken: false,
        };
        Self {
            inner: AsyncRwTransport::new_server(read, splicer),
            aside,
        }
    }
}

impl<R, W> Transport<RoleServer> for Splicing<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        mut item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        if let JsonRpcMessage::Response(response) = &mut item {
            self.aside.take_from(&mut response.result);
        }
        self.inner.send(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        self.inner.receive().await
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}

/// The texts on their way, by the mark that stands for each. One whose message is given up before its turn
/// stays until the connection ends, which is when rmcp gives messages up.
#[derive(Clone, Default)]
struct Aside(Arc<Mutex<HashMap<Vec<u8>, Bytes>>>);

impl Aside {
    fn take_from(&self, result: &mut ServerResult) {
        match result {
            ServerResult::CallToolResult(result) => {
                for block in &mut result.content {
                    self.take_from_block(block);
                }
            }
            ServerResult::ReadResourceResult(result) => {
                for contents in &mut result.contents {
                    self.take_from_resource(contents);
                }
            }
            ServerResult::GetPromptResult(result) => {
                for message in &mut result.messages {
                    self.take_from_block(&mut message.content);
                }
            }
            ServerResult::GetTaskResult(result) => {
                if let TaskPayload::Completed { result } = &mut result.task.payload {
                    result
                        .values_mut()
                        .for_each(|value| self.take_from_value(value));
                }
            }
            _ => {}
        }
    }

    fn take_from_block(&self, block: &mut ContentBlock) {
        match block {
            ContentBlock::Image(image) => self.take(&mut image.data),
            ContentBlock::Audio(audio) => self.take(&mut audio.data),
            ContentBlock::Resource(embedded) => self.take_from_resource(&mut embedded.resource),
            _ => {}
        }
    }

    fn take_from_resource(&self, contents: &mut ResourceContents) {
        if let ResourceContents::BlobResourceContents { blob, .. } = contents {
            self.take(blob);
        }
    }

    /// The result of a finished task, which is JSON already.
    fn take_from_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.take(text),
            Value::Array(items) => items
                .iter_mut()
                .for_each(|value| self.take_from_value(value)),
            Value::Object(fields) => fields
                .values_mut()
                .for_each(|value| self.take_from_value(value)),
            _ => {}
        }
    }

    /// Base64 is the same inside JSON. Anything else might need escapes, and goes the ordinary way.
    fn take(&self, text: &mut String) {
        if text.len() < LARGE || base64_simd::STANDARD.check(text.as_bytes()).is_err() {
            return;
        }
        let mark = new_mark();
        let text = mem::replace(text, mark.clone());
        self.lock().insert(mark.into_bytes(), text.into());
    }

    /// Where in these lines the first text belongs.
    fn position(&self, lines: &[u8]) -> Option<usize> {
        let aside = self.lock();
        if aside.is_empty() {
            return None;
        }
        lines
            .iter()
            .enumerate()
            .filter(|(_, byte)| char::from(**byte) == MARK_START)
            .map(|(at, _)| at)
            .find(|at| {
                let mark = lines.get(*at..at + MARK_LENGTH);
                mark.is_some_and(|mark| aside.contains_key(mark))
            })
    }

    /// The text whose mark these lines begin with.
    fn remove(&self, lines: &[u8]) -> Option<Bytes> {
        self.lock().remove(lines.get(..MARK_LENGTH)?)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody can guess it and so slip a text of someone else into what they wrote: the hashers of the standard
/// library have keys from the operating system, and a mark never leaves the process.
fn new_mark() -> String {
    let half = || RandomState::new().hash_one(0);
    format!("{MARK_START}{:016x}{:016x}", half(), half())
}

/// Writes lines, and each text in place of its mark. Counts on what rmcp's buffer does: a mark is never
/// split between two writes, and what was not written is offered again.
struct Splicer<W> {
    write: W,
    aside: Aside,
    /// So many bytes at the front are known to hold no mark.
    plain: usize,
    /// What remains of the text whose mark is at the front.
    current: Option<Bytes>,
    is_broken: bool,
}

impl<W: AsyncWrite + Unpin> Splicer<W> {
    /// How much of `lines` is done: the part before a mark, or the mark.
    fn poll_part(&mut self, context: &mut Context<'_>, lines: &[u8]) -> Poll<io::Result<usize>> {
        if self.current.is_none() {
            if self.plain == 0 {
                self.plain = self.aside.position(lines).unwrap_or(lines.len());
            }
            if self.plain > 0 {
                let plain = lines.get(..self.plain).unwrap_or(lines);
                let written = ready!(Pin::new(&mut self.write).poll_write(context, plain))?;
                self.plain -= written;
                return Poll::Ready(Ok(written));
            }
            self.current = self.aside.remove(lines);
        }
        while let Some(text) = self.current.as_mut().filter(|text| text.has_remaining()) {
            match ready!(Pin::new(&mut self.write).poll_write(context, text))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => text.advance(written),
            }
        }
        self.current = None;
        Poll::Ready(Ok(MARK_LENGTH.min(lines.len())))
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Splicer<W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        lines: &[u8],
    ) -> Poll<io::Result<usize>> {
        let done = if self.is_broken {
            Err(io::ErrorKind::BrokenPipe.into())
        } else {
            ready!(self.poll_part(context, lines))
        };
        if done.is_err() {
            // Nobody reads any more, and a client that goes on asking must not fill the memory.
            self.is_broken = true;
            self.current = None;
            self.aside.lock().clear();
        }
        Poll::Ready(done)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_shutdown(context)
    }
}
