//! CloudFormation: stacks and stack sets.

mod answers;
mod deletion;
mod events;
mod execution;
mod exports;
mod operations;
mod rehearsal;
mod roles;
mod sources;
mod stack_requests;
mod stack_set_requests;
mod stack_set_views;
mod stack_sets;
mod stack_views;
mod stacks;
mod surroundings;

use crate::clock::Timestamp;
use crate::cloud::Cloud;
use crate::protocol::ServiceError;
use crate::protocol::query::Fields;

pub(crate) use operations::instance_start;
pub(crate) use stacks::stack_due;

/// One request: what is asked in which region, as of which moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) region: &'a str,
    pub(crate) fields: &'a Fields,
    pub(crate) now: Timestamp,
    pub(crate) request_id: &'a str,
}

/// Answers a request in XML.
pub(crate) fn answer(cloud: &mut Cloud, action: &str, call: Call<'_>) -> Result<String, ServiceError> {
    use {stack_requests as stack, stack_set_requests as set, stack_set_views as set_view, stack_views as view};
    match action {
        "CreateStack" => stack::create(cloud, call),
        "UpdateStack" => stack::update(cloud, call),
        "DeleteStack" => stack::delete(cloud, call),
        "ContinueUpdateRollback" => stack::continue_update_rollback(cloud, call),
        "UpdateTerminationProtection" => stack::update_termination_protection(cloud, call),
        "ValidateTemplate" => stack::validate_template(cloud, call),
        "GetTemplateSummary" => stack::template_summary(cloud, call),
        "DescribeStacks" => view::describe_stacks(cloud, call),
        "ListStacks" => view::list_stacks(cloud, call),
        "DescribeStackEvents" => view::describe_events(cloud, call),
        "DescribeStackResource" => view::describe_resource(cloud, call),
        "DescribeStackResources" => view::describe_resources(cloud, call),
        "ListStackResources" => view::list_resources(cloud, call),
        "GetTemplate" => view::get_template(cloud, call),
        "ListExports" => view::list_exports(cloud, call),
        "ListImports" => view::list_imports(cloud, call),
        "CreateStackSet" => set::create(cloud, call),
        "UpdateStackSet" => set::update(cloud, call),
        "DeleteStackSet" => set::delete(cloud, call),
        "CreateStackInstances" => set::create_instances(cloud, call),
        "UpdateStackInstances" => set::update_instances(cloud, call),
        "DeleteStackInstances" => set::delete_instances(cloud, call),
        "StopStackSetOperation" => set::stop_operation(cloud, call),
        "DescribeStackSet" => set_view::describe_stack_set(cloud, call),
        "ListStackSets" => set_view::list_stack_sets(cloud, call),
        "DescribeStackInstance" => set_view::describe_instance(cloud, call),
        "ListStackInstances" => set_view::list_instances(cloud, call),
        "DescribeStackSetOperation" => set_view::describe_operation(cloud, call),
        "ListStackSetOperations" => set_view::list_operations(cloud, call),
        "ListStackSetOperationResults" => set_view::list_results(cloud, call),
        _ => Err(ServiceError::new(
            400,
            "InvalidAction",
            format!("Could not find operation {action} for version 2010-05-15"),
        )),
    }
}

/// Whether the action changes something.
pub(crate) fn is_mutating(action: &str) -> bool {
    !(action.starts_with("Describe")
        || action.starts_with("List")
        || action.starts_with("Get")
        || action.starts_with("Validate"))
}
