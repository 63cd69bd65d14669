use std::{future::poll_fn, pin::pin};

use futures_util::future::join_all;
use rmcp::model::{
    AudioContent, CallToolResult, DetailedTask, ErrorData, GetPromptResult, GetTaskResult,
    JsonObject, PromptMessage, ReadResourceResult, RequestId, Role, Task,
};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::*;

type Message = TxJsonRpcMessage<RoleServer>;

/// Valid base64 of this many bytes, another one for each seed.
fn base64(bytes: usize, seed: u64) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let bytes: Vec<u8> = (0..bytes).map(|_| random.u8(..)).collect();
    base64_simd::STANDARD.encode_to_string(bytes)
}

fn picture(seed: u64) -> ContentBlock {
    ContentBlock::image(base64(LARGE, seed), "image/webp")
}

fn answer(id: i64, result: impl Into<ServerResult>) -> Message {
    JsonRpcMessage::response(result.into(), RequestId::Number(id))
}

fn call(id: i64, content: Vec<ContentBlock>) -> Message {
    answer(id, CallToolResult::success(content))
}

/// What serde alone makes of the messages.
fn lines(messages: &[Message]) -> Vec<u8> {
    let lines = messages.iter().flat_map(|message| {
        let mut line = serde_json::to_vec(message).unwrap();
        line.push(b'\n');
        line
    });
    lines.collect()
}

/// A transport, and the client at the other end of a pipe that holds so many bytes.
fn connected(
    capacity: usize,
) -> (
    Splicing<DuplexStream, DuplexStream>,
    DuplexStream,
    DuplexStream,
) {
    let (read, requests) = duplex(1024);
    let (write, responses) = duplex(capacity);
    (Splicing::new(read, write), requests, responses)
}

/// What the client reads of messages that are all sent at once.
async fn written(messages: &[Message], capacity: usize) -> Vec<u8> {
    let (mut transport, _requests, mut responses) = connected(capacity);
    let mut sends = Vec::new();
    for message in messages {
        sends.push(transport.send(message.clone()));
    }
    let mut read = Vec::new();
    let send = async {
        for sent in join_all(sends).await {
            sent.unwrap();
        }
        assert!(transport.aside.lock().is_empty());
        transport.close().await.unwrap();
    };
    let (_, bytes) = tokio::join!(send, responses.read_to_end(&mut read));
    bytes.unwrap();
    read
}

fn assert_same(written: &[u8], expected: &[u8]) {
    let first = written.iter().zip(expected).position(|(a, b)| a != b);
    assert!(
        written == expected,
        "{} bytes instead of {}, first difference at {first:?}",
        written.len(),
        expected.len()
    );
}

fn all_shapes() -> Vec<Message> {
    let texts = [
        String::new(),
        "Grüße, 猫, \u{7f}, \u{7f}\u{7f}\"\\\n\u{1}\u{2028}".to_owned(),
        format!("{MARK_START}{}", "0123456789abcdef".repeat(2)),
        MARK_START.to_string().repeat(100),
        new_mark(),
    ];
    let mut content: Vec<_> = texts.iter().map(ContentBlock::text).collect();
    content.extend([
        picture(1),
        ContentBlock::text("between"),
        picture(2),
        picture(1),
    ]);
    content.push(ContentBlock::image("", "image/png"));
    content.push(ContentBlock::image("c21hbGw=", "image/png"));
    content.push(ContentBlock::image(
        texts[1].repeat(LARGE / 16),
        "image/png",
    ));
    content.push(ContentBlock::image("x\"".repeat(LARGE / 2), "image/png"));
    content.push(ContentBlock::Audio(AudioContent::new(
        base64(LARGE + 1, 3),
        "audio/wav",
    )));
    let blob = ResourceContents::blob(base64(LARGE + 2, 4), "sample://4");
    content.push(ContentBlock::resource(blob.clone()));
    let text = ResourceContents::text(base64(LARGE, 5), "sample://5");
    let prompt = PromptMessage::new(Role::User, picture(6));
    let result =
        json!({"content": [{"type": "image", "data": base64(LARGE, 7)}], "text": "\u{7f}"});
    let Value::Object(result) = result else {
        unreachable!()
    };
    vec![
        call(1, content),
        call(2, Vec::new()),
        answer(3, ReadResourceResult::new(vec![blob, text])),
        answer(4, GetPromptResult::new(vec![prompt])),
        answer(5, finished(result)),
        JsonRpcMessage::error(
            ErrorData::invalid_params("\u{7f}", None),
            Some(RequestId::Number(6)),
        ),
        call(7, vec![picture(8)]),
    ]
}

