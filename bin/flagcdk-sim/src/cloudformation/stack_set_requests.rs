//! Requests that change stack sets.

use std::collections::BTreeMap;

use super::Call;
use super::answers::answer;
use super::operations::{self, NewOperation, instance_key};
use super::sources::template_text;
use super::stack_sets::{self, check_id, check_name};
use super::stacks::{self, Wanted};
use crate::cloud::Cloud;
use crate::identifiers;
use crate::protocol::ServiceError;
use crate::protocol::xml::Xml;
use crate::store::model::{Action, DetailedStatus, Instance, InstanceStatus, StackSet, StackSource, Targets};

/// Quotas of StackSets: sets in one account, and instances in one set.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const MAX_STACK_SETS: usize = 1000;
const MAX_INSTANCES: usize = 100_000;

pub(super) fn create(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let fields = call.fields;
    let name = fields.required("StackSetName")?;
    check_name(name, "stackSetName")?;
    let token = fields.get("ClientRequestToken");
    if let Some(token) = token {
        check_id(token, "clientRequestToken")?;
    }
    refuse_service_managed(call)?;
    let request = fields.canonical(&["Action", "Version"]);
    let key = stack_sets::row_key(call.region, name);
    if let Some(existing) = cloud.store.stack_sets.get(&key) {
        if token.is_none() || existing.token.as_deref() != token {
            return Err(ServiceError::new(
                409,
                "NameAlreadyExistsException",
                format!("The name {name} is already in use by another StackSet"),
            ));
        }
        if existing.modified || existing.request != request {
            return Err(ServiceError::new(
                409,
                "CreatedButModifiedException",
                format!("StackSet {name} exists, but has been changed since it was created with this token"),
            ));
        }
        let id = existing.id.clone();
        return Ok(answer("CreateStackSet", call, |xml| xml.text("StackSetId", id)));
    }
    let prefix = stack_sets::row_key(call.region, "");
    if cloud.store.stack_sets.keys_under(&prefix).iter().filter(|key| !key.contains(':')).count() >= MAX_STACK_SETS {
        return Err(limit_exceeded(format!("Maximum number of StackSets, {MAX_STACK_SETS}, reached")));
    }
    let wanted = wanted(cloud, call)?;
    if wanted.template.is_none() {
        return Err(ServiceError::validation("Either Template URL or Template Body must be specified."));
    }
    let source = stacks::accept(cloud, call.region, &wanted, &StackSource::default())?;
    let uuid = identifiers::uuid(&format!("stack-set/{key}/{}", cloud.store.next()));
    let set = StackSet {
        name: name.to_owned(),
        id: format!("{name}:{uuid}"),
        region: call.region.to_owned(),
        description: fields.get("Description").map(str::to_owned),
        deleted: false,
        source,
        administration_role: role_arn(call)?,
        execution_role: fields.get("ExecutionRoleName").map(str::to_owned),
        managed_execution: fields.structure("ManagedExecution").boolean("Active"),
        token: token.map(str::to_owned),
        request,
        modified: false,
        instances: BTreeMap::new(),
        operations: Vec::new(),
    };
    let id = set.id.clone();
    cloud.store.stack_sets.put(&key, set);
    Ok(answer("CreateStackSet", call, |xml| xml.text("StackSetId", id)))
}

pub(super) fn update(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let fields = call.fields;
    let key = stack_sets::find(cloud, call)?;
    let set = stack_sets::get(cloud, &key)?.clone();
    let id = operation_id(call)?;
    operations::admit(&set, &id)?;
    if operations::is_busy(&set) && fields.structure("ManagedExecution").contains("Active") {
        return Err(operations::in_progress(&set));
    }
    refuse_service_managed(call)?;
    let mut wanted = wanted(cloud, call)?;
    if wanted.template.is_none() && !fields.boolean("UsePreviousTemplate") {
        return Err(ServiceError::validation(
            "Either Template URL, Template Body or UsePreviousTemplate must be specified.",
        ));
    }
    if wanted.template.is_some() && fields.boolean("UsePreviousTemplate") {
        return Err(ServiceError::validation(
            "UsePreviousTemplate cannot be combined with Template URL or Template Body.",
        ));
    }
    // Tags that are not mentioned stay; a list without entries removes them.
    if !fields.contains("Tags") && fields.structures("Tags").is_empty() {
        wanted.tags = set.source.tags.clone();
    }
    let source = stacks::accept(cloud, call.region, &wanted, &set.source)?;
    let targets = stack_sets::targets(fields)?;
    if targets.accounts.is_empty() != targets.regions.is_empty() {
        return Err(ServiceError::validation("Accounts and Regions must be specified together, or not at all"));
    }
    let preferences = stack_sets::preferences(fields)?;
    let all = targets.accounts.is_empty();
    let instances = if all {
        // Inoperable instances are left out of updates.
        set.instances
            .values()
            .filter(|instance| instance.status != InstanceStatus::Inoperable)
            .map(|instance| (instance.account.clone(), instance.region.clone()))
            .collect()
    } else {
        existing_instances(&set, &targets)?
    };
    let administration_role = role_arn(call)?;
    let changed = set.source.template != source.template
        || set.source.parameters != source.parameters
        || set.source.tags != source.tags;
    if let Some(set) = cloud.store.stack_sets.get_mut(&key) {
        set.modified = true;
        set.source = source;
        if let Some(text) = fields.get("Description") {
            set.description = Some(text.to_owned());
        }
        if let Some(role) = administration_role {
            set.administration_role = Some(role);
        }
        if let Some(role) = fields.get("ExecutionRoleName") {
            set.execution_role = Some(role.to_owned());
        }
        if let Some(active) = fields.structure("ManagedExecution").get("Active") {
            set.managed_execution = active == "true";
        }
        // Whatever becomes of the operation, no instance has what the set says now.
        for instance in set.instances.values_mut() {
            if changed && instance.status != InstanceStatus::Inoperable {
                instance.status = InstanceStatus::Outdated;
            }
        }
    }
    let new = NewOperation {
        id: id.clone(),
        action: Action::Update,
        preferences,
        retain_stacks: false,
        overrides: None,
        targets,
        instances,
    };
    operations::begin(cloud, &key, new, call.now);
    Ok(answer("UpdateStackSet", call, |xml| xml.text("OperationId", id)))
}

