//! What a deploy changes, resource by resource, for people to read before it happens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value as Json;

/// A change of one entry of a template, or of a parameter's value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The logical id, or the name of the parameter, mapping, condition or output.
    pub id: String,
    /// The construct path of a resource, where the template tells it.
    pub path: Option<String>,
    /// The type of a resource, else `Parameter`, `Mapping`, `Condition` or `Output`.
    pub kind: String,
    /// What happens to it.
    pub action: ChangeAction,
    /// What differs in it, for a change of something that stays.
    pub properties: Vec<PropertyChange>,
}

/// What happens to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeAction {
    /// It is new.
    Add,
    /// It is changed in place.
    Modify,
    /// It is made anew, and what was there is deleted or kept as its policy says.
    Replace,
    /// It leaves the template and is deleted.
    Remove,
    /// It leaves the template and stays in the account.
    Retain,
}

/// A value that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PropertyChange {
    /// The path to the value, with dots between names.
    pub path: String,
    /// What is deployed, if anything.
    pub old: Option<Json>,
    /// What is wanted, if anything.
    pub new: Option<Json>,
    /// Whether CloudFormation makes the resource anew for it.
    pub replaces: bool,
}

/// The differences between what is deployed and what is wanted.
pub(crate) fn diff(
    old: &Json,
    new: &Json,
    old_parameters: &BTreeMap<String, String>,
    new_parameters: &BTreeMap<String, String>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    section(&mut changes, "Parameter", &parameters(old_parameters), &parameters(new_parameters));
    for (name, kind) in [("Mappings", "Mapping"), ("Conditions", "Condition"), ("Outputs", "Output")] {
        section(&mut changes, kind, &old[name], &new[name]);
    }
    resources(&mut changes, &old["Resources"], &new["Resources"]);
    changes
}

/// Everything that a template makes, as additions.
pub(crate) fn additions(template: &Json) -> Vec<Change> {
    let mut changes = Vec::new();
    resources(&mut changes, &Json::Null, &template["Resources"]);
    changes
}

fn parameters(values: &BTreeMap<String, String>) -> Json {
    values.iter().map(|(name, value)| (name.clone(), Json::from(value.as_str()))).collect()
}

fn section(changes: &mut Vec<Change>, kind: &str, old: &Json, new: &Json) {
    for (id, old, new) in entries(old, new) {
        let action = match (old, new) {
            (None, _) => ChangeAction::Add,
            (_, None) => ChangeAction::Remove,
            (Some(old), Some(new)) if old == new => continue,
            _ => ChangeAction::Modify,
        };
        let mut properties = Vec::new();
        if action == ChangeAction::Modify {
            compare("", old, new, &mut |path, old, new| {
                properties.push(PropertyChange { path, old: old.cloned(), new: new.cloned(), replaces: false });
            });
        }
        changes.push(Change { id, path: None, kind: kind.to_owned(), action, properties });
    }
}

fn resources(changes: &mut Vec<Change>, old: &Json, new: &Json) {
    for (id, old, new) in entries(old, new) {
        let Some(resource) = new.or(old) else { continue };
        let path = resource["Metadata"]["flagcdk:path"].as_str().map(str::to_owned);
        let kind = resource["Type"].as_str().unwrap_or_default().to_owned();
        let mut properties = Vec::new();
        let action = match (old, new) {
            (None, _) => ChangeAction::Add,
            (Some(old), None) => match old["DeletionPolicy"].as_str() {
                Some("Retain" | "RetainExceptOnCreate") => ChangeAction::Retain,
                _ => ChangeAction::Remove,
            },
            (Some(old), Some(new)) if old == new => continue,
            (Some(old), Some(new)) => {
                let create_only = create_only(&kind);
                let retyped = old["Type"] != new["Type"];
                compare("", Some(old), Some(new), &mut |path, old, new| {
                    let property = path.strip_prefix("Properties.");
                    let replaces = retyped || property.is_some_and(|property| create_only.covers(property));
                    let path = property.unwrap_or(&path).to_owned();
                    properties.push(PropertyChange { path, old: old.cloned(), new: new.cloned(), replaces });
                });
                if properties.iter().any(|property| property.replaces) {
                    ChangeAction::Replace
                } else {
                    ChangeAction::Modify
                }
            }
        };
        changes.push(Change { id, path, kind, action, properties });
    }
}

