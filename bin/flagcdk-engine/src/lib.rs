//! The deploy engine: reads an assembly, plans, and brings the cloud to where the assembly wants it.
#![deny(missing_docs)]

mod bootstrap;
mod cloud;
mod desired;
mod diff;
mod digest;
mod event;
mod execute;
mod observe;
pub mod package;
mod plan;
mod publish;
mod report;
pub mod security;
mod stages;
mod template;
pub mod validate;

pub use bootstrap::{ADMINISTRATION_ROLE, EXECUTION_ROLE, STACK_NAME as BOOTSTRAP_STACK};
pub use cloud::{
    Cloud, CloudError, ErrorKind, Identity, Instance, InstanceStatus, ObjectRequest, Operation, OperationId,
    OperationStatus, RegionResult, ResultStatus, StackEvent, StackRequest, StackResource, StackSetRequest,
    StackSetState, StackState, TemplateSource,
};
pub use desired::{Desired, Inputs, LookUpPlace};
pub use diff::{Change, ChangeAction, PropertyChange};
pub use digest::sha256;
pub use event::{CellState, Event, Numbered, Reporter, Unit};
pub use execute::{Execution, Patience, destroy, execute};
pub use observe::{DeployedSet, DeployedStack, Observed, PublishedFile, observe};
pub use package::{PackageError, PackageEvent, PackageOptions, Packaged, PackagedAsset, package};
pub use plan::{BOOTSTRAP_UNIT, CellPlan, Plan, UnitKind, UnitPlan, Upload, plan, retained};
pub use report::{Cell, Outcome, Problem, Report, UnitReport};
pub use validate::validate;
