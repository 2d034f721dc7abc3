//! Operations on stack sets: region by region, account by account, until done, stopped or too much failed.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html>

use std::collections::{BTreeMap, BTreeSet};

use super::stacks::{self, CreateOptions, End, Wanted};
use super::{roles, stack_sets};
use crate::clock::Timestamp;
use crate::cloud::Cloud;
use crate::identifiers;
use crate::protocol::ServiceError;
use crate::store::model::{
    Action, ConcurrencyMode, DetailedStatus, InstanceStatus, OnFailure, Operation, OperationOwner, OperationResult,
    OperationStatus, Preferences, RegionConcurrency, StackSet, Status, Targets, Timer,
};
use crate::template::parameters::Given;

/// An operation that a request asks for.
#[derive(Debug)]
pub(super) struct NewOperation {
    pub(super) id: String,
    pub(super) action: Action,
    pub(super) preferences: Preferences,
    pub(super) retain_stacks: bool,
    pub(super) overrides: Option<BTreeMap<String, Option<String>>>,
    pub(super) targets: Targets,
    /// Accounts and regions of the instances, each once.
    pub(super) instances: Vec<(String, String)>,
}

/// Whether another operation may begin now, under this id.
pub(super) fn admit(set: &StackSet, id: &str) -> Result<(), ServiceError> {
    if let Some(index) = set.operations.iter().position(|operation| operation.id == id) {
        return Err(if index + 1 == set.operations.len() {
            ServiceError::new(
                409,
                "OperationIdAlreadyExistsException",
                format!("The specified operation ID already exists: {id}"),
            )
        } else {
            ServiceError::new(
                409,
                "StaleRequestException",
                "Another operation has been performed on this StackSet since the specified operation was performed",
            )
        });
    }
    if is_busy(set) && !set.managed_execution {
        return Err(in_progress(set));
    }
    Ok(())
}

/// Whether an operation runs or waits.
pub(super) fn is_busy(set: &StackSet) -> bool {
    set.operations.iter().any(|operation| operation.ended.is_none())
}

pub(super) fn in_progress(set: &StackSet) -> ServiceError {
    ServiceError::new(
        409,
        "OperationInProgressException",
        format!(
            "Another Operation on StackSet {} is in progress. Only one operation can be performed for a stack set at \
             a given time",
            set.id
        ),
    )
}

/// Begins an operation on a stack set that admits it.
pub(super) fn begin(cloud: &mut Cloud, set_key: &str, new: NewOperation, now: Timestamp) {
    let Some(set) = cloud.store.stack_sets.get_mut(set_key) else { return };
    let order = region_order(&new);
    let mut instances = new.instances;
    instances.sort_by_key(|(account, region)| (order.iter().position(|other| other == region), account.clone()));
    let waits = is_busy(set);
    for (account, region) in &instances {
        if let Some(instance) = set.instances.get_mut(&instance_key(account, region)) {
            instance.detailed = DetailedStatus::Pending;
            instance.reason = None;
            instance.last_operation = Some(new.id.clone());
        }
    }
    set.operations.push(Operation {
        id: new.id.clone(),
        action: new.action,
        status: if waits { OperationStatus::Queued } else { OperationStatus::Running },
        reason: None,
        preferences: new.preferences,
        retain_stacks: new.retain_stacks,
        created: now,
        ended: None,
        overrides: new.overrides,
        targets: new.targets,
        results: instances
            .into_iter()
            .map(|(account, region)| OperationResult {
                account,
                region,
                status: DetailedStatus::Pending,
                reason: None,
                scheduled: false,
            })
            .collect(),
    });
    if !waits {
        go_on(cloud, set_key, &new.id, now);
    }
}

/// Asks an operation to stop: what was not begun is left, what was begun is finished.
pub(super) fn stop(cloud: &mut Cloud, set_key: &str, id: &str, now: Timestamp) -> Result<(), ServiceError> {
    let found = cloud
        .store
        .stack_sets
        .get_mut(set_key)
        .and_then(|set| set.operations.iter_mut().find(|operation| operation.id == id));
    let Some(operation) = found else { return Err(stack_sets::operation_not_found(id)) };
    if operation.ended.is_some() {
        return Err(ServiceError::new(
            400,
            "InvalidOperationException",
            format!("Operation {id} is in {} state and cannot be stopped", operation.status),
        ));
    }
    operation.status = OperationStatus::Stopping;
    cancel_pending(cloud, set_key, id, "Cancelled since the operation was stopped");
    go_on(cloud, set_key, id, now);
    Ok(())
}