fn finished(result: JsonObject) -> GetTaskResult {
    GetTaskResult::new(DetailedTask::new(
        Task::default(),
        TaskPayload::Completed { result },
    ))
}

#[tokio::test]
async fn the_client_reads_exactly_the_json_of_each_message() {
    let messages = all_shapes();
    let expected = lines(&messages);
    for capacity in [1000, 4096, 1 << 20, 1 << 26] {
        assert_same(&written(&messages, capacity).await, &expected);
    }
}

#[tokio::test]
async fn a_reader_of_single_bytes_gets_whole_lines() {
    let messages = [
        call(1, vec![picture(1), ContentBlock::text("end")]),
        call(2, vec![ContentBlock::text("small")]),
    ];
    assert_same(&written(&messages, 1).await, &lines(&messages));
}

#[tokio::test]
async fn messages_keep_their_order_with_and_without_pictures() {
    let messages: Vec<_> = (0..40)
        .map(|id| match id % 3 {
            0 => call(id, vec![picture(id.unsigned_abs())]),
            _ => call(id, vec![ContentBlock::text("small")]),
        })
        .collect();
    assert_same(&written(&messages, 1000).await, &lines(&messages));
}

#[test]
fn large_base64_is_set_aside_and_nothing_else() {
    let aside = Aside::default();
    let with_quote = format!("{}\"aa", base64(LARGE, 1));
    for other in [
        base64(100, 1),
        "ü".repeat(LARGE),
        with_quote,
        "\n".repeat(LARGE),
    ] {
        let mut text = other.clone();
        aside.take(&mut text);
        assert_eq!(text, other);
    }
    assert!(aside.lock().is_empty());
    let mut text = base64(LARGE, 1);
    aside.take(&mut text);
    assert_eq!(text.len(), MARK_LENGTH);
    assert_eq!(aside.remove(text.as_bytes()).unwrap(), base64(LARGE, 1));
}

#[tokio::test]
async fn a_send_given_up_half_way_leaves_a_whole_line() {
    let (mut transport, _requests, mut responses) = connected(100);
    let messages = [
        call(1, vec![picture(1), picture(2)]),
        call(2, vec![picture(3)]),
    ];
    {
        let mut first = pin!(transport.send(messages[0].clone()));
        poll_fn(|context| {
            assert!(first.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }
    let mut read = Vec::new();
    let second = transport.send(messages[1].clone());
    let send = async {
        second.await.unwrap();
        transport.close().await.unwrap();
    };
    let (_, bytes) = tokio::join!(send, responses.read_to_end(&mut read));
    bytes.unwrap();
    assert_same(&read, &lines(&messages));
}

#[tokio::test]
async fn the_answer_to_a_malformed_message_waits_until_the_picture_is_through() {
    let (mut transport, mut requests, mut responses) = connected(100);
    requests.write_all(b"{\"foo\":\"bar\"}\n").await.unwrap();
    let message = call(1, vec![picture(1)]);
    let send = transport.send(message.clone());
    let mut expected = lines(&[message]);
    expected.extend(
        b"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,\"message\":\"Invalid request\"}}\n",
    );
    let mut read = vec![0; expected.len()];
    let client = async {
        responses.read_exact(&mut read).await.unwrap();
        drop(requests);
    };
    let (sent, received, ()) = tokio::join!(send, transport.receive(), client);
    sent.unwrap();
    assert!(received.is_none());
    assert_same(&read, &expected);
}

#[tokio::test]
async fn nothing_piles_up_for_a_client_that_reads_no_more() {
    let (mut transport, _requests, responses) = connected(100);
    drop(responses);
    for id in 0..3 {
        let sent = transport.send(call(id, vec![picture(1), picture(2)])).await;
        assert!(sent.is_err());
        assert!(transport.aside.lock().is_empty());
    }
}
