//! Requests that look at stack sets.

use super::Call;
use super::answers::{answer, page};
use super::operations::instance_key;
use super::roles;
use super::stack_sets;
use crate::cloud::Cloud;
use crate::protocol::ServiceError;
use crate::protocol::xml::Xml;
use crate::store::model::{DetailedStatus, Instance, Operation, OperationResult, Preferences, StackSet};

pub(super) fn describe_stack_set(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let account = cloud.account.clone();
    // The description of a deleted stack set can be had by its id.
    let by_id = call.fields.get("StackSetName").map(|id| stack_sets::row_key(call.region, id));
    let key = match by_id {
        Some(key) if key.contains(':') && cloud.store.stack_sets.contains(&key) => key,
        _ => stack_sets::find(cloud, call)?,
    };
    let set = stack_sets::get(cloud, &key)?.clone();
    let template = cloud.template_body(&set.source.template)?;
    let parsed = cloud.template(&set.source.template)?;
    Ok(answer("DescribeStackSet", call, |xml| {
        xml.element("StackSet", |xml| {
            xml.text("StackSetName", &set.name);
            xml.text("StackSetId", &set.id);
            xml.text("StackSetARN", stack_sets::arn(&account, &set));
            xml.optional("Description", set.description.as_ref());
            xml.text("Status", status(&set));
            xml.text("TemplateBody", template);
            xml.members("Parameters", &set.source.parameters, |xml, (name, value)| {
                let hidden = parsed.parameters.get(name).is_some_and(|one| one.no_echo);
                xml.text("ParameterKey", name);
                xml.text("ParameterValue", if hidden { "****" } else { value });
            });
            xml.text_members("Capabilities", &set.source.capabilities);
            tags(xml, &set);
            role_members(xml, &account, &set);
            xml.text("PermissionModel", "SELF_MANAGED");
            xml.text_members("OrganizationalUnitIds", std::iter::empty::<&str>());
            xml.element("ManagedExecution", |xml| xml.text("Active", set.managed_execution));
            let mut regions: Vec<&str> = set.instances.values().map(|instance| instance.region.as_str()).collect();
            regions.sort_unstable();
            regions.dedup();
            xml.text_members("Regions", regions);
        });
    }))
}

pub(super) fn list_stack_sets(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let keys = cloud.store.stack_sets.keys_under(&stack_sets::row_key(call.region, ""));
    let wanted = call.fields.get("Status");
    let mut sets = Vec::new();
    for key in keys {
        let set = stack_sets::get(cloud, &key)?;
        if wanted.is_none_or(|wanted| wanted == status(set)) {
            sets.push(set.clone());
        }
    }
    let (sets, next) = page(call, &sets)?;
    Ok(answer("ListStackSets", call, |xml| {
        xml.members("Summaries", sets, |xml, set| {
            xml.text("StackSetName", &set.name);
            xml.text("StackSetId", &set.id);
            xml.optional("Description", set.description.as_ref());
            xml.text("Status", status(set));
            xml.text("PermissionModel", "SELF_MANAGED");
            xml.text("DriftStatus", "NOT_CHECKED");
            xml.element("ManagedExecution", |xml| xml.text("Active", set.managed_execution));
        });
        xml.optional("NextToken", next);
    }))
}

pub(super) fn describe_instance(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let key = stack_sets::find(cloud, call)?;
    let account = call.fields.required("StackInstanceAccount")?;
    let region = call.fields.required("StackInstanceRegion")?;
    let set = stack_sets::get(cloud, &key)?;
    let instance = set.instances.get(&instance_key(account, region)).ok_or_else(|| {
        ServiceError::new(
            404,
            "StackInstanceNotFoundException",
            format!("Stack instance for account {account} in {region} not found in StackSet {}", set.name),
        )
    })?;
    Ok(answer("DescribeStackInstance", call, |xml| {
        xml.element("StackInstance", |xml| {
            instance_members(xml, set, instance);
            xml.members("ParameterOverrides", &instance.overrides, |xml, (name, value)| {
                xml.text("ParameterKey", name);
                xml.text("ParameterValue", value);
            });
        });
    }))
}

pub(super) fn list_instances(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let key = stack_sets::find(cloud, call)?;
    let filters = filters(call)?;
    let (account, region) = (call.fields.get("StackInstanceAccount"), call.fields.get("StackInstanceRegion"));
    let set = stack_sets::get(cloud, &key)?;
    let instances: Vec<&Instance> = set
        .instances
        .values()
        .filter(|instance| account.is_none_or(|account| account == instance.account))
        .filter(|instance| region.is_none_or(|region| region == instance.region))
        .filter(|instance| {
            filters.iter().all(|(name, value)| match name.as_str() {
                "DETAILED_STATUS" => value == instance.detailed.as_str(),
                "LAST_OPERATION_ID" => instance.last_operation.as_ref() == Some(value),
                _ => value == "NOT_CHECKED",
            })
        })
        .collect();
    let (instances, next) = page(call, &instances)?;
    Ok(answer("ListStackInstances", call, |xml| {
        xml.members("Summaries", instances, |xml, instance| instance_members(xml, set, instance));
        xml.optional("NextToken", next);
    }))
}

