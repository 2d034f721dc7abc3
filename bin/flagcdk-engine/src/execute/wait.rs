//! Waiting for what the cloud does in its own time.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{Outcome, Problem};

/// How often to look, and when to give up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The first pause; each is half as long again as the one before.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// After which time to stop looking. What runs in the cloud goes on.
    pub deadline: Duration,
}

impl Default for Patience {
    /// From two seconds to thirty, for three hours: an OpenSearch domain alone may take one.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(2),
            longest: Duration::from_secs(30),
            deadline: Duration::from_secs(3 * 60 * 60),
        }
    }
}

/// One wait, from its first look to its last.
pub(super) struct Wait {
    patience: Patience,
    pause: Duration,
    since: Instant,
}

impl Wait {
    pub(super) fn new(patience: Patience) -> Self {
        Self { patience, pause: patience.first, since: Instant::now() }
    }

    /// Pauses before the next look.
    ///
    /// # Errors
    /// If the deadline has passed; `what` and `help` tell what was waited for and how to stop it.
    pub(super) async fn pause(&mut self, what: &str, help: &str) -> Result<(), Problem> {
        if self.since.elapsed() > self.patience.deadline {
            return Err(Problem {
                code: "deploy::deadline".into(),
                message: format!("{what} still runs after {} minutes", self.patience.deadline.as_secs() / 60),
                help: format!("run the same command to go on waiting, or {help}"),
                severity: Outcome::Environment,
            });
        }
        sleep(self.pause).await;
        self.pause = self.pause.mul_f64(1.5).min(self.patience.longest);
        Ok(())
    }
}
