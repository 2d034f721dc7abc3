//! StackSets of the home region, with permissions that the account manages itself, and this account as their only
//! target.

use aws_sdk_cloudformation::types::{
    PermissionModels, RegionConcurrencyType, StackInstanceStatus, StackSetOperationPreferences,
    StackSetOperationResultStatus, StackSetOperationStatus, StackSetStatus,
};
use flagcdk_assembly::Region;
use flagcdk_engine::{
    CloudError, ErrorKind, Instance, InstanceStatus, Operation, OperationId, OperationStatus, RegionResult,
    ResultStatus, StackSetRequest, StackSetState,
};

use crate::connection::AwsCloud;
use crate::requests::{Call, Page, all_pages};
use crate::stacks::{capabilities, parameters, parameters_of, tags, tags_of};

/// How many operations are listed. The newest come first, and no older one still matters.
const OPERATIONS: i32 = 20;

impl AwsCloud {
    pub(crate) async fn describe_stack_set(&self, name: &str) -> Result<Option<StackSetState>, CloudError> {
        let call = self.home("cloudformation:DescribeStackSet");
        let answer = self
            .send(call, async || {
                self.cloudformation(call.region).describe_stack_set().stack_set_name(name).send().await
            })
            .await;
        let stack_set = match answer {
            Ok(answer) => answer.stack_set,
            Err(error) if error.kind == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let living = stack_set.filter(|set| set.status != Some(StackSetStatus::Deleted));
        Ok(living.map(|set| StackSetState {
            template: set.template_body.unwrap_or_default(),
            description: set.description.unwrap_or_default(),
            parameters: parameters_of(set.parameters),
            tags: tags_of(set.tags),
        }))
    }

    pub(crate) async fn begin_stack_set(&self, request: &StackSetRequest, token: &str) -> Result<(), CloudError> {
        let call = self.home("cloudformation:CreateStackSet");
        self.send(call, async || {
            self.cloudformation(call.region)
                .create_stack_set()
                .stack_set_name(&request.name)
                .set_description(description(request))
                .template_url(&request.template_url)
                .set_parameters(Some(parameters(&request.parameters)))
                .set_tags(Some(tags(&request.tags)))
                .set_capabilities(Some(capabilities(&request.capabilities)))
                .permission_model(PermissionModels::SelfManaged)
                .administration_role_arn(&request.administration_role_arn)
                .execution_role_name(&request.execution_role_name)
                .client_request_token(token)
                .send()
                .await
        })
        .await
        .map(|_| ())
    }

    pub(crate) async fn change_stack_set(
        &self,
        request: &StackSetRequest,
        regions: &[Region],
        operation: &OperationId,
    ) -> Result<(), CloudError> {
        let call = self.home("cloudformation:UpdateStackSet");
        let targets = self.targets_of_update(call, &request.name, regions).await?;
        self.send(call, async || {
            let (accounts, regions) = targets.clone().unzip();
            self.cloudformation(call.region)
                .update_stack_set()
                .stack_set_name(&request.name)
                .set_description(description(request))
                .template_url(&request.template_url)
                .set_parameters(Some(parameters(&request.parameters)))
                .set_tags(Some(tags(&request.tags)))
                .set_capabilities(Some(capabilities(&request.capabilities)))
                .permission_model(PermissionModels::SelfManaged)
                .administration_role_arn(&request.administration_role_arn)
                .execution_role_name(&request.execution_role_name)
                .operation_preferences(preferences())
                .operation_id(&operation.0)
                .set_accounts(accounts)
                .set_regions(regions)
                .send()
                .await
        })
        .await
        .map(|_| ())
    }

    /// The accounts and regions to name in UpdateStackSet, or none if nothing has to be named.
    ///
    /// AWS reads a missing list as all instances, and documents no way to update none of those there are. So that no
    /// region is changed that nobody asked for, such an update is refused here.
    async fn targets_of_update(
        &self,
        call: Call,
        name: &str,
        regions: &[Region],
    ) -> Result<Option<(Vec<String>, Vec<String>)>, CloudError> {
        if !regions.is_empty() {
            return Ok(Some((vec![self.who().await?.account.clone()], names(regions))));
        }
        let instances = self.list_instances(name).await?;
        // StackSets leave an inoperable instance alone whatever they are asked.
        let concerned = instances.iter().find(|instance| instance.status != InstanceStatus::Inoperable);
        match concerned {
            None => Ok(None),
            Some(instance) => {
                let message = format!(
                    "the update names no region that has an instance of `{name}`, and AWS would then update all of \
                     them, such as the one in `{}`",
                    instance.region
                );
                Err(call.error(ErrorKind::Rejected, message))
            }
        }
    }

    pub(crate) async fn remove_stack_set(&self, name: &str) -> Result<(), CloudError> {
        let call = self.home("cloudformation:DeleteStackSet");
        self.send(call, async || self.cloudformation(call.region).delete_stack_set().stack_set_name(name).send().await)
            .await
            .map(|_| ())
    }

    pub(crate) async fn list_instances(&self, name: &str) -> Result<Vec<Instance>, CloudError> {
        let call = self.home("cloudformation:ListStackInstances");
        let account = &self.who().await?.account;
        let summaries = all_pages(call, async |token: Option<String>| {
            let answer = self
                .send(call, async || {
                    let request = self.cloudformation(call.region).list_stack_instances().stack_set_name(name);
                    request.stack_instance_account(account).set_next_token(token.clone()).send().await
                })
                .await?;
            Ok(Page { items: answer.summaries.unwrap_or_default(), next: answer.next_token })
        })
        .await?;
        let mut instances = Vec::with_capacity(summaries.len());
        for summary in summaries {
            instances.push(Instance {
                region: region_of(call, summary.region)?,
                status: summary.status.map_or(InstanceStatus::Unknown, instance_status),
                detailed_status: summary
                    .stack_instance_status
                    .and_then(|status| status.detailed_status)
                    .map(|status| status.as_str().to_owned())
                    .unwrap_or_default(),
                reason: summary.status_reason,
                stack_id: summary.stack_id,
            });
        }
        instances.sort_by_key(|instance| instance.region);
        Ok(instances)
    }

    pub(crate) async fn begin_instances(
        &self,
        name: &str,
        regions: &[Region],
        operation: &OperationId,
    ) -> Result<(), CloudError> {
        let call = self.home("cloudformation:CreateStackInstances");
        let account = &self.who().await?.account;
        self.send(call, async || {
            self.cloudformation(call.region)
                .create_stack_instances()
                .stack_set_name(name)
                .accounts(account)
                .set_regions(Some(names(regions)))
                .operation_preferences(preferences())
                .operation_id(&operation.0)
                .send()
                .await
        })
        .await
        .map(|_| ())
    }

    pub(crate) async fn change_instances(
        &self,
        name: &str,
        regions: &[Region],
        operation: &OperationId,
    ) -> Result<(), CloudError> {
        let call = self.home("cloudformation:UpdateStackInstances");
        let account = &self.who().await?.account;
        self.send(call, async || {
            self.cloudformation(call.region)
                .update_stack_instances()
                .stack_set_name(name)
                .accounts(account)
                .set_regions(Some(names(regions)))
                .operation_preferences(preferences())
                .operation_id(&operation.0)
                .send()
                .await
        })
        .await
        .map(|_| ())
    }

    pub(crate) async fn remove_instances(
        &self,
        name: &str,
        regions: &[Region],
        operation: &OperationId,
    ) -> Result<(), CloudError> {
        let call = self.home("cloudformation:DeleteStackInstances");
        let account = &self.who().await?.account;
        self.send(call, async || {
            self.cloudformation(call.region)
                .delete_stack_instances()
                .stack_set_name(name)
                .accounts(account)
                .set_regions(Some(names(regions)))
                .retain_stacks(false)
                .operation_preferences(preferences())
                .operation_id(&operation.0)
                .send()
                .await
        })
        .await
        .map(|_| ())
    }

    pub(crate) async fn list_operations(&self, name: &str) -> Result<Vec<Operation>, CloudError> {
        let call = self.home("cloudformation:ListStackSetOperations");
        let answer = self
            .send(call, async || {
                let request = self.cloudformation(call.region).list_stack_set_operations().stack_set_name(name);
                request.max_results(OPERATIONS).send().await
            })
            .await?;
        let summaries = answer.summaries.unwrap_or_default();
        Ok(summaries
            .into_iter()
            .map(|summary| Operation {
                id: OperationId(summary.operation_id.unwrap_or_default()),
                status: summary.status.map_or(OperationStatus::Unknown, operation_status),
            })
            .collect())
    }

    pub(crate) async fn describe_operation(
        &self,
        name: &str,
        id: &OperationId,
    ) -> Result<Option<Operation>, CloudError> {
        let call = self.home("cloudformation:DescribeStackSetOperation");
        let answer = self
            .send(call, async || {
                let request = self.cloudformation(call.region).describe_stack_set_operation().stack_set_name(name);
                request.operation_id(&id.0).send().await
            })
            .await;
        let operation = match answer {
            Ok(answer) => answer.stack_set_operation,
            Err(error) if error.kind == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(operation.map(|operation| Operation {
            id: id.clone(),
            status: operation.status.map_or(OperationStatus::Unknown, operation_status),
        }))
    }

    pub(crate) async fn list_results(&self, name: &str, id: &OperationId) -> Result<Vec<RegionResult>, CloudError> {
        let call = self.home("cloudformation:ListStackSetOperationResults");
        let summaries = all_pages(call, async |token: Option<String>| {
            let answer = self
                .send(call, async || {
                    let request = self.cloudformation(call.region).list_stack_set_operation_results();
                    let request = request.stack_set_name(name).operation_id(&id.0);
                    request.set_next_token(token.clone()).send().await
                })
                .await?;
            Ok(Page { items: answer.summaries.unwrap_or_default(), next: answer.next_token })
        })
        .await?;
        let mut results = Vec::with_capacity(summaries.len());
        for summary in summaries {
            results.push(RegionResult {
                region: region_of(call, summary.region)?,
                status: summary.status.map_or(ResultStatus::Unknown, result_status),
                reason: summary.status_reason,
            });
        }
        results.sort_by_key(|result| result.region);
        Ok(results)
    }

    /// StackSets exist in one region only, whatever regions they reach.
    fn home(&self, action: &'static str) -> Call {
        Call::new(action, self.home_region)
    }
}

/// All regions at once, and a failure in one stops no other. The tolerance counts accounts within a region, so with one
/// account it has to be one.
fn preferences() -> StackSetOperationPreferences {
    StackSetOperationPreferences::builder()
        .region_concurrency_type(RegionConcurrencyType::Parallel)
        .max_concurrent_count(1)
        .failure_tolerance_count(1)
        .build()
}

fn description(request: &StackSetRequest) -> Option<String> {
    // AWS refuses an empty one.
    Some(request.description.clone()).filter(|description| !description.is_empty())
}

fn names(regions: &[Region]) -> Vec<String> {
    regions.iter().map(|region| region.as_str().to_owned()).collect()
}

fn region_of(call: Call, name: Option<String>) -> Result<Region, CloudError> {
    let name = name.unwrap_or_default();
    name.parse().map_err(|_| {
        call.error(ErrorKind::Other, format!("the answer names region `{name}`, which this version does not know"))
    })
}

fn instance_status(status: StackInstanceStatus) -> InstanceStatus {
    match status {
        StackInstanceStatus::Current => InstanceStatus::Current,
        StackInstanceStatus::Outdated => InstanceStatus::Outdated,
        StackInstanceStatus::Inoperable => InstanceStatus::Inoperable,
        _ => InstanceStatus::Unknown,
    }
}

fn operation_status(status: StackSetOperationStatus) -> OperationStatus {
    match status {
        StackSetOperationStatus::Queued => OperationStatus::Queued,
        StackSetOperationStatus::Running => OperationStatus::Running,
        StackSetOperationStatus::Stopping => OperationStatus::Stopping,
        StackSetOperationStatus::Stopped => OperationStatus::Stopped,
        StackSetOperationStatus::Succeeded => OperationStatus::Succeeded,
        StackSetOperationStatus::Failed => OperationStatus::Failed,
        _ => OperationStatus::Unknown,
    }
}

fn result_status(status: StackSetOperationResultStatus) -> ResultStatus {
    match status {
        StackSetOperationResultStatus::Pending => ResultStatus::Pending,
        StackSetOperationResultStatus::Running => ResultStatus::Running,
        StackSetOperationResultStatus::Succeeded => ResultStatus::Succeeded,
        StackSetOperationResultStatus::Failed => ResultStatus::Failed,
        StackSetOperationResultStatus::Cancelled => ResultStatus::Cancelled,
        _ => ResultStatus::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_not_known_yet() {
        assert_eq!(instance_status("MOVED".into()), InstanceStatus::Unknown);
        assert_eq!(operation_status("DREAMING".into()), OperationStatus::Unknown);
        assert_eq!(result_status("MAYBE".into()), ResultStatus::Unknown);
    }

    #[test]
    fn words_that_are() {
        for (word, expected) in [
            ("QUEUED", OperationStatus::Queued),
            ("RUNNING", OperationStatus::Running),
            ("STOPPING", OperationStatus::Stopping),
            ("STOPPED", OperationStatus::Stopped),
            ("SUCCEEDED", OperationStatus::Succeeded),
            ("FAILED", OperationStatus::Failed),
        ] {
            assert_eq!(operation_status(word.into()), expected, "{word}");
        }
        for (word, expected) in [
            ("PENDING", ResultStatus::Pending),
            ("RUNNING", ResultStatus::Running),
            ("SUCCEEDED", ResultStatus::Succeeded),
            ("FAILED", ResultStatus::Failed),
            ("CANCELLED", ResultStatus::Cancelled),
        ] {
            assert_eq!(result_status(word.into()), expected, "{word}");
        }
        for (word, expected) in [
            ("CURRENT", InstanceStatus::Current),
            ("OUTDATED", InstanceStatus::Outdated),
            ("INOPERABLE", InstanceStatus::Inoperable),
        ] {
            assert_eq!(instance_status(word.into()), expected, "{word}");
        }
    }
}
