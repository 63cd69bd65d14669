use bytes::Bytes;
use wiremock::matchers::header;

use super::*;

fn form(file_name: &str) -> Form {
    Form::new()
        .text("purpose", "input")
        .json("metadata", &serde_json::json!({"a": "ü"}))
        .file(
            "content",
            file_name,
            "image/png",
            Bytes::from_static(b"\x89PNG"),
        )
        .file("image[]", "2.png", "image/png", Bytes::from_static(b"two"))
}

async fn upload(http: &Http, form: Form) -> Result<Value> {
    http.post(THINGS).multipart(form).json().await
}

/// The body of the last request, with `BOUNDARY` for its boundary.
async fn seen(server: &MockServer) -> String {
    let all = server.received_requests().await.unwrap();
    let last = all.last().unwrap();
    let kind = last.headers["content-type"].to_str().unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let length: usize = last.headers["content-length"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(length, last.body.len());
    assert!(!last.headers.contains_key("transfer-encoding"));
    String::from_utf8_lossy(&last.body).replace(boundary, "BOUNDARY")
}

#[tokio::test]
async fn a_form_carries_text_json_and_files_with_their_length() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", format!("Bearer {KEY}").as_str()))
        .respond_with(ok())
        .mount(&server)
        .await;
    assert!(upload(&http(&server.uri()), form("1.png")).await.is_ok());
    let expected = "--BOUNDARY\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\ninput\r\n\
        --BOUNDARY\r\nContent-Disposition: form-data; name=\"metadata\"\r\nContent-Type: application/json\r\n\r\n{\"a\":\"ü\"}\r\n\
        --BOUNDARY\r\nContent-Disposition: form-data; name=\"content\"; filename=\"1.png\"\r\nContent-Type: image/png\r\n\r\n\u{fffd}PNG\r\n\
        --BOUNDARY\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"2.png\"\r\nContent-Type: image/png\r\n\r\ntwo\r\n\
        --BOUNDARY--\r\n";
    assert_eq!(seen(&server).await, expected);
}

#[tokio::test]
async fn a_file_name_cannot_leave_its_place() {
    let server = answering(ok()).await;
    let http = http(&server.uri());
    for (name, expected) in [
        ("a\"; name=\"purpose.png", "a__ name=_purpose.png"),
        ("a\r\nX-Evil: 1\r\n\r\nbody.png", "a__X-Evil_ 1____body.png"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("c:\\a\\b.png", "c__a_b.png"),
        ("a\0\u{202e}b.png", "a_b.png"),
        ("Zürich 東京.png", "Zürich 東京.png"),
        ("..", "file"),
        ("", "file"),
    ] {
        assert!(upload(&http, form(name)).await.is_ok());
        let body = seen(&server).await;
        let expected = format!(
            "\r\nContent-Disposition: form-data; name=\"content\"; filename=\"{expected}\"\r\nContent-Type"
        );
        assert!(body.contains(&expected), "{name:?}: {body}");
    }
}

#[tokio::test]
async fn a_form_that_came_too_often_is_sent_again_whole() {
    let server = answering_first(ResponseTemplate::new(429)).await;
    assert!(upload(&http(&server.uri()), form("1.png")).await.is_ok());
    let all = server.received_requests().await.unwrap();
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|request| request.body.ends_with(b"--\r\n")));
    assert_eq!(all[0].body.len(), all[1].body.len());
}

#[tokio::test]
async fn a_form_that_was_reset_is_sent_once_and_may_have_started() {
    let (base, count) = raw(b"").await;
    let error = upload(&http(&base), form("1.png")).await.unwrap_err();
    assert!(error.may_have_started(), "{error}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_form_of_many_mebibytes_arrives_whole() {
    let route = any_method(|body: axum::body::Bytes| async move {
        axum::Json(serde_json::json!({"bytes": body.len()}))
    });
    let route = route.layer(axum::extract::DefaultBodyLimit::disable());
    let base = serve(Router::new().fallback(route)).await;
    let content = Bytes::from(vec![7; 12 * 1024 * 1024]);
    let form = Form::new().file("content", "1.png", "image/png", content.clone());
    let answer = upload(&http(&base), form).await.unwrap();
    let bytes = answer["bytes"].as_u64().unwrap();
    assert!(
        bytes > content.len() as u64 && bytes < content.len() as u64 + 1000,
        "{bytes}"
    );
}

#[tokio::test]
async fn a_request_with_more_time_outlasts_the_usual_limit() {
    let server = answering(ok().set_delay(BRIEF * 2)).await;
    let http = hurried(&server.uri());
    let request = http.post(THINGS).multipart(form("1.png"));
    assert!(request.within(AMPLE).json::<Value>().await.is_ok());
    let request = http.post(THINGS).multipart(form("1.png"));
    let error = request
        .within(Duration::ZERO)
        .json::<Value>()
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::TimedOut { after: BRIEF, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_form_that_cannot_be_built_is_not_sent() {
    let server = answering(ok()).await;
    let form = Form::new().file("content", "1.png", "no type", Bytes::new());
    let error = upload(&http(&server.uri()), form).await.unwrap_err();
    assert_eq!(error, Error::Internal);
    assert_eq!(requests(&server).await, 0);
}

#[test]
fn debug_output_of_a_form_does_not_tell_its_content() {
    let text = format!("{:?}", form("private.png").text("key", "hush"));
    assert!(!text.contains("hush") && !text.contains("PNG"), "{text}");
    assert!(!text.contains("private"), "{text}");
}
