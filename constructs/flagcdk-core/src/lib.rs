//! The construct tree and its synthesis: everything that turns Rust into a cloud assembly, and no AWS service by name.
//!
//! An [`App`] has [`Stack`]s, a stack is a [`Scope`], constructs nest scopes and [`Scope::add`] resources to them. Values
//! that are not known yet are [`Value<T>`]s, which resources give out by [`Handle::reference`] and [`Handle::get`].
//! [`App::synth`] gives the assembly, or every mistake at once.
//!
//! ```
//! use flagcdk_core::{App, Placement, RawResource, Region};
//!
//! let app = App::new("shop", Region::EU_WEST_1);
//! let stack = app.stack("Orders", Placement::Home);
//! let queue = stack.add("Queue", RawResource::new("AWS::SQS::Queue").set("VisibilityTimeout", 60));
//! stack.output("QueueUrl", queue.reference());
//! let assembly = app.synth()?;
//! assert!(assembly.template("Orders").contains("AWS::SQS::Queue"));
//! # Ok::<(), flagcdk_core::SynthError>(())
//! ```
//!
//! Nothing here reads a clock, the environment or a network, and all maps are ordered: the same source gives the same bytes.
#![deny(missing_docs)]

mod app;
mod aspect;
mod condition;
mod expr;
mod handle;
mod logical_id;
mod output;
mod resource;
mod scope;
mod stack;
mod suppression;
mod synth;
pub mod template_text;
mod tree;
mod value;

pub use app::App;
pub use aspect::ResourceTypes;
pub use condition::{Condition, Test};
pub use expr::{Expr, Pseudo, ResourceId};
pub use flagcdk_assembly::security::SECURITY_RULES;
pub use flagcdk_assembly::{
    Architecture, Assembly, AssetSource, Finding, LookUpKind, Manifest, Placement, Region, Severity, TextSource,
};
pub use handle::{Handle, RemovalPolicy};
pub use output::{Output, Parameter};
pub use resource::{Attribute, Properties, Provided, RawResource, Resource, Set, TagProperty, Unset};
pub use scope::{PublishedAsset, Scope};
pub use stack::Stack;
pub use synth::SynthError;
pub use value::{Arn, IntoValue, Json, Value};
