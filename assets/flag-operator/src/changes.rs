//! What two versions of a flag differ in.

use std::collections::BTreeSet;

use flag_model::Flag;
use serde::Serialize;
use serde_json::Value;

use crate::document::{MARKS, OF_THE_SYSTEM, flag_to_json};

/// A field that a change changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// The field, such as `owner` or `targeting.rollout.percentage`.
    pub field: String,
    /// What it held; none if there was nothing, or the default.
    pub old: Option<Value>,
    /// What it holds; none if there is nothing, or the default.
    pub new: Option<Value>,
}

/// What a flag differs in from what it was before, in the order of the fields' names. What the system writes of every
/// version is left out.
pub(crate) fn changes(old: Option<&Flag>, new: &Flag) -> Vec<FieldChange> {
    let (old, new) = (old.map(document), document(new));
    let mut changes = Vec::new();
    compare("", old.as_ref(), Some(&new), &mut changes);
    changes
}

fn document(flag: &Flag) -> Value {
    let mut flag = flag.clone();
    for mark in MARKS {
        flag.extra.remove(mark);
    }
    let mut document = flag_to_json(&flag);
    if let Value::Object(fields) = &mut document {
        fields.retain(|name, _| !OF_THE_SYSTEM.contains(&name.as_str()) && name != "flag_id");
    }
    document
}

fn compare(path: &str, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<FieldChange>) {
    if old == new {
        return;
    }
    let objects = |value: Option<&Value>| value.is_none_or(Value::is_object);
    // The value of a flag is one thing, whatever it holds.
    let is_one_thing = ["value", "off_value"].contains(&path) || path.starts_with("extra.");
    if is_one_thing || !objects(old) || !objects(new) {
        changes.push(FieldChange { field: path.to_owned(), old: old.cloned(), new: new.cloned() });
        return;
    }
    let fields = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
    let (old, new) = (fields(old), fields(new));
    for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        compare(&path, old.get(name), new.get(name), changes);
    }
}
