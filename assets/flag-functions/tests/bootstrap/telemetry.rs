//! What functions say: one line of JSON for each thing, and metrics that CloudWatch understands.

use std::collections::BTreeMap;
use std::time::SystemTime;

use flag_laboratory::{Guard, RecordingServer, Redis};
use serde_json::{Value, json};

use crate::{lines, start};
use flag_laboratory::flags::{batch, message, queued, record, switch, wire};

/// Checks a line against
/// [the specification](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html),
/// and gives the metrics with their units.
fn metrics(line: &Value) -> BTreeMap<String, (String, Value)> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    let at = u128::from(line["_aws"]["Timestamp"].as_u64().unwrap());
    assert!(at <= now && now - at < 60_000, "{at}");
    let mut metrics = BTreeMap::new();
    let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
    for directive in directives {
        assert_eq!(directive["Namespace"], "FeatureFlags");
        for set in directive["Dimensions"].as_array().unwrap() {
            let set = set.as_array().unwrap();
            assert!(set.len() <= 30);
            for name in set {
                let value = line[name.as_str().unwrap()].as_str().unwrap();
                assert!((1..=1024).contains(&value.len()) && value.is_ascii());
            }
        }
        let definitions = directive["Metrics"].as_array().unwrap();
        assert!((1..=100).contains(&definitions.len()));
        for definition in definitions {
            let (name, unit) = (definition["Name"].as_str().unwrap(), definition["Unit"].as_str().unwrap());
            assert!(["Count", "Milliseconds"].contains(&unit), "{unit}");
            let value = &line[name];
            let numbers = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            assert!((1..=100).contains(&numbers.len()) && numbers.iter().all(Value::is_number), "{name}: {value}");
            metrics.insert(name.to_owned(), (unit.to_owned(), value.clone()));
        }
    }
    metrics
}

/// Every line has what Lambda filters by, and the invocation that it is of; every line of metrics is sound.
fn check(logs: &[Value], function: &str, invocations: usize) -> Vec<BTreeMap<String, (String, Value)>> {
    let id = |number: usize| format!("00000000-0000-0000-0000-{number:012}");
    let ids: Vec<String> = (1..=invocations).map(id).collect();
    let mut all = Vec::new();
    for line in logs {
        assert!(ids.iter().any(|id| line["request_id"] == *id.as_str()), "{line}");
        if line.get("_aws").is_some() {
            assert_eq!((&line["Environment"], &line["Function"]), (&json!("dev"), &json!(function)));
            all.push(metrics(line));
        } else {
            line["timestamp"].as_str().unwrap().parse::<flag_model::Timestamp>().unwrap();
            let level = line["level"].as_str().unwrap();
            assert!(["INFO", "WARN", "ERROR"].contains(&level), "{line}");
            assert!(line["event"].as_str().is_some_and(|event| !event.is_empty()), "{line}");
        }
    }
    all
}

/// The numbers of a metric of times, each as long as it is since an item was written, give or take.
fn is_since_writing(times: &Value, count: usize) {
    let written: flag_model::Timestamp = "2026-03-10T10:01:00Z".parse().unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    let expected = i64::try_from(now).unwrap() - written.milliseconds();
    let times = times.as_array().unwrap();
    assert_eq!(times.len(), count);
    for time in times {
        let time = time.as_i64().unwrap();
        assert!(time == 0 && expected < 0 || (expected - time).abs() < 60 * 60 * 1000, "{time}, wanted {expected}");
    }
}

#[tokio::test]
async fn the_validator_says_what_it_published_and_how_long_that_took() {
    let server = RecordingServer::start().await;
    let environment = [
        ("ALERT_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:alerts"),
        ("AWS_ENDPOINT_URL", server.url()),
        ("ENVIRONMENT", "dev"),
        ("FLAG_TABLE", "flags"),
        ("FLAG_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:flags"),
        ("HOME_REGION", "eu-west-1"),
    ];
    let mut lambda = start("validator", &environment).await;
    let mut bad = switch("checkout.bad", 1, true);
    (bad.owner, bad.written_at) = (String::new(), None);
    let heads = [switch("checkout.a", 1, true), switch("checkout.b", 1, true), bad];
    let records = heads.iter().enumerate().map(|(number, flag)| record(number, &wire(&flag.to_head_item()), None));
    assert_eq!(lambda.invoke(&batch(records)).await.failures(), [""; 0]);
    assert_eq!(lambda.invoke(&batch([])).await.failures(), [""; 0]);
    // Nobody wants events of checks here: that is a setting.
    assert!(server.bodies("PutEvents").is_empty());
    let logs = lambda.stop().await;
    let metrics = check(&logs, "validator", 2);
    assert_eq!(metrics.len(), 1, "an invocation that did nothing has no metrics");
    let count = |name: &str| metrics[0][name].1.clone();
    assert_eq!((count("FlagsPublished"), count("ChangesRejected")), (json!(2), json!(1)));
    assert!(count("RuleFailures").as_u64() >= Some(1));
    assert_eq!(metrics[0]["WriteToPublish"].0, "Milliseconds");
    is_since_writing(&count("WriteToPublish"), 2);
    let rejected = lines(&logs, "flag_rejected")[0];
    let rules: Vec<&Value> = rejected["reasons"].as_array().unwrap().iter().map(|reason| &reason["rule"]).collect();
    assert!(rules.contains(&&json!("ownership.owner-missing")), "{rules:?}");
}

#[tokio::test]
async fn the_cache_updater_says_what_it_applied_refused_and_could_not_read() {
    let cache = Redis::start(Guard::None).await;
    let port = cache.port().to_string();
    let environment = [
        ("ENVIRONMENT", "dev"),
        ("QUEUE_PREFIX", "dev-feature-flags-"),
        ("REDIS_ENDPOINT", "127.0.0.1"),
        ("REDIS_PORT", port.as_str()),
        ("REDIS_TLS", "false"),
    ];
    let mut lambda = start("cache_updater", &environment).await;
    let records = [queued("1", &message("a", 2, true)), queued("2", &message("a", 1, true)), queued("3", "poison")];
    assert_eq!(lambda.invoke(&batch(records)).await.failures(), ["3"]);
    let logs = lambda.stop().await;
    let metrics = check(&logs, "cache_updater", 1);
    let expected = ["FlagsApplied", "MessagesNotUnderstood", "StaleWritesRefused"];
    for name in expected {
        assert_eq!(metrics[0][name], ("Count".to_owned(), json!(1)), "{name}");
    }
    is_since_writing(&metrics[0]["WriteToCache"].1, 1);
    // The query of the consistency workflow reads these four.
    for (line, changed) in lines(&logs, "flag_applied").into_iter().zip([true, false]) {
        let got = ["flag_id", "service", "version", "changed"].map(|name| line[name].clone());
        assert_eq!(got, [json!("a"), json!("checkout"), json!(2), json!(changed)]);
    }
}
