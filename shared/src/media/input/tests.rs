use std::path::Path;

use tempfile::TempDir;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use super::*;
use crate::{config::Env, http::Hosts};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n-and-more";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0-and-more";
const PNG_URI: &str = "data:image/png;base64,iVBORw0KGgotYW5kLW1vcmU=";

/// Two directories that are open, and one that is not.
struct Place {
    _root: TempDir,
    first: PathBuf,
    second: PathBuf,
    closed: PathBuf,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = |name: &str| {
            let dir = root.path().join(name);
            std::fs::create_dir(&dir).unwrap();
            dir
        };
        let place = Self {
            first: dir("first"),
            second: dir("second"),
            closed: dir("first-and-not"),
            _root: root,
        };
        std::fs::write(place.first.join("fox.png"), PNG).unwrap();
        std::fs::write(place.second.join("owl.png"), JPEG).unwrap();
        std::fs::write(place.closed.join("secret.png"), PNG).unwrap();
        place
    }

    fn settings(&self) -> Settings {
        let mut settings = Settings::defaults();
        settings.input_dirs = vec![self.first.clone(), self.second.clone()];
        settings.media_limit = 1;
        settings
    }

    fn inputs(&self) -> Inputs {
        inputs(&self.settings(), None)
    }
}

fn inputs(settings: &Settings, base: Option<&str>) -> Inputs {
    let client = Client::new(&Env::default(), settings).unwrap();
    let hosts = Hosts {
        provider: "Example",
        names: &["files.example.com"],
        base: base.map(|base| base.parse().unwrap()),
    };
    let media = Media::new("things", settings, &client, hosts);
    Inputs::new(&media, &client, settings)
}

