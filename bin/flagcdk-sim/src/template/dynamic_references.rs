//! `{{resolve:service:…}}` in property values: counted and checked, never resolved, so that no secret is ever shown.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ResourceDeclaration, TemplateError};

/// How many there are.
pub(super) fn count(resources: &BTreeMap<String, ResourceDeclaration>) -> Result<usize, TemplateError> {
    let mut count = 0;
    for resource in resources.values() {
        walk(&resource.properties, &mut |text| {
            count += check(text)?;
            Ok(())
        })?;
    }
    Ok(count)
}

/// How many references a text holds; each must have the form that its service asks for.
fn check(text: &str) -> Result<usize, TemplateError> {
    let mut count = 0;
    let mut rest = text;
    while let Some(start) = rest.find("{{resolve:") {
        let inside = &rest[start + "{{resolve:".len()..];
        let end = inside
            .find("}}")
            .ok_or_else(|| TemplateError::rule(format_args!("dynamic reference is not closed in [{text}]")))?;
        let reference = &inside[..end];
        let (service, argument) = reference.split_once(':').unwrap_or((reference, ""));
        let parts: Vec<&str> = argument.split(':').collect();
        let right = match service {
            // A name, and at most a version number. A name built by a function is looked at when it is known.
            "ssm" | "ssm-secure" => {
                !argument.is_empty()
                    && parts.len() <= 2
                    && parts.get(1).is_none_or(|version| {
                        version.contains('$') || version.bytes().all(|byte| byte.is_ascii_digit())
                    })
            }
            "secretsmanager" => {
                let after_id = if argument.starts_with("arn:") { 7 } else { 1 };
                parts.len() >= after_id
                    && parts
                        .get(after_id)
                        .is_none_or(|kind| kind.is_empty() || *kind == "SecretString" || kind.contains('$'))
                    && parts.len() <= after_id + 4
                    && !argument.is_empty()
            }
            _ => {
                return Err(TemplateError::rule(format_args!(
                    "[{service}] is not a supported service in dynamic references"
                )));
            }
        };
        if !right && !argument.contains("${") {
            return Err(TemplateError::rule(format_args!(
                "Incorrect format is used in the following {service} reference: [{reference}]"
            )));
        }
        count += 1;
        rest = &inside[end..];
    }
    Ok(count)
}

fn walk(value: &Value, visit: &mut impl FnMut(&str) -> Result<(), TemplateError>) -> Result<(), TemplateError> {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().try_for_each(|item| walk(item, visit)),
        // A reference that a join puts together from pieces cannot be judged piece by piece.
        Value::Object(members) if members.contains_key("Fn::Join") => Ok(()),
        Value::Object(members) => members.values().try_for_each(|member| walk(member, visit)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_counted() {
        for (text, expected) in [
            ("none", Some(0)),
            ("{{resolve:ssm:/a/b:3}} and {{resolve:ssm:c}}", Some(2)),
            ("{{resolve:ssm-secure:name:1}}", Some(1)),
            ("{{resolve:secretsmanager:my-secret:SecretString:password::}}", Some(1)),
            (
                "{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-1:SecretString:p}}",
                Some(1),
            ),
            ("{{resolve:ssm:name:latest}}", None),
            ("{{resolve:ssm:}}", None),
            ("{{resolve:vault:x}}", None),
            ("{{resolve:ssm:open", None),
            ("{{resolve:secretsmanager:s:SecretBinary:x}}", None),
        ] {
            assert_eq!(check(text).ok(), expected, "{text}");
        }
    }
}
