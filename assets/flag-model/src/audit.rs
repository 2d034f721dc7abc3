//! The record of a rollback, which outlives everything.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{AttributeError, AttributeValue, FlagId, Item, ItemKey, Timestamp, Version};

/// The attribute of an audit item that holds the record.
const RECORD: &str = "record";

/// What was rolled back, why, and to what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// What was done: `rollback`.
    pub action: String,
    /// The execution that did it. It is the id of the record too, so that there is one record however often it is written.
    pub execution_id: String,
    /// The flag.
    pub flag_id: FlagId,
    /// The version that was taken back.
    pub bad_version: Version,
    /// The version that was gone back to.
    pub restored_from: Version,
    /// The version that was written for it.
    pub new_version: Version,
    /// Why.
    pub reason: String,
    /// The environment.
    pub environment: String,
    /// The region in which services disagreed, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The services that did not hold the version, if they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ServiceState>,
    /// When it was done.
    pub at: Timestamp,
}

/// Which version a service holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ServiceState {
    /// The service.
    pub service: String,
    /// The version that it says it holds; none if it says nothing.
    pub version: Option<u64>,
}

/// Why an item is no audit record.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The attribute that holds it is missing.
    #[error("the item has no `{RECORD}`")]
    Missing,
    /// The attribute is malformed.
    #[error("the item's `{RECORD}` is malformed: {0}")]
    Attribute(#[from] AttributeError),
    /// The attribute holds something else.
    #[error("the item's `{RECORD}` is malformed: {0}")]
    Malformed(String),
}

impl AuditRecord {
    /// The item that the record is written as, along with the rollback itself.
    pub fn to_item(&self) -> Item {
        let json = serde_json::to_value(self).expect("the model's types have only texts as keys");
        let mut item = ItemKey::Audit(self.execution_id.clone()).to_item();
        item.insert(RECORD.to_owned(), AttributeValue::from_plain_json(&json));
        item
    }

    /// The record that an item holds.
    ///
    /// # Errors
    ///
    /// If it holds none.
    pub fn from_item(item: &Item) -> Result<Self, AuditError> {
        let json = item.get(RECORD).ok_or(AuditError::Missing)?.to_plain_json()?;
        serde_json::from_value(json).map_err(|error| AuditError::Malformed(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_its_item() {
        let version = |number| Version::new(number).unwrap();
        let record = AuditRecord {
            action: "rollback".to_owned(),
            execution_id: "arn:aws:states:eu-west-1:111122223333:execution:r:1".to_owned(),
            flag_id: "checkout.tax".parse().unwrap(),
            bad_version: version(7),
            restored_from: version(5),
            new_version: version(8),
            reason: "services do not hold the published version".to_owned(),
            environment: "prod".to_owned(),
            region: Some("eu-west-1".to_owned()),
            services: vec![ServiceState { service: "billing".to_owned(), version: None }],
            at: "2026-03-04T05:06:07Z".parse().unwrap(),
        };
        let item = record.to_item();
        assert_eq!(ItemKey::from_item(&item), Ok(ItemKey::Audit(record.execution_id.clone())));
        assert_eq!(AuditRecord::from_item(&item), Ok(record));
        assert_eq!(AuditRecord::from_item(&Item::new()), Err(AuditError::Missing));
    }
}
