//! Simple Notification Service: topics and those who listen to them.

mod filter;
mod subscription;
mod topic;

pub use filter::Filter;
pub use subscription::{Endpoint, Subscription, SubscriptionProps};
pub use topic::{Topic, TopicProps, TopicRef};
