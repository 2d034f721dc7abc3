//! The form of a template: its sections, and the attributes of resources and outputs.
//!
//! Follows [template anatomy](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html).

use flagcdk_assembly::Finding;
use serde_json::Value as Json;

use super::codes;
use super::suggest::{counted, did_you_mean, grouped, listed, shown};
use super::template::{Resource, StackView, malformed};

const SECTIONS: [&str; 10] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Resources",
    "Outputs",
];

const RESOURCE_ATTRIBUTES: [&str; 9] = [
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "Metadata",
    "CreationPolicy",
    "UpdatePolicy",
    "DeletionPolicy",
    "UpdateReplacePolicy",
];

const OUTPUT_ATTRIBUTES: [&str; 4] = ["Description", "Value", "Export", "Condition"];

/// The types that can make a snapshot before they are deleted, see
/// [DeletionPolicy](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html).
const WITH_SNAPSHOTS: [&str; 8] = [
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
];

/// The longest description, in bytes.
pub(super) const DESCRIPTION_BYTES: usize = 1_024;

/// Checks the form of one template. What is inside of functions and properties is checked elsewhere.
pub(super) fn check(stack: &StackView<'_>, findings: &mut Vec<Finding>) {
    // What a macro reads, it takes out of the template.
    let is_ours = |name: &str| !stack.has_macros && name != "Hooks";
    for name in stack.root.keys().filter(|name| !SECTIONS.contains(&name.as_str()) && is_ours(name)) {
        findings.push(Finding::error(
            codes::UNKNOWN_SECTION,
            stack.at(name),
            format!("unknown section `{name}`, wanted one of {}", listed(SECTIONS)),
            did_you_mean(name, SECTIONS, "remove the section"),
        ));
    }
    if let Some(version) = stack.root.get("AWSTemplateFormatVersion").filter(|version| *version != "2010-09-09") {
        findings.push(malformed(&stack.at("AWSTemplateFormatVersion"), "the version", version, "`\"2010-09-09\"`"));
    }
    if let Some(description) = stack.root.get("Description") {
        match description.as_str() {
            None => findings.push(malformed(&stack.at("Description"), "the description", description, "a text")),
            Some(text) if text.len() > DESCRIPTION_BYTES => {
                findings.push(description_too_long(stack.at("Description"), text.len()));
            }
            Some(_) => {}
        }
    }
    if stack.resources.is_empty() && !stack.has_macros && stack.root.get("Resources").is_none_or(Json::is_object) {
        findings.push(Finding::error(
            codes::NO_RESOURCES,
            &stack.entry.id,
            "the template has no resource, wanted at least one",
            "add a resource to the stack, or remove the stack",
        ));
    }
    for (section, names) in [
        ("Parameters", stack.parameters),
        ("Mappings", stack.mappings),
        ("Conditions", stack.conditions),
        ("Outputs", stack.outputs),
    ] {
        names.keys().for_each(|name| check_name(stack, &format!("{section}.{name}"), name, findings));
    }
    for resource in stack.resources.values() {
        check_name(stack, &format!("Resources.{}", resource.id), resource.id, findings);
        if stack.parameters.contains_key(resource.id) {
            findings.push(Finding::error(
                codes::DUPLICATE_KEY,
                resource.at(""),
                format!("a parameter and a resource both have the name `{}`", resource.id),
                "rename one of the two",
            ));
        }
        check_resource(stack, resource, findings);
    }
    for (name, output) in stack.outputs.iter().filter(|(name, _)| !stack.is_loop(name)) {
        check_output(stack, name, output, findings);
    }
    for (name, rows) in stack.mappings {
        check_mapping(stack, name, rows, findings);
    }
}

pub(super) fn description_too_long(path: String, got: usize) -> Finding {
    Finding::error(
        codes::DESCRIPTION_TOO_LONG,
        path,
        format!("the description has {}, wanted {} at most", counted(got, "byte"), grouped(DESCRIPTION_BYTES)),
        "shorten the description",
    )
}

/// Logical ids are letters and digits; CloudFormation's other names follow the same rule, but for those that macros make.
fn check_name(stack: &StackView<'_>, place: &str, name: &str, findings: &mut Vec<Finding>) {
    let generated = stack.is_loop(name) || (stack.has_macros && name.starts_with("Fn::"));
    let alphanumeric = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if generated || (alphanumeric && name.len() <= 255) {
        return;
    }
    let message = if alphanumeric {
        format!("the name has {} characters, wanted 255 at most", name.len())
    } else {
        format!("the name `{}` has other characters than letters and digits", name.escape_debug())
    };
    findings.push(Finding::error(
        codes::BAD_LOGICAL_ID,
        stack.at(place),
        message,
        "choose a name of letters and digits",
    ));
}

