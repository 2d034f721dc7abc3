//! From a CloudFormation template to the typed Rust that synthesizes it.
//!
//! A [`Source`] is a template as it was read, a [`Migration`] is what it becomes: an intermediate tree that is both written as
//! Rust ([`Migration::module`]) and applied as data to a stack of the core ([`Migration::synthesize`]). The second is how a
//! migration is checked without a compiler: [`Migration::differences`] compares what it synthesizes with the template that
//! was read, in a normal form in which one meaning has one form.
//!
//! ```
//! use flagcdk_migrate::{Migration, Source};
//!
//! let template = "
//! Resources:
//!   Orders:
//!     Type: AWS::SQS::Queue
//!     Properties: { VisibilityTimeout: 60 }
//! Outputs:
//!   Url: { Value: !Ref Orders }
//! ";
//! let migration = Migration::of(Source::parse("orders.yaml", template).unwrap()).unwrap();
//! assert!(migration.differences().is_empty());
//! let module = migration.module("Orders");
//! assert!(module.contains("cfn::sqs::Queue::new().visibility_timeout(60)"));
//! assert!(module.contains(r#"stack.output("Url", orders.reference());"#));
//! ```
#![deny(missing_docs)]

mod apply;
mod check;
mod code;
mod migration;
mod normal;
mod program;
mod project;
mod render;
mod shape;
mod source;
mod substitution;
mod types;
mod verify;

pub use migration::{Migration, Statistics};
pub use normal::{Difference, differences};
pub use project::{Dependency, Project, ProjectError};
pub use source::Source;
pub use verify::{VerifyError, verify};
