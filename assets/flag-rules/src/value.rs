//! JSON as values of CEL.

use std::collections::HashMap;
use std::sync::Arc;

use cel::Value as CelValue;
use cel::objects::{Key, Map};
use serde_json::Value;

/// What rules see of JSON. Whole numbers are CEL's signed ones, whatever their sign, so that rules can subtract them.
pub(crate) fn to_cel(json: &Value) -> CelValue {
    match json {
        Value::Null => CelValue::Null,
        Value::Bool(value) => CelValue::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => CelValue::Int(integer),
            None => CelValue::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => CelValue::String(Arc::new(text.clone())),
        Value::Array(values) => CelValue::List(Arc::new(values.iter().map(to_cel).collect())),
        Value::Object(object) => {
            let entries: HashMap<Key, CelValue> =
                object.iter().map(|(name, value)| (Key::from(name.as_str()), to_cel(value))).collect();
            CelValue::Map(Map { map: Arc::new(entries) })
        }
    }
}
