//! Whether the properties of a resource fit the schema of its type.
//!
//! Three things stand between the registry's schemas and templates. A function may stand where any value may: what the
//! schema says of a function is put aside. CloudFormation converts texts, numbers and truth values into each other: such a
//! value is judged as what it becomes. And `Fn::If` and `AWS::NoValue` make several forms of one resource: each form that
//! can come to be is judged.

use std::borrow::Cow;
use std::collections::BTreeMap;

use flagcdk_assembly::Finding;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::paths::{Location, LocationSegment};
use jsonschema::types::JsonType;
use jsonschema::{ValidationError, Validator};
use serde_json::{Number, Value as Json};

use super::conditions::{self, Assignment};
use super::schemas::{self, TypeSchema};
use super::suggest::did_you_mean;
use super::template::{Resource, StackView};
use super::walk::Uses;
use super::{codes, wording};

/// What is wrong with one property, before it is known whose it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Problem {
    pub(super) place: String,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) help: String,
}

/// Checks the type and the properties of one resource.
pub(super) fn check(stack: &StackView<'_>, resource: &Resource<'_>, uses: &Uses<'_>, findings: &mut Vec<Finding>) {
    let Some(schema) = schemas::of(resource.kind) else {
        unknown_type(resource, findings);
        return;
    };
    for path in &schema.read_only {
        let required = path.len() == 1
            && schema.json["required"].as_array().is_some_and(|all| all.iter().any(|name| *name == path[0]));
        if !required && is_set(resource.properties, path) {
            let name = path.join(".");
            findings.push(Finding::error(
                codes::READ_ONLY_PROPERTY,
                resource.at(&name),
                format!("`{name}` of `{}` is read-only: AWS sets it", resource.kind),
                "remove the property; others read it with `Fn::GetAtt`",
            ));
        }
    }
    let Some(validator) = &schema.validator else { return };
    let mut push = |problem: &Problem, when: &str| {
        let Problem { place, code, message, help } = problem;
        findings.push(Finding::error(code, resource.at(place), format!("{message}{when}"), help.as_str()));
    };
    match uses.variants.get(resource.id) {
        None => problems(&schema, validator, resource).iter().for_each(|problem| push(problem, "")),
        Some(used) => {
            let always = resource.body.get("Condition").and_then(Json::as_str);
            let assignments = conditions::assignments(stack, used, always);
            let mut found: BTreeMap<Problem, Vec<&Assignment<'_>>> = BTreeMap::new();
            for assignment in &assignments {
                let Some(properties) = conditions::resolve(resource.properties, assignment) else { continue };
                let variant = Resource { properties: &properties, path: Cow::Borrowed(""), ..*resource };
                for problem in problems(&schema, validator, &variant) {
                    found.entry(problem).or_default().push(assignment);
                }
            }
            for (problem, forms) in &found {
                let when = if forms.len() == assignments.len() { String::new() } else { conditions::when(forms[0]) };
                push(problem, &when);
            }
        }
    }
}

fn unknown_type(resource: &Resource<'_>, findings: &mut Vec<Finding>) {
    let kind = resource.kind;
    if kind.is_empty() {
        return;
    }
    if kind.starts_with("Custom::") {
        if resource.property("ServiceToken").is_none() {
            findings.push(Finding::error(
                codes::MISSING_PROPERTY,
                resource.at(""),
                format!("the required property `ServiceToken` of `{kind}` is not set"),
                "set it to the ARN of the function or topic that makes the resource",
            ));
        }
    } else if kind.starts_with("AWS::") && !kind.ends_with("::MODULE") || kind.split("::").count() < 3 {
        findings.push(Finding::error(
            codes::UNKNOWN_TYPE,
            resource.at("Type"),
            format!("unknown type `{}`", kind.escape_debug()),
            if kind.contains("::") {
                did_you_mean(
                    kind,
                    flagcdk_schemas::type_names(),
                    "see the list of types in CloudFormation's template reference",
                )
            } else {
                "write the type as `AWS::Service::Resource`".to_owned()
            },
        ));
    } else {
        findings.push(Finding::warning(
            codes::UNCHECKED_TYPE,
            resource.at("Type"),
            format!("`{kind}` is not a type of AWS, so its properties are not checked"),
            "make sure that the type is registered in every region of the app",
        ));
    }
}

