//! A change of a flag: read from a record of the table's stream, sent to services as JSON.

use serde_json::{Map, Number, Value, json};

/// The version of the message's form. A reader refuses one that it does not know.
const SCHEMA: u64 = 1;

/// Items whose flag id begins so are records of the audit.
const AUDIT_PREFIX: &str = "audit#";

/// A flag as of one version, or that it is gone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) flag_id: String,
    pub(crate) version: u64,
    /// Any JSON; `null` if the flag is gone.
    pub(crate) value: Value,
    pub(crate) service_name: Option<String>,
    pub(crate) deleted: bool,
    /// When the record was written, in seconds since 1970.
    pub(crate) written_at: f64,
}

/// Why a record or a message is not a change.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error("`{field}` is {got}, wanted {wanted}")]
    Field { field: &'static str, got: String, wanted: &'static str },
    #[error("not JSON: {0}")]
    Json(String),
    #[error("the message has schema {got}, wanted {SCHEMA}")]
    Schema { got: String },
}

impl Change {
    /// The change that a stream record tells, or none for heads, audit records and events of an unknown name.
    pub(crate) fn from_record(record: &Value) -> Result<Option<Self>, ChangeError> {
        let deleted = match record["eventName"].as_str() {
            Some("INSERT" | "MODIFY") => false,
            Some("REMOVE") => true,
            _ => return Ok(None),
        };
        let stream = &record["dynamodb"];
        let flag_id =
            stream["Keys"]["flag_id"]["S"].as_str().ok_or_else(|| field("flag_id", &stream["Keys"], "a text"))?;
        let number = &stream["Keys"]["version"]["N"];
        let version: u64 = number
            .as_str()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| field("version", number, "a whole number"))?;
        // Version 0 is the flag's head, which repeats the newest version.
        if flag_id.starts_with(AUDIT_PREFIX) || version == 0 {
            return Ok(None);
        }
        let image = &stream["NewImage"];
        let value = match (deleted, image.get("value")) {
            (true, _) => Value::Null,
            (false, Some(attribute)) => {
                plain(attribute).ok_or_else(|| field("value", attribute, "an attribute value"))?
            }
            (false, None) => return Err(field("value", &Value::Null, "a value")),
        };
        let shown = if deleted { &stream["OldImage"] } else { image };
        Ok(Some(Self {
            flag_id: flag_id.to_owned(),
            version,
            value,
            service_name: shown["service_name"]["S"].as_str().map(str::to_owned),
            deleted,
            written_at: stream["ApproximateCreationDateTime"].as_f64().unwrap_or_default(),
        }))
    }

    pub(crate) fn to_message(&self) -> String {
        json!({
            "schema": SCHEMA,
            "flag_id": self.flag_id,
            "version": self.version,
            "value": self.value,
            "service_name": self.service_name,
            "deleted": self.deleted,
            "written_at": self.written_at,
        })
        .to_string()
    }

    /// The change in the body of a queue's message, as it is delivered raw or in the envelope of SNS.
    pub(crate) fn from_body(body: &str) -> Result<Self, ChangeError> {
        let parse =
            |text: &str| serde_json::from_str::<Value>(text).map_err(|error| ChangeError::Json(error.to_string()));
        let mut message = parse(body)?;
        if message["Type"] == "Notification"
            && let Some(inner) = message["Message"].as_str()
        {
            message = parse(inner)?;
        }
        if message["schema"] != SCHEMA {
            return Err(ChangeError::Schema { got: message["schema"].to_string() });
        }
        let text = |name: &'static str| message[name].as_str().map(str::to_owned);
        Ok(Self {
            flag_id: text("flag_id").ok_or_else(|| field("flag_id", &message["flag_id"], "a text"))?,
            version: message["version"]
                .as_u64()
                .ok_or_else(|| field("version", &message["version"], "a whole number"))?,
            value: message.get("value").cloned().ok_or_else(|| field("value", &Value::Null, "a value"))?,
            service_name: text("service_name"),
            deleted: message["deleted"].as_bool().unwrap_or_default(),
            written_at: message["written_at"].as_f64().unwrap_or_default(),
        })
    }
}

fn field(field: &'static str, got: &Value, wanted: &'static str) -> ChangeError {
    ChangeError::Field { field, got: got.to_string(), wanted }
}

