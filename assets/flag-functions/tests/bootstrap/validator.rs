//! From the stream to the topic.

use std::time::Duration;

use flag_laboratory::{Fault, Lambda, RecordingServer, free_port};
use flag_model::FlagMessage;
use serde_json::{Value, json};

use crate::{count, lines, start};
use flag_laboratory::flags::{batch, flag, record, switch, wire, write};

const FLAGS: &str = "arn:aws:sns:eu-west-1:111122223333:flags";
const ALERTS: &str = "arn:aws:sns:eu-west-1:111122223333:alerts";

/// A function in `eu-west-1`.
async fn validator(url: &str, home: &str) -> Lambda {
    let environment = [
        ("ALERT_TOPIC_ARN", ALERTS),
        ("AWS_ENDPOINT_URL", url),
        ("ENVIRONMENT", "dev"),
        ("EVENT_SOURCE", "dev-feature-flags"),
        ("FLAG_TABLE", "flags"),
        ("FLAG_TOPIC_ARN", FLAGS),
        ("HOME_REGION", home),
    ];
    start("validator", &environment).await
}

async fn at_home(server: &RecordingServer) -> Lambda {
    validator(server.url(), "eu-west-1").await
}

/// What was published, as `flag version`; `!` marks a tombstone.
fn published(server: &RecordingServer) -> Vec<String> {
    let text = |message: &String| {
        let message = FlagMessage::parse(message).unwrap();
        format!("{}{} {}", message.flag_id, if message.tombstone { "!" } else { "" }, message.version)
    };
    server.published(":flags").iter().map(text).collect()
}

/// Records by which flags come into being.
fn new_flags(ids: impl IntoIterator<Item = String>) -> Vec<Value> {
    let record_of = |(number, id): (usize, String)| record(number, &wire(&switch(&id, 1, true).to_head_item()), None);
    ids.into_iter().enumerate().map(record_of).collect()
}

#[tokio::test]
async fn values_of_every_type_are_published_in_order() {
    let server = RecordingServer::start().await;
    let mut lambda = at_home(&server).await;
    let values = [
        json!(true),
        json!(false),
        json!("text"),
        json!("é\u{fffe}\u{10000}\""),
        json!(7),
        json!(-1.5),
        json!(9_007_199_254_740_991_u64),
        json!({ "a": [1, null, { "b": "c" }], "d": false }),
        json!([1, "two", [3]]),
        json!([]),
        Value::Null,
    ];
    let mut records = Vec::new();
    for (number, value) in values.iter().enumerate() {
        write(&server, &flag(&format!("checkout.f{number}"), 1, value));
    }
    records.extend(server.table(|table| table.records()));
    assert_eq!(lambda.invoke(&batch(records)).await.failures(), [""; 0]);
    let logs = lambda.stop().await;
    let rejected: Vec<String> =
        lines(&logs, "flag_rejected").iter().map(|line| line["rejected"]["flag_id"]["S"].to_string()).collect();
    let messages: Vec<FlagMessage> =
        server.published(":flags").iter().map(|message| FlagMessage::parse(message).unwrap()).collect();
    // A business rule may be against a value; whatever is published is what was written.
    assert_eq!(messages.len() + rejected.len(), values.len(), "{rejected:?}");
    assert!(rejected.len() <= 3, "{rejected:?}");
    for message in &messages {
        let number: usize = message.flag_id.as_str().trim_start_matches("checkout.f").parse().unwrap();
        let flag = flag(message.flag_id.as_str(), 1, &values[number]);
        assert_eq!(*message, FlagMessage::publishing(&flag));
    }
    assert!(messages.is_sorted_by_key(|message| message.flag_id.as_str()[10..].parse::<u32>().unwrap()));
    // Two characters that queues refuse are never sent as they are.
    assert!(!server.published(":flags").iter().any(|message| message.contains('\u{fffe}')));
    let batches = server.bodies("PublishBatch");
    let first = |name: &str| batches[0][format!("PublishBatchRequestEntries.member.1.{name}")].clone();
    assert_eq!(first("MessageAttributes.entry.1.Name"), "service");
    assert_eq!(first("MessageAttributes.entry.1.Value.StringValue"), "checkout");
    let details: Vec<Value> =
        server.bodies("PutEvents").iter().flat_map(|body| body["Entries"].as_array().unwrap().clone()).collect();
    assert_eq!(details.len(), messages.len());
    for (detail, message) in details.iter().zip(&messages) {
        assert_eq!((&detail["Source"], &detail["DetailType"]), (&json!("dev-feature-flags"), &json!("FlagPublished")));
        let detail: Value = serde_json::from_str(detail["Detail"].as_str().unwrap()).unwrap();
        assert_eq!((&detail["flagId"], &detail["version"]), (&json!(message.flag_id), &json!(message.version)));
        assert!(detail["publishedAt"].as_u64().unwrap() > 1_700_000_000);
    }
}

