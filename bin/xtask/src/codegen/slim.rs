//! Takes from a registry schema what nobody reads at run time, which is most of its bytes.

use serde_json::{Map, Value, json};

use super::walk;

/// Prose, links and what only the registry itself needs.
const DROPPED: [&str; 11] = [
    "$comment",
    "$schema",
    "description",
    "documentationUrl",
    "examples",
    "insertionOrder",
    "lifecycle",
    "resourceLink",
    "sourceUrl",
    "title",
    "typeConfiguration",
];

/// The schema without prose, but for one sentence on the type; of the handlers the permissions stay.
pub(super) fn slim(mut schema: Value) -> Value {
    let sentence = schema["description"].as_str().map(first_sentence).unwrap_or_default();
    walk::each_schema(&mut schema, &mut |keywords| keywords.retain(|keyword, _| !DROPPED.contains(&keyword.as_str())));
    if let Some(handlers) = schema.get_mut("handlers").and_then(Value::as_object_mut) {
        for handler in handlers.values_mut() {
            *handler = json!({ "permissions": handler.get("permissions").cloned().unwrap_or_else(|| json!([])) });
        }
    }
    schema["description"] = sentence.into();
    schema
}

/// The documentation of the schema's type, properties and definitions, in the form of [`super::documentation`].
pub(super) fn documentation(schema: &Value) -> Value {
    let mut found = object(schema);
    let definitions: Map<String, Value> = schema["definitions"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, definition)| (name.clone(), object(definition)))
        .filter(|(_, documentation)| documentation != &json!({}))
        .collect();
    if !definitions.is_empty() {
        found["definitions"] = definitions.into();
    }
    found
}

fn object(schema: &Value) -> Value {
    let mut found = json!({});
    if let Some(text) = text(schema) {
        found["description"] = text;
    }
    let properties: Map<String, Value> = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, property)| Some((name.clone(), text(property)?)))
        .collect();
    if !properties.is_empty() {
        found["properties"] = properties.into();
    }
    found
}

fn text(schema: &Value) -> Option<Value> {
    let text = schema["description"].as_str()?.trim();
    (!text.is_empty()).then(|| text.into())
}

/// The first sentence of a text on one line.
pub(super) fn first_sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = line.match_indices(". ").map(|(at, _)| at).find(|&at| !ends_in_short_form(&line[..at]));
    match end {
        Some(at) => line[..=at].to_owned(),
        None => line,
    }
}

fn ends_in_short_form(text: &str) -> bool {
    ["e.g", "i.e", "etc", "vs", "Inc", "Ex"].iter().any(|short| text.ends_with(short))
}
