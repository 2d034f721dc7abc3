//! Back to the newest good version.

use std::time::Duration;

use flag_laboratory::{Fault, Lambda, RecordingServer, free_port};
use serde_json::{Value, json};

use crate::{count, lines, start};
use flag_laboratory::flags::{switch, wire, write};

/// A function in `eu-west-1`.
async fn rollback(server: &RecordingServer, audit: &str, home: &str) -> Lambda {
    let environment = [
        ("AWS_ENDPOINT_URL", server.url()),
        ("ENVIRONMENT", "dev"),
        ("FLAG_TABLE", "flags"),
        ("HOME_REGION", home),
        ("OPENSEARCH_ENDPOINT", audit),
        ("OPENSEARCH_INDEX", "flag-audit"),
    ];
    start("rollback", &environment).await
}

async fn at_home(server: &RecordingServer) -> Lambda {
    rollback(server, server.url(), "eu-west-1").await
}

/// What an execution asks for.
fn order(version: u64, execution: &str) -> Value {
    let services = json!([{ "service": "checkout", "version": 1 }]);
    json!({
        "flagId": "checkout.a", "version": version, "region": "us-east-1", "reason": "services do not hold it",
        "executionId": format!("arn:aws:states:eu-west-1:111122223333:execution:rollback:{execution}"),
        "check": { "outcome": "inconsistent", "services": services },
    })
}

/// The outcome and the new version, or the name of the error.
async fn ask(lambda: &mut Lambda, order: &Value) -> String {
    match lambda.invoke(order).await.outcome {
        Ok(answer) => match answer["newVersion"].as_u64() {
            Some(new) => format!("{} to {} as {new}", answer["outcome"].as_str().unwrap(), answer["restoredFrom"]),
            None => answer["outcome"].as_str().unwrap().to_owned(),
        },
        Err(failed) => failed.name,
    }
}

/// A table with the versions 1 to `count`, off and on in turn.
async fn with_versions(count: u64) -> RecordingServer {
    let server = RecordingServer::start().await;
    for version in 1..=count {
        write(&server, &switch("checkout.a", version, version % 2 == 0));
    }
    server.table(|table| table.records());
    server
}

fn head(server: &RecordingServer) -> Value {
    server.table(|table| table.get("checkout.a", 0).unwrap().clone())
}

#[tokio::test]
async fn a_flag_goes_back_once_whole_and_on_record() {
    let server = with_versions(2).await;
    server.table(|table| {
        let mut first = table.get("checkout.a", 1).unwrap().clone();
        first["color"] = json!({ "BS": ["AAE="] });
        table.put(first);
    });
    let mut lambda = at_home(&server).await;
    assert_eq!(ask(&mut lambda, &order(2, "e1")).await, "rolled_back to 1 as 3");
    let restored = server.table(|table| table.get("checkout.a", 3).unwrap().clone());
    let first = server.table(|table| table.get("checkout.a", 1).unwrap().clone());
    for (name, value) in first.as_object().unwrap() {
        if !["version", "written_at", "change"].contains(&name.as_str()) {
            assert_eq!(restored[name], *value, "{name}");
        }
    }
    assert_eq!((&restored["rollback_of"]["N"], &restored["restored_from"]["N"]), (&json!("2"), &json!("1")));
    assert!(restored.get("head_service").is_none());
    let (head, bad) = (head(&server), server.table(|table| table.get("checkout.a", 2).unwrap().clone()));
    assert_eq!((&head["current_version"]["N"], &head["value"]), (&json!("3"), &json!({ "BOOL": false })));
    assert_eq!(bad["status"]["S"], "rolled_back");
    // One item of the flag is in the index: its head.
    let index = server.table(|table| table.index("checkout").into_iter().cloned().collect::<Vec<_>>());
    assert_eq!(index, [head]);
    // One document, of which the id is the execution.
    let documents = server.documents();
    let (path, document) = documents.iter().next().unwrap();
    assert_eq!(path, "/flag-audit/_create/arn.aws.states.eu-west-1.111122223333.execution.rollback.e1");
    for (name, expected) in [("bad_version", json!(2)), ("restored_from", json!(1)), ("new_version", json!(3))] {
        assert_eq!(document[name], expected, "{name}");
    }
    assert_eq!((&document["environment"], &document["region"]), (&json!("dev"), &json!("us-east-1")));
    assert_eq!(document["services"], json!([{ "service": "checkout", "version": 1 }]));

    // Played again, and asked for by another region: nothing is written.
    let items = server.table(|table| table.len());
    for execution in ["e1", "e2", "e1"] {
        assert_eq!(ask(&mut lambda, &order(2, execution)).await, "already_rolled_back to 1 as 3");
    }
    assert_eq!((server.table(|table| table.len()), server.documents().len()), (items, 1));
    assert_eq!(head_version(&server), "3");
    let reads = server.bodies("GetItem");
    assert!(!reads.is_empty() && reads.iter().all(|read| read["ConsistentRead"] == true));
    assert!(server.calls().iter().all(|call| call.region == "eu-west-1"));
    let logs = lambda.stop().await;
    assert_eq!((count(&logs, "RollbacksDone"), lines(&logs, "rollback").len()), (1, 4));
}

