//! The one reqwest client of a process: TLS, proxies, redirects, connections.

use std::{
    fmt,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::{Certificate, NoProxy, Proxy, redirect::Policy};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use url::Url;

use super::{
    Retry,
    files::{Dns, Resolver},
};
use crate::{config::Env, settings::Settings};

pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
pub(super) const MOST_REDIRECTS: usize = 3;

/// Shorter than what servers commonly allow, so that a write rarely meets a connection that is being closed.
const IDLE: Duration = Duration::from_secs(30);
const IDLE_PER_HOST: usize = 16;

const FILE_TIMEOUT: Duration = Duration::from_secs(300);
const FILE_IDLE: Duration = Duration::from_secs(30);

const ROOTS_VARIABLE: &str = "SSL_CERT_FILE";
/// Where Linux and BSD systems keep their authorities; the first that exists counts.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Connections, TLS and proxy, shared by all providers of a process. Built on first use or by [`Client::warm_up`].
#[derive(Clone)]
pub struct Client {
    pub(super) timeout: Duration,
    pub(super) patience: Patience,
    shared: Arc<Shared>,
}

/// How long a file may take to arrive. Longer than an answer: it is the size of thousands of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// From the question to the last byte.
    pub(crate) total: Duration,
    /// Without a single byte.
    pub(crate) idle: Duration,
    pub(crate) retry: Retry,
}

/// Kept also when it failed: the reason does not go away before a restart.
type Built = OnceLock<Result<reqwest::Client, String>>;

struct Shared {
    /// The file `SSL_CERT_FILE` names.
    roots: Option<String>,
    proxies: Vec<ProxyVariable>,
    no_proxy: String,
    dns: Dns,
    /// For requests with a key.
    keyed: Built,
    /// For files at hosts that are known by name.
    files: Built,
    /// For files at hosts that must be public.
    public: Built,
}

struct ProxyVariable {
    name: &'static str,
    /// May hold a password.
    value: String,
    make: fn(&str) -> reqwest::Result<Proxy>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Reads `SSL_CERT_FILE`, `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` from `env`.
    /// Whether they are usable shows on first use, as [`crate::Error::Network`], so that a server
    /// with a wrong variable still starts and can say what is wrong.
    pub fn new(env: &Env, settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self::with_dns(env, settings, Dns::system()))
    }

    /// With another way from names of public hosts to addresses.
    pub(crate) fn with_dns(env: &Env, settings: &Settings, dns: Dns) -> Self {
        let either = |lower, upper| env.get(lower).or_else(|| env.get(upper));
        let variables: [(_, _, fn(&str) -> _); 3] = [
            ("https_proxy", "HTTPS_PROXY", |url| Proxy::https(url)),
            ("http_proxy", "HTTP_PROXY", |url| Proxy::http(url)),
            ("all_proxy", "ALL_PROXY", |url| Proxy::all(url)),
        ];
        let proxies = variables
            .into_iter()
            .filter_map(|(lower, name, make)| {
                let value = either(lower, name)?.to_owned();
                Some(ProxyVariable { name, value, make })
            })
            .collect();
        // What listens on this machine (the demo, a test) is never behind a proxy.
        let no_proxy = either("no_proxy", "NO_PROXY").unwrap_or_default();
        let no_proxy = format!("localhost,127.0.0.0/8,::1,{no_proxy}");
        Self {
            timeout: settings.request_timeout(),
            patience: Patience {
                total: FILE_TIMEOUT,
                idle: FILE_IDLE,
                retry: Retry::default(),
            },
            shared: Arc::new(Shared {
                roots: env.get(ROOTS_VARIABLE).map(str::to_owned),
                proxies,
                no_proxy,
                dns,
                keyed: OnceLock::new(),
                files: OnceLock::new(),
                public: OnceLock::new(),
            }),
        }
    }

    /// The same connections with another limit for each request, retries included. For tests.
    pub fn with_request_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    #[cfg(test)]
    pub(crate) fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Build the connection pool on a thread of its own, so that the first call does not wait for it.
    pub fn warm_up(&self) {
        let client = self.clone();
        std::thread::spawn(move || {
            if let Err(reason) = client.get() {
                tracing::warn!("no provider can be reached: {reason}");
            }
        });
    }

    /// Fails with a reason in plain words that names the variable to correct.
    pub(super) fn get(&self) -> Result<&reqwest::Client, &str> {
        built(&self.shared.keyed, || {
            Ok(self.shared.builder()?.redirect(same_origin_only()))
        })
    }

    /// Follows nothing by itself: each step is checked first.
    pub(super) fn for_files(&self) -> Result<&reqwest::Client, &str> {
        built(&self.shared.files, || {
            Ok(self.shared.builder()?.redirect(Policy::none()))
        })
    }

    /// Connects to public addresses only, and follows nothing by itself.
    pub(super) fn for_public_files(&self) -> Result<&reqwest::Client, &str> {
        let resolver = Resolver {
            dns: self.dns().clone(),
            proxies: self.proxy_hosts(),
        };
        built(&self.shared.public, || {
            let builder = self.shared.builder()?.redirect(Policy::none());
            Ok(builder.https_only(true).dns_resolver(resolver))
        })
    }

    pub(super) fn dns(&self) -> &Dns {
        &self.shared.dns
    }

    /// The operator chose these, so they need not be public.
    pub(super) fn proxy_hosts(&self) -> Vec<String> {
        let proxies = self.shared.proxies.iter();
        proxies.filter_map(ProxyVariable::host).collect()
    }
}

