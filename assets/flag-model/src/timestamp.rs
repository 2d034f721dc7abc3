//! Points in time, as they are written in items and messages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A point in time, to the millisecond; written as RFC 3339 in UTC, such as `2026-03-04T05:06:07.890Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    milliseconds: i64,
}

/// A text that is no point in time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{got}` is no point in time, wanted RFC 3339 such as `2026-03-04T05:06:07Z`")]
pub struct TimestampError {
    /// The beginning of the text.
    pub got: String,
}

impl Timestamp {
    /// A number of milliseconds since 1970.
    ///
    /// None if it is outside the years -9999 to 9999.
    pub fn from_milliseconds(milliseconds: i64) -> Option<Self> {
        jiff::Timestamp::from_millisecond(milliseconds).ok().map(|_| Self { milliseconds })
    }

    /// How many milliseconds have passed since 1970.
    pub fn milliseconds(self) -> i64 {
        self.milliseconds
    }

    /// How many whole seconds have passed since 1970.
    pub fn seconds(self) -> i64 {
        self.milliseconds.div_euclid(1000)
    }

    /// The day in UTC, such as `2026-03-04`. Texts of days compare as days do.
    pub fn date(self) -> String {
        self.civil().date().to_string()
    }

    /// The hour in UTC, 0 to 23.
    pub fn hour(self) -> i64 {
        self.civil().hour().into()
    }

    /// The day of the week in UTC, 1 (Monday) to 7 (Sunday).
    pub fn weekday(self) -> i64 {
        self.civil().weekday().to_monday_one_offset().into()
    }

    fn instant(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.milliseconds).expect("it was checked when it was made")
    }

    fn civil(self) -> jiff::civil::DateTime {
        jiff::tz::Offset::UTC.to_datetime(self.instant())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.instant().fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let refused = || TimestampError { got: text.chars().take(60).collect() };
        let instant: jiff::Timestamp = text.parse().map_err(|_| refused())?;
        Ok(Self { milliseconds: instant.as_millisecond() })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time() {
        let check = |text: &str, expected: &str| {
            let got = text.parse::<Timestamp>().map_or_else(
                |_| "refused".to_owned(),
                |t| format!("{t} {} {} {} {}", t.milliseconds(), t.date(), t.weekday(), t.hour()),
            );
            assert_eq!(got, expected, "{text:?}");
        };
        check("2026-03-04T05:06:07Z", "2026-03-04T05:06:07Z 1772600767000 2026-03-04 3 5");
        check("2026-03-04T05:06:07.890123Z", "2026-03-04T05:06:07.89Z 1772600767890 2026-03-04 3 5");
        check("2026-03-04T23:30:00-02:00", "2026-03-05T01:30:00Z 1772674200000 2026-03-05 4 1");
        check("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z -500 1969-12-31 3 23");
        for text in ["", "yesterday", "2026-03-04", "2026-13-04T05:06:07Z", "1772600767", "2026-03-04T05:06:07"] {
            check(text, "refused");
        }
    }
}
