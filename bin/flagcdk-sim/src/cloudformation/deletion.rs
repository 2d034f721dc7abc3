//! Removing the resources of a stack.

use std::collections::{BTreeMap, BTreeSet};

use super::events::Trail;
use crate::clock::Timestamp;
use crate::cloud::Cloud;
use crate::faults::Phase;
use crate::resources::world::{self, Site};
use crate::store::model::{Policy, ResourceRecord, Stack, Status};

/// Removes what can be removed, in the opposite order of creation. Gives what is left, and the ids that failed.
pub(super) fn delete_resources(
    cloud: &mut Cloud,
    stack: &Stack,
    mut records: BTreeMap<String, ResourceRecord>,
    retain: &BTreeSet<String>,
    now: Timestamp,
    trail: &mut Trail,
) -> (BTreeMap<String, ResourceRecord>, Vec<String>) {
    let order = cloud
        .template(&stack.source.template)
        .map(|template| template.order.clone())
        .unwrap_or_else(|_| records.keys().cloned().collect());
    let account = cloud.account.clone();
    let site = Site { account: &account, region: &stack.region, stack_id: &stack.id, now };
    // A stack that is told to fail does so at the first resource that it would delete.
    let mut injected = cloud.region_failures.take(Phase::Delete, &stack.region, &stack.name);
    let mut failed = Vec::new();
    for logical_id in order.iter().rev() {
        let Some(record) = records.get_mut(logical_id) else { continue };
        let keep = matches!(record.deletion_policy, Policy::Retain | Policy::RetainExceptOnCreate)
            || retain.contains(logical_id);
        let (status, reason) = if keep {
            world::retain(&mut cloud.store, site, record);
            (Status::DeleteSkipped, None)
        } else {
            let deleted = match injected.take() {
                Some(reason) => Err(reason),
                None => world::delete(&mut cloud.store, site, record),
            };
            match deleted {
                Ok(()) => (Status::DeleteComplete, None),
                Err(reason) => (Status::DeleteFailed, Some(reason)),
            }
        };
        trail.resource(logical_id, &record.physical_id, &record.type_name, status, reason.as_deref());
        if status == Status::DeleteFailed {
            record.status = status;
            record.reason = reason;
            record.updated = now;
            failed.push(logical_id.clone());
        } else {
            records.remove(logical_id);
        }
    }
    (records, failed)
}
