//! What a flag gives.

use std::sync::Arc;

use flag_model::FlagValue;
use serde::de::DeserializeOwned;

/// What a flag gives. To copy it is cheap.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(Arc<str>),
    /// An object, a list, or null.
    Json(Arc<serde_json::Value>),
}

impl Value {
    /// What a flag's value is in memory.
    pub(crate) fn of(value: &FlagValue) -> Self {
        match value {
            FlagValue::Bool(value) => Self::Bool(*value),
            // Numbers of flags are those that a 64-bit float holds exactly.
            FlagValue::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            FlagValue::String(text) => Self::Text(text.as_str().into()),
            FlagValue::Json(json) => Self::Json(Arc::new(json.clone())),
        }
    }

    /// The value, if it is yes or no.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The value, if it is a number.
    pub fn as_number(&self) -> Option<f64> {
        if let Self::Number(value) = self { Some(*value) } else { None }
    }

    /// The value, if it is a whole number that 64 bits hold.
    pub fn as_integer(&self) -> Option<i64> {
        let number = self.as_number().filter(|number| number.fract() == 0.0 && number.abs() <= MAX_SAFE_INTEGER)?;
        #[expect(clippy::cast_possible_truncation, reason = "it is a whole number below 2^53")]
        let integer = number as i64;
        Some(integer)
    }

    /// The value, if it is a text.
    pub fn as_text(&self) -> Option<&Arc<str>> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The value, if it is an object, a list or null.
    pub fn as_json(&self) -> Option<&Arc<serde_json::Value>> {
        if let Self::Json(json) = self { Some(json) } else { None }
    }

    /// The value as a type of the service's own.
    ///
    /// # Errors
    ///
    /// If the value is not such a one.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        match self {
            Self::Bool(value) => serde_json::from_value((*value).into()),
            Self::Number(number) => match self.as_integer() {
                Some(integer) => serde_json::from_value(integer.into()),
                None => serde_json::from_value((*number).into()),
            },
            Self::Text(text) => serde_json::from_value(text.as_ref().into()),
            Self::Json(json) => T::deserialize(json.as_ref()),
        }
    }
}

/// The largest whole number up to which every whole number is exact in a 64-bit float.
pub(crate) const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
