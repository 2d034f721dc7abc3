//! The values that DynamoDB stores, in the JSON that its streams give them in.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::{NumberError, exact_number};

/// How deeply values may be nested in one another, as
/// [DynamoDB allows](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html).
pub const MAX_NESTING: usize = 32;

/// The attributes of an item by their names.
pub type Item = BTreeMap<String, AttributeValue>;

/// A value of any type that DynamoDB has.
///
/// See [AttributeValue](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_AttributeValue.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// A text.
    S(String),
    /// A number, as a decimal of up to 38 digits.
    N(String),
    /// Bytes, in Base64.
    B(String),
    /// Yes or no.
    Bool(bool),
    /// Nothing.
    Null,
    /// Values by their names.
    M(Item),
    /// Values in order.
    L(Vec<AttributeValue>),
    /// A set of texts.
    Ss(Vec<String>),
    /// A set of numbers.
    Ns(Vec<String>),
    /// A set of bytes, each in Base64.
    Bs(Vec<String>),
}

/// Why JSON is no attribute value, or a value cannot be said in JSON. The path leads to it, such as `value.limits[2]`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AttributeError {
    /// It is not an object with one of DynamoDB's types as its only key.
    #[error("`{path}` is {got}, wanted an object with one type of DynamoDB, such as `{{\"S\": …}}`")]
    Shape {
        /// Where it is.
        path: String,
        /// What is there.
        got: String,
    },
    /// What is under the type is not what the type wants.
    #[error("`{path}` says to be `{of}` but holds {got}")]
    Content {
        /// Where it is.
        path: String,
        /// The type.
        of: String,
        /// What is there.
        got: &'static str,
    },
    /// It is nested more deeply than DynamoDB allows.
    #[error("`{path}` is nested more than {MAX_NESTING} deep")]
    TooDeep {
        /// Where the limit is passed.
        path: String,
    },
    /// A number is malformed, or cannot be carried exactly.
    #[error("`{path}`: {problem}")]
    Number {
        /// Where it is.
        path: String,
        /// What is wrong.
        problem: NumberError,
    },
    /// Bytes have no form in JSON.
    #[error("`{path}` holds bytes, which JSON cannot say; write them as a text in Base64")]
    Bytes {
        /// Where they are.
        path: String,
    },
}

/// The item that JSON of a stream's image holds.
///
/// # Errors
///
/// If the JSON is not an object of attribute values.
pub fn item_from_json(json: &Value) -> Result<Item, AttributeError> {
    let object = json.as_object().ok_or_else(|| shape("", json))?;
    let mut item = Item::new();
    for (name, value) in object {
        item.insert(name.clone(), AttributeValue::read(value, name, 1)?);
    }
    Ok(item)
}

/// An item as JSON of a stream's image.
pub fn item_to_json(item: &Item) -> Value {
    Value::Object(item.iter().map(|(name, value)| (name.clone(), value.to_json())).collect())
}

impl AttributeValue {
    /// The value that JSON such as `{"S": "text"}` holds.
    ///
    /// # Errors
    ///
    /// If the JSON is something else.
    pub fn from_json(json: &Value) -> Result<Self, AttributeError> {
        Self::read(json, "", 1)
    }

    /// The value as JSON such as `{"S": "text"}`.
    pub fn to_json(&self) -> Value {
        match self {
            Self::S(text) => json!({ "S": text }),
            Self::N(number) => json!({ "N": number }),
            Self::B(bytes) => json!({ "B": bytes }),
            Self::Bool(value) => json!({ "BOOL": value }),
            Self::Null => json!({ "NULL": true }),
            Self::M(item) => json!({ "M": item_to_json(item) }),
            Self::L(values) => json!({ "L": values.iter().map(Self::to_json).collect::<Vec<_>>() }),
            Self::Ss(texts) => json!({ "SS": texts }),
            Self::Ns(numbers) => json!({ "NS": numbers }),
            Self::Bs(bytes) => json!({ "BS": bytes }),
        }
    }

    /// What the value says, without its types: a map is an object, lists and sets are lists.
    ///
    /// # Errors
    ///
    /// If there are bytes in it, or a number that JSON's readers would not read as it is.
    pub fn to_plain_json(&self) -> Result<Value, AttributeError> {
        self.plain("value")
    }