pub(super) fn delete(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    // To delete what is not there is no error.
    if let Ok(key) = stack_sets::find(cloud, call) {
        let set = stack_sets::get(cloud, &key)?.clone();
        if operations::is_busy(&set) {
            return Err(operations::in_progress(&set));
        }
        if !set.instances.is_empty() {
            return Err(ServiceError::new(
                409,
                "StackSetNotEmptyException",
                format!("StackSet {} is not empty: it has {} instances", set.name, set.instances.len()),
            ));
        }
        let deleted_key = format!("{}/{}", set.region, set.id);
        cloud.store.stack_sets.put(&deleted_key, StackSet { deleted: true, ..set });
        cloud.store.stack_sets.remove(&key);
    }
    Ok(answer("DeleteStackSet", call, |_| {}))
}

pub(super) fn create_instances(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let (key, set, id) = admitted(cloud, call)?;
    let targets = required_targets(call)?;
    let overrides = overrides(cloud, call, &set)?;
    let new_count =
        pairs(&targets).filter(|(account, region)| !set.instances.contains_key(&instance_key(account, region))).count();
    if set.instances.len() + new_count > MAX_INSTANCES {
        return Err(limit_exceeded(format!("Maximum number of stack instances, {MAX_INSTANCES}, reached")));
    }
    let preferences = stack_sets::preferences(call.fields)?;
    if let Some(set) = cloud.store.stack_sets.get_mut(&key) {
        set.modified = true;
        for (account, region) in pairs(&targets) {
            set.instances.entry(instance_key(account, region)).or_insert_with(|| Instance {
                account: account.clone(),
                region: region.clone(),
                stack: None,
                stack_id: None,
                status: InstanceStatus::Outdated,
                detailed: DetailedStatus::Pending,
                reason: None,
                overrides: BTreeMap::new(),
                last_operation: None,
            });
        }
    }
    let instances = pairs(&targets).map(|(a, r)| (a.clone(), r.clone())).collect();
    let new = NewOperation {
        id: id.clone(),
        action: Action::Create,
        preferences,
        retain_stacks: false,
        overrides,
        targets,
        instances,
    };
    operations::begin(cloud, &key, new, call.now);
    Ok(operation_answer("CreateStackInstances", call, &id))
}

pub(super) fn update_instances(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let (key, set, id) = admitted(cloud, call)?;
    let targets = required_targets(call)?;
    let overrides = overrides(cloud, call, &set)?;
    let preferences = stack_sets::preferences(call.fields)?;
    let instances = existing_instances(&set, &targets)?;
    let new = NewOperation {
        id: id.clone(),
        action: Action::Update,
        preferences,
        retain_stacks: false,
        overrides,
        targets,
        instances,
    };
    operations::begin(cloud, &key, new, call.now);
    Ok(operation_answer("UpdateStackInstances", call, &id))
}

pub(super) fn delete_instances(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let (key, set, id) = admitted(cloud, call)?;
    let targets = required_targets(call)?;
    call.fields.required("RetainStacks")?;
    let preferences = stack_sets::preferences(call.fields)?;
    let instances = pairs(&targets)
        .filter(|(account, region)| set.instances.contains_key(&instance_key(account, region)))
        .map(|(account, region)| (account.clone(), region.clone()))
        .collect();
    let new = NewOperation {
        id: id.clone(),
        action: Action::Delete,
        preferences,
        retain_stacks: call.fields.boolean("RetainStacks"),
        overrides: None,
        targets,
        instances,
    };
    operations::begin(cloud, &key, new, call.now);
    Ok(operation_answer("DeleteStackInstances", call, &id))
}

