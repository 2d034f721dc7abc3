//! The business rules that a change of a flag must keep.
//!
//! Rules are data: YAML files in `assets/rules`, one for each group. A rule says in [CEL](https://cel.dev) what it is
//! against, and comes with examples of changes that violate it and of changes that pass:
//!
//! ```yaml
//! - id: ownership.owner-missing
//!   severity: error
//!   message: "the flag has no owner"
//!   when: flag.owner == ""
//!   violates:
//!     - flag: { owner: "" }
//!   passes:
//!     - flag: { owner: team-checkout }
//! ```
//!
//! A rule is for changes that write a value, unless `on` names other kinds of changes, see [`ChangeKind`]. What a rollback
//! writes has been let through before, so that few rules are for it.
//!
//! They are embedded when this crate is built. [`RuleSet::embedded`] compiles them; a rule that does not compile, or that
//! knows no such field, is an error that names the file and the line, and all of them are told at once.
//! [`RuleSet::prove`] runs every rule against its examples, and against changes that are right in every respect.
//!
//! A user's own rules come from a directory that lies over the embedded ones, see [`Rulebook`].
//!
//! # What rules see
//!
//! | variable | what |
//! |---|---|
//! | `flag` | the flag as the change leaves it, or as it was when it is removed |
//! | `old` | the flag before the change; `old.exists` is false when there was none |
//! | `change` | what was done, by whom and when, see [`ChangeFacts`] |
//! | `env` | where: `name`, `production`, `region`, `home_region` |
//!
//! [`FlagFacts`] has the fields of the first two. All of them are always there, so that no rule must ask; times are whole
//! seconds since 1970, and 0 when not set. There is no clock: a change is judged by when it was written, and is judged the
//! same however often its record comes.
#![deny(missing_docs)]

mod check;
mod compile;
#[cfg(feature = "directory")]
mod directory;
mod example;
mod facts;
mod message;
mod part;
mod pattern;
mod problem;
mod rulebook;
mod schema;
mod source;
#[cfg(test)]
mod tests;
mod value;
#[cfg(any(test, feature = "directory"))]
mod yaml;

pub use check::{Finding, Verdict};
pub use compile::{MAX_DEPTH, MAX_LENGTH, RuleSet, RuleSummary};
pub use facts::{Change, ChangeFacts, FlagFacts, Place, PlaceFacts};
pub use problem::{RuleProblem, RuleProblems};
pub use rulebook::Rulebook;
pub use source::{ChangeKind, Severity};