pub(super) fn describe_operation(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let account = cloud.account.clone();
    let key = stack_sets::find(cloud, call)?;
    let id = call.fields.required("OperationId")?;
    let set = stack_sets::get(cloud, &key)?;
    let operation = find_operation(set, id)?;
    Ok(answer("DescribeStackSetOperation", call, |xml| {
        xml.element("StackSetOperation", |xml| {
            xml.text("StackSetId", &set.id);
            operation_members(xml, operation);
            xml.text("RetainStacks", operation.retain_stacks);
            role_members(xml, &account, set);
        });
    }))
}

pub(super) fn list_operations(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let key = stack_sets::find(cloud, call)?;
    let set = stack_sets::get(cloud, &key)?;
    let newest_first: Vec<&Operation> = set.operations.iter().rev().collect();
    let (operations, next) = page(call, &newest_first)?;
    Ok(answer("ListStackSetOperations", call, |xml| {
        xml.members("Summaries", operations, |xml, operation| operation_members(xml, operation));
        xml.optional("NextToken", next);
    }))
}

pub(super) fn list_results(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let key = stack_sets::find(cloud, call)?;
    let id = call.fields.required("OperationId")?;
    let filters = filters(call)?;
    let set = stack_sets::get(cloud, &key)?;
    let results: Vec<&OperationResult> = find_operation(set, id)?
        .results
        .iter()
        .filter(|result| {
            filters.iter().all(|(name, value)| name != "OPERATION_RESULT_STATUS" || value == result.status.as_str())
        })
        .collect();
    let (results, next) = page(call, &results)?;
    Ok(answer("ListStackSetOperationResults", call, |xml| {
        xml.members("Summaries", results, |xml, result| {
            xml.text("Account", &result.account);
            xml.text("Region", &result.region);
            xml.text("Status", result.status);
            xml.optional("StatusReason", result.reason.as_ref());
            if result.status != DetailedStatus::Pending {
                xml.element("AccountGateResult", |xml| {
                    xml.text("Status", "SKIPPED");
                    xml.text(
                        "StatusReason",
                        format_args!(
                            "Function not found: arn:aws:lambda:{}:{}:function:AWSCloudFormationStackSetAccountGate",
                            set.region, result.account
                        ),
                    );
                });
            }
        });
        xml.optional("NextToken", next);
    }))
}

fn status(set: &StackSet) -> &'static str {
    if set.deleted { "DELETED" } else { "ACTIVE" }
}

fn role_members(xml: &mut Xml, account: &str, set: &StackSet) {
    xml.text("AdministrationRoleARN", roles::administration_arn(account, set));
    xml.text("ExecutionRoleName", set.execution_role.as_deref().unwrap_or(roles::EXECUTION));
}

fn tags(xml: &mut Xml, set: &StackSet) {
    xml.members("Tags", &set.source.tags, |xml, (key, value)| {
        xml.text("Key", key);
        xml.text("Value", value);
    });
}

fn find_operation<'a>(set: &'a StackSet, id: &str) -> Result<&'a Operation, ServiceError> {
    set.operations.iter().find(|operation| operation.id == id).ok_or_else(|| stack_sets::operation_not_found(id))
}

fn filters(call: Call<'_>) -> Result<Vec<(String, String)>, ServiceError> {
    call.fields
        .structures("Filters")
        .iter()
        .map(|filter| Ok((filter.required("Name")?.to_owned(), filter.required("Values")?.to_owned())))
        .collect()
}

fn instance_members(xml: &mut Xml, set: &StackSet, instance: &Instance) {
    xml.text("StackSetId", &set.id);
    xml.text("Region", &instance.region);
    xml.text("Account", &instance.account);
    xml.optional("StackId", instance.stack_id.as_ref());
    xml.text("Status", instance.status);
    xml.optional("StatusReason", instance.reason.as_ref());
    xml.element("StackInstanceStatus", |xml| xml.text("DetailedStatus", instance.detailed));
    xml.text("DriftStatus", "NOT_CHECKED");
    xml.optional("LastOperationId", instance.last_operation.as_ref());
}

fn operation_members(xml: &mut Xml, operation: &Operation) {
    xml.text("OperationId", &operation.id);
    xml.text("Action", operation.action);
    xml.text("Status", operation.status);
    xml.optional("StatusReason", operation.reason.as_ref());
    preferences(xml, &operation.preferences);
    xml.text("CreationTimestamp", operation.created);
    xml.optional("EndTimestamp", operation.ended);
    let failed = operation.results.iter().filter(|result| result.status == DetailedStatus::Failed).count();
    xml.element("StatusDetails", |xml| xml.text("FailedStackInstancesCount", failed));
}

fn preferences(xml: &mut Xml, preferences: &Preferences) {
    xml.element("OperationPreferences", |xml| {
        xml.optional("RegionConcurrencyType", preferences.region_concurrency);
        xml.text_members("RegionOrder", &preferences.region_order);
        xml.optional("FailureToleranceCount", preferences.failure_tolerance_count);
        xml.optional("FailureTolerancePercentage", preferences.failure_tolerance_percentage);
        xml.optional("MaxConcurrentCount", preferences.max_concurrent_count);
        xml.optional("MaxConcurrentPercentage", preferences.max_concurrent_percentage);
        xml.optional("ConcurrencyMode", preferences.concurrency_mode);
    });
}