    /// The value that says what JSON says. Lists stay lists.
    pub fn from_plain_json(json: &Value) -> Self {
        match json {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::N(number.to_string()),
            Value::String(text) => Self::S(text.clone()),
            Value::Array(values) => Self::L(values.iter().map(Self::from_plain_json).collect()),
            Value::Object(object) => {
                Self::M(object.iter().map(|(k, v)| (k.clone(), Self::from_plain_json(v))).collect())
            }
        }
    }

    /// The name of the type, as DynamoDB writes it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Bool(_) => "BOOL",
            Self::Null => "NULL",
            Self::M(_) => "M",
            Self::L(_) => "L",
            Self::Ss(_) => "SS",
            Self::Ns(_) => "NS",
            Self::Bs(_) => "BS",
        }
    }

    fn read(json: &Value, path: &str, depth: usize) -> Result<Self, AttributeError> {
        if depth > MAX_NESTING {
            return Err(AttributeError::TooDeep { path: path.to_owned() });
        }
        let mut entries = json.as_object().ok_or_else(|| shape(path, json))?.iter();
        let (Some((of, content)), None) = (entries.next(), entries.next()) else {
            return Err(shape(path, json));
        };
        let wrong = || AttributeError::Content { path: path.to_owned(), of: of.clone(), got: name_of(content) };
        let text = || content.as_str().map(str::to_owned).ok_or_else(wrong);
        let texts = || {
            let list = content.as_array().ok_or_else(wrong)?;
            list.iter().map(|text| text.as_str().map(str::to_owned).ok_or_else(wrong)).collect::<Result<Vec<_>, _>>()
        };
        Ok(match of.as_str() {
            "S" => Self::S(text()?),
            "N" => Self::N(text()?),
            "B" => Self::B(text()?),
            "BOOL" => Self::Bool(content.as_bool().ok_or_else(wrong)?),
            "NULL" => content.as_bool().filter(|null| *null).map(|_| Self::Null).ok_or_else(wrong)?,
            "M" => {
                let object = content.as_object().ok_or_else(wrong)?;
                let mut item = Item::new();
                for (name, value) in object {
                    item.insert(name.clone(), Self::read(value, &format!("{path}.{name}"), depth + 1)?);
                }
                Self::M(item)
            }
            "L" => {
                let list = content.as_array().ok_or_else(wrong)?.iter().enumerate();
                Self::L(
                    list.map(|(i, value)| Self::read(value, &format!("{path}[{i}]"), depth + 1))
                        .collect::<Result<_, _>>()?,
                )
            }
            "SS" => Self::Ss(texts()?),
            "NS" => Self::Ns(texts()?),
            "BS" => Self::Bs(texts()?),
            _ => return Err(shape(path, json)),
        })
    }

    fn plain(&self, path: &str) -> Result<Value, AttributeError> {
        let number = |text: &str, path: String| match exact_number(text) {
            Ok(number) => Ok(Value::Number(number)),
            Err(problem) => Err(AttributeError::Number { path, problem }),
        };
        Ok(match self {
            Self::S(text) => Value::String(text.clone()),
            Self::N(text) => number(text, path.to_owned())?,
            Self::B(_) | Self::Bs(_) => return Err(AttributeError::Bytes { path: path.to_owned() }),
            Self::Bool(value) => Value::Bool(*value),
            Self::Null => Value::Null,
            Self::M(item) => {
                let mut object = Map::new();
                for (name, value) in item {
                    object.insert(name.clone(), value.plain(&format!("{path}.{name}"))?);
                }
                Value::Object(object)
            }
            Self::L(values) => {
                let values = values.iter().enumerate().map(|(i, value)| value.plain(&format!("{path}[{i}]")));
                Value::Array(values.collect::<Result<_, _>>()?)
            }
            Self::Ss(texts) => Value::Array(texts.iter().cloned().map(Value::String).collect()),
            Self::Ns(numbers) => {
                let numbers = numbers.iter().enumerate().map(|(i, text)| number(text, format!("{path}[{i}]")));
                Value::Array(numbers.collect::<Result<_, _>>()?)
            }
        })
    }
}

