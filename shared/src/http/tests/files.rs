use flate2::{Compression, write::GzEncoder};
use std::io::Write as _;

use super::*;

const MIB: u64 = 1024 * 1024;

/// The provider's delivery, as if the operator had set its base.
fn hosts(base: &str) -> Hosts {
    Hosts {
        provider: "Example",
        names: &["files.example.com", "*.delivery.example.com"],
        base: Some(base.parse().unwrap()),
    }
}

fn url(base: &str) -> Url {
    format!("{base}/out/1.png?signature=private")
        .parse()
        .unwrap()
}

pub(super) fn patient(idle: Duration) -> Patience {
    Patience {
        total: AMPLE,
        idle,
        retry: upstream("http://127.0.0.1:1").retry,
    }
}

async fn open(base: &str, limit: u64) -> Result<FileStream> {
    let client = client(AMPLE).with_patience(patient(AMPLE));
    client
        .file(&url(base), Gate::Hosts(&hosts(base)), limit)
        .await
}

async fn fetch(base: &str, limit: u64) -> Result<Vec<u8>> {
    read(open(base, limit).await?).await
}

pub(super) async fn read(mut file: FileStream) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = file.chunk().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn redirect(to: &str) -> ResponseTemplate {
    ResponseTemplate::new(302).insert_header("location", to)
}

#[tokio::test]
async fn a_file_of_ten_mebibytes_arrives_in_pieces() {
    let body: Vec<u8> = (0..10 * MIB).map(|i| (i % 251) as u8).collect();
    let answer = ResponseTemplate::new(200).set_body_raw(body.clone(), "text/html");
    let server = answering(answer).await;
    let mut file = open(&server.uri(), 64 * MIB).await.unwrap();
    assert_eq!(file.length(), Some(10 * MIB));
    let first = file.chunk().await.unwrap().unwrap();
    assert!((first.len() as u64) < MIB, "{}", first.len());
    let rest = read(file).await.unwrap();
    assert!([first.to_vec(), rest].concat() == body);
}

#[tokio::test]
async fn neither_key_nor_referer_nor_cookie_goes_to_the_host_of_a_file() {
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::path("/out/1.png"))
        .respond_with(redirect("/moved").insert_header("set-cookie", "a=b"))
        .mount(&server)
        .await;
    Mock::given(wiremock::matchers::path("/moved"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(b"file"))
        .mount(&server)
        .await;
    assert_eq!(fetch(&server.uri(), 10).await.unwrap(), b"file");
    let seen = server.received_requests().await.unwrap();
    assert_eq!(seen.len(), 2);
    for request in seen {
        for name in ["authorization", "referer", "cookie", "proxy-authorization"] {
            assert!(!request.headers.contains_key(name), "{name}");
        }
        assert_eq!(request.headers["accept-encoding"], "identity");
    }
}

#[tokio::test]
async fn a_file_that_is_announced_as_too_large_is_not_read() {
    let answer = ResponseTemplate::new(200).set_body_bytes(vec![0; 11]);
    let server = answering(answer).await;
    match open(&server.uri(), 10).await.unwrap_err() {
        Error::TooLarge {
            what,
            limit_bytes,
            next,
        } => {
            assert_eq!((what.as_str(), limit_bytes), ("the file at 127.0.0.1", 10));
            assert!(next.contains("MCP_MEDIA_LIMIT"), "{next}");
        }
        other => panic!("{other}"),
    }
    assert_eq!(fetch(&server.uri(), 11).await.unwrap().len(), 11);
}

#[tokio::test]
async fn a_file_that_turns_out_too_large_is_given_up() {
    let (base, _) = raw(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n0123456789a").await;
    let file = open(&base, 10).await.unwrap();
    assert_eq!(file.length(), None);
    let error = read(file).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    assert_eq!(fetch(&base, 11).await.unwrap(), b"0123456789a");
}

#[tokio::test]
async fn a_file_that_unpacks_to_more_than_the_limit_is_too_large() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![0; MIB as usize]).unwrap();
    let answer = ResponseTemplate::new(200)
        .set_body_bytes(bomb.finish().unwrap())
        .insert_header("content-encoding", "gzip");
    let server = answering(answer).await;
    let error = fetch(&server.uri(), MIB / 2).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_breaks_off_is_no_file() {
    let (base, _) = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n0123").await;
    let error = fetch(&base, 10).await.unwrap_err();
    assert!(error.to_string().contains("broke off"), "{error}");
    assert!(!error.may_have_started(), "{error}");
}