/// An operation comes to an instance.
pub(crate) fn instance_start(cloud: &mut Cloud, owner: &OperationOwner, at: Timestamp) {
    let Some(set) = cloud.store.stack_sets.get_mut(&owner.stack_set) else { return };
    let Some(operation) = set.operations.iter_mut().find(|one| one.id == owner.operation) else {
        return;
    };
    let Some(result) =
        operation.results.iter_mut().find(|result| instance_key(&result.account, &result.region) == owner.instance)
    else {
        return;
    };
    // It may have been cancelled since it was scheduled.
    if result.status != DetailedStatus::Pending {
        return;
    }
    result.status = DetailedStatus::Running;
    let (account, region) = (result.account.clone(), result.region.clone());
    if let Some(instance) = set.instances.get_mut(&owner.instance) {
        instance.detailed = DetailedStatus::Running;
        if let Some(overrides) = &operation.overrides {
            set_overrides(&mut instance.overrides, overrides);
        }
    }
    let (action, retain) = (operation.action, operation.retain_stacks);
    let set = set.clone();
    let begun = if action == Action::Delete && retain {
        Ok(Begun::Done)
    } else {
        begin_instance(cloud, &set, owner, &account, &region, action, at)
    };
    match begun {
        Ok(Begun::Done) => finish_instance(cloud, owner, Ok(()), at),
        Ok(Begun::Working) => {}
        Err(reason) => finish_instance(cloud, owner, Err(reason), at),
    }
}

/// The work on the stack of an instance is done.
pub(super) fn instance_done(cloud: &mut Cloud, owner: &OperationOwner, end: &End, at: Timestamp) {
    let succeeded = matches!(end.status, Status::CreateComplete | Status::UpdateComplete | Status::DeleteComplete)
        && end.reason.is_none();
    let outcome = if succeeded {
        Ok(())
    } else {
        Err(end.reason.clone().unwrap_or_else(|| format!("the stack is in {} state", end.status)))
    };
    finish_instance(cloud, owner, outcome, at);
}

/// The name of an instance in its stack set.
pub(super) fn instance_key(account: &str, region: &str) -> String {
    format!("{account}/{region}")
}

/// Whether the work on an instance was begun, or there is none.
enum Begun {
    Working,
    Done,
}

fn begin_instance(
    cloud: &mut Cloud,
    set: &StackSet,
    owner: &OperationOwner,
    account: &str,
    region: &str,
    action: Action,
    at: Timestamp,
) -> Result<Begun, String> {
    roles::check(cloud, set, account)?;
    if cloud.disabled_regions.contains(region) {
        return Err(format!(
            "Account {account} cannot be worked on in {region}: the region is not enabled for the account."
        ));
    }
    let instance = set.instances.get(&owner.instance);
    let stack_key = instance.and_then(|instance| instance.stack.clone());
    let present = stack_key
        .as_ref()
        .and_then(|key| cloud.store.stacks.get(key).map(|stack| stack.status))
        .filter(|status| *status != Status::DeleteComplete);
    if action == Action::Delete {
        let Some(key) = stack_key.filter(|_| present.is_some()) else { return Ok(Begun::Done) };
        return stacks::begin_delete(cloud, &key, BTreeSet::new(), None, Some(owner.clone()), at)
            .map(|()| Begun::Working)
            .map_err(|error| error.message);
    }
    let overrides = instance.map(|instance| instance.overrides.clone()).unwrap_or_default();
    let parameters = set.source.parameters.iter().chain(&overrides);
    let wanted = Wanted {
        template: None,
        parameters: parameters.map(|(name, value)| (name.clone(), Given::Value(value.clone()))).collect(),
        tags: set.source.tags.clone(),
        capabilities: set.source.capabilities.clone(),
        notification_arns: Vec::new(),
    };
    let source = stacks::accept(cloud, region, &wanted, &set.source).map_err(|error| error.message)?;
    // A stack that was never created cannot be updated: it makes place for another one.
    let failed_creation =
        matches!(present, Some(Status::RollbackComplete | Status::RollbackFailed | Status::CreateFailed));
    if let (Some(key), true) = (&stack_key, failed_creation) {
        let end = stacks::delete_now(cloud, key, at);
        if let Some(reason) = end.reason {
            return Err(reason);
        }
    }
    match (stack_key, present) {
        (Some(key), Some(_)) if !failed_creation => {
            let begun = stacks::begin_update(cloud, &key, source, None, Some(owner.clone()), at);
            match begun {
                Ok(()) => Ok(Begun::Working),
                Err(error) if error.message == "No updates are to be performed." => Ok(Begun::Done),
                Err(error) => Err(error.message),
            }
        }
        _ => {
            let seed = format!("{}/{}/{}", set.id, owner.instance, cloud.store.next());
            let name = format!("StackSet-{}-{}", set.name, identifiers::uuid(&seed));
            let options = CreateOptions {
                on_failure: OnFailure::Rollback,
                termination_protection: false,
                token: None,
                owner: Some(owner.clone()),
            };
            let key = stacks::begin_create(cloud, region, &name, source, options, at).map_err(|error| error.message)?;
            let stack_id = cloud.store.stacks.get(&key).map(|stack| stack.id.clone());
            if let Some(set) = cloud.store.stack_sets.get_mut(&owner.stack_set)
                && let Some(instance) = set.instances.get_mut(&owner.instance)
            {
                instance.stack = Some(key);
                instance.stack_id = stack_id;
            }
            Ok(Begun::Working)
        }
    }
}

