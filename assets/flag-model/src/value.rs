//! The value of a flag.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};
use thiserror::Error;

use crate::{AttributeError, AttributeValue};

/// The value of a flag: yes or no, a text, a number, or anything else that JSON can say.
///
/// As JSON it is written plainly, and the type follows from what is written.
#[derive(Clone, Debug, PartialEq)]
pub enum FlagValue {
    /// Yes or no.
    Bool(bool),
    /// A text, also one that holds JSON.
    String(String),
    /// A number that a 64-bit float holds exactly.
    Number(Number),
    /// An object, a list, or null.
    Json(Value),
}

/// The type of a value, by which rules tell that a flag has changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// [`FlagValue::Bool`].
    Bool,
    /// [`FlagValue::String`].
    String,
    /// [`FlagValue::Number`].
    Number,
    /// [`FlagValue::Json`].
    Json,
}

/// Why an attribute cannot be the value of a flag.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the value cannot be carried: {0}")]
pub struct ValueError(#[from] pub AttributeError);

impl FlagValue {
    /// The value that an attribute holds. Sets become lists.
    ///
    /// # Errors
    ///
    /// If there are bytes in it, or a number that cannot be carried exactly.
    pub fn from_attribute(attribute: &AttributeValue) -> Result<Self, ValueError> {
        Ok(attribute.to_plain_json()?.into())
    }

    /// The attribute that holds the value.
    pub fn to_attribute(&self) -> AttributeValue {
        AttributeValue::from_plain_json(&self.to_json())
    }

    /// The value as JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::String(text) => Value::String(text.clone()),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Json(value) => value.clone(),
        }
    }

    /// The type.
    pub fn value_type(&self) -> ValueType {
        match self {
            Self::Bool(_) => ValueType::Bool,
            Self::String(_) => ValueType::String,
            Self::Number(_) => ValueType::Number,
            Self::Json(_) => ValueType::Json,
        }
    }
}

impl From<Value> for FlagValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(value),
            Value::String(text) => Self::String(text),
            Value::Number(number) => Self::Number(number),
            other => Self::Json(other),
        }
    }
}

impl Serialize for FlagValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => value.serialize(serializer),
            Self::String(text) => text.serialize(serializer),
            Self::Number(number) => number.serialize(serializer),
            Self::Json(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for FlagValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

impl ValueType {
    /// The word for it: `bool`, `string`, `number` or `json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::String => "string",
            Self::Number => "number",
            Self::Json => "json",
        }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
