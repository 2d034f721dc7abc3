//! What can be known of a template's values before it is deployed.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use crate::validate::template::StackView;

/// A place in a resource's properties, and what is there.
pub(super) struct Slot<'a> {
    /// Names and numbers with dots between them.
    pub(super) place: String,
    /// Nothing if the property is not set.
    pub(super) value: Option<&'a Json>,
}

/// The places that a path of names leads to, where `*` stands for every item of a list or map. A place that lies inside of
/// something which only the deploy knows is left out.
pub(super) fn slots<'a>(properties: &'a Json, path: &str) -> Vec<Slot<'a>> {
    let mut slots = vec![Slot { place: String::new(), value: Some(properties) }];
    for part in path.split('.') {
        slots = slots.into_iter().flat_map(|slot| step(slot, part)).collect();
    }
    slots
}

fn step<'a>(slot: Slot<'a>, part: &str) -> Vec<Slot<'a>> {
    let at = |key: &str| if slot.place.is_empty() { key.to_owned() } else { format!("{}.{key}", slot.place) };
    match (slot.value, part) {
        (None, "*") => vec![Slot { place: slot.place, value: None }],
        (None, key) => vec![Slot { place: at(key), value: None }],
        (Some(value), _) if function(value).is_some() => vec![],
        (Some(Json::Array(items)), "*") => {
            let numbered = items.iter().enumerate();
            numbered.map(|(index, item)| Slot { place: at(&index.to_string()), value: Some(item) }).collect()
        }
        (Some(Json::Object(entries)), "*") => {
            entries.iter().map(|(key, value)| Slot { place: at(key), value: Some(value) }).collect()
        }
        (Some(Json::Object(entries)), key) => vec![Slot { place: at(key), value: entries.get(key) }],
        _ => vec![],
    }
}

/// The name and the argument of a function.
pub(super) fn function(value: &Json) -> Option<(&str, &Json)> {
    let entries = value.as_object().filter(|entries| entries.len() == 1)?;
    let (name, argument) = entries.iter().next()?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

/// Everything that a value can be, if that is known before the deploy: a literal, the default of a parameter that nobody
/// gives a value, or what a mapping holds for the regions of the stack.
pub(super) fn literals<'a>(stack: &StackView<'a>, value: &'a Json) -> Option<Vec<&'a Json>> {
    match function(value) {
        None => Some(vec![value]),
        Some(("Ref", Json::String(name))) => default(stack, name).map(|value| vec![value]),
        Some(("Fn::FindInMap", Json::Array(keys))) => find_in_map(stack, keys),
        Some(_) => None,
    }
}

fn default<'a>(stack: &StackView<'a>, name: &str) -> Option<&'a Json> {
    let given = stack.entry.wires.iter().map(|wire| &wire.parameter);
    let mut given = given.chain(stack.entry.assets.iter().map(|asset| &asset.parameter));
    let parameter = stack.parameters.get(name)?;
    let is_plain = parameter.get("Type").and_then(Json::as_str).is_some_and(|kind| !kind.starts_with("AWS::SSM"));
    if given.any(|parameter| parameter == name) || !is_plain { None } else { parameter.get("Default") }
}

fn find_in_map<'a>(stack: &StackView<'a>, keys: &[Json]) -> Option<Vec<&'a Json>> {
    let [Json::String(mapping), first, Json::String(second)] = keys else { return None };
    let rows = stack.mappings.get(mapping)?.as_object()?;
    let look_up = |key: &str| rows.get(key)?.get(second);
    match first {
        Json::String(key) => look_up(key).map(|value| vec![value]),
        _ if first.get("Ref").is_some_and(|name| name == "AWS::Region") => {
            stack.regions.iter().map(|region| look_up(region.as_str())).collect()
        }
        _ => None,
    }
}

/// A text as far as it is known, with `${…}` for what only the deploy knows.
pub(super) fn text(value: &Json) -> Option<Cow<'_, str>> {
    if let Json::String(text) = value {
        return Some(Cow::Borrowed(text));
    }
    match function(value)? {
        ("Ref", Json::String(name)) => Some(Cow::Owned(format!("${{{name}}}"))),
        ("Fn::Sub", Json::String(text)) => Some(Cow::Borrowed(text)),
        ("Fn::Sub", Json::Array(parts)) => parts.first()?.as_str().map(Cow::Borrowed),
        ("Fn::GetAtt", Json::String(name)) => Some(Cow::Owned(format!("${{{name}}}"))),
        ("Fn::GetAtt", Json::Array(names)) => {
            let names: Vec<_> = names.iter().filter_map(Json::as_str).collect();
            Some(Cow::Owned(format!("${{{}}}", names.join("."))))
        }
        ("Fn::Join", Json::Array(parts)) => {
            let [Json::String(separator), Json::Array(items)] = parts.as_slice() else { return None };
            let items: Vec<_> = items.iter().map(|item| text(item).unwrap_or(Cow::Borrowed("${}"))).collect();
            Some(Cow::Owned(items.join(separator)))
        }
        _ => None,
    }
}

/// A list of one or many: the value itself, or each item of it.
pub(super) fn each(value: &Json) -> &[Json] {
    match value {
        Json::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// The values that a value can turn out to be by `Fn::If`, without those that leave it out.
pub(super) fn branches<'a>(value: &'a Json, found: &mut Vec<&'a Json>) {
    match function(value) {
        Some(("Fn::If", Json::Array(parts))) => parts.iter().skip(1).for_each(|part| branches(part, found)),
        Some(("Ref", name)) if name == "AWS::NoValue" => {}
        _ => found.push(value),
    }
}

/// A truth value, as CloudFormation reads it.
pub(super) fn truth(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(truth) => Some(*truth),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A whole number, as CloudFormation reads it.
pub(super) fn number(value: &Json) -> Option<i64> {
    match value {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The entries of an object that is no function.
pub(super) fn entries(value: &Json) -> Option<&Map<String, Json>> {
    value.as_object().filter(|_| function(value).is_none())
}