/// Notes how it went with an instance, and what follows for the operation.
fn finish_instance(cloud: &mut Cloud, owner: &OperationOwner, outcome: Result<(), String>, at: Timestamp) {
    let Some(set) = cloud.store.stack_sets.get_mut(&owner.stack_set) else { return };
    let Some(operation) = set.operations.iter_mut().find(|one| one.id == owner.operation) else {
        return;
    };
    let action = operation.action;
    if let Some(result) =
        operation.results.iter_mut().find(|result| instance_key(&result.account, &result.region) == owner.instance)
    {
        result.status = if outcome.is_ok() { DetailedStatus::Succeeded } else { DetailedStatus::Failed };
        result.reason = outcome.as_ref().err().cloned();
    }
    match (&outcome, action) {
        (Ok(()), Action::Delete) => {
            set.instances.remove(&owner.instance);
        }
        (Ok(()), _) => {
            if let Some(instance) = set.instances.get_mut(&owner.instance) {
                instance.status = InstanceStatus::Current;
                instance.detailed = DetailedStatus::Succeeded;
                instance.reason = None;
            }
        }
        (Err(reason), _) => {
            if let Some(instance) = set.instances.get_mut(&owner.instance) {
                (instance.status, instance.detailed) = match action {
                    // Only a deletion that failed makes an instance inoperable.
                    Action::Delete => (InstanceStatus::Inoperable, DetailedStatus::Inoperable),
                    _ => (InstanceStatus::Outdated, DetailedStatus::Failed),
                };
                instance.reason = Some(reason.clone());
            }
        }
    }
    if exceeded(operation) {
        cancel_pending(cloud, &owner.stack_set, &owner.operation, "Cancelled since failure tolerance has exceeded");
    }
    go_on(cloud, &owner.stack_set, &owner.operation, at);
}

/// Starts what may be started, or ends the operation.
fn go_on(cloud: &mut Cloud, set_key: &str, id: &str, now: Timestamp) {
    let stagger = cloud.pace.stagger();
    let Some(set) = cloud.store.stack_sets.get_mut(set_key) else { return };
    let Some(operation) = set.operations.iter_mut().find(|operation| operation.id == id) else {
        return;
    };
    let open = |result: &OperationResult| matches!(result.status, DetailedStatus::Pending | DetailedStatus::Running);
    if !operation.results.iter().any(open) {
        operation.ended = Some(now);
        operation.status = match operation.status {
            OperationStatus::Stopping => OperationStatus::Stopped,
            _ if exceeded(operation) => OperationStatus::Failed,
            _ => OperationStatus::Succeeded,
        };
        let waiting = set.operations.iter_mut().find(|operation| operation.status == OperationStatus::Queued);
        if let Some(next) = waiting {
            next.status = OperationStatus::Running;
            let next = next.id.clone();
            go_on(cloud, set_key, &next, now);
        }
        return;
    }
    if operation.status != OperationStatus::Running {
        return;
    }
    let mut regions: Vec<String> = Vec::new();
    for result in operation.results.iter().filter(|result| open(result)) {
        if !regions.contains(&result.region) {
            regions.push(result.region.clone());
        }
    }
    if operation.preferences.region_concurrency != Some(RegionConcurrency::Parallel) {
        regions.truncate(1);
    }
    let mut starts = Vec::new();
    for region in regions {
        let room = concurrency(operation, &region);
        let active = operation
            .results
            .iter()
            .filter(|result| result.region == region && result.scheduled && open(result))
            .count();
        let waiting =
            operation.results.iter_mut().filter(|result| result.region == region && !result.scheduled && open(result));
        for result in waiting.take(room.saturating_sub(active)) {
            result.scheduled = true;
            starts.push(instance_key(&result.account, &result.region));
        }
    }
    let mut at = now;
    for instance in starts {
        let owner = OperationOwner { stack_set: set_key.to_owned(), operation: id.to_owned(), instance };
        cloud.schedule(at, Timer::InstanceStart(owner));
        at = at.plus(stagger);
    }
}