#[tokio::test]
async fn a_file_that_is_gone_is_expired() {
    for status in [404, 410] {
        let server = answering(ResponseTemplate::new(status)).await;
        let error = fetch(&server.uri(), 10).await.unwrap_err();
        let what = "the file at 127.0.0.1".into();
        assert_eq!(error, Error::Expired { what });
        assert_eq!(requests(&server).await, 1);
    }
}

#[tokio::test]
async fn a_file_that_is_not_given_out_is_not_fetched() {
    for status in [401, 403] {
        let answer = ResponseTemplate::new(status).set_body_string("<Code>AccessDenied</Code>");
        let server = answering(answer).await;
        let error = fetch(&server.uri(), 10).await.unwrap_err();
        assert!(matches!(error, Error::NotFetched { .. }), "{error}");
        let text = error.to_text();
        assert!(text.contains("may have expired"), "{text}");
        assert!(text.contains("Do not start the work again"), "{text}");
    }
}

#[tokio::test]
async fn a_host_that_may_recover_is_asked_again() {
    for status in [429, 500, 503] {
        let server = answering_first(ResponseTemplate::new(status)).await;
        assert!(fetch(&server.uri(), 100).await.is_ok(), "{status}");
    }
}

#[tokio::test]
async fn a_host_that_does_not_recover_is_asked_three_times() {
    let server = answering(ResponseTemplate::new(500)).await;
    let error = fetch(&server.uri(), 10).await.unwrap_err();
    assert_eq!(requests(&server).await, 3);
    let text = error.to_string();
    assert!(
        text.starts_with("Example failed (HTTP 500) (3 attempts"),
        "{text}"
    );
    assert!(!text.contains("private"), "{text}");
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_is_named_without_the_url() {
    let error = fetch(&nobody().await, 10).await.unwrap_err();
    let text = error.to_string();
    assert!(text.ends_with("127.0.0.1: connection refused"), "{text}");
    assert!(text.contains("(3 attempts"), "{text}");
}

#[tokio::test]
async fn a_host_that_falls_silent_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (mut stream, file) = tokio::join!(
        async {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_head(&mut stream).await;
            let start = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n0";
            stream.write_all(start).await.unwrap();
            stream
        },
        async {
            let client = client(AMPLE).with_patience(patient(BRIEF));
            let hosts = hosts(&base);
            let file = client.file(&url(&base), Gate::Hosts(&hosts), 10).await;
            read(file.unwrap()).await
        }
    );
    let error = file.unwrap_err();
    assert!(
        matches!(error, Error::TimedOut { after: BRIEF, .. }),
        "{error:?}"
    );
    // The connection was closed, too.
    let closed = tokio::time::timeout(AMPLE, stream.read(&mut [0; 1])).await;
    assert!(matches!(closed, Ok(Ok(0) | Err(_))), "{closed:?}");
}

#[tokio::test]
async fn a_redirect_to_a_foreign_host_is_named_and_not_followed() {
    let thief = answering(ok()).await;
    let server = answering(redirect(&format!("{}/steal?a=private", thief.uri()))).await;
    let error = fetch(&server.uri(), 10).await.unwrap_err();
    assert!(matches!(error, Error::NotFetched { .. }), "{error}");
    let text = error.to_text();
    assert!(text.contains(&thief.uri()), "{text}");
    assert!(text.contains("was not fetched"), "{text}");
    assert!(!text.contains("private"), "{text}");
    assert_eq!(requests(&thief).await, 0);
}