/// A head with one attribute changed, or taken away.
fn spoiled(id: &str, name: &str, value: Option<Value>) -> Value {
    let mut head = wire(&switch(id, 3, true).to_head_item());
    match value {
        Some(value) => head[name] = value,
        None => drop(head.as_object_mut().unwrap().remove(name)),
    }
    head
}

#[tokio::test]
async fn no_poison_holds_the_stream_up() {
    let server = RecordingServer::start().await;
    let mut lambda = at_home(&server).await;
    let huge = "9".repeat(38);
    let deep = (0..40).fold(json!({"S": "x"}), |inner, _| json!({ "L": [inner] }));
    let images = [
        ("no value", spoiled("checkout.a1", "value", None)),
        ("binary value", spoiled("checkout.a2", "value", Some(json!({"B": "AA=="})))),
        ("unknown type", spoiled("checkout.a3", "value", Some(json!({"X": 1})))),
        ("two types", spoiled("checkout.a4", "value", Some(json!({"S": "x", "N": "1"})))),
        ("no type", spoiled("checkout.a5", "value", Some(json!("x")))),
        ("no owner", spoiled("checkout.a6", "owner", None)),
        ("no service", spoiled("checkout.a7", "service", None)),
        ("not indexed", spoiled("checkout.a8", "head_service", None)),
        ("indexed elsewhere", spoiled("checkout.a9", "head_service", Some(json!({"S": "billing"})))),
        ("no current version", spoiled("checkout.b1", "current_version", None)),
        ("version 0", spoiled("checkout.b2", "current_version", Some(json!({"N": "0"})))),
        ("version -1", spoiled("checkout.b3", "current_version", Some(json!({"N": "-1"})))),
        ("version 1e38", spoiled("checkout.b4", "current_version", Some(json!({"N": huge})))),
        ("version 1.5", spoiled("checkout.b5", "current_version", Some(json!({"N": "1.5"})))),
        ("version of text", spoiled("checkout.b6", "current_version", Some(json!({"S": "1"})))),
        ("negative key", spoiled("checkout.b7", "version", Some(json!({"N": "-1"})))),
        ("key of text", spoiled("checkout.b8", "version", Some(json!({"S": "0"})))),
        ("id of a number", spoiled("checkout.b9", "flag_id", Some(json!({"N": "1"})))),
        ("id with a space", spoiled("checkout.c1", "flag_id", Some(json!({"S": "a b"})))),
        ("no id", spoiled("checkout.c2", "flag_id", None)),
        ("400 KB", spoiled("checkout.c3", "value", Some(json!({"S": "x".repeat(400_000)})))),
        ("deep value", spoiled("checkout.c4", "value", Some(deep))),
        ("number of text", spoiled("checkout.c5", "value", Some(json!({"N": "NaN"})))),
        ("no image", Value::Null),
    ];
    let mut records = Vec::new();
    for (_, image) in &images {
        records.push(record(records.len(), image, None));
        let good = switch(&format!("checkout.good{}", records.len()), 1, true).to_head_item();
        records.push(record(records.len(), &wire(&good), None));
    }
    let last = records.len() - 2;
    records[last] = json!({ "eventName": "INSERT", "dynamodb": {
        "Keys": { "flag_id": { "S": "checkout.c6" }, "version": { "N": "0" } }, "SequenceNumber": "x",
    } });
    // What is no change of a flag is passed over.
    let version = wire(&switch("checkout.version", 1, true).to_version_item());
    let audit = json!({ "flag_id": { "S": "audit#e" }, "version": { "N": "0" } });
    let mut exploded = record(900, &wire(&switch("checkout.exploded", 1, true).to_head_item()), None);
    exploded["eventName"] = json!("EXPLODE");
    records.extend([record(901, &version, None), record(902, &audit, None), exploded, json!({}), json!(null)]);
    assert_eq!(lambda.invoke(&batch(records)).await.failures(), [""; 0]);
    let goods = (0..images.len()).map(|number| format!("checkout.good{} 1", 2 * number + 1));
    let mut expected: Vec<String> = goods.collect();
    // A rule may let unknown attributes or great depth pass; nothing else of the above can be published.
    let got = published(&server);
    expected.extend(got.iter().filter(|text| text.starts_with("checkout.c4 ")).cloned());
    let (mut got, mut expected) = (got, expected);
    got.sort();
    expected.sort();
    assert_eq!(got, expected);
    assert_eq!(lambda.invoke(&batch([])).await.failures(), [""; 0]);
    assert_eq!(lambda.invoke(&json!({ "no": "records" })).await.error(), "BadEvent");
    let rejected = images.len() - (expected.len() - images.len());
    assert_eq!(server.published(":alerts").len(), rejected);
    let logs = lambda.stop().await;
    assert_eq!(count(&logs, "ChangesRejected"), rejected as u64);
    for line in lines(&logs, "flag_rejected") {
        assert!(!line["reasons"].as_array().unwrap().is_empty() && line["level"] == "ERROR", "{line}");
    }
    let rules: Vec<&Value> = lines(&logs, "flag_rejected").iter().map(|line| &line["reasons"][0]["rule"]).collect();
    assert_eq!(rules.iter().filter(|rule| **rule == "system.not-indexed").count(), 2);
    assert!(count(&logs, "RuleFailures") >= 1);
}

