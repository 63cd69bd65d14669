//! Files that a caller names. The hosts are made up, and their addresses lead to loopback.

use std::net::SocketAddr;

use tempfile::NamedTempFile;
use tokio_rustls::{TlsAcceptor, rustls as tls};

use super::{
    files::{patient, read},
    *,
};

const NAMES: [&str; 2] = ["files.example.com", "other.example.com"];

/// An https host with these names, that answers each path with these bytes.
struct Secure {
    address: SocketAddr,
    /// Its own authority.
    authority: NamedTempFile,
    count: Arc<AtomicUsize>,
}

impl Secure {
    async fn answering(answer: fn(path: &str) -> String) -> Self {
        install_crypto();
        let made = rcgen::generate_simple_self_signed(NAMES.map(str::to_owned)).unwrap();
        let key =
            tls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = tls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut head = [0; 4096];
                let length = stream.read(&mut head).await.unwrap();
                let head = String::from_utf8_lossy(&head[..length]).into_owned();
                assert!(!head.contains("authorization"), "{head}");
                let path = head.split(' ').nth(1).unwrap_or_default();
                let _ = stream.write_all(answer(path).as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        let authority = NamedTempFile::new().unwrap();
        std::fs::write(authority.path(), made.cert.pem()).unwrap();
        Self {
            address,
            authority,
            count,
        }
    }

    /// A client that trusts this host, and for which these names are at these addresses.
    fn client(&self, dns: Dns) -> Client {
        let env = Env::from([("SSL_CERT_FILE", self.authority.path().to_str().unwrap())]);
        Client::with_dns(&env, &Settings::defaults(), dns).with_patience(patient(AMPLE))
    }

    fn connections(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

fn file(content: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{content}",
        content.len()
    )
}

fn redirect(to: &str) -> String {
    format!(
        "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
}

async fn fetch(client: &Client, url: &str) -> Result<Vec<u8>> {
    let url = url.parse().unwrap();
    read(client.file(&url, Gate::Public, 100).await?).await
}

/// With the name resolved to these addresses by strict rules.
async fn refused_at(addresses: &[&str]) -> String {
    let server = Secure::answering(|_| file("secret")).await;
    let addresses: Vec<SocketAddr> = addresses
        .iter()
        .map(|address| SocketAddr::new(address.parse().unwrap(), server.address.port()))
        .collect();
    let client = server.client(Dns::made_up(&[(NAMES[0], &addresses)], false));
    let error = fetch(&client, "https://files.example.com/x").await;
    assert_eq!(server.connections(), 0);
    match error.unwrap_err() {
        Error::InvalidInput { field, reason } if field == "url" => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_of_a_public_host_is_fetched_through_redirects_that_are_public() {
    let server = Secure::answering(|path| match path {
        "/x" => redirect("https://other.example.com/y"),
        _ => file("picture"),
    })
    .await;
    let at = [server.address];
    let client = server.client(Dns::made_up(&[(NAMES[0], &at), (NAMES[1], &at)], true));
    let bytes = fetch(&client, "https://files.example.com/x").await.unwrap();
    assert_eq!(bytes, b"picture");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn urls_that_name_a_private_place_are_refused_at_once() {
    let client = client(AMPLE);
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "100.64.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "%31%32%37.0.0.1",
        "127。0。0。1",
        "①②⑦.0.0.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::1]",
        "[2002:7f00:1::]",
        "[2001::7f00:1]",
        "[2001:0:53aa:64c:0:0:80ff:fffe]",
        "[fe80::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fec0::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[2001:2::1]",
        "[3fff::1]",
        "[100::1]",
        "[5f00::1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "printer.local",
        "printer.local.",
        "metadata.google.internal",
    ] {
        let error = fetch(&client, &format!("https://{host}/x")).await;
        let text = error.unwrap_err().to_string();
        assert!(
            text.contains("not on the public internet"),
            "{host}: {text}"
        );
        assert!(text.contains("nothing was fetched"), "{host}: {text}");
    }
}

#[tokio::test]
async fn urls_that_are_not_plain_https_are_refused_at_once() {
    let client = client(AMPLE);
    for (url, reason) in [
        ("http://files.example.com/x", "only https://"),
        ("ftp://files.example.com/x", "only https://"),
        ("file:///etc/passwd", "only https://"),
        ("gopher://files.example.com/x", "only https://"),
        ("https://user@files.example.com/x", "names a user"),
        ("https://user:password@files.example.com/x", "names a user"),
    ] {
        let text = fetch(&client, url).await.unwrap_err().to_string();
        assert!(text.contains(reason), "{url}: {text}");
        assert!(!text.contains("password"), "{text}");
    }
}

#[tokio::test]
async fn a_name_at_a_private_address_is_not_connected_to() {
    for address in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:10.0.0.1",
    ] {
        let reason = refused_at(&[address]).await;
        assert!(reason.contains("not a public address"), "{reason}");
    }
}

#[tokio::test]
async fn a_name_at_a_public_and_a_private_address_is_not_connected_to() {
    let reason = refused_at(&["93.184.215.14", "127.0.0.1"]).await;
    assert!(
        reason.contains("`files.example.com` is at 127.0.0.1"),
        "{reason}"
    );
    refused_at(&["127.0.0.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]).await;
}

#[tokio::test]
async fn redirects_to_private_places_are_not_followed() {
    let answers: [fn(&str) -> String; 5] = [
        |_| redirect("https://127.0.0.1/x"),
        |_| redirect("https://2852039166/latest/meta-data"),
        |_| redirect("http://files.example.com/x"),
        |_| redirect("file:///etc/passwd"),
        |_| redirect("//user@files.example.com/x"),
    ];
    for answer in answers {
        let server = Secure::answering(answer).await;
        let dns = Dns::made_up(&[(NAMES[0], &[server.address])], true);
        let error = fetch(&server.client(dns), "https://files.example.com/x").await;
        let error = error.unwrap_err();
        assert!(matches!(error, Error::InvalidInput { .. }), "{error:?}");
        assert_eq!(server.connections(), 1, "{error}");
    }
}

#[tokio::test]
async fn a_redirect_to_a_name_at_a_private_address_is_not_followed() {
    let server = Secure::answering(|_| redirect("https://other.example.com/x")).await;
    let (here, near) = ([server.address], ["10.0.0.1:443".parse().unwrap()]);
    let dns = Dns::made_up(&[(NAMES[0], &here), (NAMES[1], &near)], true);
    let error = fetch(&server.client(dns), "https://files.example.com/x").await;
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains("`other.example.com` is at 10.0.0.1"),
        "{text}"
    );
}

#[tokio::test]
async fn a_circle_of_redirects_of_a_public_host_ends_after_three() {
    let server = Secure::answering(|_| redirect("/again")).await;
    let dns = Dns::made_up(&[(NAMES[0], &[server.address])], true);
    let error = fetch(&server.client(dns), "https://files.example.com/x").await;
    let text = error.unwrap_err().to_string();
    assert!(text.contains("more than 3 redirects"), "{text}");
    assert_eq!(server.connections(), 4);
}

#[tokio::test]
async fn a_missing_file_of_a_public_host_is_the_callers_mistake() {
    let server =
        Secure::answering(|_| "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".into()).await;
    let dns = Dns::made_up(&[(NAMES[0], &[server.address])], true);
    let error = fetch(&server.client(dns), "https://files.example.com/x").await;
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains("files.example.com has no such file"),
        "{text}"
    );
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_unreachable_and_not_forbidden() {
    let client = Client::with_dns(
        &Env::default(),
        &Settings::defaults(),
        Dns::made_up(&[], false),
    );
    let client = client.with_patience(patient(AMPLE));
    let error = fetch(&client, "https://files.example.com/x")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Network { .. }), "{error}");
    assert!(error.to_string().contains("looked up"), "{error}");
}

#[tokio::test]
async fn behind_a_proxy_the_name_is_checked_before_the_proxy_is_asked() {
    let proxy = answering(ok()).await;
    let env = Env::from([("HTTPS_PROXY", proxy.uri().as_str())]);
    let near = ["10.0.0.1:443".parse().unwrap()];
    let dns = Dns::made_up(&[(NAMES[0], &near)], false);
    let client = Client::with_dns(&env, &Settings::defaults(), dns);
    let error = fetch(&client, "https://files.example.com/x")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::InvalidInput { .. }), "{error}");
    assert_eq!(requests(&proxy).await, 0);
}

#[tokio::test]
async fn a_proxy_of_the_operator_may_be_at_a_private_address() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = proxy.local_addr().unwrap();
    let url = format!("http://proxy.example.com:{}", address.port());
    let env = Env::from([("HTTPS_PROXY", url.as_str())]);
    let far = ["93.184.215.14:443".parse().unwrap()];
    let dns = Dns::made_up(
        &[(NAMES[0], &far), ("proxy.example.com", &[address])],
        false,
    );
    let client = Client::with_dns(&env, &Settings::defaults(), dns);
    let call = tokio::spawn(async move { fetch(&client, "https://files.example.com/x").await });
    let (mut stream, _) = proxy.accept().await.unwrap();
    let mut head = [0; 29];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"CONNECT files.example.com:443");
    call.abort();
}
