//! A strict simulator of the AWS control plane.
//!
//! It is an HTTP server on loopback to which the real AWS SDK talks: CloudFormation with its stacks and stack sets, and
//! as much of S3, STS and DynamoDB as a deployment asks of them. It refuses what AWS documents that it refuses, and
//! it can be told to go wrong. It is a simulation: no resource is ever made.
//!
//! ```no_run
//! # async fn example() -> Result<(), flagcdk_sim::StartError> {
//! use flagcdk_sim::{Fault, FaultPlan, Rule, Simulator};
//!
//! let simulator = Simulator::new()
//!     .faults(FaultPlan::new().rule(Rule::new(Fault::Throttle).action("CreateStackSet").first(2)))
//!     .start()
//!     .await?;
//! let endpoint = simulator.endpoint_url(); // for `endpoint_url` of the SDK's configuration
//! # let _ = endpoint;
//! simulator.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! One port serves every service and region: both are read from the signature of a request. Time comes in through
//! [`Clock`]; with a [`ManualClock`] an operation can be looked at while it is half done. With a state directory, one
//! process can deploy and another one look at what is there, or take it down.

#![deny(missing_docs)]

mod clock;
mod cloud;
mod cloudformation;
mod dynamodb;
mod faults;
mod http;
mod identifiers;
mod log;
#[cfg(test)]
mod promises;
mod protocol;
mod region;
mod resources;
mod s3;
mod simulator;
mod store;
mod sts;
mod template;

pub use clock::{Clock, ManualClock, Pace};
pub use faults::{Fault, FaultPlan, Hook, Rule};
pub use log::{Outcome, RequestRecord};
pub use simulator::{Retained, Running, Simulator, StartError};
pub use store::StateError;
