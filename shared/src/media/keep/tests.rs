use std::fs;

use image::{ImageFormat, Rgba, RgbaImage};
use rmcp::{
    handler::server::tool::IntoCallToolResult as _,
    model::{CallToolResponse, CallToolResult, ContentBlock},
};

use super::super::samples::{data, decoded, encoded, facts, media, noise, png};
use super::*;

const MIB: usize = 1024 * 1024;
/// No reader could write there, not even root.
const NOWHERE: &str = "/dev/null/pictures";

async fn keep(media: &Media, sources: Vec<Source>) -> Answer {
    let progress = Progress::none();
    media.keep(&progress, sources, &facts()).await
}

fn result(answer: Answer) -> CallToolResult {
    match answer.into_call_tool_result().unwrap() {
        CallToolResponse::Complete(result) => result,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_picture_is_saved_shown_small_and_linked() {
    let dir = tempfile::tempdir().unwrap();
    let content = encoded(noise(1200, 600), ImageFormat::Jpeg);
    let media = media(MediaMode::File, dir.path());
    let answer = keep(&media, vec![data(&content)]).await;

    assert!(
        answer.notes.is_empty() && answer.failure.is_none(),
        "{answer:?}"
    );
    let kept = &answer.kept[0];
    let path = kept.path.as_ref().unwrap();
    assert_eq!(path, &dir.path().join("a-red-fox-23456789.jpg"));
    assert_eq!(fs::read(path).unwrap(), content);
    assert_eq!(kept.pixels, Some((1200, 600)));
    assert_eq!(kept.reduced_to, Some((512, 256)));
    assert_eq!(kept.bytes, content.len() as u64);
    assert_eq!(kept.uri, Some(format!("sample://media/{}", kept.sha256)));
    assert_eq!(kept.sha256, save::sha256(&content));
}

#[tokio::test]
async fn what_was_sent_along_is_not_in_the_story() {
    let dir = tempfile::tempdir().unwrap();
    let media = media(MediaMode::File, dir.path());
    let answer = keep(&media, vec![data(b"text")]).await;
    let story = save::sidecar(answer.kept[0].path.as_ref().unwrap());
    let story = fs::read_to_string(story).unwrap();
    assert!(story.contains("data:image/png (123,456 bytes)"), "{story}");
    assert!(!story.contains("AAAA"));
}

#[tokio::test]
async fn four_noisy_pictures_make_a_result_under_a_mebibyte() {
    let dir = tempfile::tempdir().unwrap();
    let content = png(noise(700, 700));
    let media = media(MediaMode::File, dir.path());
    let answer = keep(&media, vec![data(&content); 4]).await;
    let names: Vec<_> = answer
        .kept
        .iter()
        .map(|kept| kept.path.clone().unwrap())
        .collect();
    assert!(names[0].ends_with("a-red-fox-23456789.png"), "{names:?}");
    assert!(names[3].ends_with("a-red-fox-23456789-4.png"), "{names:?}");

    let result = result(answer);
    let pictures = result.content.iter().filter_map(ContentBlock::as_image);
    assert_eq!(pictures.count(), 4);
    assert!(serde_json::to_string(&result).unwrap().len() < MIB);
}

#[tokio::test]
async fn an_output_that_cannot_be_read_costs_only_itself() {
    let dir = tempfile::tempdir().unwrap();
    let broken = Source::Data("data:image/png;base64,%%%".into());
    let good = data(b"some text");
    let media = media(MediaMode::File, dir.path());
    let answer = keep(&media, vec![broken.clone(), good]).await;
    assert_eq!(answer.kept.len(), 1);
    assert!(answer.failure.is_none());
    assert!(
        answer.notes[0].starts_with("output 1 could not be read"),
        "{:?}",
        answer.notes
    );

    let result = result(keep(&media, vec![broken]).await);
    assert_eq!(result.is_error, Some(true));
    let text = &result.content[0].as_text().unwrap().text;
    assert!(
        text.contains("job0123456789") && text.contains("do not start it again"),
        "{text}"
    );
}

#[tokio::test]
async fn a_picture_nobody_can_decode_is_kept_without_a_preview() {
    let dir = tempfile::tempdir().unwrap();
    let mut content = png(noise(100, 100));
    content.truncate(900);
    let answer = keep(&media(MediaMode::File, dir.path()), vec![data(&content)]).await;
    assert!(answer.kept[0].path.as_ref().unwrap().is_file());
    assert!(answer.kept[0].shown.is_none());
    assert!(
        answer.notes[0].starts_with("no preview"),
        "{:?}",
        answer.notes
    );
}

#[tokio::test]
async fn a_directory_asked_for_in_vain_is_said_before_anything_is_paid() {
    let vain = media(MediaMode::File, Path::new(NOWHERE));
    assert_eq!(vain.ready().await.unwrap_err().kind(), "storage");
    let dir = tempfile::tempdir().unwrap();
    let good = media(MediaMode::File, dir.path());
    good.ready().await.unwrap();
    for mode in [MediaMode::Link, MediaMode::Inline] {
        media(mode, Path::new(NOWHERE)).ready().await.unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_saved_after_all_is_shown_in_full() {
    let dir = tempfile::tempdir().unwrap();
    let gone = dir.path().join("pictures");
    let media = media(MediaMode::File, &gone);
    media.ready().await.unwrap();
    fs::remove_dir(&gone).unwrap();
    fs::write(&gone, "a file in its place").unwrap();

    let content = png(noise(600, 600));
    let answer = keep(&media, vec![data(&content)]).await;
    let kept = &answer.kept[0];
    assert!(kept.path.is_none() && kept.uri.is_none());
    assert_eq!(decoded(&kept.shown.as_ref().unwrap().0), content);
    assert!(
        answer.notes[0].contains("could not be saved"),
        "{:?}",
        answer.notes
    );
}

#[tokio::test]
async fn a_directory_that_was_tidied_away_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let pictures = dir.path().join("pictures");
    let media = media(MediaMode::File, &pictures);
    media.ready().await.unwrap();
    fs::remove_dir(&pictures).unwrap();
    let answer = keep(&media, vec![data(b"text")]).await;
    assert!(answer.kept[0].path.as_ref().unwrap().is_file());
}

#[tokio::test]
async fn inline_is_the_original_and_nothing_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let media = media(MediaMode::Inline, dir.path());
    let veil = RgbaImage::from_pixel(900, 300, Rgba([1, 2, 3, 4]));
    for picture in [png(veil), encoded(noise(900, 300), ImageFormat::WebP)] {
        let answer = keep(&media, vec![data(&picture)]).await;
        let kept = &answer.kept[0];
        assert_eq!(decoded(&kept.shown.as_ref().unwrap().0), picture);
        assert_eq!(kept.pixels, Some((900, 300)));
        assert_eq!(kept.bytes, picture.len() as u64);
        assert_eq!(
            (&kept.path, &kept.uri, kept.reduced_to),
            (&None, &None, None)
        );
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn sound_is_heard_where_it_is_short_or_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let sound = |length: usize| {
        let mut content = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        content.resize(length, 7);
        vec![data(&content)]
    };
    let file = media(MediaMode::File, dir.path());
    let short = keep(&file, sound(1000)).await;
    assert_eq!(short.kept[0].shown.as_ref().unwrap().1, "audio/wav");
    let long = keep(&file, sound(300 * 1024)).await;
    assert!(long.kept[0].shown.is_none() && long.kept[0].path.is_some());
    let inline = keep(&media(MediaMode::Inline, dir.path()), sound(300 * 1024)).await;
    assert!(inline.kept[0].shown.is_some());
}

#[tokio::test]
async fn video_is_saved_and_never_shown() {
    let video = data(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom");
    let dir = tempfile::tempdir().unwrap();
    let answer = keep(&media(MediaMode::File, dir.path()), vec![video.clone()]).await;
    assert_eq!(answer.kept[0].mime_type, "video/mp4");
    assert!(answer.kept[0].shown.is_none() && answer.kept[0].path.is_some());
    let answer = keep(&media(MediaMode::Inline, dir.path()), vec![video]).await;
    assert!(answer.kept[0].shown.is_none());
    assert!(
        answer.notes[0].contains("MCP_MEDIA=file"),
        "{:?}",
        answer.notes
    );
}

#[tokio::test]
async fn the_seventeenth_output_is_counted_and_not_fetched() {
    let dir = tempfile::tempdir().unwrap();
    let mut sources = vec![data(b"text"); 16];
    let further = url::Url::parse("https://files.example/17").unwrap();
    sources.push(Source::Url(further));
    let answer = keep(&media(MediaMode::File, dir.path()), sources).await;
    assert_eq!(answer.kept.len(), 16);
    assert_eq!(
        answer.notes,
        ["1 more outputs were not fetched: https://files.example/17"]
    );
}
