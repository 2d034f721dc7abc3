//! Which types exist in which regions, as one number per type.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The content of `regions.json`: the regions by name, and for each type the sum of 2ⁿ over the places n of its regions, in
/// hexadecimal.
pub(super) fn encode<'a>(lists: &BTreeMap<String, Value>, types: impl Iterator<Item = &'a String>) -> Value {
    let regions: Vec<&String> = lists.keys().collect();
    let masks: BTreeMap<&String, String> = types
        .map(|type_name| {
            let mask = lists.values().enumerate().filter(|(_, list)| list.get(type_name.as_str()).is_some());
            let mask: u64 = mask.map(|(place, _)| 1 << place).sum();
            (type_name, format!("{mask:x}"))
        })
        .collect();
    json!({ "regions": regions, "types": masks })
}