fn check_resource(stack: &StackView<'_>, resource: &Resource<'_>, findings: &mut Vec<Finding>) {
    let is_custom = resource.kind.starts_with("Custom::") || resource.kind == "AWS::CloudFormation::CustomResource";
    // Custom resources may have a version, and what a macro reads, it takes out of the template.
    let is_known =
        |name: &str| RESOURCE_ATTRIBUTES.contains(&name) || stack.has_macros || (name == "Version" && is_custom);
    for name in resource.body.keys().filter(|name| !is_known(name)) {
        findings.push(Finding::error(
            codes::UNKNOWN_SECTION,
            resource.at(name),
            format!("resources have no attribute `{name}`, wanted one of {}", listed(RESOURCE_ATTRIBUTES)),
            did_you_mean(name, RESOURCE_ATTRIBUTES, format!("move `{name}` into `Properties`, or remove it")),
        ));
    }
    let cannot_snapshot = resource.kind.starts_with("AWS::") && !WITH_SNAPSHOTS.contains(&resource.kind);
    for (name, allowed) in [
        ("DeletionPolicy", &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"][..]),
        ("UpdateReplacePolicy", &["Delete", "Retain", "Snapshot"][..]),
    ] {
        match resource.body.get(name) {
            None => {}
            Some(Json::String(policy)) if policy == "Snapshot" && cannot_snapshot => findings.push(Finding::error(
                codes::BAD_VALUE,
                resource.at(name),
                format!("`{}` cannot make snapshots", resource.kind),
                "use `Retain` or `Delete`",
            )),
            Some(Json::String(policy)) if allowed.contains(&policy.as_str()) => {}
            // The language extensions allow functions here.
            Some(Json::Object(_)) if stack.has_extensions => {}
            Some(other) => findings.push(Finding::error(
                codes::BAD_VALUE,
                resource.at(name),
                format!("`{name}` is {}, wanted one of {}", shown(other), listed(allowed.iter().copied())),
                did_you_mean(other.as_str().unwrap_or_default(), allowed.iter().copied(), "use one of those values"),
            )),
        }
    }
    for name in ["Metadata", "CreationPolicy", "UpdatePolicy"] {
        if let Some(other) = resource.body.get(name).filter(|value| !value.is_object()) {
            findings.push(malformed(&resource.at(name), &format!("`{name}`"), other, "an object"));
        }
    }
}

fn check_output(stack: &StackView<'_>, name: &str, output: &Json, findings: &mut Vec<Finding>) {
    let place = |part: &str| stack.at(&format!("Outputs.{name}{part}"));
    let Json::Object(entries) = output else {
        findings.push(malformed(&place(""), "an output", output, "an object with `Value`"));
        return;
    };
    for key in entries.keys().filter(|key| !OUTPUT_ATTRIBUTES.contains(&key.as_str())) {
        findings.push(Finding::error(
            codes::UNKNOWN_SECTION,
            place(&format!(".{key}")),
            format!("outputs have no `{key}`, wanted one of {}", listed(OUTPUT_ATTRIBUTES)),
            did_you_mean(key, OUTPUT_ATTRIBUTES, "remove it"),
        ));
    }
    match entries.get("Value") {
        None => findings.push(Finding::error(
            codes::MALFORMED,
            place(""),
            "the output has no `Value`",
            "add the value, such as a `Ref`",
        )),
        Some(value @ (Json::Array(_) | Json::Null)) => {
            findings.push(malformed(&place(".Value"), "the value", value, "a text; use `Fn::Join` for a list"));
        }
        Some(Json::String(text)) if text.len() > super::limits::VALUE_BYTES => {
            findings.push(super::limits::value_too_long(place(".Value"), text.len()));
        }
        Some(_) => {}
    }
    match entries.get("Export") {
        None => {}
        Some(Json::Object(export)) if export.len() == 1 && export.contains_key("Name") => {}
        Some(other) => findings.push(malformed(&place(".Export"), "`Export`", other, "an object with `Name` alone")),
    }
    match entries.get("Description") {
        None => {}
        Some(Json::String(text)) if text.len() > DESCRIPTION_BYTES => {
            findings.push(description_too_long(place(".Description"), text.len()));
        }
        Some(Json::String(_)) => {}
        Some(other) => findings.push(malformed(&place(".Description"), "the description", other, "a text")),
    }
}

fn check_mapping(stack: &StackView<'_>, name: &str, rows: &Json, findings: &mut Vec<Finding>) {
    let place = |part: &str| stack.at(&format!("Mappings.{name}{part}"));
    let Json::Object(rows) = rows else {
        findings.push(malformed(&place(""), "a mapping", rows, "an object of objects"));
        return;
    };
    for (key, row) in rows {
        let Json::Object(row) = row else {
            if key != "Fn::Transform" {
                findings.push(malformed(&place(&format!(".{key}")), "a row of a mapping", row, "an object"));
            }
            continue;
        };
        for (second, value) in row {
            let fits = match value {
                Json::String(_) | Json::Number(_) | Json::Bool(_) => true,
                Json::Array(items) => items.iter().all(|item| !item.is_object() && !item.is_array() && !item.is_null()),
                Json::Object(_) | Json::Null => false,
            };
            if !fits {
                findings.push(malformed(
                    &place(&format!(".{key}.{second}")),
                    "the value",
                    value,
                    "a text or a list of texts",
                ));
            }
        }
    }
}
