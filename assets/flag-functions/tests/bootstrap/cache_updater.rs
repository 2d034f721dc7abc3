//! From a queue to a real cache.

use std::time::Duration;

use flag_laboratory::{Certificates, Fault, Guard, Lambda, RecordingServer, Redis};
use serde_json::{Value, json};

use crate::{count, lines, start};
use flag_laboratory::flags::{SERVICE, batch, message, queued};

const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:token";

/// A function in front of a cache without a guard.
async fn unguarded(cache: &Redis) -> Lambda {
    let port = cache.port().to_string();
    let environment = [
        ("ENVIRONMENT", "dev"),
        ("QUEUE_PREFIX", "dev-feature-flags-"),
        ("REDIS_ENDPOINT", "127.0.0.1"),
        ("REDIS_PORT", port.as_str()),
        ("REDIS_TLS", "false"),
    ];
    start("cache_updater", &environment).await
}

/// A cache as ElastiCache is, and a function in front of it.
async fn guarded(server: &RecordingServer, password: &str) -> (Redis, Lambda) {
    let guard = Guard::Tls { certificates: Certificates::new(), password: password.to_owned() };
    let cache = Redis::start(guard).await;
    let lambda = guarded_function(server, &cache, true).await;
    (cache, lambda)
}

async fn guarded_function(server: &RecordingServer, cache: &Redis, trusting: bool) -> Lambda {
    let Guard::Tls { certificates, .. } = cache.guard() else { panic!("the cache has no guard") };
    let (port, authority) = (cache.port().to_string(), certificates.authority());
    let mut environment = vec![
        ("AWS_ENDPOINT_URL", server.url()),
        ("ENVIRONMENT", "dev"),
        ("QUEUE_PREFIX", "dev-feature-flags-"),
        ("REDIS_ENDPOINT", "localhost"),
        ("REDIS_PORT", port.as_str()),
        ("REDIS_SECRET_ARN", SECRET),
        ("REDIS_TLS", "true"),
    ];
    if trusting {
        environment.push(("SSL_CERT_FILE", authority.to_str().unwrap()));
    }
    start("cache_updater", &environment).await
}

fn set_password(server: &RecordingServer, password: &str) {
    server.set_secret(SECRET, &json!({ "token": password }).to_string());
}

fn key(flag: &str) -> String {
    format!("flag:{SERVICE}:{flag}")
}

/// The version and the value that the cache holds, and whether the flag is gone.
async fn held(cache: &Redis, flag: &str) -> (u64, Value, bool) {
    let entry = cache.entry(&key(flag)).await.unwrap_or_else(|| panic!("`{flag}` is not in the cache"));
    let document: Value = serde_json::from_str(entry["document"].as_str().unwrap()).unwrap();
    let version = entry["version"].as_str().unwrap().parse().unwrap();
    assert_eq!(document["version"], version);
    (version, document["value"].clone(), entry["tombstone"] == "1")
}

fn tombstone(flag: &str, version: u64) -> String {
    json!({ "schema": 1, "flag_id": flag, "version": version, "tombstone": true, "service": SERVICE }).to_string()
}

