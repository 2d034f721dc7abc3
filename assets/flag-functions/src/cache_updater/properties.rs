//! However messages come, the newest version is in the cache: the function's own reading and the real script in a real
//! `redis-server`, beside a model of three lines.

use std::collections::BTreeMap;

use flag_laboratory::{Guard, Redis};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

use super::*;
use crate::mutation::{any_json, mutated, mutated_text};
use crate::settings::Environment;

const SERVICES: [&str; 2] = ["billing", "checkout"];
const FLAGS: [&str; 2] = ["pay", "search"];

/// A message: of which flag, of which version, whether it is gone, and whether the topic's envelope is around it.
type Sent = (usize, u64, bool, bool);

/// What is done at once: messages to each of two running functions, by service.
type Round = [Vec<(usize, Sent)>; 2];

fn document(flag: &str, version: u64, tombstone: bool) -> Value {
    let mut document =
        json!({ "schema": 1, "flag_id": flag, "version": version, "tombstone": tombstone, "service": "owner" });
    if !tombstone {
        document["value"] = json!(format!("the value of version {version}"));
    }
    document
}

fn record(service: &str, (flag, version, tombstone, enveloped): Sent) -> Value {
    let text = document(FLAGS[flag], version, tombstone).to_string();
    let body = if enveloped { json!({ "Type": "Notification", "Message": text }).to_string() } else { text };
    json!({ "messageId": "1", "body": body, "eventSourceARN": format!("arn:aws:sqs:eu-west-1:1:flags-{service}") })
}

/// Every message to every service, in an order of its own for each, some of them again, in rounds of two batches.
fn deliveries() -> impl Strategy<Value = Vec<Round>> {
    let versions = prop_oneof![1..=6u64, (1u64 << 53) - 3..=(1u64 << 53) - 1];
    let messages = prop::collection::btree_set((0..FLAGS.len(), versions, any::<bool>(), any::<bool>()), 1..10);
    let messages = messages.prop_flat_map(|messages| {
        let all: Vec<(usize, Sent)> = (0..SERVICES.len())
            .flat_map(|service| messages.iter().map(move |message| (service, *message)).collect::<Vec<_>>())
            .collect();
        let again = prop::collection::vec(prop::sample::select(all.clone()), 0..12);
        again.prop_flat_map(move |again| Just([all.clone(), again].concat()).prop_shuffle())
    });
    (messages, prop::collection::vec((1..6usize, any::<Index>()), 60)).prop_map(|(messages, cuts)| {
        let (mut rounds, mut rest) = (Vec::new(), messages.as_slice());
        for (size, split) in cuts {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at(size.min(rest.len()));
            let (one, two) = now.split_at(split.index(now.len() + 1));
            rounds.push([one.to_vec(), two.to_vec()]);
            rest = later;
        }
        rounds
    })
}

fn updater(port: u16) -> CacheUpdater<Valkey> {
    let port = port.to_string();
    let variable = |name: &str| {
        Some(match name {
            "AWS_REGION" => "eu-west-1".to_owned(),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "unused".to_owned(),
            "ENVIRONMENT" => "test".to_owned(),
            "QUEUE_PREFIX" => "flags-".to_owned(),
            "REDIS_ENDPOINT" => "127.0.0.1".to_owned(),
            "REDIS_PORT" => port.clone(),
            "REDIS_TLS" => "false".to_owned(),
            _ => return None,
        })
    };
    let settings = Environment::new(&variable).cache_updater().expect("nothing is missing");
    CacheUpdater::new(Valkey::new(settings), "flags-".to_owned(), "test".to_owned())
}

/// Has a function apply messages, and gives what it says of each.
async fn deliver(updater: &CacheUpdater<Valkey>, messages: &[(usize, Sent)]) -> Vec<Held> {
    let read = |(service, sent): &(usize, Sent)| updater.read("1", &record(SERVICES[*service], *sent)).unwrap();
    let entries: Vec<Entry> = messages.iter().map(|message| read(message).entry).collect();
    if entries.is_empty() {
        return Vec::new();
    }
    let outcomes = updater.cache.lock().await.apply(&entries).await;
    outcomes.into_iter().collect::<Result<_, _>>().unwrap()
}

/// What a cache holds under a key: version, mark and document.
type Fields = (Option<u64>, Option<String>, Option<String>);

#[test]
fn the_newest_version_is_in_every_cache() {
    let runtime = Runtime::new().unwrap();
    let cache = runtime.block_on(Redis::start(Guard::None));
    let updaters = [updater(cache.port()), updater(cache.port())];
    let client = redis::Client::open(("127.0.0.1", cache.port())).unwrap();
    let connection = runtime.block_on(client.get_multiplexed_async_connection()).unwrap();
    let mut runner = TestRunner::new(Config { failure_persistence: None, cases: 64, ..Config::default() });
    let outcome = runner.run(&deliveries(), |rounds| {
        let mut connection = connection.clone();
        runtime.block_on(async {
            redis::cmd("FLUSHDB").query_async::<()>(&mut connection).await.unwrap();
            let mut newest: BTreeMap<(usize, usize), (u64, bool)> = BTreeMap::new();
            for [one, two] in rounds {
                let [first, second] = &updaters;
                let (said_one, said_two) = tokio::join!(deliver(first, &one), deliver(second, &two));
                for (service, (flag, version, tombstone, _)) in one.iter().chain(&two) {
                    let held = newest.entry((*service, *flag)).or_insert((0, false));
                    *held = (*held).max((*version, *tombstone));
                }
                for ((service, (flag, version, ..)), held) in
                    one.iter().chain(&two).zip(said_one.iter().chain(&said_two))
                {
                    // What is told is what is held, or what was a moment before.
                    let most = newest[&(*service, *flag)].0;
                    prop_assert!((*version..=most).contains(&held.version), "{} of {version} to {most}", held.version);
                }
                for ((service, flag), (version, tombstone)) in &newest {
                    let key = format!("flag:{}:{}", SERVICES[*service], FLAGS[*flag]);
                    let mut ask = redis::cmd("HMGET");
                    ask.arg(&key).arg(&["version", "tombstone", "document"]);
                    let fields: Fields = ask.query_async(&mut connection).await.unwrap();
                    let wanted =
                        FlagMessage::from_json(document(FLAGS[*flag], *version, *tombstone)).unwrap().to_json();
                    prop_assert_eq!(fields, (Some(*version), Some(u8::from(*tombstone).to_string()), Some(wanted)));
                    let left: i64 = redis::cmd("TTL").arg(&key).query_async(&mut connection).await.unwrap();
                    prop_assert_eq!(left > 0, *tombstone, "{} seconds", left);
                }
            }
            Ok(())
        })
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn whatever_is_in_a_queue_is_read_or_refused(
        json in any_json(),
        message in mutated(document("pay", 3, false)),
        event in mutated(record("billing", (0, 3, false, true))),
        text in mutated_text(record("billing", (0, 3, false, true))["body"].to_string()),
    ) {
        let updater = updater(1);
        let envelope = |message: &Value| json!({ "Type": "Notification", "Message": message.to_string() }).to_string();
        for body in [json.to_string(), message.to_string(), envelope(&json), envelope(&message), text] {
            if let Ok(read) = message_in(&body) {
                // What is taken over is what every reader takes.
                prop_assert_eq!(FlagMessage::parse(&read.to_json()), Ok(read));
            }
        }
        let _ = updater.read("1", &event);
        let _ = updater.read("1", &json);
    }
}
