//! What the values of a stack's template depend on: its resources, and the exports of its region.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::cloud::Cloud;
use crate::resources::attributes;
use crate::resources::identity::Naming;
use crate::resources::registry::Registry;
use crate::store::model::{ResourceRecord, Stack, StackSource};
use crate::template::evaluate::{Identity, Surroundings, Trouble};

pub(super) type Records = BTreeMap<String, ResourceRecord>;

/// The resources made so far, as later ones see them.
pub(super) struct MadeSoFar {
    pub(super) records: RefCell<Records>,
    exports: BTreeMap<String, String>,
    registry: Arc<Registry>,
    identity: Identity,
    /// Whether a resource that is not there yet is still to come.
    in_advance: bool,
}

impl Surroundings for MadeSoFar {
    fn reference(&self, logical_id: &str) -> Result<Value, Trouble> {
        match self.records.borrow().get(logical_id) {
            Some(record) => Ok(Value::String(record.physical_id.clone())),
            None => Err(self.missing(logical_id)),
        }
    }

    fn attribute(&self, logical_id: &str, path: &str) -> Result<Value, Trouble> {
        let records = self.records.borrow();
        let record = records.get(logical_id).ok_or_else(|| self.missing(logical_id))?;
        let schema = self.registry.schema(&record.type_name);
        let naming = Naming {
            account: &self.identity.account,
            region: &self.identity.region,
            stack_name: &self.identity.stack_name,
            logical_id,
            seed: &record.seed,
            properties: &record.properties,
        };
        attributes::attribute(record, schema.as_deref(), naming, path).ok_or_else(|| {
            Trouble::Wrong(format!(
                "Template error: resource {logical_id} does not support attribute type {path} in Fn::GetAtt"
            ))
        })
    }

    fn import(&self, name: &str) -> Result<String, Trouble> {
        match self.exports.get(name) {
            Some(value) => Ok(value.clone()),
            None if self.in_advance => Err(Trouble::NotYetKnown),
            None => Err(Trouble::Wrong(format!("No export named {name} found."))),
        }
    }
}

impl MadeSoFar {
    fn missing(&self, logical_id: &str) -> Trouble {
        if self.in_advance {
            Trouble::NotYetKnown
        } else {
            Trouble::Wrong(format!("Resource {logical_id} is not there"))
        }
    }
}

/// The surroundings of a stack with these resources.
pub(super) fn with_records(cloud: &mut Cloud, identity: &Identity, records: Records, in_advance: bool) -> MadeSoFar {
    let exports = cloud
        .store
        .region_view(&identity.region)
        .exports
        .iter()
        .map(|(name, export)| (name.clone(), export.value.clone()))
        .collect();
    MadeSoFar {
        records: records.into(),
        exports,
        registry: Arc::clone(&cloud.registry),
        identity: identity.clone(),
        in_advance,
    }
}

/// Who and where a stack is, when it is made from this source.
pub(super) fn identity(cloud: &Cloud, stack: &Stack, source: &StackSource) -> Identity {
    Identity {
        account: cloud.account.clone(),
        region: stack.region.clone(),
        stack_id: stack.id.clone(),
        stack_name: stack.name.clone(),
        notification_arns: source.notification_arns.clone(),
    }
}

pub(super) fn words(trouble: Trouble) -> String {
    match trouble {
        Trouble::Wrong(reason) => reason,
        Trouble::NotYetKnown => "a value is not known yet".to_owned(),
    }
}
