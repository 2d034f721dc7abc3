//! What a deploy changes, resource by resource, for people to read before it happens.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::template::{Entries, Heading, Sections, parse, side_by_side};

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

/// The differences between the template that is deployed and the one that is wanted.
pub(crate) fn diff(
    old: &str,
    new: &str,
    old_parameters: &BTreeMap<String, String>,
    new_parameters: &BTreeMap<String, String>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, old, new) in side_by_side(old_parameters, new_parameters) {
        let value = |text: &String| Json::from(text.as_str());
        entry(&mut changes, "Parameter", name, old.map(value), new.map(value));
    }
    let (old, new) = (Sections::of(old), Sections::of(new));
    for (kind, old, new) in [
        ("Mapping", &old.mappings, &new.mappings),
        ("Condition", &old.conditions, &new.conditions),
        ("Output", &old.outputs, &new.outputs),
    ] {
        for (name, old, new) in differing(old, new) {
            entry(&mut changes, kind, name, old.map(value), new.map(value));
        }
    }
    changes.extend(differing(&old.resources, &new.resources).filter_map(|(id, old, new)| resource(id, old, new)));
    changes
}

/// Everything that a template makes, as additions.
pub(crate) fn additions(template: &str) -> Vec<Change> {
    let resources = Sections::of(template).resources;
    resources.into_iter().filter_map(|(id, new)| resource(&id, None, Some(new))).collect()
}

fn value(text: &RawValue) -> Json {
    parse(text.get())
}

/// The entries that are not the same text here and there.
fn differing<'t>(
    old: &'t Entries<'t>,
    new: &'t Entries<'t>,
) -> impl Iterator<Item = (&'t String, Option<&'t RawValue>, Option<&'t RawValue>)> {
    side_by_side(old, new)
        .map(|(name, old, new)| (name, old.copied(), new.copied()))
        .filter(|(_, old, new)| old.map(RawValue::get) != new.map(RawValue::get))
}

fn entry(changes: &mut Vec<Change>, kind: &str, id: &str, old: Option<Json>, new: Option<Json>) {
    let action = match (&old, &new) {
        (None, _) => ChangeAction::Add,
        (_, None) => ChangeAction::Remove,
        (Some(old), Some(new)) if old == new => return,
        _ => ChangeAction::Modify,
    };
    let mut properties = Vec::new();
    if action == ChangeAction::Modify {
        compare("", old.as_ref(), new.as_ref(), &mut |path, old, new| {
            properties.push(PropertyChange { path, old: old.cloned(), new: new.cloned(), replaces: false });
        });
    }
    changes.push(Change { id: id.to_owned(), path: None, kind: kind.to_owned(), action, properties });
}

fn resource(id: &str, old: Option<&RawValue>, new: Option<&RawValue>) -> Option<Change> {
    let heading = Heading::of(new.or(old)?);
    let mut properties = Vec::new();
    let action = match (old, new) {
        (None, _) => ChangeAction::Add,
        (Some(_), None) => match heading.deletion_policy.as_deref() {
            Some("Retain" | "RetainExceptOnCreate") => ChangeAction::Retain,
            _ => ChangeAction::Remove,
        },
        (Some(old), Some(new)) => {
            let create_only = create_only(&heading.r#type);
            let (old, new) = (value(old), value(new));
            if old == new {
                return None;
            }
            let retyped = old["Type"] != new["Type"];
            compare("", Some(&old), Some(&new), &mut |path, old, new| {
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
    Some(Change {
        id: id.to_owned(),
        path: heading.metadata.path.map(Cow::into_owned),
        kind: heading.r#type.into_owned(),
        action,
        properties,
    })
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
        let changes = diff(&old.to_string(), &new.to_string(), &none, &none);
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
