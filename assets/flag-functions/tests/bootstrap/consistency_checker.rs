//! What services hold, judged.

use serde_json::{Value, json};

use crate::{count, lines, start};

fn row(service: &str, version: &str) -> Value {
    json!([{ "Field": "service", "Value": service }, { "Field": "version", "Value": version }])
}

#[tokio::test]
async fn there_are_three_outcomes_and_an_outage_is_no_inconsistency() {
    let mut lambda = start("consistency_checker", &[("ENVIRONMENT", "dev"), ("SERVICE_COUNT", "2")]).await;
    let both = |a: &str, b: &str| json!([row("service-001", a), row("service-002", b)]);
    let event = |results: Value| json!({ "flagId": "f", "version": 2, "results": results, "executionId": "e" });
    let with = |name: &str, value: Value| {
        let mut event = event(both("2", "2"));
        event[name] = value;
        event
    };
    let cases = [
        (event(both("2", "2")), "consistent"),
        (event(both("3", "2.0")), "consistent"),
        // Services that nobody knows, and older lines of the same one, say nothing.
        (
            event(json!([row("service-001", "2"), row("service-002", "1"), row("service-002", "2"), row("x", "1")])),
            "consistent",
        ),
        (event(both("2", "1")), "inconsistent"),
        (event(json!([row("service-001", "2")])), "inconsistent"),
        (event(both("3", "1")), "unknown"),
        (event(json!([])), "unknown"),
        (event(Value::Null), "unknown"),
        (event(json!("rows")), "unknown"),
        (event(json!([row("service-001", "two")])), "unknown"),
        (event(json!([[{ "Field": "version", "Value": "2" }]])), "unknown"),
        (event(json!([[], "x", 1])), "unknown"),
        (event(Value::Array(vec![row("service-001", "1"); 10_000])), "unknown"),
        (with("status", json!("Failed")), "unknown"),
        (with("status", json!("Cancelled")), "unknown"),
        (with("status", json!("Timeout")), "unknown"),
        (with("status", json!("Running")), "unknown"),
        (with("status", json!("Complete")), "consistent"),
    ];
    for (event, expected) in &cases {
        let answer = lambda.invoke(event).await.ok();
        assert_eq!(answer["outcome"], *expected, "{answer}");
        assert_eq!((&answer["flagId"], &answer["version"]), (&json!("f"), &json!(2)));
    }
    let answer = lambda.invoke(&event(both("1", "2"))).await.ok();
    assert_eq!(answer["services"], json!([{ "service": "service-001", "version": 1 }]));
    // What cannot be judged at all is an error, which a state machine does not take for an outcome.
    for event in
        [json!({}), with("flagId", json!("")), with("version", json!(0)), with("version", json!(1.5)), json!([])]
    {
        assert_eq!(lambda.invoke(&event).await.error(), "BadEvent", "{event}");
    }
    let logs = lambda.stop().await;
    assert_eq!(lines(&logs, "flag_judged").len(), cases.len() + 1);
    let counts = ["ChecksConsistent", "ChecksInconsistent", "ChecksUnknown"].map(|metric| count(&logs, metric));
    assert_eq!(counts, [4, 3, 12]);
}
