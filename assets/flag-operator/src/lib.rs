//! What an operator does to flags that are deployed: look at them, change them, roll them back, switch them off, and watch a
//! change arrive.
//!
//! There is no I/O here, no clock and no name of a user: the table is reached through [`Replica`], and whoever calls says
//! what time it is and who asks. Items are written as `flag-model` lays them out, and as the functions write them.
//!
//! A change is first proposed: [`Operator::propose`] and [`Operator::propose_rollback`] read the head, make the next version
//! of it and ask the rules. The [`Proposal`] can be shown. [`Operator::commit`] writes it in one transaction, on the
//! condition that the head is still the one that was read. So nothing that somebody else wrote in between is lost, and a
//! rehearsal is a proposal that is not committed.
//!
//! ```
//! use flag_operator::{Edit, parse_value};
//!
//! let edit = Edit { value: Some(parse_value("12.5")?), ..Edit::default() };
//! assert_eq!(edit.value.unwrap().to_json(), 12.5);
//! assert!(parse_value("0.1234567890123456789").is_err());
//! # Ok::<(), flag_operator::InputError>(())
//! ```
#![deny(missing_docs)]

mod changes;
mod document;
mod edit;
mod error;
mod head;
mod input;
mod operator;
mod read;
mod replica;
mod rollback;
#[cfg(test)]
mod tests;
mod watch;

pub use changes::FieldChange;
pub use document::{Definition, flag_from_json, flag_to_json};
pub use edit::{Deadline, Edit};
pub use error::{InputError, OperatorError};
pub use input::{parse_deadline, parse_percentage, parse_targeting, parse_value};
pub use operator::{Judge, Operator, Proposal, Purpose};
pub use read::{Entry, History, get, history, list};
pub use replica::{Page, Replica, Seen, Write};
pub use watch::{Sight, Sighting, Watch};
