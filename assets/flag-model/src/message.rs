//! The message by which a change of a flag is published, and what is left of it in the cache.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::{Flag, FlagId, FlagValue, ServiceName, Targeting, Timestamp, ValueType, Version};

/// The schema of messages that this crate writes. It grows when a reader of the old one would misread the new one; a field
/// more is no reason.
pub const MESSAGE_SCHEMA: u64 = 1;

/// The most bytes of a message that
/// [SNS takes](https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html), all of a batch counted together.
pub const MAX_MESSAGE_BYTES: usize = 262_144;

/// A change of a flag, as it is published and as it lies in the cache: all that is needed to evaluate the flag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlagMessage {
    /// The schema, [`MESSAGE_SCHEMA`].
    pub schema: u64,
    /// The flag.
    pub flag_id: FlagId,
    /// Its version. Messages come in any order and more than once: the higher version wins.
    pub version: Version,
    /// Whether the flag is gone. Of one version, the tombstone wins.
    pub tombstone: bool,
    /// The service that the flag belongs to.
    pub service: ServiceName,
    /// The value; none for a tombstone. A value of null is there, and is null.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_value")]
    pub value: Option<FlagValue>,
    /// The type of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_type: Option<ValueType>,
    /// The value for whoever does not get `value`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_value")]
    pub off_value: Option<FlagValue>,
    /// Whether the flag is switched off for everybody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kill_switch: bool,
    /// Whom the value is for.
    #[serde(default, skip_serializing_if = "is_for_all")]
    pub targeting: Targeting,
    /// When the version was written, from which the time of propagation is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_at: Option<Timestamp>,
}

/// Why a text is no message of a change of a flag.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MessageError {
    /// It is not JSON.
    #[error("the message is not JSON: {problem}")]
    NotJson {
        /// What the parser says.
        problem: String,
    },
    /// It is JSON of something else.
    #[error("the message has no `schema` and is not of a flag")]
    NotOfAFlag,
    /// It is written in a schema that this reader does not know.
    #[error("the message has the schema {got}, wanted {MESSAGE_SCHEMA}")]
    Schema {
        /// The schema.
        got: u64,
    },
    /// A field is missing or malformed.
    #[error("the message is malformed: {problem}")]
    Malformed {
        /// What the parser says.
        problem: String,
    },
    /// It says to be a tombstone and has a value, or the other way round.
    #[error("the message is of version {version} and {problem}")]
    Contradiction {
        /// The version.
        version: Version,
        /// What contradicts what.
        problem: &'static str,
    },
}

impl FlagMessage {
    /// The message that publishes a flag, or its tombstone if the flag is deleted.
    pub fn publishing(flag: &Flag) -> Self {
        let gone = flag.deleted;
        Self {
            schema: MESSAGE_SCHEMA,
            flag_id: flag.id.clone(),
            version: flag.version,
            tombstone: gone,
            service: flag.service.clone(),
            value: flag.value.clone().filter(|_| !gone),
            value_type: flag.value.as_ref().filter(|_| !gone).map(FlagValue::value_type),
            off_value: flag.off_value.clone().filter(|_| !gone),
            kill_switch: flag.kill_switch && !gone,
            targeting: if gone { Targeting::default() } else { flag.targeting.clone() },
            written_at: flag.written_at,
        }
    }

    /// The tombstone of a flag whose head is gone from the table.
    pub fn tombstone_of(flag: &Flag) -> Self {
        let gone = Flag { deleted: true, ..flag.clone() };
        Self::publishing(&gone)
    }

    /// Reads a message. Fields that it does not know are passed over.
    ///
    /// # Errors
    ///
    /// If it is something else, or of a schema that is not known.
    pub fn parse(text: &str) -> Result<Self, MessageError> {
        let json = serde_json::from_str(text).map_err(|error| MessageError::NotJson { problem: error.to_string() })?;
        Self::from_json(json)
    }

    /// As [`FlagMessage::parse`], from what was parsed already.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn from_json(json: Value) -> Result<Self, MessageError> {
        let schema = json.get("schema").and_then(Value::as_u64).ok_or(MessageError::NotOfAFlag)?;
        if schema != MESSAGE_SCHEMA {
            return Err(MessageError::Schema { got: schema });
        }
        let message: Self =
            serde_json::from_value(json).map_err(|error| MessageError::Malformed { problem: error.to_string() })?;
        let problem = match (message.tombstone, &message.value) {
            (true, Some(_)) => "is a tombstone that has a value",
            (false, None) => "has no value, but is not a tombstone",
            _ => return Ok(message),
        };
        Err(MessageError::Contradiction { version: message.version, problem })
    }

    /// The message as JSON, always the same for the same message.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("the model's types have only texts as keys")
    }
}

fn is_for_all(targeting: &Targeting) -> bool {
    *targeting == Targeting::default()
}

/// A field that is there has a value, also if the value is null.
fn some_value<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<FlagValue>, D::Error> {
    FlagValue::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn messages() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let got = FlagMessage::parse(text).map(|message| message.to_json()).map_err(|error| error.to_string());
            assert_eq!(got, expected.map(str::to_owned).map_err(str::to_owned), "{text}");
        };
        let plain = r#"{"schema":1,"flag_id":"a","version":3,"tombstone":false,"service":"s","value":true,"value_type":"bool"}"#;
        check(plain, Ok(plain));
        let null = r#"{"schema":1,"flag_id":"a","version":3,"tombstone":false,"service":"s","value":null,"value_type":"json"}"#;
        check(null, Ok(null));
        let gone = r#"{"schema":1,"flag_id":"a","version":3,"tombstone":true,"service":"s","written_at":"2026-03-04T05:06:07Z"}"#;
        check(gone, Ok(gone));
        check(&plain.replace("\"service\"", "\"color\":\"red\",\"service\""), Ok(plain));
        check(&plain.replace("\"schema\":1", "\"schema\":2"), Err("the message has the schema 2, wanted 1"));
        check(&plain.replace("\"schema\":1,", ""), Err("the message has no `schema` and is not of a flag"));
        check(&plain.replace("\"version\":3,", ""), Err("the message is malformed: missing field `version`"));
        check(
            &plain.replace("\"version\":3,", "\"version\":0,"),
            Err("the message is malformed: the version is `0`, wanted a whole number from 1 to 9007199254740991"),
        );
        check(
            &plain.replace("\"value\":true,", ""),
            Err("the message is of version 3 and has no value, but is not a tombstone"),
        );
        check(
            &plain.replace("\"tombstone\":false", "\"tombstone\":true"),
            Err("the message is of version 3 and is a tombstone that has a value"),
        );
        check("nothing", Err("the message is not JSON: expected ident at line 1 column 2"));
        check("[]", Err("the message has no `schema` and is not of a flag"));
        let elasticache = r#"{"ElastiCache:SnapshotComplete":"cache-0001"}"#;
        check(elasticache, Err("the message has no `schema` and is not of a flag"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = FlagMessage::parse(&text);
        }

        #[test]
        fn numbers_survive(float in any::<f64>().prop_filter("finite", |f| f.is_finite())) {
            let id = "a".parse().unwrap();
            let value = FlagValue::from(json!(float));
            let flag = Flag::new(id, Version::new(1).unwrap(), "s".parse().unwrap(), value.clone());
            let read = FlagMessage::parse(&FlagMessage::publishing(&flag).to_json()).unwrap();
            prop_assert_eq!(read.value, Some(value));
        }
    }
}
