//! What a handler is given besides its event, and how it fails.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flag_model::Timestamp;
use lambda_runtime::Diagnostic;
use thiserror::Error;
use tokio::time::timeout;

use crate::settings::SettingsError;

/// How long before its deadline an invocation stops to begin anything, so that there is time to answer.
const MARGIN: Duration = Duration::from_millis(500);

/// What is known of an invocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invocation {
    /// When Lambda ends it, in milliseconds since 1970.
    deadline: u64,
}

/// Why an invocation failed. A state machine sees the name as the error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub(crate) struct Failure {
    pub(crate) name: &'static str,
    pub(crate) message: String,
}

impl Invocation {
    pub(crate) fn new(deadline: u64) -> Self {
        Self { deadline }
    }

    /// How long it may still work.
    pub(crate) fn time_left(&self) -> Duration {
        let deadline = UNIX_EPOCH + Duration::from_millis(self.deadline);
        deadline.duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(MARGIN)
    }

    /// Does something unless, or until, there is no time left for it. None then: it may have been done or not.
    pub(crate) async fn in_time<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let left = self.time_left();
        if left.is_zero() {
            return None;
        }
        timeout(left, work).await.ok()
    }
}

impl Failure {
    pub(crate) fn new(name: &'static str, message: impl ToString) -> Self {
        Self { name, message: message.to_string() }
    }

    /// The time was up before it was done.
    pub(crate) fn out_of_time() -> Self {
        Self::new("OutOfTime", "there was no time left")
    }

    /// The event is not what the function is for.
    pub(crate) fn bad_event(message: impl ToString) -> Self {
        Self::new("BadEvent", message)
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::new("BadSettings", error)
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.name.to_owned(), error_message: failure.message }
    }
}

/// The time now.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let milliseconds = i64::try_from(since.as_millis()).unwrap_or_default();
    Timestamp::from_milliseconds(milliseconds).expect("the clock shows a year of four digits")
}
