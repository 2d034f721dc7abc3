//! The life of a stack: what may begin when, and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};

use super::events::{self, Trail};
use super::{deletion, execution, exports, operations, rehearsal, surroundings};
use crate::clock::Timestamp;
use crate::cloud::Cloud;
use crate::identifiers;
use crate::protocol::ServiceError;
use crate::region;
use crate::resources::attributes;
use crate::store::model::{
    OnFailure, OperationOwner, Pending, Stack, StackResources, StackSource, Status, Timer, Work,
};
use crate::template::evaluate::Identity;
use crate::template::parameters::{self, Given};
use crate::template::{Template, capabilities};

/// What a request says a stack is to be made from.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// The text of the template; none for the one that the stack has.
    pub(super) template: Option<String>,
    pub(super) parameters: BTreeMap<String, Given>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) capabilities: Vec<String>,
    pub(super) notification_arns: Vec<String>,
}

/// The options of a creation.
#[derive(Clone, Debug)]
pub(super) struct CreateOptions {
    pub(super) on_failure: OnFailure,
    pub(super) termination_protection: bool,
    pub(super) token: Option<String>,
    pub(super) owner: Option<OperationOwner>,
}

/// How the work on a stack ended.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) status: Status,
    /// The first cause of a failure.
    pub(super) reason: Option<String>,
}

/// Checks the template and the parameters, and keeps the template.
pub(super) fn accept(
    cloud: &mut Cloud,
    region: &str,
    wanted: &Wanted,
    previous: &StackSource,
) -> Result<StackSource, ServiceError> {
    let (blob, template) = match &wanted.template {
        Some(body) => cloud.accept_template(body)?,
        None => (previous.template.clone(), cloud.template(&previous.template)?),
    };
    check_types(cloud, region, &template)?;
    let values = parameters::resolve(&template, &wanted.parameters, &previous.parameters)?;
    capabilities::check(&template, &wanted.capabilities)?;
    Ok(StackSource {
        template: blob,
        parameters: values,
        tags: wanted.tags.clone(),
        capabilities: wanted.capabilities.clone(),
        notification_arns: wanted.notification_arns.clone(),
    })
}

/// Types must exist in the region, and attributes in their types.
pub(super) fn check_types(cloud: &Cloud, region: &str, template: &Template) -> Result<(), ServiceError> {
    let unknown: BTreeSet<&str> = template
        .resources
        .values()
        .map(|resource| resource.type_name.as_str())
        .filter(|name| !cloud.registry.is_available(name, region))
        .collect();
    if !unknown.is_empty() {
        let names: Vec<&str> = unknown.into_iter().collect();
        return Err(ServiceError::validation(format!(
            "Template format error: Unrecognized resource types: [{}]",
            names.join(", ")
        )));
    }
    for (logical_id, attribute) in template.attribute_uses() {
        let type_name = &template.resources[&logical_id].type_name;
        let schema = cloud.registry.schema(type_name);
        if !attributes::exists(schema.as_deref(), type_name, &attribute) {
            return Err(ServiceError::validation(format!(
                "Template error: resource {logical_id} does not support attribute type {attribute} in Fn::GetAtt"
            )));
        }
    }
    Ok(())
}

/// The row of a stack, by its name or its id. A deleted stack is found by its id only.
pub(super) fn find(cloud: &mut Cloud, region: &str, name_or_id: &str) -> Option<String> {
    if !name_or_id.starts_with("arn:") {
        return cloud.store.region_view(region).active.get(name_or_id).cloned();
    }
    let mut parts = name_or_id.rsplit('/');
    let (uuid, name) = (parts.next()?, parts.next()?);
    let key = row_key(region, name, uuid);
    let stack = cloud.store.stacks.get(&key)?;
    (stack.id == name_or_id).then_some(key)
}