fn shape(path: &str, json: &Value) -> AttributeError {
    let got = match json.as_object() {
        Some(object) => match object.keys().next() {
            Some(key) if object.len() == 1 => format!("of the type `{}`", key.chars().take(20).collect::<String>()),
            _ => format!("an object of {} keys", object.len()),
        },
        None => name_of(json).to_owned(),
    };
    AttributeError::Shape { path: path.to_owned(), got }
}

fn name_of(json: &Value) -> &'static str {
    match json {
        Value::Null => "null",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_json() {
        let check = |json: Value, expected: Result<Value, &str>| {
            let got = AttributeValue::from_json(&json).and_then(|value| value.to_plain_json());
            assert_eq!(got.map_err(|error| error.to_string()), expected.map_err(str::to_owned), "{json}");
        };
        check(json!({"S": "x"}), Ok(json!("x")));
        check(json!({"N": "1.50"}), Ok(json!(1.5)));
        check(json!({"BOOL": false}), Ok(json!(false)));
        check(json!({"NULL": true}), Ok(json!(null)));
        check(json!({"L": [{"N": "1"}, {"S": "a"}]}), Ok(json!([1, "a"])));
        check(json!({"M": {"a": {"M": {}}}}), Ok(json!({"a": {}})));
        check(json!({"SS": ["a", "b"]}), Ok(json!(["a", "b"])));
        check(json!({"NS": ["1", "2.5"]}), Ok(json!([1, 2.5])));
        check(json!({"B": "AAE="}), Err("`value` holds bytes, which JSON cannot say; write them as a text in Base64"));
        check(
            json!({"M": {"a": {"L": [{"BS": ["AA=="]}]}}}),
            Err("`value.a[0]` holds bytes, which JSON cannot say; write them as a text in Base64"),
        );
        check(
            json!({"L": [{"N": "9007199254740993"}]}),
            Err("`value[0]`: `9007199254740993` cannot be carried exactly, wanted at most 15 digits"),
        );
        check(json!({"N": 1}), Err("`` says to be `N` but holds a number"));
        check(json!({"NULL": false}), Err("`` says to be `NULL` but holds false"));
        check(
            json!({"X": 1}),
            Err("`` is of the type `X`, wanted an object with one type of DynamoDB, such as `{\"S\": …}`"),
        );
        check(
            json!({}),
            Err("`` is an object of 0 keys, wanted an object with one type of DynamoDB, such as `{\"S\": …}`"),
        );
        check(json!("x"), Err("`` is a text, wanted an object with one type of DynamoDB, such as `{\"S\": …}`"));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let nested = |depth: usize| (1..depth).fold(json!({"S": "x"}), |inner, _| json!({ "L": [inner] }));
        assert!(AttributeValue::from_json(&nested(MAX_NESTING)).is_ok());
        assert!(matches!(AttributeValue::from_json(&nested(MAX_NESTING + 1)), Err(AttributeError::TooDeep { .. })));
    }

    fn any_attribute() -> impl Strategy<Value = AttributeValue> {
        let leaf = prop_oneof![
            any::<String>().prop_map(AttributeValue::S),
            any::<i64>().prop_map(|n| AttributeValue::N(n.to_string())),
            "[A-Za-z0-9+/]{0,8}".prop_map(AttributeValue::B),
            any::<bool>().prop_map(AttributeValue::Bool),
            Just(AttributeValue::Null),
            prop::collection::vec(any::<String>(), 0..3).prop_map(AttributeValue::Ss),
            prop::collection::vec(any::<u32>().prop_map(|n| n.to_string()), 0..3).prop_map(AttributeValue::Ns),
            prop::collection::vec("[A-Za-z0-9+/]{0,8}", 0..3).prop_map(AttributeValue::Bs),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(AttributeValue::L),
                prop::collection::btree_map(any::<String>(), inner, 0..4).prop_map(AttributeValue::M),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_survives_json(value in any_attribute()) {
            prop_assert_eq!(AttributeValue::from_json(&value.to_json()), Ok(value));
        }
    }
}