/// An attribute value of DynamoDB's JSON as plain JSON; none if it is not one.
fn plain(attribute: &Value) -> Option<Value> {
    let (kind, value) = attribute.as_object().filter(|object| object.len() == 1)?.iter().next()?;
    let number = |text: &Value| text.as_str()?.parse::<Number>().ok().map(Value::Number);
    match (kind.as_str(), value) {
        ("S" | "B", Value::String(_)) | ("BOOL", Value::Bool(_)) => Some(value.clone()),
        ("N", _) => number(value),
        ("NULL", _) => Some(Value::Null),
        ("L", Value::Array(items)) => items.iter().map(plain).collect::<Option<Vec<_>>>().map(Value::Array),
        ("M", Value::Object(entries)) => entries
            .iter()
            .map(|(name, value)| Some((name.clone(), plain(value)?)))
            .collect::<Option<Map<_, _>>>()
            .map(Value::Object),
        ("SS" | "BS", Value::Array(_)) => Some(value.clone()),
        ("NS", Value::Array(items)) => items.iter().map(number).collect::<Option<Vec<_>>>().map(Value::Array),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(event: &str, keys: Value, image: Value) -> Value {
        json!({ "eventName": event, "dynamodb": { "Keys": keys, "NewImage": image, "ApproximateCreationDateTime": 1.5 } })
    }

    fn keys(flag: &str, version: &str) -> Value {
        json!({ "flag_id": { "S": flag }, "version": { "N": version } })
    }

    #[test]
    fn values_of_every_type_go_through_unchanged() {
        for (attribute, expected) in [
            (json!({ "BOOL": true }), json!(true)),
            (json!({ "S": "x" }), json!("x")),
            (json!({ "N": "1.5" }), json!(1.5)),
            (json!({ "NULL": true }), json!(null)),
            (json!({ "L": [{ "N": "1" }, { "S": "a" }] }), json!([1, "a"])),
            (json!({ "M": { "a": { "BOOL": false } } }), json!({ "a": false })),
            (json!({ "SS": ["a"] }), json!(["a"])),
            (json!({ "NS": ["1", "2"] }), json!([1, 2])),
        ] {
            let record = record("INSERT", keys("f", "3"), json!({ "value": attribute }));
            let change = Change::from_record(&record).unwrap().unwrap();
            assert_eq!(change.value, expected);
            assert_eq!(Change::from_body(&change.to_message()), Ok(change));
        }
    }

    #[test]
    fn heads_and_audit_records_are_no_changes_and_removals_are() {
        let image = json!({ "value": { "BOOL": true } });
        assert_eq!(Change::from_record(&record("INSERT", keys("f", "0"), image.clone())), Ok(None));
        assert_eq!(Change::from_record(&record("INSERT", keys("audit#1", "1"), image.clone())), Ok(None));
        assert_eq!(Change::from_record(&record("OTHER", keys("f", "1"), image)), Ok(None));
        assert!(Change::from_record(&record("REMOVE", keys("f", "1"), json!(null))).unwrap().unwrap().deleted);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (record, field) in [
            (record("INSERT", keys("f", "1"), json!({})), "value"),
            (record("INSERT", keys("f", "1"), json!({ "value": { "X": 1 } })), "value"),
            (record("INSERT", keys("f", "1e38"), json!({})), "version"),
            (record("INSERT", keys("f", "-1"), json!({})), "version"),
            (record("INSERT", json!({}), json!({})), "flag_id"),
        ] {
            let error = Change::from_record(&record).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{field}` is")), "{error}");
        }
    }

    #[test]
    fn bodies_come_raw_or_in_an_envelope_and_nothing_else_is_taken() {
        let change =
            Change::from_record(&record("INSERT", keys("f", "2"), json!({ "value": { "S": "x" } }))).unwrap().unwrap();
        let envelope = json!({ "Type": "Notification", "Message": change.to_message() }).to_string();
        assert_eq!(Change::from_body(&envelope), Ok(change));
        for body in ["", "not json", "{}", "[]", r#"{"schema": 2}"#, r#"{"schema": 1, "flag_id": "f"}"#] {
            assert!(Change::from_body(body).is_err(), "{body}");
        }
    }
}
