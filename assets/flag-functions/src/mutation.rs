//! JSON that is nearly as it should be, for tests of what reads it.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

/// Any JSON, not deep.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("x".repeat(300_000))),
        Just(json!("9".repeat(400))),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// A JSON in which up to three things are others, are gone, or stand where others stood.
pub(crate) fn mutated(json: Value) -> impl Strategy<Value = Value> {
    let change = (any::<Index>(), any::<Index>(), any_json(), 0..3u8);
    prop::collection::vec(change, 1..4).prop_map(move |changes| {
        let mut json = json.clone();
        for (to, from, other, how) in changes {
            let mut places = Vec::new();
            find_places(&json, String::new(), &mut places);
            let (to, from) = (to.get(&places), from.get(&places));
            let new = match how {
                0 => Some(other),
                1 => json.pointer(from).cloned(),
                _ => None,
            };
            match (new, to.rsplit_once('/')) {
                (Some(new), _) => *json.pointer_mut(to).expect("the place was found") = new,
                (None, Some((parent, name))) => {
                    if let Some(Value::Object(object)) = json.pointer_mut(parent) {
                        object.remove(&name.replace("~1", "/").replace("~0", "~"));
                    }
                }
                (None, None) => {}
            }
        }
        json
    })
}

/// A text that is nearly this one: cut off, or with something else somewhere.
pub(crate) fn mutated_text(text: String) -> impl Strategy<Value = String> {
    (any::<Index>(), any::<Index>(), any::<String>()).prop_map(move |(one, two, new)| {
        let places: Vec<usize> = text.char_indices().map(|(place, _)| place).chain([text.len()]).collect();
        let (one, two) = (*one.get(&places), *two.get(&places));
        format!("{}{new}{}", &text[..one.min(two)], &text[one.max(two)..])
    })
}

fn find_places(json: &Value, at: String, places: &mut Vec<String>) {
    match json {
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(name, value)| find_places(value, format!("{at}/{name}"), places));
        }
        Value::Object(object) => {
            for (name, value) in object {
                find_places(value, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), places);
            }
        }
        _ => {}
    }
    places.push(at);
}
