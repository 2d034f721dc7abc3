//! What is said of a version that is in use.

use serde::{Deserialize, Serialize};

use crate::{FlagId, ServiceName, Version};

/// The `event` of lines that say so.
pub const APPLIED_EVENT: &str = "flag_applied";

/// A service holds a version of a flag.
///
/// Whoever holds it for the service writes it to the log as a line of JSON, see [`Applied::to_line`]. The check of consistency
/// asks the log groups for these lines: it wants `event`, `flag_id`, `service` and `version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The flag.
    pub flag_id: FlagId,
    /// The service.
    pub service: ServiceName,
    /// The version.
    pub version: Version,
}

impl Applied {
    /// The line, without its end.
    ///
    /// ```
    /// use flag_model::{Applied, Version};
    ///
    /// let applied =
    ///     Applied { flag_id: "checkout.pay".parse()?, service: "checkout".parse()?, version: Version::new(3)? };
    /// let line = r#"{"event":"flag_applied","flag_id":"checkout.pay","level":"INFO","service":"checkout","version":3}"#;
    /// assert_eq!(applied.to_line(), line);
    /// # Ok::<(), flag_model::IdError>(())
    /// ```
    pub fn to_line(&self) -> String {
        let Self { flag_id, service, version } = self;
        // None of these has a character that JSON would want escaped.
        format!(
            r#"{{"event":"{APPLIED_EVENT}","flag_id":"{flag_id}","level":"INFO","service":"{service}","version":{version}}}"#
        )
    }
}
