//! How many requests a provider gets: at once, and per minute.

use std::{num::NonZeroU32, time::Duration};

use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep},
};

pub(super) struct Limit {
    slots: Semaphore,
    pub(super) per_minute: Option<DefaultDirectRateLimiter>,
}

/// Permission for one request; the slot is free again when this is dropped.
pub(super) struct Slot<'a> {
    _permit: Option<SemaphorePermit<'a>>,
}

impl Limit {
    pub(super) fn new(in_flight: usize, per_minute: Option<NonZeroU32>) -> Self {
        Self {
            slots: Semaphore::new(in_flight.max(1)),
            per_minute: per_minute.map(|count| RateLimiter::direct(Quota::per_minute(count))),
        }
    }

    /// Wait for a turn, first come, first served. Fails at once, with how long to wait, when the
    /// minute is used up until after the deadline.
    pub(super) async fn slot(&self, deadline: Instant) -> Result<Slot<'_>, Duration> {
        // The semaphore is never closed, so there is always a permit in the end.
        let _permit = self.slots.acquire().await.ok();
        if let Some(limiter) = &self.per_minute {
            while let Err(full) = limiter.check() {
                let wait = full.wait_time_from(DefaultClock::default().now());
                if Instant::now() + wait >= deadline {
                    return Err(wait);
                }
                sleep(wait).await;
            }
        }
        Ok(Slot { _permit })
    }
}