/// Begins to create a stack; gives its row.
pub(super) fn begin_create(
    cloud: &mut Cloud,
    region: &str,
    name: &str,
    source: StackSource,
    options: CreateOptions,
    now: Timestamp,
) -> Result<String, ServiceError> {
    if cloud.store.region_view(region).active.contains_key(name) {
        return Err(ServiceError::new(400, "AlreadyExistsException", format!("Stack [{name}] already exists")));
    }
    let uuid = identifiers::uuid(&format!("{}/{region}/{name}/{}", cloud.account, cloud.store.next()));
    let id = format!("arn:{}:cloudformation:{region}:{}:stack/{name}/{uuid}", region::partition(region), cloud.account);
    let template = cloud.template(&source.template)?;
    let identity = Identity {
        account: cloud.account.clone(),
        region: region.to_owned(),
        stack_id: id.clone(),
        stack_name: name.to_owned(),
        notification_arns: source.notification_arns.clone(),
    };
    rehearsal::rehearse(cloud, &template, &identity, &source).map_err(validation)?;
    let key = row_key(region, name, &uuid);
    let stack = Stack {
        id,
        name: name.to_owned(),
        region: region.to_owned(),
        status: Status::CreateInProgress,
        reason: None,
        created: now,
        updated: None,
        deleted: None,
        source,
        outputs: Vec::new(),
        imports: BTreeSet::new(),
        termination_protection: options.termination_protection,
        on_failure: options.on_failure,
        token: options.token,
        pending: None,
    };
    cloud.store.region(region).active.insert(name.to_owned(), key.clone());
    cloud.store.resources.put(&key, StackResources::default());
    begin(cloud, &key, stack, Work::Create, options.owner, now);
    Ok(key)
}

/// Begins to update a stack. That there is nothing to do is an error, as it is in CloudFormation.
pub(super) fn begin_update(
    cloud: &mut Cloud,
    key: &str,
    source: StackSource,
    token: Option<String>,
    owner: Option<OperationOwner>,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let mut stack = stack(cloud, key)?;
    let updatable =
        matches!(stack.status, Status::CreateComplete | Status::UpdateComplete | Status::UpdateRollbackComplete);
    if !updatable {
        return Err(validation(format!("Stack:{} is in {} state and can not be updated.", stack.id, stack.status)));
    }
    check_kept_types(cloud, &stack.source.template, &source.template)?;
    let template = cloud.template(&source.template)?;
    let identity = surroundings::identity(cloud, &stack, &source);
    rehearsal::rehearse(cloud, &template, &identity, &source).map_err(validation)?;
    if rehearsal::changes_nothing(cloud, key, &stack, &source) {
        return Err(validation("No updates are to be performed."));
    }
    stack.status = Status::UpdateInProgress;
    stack.reason = None;
    stack.updated = Some(now);
    stack.token = token;
    begin(cloud, key, stack, Work::Update(source), owner, now);
    Ok(())
}

/// Begins to delete a stack.
pub(super) fn begin_delete(
    cloud: &mut Cloud,
    key: &str,
    retain: BTreeSet<String>,
    token: Option<String>,
    owner: Option<OperationOwner>,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let mut stack = stack(cloud, key)?;
    if matches!(stack.status, Status::DeleteInProgress | Status::DeleteComplete) {
        return Ok(());
    }
    if stack.termination_protection {
        return Err(validation(format!(
            "Stack [{}] cannot be deleted while TerminationProtection is enabled",
            stack.name
        )));
    }
    if stack.status.in_progress() {
        return Err(validation(format!(
            "Stack [{}] is in {} state and cannot be deleted until the work on it is done",
            stack.name, stack.status
        )));
    }
    if !retain.is_empty() && stack.status != Status::DeleteFailed {
        return Err(validation(format!(
            "Invalid operation on stack [{}]. Specify which resources to retain only when the stack is in the \
             DELETE_FAILED state.",
            stack.id
        )));
    }
    let before = stack.status;
    stack.status = Status::DeleteInProgress;
    stack.reason = None;
    stack.token = token;
    begin(cloud, key, stack, Work::Delete { retain, before }, owner, now);
    Ok(())
}

/// Begins to bring a stack back that could not be rolled back.
pub(super) fn begin_continue_rollback(cloud: &mut Cloud, key: &str, now: Timestamp) -> Result<(), ServiceError> {
    let mut stack = stack(cloud, key)?;
    if stack.status != Status::UpdateRollbackFailed {
        return Err(validation(format!(
            "Stack:{} is in {} state and can not continue to be rolled back.",
            stack.id, stack.status
        )));
    }
    stack.status = Status::UpdateRollbackInProgress;
    begin(cloud, key, stack, Work::ContinueRollback, None, now);
    Ok(())
}

