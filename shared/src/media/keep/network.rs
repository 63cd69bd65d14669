//! The same with a provider that delivers over the network.

use std::{fs, time::Duration};

use image::ImageFormat;
use jiff::SignedDuration;
use url::Url;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use super::super::samples::{decoded, encoded, facts, media_from, noise};
use super::*;

async fn provider() -> MockServer {
    let server = MockServer::start().await;
    let picture = encoded(noise(800, 400), ImageFormat::Jpeg);
    // Named and labelled wrongly, as happens.
    let answer = ResponseTemplate::new(200).set_body_raw(picture, "application/octet-stream");
    Mock::given(method("GET"))
        .and(path("/out.webp"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let mut video = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    video.resize(50_000, 0);
    Mock::given(method("GET"))
        .and(path("/film"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(video))
        .mount(&server)
        .await;
    server
}

fn at(server: &MockServer, path: &str) -> Source {
    Source::Url(Url::parse(&format!("{}{path}", server.uri())).unwrap())
}

async fn keep(media: &Media, sources: Vec<Source>) -> Answer {
    let facts = Facts {
        expires: Some(Timestamp::now() + SignedDuration::from_mins(50)),
        ..facts()
    };
    let progress = Progress::none();
    media.keep(&progress, sources, &facts).await
}

#[tokio::test]
async fn a_download_is_saved_with_its_address() {
    let server = provider().await;
    let dir = tempfile::tempdir().unwrap();
    let media = media_from(MediaMode::File, dir.path(), Some(&server.uri()));
    let answer = keep(&media, vec![at(&server, "/out.webp")]).await;
    let kept = &answer.kept[0];
    let content = fs::read(kept.path.as_ref().unwrap()).unwrap();
    assert_eq!(content, encoded(noise(800, 400), ImageFormat::Jpeg));
    assert_eq!(kept.mime_type, "image/jpeg");
    assert!(
        kept.path
            .as_ref()
            .unwrap()
            .ends_with("a-red-fox-23456789.jpg")
    );
    let saved = media.saved(1).await.unwrap().remove(0);
    assert_eq!(saved.url, kept.url);
    assert_eq!(saved.facts.expires, kept.expires);
}

#[tokio::test]
async fn a_link_is_the_providers_address_and_a_preview() {
    let server = provider().await;
    let dir = tempfile::tempdir().unwrap();
    let media = media_from(MediaMode::Link, dir.path(), Some(&server.uri()));
    let sources = vec![at(&server, "/out.webp"), at(&server, "/film")];
    let answer = keep(&media, sources).await;
    assert_eq!(answer.kept[0].reduced_to, Some((512, 256)));
    assert_eq!(answer.kept[0].pixels, Some((800, 400)));
    assert_eq!(answer.kept[1].mime_type, "video/mp4");
    assert_eq!(answer.kept[1].bytes, 50_000);
    let text = answer.to_text(Timestamp::now());
    assert!(text.contains("/out.webp (until "), "{text}");
    assert!(text.contains("min left)"), "{text}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn inline_is_every_byte_of_the_download() {
    let server = provider().await;
    let dir = tempfile::tempdir().unwrap();
    let media = media_from(MediaMode::Inline, dir.path(), Some(&server.uri()));
    let answer = keep(&media, vec![at(&server, "/out.webp")]).await;
    let (shown, mime_type) = answer.kept[0].shown.clone().unwrap();
    assert_eq!(mime_type, "image/jpeg");
    assert_eq!(decoded(&shown), encoded(noise(800, 400), ImageFormat::Jpeg));
}

#[tokio::test]
async fn an_output_that_is_gone_is_named_and_the_others_are_kept() {
    let server = provider().await;
    let dir = tempfile::tempdir().unwrap();
    let media = media_from(MediaMode::File, dir.path(), Some(&server.uri()));
    let sources = vec![at(&server, "/gone.png"), at(&server, "/out.webp")];
    let answer = keep(&media, sources).await;
    assert_eq!(answer.kept.len(), 1);
    assert!(answer.failure.is_none());
    let note = &answer.notes[0];
    assert!(note.contains("/gone.png (until "), "{note}");
    assert!(note.contains("no longer at the provider"), "{note}");

    let answer = keep(&media, vec![at(&server, "/gone.png")]).await;
    assert_eq!(answer.failure.as_ref().unwrap().kind(), "expired");
    let text = answer.to_text(Timestamp::now());
    assert!(
        text.contains("job0123456789") && text.contains("/gone.png"),
        "{text}"
    );
}

#[tokio::test]
async fn an_output_over_the_limit_leaves_its_address_and_names_the_limit() {
    let server = provider().await;
    let dir = tempfile::tempdir().unwrap();
    let mut media = media_from(MediaMode::File, dir.path(), Some(&server.uri()));
    std::sync::Arc::get_mut(&mut media.0).unwrap().limit_bytes = 1_000;
    let answer = keep(&media, vec![at(&server, "/film")]).await;
    assert_eq!(answer.failure.as_ref().unwrap().kind(), "too_large");
    let note = &answer.notes[0];
    assert!(note.contains("1,000 bytes"), "{note}");
    assert!(note.contains("`MCP_MEDIA_LIMIT`"), "{note}");
    assert!(note.contains("/film (until "), "{note}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_download_that_does_not_end_leaves_its_address_and_no_file() {
    let server = provider().await;
    let never = ResponseTemplate::new(200).set_delay(Duration::from_secs(600));
    Mock::given(path("/slow"))
        .respond_with(never)
        .mount(&server)
        .await;
    let dir = tempfile::tempdir().unwrap();
    let mut media = media_from(MediaMode::File, dir.path(), Some(&server.uri()));
    std::sync::Arc::get_mut(&mut media.0).unwrap().patience = Duration::from_millis(50);
    let answer = keep(&media, vec![at(&server, "/slow")]).await;
    assert_eq!(answer.failure.as_ref().unwrap().kind(), "timed_out");
    assert!(
        answer.notes[0].contains("/slow (until "),
        "{:?}",
        answer.notes
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn what_cannot_be_written_is_shown_small_and_linked() {
    let server = provider().await;
    let nowhere = Path::new("/dev/null/pictures");
    let media = media_from(MediaMode::File, nowhere, Some(&server.uri()));
    let answer = keep(&media, vec![at(&server, "/out.webp")]).await;
    let kept = &answer.kept[0];
    assert_eq!(
        (kept.path.is_some(), kept.reduced_to),
        (false, Some((512, 256)))
    );
    assert_eq!(kept.url.as_ref().unwrap().path(), "/out.webp");
    assert!(
        answer.notes[0].starts_with("nothing is saved"),
        "{:?}",
        answer.notes
    );
}
