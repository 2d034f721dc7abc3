//! The parameters of a template: their form, their defaults, and that each gets a value.
//!
//! Follows [parameters](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html).

use flagcdk_assembly::Finding;
use serde_json::{Map, Value as Json};

use super::codes;
use super::structure::{DESCRIPTION_BYTES, description_too_long};
use super::suggest::{counted, did_you_mean, listed, shown};
use super::template::{StackView, malformed};

const ATTRIBUTES: [&str; 11] = [
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

const TYPES: [&str; 26] = [
    "String",
    "Number",
    "CommaDelimitedList",
    "List<Number>",
    "List<String>",
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::Volume::Id",
    "AWS::EC2::VPC::Id",
    "AWS::Route53::HostedZone::Id",
    "AWS::SSM::Parameter::Name",
    "List<AWS::EC2::AvailabilityZone::Name>",
    "List<AWS::EC2::Image::Id>",
    "List<AWS::EC2::Instance::Id>",
    "List<AWS::EC2::SecurityGroup::GroupName>",
    "List<AWS::EC2::SecurityGroup::Id>",
    "List<AWS::EC2::Subnet::Id>",
    "List<AWS::EC2::Volume::Id>",
    "List<AWS::EC2::VPC::Id>",
    "List<AWS::Route53::HostedZone::Id>",
    "AWS::SSM::Parameter::Value<String>",
];

/// Checks the parameters of one template.
pub(super) fn check(stack: &StackView<'_>, findings: &mut Vec<Finding>) {
    for (name, parameter) in stack.parameters {
        let at = |part: &str| stack.at(&format!("Parameters.{name}{part}"));
        let Json::Object(parameter) = parameter else {
            findings.push(malformed(&at(""), "a parameter", parameter, "an object with `Type`"));
            continue;
        };
        for key in parameter.keys().filter(|key| !ATTRIBUTES.contains(&key.as_str())) {
            findings.push(Finding::error(
                codes::UNKNOWN_SECTION,
                at(&format!(".{key}")),
                format!("parameters have no `{key}`, wanted one of {}", listed(ATTRIBUTES)),
                did_you_mean(key, ATTRIBUTES, "remove it"),
            ));
        }
        check_type(parameter, &at, findings);
        if let Some(text) = parameter.get("Description").and_then(Json::as_str)
            && text.len() > DESCRIPTION_BYTES
        {
            findings.push(description_too_long(at(".Description"), text.len()));
        }
        if let Some(default) = parameter.get("Default") {
            check_default(parameter, default, &at, findings);
        }
        let given = stack.entry.wires.iter().any(|wire| wire.parameter == *name)
            || stack.entry.assets.iter().any(|used| used.parameter == *name);
        if !given && !parameter.contains_key("Default") {
            findings.push(Finding::error(
                codes::PARAMETER_WITHOUT_VALUE,
                at(""),
                "the parameter has no default, and no wire or asset gives it a value",
                "add a default",
            ));
        }
    }
}

fn check_type(parameter: &Map<String, Json>, at: &dyn Fn(&str) -> String, findings: &mut Vec<Finding>) {
    match parameter.get("Type") {
        Some(Json::String(kind)) => {
            let inner = kind.strip_prefix("AWS::SSM::Parameter::Value<").and_then(|kind| kind.strip_suffix('>'));
            if !TYPES.contains(&inner.unwrap_or(kind)) {
                findings.push(Finding::error(
                    codes::BAD_VALUE,
                    at(".Type"),
                    format!("unknown type of parameter `{kind}`"),
                    did_you_mean(kind, TYPES, "use `String`, `Number` or `CommaDelimitedList`"),
                ));
            }
        }
        Some(other) => findings.push(malformed(&at(".Type"), "`Type`", other, "a text such as `String`")),
        None => findings.push(Finding::error(
            codes::MALFORMED,
            at(""),
            "the parameter has no `Type`",
            "add `\"Type\": \"String\"`",
        )),
    }
}

/// A default has to hold what the parameter itself demands.
fn check_default(
    parameter: &Map<String, Json>,
    default: &Json,
    at: &dyn Fn(&str) -> String,
    findings: &mut Vec<Finding>,
) {
    let text = match default {
        Json::String(text) => text.clone(),
        Json::Number(_) | Json::Bool(_) => default.to_string(),
        other => {
            findings.push(malformed(&at(".Default"), "the default", other, "a text or a number"));
            return;
        }
    };
    let hidden = parameter.get("NoEcho").is_some_and(|value| value == &Json::Bool(true) || value == "true");
    let got = || if hidden { "(hidden)".to_owned() } else { shown(default) };
    let mut bad = |wanted: String| {
        findings.push(Finding::error(
            codes::BAD_VALUE,
            at(".Default"),
            format!("the default is {}, wanted {wanted}", got()),
            "change the default, or what the parameter demands of its values",
        ));
    };
    if text.len() > super::limits::VALUE_BYTES {
        bad(format!("{} at most", counted(super::limits::VALUE_BYTES, "byte")));
        return;
    }
    // Of a list, each item has to fit, or the text as a whole.
    let kind = parameter.get("Type").and_then(Json::as_str).unwrap_or_default();
    let is_list = kind.starts_with("List<") || kind == "CommaDelimitedList";
    let fits = |test: &dyn Fn(&str) -> bool| test(&text) || (is_list && text.split(',').all(|item| test(item.trim())));
    if let Some(Json::Array(allowed)) = parameter.get("AllowedValues") {
        let texts: Vec<String> =
            allowed.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
        if !fits(&|item| texts.iter().any(|one| one == item)) {
            bad(format!("one of {}", listed(texts.iter().map(String::as_str))));
        }
    }
    let limit = |name: &str| {
        let value = parameter.get(name)?;
        value.as_f64().or_else(|| value.as_str()?.parse().ok())
    };
    let length = text.chars().count() as f64;
    if let Some(least) = limit("MinLength").filter(|least| length < *least) {
        bad(format!("{least} characters at least"));
    }
    if let Some(most) = limit("MaxLength").filter(|most| length > *most) {
        bad(format!("{most} characters at most"));
    }
    if parameter.get("Type").is_some_and(|kind| kind == "Number") {
        match text.trim().parse::<f64>() {
            Err(_) => bad("a number".to_owned()),
            Ok(number) => {
                if let Some(least) = limit("MinValue").filter(|least| number < *least) {
                    bad(format!("{least} at least"));
                }
                if let Some(most) = limit("MaxValue").filter(|most| number > *most) {
                    bad(format!("{most} at most"));
                }
            }
        }
    }
    if let Some(pattern) = parameter.get("AllowedPattern").and_then(Json::as_str)
        && !fits(&|item| super::keywords::matches_whole(pattern, item))
    {
        bad(format!("a text that matches `{pattern}`"));
    }
}
