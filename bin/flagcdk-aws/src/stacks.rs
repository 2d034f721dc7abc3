//! Ordinary stacks.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{Capability, Parameter, ResourceStatus, StackStatus, Tag, TemplateStage};
use flagcdk_assembly::Region;
use flagcdk_engine::{CloudError, ErrorKind, StackEvent, StackRequest, StackResource, StackState, TemplateSource};

use crate::connection::AwsCloud;
use crate::requests::{Call, Page, all_pages};

/// What CloudFormation gives as the reason of the first event of whatever it was asked to do.
const BEGINNING: &str = "User Initiated";

impl AwsCloud {
    pub(crate) async fn describe_stack(&self, region: Region, name: &str) -> Result<Option<StackState>, CloudError> {
        let call = Call::new("cloudformation:DescribeStacks", region);
        let answer =
            self.send(call, async || self.cloudformation(region).describe_stacks().stack_name(name).send().await).await;
        let stacks = match answer {
            Ok(answer) => answer.stacks.unwrap_or_default(),
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // Asked by its id, a deleted stack is still known.
        let living = stacks.into_iter().find(|stack| stack.stack_status != Some(StackStatus::DeleteComplete));
        Ok(living.map(|stack| StackState {
            id: stack.stack_id.unwrap_or_default(),
            status: stack.stack_status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
            reason: stack.stack_status_reason,
            parameters: parameters_of(stack.parameters),
            outputs: stack
                .outputs
                .unwrap_or_default()
                .into_iter()
                .filter_map(|output| Some((output.output_key?, output.output_value.unwrap_or_default())))
                .collect(),
            tags: tags_of(stack.tags),
        }))
    }

    pub(crate) async fn original_template(&self, region: Region, name: &str) -> Result<String, CloudError> {
        let call = Call::new("cloudformation:GetTemplate", region);
        let answer = self
            .send(call, async || {
                let request = self.cloudformation(region).get_template().stack_name(name);
                request.template_stage(TemplateStage::Original).send().await
            })
            .await?;
        answer.template_body.ok_or_else(|| call.error(ErrorKind::Other, "the answer holds no template"))
    }

    pub(crate) async fn begin_stack(&self, region: Region, request: &StackRequest) -> Result<(), CloudError> {
        let call = Call::new("cloudformation:CreateStack", region);
        let (body, url) = source(&request.template);
        self.send(call, async || {
            self.cloudformation(region)
                .create_stack()
                .stack_name(&request.name)
                .set_template_body(body.clone())
                .set_template_url(url.clone())
                .set_parameters(Some(parameters(&request.parameters)))
                .set_tags(Some(tags(&request.tags)))
                .set_capabilities(Some(capabilities(&request.capabilities)))
                .client_request_token(&request.token)
                .send()
                .await
        })
        .await
        .map(|_| ())
    }

    pub(crate) async fn change_stack(&self, region: Region, request: &StackRequest) -> Result<(), CloudError> {
        let call = Call::new("cloudformation:UpdateStack", region);
        let (body, url) = source(&request.template);
        self.send(call, async || {
            self.cloudformation(region)
                .update_stack()
                .stack_name(&request.name)
                .set_template_body(body.clone())
                .set_template_url(url.clone())
                .set_parameters(Some(parameters(&request.parameters)))
                .set_tags(Some(tags(&request.tags)))
                .set_capabilities(Some(capabilities(&request.capabilities)))
                .client_request_token(&request.token)
                .send()
                .await
        })
        .await
        .map(|_| ())
    }

    pub(crate) async fn remove_stack(&self, region: Region, name: &str, token: &str) -> Result<(), CloudError> {
        let call = Call::new("cloudformation:DeleteStack", region);
        self.send(call, async || {
            self.cloudformation(region).delete_stack().stack_name(name).client_request_token(token).send().await
        })
        .await
        .map(|_| ())
    }

    pub(crate) async fn go_on_rolling_back(&self, region: Region, name: &str, token: &str) -> Result<(), CloudError> {
        let call = Call::new("cloudformation:ContinueUpdateRollback", region);
        self.send(call, async || {
            let request = self.cloudformation(region).continue_update_rollback().stack_name(name);
            request.client_request_token(token).send().await
        })
        .await
        .map(|_| ())
    }

    pub(crate) async fn latest_events(&self, region: Region, name_or_id: &str) -> Result<Vec<StackEvent>, CloudError> {
        let call = Call::new("cloudformation:DescribeStackEvents", region);
        let mut events = all_pages(call, async |token: Option<String>| {
            let answer = self
                .send(call, async || {
                    let request = self.cloudformation(region).describe_stack_events().stack_name(name_or_id);
                    request.set_next_token(token.clone()).send().await
                })
                .await?;
            // The newest come first, so whatever follows the beginning belongs to something earlier.
            let mut items = answer.stack_events.unwrap_or_default();
            let beginning = items.iter().position(is_beginning);
            items.truncate(beginning.map_or(items.len(), |index| index + 1));
            Ok(Page { items, next: answer.next_token.filter(|_| beginning.is_none()) })
        })
        .await?;
        events.reverse();
        Ok(events.into_iter().map(event).collect())
    }

    pub(crate) async fn resources_of(&self, region: Region, name: &str) -> Result<Vec<StackResource>, CloudError> {
        let call = Call::new("cloudformation:ListStackResources", region);
        let resources = all_pages(call, async |token: Option<String>| {
            let answer = self
                .send(call, async || {
                    let request = self.cloudformation(region).list_stack_resources().stack_name(name);
                    request.set_next_token(token.clone()).send().await
                })
                .await?;
            Ok(Page { items: answer.stack_resource_summaries.unwrap_or_default(), next: answer.next_token })
        })
        .await?;
        let existing =
            resources.into_iter().filter(|resource| resource.resource_status != Some(ResourceStatus::DeleteComplete));
        Ok(existing
            .map(|resource| StackResource {
                logical_id: resource.logical_resource_id.unwrap_or_default(),
                physical_id: resource.physical_resource_id.unwrap_or_default(),
                resource_type: resource.resource_type.unwrap_or_default(),
            })
            .collect())
    }
}

fn is_beginning(event: &aws_sdk_cloudformation::types::StackEvent) -> bool {
    event.stack_id.is_some()
        && event.physical_resource_id == event.stack_id
        && event.resource_status.as_ref().is_some_and(|status| status.as_str().ends_with("_IN_PROGRESS"))
        && event.resource_status_reason.as_deref().is_some_and(|reason| reason.contains(BEGINNING))
}

fn event(event: aws_sdk_cloudformation::types::StackEvent) -> StackEvent {
    StackEvent {
        logical_id: event.logical_resource_id.unwrap_or_default(),
        resource_type: event.resource_type.unwrap_or_default(),
        status: event.resource_status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        reason: event.resource_status_reason,
    }
}

fn source(template: &TemplateSource) -> (Option<String>, Option<String>) {
    match template {
        TemplateSource::Body(body) => (Some(body.clone()), None),
        TemplateSource::Url(url) => (None, Some(url.clone())),
    }
}

pub(crate) fn parameters(values: &BTreeMap<String, String>) -> Vec<Parameter> {
    values.iter().map(|(key, value)| Parameter::builder().parameter_key(key).parameter_value(value).build()).collect()
}

pub(crate) fn tags(values: &BTreeMap<String, String>) -> Vec<Tag> {
    values.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

pub(crate) fn capabilities(capabilities: &[flagcdk_assembly::Capability]) -> Vec<Capability> {
    capabilities.iter().map(|capability| Capability::from(capability.as_str())).collect()
}

pub(crate) fn parameters_of(parameters: Option<Vec<Parameter>>) -> BTreeMap<String, String> {
    parameters
        .unwrap_or_default()
        .into_iter()
        .filter_map(|parameter| Some((parameter.parameter_key?, parameter.parameter_value.unwrap_or_default())))
        .collect()
}

pub(crate) fn tags_of(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect()
}
