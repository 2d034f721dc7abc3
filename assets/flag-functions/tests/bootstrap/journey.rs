//! The way of a change: written, published, cached, found bad, rolled back, cached again.

use flag_laboratory::{Guard, Lambda, RecordingServer, Redis};
use flag_model::{Flag, FlagKind, Timestamp};
use serde_json::{Value, json};

use crate::start;
use flag_laboratory::flags::{SERVICE, batch, queued, switch, write};

/// Everything that a change goes through, put together.
struct System {
    server: RecordingServer,
    cache: Redis,
    validator: Lambda,
    cache_updater: Lambda,
    checker: Lambda,
    rollback: Lambda,
    /// All messages that were ever published.
    messages: Vec<String>,
}

impl System {
    async fn start() -> Self {
        let (server, cache) = (RecordingServer::start().await, Redis::start(Guard::None).await);
        let port = cache.port().to_string();
        let shared = [
            ("AWS_ENDPOINT_URL", server.url()),
            ("ENVIRONMENT", "dev"),
            ("FLAG_TABLE", "flags"),
            ("HOME_REGION", "eu-west-1"),
        ];
        let own = |more: &[(&'static str, &'static str)]| [&shared, more].concat();
        let validator = own(&[
            ("ALERT_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:alerts"),
            ("EVENT_SOURCE", "dev-feature-flags"),
            ("FLAG_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:flags"),
        ]);
        let checker = own(&[("SERVICE_NAMES", SERVICE)]);
        let mut cache_updater =
            own(&[("QUEUE_PREFIX", "dev-feature-flags-"), ("REDIS_ENDPOINT", "127.0.0.1"), ("REDIS_TLS", "false")]);
        cache_updater.push(("REDIS_PORT", &port));
        let mut rollback = own(&[("OPENSEARCH_INDEX", "flag-audit")]);
        rollback.push(("OPENSEARCH_ENDPOINT", server.url()));
        let (validator, checker) = (start("validator", &validator).await, start("consistency_checker", &checker).await);
        let (cache_updater, rollback) =
            (start("cache_updater", &cache_updater).await, start("rollback", &rollback).await);
        Self { server, cache, validator, cache_updater, checker, rollback, messages: Vec::new() }
    }

    /// Carries what was written to the cache.
    async fn carry(&mut self) {
        let records = self.server.table(|table| table.records());
        assert_eq!(self.validator.invoke(&batch(records)).await.failures(), [""; 0]);
        let published = self.server.published(":flags");
        self.server.forget_calls();
        self.messages.extend(published.clone());
        self.deliver(&published).await;
    }

    async fn deliver(&mut self, messages: &[String]) {
        let records = messages.iter().enumerate().map(|(number, body)| queued(&number.to_string(), body));
        assert_eq!(self.cache_updater.invoke(&batch(records)).await.failures(), [""; 0]);
    }

    async fn cached(&self) -> (Value, Value) {
        let entry = self.cache.entry(&format!("flag:{SERVICE}:checkout.a")).await.unwrap();
        let document: Value = serde_json::from_str(entry["document"].as_str().unwrap()).unwrap();
        (entry["version"].clone(), document["value"].clone())
    }

    async fn roll_back(&mut self, version: u64, execution: &str) -> Value {
        let order = json!({ "flagId": "checkout.a", "version": version, "executionId": execution });
        self.rollback.invoke(&order).await.ok()["outcome"].clone()
    }

    async fn check(&mut self, version: u64, held: &Value) -> Value {
        let row = json!([{ "Field": "service", "Value": SERVICE }, { "Field": "version", "Value": held }]);
        let event = json!({ "flagId": "checkout.a", "version": version, "results": [row], "executionId": "e" });
        self.checker.invoke(&event).await.ok()["outcome"].clone()
    }
}

/// A switch that steers a service, and is not to be gone at a date: the clock of the rollback is the machine's.
fn wanted(version: u64, on: bool) -> Flag {
    Flag { kind: FlagKind::Operational, expires_at: None, ..switch("checkout.a", version, on) }
}

#[tokio::test]
async fn a_bad_version_reaches_the_cache_once_and_never_comes_back() {
    let mut system = System::start().await;
    write(&system.server, &wanted(1, false));
    system.carry().await;
    write(&system.server, &wanted(2, true));
    system.carry().await;
    assert_eq!(system.cached().await, (json!("2"), json!(true)));
    assert_eq!(system.check(2, &json!("2")).await, "consistent");
    assert_eq!(system.check(2, &json!("1")).await, "inconsistent");

    assert_eq!(system.roll_back(2, "e1").await, "rolled_back");
    system.carry().await;
    assert_eq!(system.cached().await, (json!("3"), json!(false)));
    // Twelve regions ask for the same rollback, and one execution is played again; all that was ever published comes again,
    // newest first, and so does the whole stream.
    for execution in ["e2", "e1", "e3"] {
        assert_eq!(system.roll_back(2, execution).await, "already_rolled_back");
        system.carry().await;
    }
    let mut again = system.messages.clone();
    again.reverse();
    system.deliver(&again).await;
    assert_eq!(system.cached().await, (json!("3"), json!(false)));
    assert_eq!(system.messages.len(), 3);
    // The head says so, and is the flag's one item in the index of its service.
    let heads = system.server.table(|table| table.index(SERVICE).into_iter().cloned().collect::<Vec<_>>());
    assert_eq!((heads.len(), &heads[0]["current_version"]["N"]), (1, &json!("3")));
    // A fourth version is what somebody wants now, and it arrives.
    let mut fourth = wanted(4, true);
    let rolled_back: Timestamp = heads[0]["written_at"]["S"].as_str().unwrap().parse().unwrap();
    fourth.written_at = Timestamp::from_milliseconds(rolled_back.milliseconds() + 1_000);
    write(&system.server, &fourth);
    system.carry().await;
    assert_eq!(system.cached().await, (json!("4"), json!(true)));
    // The flag goes, and what is late does not bring it back.
    system.server.table(|table| table.delete("checkout.a", 0));
    system.carry().await;
    let late = system.messages.clone();
    system.deliver(&late).await;
    assert_eq!(system.cached().await, (json!("4"), Value::Null));
}
