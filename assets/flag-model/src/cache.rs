//! The cache's keys.

use crate::{FlagId, ServiceName};

/// The key of a flag in the cache of a service: `flag:<service>:<flag id>`.
///
/// Neither part may hold a colon, so that no two flags share a key.
pub fn cache_key(service: &ServiceName, flag: &FlagId) -> String {
    format!("flag:{service}:{flag}")
}
