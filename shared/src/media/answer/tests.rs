use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn kept() -> Kept {
    Kept {
        path: Some("/pictures/a-red-fox-23456789.webp".into()),
        url: Url::parse("https://files.example/x/out-0.webp").ok(),
        expires: Some(at("2026-01-01T13:42:00Z")),
        mime_type: "image/webp".into(),
        bytes: 123_456,
        pixels: Some((1024, 1280)),
        sha256: "feed".into(),
        uri: Some("sample://media/feed".into()),
        title: Some("A red fox".into()),
        shown: Some(("QUJD".into(), "image/jpeg")),
        reduced_to: Some((410, 512)),
    }
}

fn answer(kept: Vec<Kept>) -> Answer {
    Answer {
        headline: "1 picture by great-model.".into(),
        kept,
        ..Answer::default()
    }
}

fn result(answer: Answer) -> CallToolResult {
    match answer.into_call_tool_result().unwrap() {
        CallToolResponse::Complete(result) => result,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_text_tells_where_it_is_what_it_is_and_how_long() {
    let mut answer = answer(vec![kept()]);
    answer.notes.push("fewer than asked".into());
    assert_eq!(
        answer.to_text(at("2026-01-01T12:45:00Z")),
        "1 picture by great-model.\n\
         /pictures/a-red-fox-23456789.webp (1024x1280, image/webp, 123,456 bytes, preview: 410x512)\n\
         https://files.example/x/out-0.webp (until 13:42 UTC, 57 min left)\n\
         Note: fewer than asked"
    );
}

#[test]
fn an_address_that_has_run_out_is_not_told() {
    let text = answer(vec![kept()]).to_text(at("2026-01-01T13:42:00Z"));
    assert!(!text.contains("https://"), "{text}");
}

#[test]
fn what_lives_longer_has_a_date() {
    let until = until(at("2026-01-09T13:42:00Z"), at("2026-01-01T13:00:00Z"));
    assert_eq!(until, "until 2026-01-09 13:42 UTC");
}

#[test]
fn several_outputs_are_numbered() {
    let text = answer(vec![kept(), kept()]).to_text(at("2026-01-01T12:45:00Z"));
    assert!(
        text.contains("\n1. /pictures") && text.contains("\n2. /pictures"),
        "{text}"
    );
}

#[test]
fn blocks_are_text_then_pictures_then_links_and_never_structured() {
    let mut sound = kept();
    sound.shown = Some(("QUJD".into(), "audio/wav"));
    let result = result(answer(vec![kept(), sound]));
    assert!(result.structured_content.is_none());
    assert_ne!(result.is_error, Some(true));
    let [
        ContentBlock::Text(_),
        ContentBlock::Image(picture),
        ContentBlock::Audio(sound),
        ContentBlock::ResourceLink(link),
        ContentBlock::ResourceLink(_),
    ] = &result.content[..]
    else {
        panic!("{:?}", result.content);
    };
    assert_eq!(
        (&*picture.data, &*picture.mime_type),
        ("QUJD", "image/jpeg")
    );
    assert_eq!(sound.mime_type, "audio/wav");
    assert_eq!(link.uri, "sample://media/feed");
    assert_eq!(link.name, "a-red-fox-23456789.webp");
    assert_eq!(link.title.as_deref(), Some("A red fox"));
    assert_eq!(link.mime_type.as_deref(), Some("image/webp"));
    assert_eq!(link.size, Some(123_456));
}

#[test]
fn what_is_not_saved_is_linked_at_the_provider() {
    let mut kept = kept();
    (kept.path, kept.uri) = (None, None);
    let result = result(answer(vec![kept]));
    let Some(ContentBlock::ResourceLink(link)) = result.content.last() else {
        panic!("{:?}", result.content);
    };
    assert_eq!(link.uri, "https://files.example/x/out-0.webp");
    assert_eq!(link.name, "out-0.webp");
}

#[test]
fn an_answer_without_any_output_is_a_failure_of_its_kind() {
    let mut answer = answer(Vec::new());
    answer.failure = Some(Error::Expired { what: "it".into() });
    let result = result(answer);
    assert_eq!(result.is_error, Some(true));
    assert_eq!(result.meta.unwrap()[KIND_META], "expired");
}