/// The entries of two objects side by side, by name.
fn entries<'a>(old: &'a Json, new: &'a Json) -> impl Iterator<Item = (String, Option<&'a Json>, Option<&'a Json>)> {
    let names: BTreeSet<&String> =
        [old, new].into_iter().filter_map(Json::as_object).flat_map(|map| map.keys()).collect();
    names.into_iter().map(move |name| (name.clone(), old.get(name), new.get(name)))
}

/// Calls `found` for each value that differs. Objects are compared by name; everything else as a whole, since a list that
/// lost its first item would else be reported as changed in every place.
fn compare<'a>(
    path: &str,
    old: Option<&'a Json>,
    new: Option<&'a Json>,
    found: &mut dyn FnMut(String, Option<&'a Json>, Option<&'a Json>),
) {
    if old == new {
        return;
    }
    if let (Some(before @ Json::Object(a)), Some(after @ Json::Object(b))) = (old, new)
        && !is_intrinsic(a)
        && !is_intrinsic(b)
    {
        for (name, old, new) in entries(before, after) {
            let path = if path.is_empty() { name } else { format!("{path}.{name}") };
            compare(&path, old, new, found);
        }
        return;
    }
    found(path.to_owned(), old, new);
}

fn is_intrinsic(object: &serde_json::Map<String, Json>) -> bool {
    object.len() == 1 && object.keys().all(|key| key == "Ref" || key == "Condition" || key.starts_with("Fn::"))
}

/// The properties of a type whose change makes a resource anew.
struct CreateOnly(Vec<String>);

impl CreateOnly {
    fn covers(&self, property: &str) -> bool {
        self.0.iter().any(|name| {
            property == name
                || property.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.'))
                || name.strip_prefix(property).is_some_and(|rest| rest.starts_with('.'))
        })
    }
}

/// Reading a schema takes longer than all else here, so each is read once.
fn create_only(resource_type: &str) -> Arc<CreateOnly> {
    static KNOWN: LazyLock<Mutex<BTreeMap<String, Arc<CreateOnly>>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(known.entry(resource_type.to_owned()).or_insert_with(|| Arc::new(read_create_only(resource_type))))
}

fn read_create_only(resource_type: &str) -> CreateOnly {
    let schema = flagcdk_schemas::schema(resource_type).unwrap_or_default();
    let pointers = schema["createOnlyProperties"].as_array().cloned().unwrap_or_default();
    let names = pointers.iter().filter_map(Json::as_str).filter_map(|pointer| pointer.strip_prefix("/properties/"));
    CreateOnly(names.map(|name| name.replace('/', ".")).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(old: Json, new: Json, expected: &[(&str, ChangeAction, &[&str])]) {
        let none = BTreeMap::new();
        let changes = diff(&old, &new, &none, &none);
        let found: Vec<_> = changes
            .iter()
            .map(|change| {
                (
                    change.id.as_str(),
                    change.action,
                    change.properties.iter().map(|p| p.path.as_str()).collect::<Vec<_>>(),
                )
            })
            .collect();
        let expected: Vec<_> = expected.iter().map(|(id, action, paths)| (*id, *action, paths.to_vec())).collect();
        assert_eq!(found, expected);
    }

    fn queue(properties: Json) -> Json {
        json!({ "Resources": { "Q": { "Type": "AWS::SQS::Queue", "Properties": properties } } })
    }

    #[test]
    fn resources_are_added_changed_replaced_and_removed() {
        use ChangeAction::{Add, Modify, Remove, Replace, Retain};
        check(json!({}), queue(json!({})), &[("Q", Add, &[])]);
        check(queue(json!({})), json!({}), &[("Q", Remove, &[])]);
        let kept = json!({ "Resources": { "Q": { "Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain" } } });
        check(kept, json!({}), &[("Q", Retain, &[])]);
        check(
            queue(json!({ "DelaySeconds": 1 })),
            queue(json!({ "DelaySeconds": 2 })),
            &[("Q", Modify, &["DelaySeconds"])],
        );
        check(
            queue(json!({ "QueueName": "a" })),
            queue(json!({ "QueueName": "b" })),
            &[("Q", Replace, &["QueueName"])],
        );
        check(
            queue(json!({ "A": { "B": 1, "C": 2 } })),
            queue(json!({ "A": { "B": 3, "C": 2 } })),
            &[("Q", Modify, &["A.B"])],
        );
    }

    #[test]
    fn an_intrinsic_function_is_one_value() {
        let old = queue(json!({ "KmsMasterKeyId": { "Ref": "A" } }));
        let new = queue(json!({ "KmsMasterKeyId": { "Fn::ImportValue": "b" } }));
        check(old, new, &[("Q", ChangeAction::Modify, &["KmsMasterKeyId"])]);
    }
}
