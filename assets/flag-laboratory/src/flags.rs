//! Flags that the business rules have nothing against, and what a writer does with them.

use crate::RecordingServer;
use flag_model::{Flag, FlagMessage, FlagValue, Item, Version, item_to_json};
use serde_json::{Value, json};

/// The service that all of them belong to.
pub const SERVICE: &str = "checkout";

/// A flag of `dev` at a version, with this value whether it is on or off.
///
/// # Panics
///
/// If the id is malformed, or the version 0.
pub fn flag(id: &str, version: u64, value: &Value) -> Flag {
    let at = |minute: u64| format!("2026-03-10T10:{minute:02}:00Z").parse().expect("it is RFC 3339");
    let value = FlagValue::from(value.clone());
    let mut flag = Flag::new(
        id.parse().expect("the id is sound"),
        Version::new(version).expect("the version is sound"),
        SERVICE.parse().expect("the name is sound"),
        value,
    );
    flag.off_value.clone_from(&flag.value);
    flag.owner = "team-checkout".to_owned();
    flag.contact = "checkout-oncall@example.com".to_owned();
    flag.description = "Shows the button that pays with one click".to_owned();
    flag.tags = vec!["checkout".to_owned(), "payments".to_owned()];
    flag.environment = "dev".to_owned();
    flag.created_at = Some(at(1));
    flag.written_at = Some(at(version.min(59)));
    flag.expires_at = Some("2026-06-01T00:00:00Z".parse().expect("it is RFC 3339"));
    flag.change.by = "ada@example.com".to_owned();
    flag.change.approved_by = vec!["grace@example.com".to_owned()];
    flag.change.source = flag_model::ChangeSource::Console;
    flag.change.reason = "the first day went well".to_owned();
    flag.change.ticket = "FLAGS-123".to_owned();
    flag
}

/// A flag that is on, or off.
pub fn switch(id: &str, version: u64, on: bool) -> Flag {
    let mut flag = flag(id, version, &json!(on));
    flag.off_value = Some(FlagValue::from(json!(false)));
    flag
}

/// An item as it is on the wire.
pub fn wire(item: &Item) -> Value {
    item_to_json(item)
}

/// Writes a version of a flag and its head, as writers do.
pub fn write(server: &RecordingServer, flag: &Flag) {
    server.table(|table| {
        table.put(wire(&flag.to_version_item()));
        table.put(wire(&flag.to_head_item()));
    });
}

/// The record of the stream by which a head is seen to come or to change.
pub fn record(number: usize, new: &Value, old: Option<&Value>) -> Value {
    let keys = json!({ "flag_id": new["flag_id"], "version": new["version"] });
    let mut stream = json!({ "Keys": keys, "NewImage": new, "SequenceNumber": number.to_string() });
    if let Some(old) = old {
        stream["OldImage"] = old.clone();
    }
    let event = if old.is_some() { "MODIFY" } else { "INSERT" };
    json!({ "eventID": number.to_string(), "eventName": event, "eventSource": "aws:dynamodb", "dynamodb": stream })
}

/// The message that publishes a switch.
pub fn message(id: &str, version: u64, on: bool) -> String {
    FlagMessage::publishing(&switch(id, version, on)).to_json()
}

/// A record of a service's queue.
pub fn queued(id: &str, body: &str) -> Value {
    let queue = format!("arn:aws:sqs:eu-west-1:111122223333:dev-feature-flags-{SERVICE}");
    json!({ "messageId": id, "receiptHandle": id, "body": body, "eventSource": "aws:sqs", "eventSourceARN": queue })
}

/// What Lambda sends for some records.
pub fn batch(records: impl IntoIterator<Item = Value>) -> Value {
    json!({ "Records": Vec::from_iter(records) })
}
