//! How long it takes to evaluate a flag. The limit is 200 ns.

use criterion::{Criterion, criterion_group, criterion_main};
use flag_client::{Context, FlagClient, Snapshot};
use flag_model::FlagMessage;
use serde_json::{Value, json};

fn flag(id: &str, targeting: &Value) -> FlagMessage {
    let json = json!({
        "schema": 1, "flag_id": id, "version": 12, "tombstone": false, "service": "checkout", "value": true,
        "off_value": false, "targeting": targeting,
    });
    FlagMessage::from_json(json).expect("the flag is sound")
}

fn evaluations(criterion: &mut Criterion) {
    let rule = |values: Value| {
        json!({ "name": "some", "serve": false, "conditions": [
            { "attribute": "country", "operator": "equals", "values": values },
            { "attribute": "email", "operator": "ends_with", "values": ["@example.com"] },
        ] })
    };
    let mut flags: Vec<FlagMessage> =
        (0..10_000).map(|number| flag(&format!("checkout.f{number}"), &json!({}))).collect();
    flags.extend([
        flag("checkout.plain", &json!({})),
        flag("checkout.rollout", &json!({ "rollout": { "percentage": 25 } })),
        flag(
            "checkout.rules",
            &json!({ "rollout": { "percentage": 25 }, "rules": [
            rule(json!(["NO"])), rule(json!(["DK", "FI"])), rule(json!(["SE"])),
        ] }),
        ),
        flag("checkout.waiting", &json!({ "prerequisites": [{ "flag_id": "checkout.rules", "equals": true }] })),
        flag(
            "checkout.version",
            &json!({ "rules": [{ "name": "new", "serve": false, "conditions": [
            { "attribute": "app_version", "operator": "semver_at_least", "values": ["4.9.0"] },
        ] }] }),
        ),
    ]);
    let client = FlagClient::of(Snapshot::of(&flags));
    let user = Context::of_user("3f1c9c2e-8a0b-4a57-9d6e-2b7f5f0c1a11")
        .with("country", "SE")
        .with("email", "ada@example.org")
        .with("app_version", "4.12.0");
    for name in ["plain", "rollout", "rules", "waiting", "version", "unknown"] {
        let id = format!("checkout.{name}");
        criterion.bench_function(name, |bencher| bencher.iter(|| client.bool(std::hint::black_box(&id), &user, false)));
    }
    criterion.bench_function("evaluate", |bencher| {
        bencher.iter(|| client.evaluate(std::hint::black_box("checkout.rules"), &user));
    });
}

criterion_group!(benches, evaluations);
criterion_main!(benches);
