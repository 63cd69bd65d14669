//! Progress notifications that only ever grow.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rmcp::{
    Peer, RoleServer,
    model::{ProgressNotificationParam, ProgressToken},
};

const WHOLE: f64 = 100.0;
/// Of what is left: how far a sign of life moves on when nothing has become more.
const CREEP: f64 = 0.01;
/// Clients show the number as it is: tenths are enough.
const STEPS_OF_ONE: f64 = 10.0;
/// Between two notifications of one phase.
const LEAST_PAUSE: Duration = Duration::from_millis(250);

/// Tells the client how far a call has come, if it asked for that. Of 100, strictly increasing.
/// Clones speak with one voice.
#[derive(Debug, Clone)]
pub struct Progress(Option<Arc<Listener>>);

#[derive(Debug)]
struct Listener {
    peer: Peer<RoleServer>,
    token: ProgressToken,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    value: f64,
    phase: String,
    at: Option<Instant>,
}

impl Progress {
    pub fn new(peer: Peer<RoleServer>, token: Option<ProgressToken>) -> Self {
        Self(token.map(|token| {
            let told = Mutex::default();
            Arc::new(Listener { peer, token, told })
        }))
    }

    /// Nobody listens.
    pub fn none() -> Self {
        Self(None)
    }

    /// `share` of the whole, 0.0..=1.0, and what is going on: a phase, and after a comma its details.
    /// Within a phase at most four times a second; a new phase is told at once.
    pub async fn report(&self, share: f64, message: &str) {
        let Some(listener) = &self.0 else {
            return;
        };
        let next = listener
            .told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next(share, message, Instant::now());
        let Some(value) = next else {
            return;
        };
        let notification = ProgressNotificationParam::new(listener.token.clone(), value)
            .with_total(WHOLE)
            .with_message(message);
        // A client that is gone needs no progress.
        let _ = listener.peer.notify_progress(notification).await;
    }
}

impl Told {
    /// The value to tell, or `None` when it is too early or everything was told.
    fn next(&mut self, share: f64, message: &str, now: Instant) -> Option<f64> {
        let phase = message.split(',').next().unwrap_or_default();
        let is_early = self.at.is_some_and(|at| now < at + LEAST_PAUSE);
        if is_early && phase == self.phase {
            return None;
        }
        let creeping = self.value + (WHOLE - self.value) * CREEP;
        let value = (share.clamp(0.0, 1.0) * WHOLE).max(creeping);
        let value = (value * STEPS_OF_ONE).ceil() / STEPS_OF_ONE;
        let value = value.min(WHOLE);
        if self.value >= value {
            return None;
        }
        *self = Self {
            value,
            phase: phase.to_owned(),
            at: Some(now),
        };
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_strictly_and_stays_within_the_whole() {
        let mut told = Told::default();
        let mut now = Instant::now();
        let mut last = 0.0;
        for share in [0.0, 0.5, 0.2, f64::NAN, 0.5, 0.9, 0.1, 1.0] {
            now += LEAST_PAUSE;
            let value = told.next(share, "running", now).unwrap();
            assert!(value > last && value <= WHOLE, "{value} after {last}");
            assert!(value.to_string().len() <= 4, "{value}");
            last = value;
        }
        assert_eq!(last, WHOLE);
        assert_eq!(told.next(1.0, "more", now + LEAST_PAUSE), None);
    }

    #[test]
    fn a_phase_is_told_four_times_a_second_at_most_and_a_new_one_at_once() {
        let mut told = Told::default();
        let now = Instant::now();
        assert!(told.next(0.1, "queued", now).is_some());
        assert_eq!(told.next(0.2, "queued", now), None);
        assert!(told.next(0.2, "running, step 1 of 9", now).is_some());
        assert_eq!(told.next(0.3, "running, step 2 of 9", now), None);
        let later = now + LEAST_PAUSE;
        assert!(told.next(0.3, "running, step 2 of 9", later).is_some());
    }
}
