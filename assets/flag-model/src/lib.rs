//! What a feature flag is, in each of its shapes: the item in the table, the record of the table's stream, the message on
//! the bus and the entry in the cache.
//!
//! There is no I/O here, no clock and no randomness. Whatever is parsed comes from outside, so that every parser returns a
//! typed error and none panics.
//!
//! # The table
//!
//! The key is `flag_id` (text) and `version` (number). Three kinds of items share it, see [`ItemKey`]:
//!
//! | `flag_id` | `version` | what |
//! |---|---|---|
//! | the flag's id | 1, 2, 3 … | a version of the flag, written once; only its `status` changes later |
//! | the flag's id | 0 | the head: a copy of the newest version, with its number as `current_version` |
//! | `audit#<execution id>` | 0 | the audit record of a rollback, written in the rollback's own transaction |
//!
//! A writer puts the new version (if it is not there yet) and the head (if `current_version` is still the one it has seen)
//! in one transaction, in the home region. So a stream record of the head has the whole flag as it was and as it is, which
//! is what rules compare, and there is one such record for each change.
#![deny(missing_docs)]

mod applied;
mod attribute;
mod audit;
mod bucket;
mod cache;
mod flag;
mod id;
mod item;
mod message;
mod number;
pub mod permissions;
mod targeting;
mod timestamp;
mod value;

pub use applied::{APPLIED_EVENT, Applied};
pub use attribute::{AttributeError, AttributeValue, Item, MAX_NESTING, item_from_json, item_to_json};
pub use audit::{AuditError, AuditRecord, ServiceState};
pub use bucket::{BUCKETS, bucket};
pub use cache::{CACHED_DOCUMENT, CACHED_TOMBSTONE, CACHED_VERSION, cache_key, cache_prefix};
pub use flag::{Bounds, ChangeNote, ChangeSource, Flag, FlagKind, Promotion, Sensitivity, Status, Step};
pub use id::{FlagId, IdError, MAX_VERSION, ServiceName, Version};
pub use item::{CURRENT_VERSION, FLAG_ID, FieldProblem, FlagError, HEAD_SERVICE, ItemKey, KeyError, STATUS, VERSION};
pub use message::{FlagMessage, MAX_MESSAGE_BYTES, MESSAGE_SCHEMA, MessageError};
pub use number::{NumberError, exact_number};
pub use targeting::{Condition, Operator, Percentage, Prerequisite, Rollout, Targeting, TargetingRule};
pub use timestamp::{Timestamp, TimestampError};
pub use value::{FlagValue, ValueError, ValueType};
