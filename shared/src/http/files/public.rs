//! What belongs to the public internet. A URL from a caller must not reach this machine, its network or a
//! cloud's metadata, so names are looked up by a resolver that answers with public addresses or not at all.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Networks that are not public, with the length of their prefix.
const RESERVED_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),        // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),       // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),    // behind a provider's NAT
    (Ipv4Addr::new(127, 0, 0, 0), 8),      // loopback
    (Ipv4Addr::new(168, 63, 129, 16), 32), // a cloud's own agent, at a public address
    (Ipv4Addr::new(169, 254, 0, 0), 16),   // link-local, with the metadata of clouds
    (Ipv4Addr::new(172, 16, 0, 0), 12),    // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),     // protocols
    (Ipv4Addr::new(192, 0, 2, 0), 24),     // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),   // relays from 6to4
    (Ipv4Addr::new(192, 168, 0, 0), 16),   // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),    // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24),  // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),   // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),      // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),      // reserved, and broadcast
];

/// Of IPv6, only this is given out to the public ...
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// ... except for these.
const RESERVED_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocols: Teredo, benchmarks and others
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];
/// Holds an IPv4 address in its last 32 bits; networks without IPv4 reach all of it this way.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Names that mean something near by, wherever they are asked.
const NEAR_NAMES: [&str; 3] = ["localhost", "local", "internal"];

/// Whether anybody on the internet could mean this address.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !RESERVED_V4
            .iter()
            .any(|&(network, length)| in_network(address, network, length)),
        IpAddr::V6(address) if within(address, NAT64) => {
            is_public(IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() as u32)))
        }
        IpAddr::V6(address) => {
            within(address, GLOBAL_V6) && !RESERVED_V6.iter().any(|&net| within(address, net))
        }
    }
}

/// Whether this name is `localhost`, `x.local`, `x.internal` or the like, with or without a final dot.
pub(super) fn is_near(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    NEAR_NAMES.contains(&last)
}

fn in_network(address: Ipv4Addr, network: Ipv4Addr, length: u32) -> bool {
    let mask = u32::MAX << (32 - length);
    address.to_bits() & mask == network.to_bits()
}

fn within(address: Ipv6Addr, (network, length): (Ipv6Addr, u32)) -> bool {
    let mask = u128::MAX << (128 - length);
    address.to_bits() & mask == network.to_bits()
}

type Lookup = dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync;

/// How the names of public hosts become addresses.
#[derive(Clone)]
pub(crate) struct Dns {
    lookup: Arc<Lookup>,
    accepts: fn(IpAddr) -> bool,
}

/// A name that leads, or also leads, to where no caller may go.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` is at {address}, which is not a public address")]
pub(super) struct NotPublic {
    name: String,
    address: IpAddr,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Unresolved {
    #[error(transparent)]
    NotPublic(#[from] NotPublic),
    #[error("the name cannot be looked up ({0})")]
    Failed(#[from] io::Error),
}

impl fmt::Debug for Dns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dns")
    }
}

impl Dns {
    /// As this machine resolves names.
    pub(crate) fn system() -> Self {
        Self {
            lookup: Arc::new(|name| {
                Box::pin(async move {
                    // With port 0 the URL decides.
                    let found = tokio::net::lookup_host((name, 0)).await?;
                    Ok(found.collect())
                })
            }),
            accepts: is_public,
        }
    }

    /// Answers that a test makes up. They may lead to loopback, since a test has nothing else.
    #[cfg(test)]
    pub(crate) fn made_up(answers: &[(&str, &[SocketAddr])], loopback_is_public: bool) -> Self {
        let answers: std::collections::HashMap<String, Vec<SocketAddr>> = answers
            .iter()
            .map(|(name, addresses)| ((*name).to_owned(), addresses.to_vec()))
            .collect();
        let accepts: fn(IpAddr) -> bool = if loopback_is_public {
            |address: IpAddr| address.is_loopback() || is_public(address)
        } else {
            is_public
        };
        Self {
            lookup: Arc::new(move |name| {
                let found = answers.get(&name).cloned();
                Box::pin(async move { found.ok_or_else(|| io::ErrorKind::NotFound.into()) })
            }),
            accepts,
        }
    }

    /// Every address of a name; none if a single one is not public, since the next answer may
    /// have just that one.
    pub(super) async fn public_addresses(&self, name: &str) -> Result<Vec<SocketAddr>, Unresolved> {
        let found = (self.lookup)(name.to_owned()).await?;
        let mut all = found.iter().map(SocketAddr::ip);
        match all.find(|&ip| !(self.accepts)(ip)) {
            None => Ok(found),
            Some(address) => Err(Unresolved::NotPublic(NotPublic {
                name: name.to_owned(),
                address,
            })),
        }
    }
}

/// What the client for public files asks, so that the address it checked is the one it connects to.
pub(crate) struct Resolver {
    pub(crate) dns: Dns,
    pub(crate) proxies: Vec<String>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let dns = self.dns.clone();
        let name = name.as_str().to_owned();
        let is_proxy = self.proxies.contains(&name);
        Box::pin(async move {
            let found = if is_proxy {
                (dns.lookup)(name).await?
            } else {
                dns.public_addresses(&name).await?
            };
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// What the resolver said, from inside the error of a request.
pub(super) fn not_public(error: &reqwest::Error) -> Option<String> {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(Unresolved::NotPublic(reason)) = cause.downcast_ref() {
            return Some(reason.to_string());
        }
        source = cause.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_of_reserved_networks_are_exact() {
        let public = [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "168.63.129.15",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2000::1",
            "2001:200::1",
            "2001:db7::1",
            "2001:db9::1",
            "2003::1",
            "2606:4700::1111",
            "3ffe:ffff::1",
            "3fff:1000::1",
        ];
        let reserved = [
            "0.255.255.255",
            "10.255.255.255",
            "100.127.255.255",
            "127.255.255.255",
            "169.254.0.0",
            "172.31.255.255",
            "192.0.0.255",
            "192.168.255.255",
            "198.19.255.255",
            "239.255.255.255",
            "255.255.255.255",
            "1fff::1",
            "2001:1ff::1",
            "2001:db8:ffff::1",
            "2002:808:808::1",
            "3fff:fff::1",
            "4000::1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::8.8.8.8",
            "::8.8.8.8",
            "fe80::1",
        ];
        for (addresses, expected) in [(&public[..], true), (&reserved[..], false)] {
            for address in addresses {
                assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
            }
        }
    }

    #[tokio::test]
    async fn this_machine_resolves_its_own_name_to_nothing_public() {
        let found = Dns::system().public_addresses("localhost").await;
        assert!(matches!(found, Err(Unresolved::NotPublic(_))), "{found:?}");
    }
}
