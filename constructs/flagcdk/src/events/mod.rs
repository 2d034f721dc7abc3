//! EventBridge: rules that send events to where something is done about them.
//!
//! A [`Rule`] has an [`EventPattern`] and [`Target`]s. What cannot be delivered is kept in a dead-letter queue. Events are on
//! the account's own bus, or on an [`EventBus`] that may have an [`Archive`].

mod api_destination;
mod bus;
mod pattern;
mod rule;
mod target;

pub use api_destination::{ApiDestination, ApiDestinationProps, ApiDestinationRef, Credentials};
pub use bus::{Archive, ArchiveProps, EventBus, EventBusProps, EventBusRef};
pub use pattern::EventPattern;
pub use rule::{Rule, RuleProps, rules_of_own_account};
pub use target::{Input, Target};