#[tokio::test]
async fn a_circle_of_redirects_around_a_file_ends_after_three() {
    let server = answering(redirect("/again")).await;
    let error = fetch(&server.uri(), 10).await.unwrap_err();
    assert!(
        error.to_string().contains("more than 3 redirects"),
        "{error}"
    );
    assert_eq!(requests(&server).await, 4);
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_an_error() {
    for answer in [ResponseTemplate::new(302), redirect("http://[")] {
        let server = answering(answer).await;
        let error = fetch(&server.uri(), 10).await.unwrap_err();
        assert!(matches!(error, Error::NotFetched { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_status_without_a_file_is_an_error() {
    let server = answering(ResponseTemplate::new(304)).await;
    let error = fetch(&server.uri(), 10).await.unwrap_err();
    assert!(
        matches!(error, Error::Upstream { status: 304, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_foreign_host_is_refused_before_anything_is_sent() {
    let thief = answering(ok()).await;
    let hosts = hosts("http://127.0.0.1:1");
    let url = thief.uri().parse().unwrap();
    let asked = client(AMPLE).file(&url, Gate::Hosts(&hosts), 10).await;
    let error = asked.unwrap_err();
    assert!(matches!(error, Error::NotFetched { .. }), "{error}");
    assert_eq!(requests(&thief).await, 0);
}

#[test]
fn only_the_hosts_of_a_provider_are_its_hosts() {
    let hosts = Hosts {
        provider: "Example",
        names: &["files.example.com", "*.delivery.example.com"],
        base: None,
    };
    let included = [
        "https://files.example.com/x",
        "https://FILES.Example.com:443/x",
        "https://a.delivery.example.com/x",
        "https://a.b.delivery.example.com/x",
    ];
    for url in included {
        assert!(hosts.include(&url.parse().unwrap()), "{url}");
    }
    let foreign = [
        "http://files.example.com/x",
        "https://files.example.com:8443/x",
        "https://files.example.com./x",
        "https://files.example.com.evil.example/x",
        "https://evilfiles.example.com/x",
        "https://a.files.example.com/x",
        "https://delivery.example.com/x",
        "https://.delivery.example.com/x",
        "https://evildelivery.example.com/x",
        "https://files.example.com@evil.example/x",
        "https://user@files.example.com/x",
        "https://:password@files.example.com/x",
        "https://evil.example\\@files.example.com/x",
        "https://evil.example/files.example.com",
        "https://127.0.0.1/x",
        "ftp://files.example.com/x",
        "file:///files.example.com/x",
        "data:text/plain,files.example.com",
    ];
    for url in foreign {
        assert!(!hosts.include(&url.parse().unwrap()), "{url}");
    }
}

#[test]
fn the_base_of_the_operator_is_a_host_with_its_scheme_and_port() {
    let hosts = hosts("http://127.0.0.1:8080/proxy");
    for (url, expected) in [
        ("http://127.0.0.1:8080/elsewhere", true),
        ("https://files.example.com/x", true),
        ("https://127.0.0.1:8080/proxy", false),
        ("http://127.0.0.1:8081/proxy", false),
        ("http://localhost:8080/proxy", false),
        ("http://user@127.0.0.1:8080/proxy", false),
        ("blob:http://127.0.0.1:8080/proxy", false),
    ] {
        assert_eq!(hosts.include(&url.parse().unwrap()), expected, "{url}");
    }
}

#[tokio::test]
async fn debug_output_of_a_file_does_not_tell_its_url() {
    let server = answering(ok()).await;
    let file = open(&server.uri(), 100).await.unwrap();
    let text = format!("{file:?}");
    assert!(
        text.contains("127.0.0.1") && !text.contains("private"),
        "{text}"
    );
}

#[tokio::test]
async fn files_are_counted_by_how_they_arrived_and_in_bytes() {
    let answer = ResponseTemplate::new(200).set_body_bytes(b"0123456789");
    let server = answering(answer).await;
    let client = client(AMPLE).with_patience(patient(AMPLE));
    // Other tests count under other names.
    let hosts = Hosts {
        provider: "Counted",
        ..hosts(&server.uri())
    };
    let url = url(&server.uri());
    let file = client.file(&url, Gate::Hosts(&hosts), 10).await.unwrap();
    read(file).await.unwrap();
    client.file(&url, Gate::Hosts(&hosts), 9).await.unwrap_err();
    let counted = metrics::render();
    for line in [
        r#"mcp_upstream_requests_total{provider="Counted",outcome="2xx"} 2"#,
        r#"mcp_files_fetched_total{provider="Counted",outcome="ok"} 1"#,
        r#"mcp_files_fetched_total{provider="Counted",outcome="too_large"} 1"#,
        r#"mcp_file_bytes_total{provider="Counted"} 10"#,
    ] {
        assert!(counted.lines().any(|it| it == line), "{line} in {counted}");
    }
}
