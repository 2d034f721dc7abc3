//! EventBridge Scheduler: what is done at a time, once or again and again.
//!
//! A [`Schedule`] says [`When`] and calls a [`Target`] by a role of its own. What cannot be delivered is kept in a queue.

mod group;
mod schedule;
mod target;
mod when;

pub use group::{ScheduleGroup, ScheduleGroupProps, ScheduleGroupRef};
pub use schedule::{Schedule, ScheduleProps};
pub use target::Target;
pub use when::When;
