//! Which names a template's value refers to, found without evaluating it.

use serde_json::Value;

use super::{TemplateError, sub};

/// One reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reference<'a> {
    Ref(&'a str),
    /// A name in the text of `Fn::Sub`, which means the same as `Ref`.
    SubName(&'a str),
    GetAtt(&'a str, &'a str),
    Condition(&'a str),
    Mapping(&'a str),
}

type Visit<'v> = dyn FnMut(Reference<'_>) -> Result<(), TemplateError> + 'v;

/// Visits every reference in a property or an output.
pub(crate) fn references(value: &Value, visit: &mut Visit<'_>) -> Result<(), TemplateError> {
    walk(value, false, visit)
}

/// Visits every reference in a condition, where `{"Condition": "Name"}` is one, too.
pub(crate) fn references_in_condition(value: &Value, visit: &mut Visit<'_>) -> Result<(), TemplateError> {
    walk(value, true, visit)
}

fn walk(value: &Value, in_condition: bool, visit: &mut Visit<'_>) -> Result<(), TemplateError> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| walk(item, in_condition, visit)),
        Value::Object(members) => {
            if members.len() == 1
                && let Some((name, argument)) = members.iter().next()
                && function(name, argument, in_condition, visit)?
            {
                return Ok(());
            }
            members.values().try_for_each(|member| walk(member, in_condition, visit))
        }
        _ => Ok(()),
    }
}

/// Visits the references of a function; false when the rest is to be walked as usual.
fn function(name: &str, argument: &Value, in_condition: bool, visit: &mut Visit<'_>) -> Result<bool, TemplateError> {
    match (name, argument) {
        ("Ref", Value::String(target)) => {
            visit(Reference::Ref(target))?;
            Ok(true)
        }
        ("Condition", Value::String(target)) if in_condition => {
            visit(Reference::Condition(target))?;
            Ok(true)
        }
        ("Fn::GetAtt", Value::String(text)) => {
            let (target, attribute) = text.split_once('.').ok_or_else(|| {
                TemplateError::rule("every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute")
            })?;
            visit(Reference::GetAtt(target, attribute))?;
            Ok(true)
        }
        ("Fn::GetAtt", Value::Array(items)) => match items.as_slice() {
            [Value::String(target), Value::String(attribute)] => {
                visit(Reference::GetAtt(target, attribute))?;
                Ok(true)
            }
            [Value::String(target), attribute @ Value::Object(_)] => {
                visit(Reference::SubName(target))?;
                walk(attribute, in_condition, visit)?;
                Ok(true)
            }
            _ => Err(TemplateError::rule(
                "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
            )),
        },
        ("Fn::If", Value::Array(items)) => {
            if let Some(Value::String(condition)) = items.first() {
                visit(Reference::Condition(condition))?;
            }
            Ok(false)
        }
        ("Fn::FindInMap", Value::Array(items)) => {
            if let Some(Value::String(mapping)) = items.first() {
                visit(Reference::Mapping(mapping))?;
            }
            Ok(false)
        }
        ("Fn::Sub", Value::String(text)) => {
            visit_sub(text, None, visit)?;
            Ok(true)
        }
        ("Fn::Sub", Value::Array(items)) => {
            if let [Value::String(text), Value::Object(variables)] = items.as_slice() {
                visit_sub(text, Some(variables), visit)?;
                variables.values().try_for_each(|value| walk(value, in_condition, visit))?;
                return Ok(true);
            }
            Ok(false)
        }
        _ => Ok(false),
    }
}

fn visit_sub(
    text: &str,
    variables: Option<&serde_json::Map<String, Value>>,
    visit: &mut Visit<'_>,
) -> Result<(), TemplateError> {
    for part in sub::parts(text)? {
        let sub::Part::Name(name) = part else { continue };
        if variables.is_some_and(|variables| variables.contains_key(name)) {
            continue;
        }
        match name.split_once('.') {
            Some((target, attribute)) => visit(Reference::GetAtt(target, attribute))?,
            None => visit(Reference::SubName(name))?,
        }
    }
    Ok(())
}
