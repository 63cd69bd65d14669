//! Who watches which resource. While someone does, it is read again at intervals, and a change is told.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use rmcp::{
    ErrorData, RoleServer,
    model::ResourceUpdatedNotificationParam,
    service::{Peer, SubscriptionSink},
};

use super::{Body, Mcp, Server};

const MOST_WATCHED: usize = 64;
const MOST_LISTENERS: usize = 1_000;

/// Where the news goes: to a client that subscribed (until 2025-11-25) or to one that listens (2026-07-28).
pub(crate) enum Listener {
    Peer(Peer<RoleServer>),
    Sink(SubscriptionSink),
}

impl Listener {
    /// Whether the client is still there.
    async fn tell(&self, uri: &str) -> bool {
        match self {
            Self::Peer(peer) => {
                let news = ResourceUpdatedNotificationParam::new(uri);
                !peer.is_transport_closed() && peer.notify_resource_updated(news).await.is_ok()
            }
            Self::Sink(sink) => sink.notify_resource_updated(uri).await.is_ok(),
        }
    }

    fn is_gone(&self) -> bool {
        match self {
            Self::Peer(peer) => peer.is_transport_closed(),
            Self::Sink(_) => false,
        }
    }
}

type Listeners = HashMap<u64, Arc<Listener>>;

#[derive(Default, Clone)]
pub(crate) struct Watchers(Arc<Mutex<HashMap<String, Listeners>>>);

impl Watchers {
    /// Add a listener; the first one of a resource starts its refresh.
    pub(crate) fn add<F, Fut>(
        &self,
        uri: String,
        key: u64,
        listener: Listener,
        every: Duration,
        read: F,
    ) -> Result<(), ErrorData>
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Option<Body>> + Send + 'static,
    {
        let mut watched = self.lock();
        let listeners: usize = watched.values().map(HashMap::len).sum();
        let is_first = !watched.contains_key(&uri);
        if listeners >= MOST_LISTENERS || (is_first && watched.len() >= MOST_WATCHED) {
            return Err(ErrorData::internal_error(
                "too many subscriptions: end some first",
                None,
            ));
        }
        watched
            .entry(uri.clone())
            .or_default()
            .insert(key, Arc::new(listener));
        drop(watched);
        if is_first {
            tokio::spawn(self.clone().refresh(uri, every, read));
        }
        Ok(())
    }

    pub(crate) fn remove(&self, uri: &str, key: u64) {
        if let Some(listeners) = self.lock().get_mut(uri) {
            listeners.remove(&key);
        }
    }

    /// Runs until nobody listens any more.
    async fn refresh<F, Fut>(self, uri: String, every: Duration, read: F)
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Option<Body>>,
    {
        let mut last = read().await;
        loop {
            tokio::time::sleep(every).await;
            let listeners = self.alive(&uri);
            if listeners.is_empty() {
                return;
            }
            let now = read().await;
            // A failed read is no news: the next one may work.
            if now.is_none() || now == last {
                continue;
            }
            last = now;
            for (key, listener) in listeners {
                if !listener.tell(&uri).await {
                    self.remove(&uri, key);
                }
            }
        }
    }

    /// The listeners that are still there; forgets the resource when there is none.
    fn alive(&self, uri: &str) -> Vec<(u64, Arc<Listener>)> {
        let mut watched = self.lock();
        let Some(listeners) = watched.get_mut(uri) else {
            return Vec::new();
        };
        listeners.retain(|_, listener| !listener.is_gone());
        if listeners.is_empty() {
            watched.remove(uri);
            return Vec::new();
        }
        listeners
            .iter()
            .map(|(key, listener)| (*key, listener.clone()))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Listeners>> {
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl<S: Server> Mcp<S> {
    /// Read the resource at intervals and tell the listener what changes.
    pub(super) fn watch(&self, uri: String, key: u64, listener: Listener) -> Result<(), ErrorData> {
        let Some(every) = self.running.server.refresh_every(&uri) else {
            let data = Some(serde_json::json!({"uri": uri}));
            return Err(ErrorData::resource_not_found(
                "this resource cannot be watched",
                data,
            ));
        };
        let mcp = self.clone();
        let read_uri = uri.clone();
        let read = move || {
            let (mcp, uri) = (mcp.clone(), read_uri.clone());
            async move {
                mcp.running
                    .server
                    .read_resource(&uri)
                    .await
                    .ok()
                    .map(|resource| resource.body)
            }
        };
        self.running.watchers.add(uri, key, listener, every, read)
    }
}
