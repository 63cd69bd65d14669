use std::path::PathBuf;

use tokio_rustls::{TlsAcceptor, rustls as tls};

use super::*;
use crate::Check;

/// A provider with a certificate that it made itself, and that certificate.
async fn self_signed() -> (String, String) {
    install_crypto();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = tls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = tls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
                let _ = stream.write_all(answer).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (base, made.cert.pem())
}

/// A file that is gone after the test.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn with(content: &str) -> Self {
        let name = format!("mcp-shared-{:x}.pem", fastrand::u64(..));
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn in_environment<const N: usize>(variables: [(&str, &str); N], base: &str) -> Http {
    let client = Client::new(&Env::from(variables), &Settings::defaults()).unwrap();
    Http::new(&client.with_request_timeout(AMPLE), upstream(base))
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_is_refused() {
    let (base, _) = self_signed().await;
    let error = get(&http(&base)).await.unwrap_err();
    assert!(matches!(error, Error::Network { .. }), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
    assert!(error.to_string().contains("`SSL_CERT_FILE`"), "{error}");
}

#[tokio::test]
async fn a_certificate_in_the_operators_file_is_accepted() {
    let (base, pem) = self_signed().await;
    let file = TemporaryFile::with(&pem);
    let http = in_environment([("SSL_CERT_FILE", file.0.to_str().unwrap())], &base);
    assert_eq!(get(&http).await.unwrap(), serde_json::json!({}));
}

#[tokio::test]
async fn another_certificate_in_the_operators_file_does_not_help() {
    let ((base, _), (_, other)) = (self_signed().await, self_signed().await);
    let file = TemporaryFile::with(&other);
    let http = in_environment([("SSL_CERT_FILE", file.0.to_str().unwrap())], &base);
    assert!(get(&http).await.is_err());
}

#[tokio::test]
async fn a_missing_file_of_authorities_is_an_error_that_names_the_variable() {
    let http = in_environment([("SSL_CERT_FILE", "/nonexistent.pem")], &nobody().await);
    let error = post(&http).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("`SSL_CERT_FILE` names `/nonexistent.pem`"),
        "{text}"
    );
    assert!(!error.to_text().contains("may have been started"), "{text}");
}

#[tokio::test]
async fn a_file_without_certificates_is_an_error_that_names_the_variable() {
    let file = TemporaryFile::with("no certificate");
    let path = file.0.to_str().unwrap();
    let http = in_environment([("SSL_CERT_FILE", path)], &nobody().await);
    let text = get(&http).await.unwrap_err().to_string();
    assert!(text.contains("`SSL_CERT_FILE`"), "{text}");
    assert!(text.contains("no certificate in PEM format"), "{text}");
}

#[tokio::test]
async fn a_proxy_from_the_environment_is_used() {
    let proxy = answering(ok()).await;
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let http = in_environment([(name, &proxy.uri())], "http://provider.invalid");
        assert!(get(&http).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn this_machine_is_not_behind_the_proxy() {
    let server = answering(ok()).await;
    let http = in_environment([("HTTP_PROXY", &nobody().await)], &server.uri());
    assert!(get(&http).await.is_ok());
}

#[tokio::test]
async fn a_wrong_proxy_is_an_error_that_names_the_variable_and_not_the_password() {
    let http = in_environment([("HTTPS_PROXY", "http://u:hunter22@:::")], &nobody().await);
    let text = format!("{:?}", get(&http).await.unwrap_err());
    assert!(text.contains("`HTTPS_PROXY`"), "{text}");
    assert!(!text.contains("hunter22"), "{text}");
}

#[tokio::test]
async fn dropping_the_call_closes_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let http = http(&format!("http://{}", listener.local_addr().unwrap()));
    let call = tokio::spawn(async move { get(&http).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    read_head(&mut stream).await;
    call.abort();
    let closed = tokio::time::timeout(AMPLE, stream.read(&mut [0; 1])).await;
    assert!(matches!(closed, Ok(Ok(0) | Err(_))), "{closed:?}");
}

#[tokio::test]
async fn a_client_that_is_warming_up_can_be_used() {
    let server = answering(ok()).await;
    let client = client(AMPLE);
    client.warm_up();
    client.warm_up();
    let http = Http::new(&client, upstream(&server.uri()));
    assert!(get(&http).await.is_ok());
}

#[tokio::test]
async fn a_check_is_good_when_the_provider_answers() {
    let server = answering(ok()).await;
    let check = http(&server.uri()).get(THINGS).check().await;
    assert!(matches!(check, Check::Ok(text) if text.starts_with("Example answers")));
}

#[tokio::test]
async fn a_check_asks_once_and_tells_what_is_wrong() {
    let server = answering(ResponseTemplate::new(500)).await;
    let check = http(&server.uri()).get(THINGS).check().await;
    assert!(matches!(check, Check::Fail(what, _) if what.contains("HTTP 500")));
    assert_eq!(requests(&server).await, 1);
}
