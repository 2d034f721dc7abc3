//! The client.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};

use crate::context::Context;
use crate::evaluate::{Evaluation, NoValue};
use crate::refresh::{Freshness, Refresher, Waiter};
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::source::RefreshError;

/// Reads the flags of a service. Copies share what is read; with the last of them the reading ends.
#[derive(Clone, Debug)]
pub struct FlagClient {
    snapshot: Arc<ArcSwap<Snapshot>>,
    freshness: watch::Receiver<Freshness>,
    /// Those who wait for a refresh; none if there is no cache.
    requests: Option<mpsc::Sender<Waiter>>,
}

/// No flags have been read in time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no flags have been read yet{}", error.as_ref().map(|error| format!(": {error}")).unwrap_or_default())]
pub struct NotReady {
    /// Why not, if it is known.
    pub error: Option<RefreshError>,
}

impl FlagClient {
    /// Begins to read flags in the background. Until some have been read, all are unknown, and readers get their defaults;
    /// see [`FlagClient::ready`].
    ///
    /// # Panics
    ///
    /// If it is not called within a Tokio runtime.
    pub fn start(settings: Settings) -> Self {
        let snapshot = Arc::new(ArcSwap::default());
        let (sender, freshness) = watch::channel(Freshness::of_nothing(settings.stale_after));
        let (requests, received) = mpsc::channel(16);
        let refresher = Refresher::new(Arc::new(settings), Arc::clone(&snapshot), sender);
        tokio::spawn(refresher.run(received));
        Self { snapshot, freshness, requests: Some(requests) }
    }

    /// A client of flags that never change, for tests of services.
    pub fn of(snapshot: Snapshot) -> Self {
        let flags = snapshot.len();
        let refreshed = Some(std::time::Instant::now());
        let (_, freshness) = watch::channel(Freshness { refreshed, flags, ..Freshness::of_nothing(Duration::MAX) });
        Self { snapshot: Arc::new(ArcSwap::from_pointee(snapshot)), freshness, requests: None }
    }

    /// Waits until flags have been read.
    ///
    /// A service that must not start with defaults waits here. One that may need not.
    ///
    /// # Errors
    ///
    /// If that takes longer than `patience`. The client tries on.
    pub async fn ready(&self, patience: Duration) -> Result<(), NotReady> {
        let mut freshness = self.freshness.clone();
        let loaded =
            tokio::time::timeout(patience, freshness.wait_for(|freshness| freshness.refreshed.is_some())).await;
        match loaded {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(NotReady { error: Some(RefreshError::Stopped) }),
            Err(_) => Err(NotReady { error: self.freshness.borrow().error.clone() }),
        }
    }

    /// Reads what has changed now, new flags too, and waits until it is in use.
    ///
    /// # Errors
    ///
    /// If the cache does not answer.
    pub async fn refresh(&self) -> Result<(), RefreshError> {
        let Some(requests) = &self.requests else { return Ok(()) };
        let (waiter, done) = oneshot::channel();
        requests.send(waiter).await.map_err(|_| RefreshError::Stopped)?;
        done.await.unwrap_or(Err(RefreshError::Stopped))
    }

    /// How old the flags are, and why they are not newer.
    pub fn freshness(&self) -> Freshness {
        self.freshness.borrow().clone()
    }

    /// All flags as they are now, to read several that fit together.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// What a flag gives to the one that the context tells of, and why.
    ///
    /// # Errors
    ///
    /// If there is no such flag, or it has nothing for them.
    pub fn evaluate(&self, id: &str, context: &Context) -> Result<Evaluation, NoValue> {
        self.snapshot.load().evaluate(id, context)
    }

    /// The value, if it is yes or no; the default if there is none.
    pub fn bool(&self, id: &str, context: &Context, default: bool) -> bool {
        self.snapshot.load().bool(id, context, default)
    }

    /// The value, if it is a number; the default if there is none.
    pub fn number(&self, id: &str, context: &Context, default: f64) -> f64 {
        self.snapshot.load().number(id, context, default)
    }

    /// The value, if it is a whole number; the default if there is none.
    pub fn integer(&self, id: &str, context: &Context, default: i64) -> i64 {
        self.snapshot.load().integer(id, context, default)
    }

    /// The value, if it is a text; the default if there is none.
    pub fn text(&self, id: &str, context: &Context, default: &str) -> Arc<str> {
        self.snapshot.load().text(id, context, default)
    }

    /// The value, if it is an object, a list or null.
    pub fn json(&self, id: &str, context: &Context) -> Option<Arc<serde_json::Value>> {
        self.snapshot.load().json(id, context)
    }

    /// The value as a type of the service's own; the default if there is none, or it is not such a one.
    pub fn get<T: DeserializeOwned>(&self, id: &str, context: &Context, default: T) -> T {
        let value = self.evaluate(id, context).map(|evaluation| evaluation.value);
        value.ok().and_then(|value| value.parse().ok()).unwrap_or(default)
    }
}
