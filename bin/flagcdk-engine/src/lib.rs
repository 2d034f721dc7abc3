//! The deploy engine: reads an assembly, plans, and brings the cloud to where the assembly wants it.
#![deny(missing_docs)]

mod cloud;

pub use cloud::{
    Cloud, CloudError, ErrorKind, Identity, Instance, InstanceStatus, ObjectRequest, Operation, OperationId,
    OperationStatus, RegionResult, ResultStatus, StackEvent, StackRequest, StackResource, StackSetRequest,
    StackSetState, StackState, TemplateSource,
};
