//! Nouns of intent: constructs that are made of many resources and have few knobs.
//!
//! Together they are the feature-flag system: [`EncryptionKeys`] and a [`GlobalFlagTable`] in every region, a [`FanoutBus`]
//! with a queue for each of the [`Services`], the [`FlagFunctions`] between them, a [`FlagCache`] and an [`AuditDomain`] in
//! a private [`Network`], a [`ConsistencyWorkflow`] that looks after it, and [`Alerts`] and
//! a [`FlagDashboard`] for people.

mod alerts;
mod audit_domain;
mod consistency_workflow;
mod encryption_keys;
mod fanout_bus;
mod flag_cache;
mod flag_dashboard;
mod flag_functions;
mod global_flag_table;
mod network;
mod services;

pub use alerts::{Alerts, AlertsProps};
pub use audit_domain::{AuditDomain, AuditDomainProps};
pub use consistency_workflow::{ConsistencyWorkflow, ConsistencyWorkflowProps};
pub use encryption_keys::{EncryptionKeys, EncryptionKeysProps};
pub use fanout_bus::{FanoutBus, FanoutBusProps, FanoutShard, FanoutShardProps};
pub use flag_cache::{FlagCache, FlagCacheProps};
pub use flag_dashboard::{FlagDashboard, FlagDashboardProps};
pub use flag_functions::{FlagFunctions, FlagFunctionsProps, ReservedConcurrency, RollbackRoleProps};
pub use global_flag_table::{GlobalFlagTable, GlobalFlagTableProps};
pub use network::{Network, NetworkProps};
pub use services::{Services, Shard};
