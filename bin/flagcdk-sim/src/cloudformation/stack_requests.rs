//! Requests that change stacks, or look at a template.

use super::Call;
use super::answers::answer;
use super::sources::template_text;
use super::stack_sets::{check_id, check_name, parameters, tags};
use super::stacks::{self, CreateOptions, Wanted};
use crate::cloud::Cloud;
use crate::protocol::ServiceError;
use crate::protocol::xml::Xml;
use crate::store::model::{OnFailure, StackSource};
use crate::template::{Template, capabilities};

pub(super) fn create(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let fields = call.fields;
    let name = fields.required("StackName")?;
    check_name(name, "stackName")?;
    let token = token(call)?;
    // The same request sent twice creates one stack.
    if let (Some(token), Some(key)) = (&token, stacks::find(cloud, call.region, name)) {
        let stack = stacks::stack(cloud, &key)?;
        if stack.token.as_ref() == Some(token) {
            return Ok(stack_answer("CreateStack", call, &stack.id));
        }
    }
    if cloud.store.region_view(call.region).active.contains_key(name) {
        return Err(ServiceError::new(400, "AlreadyExistsException", format!("Stack [{name}] already exists")));
    }
    let on_failure = match (fields.get("OnFailure"), fields.get("DisableRollback")) {
        (Some(_), Some(_)) => {
            return Err(ServiceError::validation("You cannot specify both DisableRollback and OnFailure"));
        }
        (Some(text), None) => text.parse().map_err(|()| {
            ServiceError::validation(format!(
                "1 validation error detected: Value '{text}' at 'onFailure' failed to satisfy constraint: Member must \
                 satisfy enum value set: [ROLLBACK, DELETE, DO_NOTHING]"
            ))
        })?,
        (None, Some("true")) => OnFailure::DoNothing,
        (None, _) => OnFailure::Rollback,
    };
    let wanted = wanted(cloud, call)?;
    if wanted.template.is_none() {
        return Err(ServiceError::validation("Either Template URL or Template Body must be specified."));
    }
    let source = stacks::accept(cloud, call.region, &wanted, &StackSource::default())?;
    let options = CreateOptions {
        on_failure,
        termination_protection: fields.boolean("EnableTerminationProtection"),
        token,
        owner: None,
    };
    let key = stacks::begin_create(cloud, call.region, name, source, options, call.now)?;
    let stack = stacks::stack(cloud, &key)?;
    Ok(stack_answer("CreateStack", call, &stack.id))
}

pub(super) fn update(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let fields = call.fields;
    let name = fields.required("StackName")?;
    let key = find_active(cloud, call, name)?;
    let token = token(call)?;
    let stack = stacks::stack(cloud, &key)?;
    if token.is_some() && stack.token == token && stack.updated.is_some() {
        return Ok(stack_answer("UpdateStack", call, &stack.id));
    }
    let mut wanted = wanted(cloud, call)?;
    if wanted.template.is_none() && !fields.boolean("UsePreviousTemplate") {
        return Err(ServiceError::validation(
            "Either Template URL, Template Body or UsePreviousTemplate must be specified.",
        ));
    }
    // Tags that are not mentioned stay; a list without entries removes them.
    if !fields.contains("Tags") && fields.structures("Tags").is_empty() {
        wanted.tags = stack.source.tags.clone();
    }
    if !fields.contains("NotificationARNs") && fields.list("NotificationARNs").is_empty() {
        wanted.notification_arns = stack.source.notification_arns.clone();
    }
    let source = stacks::accept(cloud, call.region, &wanted, &stack.source)?;
    stacks::begin_update(cloud, &key, source, token, None, call.now)?;
    Ok(stack_answer("UpdateStack", call, &stack.id))
}

pub(super) fn delete(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let name = call.fields.required("StackName")?;
    let token = token(call)?;
    // To delete a stack that is not there is no error.
    if let Some(key) = stacks::find(cloud, call.region, name) {
        let retain = call.fields.list("RetainResources").into_iter().collect();
        stacks::begin_delete(cloud, &key, retain, token, None, call.now)?;
    }
    Ok(answer("DeleteStack", call, |_| {}))
}

pub(super) fn continue_update_rollback(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let name = call.fields.required("StackName")?;
    let key = find_active(cloud, call, name)?;
    stacks::begin_continue_rollback(cloud, &key, call.now)?;
    Ok(answer("ContinueUpdateRollback", call, |_| {}))
}

