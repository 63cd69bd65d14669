//! Who may be asked for a file. Checked for the first URL and for each that a redirect names.

use http::StatusCode;
use url::{Host, Url};

use super::{Gate, Hosts, public};
use crate::{Error, Result, text};

/// Stands for the provider where a caller named the host.
const SOMEBODY: &str = "the host of the file";

impl Hosts {
    /// Whether the provider's files may come from here.
    pub fn include(&self, url: &Url) -> bool {
        let is_provider = url.scheme() == "https"
            && url.port_or_known_default() == Some(443)
            && url
                .domain()
                .is_some_and(|host| self.names.iter().any(|&name| matches_name(host, name)));
        let is_base = matches!(url.scheme(), "https" | "http")
            && self
                .base
                .as_ref()
                .is_some_and(|base| base.origin() == url.origin());
        (is_provider || is_base) && !names_a_user(url)
    }
}

impl Gate<'_> {
    pub(super) fn check(&self, url: &Url) -> Result<()> {
        match self {
            Gate::Hosts(hosts) if hosts.include(url) => Ok(()),
            Gate::Hosts(_) if names_a_user(url) => Err(self.refuse("its URL names a user")),
            Gate::Hosts(hosts) => Err(self.refuse(&format!(
                "it is at {}, which is no place of {}'s files",
                url.origin().ascii_serialization(),
                hosts.provider
            ))),
            Gate::Public => check_public(url).map_err(|reason| self.refuse(reason)),
        }
    }

    /// Why this file is not asked for.
    pub(super) fn refuse(&self, reason: &str) -> Error {
        let reason = text::quote(reason);
        match self {
            Gate::Hosts(hosts) => Error::NotFetched {
                provider: hosts.provider,
                reason,
            },
            Gate::Public => Error::invalid("url", format!("{reason}; nothing was fetched")),
        }
    }

    /// The host has it not, or not for us.
    pub(super) fn withheld(&self, status: StatusCode, host: &str) -> Error {
        let is_gone = matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE);
        let status = status.as_u16();
        match self {
            Gate::Hosts(_) if is_gone => Error::Expired {
                what: format!("the file at {host}"),
            },
            Gate::Hosts(_) => self.refuse(&format!(
                "{host} does not give it out (HTTP {status}); its URL may have expired"
            )),
            Gate::Public if is_gone => {
                Error::invalid("url", format!("{host} has no such file (HTTP {status})"))
            }
            Gate::Public => Error::invalid(
                "url",
                format!("{host} does not give this file out (HTTP {status})"),
            ),
        }
    }

    /// For errors.
    pub(super) fn provider(&self) -> &'static str {
        match self {
            Gate::Hosts(hosts) => hosts.provider,
            Gate::Public => SOMEBODY,
        }
    }
}

/// `*.example.com` stands for all names below it, and only those.
fn matches_name(host: &str, name: &str) -> bool {
    let host = host.to_ascii_lowercase();
    match name.strip_prefix("*.") {
        None => host == name,
        Some(parent) => host
            .strip_suffix(parent)
            .and_then(|below| below.strip_suffix('.'))
            .is_some_and(|below| !below.is_empty()),
    }
}

/// What the URL alone tells; its name is looked up later, by the connection itself.
fn check_public(url: &Url) -> Result<(), &'static str> {
    if url.scheme() != "https" {
        return Err("only https:// URLs are fetched");
    }
    if names_a_user(url) {
        return Err("its URL names a user");
    }
    let is_public = match url.host() {
        Some(Host::Domain(name)) => !public::is_near(name),
        Some(Host::Ipv4(address)) => public::is_public(address.into()),
        Some(Host::Ipv6(address)) => public::is_public(address.into()),
        None => false,
    };
    is_public
        .then_some(())
        .ok_or("its host is not on the public internet")
}

/// It would become a header with a password.
fn names_a_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}
