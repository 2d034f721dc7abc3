//! The cache's keys and entries.

use crate::{FlagId, ServiceName};

/// The field of an entry that holds the version, in decimal.
pub const CACHED_VERSION: &str = "version";
/// The field of an entry that says whether it is a tombstone: `0` or `1`.
pub const CACHED_TOMBSTONE: &str = "tombstone";
/// The field of an entry that holds the [message](crate::FlagMessage).
pub const CACHED_DOCUMENT: &str = "document";

/// The key of a flag in the cache of a service: `flag:<service>:<flag id>`. There is a hash with three fields under it.
///
/// Neither part may hold a colon, so that no two flags share a key.
pub fn cache_key(service: &ServiceName, flag: &FlagId) -> String {
    format!("{}{flag}", cache_prefix(service))
}

/// What all keys of a service begin with: `flag:<service>:`.
pub fn cache_prefix(service: &ServiceName) -> String {
    format!("flag:{service}:")
}
