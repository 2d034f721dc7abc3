//! What was seen, and when.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long is waited for an arrow. Only what is broken takes so long.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// Tells of each arrow when it is seen, with the time since the write.
pub(super) struct Timeline<S> {
    pub(super) say: S,
    /// When the flag was written.
    pub(super) start: i64,
}

impl<S: FnMut(String)> Timeline<S> {
    /// An arrow that was seen just now.
    pub(super) fn now(&mut self, arrow: &str, what: &str) {
        self.at(now(), arrow, what);
    }

    /// An arrow that was seen at a time.
    pub(super) fn at(&mut self, at: i64, arrow: &str, what: &str) {
        (self.say)(format!("{:>8} ms  {arrow:<18}  {what}", at - self.start));
    }
}

/// Now, in milliseconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Looks again and again until there is something to see.
pub(super) async fn until<T>(arrow: &str, look: impl AsyncFn() -> Result<Option<T>, String>) -> Result<T, String> {
    let started = Instant::now();
    loop {
        let last = match look().await {
            Ok(Some(seen)) => return Ok(seen),
            Ok(None) => String::new(),
            // What is asked for may not be there yet.
            Err(error) => format!("; the last look failed: {error}"),
        };
        if started.elapsed() > PATIENCE {
            return Err(format!("the arrow `{arrow}` was not seen within {} s{last}", PATIENCE.as_secs()));
        }
        tokio::time::sleep(PAUSE).await;
    }
}
