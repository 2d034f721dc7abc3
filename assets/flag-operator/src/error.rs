//! What can be wrong with what an operator asks for.

use std::error::Error;

use flag_model::{FieldProblem, FlagId, NumberError, Version};
use thiserror::Error;

/// Why an operation was not done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OperatorError<E: Error + 'static> {
    /// There is no such flag.
    #[error("there is no flag `{flag}`")]
    FlagNotFound {
        /// The flag.
        flag: FlagId,
    },
    /// There is no such flag, and not enough is said to make it.
    #[error("there is no flag `{flag}`, and to make it, it needs {}", missing.join(" and "))]
    Incomplete {
        /// The flag.
        flag: FlagId,
        /// What is missing.
        missing: Vec<&'static str>,
    },
    /// The flag has no such version.
    #[error("`{flag}` has no version {version}")]
    VersionNotFound {
        /// The flag.
        flag: FlagId,
        /// The version.
        version: Version,
    },
    /// What is left of the flag is its tombstone.
    #[error("`{flag}` is deleted")]
    Deleted {
        /// The flag.
        flag: FlagId,
    },
    /// A definition is of another flag.
    #[error("the definition is of the flag `{got}`, wanted `{wanted}`")]
    OtherFlag {
        /// The flag that it is of.
        got: FlagId,
        /// The flag that is asked for.
        wanted: FlagId,
    },
    /// A rollback is to go to a version that is not older.
    #[error("`{flag}` is at version {current}, and a rollback to version {to} would not go back")]
    NotOlder {
        /// The flag.
        flag: FlagId,
        /// Where it is.
        current: Version,
        /// Where it is to go.
        to: Version,
    },
    /// A rollback is to go to a version that something bad is known of.
    #[error("version {to} of `{flag}` {problem}")]
    NotGood {
        /// The flag.
        flag: FlagId,
        /// Where it is to go.
        to: Version,
        /// What is known of the version.
        problem: String,
    },
    /// There is nothing to go back to.
    #[error("`{flag}` has no good version below {below} that differs from what it is")]
    NoGoodVersion {
        /// The flag.
        flag: FlagId,
        /// Below which version.
        below: Version,
    },
    /// The number of the newest version is the highest there is.
    #[error("`{flag}` has no version left")]
    NoVersionLeft {
        /// The flag.
        flag: FlagId,
    },
    /// An item in the table is no flag.
    #[error("{item} of `{flag}` is malformed: {problem}")]
    Malformed {
        /// The flag.
        flag: FlagId,
        /// Which item.
        item: String,
        /// What is wrong with it.
        problem: String,
    },
    /// What would be written could not be read again.
    #[error("`{flag}` cannot be written: {problem}")]
    Unwritable {
        /// The flag.
        flag: FlagId,
        /// Why not.
        problem: String,
    },
    /// The rules forbid the change.
    #[error("the rules forbid this change of `{flag}`")]
    Forbidden {
        /// The flag.
        flag: FlagId,
    },
    /// Somebody else wrote since the flag was read.
    #[error("somebody else changed `{flag}` while this change was made; nothing was written")]
    Conflict {
        /// The flag.
        flag: FlagId,
    },
    /// The table could not be asked.
    #[error(transparent)]
    Table(E),
}

impl<E: Error + 'static> OperatorError<E> {
    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::FlagNotFound { .. } => {
                "look for its name with `flagcdk flag list`, and see that the environment is right"
            }
            Self::Incomplete { .. } => {
                "see that the name and the environment are right; to make a flag, say its service and its value"
            }
            Self::VersionNotFound { .. } | Self::NotOlder { .. } | Self::NotGood { .. } => {
                "choose a good version of `flagcdk flag history`"
            }
            Self::Deleted { .. } => "give it a value to have it again, or roll it back",
            Self::OtherFlag { .. } => "name the flag of the definition, or take its `flag_id` out",
            Self::NoGoodVersion { .. } => {
                "set the value that it should have, or switch it off with `flagcdk flag kill`"
            }
            Self::NoVersionLeft { .. } => "make a flag of another name",
            Self::Malformed { .. } => "roll the flag back, or set it by a whole definition",
            Self::Unwritable { .. } => "change what the message names",
            Self::Forbidden { .. } => "change what the rules name",
            Self::Conflict { .. } => "look at it with `flagcdk flag history`, then run the same command again",
            Self::Table(_) => "",
        }
    }
}

/// What is wrong with a text that says what a flag is to be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InputError {
    /// It is not JSON.
    #[error("`{got}` is not JSON: {problem}")]
    NotJson {
        /// The beginning of the text.
        got: String,
        /// What the parser says.
        problem: String,
    },
    /// It has a number that readers would not see as it is.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// It is JSON, but not of what it should be.
    #[error("the {what} is malformed: {problem}")]
    Malformed {
        /// What it should be.
        what: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// Fields of a definition are wrong: all that are.
    #[error("the definition is no flag: {}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Definition {
        /// What is wrong.
        problems: Vec<FieldProblem>,
    },
    /// It is no percentage.
    #[error("`{got}` is no percentage, wanted 0 to 100 in steps of 0.01")]
    Percentage {
        /// The beginning of the text.
        got: String,
    },
    /// It is no point in time.
    #[error("`{got}` is no point in time")]
    Time {
        /// The beginning of the text.
        got: String,
    },
}

impl InputError {
    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => {
                "write JSON in quotes for the shell: 'true', '12.5', '\"a text\"', '{\"limit\": 3}' or '[1, 2]'"
            }
            Self::Number(_) => "write fewer digits, or a text",
            Self::Malformed { .. } | Self::Definition { .. } => {
                "`flagcdk flag get FLAG --json` prints a flag as a definition of it"
            }
            Self::Percentage { .. } => "write a number such as `12.5`",
            Self::Time { .. } => {
                "write `2026-03-04T05:06:07Z`, `2026-03-04`, `30d` for thirty days from now, or `never`"
            }
        }
    }
}

/// As much of a text as an error shows.
pub(crate) fn beginning(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(60).collect();
    if chars.next().is_some() { format!("{start}…") } else { start }
}
