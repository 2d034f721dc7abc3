//! What an update does to one resource.

use serde_json::Value;

use super::registry::TypeSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Nothing,
    /// The resource keeps its physical id.
    InPlace,
    /// Another resource is made in its stead.
    Replacement,
}

/// Compares the properties that a resource has with those that it should have.
pub(crate) fn compare(schema: Option<&TypeSchema>, old: &Value, new: &Value) -> Change {
    if same(old, new) {
        return Change::Nothing;
    }
    let replaced = schema.is_some_and(|schema| {
        schema.create_only.iter().any(|path| {
            let (mut before, mut after) = (Vec::new(), Vec::new());
            collect(old, path, &mut before);
            collect(new, path, &mut after);
            before.len() != after.len() || before.iter().zip(&after).any(|(left, right)| !same(left, right))
        })
    });
    if replaced { Change::Replacement } else { Change::InPlace }
}

/// Whether two values are the same to CloudFormation, to which `5` and `"5"` are.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::String(text), other @ (Value::Number(_) | Value::Bool(_)))
        | (other @ (Value::Number(_) | Value::Bool(_)), Value::String(text)) => *text == plain(other),
        _ => left == right,
    }
}

/// A number or a flag as text.
fn plain(value: &Value) -> String {
    value.to_string()
}

/// The values at a path, in which `*` stands for every item.
fn collect<'a>(value: &'a Value, path: &[String], found: &mut Vec<&'a Value>) {
    let Some((first, rest)) = path.split_first() else {
        found.push(value);
        return;
    };
    match value {
        Value::Array(items) if first == "*" => {
            items.iter().for_each(|item| collect(item, rest, found));
        }
        Value::Object(members) => {
            if let Some(member) = members.get(first) {
                collect(member, rest, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_written_differently_are_no_change() {
        for (old, new, change) in [
            (json!({"A": 5}), json!({"A": "5"}), Change::Nothing),
            (json!({"A": true}), json!({"A": "true"}), Change::Nothing),
            (json!({"A": [1]}), json!({"A": [1, 2]}), Change::InPlace),
            (json!({"A": 1}), json!({}), Change::InPlace),
        ] {
            assert_eq!(compare(None, &old, &new), change);
        }
    }
}
