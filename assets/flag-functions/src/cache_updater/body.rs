//! The message in the body of a queue's record.

use flag_model::{FlagMessage, MessageError};
use serde_json::Value;

/// Reads a body, be it the message itself (raw delivery) or
/// [SNS' envelope](https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html) around it.
///
/// # Errors
///
/// If it holds anything else.
pub(super) fn message_in(body: &str) -> Result<FlagMessage, MessageError> {
    let json: Value =
        serde_json::from_str(body).map_err(|error| MessageError::NotJson { problem: error.to_string() })?;
    if json["Type"] == "Notification"
        && let Some(inner) = json["Message"].as_str()
    {
        return FlagMessage::parse(inner);
    }
    FlagMessage::from_json(json)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bodies() {
        let raw = r#"{"schema":1,"flag_id":"a","version":3,"tombstone":true,"service":"s"}"#;
        let envelope = |inner: &str| json!({ "Type": "Notification", "MessageId": "1", "Message": inner }).to_string();
        let check = |body: &str, expected: &str| {
            let got = message_in(body).map_or_else(|error| error.to_string(), |message| message.to_json());
            assert_eq!(got, expected, "{body}");
        };
        check(raw, raw);
        check(&envelope(raw), raw);
        let not_ours = "the message has no `schema` and is not of a flag";
        check("", "the message is not JSON: EOF while parsing a value at line 1 column 0");
        check(&json!(raw).to_string(), not_ours);
        check(&envelope(&envelope(raw)), not_ours);
        check(r#"{"ElastiCache:CacheNodeReplaceComplete":"cache-001"}"#, not_ours);
        check(&envelope("hello"), "the message is not JSON: expected value at line 1 column 1");
        check(&json!({ "Type": "SubscriptionConfirmation", "Message": raw }).to_string(), not_ours);
        check(&raw.replace("\"schema\":1", "\"schema\":9"), "the message has the schema 9, wanted 1");
    }
}
