//! What an update or a creation would do, found without doing it.

use serde_json::{Map, Value};

use super::surroundings::{self, Records};
use crate::cloud::Cloud;
use crate::resources::changes::{self, Change};
use crate::store::model::{Stack, StackSource};
use crate::template::Template;
use crate::template::evaluate::{Evaluator, Identity, Trouble};

/// Evaluates as much as can be known before any resource is made, for the mistakes that this shows.
pub(super) fn rehearse(
    cloud: &mut Cloud,
    template: &Template,
    identity: &Identity,
    source: &StackSource,
) -> Result<(), String> {
    let made = surroundings::with_records(cloud, identity, Records::new(), true);
    let words = |trouble| match trouble {
        Trouble::Wrong(reason) => Err(reason),
        Trouble::NotYetKnown => Ok(()),
    };
    let evaluator = match Evaluator::new(template, identity, &source.parameters, made) {
        Ok(evaluator) => evaluator,
        Err(trouble) => return words(trouble),
    };
    let wanted = |condition: &Option<String>| {
        condition.as_ref().is_none_or(|name| evaluator.conditions().get(name) == Some(&true))
    };
    for resource in template.resources.values().filter(|resource| wanted(&resource.condition)) {
        let properties = resource.properties.as_object().into_iter().flat_map(Map::values);
        for property in properties {
            evaluator.value(property).map_or_else(words, |_| Ok(()))?;
        }
    }
    for output in template.outputs.values().filter(|output| wanted(&output.condition)) {
        evaluator.value(&output.value).map_or_else(words, |_| Ok(()))?;
    }
    Ok(())
}

/// Whether an update has nothing to do. CloudFormation says so, too, of changes in the mappings, conditions or metadata
/// of a template that reach no resource; and templates that differ in blanks or in the order of members are the same.
pub(super) fn changes_nothing(cloud: &mut Cloud, key: &str, stack: &Stack, new: &StackSource) -> bool {
    let old = &stack.source;
    if old.parameters != new.parameters || old.tags != new.tags || old.notification_arns != new.notification_arns {
        return false;
    }
    if old.template == new.template {
        return true;
    }
    let parsed = |cloud: &Cloud, blob: &str| {
        let body = cloud.template_body(blob).ok()?;
        serde_json::from_str::<Value>(&body).ok()
    };
    let (Some(before), Some(after)) = (parsed(cloud, &old.template), parsed(cloud, &new.template)) else {
        return false;
    };
    before.get("Resources") == after.get("Resources")
        && before.get("Outputs") == after.get("Outputs")
        && resources_stay(cloud, key, stack, new)
}

/// Whether every resource would have the properties that it has.
fn resources_stay(cloud: &mut Cloud, key: &str, stack: &Stack, new: &StackSource) -> bool {
    let Ok(template) = cloud.template(&new.template) else { return false };
    let identity = surroundings::identity(cloud, stack, new);
    let records = cloud.store.resources.get(key).cloned().unwrap_or_default().resources;
    let registry = std::sync::Arc::clone(&cloud.registry);
    let made = surroundings::with_records(cloud, &identity, records.clone(), false);
    let Ok(evaluator) = Evaluator::new(&template, &identity, &new.parameters, made) else { return false };
    let mut wanted = 0;
    for (logical_id, resource) in &template.resources {
        if !resource.is_wanted(evaluator.conditions()) {
            continue;
        }
        wanted += 1;
        let Some(record) = records.get(logical_id) else { return false };
        let Ok(Some(properties)) = evaluator.value(&resource.properties) else { return false };
        let schema = registry.schema(&resource.type_name);
        if changes::compare(schema.as_deref(), &record.properties, &properties) != Change::Nothing {
            return false;
        }
    }
    // Outputs whose conditions or mappings changed count as a change, too.
    let outputs: Vec<(String, Option<Value>)> = template
        .outputs
        .iter()
        .filter(|(_, output)| {
            output.condition.as_ref().is_none_or(|name| evaluator.conditions().get(name) == Some(&true))
        })
        .map(|(name, output)| (name.clone(), evaluator.value(&output.value).ok().flatten()))
        .collect();
    let same_outputs = outputs.len() == stack.outputs.len()
        && outputs.iter().zip(&stack.outputs).all(|((name, value), record)| {
            *name == record.key && value.as_ref().and_then(Value::as_str) == Some(record.value.as_str())
        });
    wanted == records.len() && same_outputs
}
