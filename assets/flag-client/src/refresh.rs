//! Flags, kept up to date in the background.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use flag_model::{Applied, FlagId, Timestamp};
use tokio::sync::{mpsc, oneshot, watch};

use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::source::{Held, RefreshError, Source, Update};

/// The longest time between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How old a version may be when it is first read and still be told of. The check of consistency looks within this time.
const RECENT: Duration = Duration::from_secs(60 * 60);

/// How old the flags are, and why they are not newer.
#[derive(Clone, Debug)]
pub struct Freshness {
    /// When the cache last answered; none if it never has.
    pub refreshed: Option<Instant>,
    /// How often in a row it has not answered since.
    pub failures: u32,
    /// Why it did not, the last time.
    pub error: Option<RefreshError>,
    /// How many entries of the cache could not be read, the last time. Their flags are as they were.
    pub malformed: usize,
    /// How many flags there are.
    pub flags: usize,
    pub(crate) stale_after: Duration,
}

impl Freshness {
    pub(crate) fn of_nothing(stale_after: Duration) -> Self {
        Self { refreshed: None, failures: 0, error: None, malformed: 0, flags: 0, stale_after }
    }

    /// How long ago the cache last answered; none if it never has.
    pub fn age(&self) -> Option<Duration> {
        self.refreshed.map(|at| at.elapsed())
    }

    /// Whether that is longer ago than the settings allow. Flags are read nevertheless.
    pub fn is_stale(&self) -> bool {
        self.age().is_none_or(|age| age > self.stale_after)
    }
}

/// Somebody who waits for a refresh.
pub(crate) type Waiter = oneshot::Sender<Result<(), RefreshError>>;

/// Keeps flags up to date.
pub(crate) struct Refresher {
    pub(crate) settings: Arc<Settings>,
    pub(crate) snapshot: Arc<ArcSwap<Snapshot>>,
    pub(crate) freshness: watch::Sender<Freshness>,
    held: Held,
    source: Source,
    discovered: Option<Instant>,
}

impl Refresher {
    pub(crate) fn new(
        settings: Arc<Settings>,
        snapshot: Arc<ArcSwap<Snapshot>>,
        freshness: watch::Sender<Freshness>,
    ) -> Self {
        let source = Source::new(Arc::clone(&settings));
        Self { settings, snapshot, freshness, held: Held::new(), source, discovered: None }
    }

    /// Refreshes until nobody holds the client any more.
    pub(crate) async fn run(mut self, mut requests: mpsc::Receiver<Waiter>) {
        let mut waiter: Option<Waiter> = None;
        loop {
            let is_due = self.discovered.is_none_or(|at| at.elapsed() >= self.settings.discover_every);
            let outcome = self.refresh(is_due || waiter.is_some()).await;
            if let Some(waiter) = waiter.take() {
                // Whoever waited may have gone.
                let _ = waiter.send(outcome);
            }
            let failures = self.freshness.borrow().failures;
            let pause = pause(self.settings.refresh_every, failures, fastrand::f64());
            tokio::select! {
                request = requests.recv() => match request {
                    Some(request) => waiter = Some(request),
                    None => return,
                },
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn refresh(&mut self, discover: bool) -> Result<(), RefreshError> {
        let outcome = self.source.read(&self.held, discover).await;
        match outcome {
            Ok(update) => {
                if discover {
                    self.discovered = Some(Instant::now());
                }
                let malformed = update.malformed;
                self.apply(update);
                let flags = self.snapshot.load().len();
                self.freshness.send_modify(|freshness| {
                    let refreshed = Some(Instant::now());
                    let stale_after = freshness.stale_after;
                    *freshness = Freshness { refreshed, failures: 0, error: None, malformed, flags, stale_after };
                });
                Ok(())
            }
            Err(error) => {
                self.freshness.send_modify(|freshness| {
                    freshness.failures = freshness.failures.saturating_add(1);
                    freshness.error = Some(error.clone());
                });
                Err(error)
            }
        }
    }

    fn apply(&mut self, update: Update) {
        let is_first = self.freshness.borrow().refreshed.is_none();
        if update.changed.is_empty() && !is_first {
            return;
        }
        let now = SystemTime::now();
        let mut news = Vec::new();
        for entry in &update.changed {
            if !is_first || is_recent(entry.written_at, now) {
                news.push((Arc::clone(&entry.id), entry.version));
            }
            self.held.insert(Arc::clone(&entry.id), (entry.version.get(), entry.flag.is_none()));
        }
        self.snapshot.store(Arc::new(self.snapshot.load().with(update.changed)));
        if let Some(reporter) = &self.settings.reporter {
            for (id, version) in news {
                let flag_id = FlagId::new(id.as_ref()).expect("what is read is looked for by its id");
                reporter.applied(&Applied { flag_id, service: self.settings.service.clone(), version });
            }
        }
    }
}

/// How long to wait for the next try: twice as long after each failure, and give or take a fifth, by chance from 0 to 1.
fn pause(refresh_every: Duration, failures: u32, chance: f64) -> Duration {
    let pause = refresh_every.saturating_mul(1 << failures.min(16));
    pause.min(LONGEST_PAUSE.max(refresh_every)).mul_f64(0.8 + 0.4 * chance)
}

/// Whether a version was written not long ago. One that does not say when may have been.
fn is_recent(written_at: Option<Timestamp>, now: SystemTime) -> bool {
    let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    let recent = i64::try_from(RECENT.as_millis()).unwrap_or(i64::MAX);
    written_at.is_none_or(|at| now.saturating_sub(at.milliseconds()) < recent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_that_is_gone_is_asked_ever_more_seldom() {
        let check = |every: u64, failures: u32, chance: f64, expected: f64| {
            let got = pause(Duration::from_secs(every), failures, chance).as_secs_f64();
            assert!(
                (got - expected).abs() < 1e-6,
                "{every} s, {failures} failures, {chance}: {got}, wanted {expected}"
            );
        };
        check(5, 0, 0.5, 5.0);
        check(5, 0, 0.0, 4.0);
        check(5, 0, 1.0, 6.0);
        check(5, 1, 0.5, 10.0);
        check(5, 3, 0.5, 40.0);
        check(5, 4, 0.5, 60.0);
        check(5, u32::MAX, 1.0, 72.0);
        // Who asks less often than once a minute goes on so.
        check(3600, 0, 0.5, 3600.0);
        check(3600, 9, 0.5, 3600.0);
        assert_eq!(pause(Duration::ZERO, 3, 0.5), Duration::ZERO);
    }
}
