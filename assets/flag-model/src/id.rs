//! The names and numbers that tell flags, services and versions apart.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

/// The highest version: the largest whole number that every reader of JSON, and Redis' Lua, can hold exactly.
pub const MAX_VERSION: u64 = (1 << 53) - 1;

/// The most bytes of a flag's id. The message attribute and the cache's key hold it too.
const MAX_FLAG_ID_BYTES: usize = 200;

/// The most bytes of a service's name, which is part of the name of an SQS queue (80 at most).
const MAX_SERVICE_BYTES: usize = 64;

/// Why a text is no id.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IdError {
    /// Nothing is there.
    #[error("the {what} is empty")]
    Empty {
        /// What the text was to be.
        what: &'static str,
    },
    /// There are too many bytes.
    #[error("the {what} has {bytes} bytes, wanted {max} at most")]
    TooLong {
        /// What the text was to be.
        what: &'static str,
        /// How many there are.
        bytes: usize,
        /// How many there may be.
        max: usize,
    },
    /// A character is not allowed.
    #[error("the {what} has the character `{}`, wanted letters, digits and {allowed}", character.escape_debug())]
    Character {
        /// What the text was to be.
        what: &'static str,
        /// The first that is not allowed.
        character: char,
        /// Which are, besides letters and digits of ASCII.
        allowed: &'static str,
    },
    /// A version is not a whole number from 1 to [`MAX_VERSION`].
    #[error("the version is `{got}`, wanted a whole number from 1 to {MAX_VERSION}")]
    Version {
        /// What was there.
        got: String,
    },
}

fn check(what: &'static str, text: &str, max: usize, allowed: &'static str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty { what });
    }
    if let Some(character) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !allowed.contains(*c)) {
        return Err(IdError::Character { what, character, allowed });
    }
    if text.len() > max {
        return Err(IdError::TooLong { what, bytes: text.len(), max });
    }
    Ok(())
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:expr, $allowed:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes a text that is one.
            ///
            /// # Errors
            ///
            /// If it is empty, too long, or has characters that are not allowed.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                check($what, &text, $max, $allowed)?;
                Ok(Self(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

text_id! {
    /// The id of a flag: 1 to 200 letters and digits of ASCII, `.`, `_`, `-` and `/`.
    ///
    /// This is what the system can carry; which names are welcome is for the business rules to say.
    FlagId, "flag id", MAX_FLAG_ID_BYTES, "._-/"
}

text_id! {
    /// The name of a service: 1 to 64 letters and digits of ASCII, `_` and `-`.
    ServiceName, "service name", MAX_SERVICE_BYTES, "_-"
}

/// The number of a version of a flag, from 1 to [`MAX_VERSION`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Version(u64);

impl Version {
    /// Takes a number that is one.
    ///
    /// # Errors
    ///
    /// If it is 0 or above [`MAX_VERSION`].
    pub fn new(number: u64) -> Result<Self, IdError> {
        if (1..=MAX_VERSION).contains(&number) {
            Ok(Self(number))
        } else {
            Err(IdError::Version { got: number.to_string() })
        }
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0
    }

    /// The version after this one; none after [`MAX_VERSION`].
    pub fn next(self) -> Option<Self> {
        Self::new(self.0 + 1).ok()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Version {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let refused = || IdError::Version { got: text.chars().take(60).collect() };
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = if digits { text.parse().map_err(|_| refused())? } else { return Err(refused()) };
        Self::new(number).map_err(|_| refused())
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flag_ids() {
        let check = |text: &str, expected: &str| {
            let got = FlagId::new(text).map_or_else(|error| error.to_string(), |id| format!("ok {id}"));
            assert_eq!(got, expected, "{text:?}");
        };
        check("checkout.new-tax_2", "ok checkout.new-tax_2");
        check("A/b", "ok A/b");
        check("", "the flag id is empty");
        check("audit#1", "the flag id has the character `#`, wanted letters, digits and ._-/");
        check("a b", "the flag id has the character ` `, wanted letters, digits and ._-/");
        check("a\0", "the flag id has the character `\\0`, wanted letters, digits and ._-/");
        check("größe", "the flag id has the character `ö`, wanted letters, digits and ._-/");
        check(&"x".repeat(201), "the flag id has 201 bytes, wanted 200 at most");
    }

    #[test]
    fn versions() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(text.parse::<Version>().ok().map(Version::get), expected, "{text:?}");
        };
        check("1", Some(1));
        check("007", Some(7));
        check("9007199254740991", Some(MAX_VERSION));
        for text in
            ["0", "-1", "+1", "1.0", "1e3", "", " 1", "9007199254740992", "100000000000000000000000000000000000000"]
        {
            check(text, None);
        }
        assert_eq!(Version::new(MAX_VERSION).unwrap().next(), None);
    }
}
