//! Where a JSON schema has schemas inside: a property may be called `pattern` or `description` too.

use serde_json::{Map, Value};

/// Keywords whose value is an object of named schemas.
const NAMED: [&str; 5] = ["properties", "patternProperties", "definitions", "dependentSchemas", "dependencies"];
/// Keywords whose value is a schema or a list of schemas.
const DIRECT: [&str; 13] = [
    "items",
    "prefixItems",
    "additionalItems",
    "additionalProperties",
    "contains",
    "propertyNames",
    "not",
    "if",
    "then",
    "else",
    "oneOf",
    "anyOf",
    "allOf",
];

/// Calls `change` on the schema and on every schema inside it, innermost first.
pub(super) fn each_schema(schema: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    let Value::Object(keywords) = schema else { return };
    for (keyword, value) in keywords.iter_mut() {
        match value {
            Value::Object(named) if NAMED.contains(&keyword.as_str()) => {
                named.values_mut().for_each(|inner| each_schema(inner, change));
            }
            Value::Array(several) if DIRECT.contains(&keyword.as_str()) => {
                several.iter_mut().for_each(|inner| each_schema(inner, change));
            }
            inner if DIRECT.contains(&keyword.as_str()) => each_schema(inner, change),
            _ => {}
        }
    }
    change(keywords);
}
