//! EventBridge: rules that send events to where something is done about them.
//!
//! A [`Rule`] has an [`EventPattern`] and [`Target`]s. What cannot be delivered is kept in a dead-letter queue.

mod pattern;
mod role;
mod rule;
mod target;

pub use pattern::EventPattern;
pub(crate) use role::service_role;
pub use rule::{Rule, RuleProps};
pub use target::{Input, Target};
