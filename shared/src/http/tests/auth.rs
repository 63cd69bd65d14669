use wiremock::matchers::{header, path, query_param};

use super::*;

const KINDS: [fn() -> Auth; 3] = [
    || Auth::Bearer(KEY.into()),
    || Auth::Header("x-api-key", KEY.into()),
    || Auth::Query("appid", KEY.into()),
];

/// Provider with each way to send a key.
fn each_kind(base: &str, timeout: Duration) -> impl Iterator<Item = Http> {
    let plain = upstream(base);
    KINDS.into_iter().map(move |auth| {
        let auth = auth();
        Http::new(
            &client(timeout),
            Upstream {
                auth,
                ..plain.clone()
            },
        )
    })
}

fn with_auth(base: &str, auth: Auth) -> Http {
    let plain = upstream(base);
    Http::new(&client(AMPLE), Upstream { auth, ..plain })
}

async fn assert_hidden(base: &str, timeout: Duration) {
    for http in each_kind(base, timeout) {
        for error in [
            get(&http).await.unwrap_err(),
            post(&http).await.unwrap_err(),
        ] {
            for text in [error.to_string(), error.to_text(), format!("{error:?}")] {
                assert!(!text.contains(KEY), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn the_key_is_sent_as_a_bearer_token() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", format!("Bearer {KEY}").as_str()))
        .respond_with(ok())
        .mount(&server)
        .await;
    let http = with_auth(&server.uri(), KINDS[0]());
    assert!(get(&http).await.is_ok());
}

#[tokio::test]
async fn the_key_is_sent_as_a_header() {
    let server = MockServer::start().await;
    Mock::given(header("x-api-key", KEY))
        .respond_with(ok())
        .mount(&server)
        .await;
    let http = with_auth(&server.uri(), KINDS[1]());
    assert!(get(&http).await.is_ok());
}

#[tokio::test]
async fn the_key_is_sent_in_the_query_beside_other_parameters() {
    let server = MockServer::start().await;
    Mock::given(query_param("appid", KEY))
        .and(query_param("q", "Bern"))
        .respond_with(ok())
        .mount(&server)
        .await;
    let http = with_auth(&server.uri(), KINDS[2]());
    let answer = http.get(THINGS).query(&[("q", "Bern")]).json::<Value>();
    assert!(answer.await.is_ok());
}

#[tokio::test]
async fn a_refused_connection_does_not_tell_the_key() {
    assert_hidden(&nobody().await, AMPLE).await;
}

#[tokio::test]
async fn a_refusal_that_echoes_the_key_does_not_tell_it() {
    let server = answering(text(401, &format!(r#"{{"message":"bad key {KEY}"}}"#))).await;
    assert_hidden(&server.uri(), AMPLE).await;
}

#[tokio::test]
async fn running_out_of_time_does_not_tell_the_key() {
    let server = answering(ok().set_delay(AMPLE)).await;
    assert_hidden(&server.uri(), BRIEF).await;
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_does_not_tell_the_key() {
    let server = answering(text(200, KEY)).await;
    assert_hidden(&server.uri(), AMPLE).await;
}

#[tokio::test]
async fn debug_output_tells_neither_the_key_nor_the_query() {
    for http in each_kind("http://127.0.0.1:1", AMPLE) {
        let request = http.get(THINGS).query(&[("q", "private")]);
        let texts = [
            format!("{http:?}"),
            format!("{:?}", http.0.upstream),
            format!("{:?}", http.0.client),
            format!("{request:?}"),
        ];
        for text in texts {
            assert!(!text.contains(KEY) && !text.contains("private"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_key_that_no_header_can_carry_names_its_variable_and_is_not_sent() {
    let server = answering(ok()).await;
    let http = with_auth(&server.uri(), Auth::Bearer("line\nbreak".into()));
    let error = get(&http).await.unwrap_err();
    assert!(matches!(
        error,
        Error::MissingKey {
            env: "EXAMPLE_API_KEY",
            ..
        }
    ));
    assert_eq!(requests(&server).await, 0);
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_named_and_not_followed() {
    let thief = answering(ok()).await;
    let target = format!("{}/steal", thief.uri());
    let server = answering(ResponseTemplate::new(302).insert_header("location", target)).await;
    for http in each_kind(&server.uri(), AMPLE) {
        let error = get(&http).await.unwrap_err();
        assert!(matches!(error, Error::Upstream { status: 302, .. }));
        let text = error.to_text();
        assert!(text.contains(&thief.uri()), "{text}");
        assert!(text.contains("was not followed"), "{text}");
    }
    assert_eq!(requests(&thief).await, 0);
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_with_the_key() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/things"))
        .respond_with(ResponseTemplate::new(307).insert_header("location", "/v2/things"))
        .mount(&server)
        .await;
    Mock::given(path("/v2/things"))
        .and(header("x-api-key", KEY))
        .respond_with(ok())
        .mount(&server)
        .await;
    let http = with_auth(&server.uri(), KINDS[1]());
    assert!(get(&http).await.is_ok());
}

#[tokio::test]
async fn a_circle_of_redirects_ends_after_three() {
    let server =
        answering(ResponseTemplate::new(302).insert_header("location", "/v1/things")).await;
    let error = get(&http(&server.uri())).await.unwrap_err();
    assert!(error.to_string().contains("more than 3 times"), "{error}");
    assert_eq!(requests(&server).await, 4);
}