fn built(
    place: &Built,
    builder: impl FnOnce() -> Result<reqwest::ClientBuilder, String>,
) -> Result<&reqwest::Client, &str> {
    let built = place.get_or_init(|| {
        let client = builder()?.build();
        client.map_err(|error| super::answer::reason(error.without_url()))
    });
    built.as_ref().map_err(String::as_str)
}

impl Shared {
    /// What all clients have in common.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that builds a client"
    )]
    fn builder(&self) -> Result<reqwest::ClientBuilder, String> {
        install_crypto();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("mcp-shared/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            // A key in the query would travel to wherever a redirect points.
            .referer(false)
            // Only what `Env` says, so that tests are their own.
            .no_proxy();
        for proxy in &self.proxies {
            // The value may hold a password, and reqwest's error the value.
            let made = (proxy.make)(&proxy.value)
                .map_err(|_| format!("`{}` does not hold the URL of a proxy", proxy.name))?;
            builder = builder.proxy(made.no_proxy(NoProxy::from_string(&self.no_proxy)));
        }
        if let Some(file) = &self.roots {
            builder = builder.tls_certs_merge(roots(file)?);
        }
        Ok(builder)
    }
}

impl ProxyVariable {
    /// The scheme may be left out.
    fn host(&self) -> Option<String> {
        let url = Url::parse(&self.value).ok().filter(Url::has_host);
        let url = url.or_else(|| Url::parse(&format!("http://{}", self.value)).ok());
        url?.host_str().map(str::to_owned)
    }
}

/// Make ring the process's crypto provider for TLS. Harmless when called again.
pub fn install_crypto() {
    // An error means that a provider is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The key goes where the request goes, so a request never goes to another origin.
fn same_origin_only() -> Policy {
    Policy::custom(|attempt| {
        let hops = attempt.previous();
        let same = hops
            .last()
            .is_some_and(|from| from.origin() == attempt.url().origin());
        if same && hops.len() <= MOST_REDIRECTS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

/// The authorities of this file and of the system: on Linux reqwest would take the file instead of
/// the system's, and a company's own authority is seldom the only one that is needed.
fn roots(file: &str) -> Result<Vec<Certificate>, String> {
    let mut all = certificates(file).map_err(|error| {
        format!("`{ROOTS_VARIABLE}` names `{file}`, which cannot be read: {error}")
    })?;
    if all.is_empty() {
        return Err(format!(
            "`{ROOTS_VARIABLE}` names `{file}`, which holds no certificate in PEM format"
        ));
    }
    let system = SYSTEM_BUNDLES
        .iter()
        .find(|bundle| Path::new(bundle).exists());
    if let Some(bundle) = system.filter(|&&bundle| bundle != file) {
        // Unreadable is as good as missing: reqwest asks the system as well.
        all.extend(certificates(bundle).unwrap_or_default());
    }
    Ok(all)
}

/// Those certificates of a PEM file that can be an authority; bundles often hold a few odd ones.
fn certificates(file: &str) -> std::io::Result<Vec<Certificate>> {
    let pem = std::fs::read(file)?;
    Ok(CertificateDer::pem_slice_iter(&pem)
        .filter_map(Result::ok)
        .filter(|der| RootCertStore::empty().add(der.clone()).is_ok())
        .filter_map(|der| Certificate::from_der(&der).ok())
        .collect())
}
