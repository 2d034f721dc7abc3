//! Step Functions: state machines whose definitions are Rust types and are checked when the app is synthesized.
//!
//! A [`Definition`] has named states: [`Task`], [`Wait`], [`Choice`], [`Pass`], [`Succeed`] and [`Fail`]. A state is not a
//! state until it says what comes next, so that no way out can be forgotten; that the ways lead somewhere is checked. A
//! [`StateMachine`] gives its role what the tasks need and no more.
//!
//! ```
//! use flagcdk::stepfunctions::{Choice, Definition, Fail, Fields, Pass, Succeed, Wait, When};
//!
//! let definition = Definition::starting_at("Count")
//!     .state("Count", Pass::new().parameters(Fields::new().set("polls", 0)).next("Wait"))
//!     .state("Wait", Wait::seconds(5).next("Enough"))
//!     .state("Enough", Choice::new().when(When::less_than("$.polls", 3), "Done").otherwise("TooMany"))
//!     .state("Done", Succeed::new())
//!     .state("TooMany", Fail::new("TooManyPolls", "it took too long"));
//! assert!(definition.check().is_empty());
//! ```

mod asl;
mod check;
mod choice;
mod integrations;
mod machine;
mod states;

pub use asl::{Definition, Fields, Rendered};
pub use check::Problem;
pub use choice::When;
pub use integrations::Item;
pub use machine::{StateMachine, StateMachineProps, StateMachineRef};
pub use states::{Catch, Choice, Fail, Pass, Retry, State, Succeed, Task, Wait};
