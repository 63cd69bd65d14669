use serde_json::json;

use super::super::samples::{facts, noise, png};
use super::*;

fn label(index: usize) -> Label {
    Label {
        server: "sample-server 1.2.3".into(),
        url: Url::parse("https://files.example/out.webp").ok(),
        index,
        facts: facts(),
    }
}

fn keep(dir: &Path, content: &[u8], label: Label) -> (PathBuf, Saved) {
    let mut draft = Draft::begin(dir).unwrap();
    content
        .chunks(100)
        .for_each(|piece| draft.write(piece).unwrap());
    draft.keep(dir, label).unwrap()
}

fn names_in(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_and_its_story_are_kept_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    let content = png(noise(30, 20));
    let (path, saved) = keep(dir.path(), &content, label(0));

    // The type comes from the content, whatever the URL says.
    assert_eq!(
        names_in(dir.path()),
        ["a-red-fox-23456789.png", "a-red-fox-23456789.png.json"]
    );
    assert_eq!(fs::read(&path).unwrap(), content);
    let story: Value = serde_json::from_slice(&fs::read(sidecar(&path)).unwrap()).unwrap();
    assert_eq!(story["sha256"], sha256(&content));
    assert_eq!(story["bytes"], content.len());
    assert_eq!(story["pixels"], json!([30, 20]));
    assert_eq!(story["mime_type"], "image/png");
    assert_eq!(story["server"], "sample-server 1.2.3");
    assert_eq!(story["url"], "https://files.example/out.webp");
    assert_eq!(story["prompt"], "A red fox");
    assert_eq!(story["job_id"], "job0123456789");
    assert_eq!(story["cost_usd"], 0.025);
    assert_eq!(story["seed"], 7);
    assert_eq!(serde_json::from_value::<Saved>(story).unwrap(), saved);
}

#[test]
fn a_story_holds_neither_files_nor_secrets() {
    secrets::register(&"hush-hush-key-in-a-sidecar".into());
    let dir = tempfile::tempdir().unwrap();
    let mut label = label(0);
    label.facts.prompt = Some("say hush-hush-key-in-a-sidecar".into());
    let parameters = &mut label.facts.parameters;
    parameters.insert("header".into(), "Bearer hush-hush-key-in-a-sidecar".into());
    parameters.insert("nested".into(), json!({"mask": "data:,abc"}));
    parameters.insert("book".into(), "x".repeat(9_000).into());
    label.facts = presentable(label.facts);
    let (path, _) = keep(dir.path(), b"x", label);

    assert!(path.ends_with("say-redacted-23456789.txt"), "{path:?}");
    let story = fs::read_to_string(sidecar(&path)).unwrap();
    assert!(
        !story.contains("hush-hush") && !story.contains("AAAA"),
        "{story}"
    );
    let story: Value = serde_json::from_str(&story).unwrap();
    assert_eq!(
        story["parameters"]["images"][0],
        "data:image/png (123,456 bytes)"
    );
    assert_eq!(story["parameters"]["nested"]["mask"], "data: (3 bytes)");
    assert_eq!(
        story["parameters"]["book"]
            .as_str()
            .unwrap()
            .chars()
            .count(),
        4_001
    );
    assert_eq!(story["parameters"]["aspect_ratio"], "4:5");
}

#[test]
fn nothing_has_a_final_name_before_it_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let mut draft = Draft::begin(dir.path()).unwrap();
    draft.write(b"half of").unwrap();
    let names = names_in(dir.path());
    assert!(names.len() == 1 && names[0].starts_with(".mcp-") && names[0].ends_with(".part"));
    drop(draft);
    assert!(names_in(dir.path()).is_empty());
}

#[test]
fn a_name_that_is_taken_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let taken = dir.path().join("a-red-fox-23456789.txt");
    fs::write(&taken, "somebody else's").unwrap();
    let (first, _) = keep(dir.path(), b"one", label(0));
    let (again, _) = keep(dir.path(), b"one", label(0));
    let (other, _) = keep(dir.path(), b"two", label(0));
    assert_eq!(fs::read(&taken).unwrap(), b"somebody else's");
    assert_eq!(first, again, "the same content is not kept twice");
    assert!(first != other && first != taken && other != taken);
    assert_eq!(fs::read(&other).unwrap(), b"two");
}

#[test]
fn a_job_kept_again_reuses_its_files_and_no_others() {
    let dir = tempfile::tempdir().unwrap();
    let (path, first) = keep(dir.path(), b"one", label(0));
    let mut later = label(0);
    later.url = Url::parse("https://files.example/elsewhere.webp").ok();
    let (again, second) = keep(dir.path(), b"one", later.clone());
    assert_eq!((&again, second.created), (&path, first.created));
    assert_eq!(second.url, later.url, "the newer address counts");
    assert_eq!(names_in(dir.path()).len(), 2);

    // The same name, since names have the end of the id only.
    let mut other = label(0);
    other.facts.job_id = format!("other-{}", other.facts.job_id);
    let (beside, third) = keep(dir.path(), b"one", other.clone());
    assert_ne!(beside, path);
    assert_eq!(third.facts.job_id, other.facts.job_id);
    assert_eq!(story(&path).unwrap(), second);
    assert_eq!(keep(dir.path(), b"one", other).0, beside);
}

#[test]
fn many_writers_of_one_name_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|number| {
                let dir = dir.path();
                scope.spawn(move || keep(dir, format!("text {number}").as_bytes(), label(0)).0)
            })
            .collect();
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    });
    for (number, path) in paths.iter().enumerate() {
        assert_eq!(fs::read_to_string(path).unwrap(), format!("text {number}"));
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_an_error_only_when_it_was_asked_for() {
    let impossible = Path::new("/dev/null/pictures");
    let error = choose(impossible, true).unwrap_err();
    assert_eq!(error.kind(), "storage");
    assert!(error.to_text().contains("/dev/null/pictures"), "{error}");

    let place = choose(impossible, false).unwrap();
    assert!(
        place
            .notice
            .unwrap()
            .contains(&place.dir.display().to_string())
    );
    try_writing(&place.dir).unwrap();
    fs::remove_dir(&place.dir).unwrap();
}

#[test]
fn a_directory_is_made_and_looking_leaves_nothing_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let new = dir.path().join("a/b");
    assert!(choose(&new, true).unwrap().notice.is_none());
    assert!(names_in(&new).is_empty());
}
