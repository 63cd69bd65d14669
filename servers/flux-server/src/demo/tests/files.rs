use super::*;
use crate::demo::files::File;

async fn upload(stage: &Stage, content: &[u8]) -> Answer {
    let mut body = b"--xyz\r\nContent-Disposition: form-data; name=\"metadata\"\r\nContent-Type: application/json\r\n\r\n{}\r\n--xyz\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n".to_vec();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--xyz--\r\n");
    let request = request(Method::POST, "/v1/files");
    let request = request.header("content-type", "multipart/form-data; boundary=xyz");
    stage.send(request, Body::from(body)).await
}

#[tokio::test]
async fn an_uploaded_file_is_described_and_found_again() {
    let stage = Stage::new(AT_ONCE);
    let answer = upload(&stage, b"\r\n--xy not the end\r\n").await;
    assert_eq!(answer.status, 201);
    let file = answer.json();
    assert_eq!(file["content_type"], "image/png");
    assert_eq!(file["size"], 20);
    assert_eq!(file["expires_at"], "2026-11-22T16:00:00.000Z");
    let sha256 = hex(&Sha256::digest(b"\r\n--xy not the end\r\n"));
    assert_eq!(file["checksums"]["sha256"], sha256);
    let url = file["urls"]["get"].as_str().unwrap();
    let again = stage.get(url.strip_prefix("http://here").unwrap()).await;
    assert_eq!(again.json(), file);
}

#[tokio::test]
async fn uploads_without_content_or_too_large_are_refused() {
    let stage = Stage::new(AT_ONCE);
    let plain = request(Method::POST, "/v1/files");
    let answer = stage.send(plain, Body::from("x")).await;
    assert_eq!(answer.status, 400);
    let answer = upload(&stage, &vec![0; BODY_LIMIT_BYTES]).await;
    assert_eq!(answer.status, 413);
}

#[test]
fn the_oldest_upload_makes_room_for_the_newest() {
    let mut files = Files::default();
    for id in ["first", "second", "third"] {
        files.insert(File {
            id: id.into(),
            content_type: "image/png".into(),
            content: vec![0; 23 * 1024 * 1024].into(),
            created_ms: 0,
        });
    }
    let found = ["first", "second", "third"].map(|id| files.content(id).is_some());
    assert_eq!(found, [false, true, true]);
}