fn head_version(server: &RecordingServer) -> String {
    head(server)["current_version"]["N"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_bad_version_is_never_gone_back_to() {
    let server = with_versions(4).await;
    let mut lambda = at_home(&server).await;
    assert_eq!(ask(&mut lambda, &order(4, "e1")).await, "rolled_back to 3 as 5");
    // The seed went back to 4 here. What a rollback wrote is not rolled back within the hour, whoever asks.
    assert_eq!(ask(&mut lambda, &order(5, "e2")).await, "RollbackLoop");
    assert_eq!(ask(&mut lambda, &order(4, "e3")).await, "already_rolled_back to 3 as 5");
    assert_eq!(head_version(&server), "5");
    // A person writes a sixth version, which is bad as well: 4 is passed over, and 5 is a copy of 3.
    write(&server, &switch("checkout.a", 6, true));
    assert_eq!(ask(&mut lambda, &order(4, "e4")).await, "superseded");
    assert_eq!(ask(&mut lambda, &order(6, "e5")).await, "rolled_back to 5 as 7");
    server.table(|table| {
        for version in [5, 7] {
            let mut item = table.get("checkout.a", version).unwrap().clone();
            item["status"] = json!({ "S": "rolled_back" });
            table.put(item);
        }
    });
    write(&server, &switch("checkout.a", 8, true));
    assert_eq!(ask(&mut lambda, &order(8, "e6")).await, "rolled_back to 3 as 9");
    assert_eq!(head(&server)["value"], json!({ "BOOL": false }));
    // The same executions, all played again.
    for (version, execution) in [(4, "e1"), (6, "e5"), (8, "e6")] {
        assert!(ask(&mut lambda, &order(version, execution)).await.starts_with("already_rolled_back"));
    }
    assert_eq!((head_version(&server), server.documents().len()), ("9".to_owned(), 3));
}

#[tokio::test]
async fn only_what_is_sound_is_gone_back_to_however_far_that_is() {
    let server = with_versions(61).await;
    server.table(|table| {
        for version in 3..61 {
            let mut item = table.get("checkout.a", version).unwrap().clone();
            match version % 3 {
                0 => item["status"] = json!({ "S": "rejected" }),
                1 => drop(item.as_object_mut().unwrap().remove("value")),
                _ => item["service"] = json!({ "N": "1" }),
            }
            table.put(item);
        }
    });
    let mut lambda = at_home(&server).await;
    assert_eq!(ask(&mut lambda, &order(61, "e")).await, "rolled_back to 2 as 62");
    assert_eq!(server.bodies("Query").len(), 3);
}

#[tokio::test]
async fn what_cannot_be_rolled_back_is_an_error_with_a_name() {
    let check = async |versions: u64, order: Value, expected: &str| {
        let server = with_versions(versions).await;
        let before = server.table(|table| table.len());
        assert_eq!(ask(&mut at_home(&server).await, &order).await, expected, "{order}");
        assert_eq!((server.table(|table| table.len()), server.documents().len()), (before, 0), "{order}");
    };
    check(0, order(1, "e"), "FlagNotFound").await;
    check(1, order(1, "e"), "NoPreviousVersion").await;
    check(2, order(3, "e"), "VersionNotFound").await;
    check(3, order(2, "e"), "superseded").await;
    for (name, value) in [
        ("flagId", Value::Null),
        ("flagId", json!("a b")),
        ("version", json!(0)),
        ("version", json!("2")),
        ("executionId", json!("")),
        ("executionId", json!("x".repeat(1025))),
    ] {
        let mut order = order(2, "e");
        order[name] = value;
        check(2, order, "BadEvent").await;
    }
    // Elsewhere a condition would not hold against the home region's writes.
    let server = with_versions(2).await;
    let mut away = rollback(&server, server.url(), "us-east-1").await;
    assert_eq!(ask(&mut away, &order(2, "e")).await, "NotHome");
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn a_write_in_between_is_never_lost() {
    // A person mends the flag.
    let server = with_versions(2).await;
    let mended = switch("checkout.a", 3, true);
    let items = vec![wire(&mended.to_version_item()), wire(&mended.to_head_item())];
    server.table(|table| table.put_before_transaction(items));
    let mut lambda = at_home(&server).await;
    assert_eq!(ask(&mut lambda, &order(2, "e")).await, "superseded");
    assert_eq!((head(&server)["value"].clone(), head_version(&server)), (json!({ "BOOL": true }), "3".to_owned()));
    // Two regions ask at once, through two functions.
    let server = with_versions(2).await;
    let (mut one, mut two) = (at_home(&server).await, at_home(&server).await);
    let (first, second) = (order(2, "e1"), order(2, "e2"));
    let (first, second) = tokio::join!(ask(&mut one, &first), ask(&mut two, &second));
    let mut both = [first, second];
    both.sort();
    assert_eq!(both, ["already_rolled_back to 1 as 3", "rolled_back to 1 as 3"]);
    assert_eq!((head_version(&server), server.documents().len()), ("3".to_owned(), 1));
    // The table is busy, and then free; or never free.
    let server = with_versions(2).await;
    let mut lambda = at_home(&server).await;
    let busy = Fault::Error(400, "ProvisionedThroughputExceededException");
    server.fail("TransactWriteItems", [busy, Fault::Error(500, "InternalServerError")]);
    assert_eq!(ask(&mut lambda, &order(2, "e")).await, "rolled_back to 1 as 3");
    server.fail("GetItem", [Fault::Error(400, "AccessDeniedException")]);
    assert_eq!(ask(&mut lambda, &order(3, "e3")).await, "TableNotAvailable");
}

#[tokio::test]
async fn the_record_outlives_an_audit_domain_that_is_down() {
    let faults = [
        [Fault::Error(429, "circuit_breaking_exception"); 3],
        [Fault::Error(503, "cluster_block_exception"); 3],
        [Fault::Error(500, "internal"), Fault::Error(502, "bad_gateway"), Fault::Error(429, "again")],
    ];
    for faults in faults {
        let server = with_versions(2).await;
        let mut lambda = at_home(&server).await;
        server.fail("CreateDocument", faults);
        assert_eq!(ask(&mut lambda, &order(2, "e")).await, "AuditNotWritten");
        // The flag is back already, and the record is in the table. The next try sends it.
        assert_eq!((head_version(&server), server.documents().len()), ("3".to_owned(), 0));
        assert_eq!(ask(&mut lambda, &order(2, "e")).await, "already_rolled_back to 1 as 3");
        assert_eq!((head_version(&server), server.documents().len()), ("3".to_owned(), 1));
    }
    // What asks for patience twice is written by the third try.
    let server = with_versions(2).await;
    let mut lambda = at_home(&server).await;
    server.fail("CreateDocument", [Fault::Error(429, "busy"), Fault::Error(429, "busy")]);
    assert_eq!(ask(&mut lambda, &order(2, "e")).await, "rolled_back to 1 as 3");
    // What forbids it is said at once.
    server.fail("CreateDocument", [Fault::Error(403, "security_exception")]);
    assert_eq!(ask(&mut lambda, &order(2, "e")).await, "AuditNotWritten");
    // Nobody answers there.
    let server = with_versions(2).await;
    let down = format!("http://127.0.0.1:{}", free_port());
    let mut lambda = rollback(&server, &down, "eu-west-1").await;
    assert_eq!(ask(&mut lambda, &order(2, "e")).await, "AuditNotWritten");
    assert_eq!(head_version(&server), "3");
    // It hangs: there is time to say so.
    let server = with_versions(2).await;
    let mut lambda = at_home(&server).await;
    server.fail("CreateDocument", [Fault::Hang]);
    let answer = lambda.invoke_within(&order(2, "e"), Duration::from_millis(1200)).await;
    assert_eq!(answer.error(), "OutOfTime");
    assert_eq!(ask(&mut lambda, &order(2, "e")).await, "already_rolled_back to 1 as 3");
    let logs = lambda.stop().await;
    assert_eq!(
        (count(&logs, "RollbacksFailed"), lines(&logs, "rollback_failed")[0]["name"].clone()),
        (1, json!("OutOfTime"))
    );
}
