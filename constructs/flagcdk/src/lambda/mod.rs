//! Lambda: functions, and what makes them run.

mod event_source;
mod execution_role;
mod function;

pub use event_source::{QueueSource, QueueSourceProps, StreamSource, StreamSourceProps};
pub use execution_role::{ExecutionRole, ExecutionRoleProps};
pub use function::{Code, Function, FunctionProps, FunctionRef, VpcAccess};
