//! Relational Database Service: PostgreSQL and MySQL, as clusters of Aurora and as instances.
//!
//! Both are in private subnets, encrypted, asked over TLS alone, and have a password that RDS makes up, keeps in Secrets
//! Manager and changes every week. Programs read it from there, or go without one by IAM.

mod cluster;
mod engine;
mod instance;

pub use cluster::{Capacity, DatabaseCluster, DatabaseClusterProps};
pub use engine::Engine;
pub use instance::{DatabaseInstance, DatabaseInstanceProps};
