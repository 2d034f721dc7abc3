//! The roles of self-managed stack sets.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html>

use serde_json::Value;

use crate::cloud::Cloud;
use crate::resources::world::GLOBAL;
use crate::store::model::StackSet;

const ADMINISTRATION: &str = "AWSCloudFormationStackSetAdministrationRole";
const EXECUTION: &str = "AWSCloudFormationStackSetExecutionRole";

/// Whether the stack set may work in the account; the reason if not.
pub(super) fn check(cloud: &mut Cloud, set: &StackSet, account: &str) -> Result<(), String> {
    let home = cloud.account.clone();
    let administration = match &set.administration_role {
        // A path may stand between `role/` and the name.
        Some(arn) => arn.rsplit('/').next().unwrap_or(arn).to_owned(),
        None => ADMINISTRATION.to_owned(),
    };
    let execution = set.execution_role.clone().unwrap_or_else(|| EXECUTION.to_owned());
    let roles = &cloud.store.region_view(GLOBAL).roles;
    let trusts = |name: &str, who: &[&str]| {
        roles.get(name).is_some_and(|role| {
            let trust = principals(&role.trust);
            who.iter().any(|one| trust.iter().any(|principal| principal == one))
        })
    };
    let regional = format!("cloudformation.{}.amazonaws.com", set.region);
    if !trusts(&administration, &["cloudformation.amazonaws.com", &regional]) {
        return Err(format!(
            "Account {home} should have '{administration}' role with trust relationship to CloudFormation service."
        ));
    }
    let arn = set.administration_role.clone().unwrap_or_else(|| format!("arn:aws:iam::{home}:role/{administration}"));
    let root = format!("arn:aws:iam::{home}:root");
    if account != home || !trusts(&execution, &[&arn, &root, &home]) {
        return Err(format!(
            "Account {account} should have '{execution}' role with trust relationship to Role '{administration}'."
        ));
    }
    Ok(())
}

/// Everybody whom a trust policy lets in.
fn principals(trust: &Value) -> Vec<String> {
    let parsed: Value;
    // The document may be given as JSON in a string.
    let trust = match trust.as_str() {
        Some(text) => {
            parsed = serde_json::from_str(text).unwrap_or(Value::Null);
            &parsed
        }
        None => trust,
    };
    let one_or_many = |value: &Value| match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let statements = trust.get("Statement").map(one_or_many).unwrap_or_default();
    statements
        .iter()
        .filter(|statement| statement.get("Effect").is_none_or(|effect| effect == "Allow"))
        .filter_map(|statement| statement.get("Principal"))
        .flat_map(|principal| match principal {
            Value::Object(kinds) => kinds.values().flat_map(one_or_many).collect(),
            other => one_or_many(other),
        })
        .filter_map(|principal| principal.as_str().map(str::to_owned))
        .collect()
}