/// Does the work on a stack whose time has come.
pub(crate) fn stack_due(cloud: &mut Cloud, key: &str, at: Timestamp) {
    let Some(mut stack) = cloud.store.stacks.get(key).cloned() else { return };
    let Some(pending) = stack.pending.take() else { return };
    let end = match pending.work {
        Work::Create => finish_create(cloud, key, &mut stack, pending.started, at),
        Work::Update(source) => finish_update(cloud, key, &mut stack, source, pending.started, at),
        Work::Delete { retain, before } => {
            finish_delete(cloud, key, &mut stack, (&retain, before), pending.started, at)
        }
        Work::ContinueRollback => {
            stack.status = Status::UpdateRollbackComplete;
            let mut trail = Trail::default();
            trail.stack(&stack, stack.status, None);
            events::record(cloud, key, &stack, trail, pending.started, at);
            End { status: stack.status, reason: None }
        }
    };
    cloud.store.stacks.put(key, stack);
    if let Some(owner) = pending.owner {
        operations::instance_done(cloud, &owner, &end, at);
    }
}

/// Deletes a stack at once: what a stack set does with a stack that could not be created.
pub(super) fn delete_now(cloud: &mut Cloud, key: &str, now: Timestamp) -> End {
    let Some(mut stack) = cloud.store.stacks.get(key).cloned() else {
        return End { status: Status::DeleteComplete, reason: None };
    };
    let before = stack.status;
    let end = finish_delete(cloud, key, &mut stack, (&BTreeSet::new(), before), now, now);
    cloud.store.stacks.put(key, stack);
    end
}

pub(super) fn stack(cloud: &mut Cloud, key: &str) -> Result<Stack, ServiceError> {
    cloud.store.stacks.get(key).cloned().ok_or_else(|| validation(format!("Stack with id {key} does not exist")))
}

fn row_key(region: &str, name: &str, uuid: &str) -> String {
    format!("{region}/{name}/{uuid}")
}

fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::validation(message)
}

/// Notes the work and the moment at which it is done.
fn begin(cloud: &mut Cloud, key: &str, mut stack: Stack, work: Work, owner: Option<OperationOwner>, now: Timestamp) {
    let mut trail = Trail::default();
    trail.stack(&stack, stack.status, Some("User Initiated"));
    events::record(cloud, key, &stack, trail, now, now);
    let due = now.plus(cloud.pace.of_stack(&stack.region, &stack.name));
    stack.pending = Some(Pending { work, started: now, due, owner });
    cloud.store.stacks.put(key, stack);
    cloud.schedule(due, Timer::StackDue(key.to_owned()));
}

/// A logical id cannot come to mean a resource of another type.
fn check_kept_types(cloud: &mut Cloud, old: &str, new: &str) -> Result<(), ServiceError> {
    if old == new {
        return Ok(());
    }
    let (old, new) = (cloud.template(old)?, cloud.template(new)?);
    let changed: Vec<&str> = new
        .resources
        .iter()
        .filter(|(name, resource)| old.resources.get(*name).is_some_and(|other| other.type_name != resource.type_name))
        .map(|(name, _)| name.as_str())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    Err(validation(format!(
        "Update of resource type is not permitted. The new template modifies resource type of the following \
         resources: [{}]",
        changed.join(", ")
    )))
}

fn finish_create(cloud: &mut Cloud, key: &str, stack: &mut Stack, from: Timestamp, at: Timestamp) -> End {
    let mut trail = Trail::default();
    let source = stack.source.clone();
    let end = match execution::change(cloud, stack, &source, BTreeMap::new(), at, &mut trail) {
        Ok(changed) => {
            exports::replace(&mut cloud.store, stack, &changed.outputs, &changed.imports);
            stack.outputs = changed.outputs;
            stack.imports = changed.imports;
            stack.status = Status::CreateComplete;
            trail.stack(stack, stack.status, None);
            cloud.store.resources.put(key, StackResources { resources: changed.records });
            End { status: stack.status, reason: None }
        }
        Err(failure) => {
            stack.status = match stack.on_failure {
                OnFailure::Rollback => Status::RollbackComplete,
                OnFailure::Delete => Status::DeleteComplete,
                OnFailure::DoNothing => Status::CreateFailed,
            };
            stack.reason = Some(match &failure.resource {
                Some((logical_id, _)) if stack.status == Status::CreateFailed => {
                    format!("The following resource(s) failed to create: [{logical_id}]. ")
                }
                Some((logical_id, _)) => {
                    format!("The following resource(s) failed to create: [{logical_id}]. Rollback requested by user.")
                }
                None => format!("{}. Rollback requested by user.", failure.reason.trim_end_matches('.')),
            });
            trail.stack(stack, stack.status, None);
            match stack.status {
                Status::DeleteComplete => forget(cloud, key, stack, at),
                Status::CreateFailed => {
                    cloud.store.resources.put(key, StackResources { resources: failure.records.clone() });
                }
                _ => {}
            }
            End { status: stack.status, reason: Some(failure.told()) }
        }
    };
    events::record(cloud, key, stack, trail, from, at);
    end
}

