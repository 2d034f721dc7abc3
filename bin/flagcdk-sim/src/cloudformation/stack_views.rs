//! Requests that look at stacks.

use super::Call;
use super::answers::{answer, page};
use super::stack_requests::find_active;
use super::stacks;
use crate::cloud::Cloud;
use crate::protocol::ServiceError;
use crate::protocol::xml::Xml;
use crate::store::model::{OnFailure, ResourceRecord, Stack, StackEvent, Status};
use crate::template::Template;

pub(super) fn describe_stacks(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let stacks = match call.fields.get("StackName") {
        Some(name) => {
            let key = stacks::find(cloud, call.region, name)
                .ok_or_else(|| ServiceError::validation(format!("Stack with id {name} does not exist")))?;
            vec![stacks::stack(cloud, &key)?]
        }
        None => {
            let keys: Vec<String> = cloud.store.region_view(call.region).active.values().cloned().collect();
            keys.iter().map(|key| stacks::stack(cloud, key)).collect::<Result<_, _>>()?
        }
    };
    let (stacks, next) = page(call, &stacks)?;
    let mut templates = Vec::new();
    for stack in stacks {
        templates.push(cloud.template(&stack.source.template)?);
    }
    Ok(answer("DescribeStacks", call, |xml| {
        xml.members("Stacks", stacks.iter().zip(&templates), |xml, (stack, template)| {
            stack_members(xml, stack, template);
        });
        xml.optional("NextToken", next);
    }))
}

pub(super) fn list_stacks(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let wanted = call.fields.list("StackStatusFilter");
    let keys = cloud.store.stacks.keys_under(&format!("{}/", call.region));
    let mut stacks = Vec::new();
    for key in &keys {
        let stack = stacks::stack(cloud, key)?;
        if wanted.is_empty() || wanted.iter().any(|status| status == stack.status.as_str()) {
            stacks.push(stack);
        }
    }
    stacks.sort_by_key(|stack| std::cmp::Reverse(stack.created));
    let (stacks, next) = page(call, &stacks)?;
    Ok(answer("ListStacks", call, |xml| {
        xml.members("StackSummaries", stacks, |xml, stack| {
            xml.text("StackId", &stack.id);
            xml.text("StackName", &stack.name);
            xml.text("CreationTime", stack.created);
            xml.optional("LastUpdatedTime", stack.updated);
            xml.optional("DeletionTime", stack.deleted);
            xml.text("StackStatus", stack.status);
            xml.optional("StackStatusReason", stack.reason.as_ref());
            xml.element("DriftInformation", |xml| xml.text("StackDriftStatus", "NOT_CHECKED"));
        });
        xml.optional("NextToken", next);
    }))
}

pub(super) fn describe_events(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let name = call.fields.required("StackName")?;
    let key = stacks::find(cloud, call.region, name)
        .ok_or_else(|| ServiceError::validation(format!("Stack [{name}] does not exist")))?;
    let stack = stacks::stack(cloud, &key)?;
    let mut events: Vec<StackEvent> = cloud.store.events.get(&key).map(|row| row.events.clone()).unwrap_or_default();
    // The newest event comes first.
    events.reverse();
    let (events, next) = page(call, &events)?;
    Ok(answer("DescribeStackEvents", call, |xml| {
        xml.members("StackEvents", events, |xml, event| {
            xml.text("StackId", &stack.id);
            xml.text("EventId", &event.id);
            xml.text("StackName", &stack.name);
            xml.text("LogicalResourceId", &event.logical_id);
            xml.text("PhysicalResourceId", &event.physical_id);
            xml.text("ResourceType", &event.type_name);
            xml.text("Timestamp", event.at);
            xml.text("ResourceStatus", event.status);
            xml.optional("ResourceStatusReason", event.reason.as_ref());
            xml.optional("ClientRequestToken", event.token.as_ref());
        });
        xml.optional("NextToken", next);
    }))
}

pub(super) fn describe_resource(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let name = call.fields.required("StackName")?;
    let logical_id = call.fields.required("LogicalResourceId")?;
    let key = find_active(cloud, call, name)?;
    let stack = stacks::stack(cloud, &key)?;
    let record =
        cloud.store.resources.get(&key).and_then(|row| row.resources.get(logical_id)).cloned().ok_or_else(|| {
            ServiceError::validation(format!("Resource {logical_id} does not exist for stack {name}"))
        })?;
    Ok(answer("DescribeStackResource", call, |xml| {
        xml.element("StackResourceDetail", |xml| {
            xml.text("StackName", &stack.name);
            xml.text("StackId", &stack.id);
            resource_members(xml, logical_id, &record);
            xml.text("LastUpdatedTimestamp", record.updated);
        });
    }))
}

pub(super) fn describe_resources(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    /// It gives no more than these, and has no pages.
    const MAX: usize = 100;
    let name = call.fields.required("StackName")?;
    let wanted = call.fields.get("LogicalResourceId");
    let key = find_active(cloud, call, name)?;
    let stack = stacks::stack(cloud, &key)?;
    let resources = cloud.store.resources.get(&key).cloned().unwrap_or_default().resources;
    let resources =
        resources.iter().filter(|(logical_id, _)| wanted.is_none_or(|wanted| wanted == *logical_id)).take(MAX);
    Ok(answer("DescribeStackResources", call, |xml| {
        xml.members("StackResources", resources, |xml, (logical_id, record)| {
            xml.text("StackName", &stack.name);
            xml.text("StackId", &stack.id);
            resource_members(xml, logical_id, record);
            xml.text("Timestamp", record.updated);
        });
    }))
}