async fn refused(inputs: &Inputs, value: &str) -> String {
    match inputs.read("image", value).await {
        Err(Error::InvalidInput { field, reason }) if field == "image" => reason,
        other => panic!("{value}: {other:?}"),
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn a_path_is_found_in_any_open_directory() {
    let place = Place::new();
    let inputs = place.inputs();
    let absolute = place.first.join("fox.png");
    let url = format!("file://{}", absolute.display());
    for value in [
        "fox.png",
        "./fox.png",
        " fox.png\n",
        "../first/fox.png",
        text(&absolute),
        &url,
    ] {
        let file = inputs.read("image", value).await.unwrap();
        assert_eq!(file.bytes, PNG, "{value}");
        assert_eq!(
            (file.mime_type, file.name.as_str()),
            ("image/png", "fox.png")
        );
    }
}

#[tokio::test]
async fn the_type_and_the_ending_come_from_the_content() {
    let place = Place::new();
    let file = place.inputs().read("image", "owl.png").await.unwrap();
    assert_eq!(
        (file.mime_type, file.name.as_str()),
        ("image/jpeg", "owl.jpg")
    );
}

#[tokio::test]
async fn a_path_cannot_leave_the_open_directories() {
    let place = Place::new();
    let inputs = place.inputs();
    let secret = place.closed.join("secret.png");
    let around = place.first.join("../first-and-not/secret.png");
    let missing = place.closed.join("missing.png");
    let values = [
        text(&secret),
        text(&around),
        // What is not there is refused in the same words, so that nobody learns what is.
        text(&missing),
        "../first-and-not/secret.png",
        "../first-and-not/missing.png",
        "/etc/passwd",
        "/etc/missing",
        "../../../../../../../../etc/passwd",
        "~/.ssh/id_rsa",
        "file:///etc/passwd",
    ];
    for value in values {
        let reason = refused(&inputs, value).await;
        assert!(
            reason.starts_with("only files inside `"),
            "{value}: {reason}"
        );
        assert!(reason.contains("`MCP_INPUT_DIRS`"), "{value}: {reason}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_out_of_the_open_directories_is_refused() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    symlink(
        place.closed.join("secret.png"),
        place.first.join("file.png"),
    )
    .unwrap();
    symlink(&place.closed, place.first.join("dir")).unwrap();
    symlink(place.second.join("owl.png"), place.first.join("inside.png")).unwrap();
    let inputs = place.inputs();
    for value in ["file.png", "dir/secret.png", "dir/missing.png"] {
        let reason = refused(&inputs, value).await;
        assert!(
            reason.starts_with("only files inside `"),
            "{value}: {reason}"
        );
    }
    assert!(inputs.read("image", "inside.png").await.is_ok());
}

// Elsewhere there is no call that makes a pipe without C.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_is_no_regular_file_is_refused_without_waiting() {
    let place = Place::new();
    let dev = Path::new("/dev");
    let pipe = place.first.join("pipe.png");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).unwrap();
    let mut settings = place.settings();
    settings.input_dirs.push(dev.into());
    let inputs = inputs(&settings, None);
    for value in ["pipe.png", "/dev/zero"] {
        let reason = refused(&inputs, value).await;
        assert_eq!(reason, "it is no regular file", "{value}");
    }
    let reason = refused(&inputs, ".").await;
    assert!(reason.contains("directory"), "{reason}");
}

#[tokio::test]
async fn a_missing_file_is_answered_with_names_that_are_alike() {
    let place = Place::new();
    for name in ["fox-1.png", "fox-2.png", "fox-3.png", "zebra.txt"] {
        std::fs::write(place.first.join(name), PNG).unwrap();
    }
    let inputs = place.inputs();
    let reason = refused(&inputs, "Fxo.png").await;
    assert!(reason.contains("did you mean `fox.png` or `"), "{reason}");
    assert!(!reason.contains("zebra"), "{reason}");
    assert_eq!(reason.matches('`').count(), 6, "{reason}");
    let reason = refused(&inputs, "OWL.jpg").await;
    assert!(reason.contains("`owl.png`"), "{reason}");
    let reason = refused(&inputs, "qqq").await;
    assert!(
        reason.starts_with("no such file was found in `"),
        "{reason}"
    );
}

#[tokio::test]
async fn without_directories_of_its_own_the_output_directory_is_open() {
    let place = Place::new();
    let mut settings = place.settings();
    settings.input_dirs.clear();
    settings.output_dir = Some(place.second.clone());
    let inputs = inputs(&settings, None);
    assert!(inputs.read("image", "owl.png").await.is_ok());
    refused(&inputs, text(&place.first.join("fox.png"))).await;
}

#[tokio::test]
async fn over_http_paths_are_refused_unless_a_directory_was_opened() {
    let place = Place::new();
    let mut settings = place.settings();
    settings.over_http = true;
    let opened = inputs(&settings, None);
    assert!(opened.read("image", "fox.png").await.is_ok());
    let reason = refused(&opened, "/etc/passwd").await;
    assert!(!reason.contains(text(&place.first)), "{reason}");

    settings.input_dirs.clear();
    settings.output_dir = Some(place.first.clone());
    let closed = inputs(&settings, None);
    for value in ["fox.png", text(&place.first.join("fox.png")), "/etc/passwd"] {
        let reason = refused(&closed, value).await;
        assert!(reason.contains("the server's machine"), "{reason}");
        assert!(reason.contains("https:// URL or a data: URI"), "{reason}");
    }
    let reason = refused(&closed, "").await;
    assert!(!reason.contains("a path"), "{reason}");
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused() {
    let place = Place::new();
    let mut large = vec![0; 1024 * 1024 + 1];
    large[..PNG.len()].copy_from_slice(PNG);
    std::fs::write(place.first.join("large.png"), &large).unwrap();
    let inputs = place.inputs();
    let uri = format!(
        "data:;base64,{}",
        base64_simd::STANDARD.encode_to_string(&large)
    );
    for value in ["large.png", &uri] {
        let reason = refused(&inputs, value).await;
        assert!(reason.contains("larger than 1 MiB"), "{reason}");
    }
    std::fs::write(place.first.join("large.png"), &large[1..]).unwrap();
    let reason = refused(&inputs, "large.png").await;
    assert!(!reason.contains("larger"), "{reason}");
}

#[tokio::test]
async fn a_data_uri_is_decoded_and_looked_at() {
    let inputs = Place::new().inputs();
    let encoded = "data:,%89PNG%0D%0A%1A%0A-and-more";
    let spaced = "DATA:image/png;charset=x;BASE64, iVBORw0KGgot\nYW5kLW1vcmU";
    let wrong = "data:text/plain;base64,iVBORw0KGgotYW5kLW1vcmU%3D";
    for value in [PNG_URI, encoded, spaced, wrong] {
        let file = inputs.read("image", value).await.unwrap();
        assert_eq!(file.bytes, PNG, "{value}");
        assert_eq!(
            (file.mime_type, file.name.as_str()),
            ("image/png", "input.png")
        );
    }
}

#[tokio::test]
async fn a_file_becomes_a_data_uri_of_its_real_type() {
    let place = Place::new();
    let inputs = place.inputs();
    let file = inputs.read("image", "fox.png").await.unwrap();
    assert_eq!(file.data_uri(), PNG_URI);
    assert!(!format!("{file:?}").contains("more"));
}

#[tokio::test]
async fn what_is_no_media_is_refused_with_what_it_looks_like() {
    let inputs = Place::new().inputs();
    let program = format!("data:image/png,%7FELF%02%01{}", "%00".repeat(60));
    for (value, like) in [
        ("data:,", "the file is empty"),
        (
            "data:image/png,%3C!DOCTYPE%20html%3E%3Chtml%3E",
            "an HTML page",
        ),
        ("data:image/png,PRIVATE KEY", "is text"),
        ("data:image/png,%EF%BF%BDtext%C3", "is text"),
        ("data:image/png,%01%02%FF%FE", "of no type"),
        ("data:image/png,%01%02%00", "of no type"),
        (&program, "executable"),
        ("data:image/png;base64,#", "not base64"),
        ("data:image/png;base64", "comma"),
    ] {
        let reason = refused(&inputs, value).await;
        assert!(reason.contains(like), "{value}: {reason}");
    }
}

#[tokio::test]
async fn what_is_neither_path_nor_url_is_refused_with_what_is_accepted() {
    let inputs = Place::new().inputs();
    let long = "iVBORw0KGgo".repeat(1000);
    for value in [
        "",
        "  ",
        "a\0b",
        &long,
        "http://files.example.com/x.png",
        "ftp://example.com/x.png",
        "https://",
        "things://media/short",
        "things://other/0123",
        "file://elsewhere/etc/passwd",
    ] {
        let reason = refused(&inputs, value).await;
        for form in [
            "a path inside `",
            "https:// URL",
            "data: URI",
            "things://media/<sha256>",
        ] {
            assert!(reason.contains(form), "{value}: {reason}");
        }
    }
}

#[tokio::test]
async fn a_url_at_a_private_place_is_refused_for_its_field() {
    let inputs = Place::new().inputs();
    for value in [
        "https://2130706433/",
        "https://localhost/",
        "https://[::ffff:10.0.0.1]/",
    ] {
        let reason = refused(&inputs, value).await;
        assert!(reason.contains("not on the public internet"), "{reason}");
    }
}

async fn output(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

#[tokio::test]
async fn an_output_of_the_provider_can_go_in_again() {
    let answer = ResponseTemplate::new(200).set_body_raw(PNG, "text/plain");
    let server = output(answer).await;
    let inputs = inputs(&Place::new().settings(), Some(&server.uri()));
    let url = format!("{}/outputs/red%20fox.webp?signature=x", server.uri());
    let file = inputs.read("image", &url).await.unwrap();
    assert_eq!(file.bytes, PNG);
    assert_eq!(
        (file.mime_type, file.name.as_str()),
        ("image/png", "red-fox.png")
    );
}

#[tokio::test]
async fn an_output_that_the_provider_deleted_says_so() {
    let server = output(ResponseTemplate::new(404)).await;
    let inputs = inputs(&Place::new().settings(), Some(&server.uri()));
    let url = format!("{}/outputs/1.png", server.uri());
    let error = inputs.read("image", &url).await.unwrap_err();
    assert!(matches!(error, Error::Expired { .. }), "{error}");
}

#[tokio::test]
async fn a_url_over_the_limit_is_refused_for_its_field() {
    let answer = ResponseTemplate::new(200).set_body_bytes(vec![0; 1024 * 1024 + 1]);
    let server = output(answer).await;
    let inputs = inputs(&Place::new().settings(), Some(&server.uri()));
    let reason = refused(&inputs, &format!("{}/1.png", server.uri())).await;
    assert!(reason.contains("larger than 1 MiB"), "{reason}");
}
