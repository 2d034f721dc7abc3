//! What is in values.

use std::collections::BTreeSet;

use flag_model::FlagValue;
use serde_json::Value;

/// What is in values that may be served.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) items: usize,
    pub(super) texts: Vec<String>,
    pub(super) keys: BTreeSet<String>,
}

impl Found {
    /// Goes through a value and gives how deeply it is nested.
    pub(super) fn search(&mut self, value: &Value) -> usize {
        self.items += 1;
        match value {
            Value::String(text) => {
                self.texts.push(text.clone());
                0
            }
            Value::Array(values) => 1 + values.iter().map(|value| self.search(value)).max().unwrap_or(0),
            Value::Object(object) => {
                self.keys.extend(object.keys().cloned());
                1 + object.values().map(|value| self.search(value)).max().unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// The same of a flag's value.
    pub(super) fn search_value(&mut self, value: &FlagValue) {
        match value {
            FlagValue::Json(json) => drop(self.search(json)),
            FlagValue::String(text) => self.texts.push(text.clone()),
            FlagValue::Bool(_) | FlagValue::Number(_) => {}
        }
    }
}

pub(super) fn type_of(value: Option<&FlagValue>) -> &'static str {
    value.map_or("none", |value| value.value_type().as_str())
}

/// The number that a value is; 0 if it is none.
pub(super) fn number_of(value: Option<&FlagValue>) -> f64 {
    match value {
        Some(FlagValue::Number(number)) => number.as_f64().unwrap_or_default(),
        _ => 0.0,
    }
}