/// Whether a value is set at the path, in any item of the lists on the way.
fn is_set(value: &Json, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return !value.get("Ref").is_some_and(|name| name == "AWS::NoValue");
    };
    match value {
        Json::Array(items) if first == "*" => items.iter().any(|item| is_set(item, rest)),
        // Some schemas leave the `*` out.
        Json::Array(items) => items.iter().any(|item| is_set(item, path)),
        Json::Object(entries) => entries.get(first).is_some_and(|inner| is_set(inner, rest)),
        _ => false,
    }
}

fn problems(schema: &TypeSchema, validator: &Validator, resource: &Resource<'_>) -> Vec<Problem> {
    let instance = resource.properties;
    let mut found = Vec::new();
    let mut converted: Option<Json> = None;
    for error in validator.iter_errors(instance) {
        if is_excused(instance, &error) {
            continue;
        }
        match conversion(&error) {
            Some(value) => {
                let copy = converted.get_or_insert_with(|| instance.clone());
                if let Some(place) = copy.pointer_mut(error.instance_path().as_str()) {
                    *place = value;
                }
            }
            None => wording::describe(schema, resource.kind, &error, &mut found),
        }
    }
    if let Some(instance) = converted {
        found.clear();
        for error in validator.iter_errors(&instance).filter(|error| !is_excused(&instance, error)) {
            wording::describe(schema, resource.kind, &error, &mut found);
        }
    }
    // Of a value of the wrong kind, nothing else is worth saying.
    let wrong: Vec<String> =
        found.iter().filter(|problem| problem.code == codes::WRONG_TYPE).map(|problem| problem.place.clone()).collect();
    found.retain(|problem| problem.code == codes::WRONG_TYPE || !wrong.contains(&problem.place));
    found.sort();
    found.dedup();
    found
}

/// Whether an error is about a function, of whose value nothing is known, or of something inside of one.
pub(super) fn is_excused(instance: &Json, error: &ValidationError<'_>) -> bool {
    let branches = match error.kind() {
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => context.as_slice(),
        _ => &[],
    };
    let fits = |branch: &Vec<ValidationError<'static>>| {
        branch.iter().all(|inner| is_excused(instance, inner) || conversion(inner).is_some())
    };
    leads_into_function(instance, error.instance_path()) || branches.iter().any(fits)
}

fn leads_into_function(instance: &Json, path: &Location) -> bool {
    let mut current = instance;
    for segment in path.segments() {
        if is_function(current) {
            return true;
        }
        let next = match segment {
            LocationSegment::Property(name) => current.get(&*name),
            LocationSegment::Index(index) => current.get(index),
        };
        match next {
            Some(next) => current = next,
            None => return false,
        }
    }
    is_function(current)
}

fn is_function(value: &Json) -> bool {
    value
        .as_object()
        .is_some_and(|entries| entries.len() == 1 && entries.keys().all(|key| key == "Ref" || key.starts_with("Fn::")))
}

/// What CloudFormation makes of a value of another kind than the schema wants, if it can.
pub(super) fn conversion(error: &ValidationError<'_>) -> Option<Json> {
    let Kind::Type { kind } = error.kind() else { return None };
    let wants = |wanted: JsonType| match kind {
        TypeKind::Single(one) => *one == wanted,
        TypeKind::Multiple(set) => set.contains(wanted),
    };
    match &**error.instance() {
        value @ (Json::Number(_) | Json::Bool(_)) if wants(JsonType::String) => Some(Json::String(value.to_string())),
        Json::String(text) => {
            let is_dynamic = text.starts_with("{{resolve:") && text.ends_with("}}");
            let number = || text.trim().parse::<i64>().ok().map(Number::from);
            let fraction = || text.trim().parse::<f64>().ok().and_then(Number::from_f64);
            if wants(JsonType::Boolean) && (is_dynamic || text == "true" || text == "false") {
                Some(Json::Bool(text == "true"))
            } else if wants(JsonType::Integer) || wants(JsonType::Number) {
                let found = number().or_else(|| wants(JsonType::Number).then(fraction).flatten());
                found.map(Json::Number)
            } else {
                None
            }
        }
        _ => None,
    }
}
