//! IAM roles, as far as StackSets has to do with them: who may assume a role, and whom it may assume.

use serde_json::Value;

use super::world::GLOBAL;
use crate::store::Store;
use crate::store::model::{ResourceRecord, Role};

/// Notes what a role, or a policy of roles, says.
pub(super) fn apply(store: &mut Store, record: &ResourceRecord) {
    let properties = &record.properties;
    match record.type_name.as_str() {
        "AWS::IAM::Role" => {
            let trust = properties.get("AssumeRolePolicyDocument").cloned().unwrap_or(Value::Null);
            let managed_policies = texts(properties.get("ManagedPolicyArns"));
            let roles = &mut store.region(GLOBAL).roles;
            let kept = roles.remove(&record.physical_id).map(|role| role.policies).unwrap_or_default();
            let mut policies: std::collections::BTreeMap<String, Value> =
                kept.into_iter().filter(|(source, _)| !source.starts_with("inline/")).collect();
            for (index, policy) in list(properties.get("Policies")).into_iter().enumerate() {
                let document = policy.get("PolicyDocument").cloned().unwrap_or(Value::Null);
                policies.insert(format!("inline/{index}"), document);
            }
            roles.insert(record.physical_id.clone(), Role { trust, policies, managed_policies });
        }
        "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" | "AWS::IAM::RolePolicy" => {
            let document = properties.get("PolicyDocument").cloned().unwrap_or(Value::Null);
            for role in roles_of(properties) {
                if let Some(role) = store.region(GLOBAL).roles.get_mut(&role) {
                    role.policies.insert(record.seed.clone(), document.clone());
                }
            }
        }
        _ => {}
    }
}

/// Notes what it says now.
pub(super) fn replace(store: &mut Store, old: &ResourceRecord, new: &ResourceRecord) {
    // A role keeps the policies that are resources of their own.
    if old.type_name != "AWS::IAM::Role" {
        remove(store, old);
    }
    apply(store, new);
}

/// Forgets it.
pub(super) fn remove(store: &mut Store, record: &ResourceRecord) {
    match record.type_name.as_str() {
        "AWS::IAM::Role" => {
            store.region(GLOBAL).roles.remove(&record.physical_id);
        }
        "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" | "AWS::IAM::RolePolicy" => {
            for role in roles_of(&record.properties) {
                if let Some(role) = store.region(GLOBAL).roles.get_mut(&role) {
                    role.policies.remove(&record.seed);
                }
            }
        }
        _ => {}
    }
}

/// Whether the role's trust policy lets one of them in.
pub(crate) fn trusts(role: &Role, who: &[&str]) -> bool {
    let trust = document(&role.trust);
    list(trust.get("Statement"))
        .iter()
        .filter(|statement| statement.get("Effect").is_none_or(|effect| effect == "Allow"))
        .filter_map(|statement| statement.get("Principal"))
        .flat_map(|principal| match principal {
            Value::Object(kinds) => kinds.values().flat_map(|kind| texts(Some(kind))).collect(),
            other => texts(Some(other)),
        })
        .any(|principal| who.contains(&principal.as_str()))
}

/// Whether the role's policies let it assume another role.
pub(crate) fn may_assume(role: &Role, other_arn: &str) -> bool {
    if role.managed_policies.iter().any(|arn| arn.ends_with(":policy/AdministratorAccess")) {
        return true;
    }
    role.policies.values().any(|policy| {
        list(document(policy).get("Statement")).iter().any(|statement| {
            statement.get("Effect").is_some_and(|effect| effect == "Allow")
                && texts(statement.get("Action"))
                    .iter()
                    .any(|action| matches!(action.as_str(), "*" | "sts:*" | "sts:AssumeRole"))
                && texts(statement.get("Resource")).iter().any(|pattern| matches(pattern, other_arn))
        })
    })
}

/// A policy document may be given as JSON in a string.
fn document(value: &Value) -> Value {
    value.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| value.clone())
}

fn roles_of(properties: &Value) -> Vec<String> {
    let mut roles = texts(properties.get("Roles"));
    roles.extend(texts(properties.get("RoleName")));
    roles
}

/// One or many, as in policy documents.
fn list(value: Option<&Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    list(value).iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Whether a text has a pattern in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("*", "arn:aws:iam::1:role/A", true),
            ("arn:*:iam::*:role/A", "arn:aws:iam::1:role/A", true),
            ("arn:*:iam::*:role/A", "arn:aws:iam::1:role/B", false),
            ("arn:aws:iam::1:role/A", "arn:aws:iam::1:role/A", true),
            ("arn:aws:iam::1:role/A", "arn:aws:iam::1:role/AB", false),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