fn finish_update(
    cloud: &mut Cloud,
    key: &str,
    stack: &mut Stack,
    source: StackSource,
    from: Timestamp,
    at: Timestamp,
) -> End {
    let mut trail = Trail::default();
    let old = cloud.store.resources.get(key).cloned().unwrap_or_default().resources;
    let end = match execution::change(cloud, stack, &source, old, at, &mut trail) {
        Ok(changed) => {
            exports::replace(&mut cloud.store, stack, &changed.outputs, &changed.imports);
            stack.source = source;
            stack.outputs = changed.outputs;
            stack.imports = changed.imports;
            stack.status = Status::UpdateComplete;
            trail.stack(stack, stack.status, None);
            cloud.store.resources.put(key, StackResources { resources: changed.records });
            End { status: stack.status, reason: None }
        }
        Err(failure) => {
            match &failure.rollback_failed {
                None => {
                    stack.status = Status::UpdateRollbackComplete;
                    stack.reason = failure.resource.is_none().then(|| failure.reason.clone());
                    trail.stack(stack, Status::UpdateRollbackCleanup, None);
                }
                Some(reason) => {
                    stack.status = Status::UpdateRollbackFailed;
                    stack.reason = Some(reason.clone());
                }
            }
            trail.stack(stack, stack.status, stack.reason.as_deref());
            let told = failure.told();
            cloud.store.resources.put(key, StackResources { resources: failure.records });
            End { status: stack.status, reason: Some(told) }
        }
    };
    events::record(cloud, key, stack, trail, from, at);
    end
}

fn finish_delete(
    cloud: &mut Cloud,
    key: &str,
    stack: &mut Stack,
    (retain, before): (&BTreeSet<String>, Status),
    from: Timestamp,
    at: Timestamp,
) -> End {
    let mut trail = Trail::default();
    if let Some((name, users)) = exports::in_use(&mut cloud.store, stack) {
        let reason = format!("Export {name} cannot be deleted as it is in use by {users}");
        // CloudFormation does not call this a failed deletion: the stack is again what it was.
        stack.status = before;
        stack.reason = Some(reason.clone());
        trail.stack(stack, stack.status, Some(&reason));
        events::record(cloud, key, stack, trail, from, at);
        return End { status: stack.status, reason: Some(reason) };
    }
    let records = cloud.store.resources.get(key).cloned().unwrap_or_default().resources;
    let (left, failed) = deletion::delete_resources(cloud, stack, records, retain, at, &mut trail);
    let end = if failed.is_empty() {
        stack.status = Status::DeleteComplete;
        trail.stack(stack, stack.status, None);
        forget(cloud, key, stack, at);
        End { status: stack.status, reason: None }
    } else {
        let first = &left[&failed[0]];
        let told = format!(
            "ResourceLogicalId:{}, ResourceType:{}, ResourceStatusReason:{}.",
            failed[0],
            first.type_name,
            first.reason.as_deref().unwrap_or_default()
        );
        stack.status = Status::DeleteFailed;
        let reason = format!("The following resource(s) failed to delete: [{}].", failed.join(", "));
        trail.stack(stack, stack.status, Some(&reason));
        stack.reason = Some(reason);
        cloud.store.resources.put(key, StackResources { resources: left });
        End { status: stack.status, reason: Some(told) }
    };
    events::record(cloud, key, stack, trail, from, at);
    end
}

/// A stack that is deleted is found by its id only, and has nothing.
fn forget(cloud: &mut Cloud, key: &str, stack: &mut Stack, at: Timestamp) {
    exports::replace(&mut cloud.store, stack, &[], &BTreeSet::new());
    cloud.store.region(&stack.region).active.remove(&stack.name);
    cloud.store.resources.remove(key);
    stack.outputs = Vec::new();
    stack.imports = BTreeSet::new();
    stack.deleted = Some(at);
}
