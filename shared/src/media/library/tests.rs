use std::{fs, path::Path};

use jiff::{SignedDuration, Timestamp};

use super::super::{
    Facts, Source,
    samples::{data, facts, media, noise, png},
};
use super::*;
use crate::job::Progress;

async fn keep(media: &Media, sources: Vec<Source>, facts: &Facts) -> Answer {
    let progress = Progress::none();
    media.keep(&progress, sources, facts).await
}

fn paths(answer: &Answer) -> Vec<PathBuf> {
    let paths = answer.kept.iter().map(|kept| kept.path.clone().unwrap());
    paths.collect()
}

#[tokio::test]
async fn asking_again_gives_the_same_answer_from_disk() {
    let dir = tempfile::tempdir().unwrap();
    let media = media(MediaMode::File, dir.path());
    let sources = vec![data(&png(noise(700, 350))), data(b"some text")];
    let first = keep(&media, sources, &facts()).await;
    let again = media.again(&paths(&first)).await.unwrap();
    assert_eq!(format!("{again:?}"), format!("{first:?}"));
    assert!(again.kept[0].shown.is_some());

    fs::remove_file(&paths(&first)[1]).unwrap();
    assert!(media.again(&paths(&first)).await.is_none());
    assert!(media.again(&[]).await.is_none());
}

#[tokio::test]
async fn a_saved_file_is_found_by_its_hash_and_only_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let media = media(MediaMode::File, dir.path());
    let answer = keep(&media, vec![data(b"precious")], &facts()).await;
    let sha256 = answer.kept[0].sha256.clone();

    let (saved, content) = media.open(&sha256).await.unwrap();
    assert_eq!((&saved.sha256, &content[..]), (&sha256, &b"precious"[..]));
    assert_eq!(saved.facts.seed, facts().seed);
    assert!(media.open(&sha256.to_uppercase()).await.is_ok());

    fs::write(&paths(&answer)[0], "tampered").unwrap();
    let error = media.open(&sha256).await.unwrap_err();
    assert_eq!(error.kind(), "not_found");
    assert!(
        error.to_text().contains("`sample://media`"),
        "{}",
        error.to_text()
    );
}

#[tokio::test]
async fn only_a_hash_opens_anything() {
    let dir = tempfile::tempdir().unwrap();
    let media = media(MediaMode::File, dir.path());
    keep(&media, vec![data(b"precious")], &facts()).await;
    for path in [
        "../../etc/passwd",
        "",
        "a-red-fox-23456789.txt",
        &"0".repeat(64),
        &"\u{e9}".repeat(32),
    ] {
        assert_eq!(
            media.open(path).await.unwrap_err().kind(),
            "not_found",
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_sidecar_speaks_for_its_neighbour_only() {
    let dir = tempfile::tempdir().unwrap();
    let pictures = dir.path().join("pictures");
    let secret = dir.path().join("secret.txt");
    fs::create_dir(&pictures).unwrap();
    fs::write(&secret, "secret").unwrap();
    let media = media(MediaMode::File, &pictures);
    let answer = keep(&media, vec![data(b"public")], &facts()).await;
    let sidecar = save::sidecar(&paths(&answer)[0]);
    let mut story: serde_json::Value =
        serde_json::from_slice(&fs::read(&sidecar).unwrap()).unwrap();
    story["file"] = "../secret.txt".into();
    story["sha256"] = save::sha256(b"secret").into();
    fs::write(&sidecar, story.to_string()).unwrap();
    assert!(media.open(&save::sha256(b"secret")).await.is_err());
    assert!(media.saved(9).await.unwrap().is_empty());

    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&secret, pictures.join("link.txt")).unwrap();
        story["file"] = "link.txt".into();
        fs::write(pictures.join("link.txt.json"), story.to_string()).unwrap();
        assert!(media.open(&save::sha256(b"secret")).await.is_err());
    }
}

/// Make a saved file look as if it had been made so many hours ago, by this server.
fn rewrite(path: &Path, hours: i64, server: &str) {
    let sidecar = save::sidecar(path);
    let mut saved: Saved = serde_json::from_slice(&fs::read(&sidecar).unwrap()).unwrap();
    saved.created = Timestamp::now() - SignedDuration::from_hours(hours);
    saved.server = server.into();
    fs::write(sidecar, serde_json::to_vec(&saved).unwrap()).unwrap();
}

#[tokio::test]
async fn the_list_is_the_newest_first_and_no_longer_than_asked() {
    let dir = tempfile::tempdir().unwrap();
    let media = media(MediaMode::File, dir.path());
    let texts = [data(b"a"), data(b"b"), data(b"c"), data(b"d")];
    let answer = keep(&media, texts.to_vec(), &facts()).await;
    for (path, hours) in paths(&answer).iter().zip([2, 1, 3, 0]) {
        rewrite(path, hours, "sample-server 9.9.9");
    }
    rewrite(&paths(&answer)[3], 0, "another-server 9.9.9");
    fs::write(dir.path().join("notes.json"), "{}").unwrap();

    let listed: Vec<String> = media
        .saved(2)
        .await
        .unwrap()
        .into_iter()
        .map(|saved| saved.file)
        .collect();
    assert_eq!(
        listed,
        ["a-red-fox-23456789-2.txt", "a-red-fox-23456789.txt"]
    );
    assert_eq!(media.saved(100).await.unwrap().len(), 3);
}

#[tokio::test]
async fn the_resources_are_the_list_and_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let media = media(MediaMode::File, dir.path());
    let content = png(noise(30, 20));
    let answer = keep(&media, vec![data(&content)], &facts()).await;
    let uri = answer.kept[0].uri.clone().unwrap();

    let list = media.resource("sample://media").await.unwrap().unwrap();
    let Body::Text(text) = list.body else {
        panic!()
    };
    let items: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(items[0]["uri"], uri);
    assert_eq!(items[0]["prompt"], "A red fox");
    let file = media.resource(&uri).await.unwrap().unwrap();
    assert_eq!(
        (&*file.mime_type, file.body),
        ("image/png", Body::Bytes(content))
    );
    assert!(media.resource("sample://models").await.unwrap().is_none());
    assert!(
        media
            .resource("sample://mediaeval")
            .await
            .unwrap()
            .is_none()
    );
    assert!(media.resource("sample://media/nothing").await.is_err());
}

#[tokio::test]
async fn where_nothing_is_saved_nothing_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let file = media(MediaMode::File, dir.path());
    let answer = keep(&file, vec![data(b"text")], &facts()).await;
    let link = media(MediaMode::Link, dir.path());
    assert!(link.saved(9).await.unwrap().is_empty());
    assert!(link.open(&answer.kept[0].sha256).await.is_err());
    assert!(link.again(&paths(&answer)).await.is_none());
}
