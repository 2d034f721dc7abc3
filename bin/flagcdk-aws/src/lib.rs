//! The deploy engine's port to the cloud, spoken to AWS.
//!
//! This crate alone names the SDK's types. It turns each question of [`flagcdk_engine::Cloud`] into one request (or one
//! list with all its pages), repeats what was throttled, interrupted or left unanswered, renews credentials that have
//! expired in between, and translates what AWS refuses into the engine's words. It decides nothing: an operation that
//! runs already, or a state that has moved on, is the engine's business.
//!
//! Nothing is logged here, and no error carries a key, a token or a signature.
#![deny(missing_docs)]

mod cloud;
mod connection;
mod credentials;
mod errors;
mod identity;
mod items;
mod objects;
mod requests;
mod retry;
mod stack_sets;
mod stacks;
mod tables;
#[cfg(test)]
mod tests;

pub use connection::{AwsCloud, Connection, StaticCredentials, Timing};
pub use items::{Expression, ItemPage, ItemQuery, ItemWrite};
pub use requests::RequestsSent;