pub(super) fn list_resources(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let name = call.fields.required("StackName")?;
    let key = stacks::find(cloud, call.region, name)
        .ok_or_else(|| ServiceError::validation(format!("Stack with id {name} does not exist")))?;
    let resources: Vec<(String, ResourceRecord)> =
        cloud.store.resources.get(&key).map(|row| row.resources.clone()).unwrap_or_default().into_iter().collect();
    let (resources, next) = page(call, &resources)?;
    Ok(answer("ListStackResources", call, |xml| {
        xml.members("StackResourceSummaries", resources, |xml, (logical_id, record)| {
            resource_members(xml, logical_id, record);
            xml.text("LastUpdatedTimestamp", record.updated);
        });
        xml.optional("NextToken", next);
    }))
}

pub(super) fn get_template(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let name = call.fields.required("StackName")?;
    let key = stacks::find(cloud, call.region, name)
        .ok_or_else(|| ServiceError::validation(format!("Stack with id {name} does not exist")))?;
    let stack = stacks::stack(cloud, &key)?;
    let body = cloud.template_body(&stack.source.template)?;
    Ok(answer("GetTemplate", call, |xml| {
        xml.text("TemplateBody", body);
        xml.text_members("StagesAvailable", ["Original", "Processed"]);
    }))
}

pub(super) fn list_exports(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let exports: Vec<(String, String, String)> = cloud
        .store
        .region_view(call.region)
        .exports
        .iter()
        .map(|(name, export)| (name.clone(), export.value.clone(), export.stack_id.clone()))
        .collect();
    let (exports, next) = page(call, &exports)?;
    Ok(answer("ListExports", call, |xml| {
        xml.members("Exports", exports, |xml, (name, value, stack_id)| {
            xml.text("ExportingStackId", stack_id);
            xml.text("Name", name);
            xml.text("Value", value);
        });
        xml.optional("NextToken", next);
    }))
}

pub(super) fn list_imports(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let name = call.fields.required("ExportName")?;
    let importers: Vec<String> = match cloud.store.region_view(call.region).exports.get(name) {
        Some(export) if !export.importers.is_empty() => export.importers.iter().cloned().collect(),
        Some(_) => {
            return Err(ServiceError::validation(format!("Export '{name}' is not imported by any stack.")));
        }
        None => return Err(ServiceError::validation(format!("No export named {name} found."))),
    };
    let (importers, next) = page(call, &importers)?;
    Ok(answer("ListImports", call, |xml| {
        xml.text_members("Imports", importers);
        xml.optional("NextToken", next);
    }))
}

fn stack_members(xml: &mut Xml, stack: &Stack, template: &Template) {
    xml.text("StackId", &stack.id);
    xml.text("StackName", &stack.name);
    xml.optional("Description", template.description.as_ref());
    xml.members("Parameters", &stack.source.parameters, |xml, (name, value)| {
        let hidden = template.parameters.get(name).is_some_and(|one| one.no_echo);
        xml.text("ParameterKey", name);
        xml.text("ParameterValue", if hidden { "****" } else { value });
    });
    xml.text("CreationTime", stack.created);
    xml.optional("DeletionTime", stack.deleted);
    xml.optional("LastUpdatedTime", stack.updated);
    xml.element("RollbackConfiguration", |_| {});
    xml.text("StackStatus", stack.status);
    xml.optional("StackStatusReason", stack.reason.as_ref());
    xml.text("DisableRollback", stack.on_failure == OnFailure::DoNothing);
    xml.text_members("NotificationARNs", &stack.source.notification_arns);
    xml.text_members("Capabilities", &stack.source.capabilities);
    // A stack that is not made yet has no outputs.
    if stack.status != Status::CreateInProgress {
        xml.members("Outputs", &stack.outputs, |xml, output| {
            xml.text("OutputKey", &output.key);
            xml.text("OutputValue", &output.value);
            xml.optional("Description", output.description.as_ref());
            xml.optional("ExportName", output.export.as_ref());
        });
    }
    xml.members("Tags", &stack.source.tags, |xml, (key, value)| {
        xml.text("Key", key);
        xml.text("Value", value);
    });
    xml.text("EnableTerminationProtection", stack.termination_protection);
    xml.element("DriftInformation", |xml| xml.text("StackDriftStatus", "NOT_CHECKED"));
}

fn resource_members(xml: &mut Xml, logical_id: &str, record: &ResourceRecord) {
    xml.text("LogicalResourceId", logical_id);
    xml.text("PhysicalResourceId", &record.physical_id);
    xml.text("ResourceType", &record.type_name);
    xml.text("ResourceStatus", record.status);
    xml.optional("ResourceStatusReason", record.reason.as_ref());
    xml.element("DriftInformation", |xml| xml.text("StackResourceDriftStatus", "NOT_CHECKED"));
}