pub(super) fn update_termination_protection(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let name = call.fields.required("StackName")?;
    let key = find_active(cloud, call, name)?;
    call.fields.required("EnableTerminationProtection")?;
    let mut stack = stacks::stack(cloud, &key)?;
    stack.termination_protection = call.fields.boolean("EnableTerminationProtection");
    let id = stack.id.clone();
    cloud.store.stacks.put(&key, stack);
    Ok(stack_answer("UpdateTerminationProtection", call, &id))
}

pub(super) fn validate_template(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let template = template(cloud, call)?;
    stacks::check_types(cloud, call.region, &template)?;
    Ok(answer("ValidateTemplate", call, |xml| {
        template_parameters(xml, &template);
        xml.optional("Description", template.description.as_ref());
        capability_members(xml, &template);
    }))
}

pub(super) fn template_summary(cloud: &mut Cloud, call: Call<'_>) -> Result<String, ServiceError> {
    let named = call.fields.get("StackName").map(str::to_owned);
    let template = match named {
        Some(name) => {
            let key = find_active(cloud, call, &name)?;
            let stack = stacks::stack(cloud, &key)?;
            cloud.template(&stack.source.template)?
        }
        None => template(cloud, call)?,
    };
    let mut types: Vec<&str> = template.resources.values().map(|resource| resource.type_name.as_str()).collect();
    types.sort_unstable();
    types.dedup();
    Ok(answer("GetTemplateSummary", call, |xml| {
        xml.members("Parameters", &template.parameters, |xml, (name, declaration)| {
            xml.text("ParameterKey", name);
            xml.optional("DefaultValue", declaration.default.as_ref());
            xml.text("ParameterType", &declaration.kind);
            xml.text("NoEcho", declaration.no_echo);
            xml.optional("Description", declaration.description.as_ref());
        });
        xml.optional("Description", template.description.as_ref());
        capability_members(xml, &template);
        xml.text_members("ResourceTypes", types);
        xml.text("Version", "2010-09-09");
    }))
}

/// The row of a stack that is not deleted.
pub(super) fn find_active(cloud: &mut Cloud, call: Call<'_>, name: &str) -> Result<String, ServiceError> {
    let key = stacks::find(cloud, call.region, name);
    let active = key.filter(|key| cloud.store.stacks.get(key).is_some_and(|stack| stack.deleted.is_none()));
    active.ok_or_else(|| ServiceError::validation(format!("Stack [{name}] does not exist")))
}

fn template(cloud: &mut Cloud, call: Call<'_>) -> Result<std::sync::Arc<Template>, ServiceError> {
    let body = template_text(cloud, call)?
        .ok_or_else(|| ServiceError::validation("Either Template URL or Template Body must be specified."))?;
    Ok(cloud.accept_template(&body)?.1)
}

fn wanted(cloud: &mut Cloud, call: Call<'_>) -> Result<Wanted, ServiceError> {
    Ok(Wanted {
        template: template_text(cloud, call)?,
        parameters: parameters(call.fields)?,
        tags: tags(call.fields)?,
        capabilities: call.fields.list("Capabilities"),
        notification_arns: call.fields.list("NotificationARNs"),
    })
}

fn token(call: Call<'_>) -> Result<Option<String>, ServiceError> {
    let Some(token) = call.fields.get("ClientRequestToken") else { return Ok(None) };
    check_id(token, "clientRequestToken")?;
    Ok(Some(token.to_owned()))
}

fn stack_answer(action: &str, call: Call<'_>, id: &str) -> String {
    answer(action, call, |xml| xml.text("StackId", id))
}

fn template_parameters(xml: &mut Xml, template: &Template) {
    xml.members("Parameters", &template.parameters, |xml, (name, declaration)| {
        xml.text("ParameterKey", name);
        xml.optional("DefaultValue", declaration.default.as_ref());
        xml.text("NoEcho", declaration.no_echo);
        xml.optional("Description", declaration.description.as_ref());
    });
}

fn capability_members(xml: &mut Xml, template: &Template) {
    if let Some(needed) = capabilities::needed(template) {
        xml.text_members("Capabilities", [needed]);
        xml.text(
            "CapabilitiesReason",
            format_args!(
                "The following resource(s) require capabilities: [{}]",
                capabilities::reason(template).join(", ")
            ),
        );
    }
}