pub(super) fn stop_operation(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let key = stack_sets::find(cloud, call)?;
    let id = call.fields.required("OperationId")?;
    operations::stop(cloud, &key, id, call.now)?;
    Ok(answer("StopStackSetOperation", call, |_| {}))
}

fn operation_answer(action: &str, call: Call<'_>, id: &str) -> String {
    answer(action, call, |xml: &mut Xml| xml.text("OperationId", id))
}

/// The stack set, once it admits the operation.
fn admitted(cloud: &mut Cloud, call: Call<'_>) -> Result<(String, StackSet, String), ServiceError> {
    let key = stack_sets::find(cloud, call)?;
    let set = stack_sets::get(cloud, &key)?.clone();
    let id = operation_id(call)?;
    operations::admit(&set, &id)?;
    Ok((key, set, id))
}

fn operation_id(call: Call<'_>) -> Result<String, ServiceError> {
    match call.fields.get("OperationId") {
        Some(id) => {
            check_id(id, "operationId")?;
            Ok(id.to_owned())
        }
        None => Ok(identifiers::uuid(&format!("operation/{}", call.request_id))),
    }
}

fn wanted(cloud: &mut Cloud, call: Call<'_>) -> Result<Wanted, ServiceError> {
    Ok(Wanted {
        template: template_text(cloud, call)?,
        parameters: stack_sets::parameters(call.fields)?,
        tags: stack_sets::tags(call.fields)?,
        capabilities: call.fields.list("Capabilities"),
        notification_arns: Vec::new(),
    })
}

fn role_arn(call: Call<'_>) -> Result<Option<String>, ServiceError> {
    let Some(arn) = call.fields.get("AdministrationRoleARN") else { return Ok(None) };
    if !arn.starts_with("arn:") || !arn.contains(":role/") || arn.len() < 20 {
        return Err(ServiceError::validation(format!("AdministrationRoleARN '{arn}' is not the ARN of a role")));
    }
    Ok(Some(arn.to_owned()))
}

fn refuse_service_managed(call: Call<'_>) -> Result<(), ServiceError> {
    if call.fields.get("PermissionModel") == Some("SERVICE_MANAGED") {
        return Err(ServiceError::validation(
            "You must be the master or delegated admin account of an organization before operating a SERVICE_MANAGED \
             stack set",
        ));
    }
    Ok(())
}

fn required_targets(call: Call<'_>) -> Result<Targets, ServiceError> {
    let targets = stack_sets::targets(call.fields)?;
    if targets.accounts.is_empty() || targets.regions.is_empty() {
        return Err(ServiceError::validation(
            "Accounts and Regions must both be specified for StackSets with SELF_MANAGED permission model",
        ));
    }
    Ok(targets)
}

fn pairs(targets: &Targets) -> impl Iterator<Item = (&String, &String)> {
    targets.accounts.iter().flat_map(|account| targets.regions.iter().map(move |region| (account, region)))
}

fn existing_instances(set: &StackSet, targets: &Targets) -> Result<Vec<(String, String)>, ServiceError> {
    let mut instances = Vec::new();
    for (account, region) in pairs(targets) {
        let Some(instance) = set.instances.get(&instance_key(account, region)) else {
            return Err(ServiceError::new(
                404,
                "StackInstanceNotFoundException",
                format!("Stack instance for account {account} in {region} not found in StackSet {}", set.name),
            ));
        };
        if instance.status != InstanceStatus::Inoperable {
            instances.push((account.clone(), region.clone()));
        }
    }
    Ok(instances)
}

/// The overrides that a request sets, none when it says nothing of them.
fn overrides(
    cloud: &mut Cloud,
    call: Call<'_>,
    set: &StackSet,
) -> Result<Option<BTreeMap<String, Option<String>>>, ServiceError> {
    let entries = call.fields.structures("ParameterOverrides");
    if entries.is_empty() && !call.fields.contains("ParameterOverrides") {
        return Ok(None);
    }
    let template = cloud.template(&set.source.template)?;
    let mut overrides = BTreeMap::new();
    for entry in entries {
        let name = entry.required("ParameterKey")?.to_owned();
        if !template.parameters.contains_key(&name) {
            return Err(ServiceError::validation(format!("Parameters: [{name}] do not exist in the template")));
        }
        let value = match (entry.get("ParameterValue"), entry.boolean("UsePreviousValue")) {
            (Some(value), false) => Some(value.to_owned()),
            (None, true) => None,
            _ => {
                return Err(ServiceError::validation(format!(
                    "Invalid input for parameter key {name}. Need to specify either usePreviousValue as true or a value"
                )));
            }
        };
        overrides.insert(name, value);
    }
    Ok(Some(overrides))
}

fn limit_exceeded(message: String) -> ServiceError {
    ServiceError::new(400, "LimitExceededException", message)
}
