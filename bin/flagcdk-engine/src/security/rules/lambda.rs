//! Functions.

use serde_json::Value as Json;

use crate::security::rule::Check::{Code, Property};
use crate::security::rule::{Case, Fault, Rule, Unset, Want};
use crate::security::values::text;
use crate::validate::secrets::is_secret_name;

const FUNCTION: &[&str] = &["AWS::Lambda::Function"];

/// What AWS mends no more, or will soon not.
///
/// See [deprecated runtimes](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtimes-deprecated).
const DEPRECATED: [&str; 25] = [
    "dotnet5.0",
    "dotnet6",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "go1.x",
    "java8",
    "nodejs",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "nodejs18.x",
    "nodejs4.3",
    "nodejs6.10",
    "nodejs8.10",
    "provided",
    "python2.7",
    "python3.6",
    "python3.7",
    "python3.8",
    "python3.9",
    "ruby2.5",
    "ruby2.7",
];

pub(in crate::security) const RULES: &[Rule] = &[
    Rule::warns(
        "security::lambda-dead-letters",
        FUNCTION,
        &[Code(dead_letters)],
        "set `DeadLetterConfig`, or an `AWS::Lambda::EventInvokeConfig` with `OnFailure`",
    ),
    Rule::warns(
        "security::lambda-environment",
        FUNCTION,
        &[Code(environment)],
        "set `KmsKeyArn` to a key of the account",
    ),
    Rule::warns(
        "security::lambda-log-group",
        FUNCTION,
        &[Property("LoggingConfig.LogGroup", Want::Set, Unset::Wrong)],
        "make an `AWS::Logs::LogGroup`: the one that Lambda makes has no key and no end",
    ),
    Rule::warns(
        "security::lambda-own-role",
        FUNCTION,
        &[Code(own_role)],
        "give the function a role that may do what it does, and nothing that others do",
    ),
    Rule::refuses(
        "security::lambda-permission",
        &["AWS::Lambda::Permission"],
        &[Code(permission)],
        "set `SourceArn` or `SourceAccount`, and name who may invoke",
    ),
    Rule::warns(
        "security::lambda-reserved-concurrency",
        FUNCTION,
        &[Property("ReservedConcurrentExecutions", Want::Set, Unset::Wrong)],
        "set `ReservedConcurrentExecutions`, so that a flood of events does not stop every other function",
    ),
    Rule::warns("security::lambda-runtime", FUNCTION, &[Code(runtime)], "take a runtime that is still mended"),
    Rule::refuses(
        "security::lambda-secret",
        FUNCTION,
        &[Code(secret)],
        "give the function the ARN of a secret, and let it read the secret itself",
    ),
    Rule::warns(
        "security::lambda-tracing",
        FUNCTION,
        &[Property("TracingConfig.Mode", Want::OneOf(&["Active"]), Unset::Wrong)],
        "set `TracingConfig` to `Active`",
    ),
    Rule::warns(
        "security::lambda-vpc",
        FUNCTION,
        &[Property("VpcConfig.SubnetIds", Want::Set, Unset::Wrong)],
        "put the function into private subnets, from where it reaches nothing but what it needs",
    ),
];

fn dead_letters(case: &Case<'_, '_>) -> Vec<Fault> {
    let kept = case.has("DeadLetterConfig.TargetArn") || case.links.failures_kept.contains(&case.place());
    if kept { vec![] } else { vec![Fault::new("", "events that the function fails on are lost")] }
}

fn environment(case: &Case<'_, '_>) -> Vec<Fault> {
    let variables = case.get("Environment.Variables").and_then(Json::as_object);
    if variables.is_none_or(serde_json::Map::is_empty) {
        return vec![];
    }
    case.judge("KmsKeyArn", &Want::OwnKey, Unset::Wrong)
}

fn own_role(case: &Case<'_, '_>) -> Vec<Fault> {
    let place = case.place();
    let mut shared = case.links.runs_as.values().filter(|functions| functions.contains(&place) && functions.len() > 1);
    match shared.next().and_then(|functions| functions.iter().find(|function| **function != place)) {
        Some((_, other)) => vec![Fault::new("Role", format!("the function runs as the same role as `{other}`"))],
        None => vec![],
    }
}

fn permission(case: &Case<'_, '_>) -> Vec<Fault> {
    let Some(principal) = case.get("Principal").and_then(text) else { return vec![] };
    let is_narrowed = ["SourceArn", "SourceAccount", "PrincipalOrgID"].iter().any(|name| case.has(name));
    if is_narrowed || (principal != "*" && !principal.ends_with(".amazonaws.com")) {
        return vec![];
    }
    vec![Fault::new("Principal", format!("`{principal}` may invoke the function on behalf of anybody's account"))]
}

fn runtime(case: &Case<'_, '_>) -> Vec<Fault> {
    match case.get("Runtime") {
        Some(Json::String(runtime)) if DEPRECATED.contains(&runtime.as_str()) => {
            vec![Fault::new("Runtime", format!("`{runtime}` is mended no more"))]
        }
        _ => vec![],
    }
}

/// What is in the environment, everybody reads who may look at the function; also what CloudFormation resolved.
fn secret(case: &Case<'_, '_>) -> Vec<Fault> {
    case.slots("Environment.Variables.*")
        .into_iter()
        .filter_map(|slot| {
            let value = slot.value?.as_str().filter(|value| !value.is_empty())?;
            let name = slot.place.rsplit('.').next().unwrap_or_default().replace('_', "");
            let message = if value.contains("{{resolve:secretsmanager:") || value.contains("{{resolve:ssm-secure:") {
                "the secret is resolved into the environment"
            } else if is_access_key(value) {
                "an access key is written out in the template"
            } else if is_secret_name(&name) && !value.contains("{{resolve:") {
                "a secret is written out in the template"
            } else {
                return None;
            };
            Some(Fault::new(slot.place, message))
        })
        .collect()
}

/// `AKIA` or `ASIA` and 16 more.
fn is_access_key(value: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    value.len() == 20 && (value.starts_with("AKIA") || value.starts_with("ASIA")) && value.bytes().all(legal)
}
