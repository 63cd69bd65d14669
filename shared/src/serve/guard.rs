//! Which names this server answers to, and which web pages may call it.
//!
//! A page in the user's browser reaches loopback ports too: by DNS rebinding it comes with a wrong Host,
//! by a plain cross-site request with a wrong Origin.

use std::{net::IpAddr, sync::Arc};

use anyhow::Context as _;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{HOST, ORIGIN},
    uri::Authority,
};

type Refusal = (StatusCode, &'static str);

const UNCLEAR_HOST: Refusal = (
    StatusCode::BAD_REQUEST,
    "Bad Request: exactly one valid Host is needed\n",
);
const WRONG_HOST: Refusal = (
    StatusCode::FORBIDDEN,
    "Forbidden: this Host is not allowed (--allowed-hosts)\n",
);
const WRONG_ORIGIN: Refusal = (
    StatusCode::FORBIDDEN,
    "Forbidden: this Origin is not allowed (--allowed-origins)\n",
);

/// What is allowed besides loopback.
pub(crate) struct Guard {
    hosts: Vec<Authority>,
    origins: Vec<String>,
}

impl Guard {
    /// Fails when an entry can never match.
    pub(crate) fn new(hosts: &[String], origins: &[String]) -> anyhow::Result<Self> {
        let hosts = hosts.iter().map(|host| {
            host_of(host.as_bytes())
                .with_context(|| format!("`--allowed-hosts` has `{host}`: write name or name:port"))
        });
        let origins = origins.iter().map(|origin| {
            let origin = origin.trim_end_matches('/');
            let (_, host) = origin.split_once("://").unwrap_or_default();
            host_of(host.as_bytes()).with_context(|| {
                format!(
                    "`--allowed-origins` has `{origin}`: write scheme://name or scheme://name:port"
                )
            })?;
            Ok(origin.to_owned())
        });
        Ok(Self {
            hosts: hosts.collect::<anyhow::Result<_>>()?,
            origins: origins.collect::<anyhow::Result<_>>()?,
        })
    }

    fn check(&self, request: &Request) -> Result<(), Refusal> {
        let named: Vec<&HeaderValue> = request.headers().get_all(HOST).iter().collect();
        // HTTP/2 names the host in the target, HTTP/1 may do so as well; then both have to be right.
        let target = request.uri().authority();
        if named.len() > 1 || (named.is_empty() && target.is_none()) {
            return Err(UNCLEAR_HOST);
        }
        let named = named.into_iter().map(HeaderValue::as_bytes);
        let target = target.map(|authority| authority.as_str().as_bytes());
        for host in named.chain(target) {
            let host = host_of(host).ok_or(UNCLEAR_HOST)?;
            if !self.allows_host(&host) {
                return Err(WRONG_HOST);
            }
        }
        let origins = request.headers().get_all(ORIGIN);
        if !origins.iter().all(|origin| self.allows_origin(origin)) {
            return Err(WRONG_ORIGIN);
        }
        Ok(())
    }

    fn allows_host(&self, host: &Authority) -> bool {
        let listed = |allowed: &Authority| {
            let same_name = allowed.host().eq_ignore_ascii_case(host.host());
            same_name && (allowed.port().is_none() || allowed.port_u16() == host.port_u16())
        };
        is_loopback(host) || self.hosts.iter().any(listed)
    }

    fn allows_origin(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let host = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        let is_local = host
            .and_then(|host| host_of(host.as_bytes()))
            .is_some_and(|host| is_loopback(&host));
        is_local || self.origins.iter().any(|allowed| allowed == origin)
    }
}

/// Answers 400 or 403 unless Host and Origin are allowed.
pub(crate) async fn check(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    match guard.check(&request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// A host with or without a port, and nothing else.
fn host_of(text: &[u8]) -> Option<Authority> {
    let authority = Authority::try_from(text).ok()?;
    let is_bare = !authority.as_str().contains('@') && !authority.host().is_empty();
    is_bare.then_some(authority)
}

fn is_loopback(host: &Authority) -> bool {
    let name = host.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}