/// Leaves what was not begun.
fn cancel_pending(cloud: &mut Cloud, set_key: &str, id: &str, reason: &str) {
    let Some(set) = cloud.store.stack_sets.get_mut(set_key) else { return };
    let Some(operation) = set.operations.iter_mut().find(|operation| operation.id == id) else {
        return;
    };
    for result in &mut operation.results {
        if result.status != DetailedStatus::Pending {
            continue;
        }
        result.status = DetailedStatus::Cancelled;
        result.reason = Some(reason.to_owned());
        if let Some(instance) = set.instances.get_mut(&instance_key(&result.account, &result.region)) {
            instance.detailed = DetailedStatus::Cancelled;
            instance.reason = Some(reason.to_owned());
        }
    }
}

/// Whether more accounts failed in some region than the preferences tolerate.
fn exceeded(operation: &Operation) -> bool {
    let mut failed: BTreeMap<&str, usize> = BTreeMap::new();
    for result in &operation.results {
        if result.status == DetailedStatus::Failed {
            *failed.entry(&result.region).or_default() += 1;
        }
    }
    failed.into_iter().any(|(region, count)| count > tolerance(operation, region))
}

/// The number of accounts that may fail in a region. A percentage is rounded down.
fn tolerance(operation: &Operation, region: &str) -> usize {
    let accounts = accounts_in(operation, region);
    match (operation.preferences.failure_tolerance_count, operation.preferences.failure_tolerance_percentage) {
        (Some(count), _) => count,
        (None, Some(percentage)) => accounts * percentage / 100,
        (None, None) => 0,
    }
}

/// The number of accounts that are worked on at once in a region.
fn concurrency(operation: &Operation, region: &str) -> usize {
    let accounts = accounts_in(operation, region);
    let wanted = match (operation.preferences.max_concurrent_count, operation.preferences.max_concurrent_percentage) {
        (Some(count), _) => count,
        (None, Some(percentage)) => accounts * percentage / 100,
        (None, None) => 1,
    };
    let wanted = wanted.max(1);
    match operation.preferences.concurrency_mode {
        Some(ConcurrencyMode::Soft) => wanted,
        _ => wanted.min(tolerance(operation, region) + 1),
    }
}

fn accounts_in(operation: &Operation, region: &str) -> usize {
    operation.results.iter().filter(|result| result.region == region).count()
}

/// The regions in the order that the preferences give, then in that of the request, then alphabetically.
fn region_order(new: &NewOperation) -> Vec<String> {
    let mut rest: Vec<String> = new.instances.iter().map(|(_, region)| region.clone()).collect();
    rest.sort();
    let mut order: Vec<String> = Vec::new();
    for region in new.preferences.region_order.iter().chain(&new.targets.regions).chain(&rest) {
        if !order.contains(region) {
            order.push(region.clone());
        }
    }
    order
}

/// A list without entries removes all overrides; an entry without a value keeps the one that is there.
fn set_overrides(current: &mut BTreeMap<String, String>, wanted: &BTreeMap<String, Option<String>>) {
    let previous = std::mem::take(current);
    for (name, value) in wanted {
        let value = value.clone().or_else(|| previous.get(name).cloned());
        if let Some(value) = value {
            current.insert(name.clone(), value);
        }
    }
}
