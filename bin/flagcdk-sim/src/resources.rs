//! Resources: what their types allow, what they are called, and what they do to the rest of the cloud.

pub(crate) mod attributes;
pub(crate) mod bucket_rules;
pub(crate) mod changes;
mod function_rules;
pub(crate) mod identity;
mod kinds;
pub(crate) mod registry;
pub(crate) mod role_rules;
pub(crate) mod schema_check;
pub(crate) mod table_rules;
pub(crate) mod world;