#[tokio::test]
async fn the_newest_version_wins_in_whatever_order_and_however_often_messages_come() {
    let cache = Redis::start(Guard::None).await;
    let mut lambda = unguarded(&cache).await;
    let versions = [3, 1, 5, 5, 2, 4, 5, 1];
    let records = versions.iter().enumerate().map(|(i, v)| queued(&i.to_string(), &message("a", *v, *v == 5)));
    assert_eq!(lambda.invoke(&batch(records)).await.failures(), [""; 0]);
    assert_eq!(held(&cache, "a").await, (5, json!(true), false));
    // The same batch again changes nothing, and is acknowledged.
    let again = batch([queued("1", &message("a", 5, false)), queued("2", &message("a", 4, false))]);
    assert_eq!(lambda.invoke(&again).await.failures(), [""; 0]);
    assert_eq!(held(&cache, "a").await, (5, json!(true), false));
    // Of one version the tombstone wins; nothing older brings the flag back, but something newer does.
    let gone = [tombstone("a", 5), message("a", 5, true), message("a", 4, true), tombstone("a", 2)];
    let gone = gone.iter().enumerate().map(|(i, body)| queued(&i.to_string(), body));
    assert_eq!(lambda.invoke(&batch(gone)).await.failures(), [""; 0]);
    assert_eq!(held(&cache, "a").await, (5, Value::Null, true));
    let time_to_live = cache.command(&["TTL", &key("a")]).await.as_i64().unwrap();
    assert!(time_to_live > 29 * 24 * 60 * 60, "{time_to_live}");
    assert_eq!(lambda.invoke(&batch([queued("1", &message("a", 6, true))])).await.failures(), [""; 0]);
    assert_eq!(held(&cache, "a").await, (6, json!(true), false));
    assert_eq!(cache.command(&["TTL", &key("a")]).await, json!(-1));
    // The greatest versions are told apart.
    let most = (1 << 53) - 1;
    let records = [most - 1, most, most - 1].map(|version| queued(&version.to_string(), &message("b", version, true)));
    assert_eq!(lambda.invoke(&batch(records)).await.failures(), [""; 0]);
    assert_eq!(held(&cache, "b").await.0, most);

    let logs = lambda.stop().await;
    assert_eq!((count(&logs, "FlagsApplied"), count(&logs, "StaleWritesRefused")), (6, 12));
    let applied = lines(&logs, "flag_applied");
    assert_eq!(applied.len(), 18);
    // What is judged by it is the version that the service holds, not the one that came.
    let again: Vec<&Value> =
        applied.iter().filter(|line| line["changed"] == false).map(|line| &line["version"]).collect();
    assert_eq!(again[..6], [3, 5, 5, 5, 5, 5].map(|version| json!(version)).each_ref()[..]);
}

