//! Answers that are kept for a while, each asked for once.

use std::time::{Duration, Instant};

use bytes::Bytes;
use moka::Expiry;

use crate::Result;

/// All answers of one provider together.
const CAPACITY_BYTES: u64 = 16 * 1024 * 1024;

pub(super) struct Cache(moka::future::Cache<String, Kept>);

#[derive(Clone)]
struct Kept {
    body: Bytes,
    keep: Duration,
}

impl Cache {
    pub(super) fn new() -> Self {
        let cache = moka::future::Cache::builder()
            .max_capacity(CAPACITY_BYTES)
            .weigher(|key: &String, kept: &Kept| {
                u32::try_from(key.len() + kept.body.len()).unwrap_or(u32::MAX)
            })
            .expire_after(EachItsOwn)
            .build();
        Self(cache)
    }

    /// The kept body and `true`, or what `ask` answers and `false`.
    ///
    /// Callers with the same key wait for one `ask` and share its error, which is not kept. It
    /// runs inside the caller's future: if that is dropped, one of the others asks instead.
    pub(super) async fn get_or(
        &self,
        key: String,
        keep: Duration,
        ask: impl Future<Output = Result<Bytes>>,
    ) -> Result<(Bytes, bool)> {
        let ask = async move { ask.await.map(|body| Kept { body, keep }) };
        let entry = self.0.entry(key).or_try_insert_with(ask).await;
        let entry = entry.map_err(|error| crate::Error::clone(&error))?;
        let was_kept = !entry.is_fresh();
        Ok((entry.into_value().body, was_kept))
    }
}

struct EachItsOwn;

impl Expiry<String, Kept> for EachItsOwn {
    fn expire_after_create(&self, _: &String, kept: &Kept, _: Instant) -> Option<Duration> {
        Some(kept.keep)
    }

    fn expire_after_update(
        &self,
        _: &String,
        kept: &Kept,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(kept.keep)
    }
}
