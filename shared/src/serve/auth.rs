//! The one token that opens the HTTP endpoint.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{
    HeaderMap, StatusCode,
    header::{AUTHORIZATION, WWW_AUTHENTICATE},
};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::job::Principal;

const API_KEY: &str = "x-api-key";

/// `None` lets everybody in.
pub(crate) type Token = Option<Arc<SecretString>>;

/// Refuse who does not know the token, and let nobody behind this door see it.
pub(crate) async fn authenticate(
    State(token): State<Token>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(token) = token {
        match knows(&token, request.headers()) {
            Some(true) => {
                request.extensions_mut().insert(principal(&token));
            }
            Some(false) => {
                return challenge(r#"Bearer realm="mcp", error="invalid_token""#);
            }
            None => return challenge(r#"Bearer realm="mcp""#),
        }
    }
    // Tools see the headers of their request, and whoever sees a token may pass it on.
    request.headers_mut().remove(AUTHORIZATION);
    request.headers_mut().remove(API_KEY);
    next.run(request).await
}

/// Who knows the token, without telling it.
fn principal(token: &SecretString) -> Principal {
    let digest = Sha256::digest(token.expose_secret().as_bytes());
    let hex = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
    Principal(hex.collect())
}

/// Whether a token that was sent is the right one; `None` when none was sent.
fn knows(token: &SecretString, headers: &HeaderMap) -> Option<bool> {
    let bearers = headers.get_all(AUTHORIZATION).iter().filter_map(|value| {
        let (scheme, sent) = value.as_bytes().split_at_checked("bearer ".len())?;
        scheme
            .eq_ignore_ascii_case(b"bearer ")
            .then(|| sent.trim_ascii())
    });
    let keys = headers.get_all(API_KEY).iter().map(|key| key.as_bytes());
    let expected = token.expose_secret().as_bytes();
    // Every byte of every candidate is compared, so that time tells nothing about the content.
    bearers
        .chain(keys)
        .map(|sent| sent.ct_eq(expected))
        .reduce(|any, one| any | one)
        .map(|any: Choice| any.into())
}

fn challenge(scheme: &'static str) -> Response {
    let answer = (
        StatusCode::UNAUTHORIZED,
        [(WWW_AUTHENTICATE, scheme)],
        "Unauthorized: send the token as `Authorization: Bearer ...`\n",
    );
    answer.into_response()
}
