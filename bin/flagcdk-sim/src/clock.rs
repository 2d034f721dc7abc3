//! Time enters the simulator here and nowhere else.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Where the simulator takes its time from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The clock of the machine.
    #[default]
    System,
    /// A clock that stands still until it is moved, so that a test can look at a half-done operation.
    Manual(ManualClock),
}

/// A clock that is moved by hand. Clones show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that shows 2026-01-01T00:00:00Z.
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_767_225_600_000_000)))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(micros(by), Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock {
    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, micros)),
            Self::Manual(clock) => Timestamp(clock.0.load(Ordering::SeqCst)),
        }
    }
}

/// How long the simulated cloud takes for the stack of one region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Work is done when the next request comes: for tests.
    #[default]
    Instant,
    /// 150 to 400 ms, spread over stacks and regions, always the same for the same names: for people who watch.
    Demo,
    /// The same time for every stack.
    Fixed(Duration),
}

impl Pace {
    /// The time that the work on the stack of this name in this region takes.
    pub(crate) fn of_stack(self, region: &str, stack_name: &str) -> Duration {
        match self {
            Self::Instant => Duration::from_micros(8),
            Self::Fixed(duration) => duration,
            Self::Demo => {
                let digest = Sha256::digest(format!("{region}/{stack_name}"));
                let spread = u64::from(digest[0]) * 250 / 255;
                Duration::from_millis(150 + spread)
            }
        }
    }

    /// The time between the starts of two regions that are worked on in parallel: StackSets does not start all of them
    /// in the same moment, so an early failure finds some that were not begun.
    pub(crate) fn stagger(self) -> Duration {
        match self {
            Self::Instant => Duration::from_micros(1),
            Self::Demo => Duration::from_millis(12),
            Self::Fixed(duration) => duration / 8,
        }
    }
}

/// A moment, in microseconds since 1970 UTC. Shown as CloudFormation does, with milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Timestamp(pub(crate) i64);

impl Timestamp {
    /// Later than everything.
    pub(crate) const MAX: Self = Self(i64::MAX);

    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }

    /// The moment at `part` of `parts` between this one and `end`.
    pub(crate) fn between(self, end: Self, part: usize, parts: usize) -> Self {
        let (part, parts) = (part as i64, parts.max(1) as i64);
        Self(self.0 + (end.0 - self.0) * part / parts)
    }

    pub(crate) fn seconds(self) -> f64 {
        (self.0 / 1000) as f64 / 1000.0
    }

    /// `2026-01-02T03:04:05.678`, the form of a DynamoDB stream label.
    pub(crate) fn label(self) -> String {
        let text = self.to_string();
        text.trim_end_matches('Z').to_owned()
    }

    /// `Fri, 02 Jan 2026 03:04:05 GMT`, the form of HTTP headers.
    pub(crate) fn http_date(self) -> String {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let seconds = self.0.div_euclid(1_000_000);
        let (year, month, day) = civil(seconds.div_euclid(86_400));
        let second_of_day = seconds.rem_euclid(86_400);
        format!(
            "{}, {day:02} {} {year} {:02}:{:02}:{:02} GMT",
            DAYS[seconds.div_euclid(86_400).rem_euclid(7) as usize],
            MONTHS[month as usize - 1],
            second_of_day / 3600,
            second_of_day / 60 % 60,
            second_of_day % 60,
        )
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.div_euclid(1000);
        let seconds = millis.div_euclid(1000);
        let (year, month, day) = civil(seconds.div_euclid(86_400));
        let second_of_day = seconds.rem_euclid(86_400);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
            second_of_day / 3600,
            second_of_day / 60 % 60,
            second_of_day % 60,
            millis.rem_euclid(1000),
        )
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Year, month and day of a count of days since 1970, in the Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    // Counting years from March puts the leap day at the end of the year, which makes the months regular.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_as_aws_shows_them() {
        for (micros, iso, http) in [
            (0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_767_225_599_999_999, "2025-12-31T23:59:59.999Z", "Wed, 31 Dec 2025 23:59:59 GMT"),
        ] {
            assert_eq!(Timestamp(micros).to_string(), iso);
            assert_eq!(Timestamp(micros).http_date(), http);
        }
    }

    #[test]
    fn the_demo_pace_is_spread_and_repeatable() {
        let first = Pace::Demo.of_stack("eu-west-1", "Data");
        assert_eq!(first, Pace::Demo.of_stack("eu-west-1", "Data"));
        assert_ne!(first, Pace::Demo.of_stack("eu-west-2", "Data"));
        assert!((150..=400).contains(&first.as_millis()));
    }
}