#[tokio::test]
async fn a_rejected_version_is_marked_at_home_and_nowhere_else() {
    let server = RecordingServer::start().await;
    let mut bad = switch("checkout.a", 2, true);
    bad.owner = String::new();
    let third = switch("checkout.a", 3, true);
    write(&server, &switch("checkout.a", 1, false));
    write(&server, &bad);
    let records = server.table(|table| table.records());
    // Elsewhere nothing is written, and nobody is told.
    let mut away = validator(server.url(), "us-east-1").await;
    assert_eq!(away.invoke(&batch(records.clone())).await.failures(), [""; 0]);
    assert_eq!(published(&server), ["checkout.a 1"]);
    assert!(server.bodies("UpdateItem").is_empty() && server.published(":alerts").is_empty());
    server.forget_calls();

    let mut home = at_home(&server).await;
    assert_eq!(home.invoke(&batch(records)).await.failures(), [""; 0]);
    assert_eq!((published(&server), server.published(":alerts").len()), (vec!["checkout.a 1".to_owned()], 1));
    for version in [0, 2] {
        server.table(|table| {
            let item = table.get("checkout.a", version).unwrap();
            assert_eq!(
                (&item["status"]["S"], &item["rejected_by"]["L"][0]["S"]),
                (&json!("rejected"), &json!("ownership.owner-missing"))
            );
        });
    }
    assert!(server.table(|table| table.get("checkout.a", 1).unwrap().get("status").is_none()));
    // The marks come back on the stream, and are no change. The next version is compared with the one that was published.
    let marks = server.table(|table| table.records());
    assert_eq!(marks.len(), 2);
    server.forget_calls();
    assert_eq!(home.invoke(&batch(marks)).await.failures(), [""; 0]);
    assert!(server.calls().is_empty());
    write(&server, &third);
    let records = server.table(|table| table.records());
    for lambda in [&mut away, &mut home] {
        server.forget_calls();
        assert_eq!(lambda.invoke(&batch(records.clone())).await.failures(), [""; 0]);
        assert_eq!(published(&server), ["checkout.a 3"]);
        let look: Vec<_> = server.calls().into_iter().filter(|call| call.action == "Query").collect();
        // Every region looks into its own replica, which is the one that it can reach.
        assert_eq!((look.len(), look[0].region.as_str()), (1, "eu-west-1"));
    }
}

#[tokio::test]
async fn what_is_gone_leaves_a_tombstone() {
    let server = RecordingServer::start().await;
    let mut lambda = at_home(&server).await;
    for id in ["checkout.a", "checkout.b", "checkout.c"] {
        write(&server, &switch(id, 4, true));
    }
    server.table(|table| table.records());
    server.table(|table| {
        table.delete("checkout.a", 0);
        // A version that goes is no change of the flag.
        table.delete("checkout.a", 4);
        table.delete("checkout.b", 0);
    });
    let mut records = server.table(|table| table.records());
    records[2]["userIdentity"] = json!({ "type": "Service", "principalId": "dynamodb.amazonaws.com" });
    // A tombstone that is written is one, too.
    let mut gone = switch("checkout.c", 5, true);
    (gone.deleted, gone.value, gone.off_value) = (true, None, None);
    gone.change.approved_by = vec!["grace@example.com".to_owned(), "joan@example.com".to_owned()];
    write(&server, &gone);
    records.extend(server.table(|table| table.records()));
    assert_eq!(lambda.invoke(&batch(records)).await.failures(), [""; 0]);
    assert_eq!(published(&server), ["checkout.a! 4", "checkout.b! 4", "checkout.c! 5"]);
}