#[tokio::test]
async fn exactly_what_was_not_applied_comes_back() {
    let cache = Redis::start(Guard::None).await;
    let mut lambda = unguarded(&cache).await;
    let good = message("good", 2, true);
    let change = |from: &str, to: &str| {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "{from}");
        changed
    };
    let envelope = |inner: &str| json!({ "Type": "Notification", "MessageId": "m", "Message": inner }).to_string();
    let applied = [
        ("raw", message("raw", 1, true)),
        ("envelope", envelope(&message("envelope", 1, true))),
        ("more", message("more", 1, true).replacen('{', r#"{"color":"red","#, 1)),
        ("large", change("\"value\":true", &format!("\"value\":\"{}\"", "x".repeat(250_000)))),
        ("tombstone", tombstone("gone", 3)),
    ];
    let refused = [
        ("empty", String::new()),
        ("text", "not json".to_owned()),
        ("list", "[]".to_owned()),
        ("null", "null".to_owned()),
        ("twice", json!(good).to_string()),
        ("twice-enveloped", envelope(&envelope(&good))),
        ("empty-envelope", envelope("")),
        ("confirmation", json!({ "Type": "SubscriptionConfirmation", "Message": good }).to_string()),
        ("elasticache", r#"{"ElastiCache:CacheNodeReplaceComplete":"cache-001"}"#.to_owned()),
        ("elasticache-enveloped", envelope(r#"{"ElastiCache:SnapshotComplete":"cache-001"}"#)),
        ("seed", r#"{"flagId":"good","value":true,"timestamp":1}"#.to_owned()),
        ("schema", change("\"schema\":1", "\"schema\":2")),
        ("no-version", change("\"version\":2,", "")),
        ("version-0", change("\"version\":2", "\"version\":0")),
        ("version-minus", change("\"version\":2", "\"version\":-1")),
        ("version-float", change("\"version\":2", "\"version\":2.5")),
        ("version-huge", change("\"version\":2", "\"version\":9007199254740992")),
        ("version-text", change("\"version\":2", "\"version\":\"2\"")),
        ("no-flag", change("\"flag_id\":\"good\",", "")),
        ("bad-flag", change("\"good\"", "\"go:od\"")),
        ("no-value", change("\"value\":true,", "")),
        ("contradiction", change("\"tombstone\":false", "\"tombstone\":true")),
        ("surrogate", change("\"value\":true", r#""value":"\ud800""#)),
        ("control", change("\"good\"", r#""go\u0000od""#)),
        ("deep", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
    ];
    let mut records: Vec<Value> = Vec::new();
    for (index, (id, body)) in refused.iter().enumerate() {
        records.push(queued(id, body));
        records.extend(applied.get(index).map(|(id, body)| queued(id, body)));
    }
    let mut foreign = queued("foreign", &message("foreign", 1, true));
    foreign["eventSourceARN"] = json!("arn:aws:sqs:eu-west-1:111122223333:other-queue");
    let mut nowhere = queued("nowhere", &message("foreign", 1, true));
    nowhere.as_object_mut().unwrap().remove("eventSourceARN");
    let mut bodiless = queued("bodiless", "");
    bodiless.as_object_mut().unwrap().remove("body");
    records.extend([foreign, nowhere, bodiless]);
    let mut failures = lambda.invoke(&batch(records)).await.failures();
    let mut expected: Vec<&str> = refused.iter().map(|(id, _)| *id).chain(["foreign", "nowhere", "bodiless"]).collect();
    failures.sort();
    expected.sort_unstable();
    assert_eq!(failures, expected);
    for flag in ["raw", "envelope", "more", "good", "gone"] {
        held(&cache, flag).await;
    }
    assert_eq!(cache.command(&["DBSIZE"]).await, json!(5));
    assert_eq!(lambda.invoke(&batch([])).await.failures(), [""; 0]);
    // One message may be in a batch twice; if one of the two failed, the id comes back.
    let twins = [queued("twin", &message("raw", 2, true)), queued("twin", &message("raw", 2, true))];
    assert_eq!(lambda.invoke(&batch(twins)).await.failures(), [""; 0]);
    let twins = [queued("twin", &message("raw", 3, true)), queued("twin", "poison")];
    assert_eq!(lambda.invoke(&batch(twins)).await.failures(), ["twin"]);
    // What has no id could not be given back, so that all of it is.
    assert_eq!(lambda.invoke(&json!({ "Records": [{ "body": "" }] })).await.error(), "BadEvent");
    assert_eq!(lambda.invoke(&json!({ "detail": {} })).await.error(), "BadEvent");
    let logs = lambda.stop().await;
    assert_eq!(count(&logs, "MessagesNotUnderstood"), expected.len() as u64 + 1);
    assert_eq!(lines(&logs, "message_not_understood").len(), expected.len() + 1);
}

/// Two messages that the cache has not seen.
fn two(version: u64) -> Value {
    batch([queued("a", &message("a", version, true)), queued("b", &message("b", version, true))])
}

#[tokio::test]
async fn every_message_comes_back_while_the_cache_is_down() {
    let mut cache = Redis::start(Guard::None).await;
    let mut lambda = unguarded(&cache).await;
    assert_eq!(lambda.invoke(&two(1)).await.failures(), [""; 0]);
    cache.kill().await;
    assert_eq!(lambda.invoke(&two(2)).await.failures(), ["a", "b"]);
    assert_eq!(lambda.invoke(&two(2)).await.failures(), ["a", "b"]);
    // The node comes back, empty.
    cache.start_again().await;
    assert_eq!(lambda.invoke(&two(2)).await.failures(), [""; 0]);
    assert_eq!(held(&cache, "b").await.0, 2);
    let logs = lambda.stop().await;
    assert_eq!((count(&logs, "MessagesNotApplied"), lines(&logs, "flag_not_applied").len()), (4, 4));
}

#[tokio::test]
async fn every_message_comes_back_while_the_cache_refuses_to_write() {
    let cache = Redis::start(Guard::None).await;
    let mut lambda = unguarded(&cache).await;
    assert_eq!(lambda.invoke(&two(1)).await.failures(), [""; 0]);
    // As after a failover: what was the primary is now a replica, of one that is not there.
    cache.command(&["REPLICAOF", "127.0.0.1", "1"]).await;
    assert_eq!(lambda.invoke(&two(2)).await.failures(), ["a", "b"]);
    cache.command(&["REPLICAOF", "NO", "ONE"]).await;
    assert_eq!(lambda.invoke(&two(2)).await.failures(), [""; 0]);
    cache.command(&["CONFIG", "SET", "maxmemory", "1"]).await;
    assert_eq!(lambda.invoke(&two(3)).await.failures(), ["a", "b"]);
    cache.command(&["CONFIG", "SET", "maxmemory", "0"]).await;
    assert_eq!(lambda.invoke(&two(3)).await.failures(), [""; 0]);
    // The server forgets the script, as one does that was replaced.
    cache.command(&["SCRIPT", "FLUSH"]).await;
    assert_eq!(lambda.invoke(&two(4)).await.failures(), [""; 0]);
    // A key that holds something else is the trouble of one message only.
    cache.command(&["SET", &key("c"), "text"]).await;
    let records = batch([queued("c", &message("c", 1, true)), queued("d", &message("d", 1, true))]);
    assert_eq!(lambda.invoke(&records).await.failures(), ["c"]);
    assert_eq!(held(&cache, "d").await.0, 1);
}

#[tokio::test]
async fn a_cache_that_hangs_leaves_time_to_answer() {
    let cache = Redis::start(Guard::None).await;
    let mut lambda = unguarded(&cache).await;
    assert_eq!(lambda.invoke(&two(1)).await.failures(), [""; 0]);
    cache.command(&["CLIENT", "PAUSE", "2000", "WRITE"]).await;
    let answer = lambda.invoke_within(&two(2), Duration::from_millis(1200)).await;
    assert_eq!(answer.failures(), ["a", "b"]);
    cache.command(&["CLIENT", "UNPAUSE"]).await;
    assert_eq!(lambda.invoke(&two(3)).await.failures(), [""; 0]);
    assert_eq!(held(&cache, "a").await.0, 3);
}

#[tokio::test]
async fn every_message_comes_back_from_a_node_that_does_not_hold_the_key() {
    let (asked, owner) = (Redis::start(Guard::Cluster).await, Redis::start(Guard::Cluster).await);
    let mut lambda = unguarded(&asked).await;
    // Nobody holds the keys yet: CLUSTERDOWN.
    assert_eq!(lambda.invoke(&two(1)).await.failures(), ["a", "b"]);
    owner.command(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]).await;
    asked.meet(&owner).await;
    // Somebody else holds them: MOVED.
    assert_eq!(lambda.invoke(&two(1)).await.failures(), ["a", "b"]);
    assert_eq!((asked.command(&["DBSIZE"]).await, owner.command(&["DBSIZE"]).await), (json!(0), json!(0)));
    let logs = lambda.stop().await;
    let error = |line: &&Value| line["error"].as_str().unwrap().to_owned();
    let errors: Vec<String> = lines(&logs, "flag_not_applied").iter().map(error).collect();
    let says = |index: usize, word: &str| errors[index].to_uppercase().starts_with(word);
    assert!(says(0, "CLUSTERDOWN") && says(2, "MOVED"), "{errors:?}");
}

#[tokio::test]
async fn the_cache_is_reached_over_tls_with_a_password_that_may_change() {
    let server = RecordingServer::start().await;
    // Neither Secrets Manager nor the cache know the function yet.
    let (cache, mut lambda) = guarded(&server, "first").await;
    assert_eq!(lambda.invoke(&two(1)).await.failures(), ["a", "b"]);
    set_password(&server, "wrong");
    assert_eq!(lambda.invoke(&two(1)).await.failures(), ["a", "b"]);
    set_password(&server, "first");
    assert_eq!(lambda.invoke(&two(1)).await.failures(), [""; 0], "{:#?}", lambda.stop().await);
    server.forget_calls();
    assert_eq!(lambda.invoke(&two(2)).await.failures(), [""; 0]);
    assert!(server.calls().is_empty(), "the password is asked for once");
    // The password changes, and the cache throws everybody out.
    cache.command(&["ACL", "SETUSER", "default", "resetpass", ">second", ">first"]).await;
    set_password(&server, "second");
    cache.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).await;
    cache.command(&["ACL", "SETUSER", "default", "<first"]).await;
    assert_eq!(lambda.invoke(&two(3)).await.failures(), [""; 0]);
    // Secrets Manager falters, and then fails.
    lambda.stop().await;
    let mut lambda = guarded_function(&server, &cache, true).await;
    server
        .fail("GetSecretValue", [Fault::Error(500, "InternalServiceError"), Fault::Error(429, "ThrottlingException")]);
    assert_eq!(lambda.invoke(&two(4)).await.failures(), [""; 0]);
    lambda.stop().await;
    // A certificate of somebody else is no reason to go on.
    let mut lambda = guarded_function(&server, &cache, false).await;
    assert_eq!(lambda.invoke(&two(5)).await.failures(), ["a", "b"]);
    let logs = lambda.stop().await;
    let error = lines(&logs, "flag_not_applied")[0]["error"].as_str().unwrap();
    assert!(error.to_lowercase().contains("certificate"), "{error}");
}
