//! Lambda: functions, and what makes them run.
//!
//! A [`Function`] runs [`Code`]. A [`Version`] of it never changes, an [`Alias`] leads to versions, a [`FunctionUrl`] lets it
//! be called over HTTPS. [`QueueSource`] and [`StreamSource`] run it for what comes in; topics, buckets, rules and schedules
//! call it by their own constructs.

mod alias;
mod async_config;
mod code;
mod event_source;
mod execution_role;
mod function;
mod layer;
mod reference;
mod url;
mod version;

pub use alias::{Alias, AliasProps};
pub use async_config::{AsyncConfig, AsyncConfigProps, Destination};
pub use code::{Code, Runtime};
pub use event_source::{QueueSource, QueueSourceProps, StartingPosition, StreamSource, StreamSourceProps};
pub use execution_role::{ExecutionRole, ExecutionRoleProps};
pub use function::{Function, FunctionProps, VpcAccess};
pub use layer::{Layer, LayerProps, LayerRef};
pub use reference::FunctionRef;
pub use url::{Caller, FunctionUrl, FunctionUrlProps, UrlCors};
pub use version::{Version, VersionProps};