#[tokio::test]
async fn a_batch_ends_where_the_topic_does_not_take_it() {
    let server = RecordingServer::start().await;
    let mut lambda = at_home(&server).await;
    let ids: Vec<String> = (0..25).map(|number| format!("checkout.f{number:02}")).collect();
    let records = new_flags(ids.clone());
    // Throttled for a moment: the client is patient.
    server.fail("PublishBatch", [Fault::Error(400, "Throttling"), Fault::Error(503, "ServiceUnavailable")]);
    assert_eq!(lambda.invoke(&batch(records.clone())).await.failures(), [""; 0]);
    assert_eq!(published(&server).len(), 25);
    // Throttled for longer, from the second call on.
    server.forget_calls();
    let second = records[10..].to_vec();
    assert_eq!(lambda.invoke(&batch(records[..10].to_vec())).await.failures(), [""; 0]);
    server.fail("PublishBatch", [Fault::Error(400, "Throttling"); 3]);
    assert_eq!(lambda.invoke(&batch(second.clone())).await.failures(), ["10"]);
    assert_eq!(published(&server).len(), 10);
    assert_eq!(lambda.invoke(&batch(second)).await.failures(), [""; 0]);
    let all: Vec<String> = ids.iter().map(|id| format!("{id} 1")).collect();
    assert_eq!(published(&server), all);
    // One message of a call.
    server.forget_calls();
    server.refuse_messages("checkout.f13", false);
    assert_eq!(lambda.invoke(&batch(records.clone())).await.failures(), ["13"]);
    let got = published(&server);
    assert!(all[..13].iter().all(|text| got.contains(text)) && !got.contains(&all[13]) && !got.contains(&all[20]));
    assert_eq!(server.published(":alerts").len(), 0);
    // One that the topic will never take is rejected, and the rest goes on.
    server.forget_calls();
    server.refuse_messages("checkout.f13", true);
    assert_eq!(lambda.invoke(&batch(records)).await.failures(), [""; 0]);
    assert_eq!((published(&server).len(), server.published(":alerts").len()), (24, 1));
    let logs = lambda.stop().await;
    assert_eq!(lines(&logs, "record_failed").len(), 11);
    assert_eq!(count(&logs, "FlagsPublished"), 25 + 10 + 15 + 19 + 24);
}

#[tokio::test]
async fn a_topic_that_is_down_or_hangs_gives_the_first_record_back() {
    let down = format!("http://127.0.0.1:{}", free_port());
    let mut lambda = validator(&down, "eu-west-1").await;
    let records = || new_flags((0..30).map(|number| format!("checkout.f{number}")));
    assert_eq!(lambda.invoke(&batch(records())).await.failures(), ["0"]);
    let server = RecordingServer::start().await;
    let mut lambda = at_home(&server).await;
    server.fail("PublishBatch", [Fault::Hang]);
    let answer = lambda.invoke_within(&batch(records()), Duration::from_millis(1000)).await;
    assert_eq!(answer.failures(), ["0"]);
    assert_eq!(lambda.invoke(&batch(records())).await.failures(), [""; 0]);
    assert_eq!(published(&server).len(), 30);
}

#[tokio::test]
async fn flags_do_not_wait_for_checks_and_alerts_but_for_marks() {
    let server = RecordingServer::start().await;
    let mut lambda = at_home(&server).await;
    let mut bad = switch("checkout.bad", 1, true);
    bad.owner = String::new();
    write(&server, &bad);
    write(&server, &switch("checkout.good", 1, true));
    let records = batch(server.table(|table| table.records()));
    let down = [Fault::Error(500, "InternalFailure"); 3];
    server.fail("PutEvents", down);
    server.fail("Publish", [Fault::Error(500, "InternalError"); 3]);
    assert_eq!(lambda.invoke(&records).await.failures(), [""; 0]);
    assert_eq!(published(&server), ["checkout.good 1"]);
    // If it cannot be noted that a version is bad, a rollback might go to it: the record comes back.
    server.fail("UpdateItem", [Fault::Error(500, "InternalServerError"); 3]);
    assert_eq!(lambda.invoke(&records).await.failures(), ["2"]);
    assert_eq!(lambda.invoke(&records).await.failures(), [""; 0]);
    server.fail("PutEvents", [Fault::Hang]);
    let answer =
        lambda.invoke_within(&batch(new_flags(["checkout.next".to_owned()])), Duration::from_millis(1200)).await;
    assert_eq!(answer.failures(), [""; 0]);
    let logs = lambda.stop().await;
    assert_eq!((count(&logs, "ChecksNotStarted"), count(&logs, "AlertsFailed")), (2, 1));
}
