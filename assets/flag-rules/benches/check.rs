//! How long the validator takes for the business rules. The limit is 200 µs for all of them on one change.

use criterion::{Criterion, criterion_group, criterion_main};
use flag_model::{AttributeValue, Flag, Item};
use flag_rules::{Change, Place, RuleSet};
use serde_json::{Value, json};

fn flag(json: &Value) -> Flag {
    let AttributeValue::M(item) = AttributeValue::from_plain_json(json) else { panic!("wanted an object") };
    Flag::from_item(&Item::from_iter(item)).expect("the flag is sound")
}

fn with(flag: &Value, changes: &Value) -> Value {
    let mut flag = flag.clone();
    for (name, value) in changes.as_object().expect("changes are an object") {
        flag[name] = value.clone();
    }
    flag
}

fn checks(criterion: &mut Criterion) {
    let rules = RuleSet::embedded().expect("the rules are sound");
    let place =
        Place { environment: "prod".to_owned(), region: "eu-west-1".to_owned(), home_region: "eu-west-1".to_owned() };
    // A release flag that goes from 5 to 10 percent.
    let old = json!({
        "flag_id": "checkout.express-pay", "version": 3, "service": "checkout", "kind": "release",
        "value": true, "off_value": false, "owner": "team-checkout", "contact": "checkout-oncall@example.com",
        "description": "Shows the button that pays with one click", "tags": ["checkout", "payments"],
        "sensitivity": "internal", "environment": "prod", "origin_region": "eu-west-1",
        "promoted_from": { "environment": "staging", "version": 3, "at": "2026-03-03T09:00:00Z" },
        "created_at": "2026-03-02T09:00:00Z", "expires_at": "2026-06-01T00:00:00Z",
        "written_at": "2026-03-09T10:00:00Z", "targeting": { "rollout": { "percentage": 5 } },
        "change": { "by": "ada@example.com", "approved_by": ["grace@example.com"], "source": "console",
            "reason": "first users", "ticket": "FLAGS-123" },
    });
    let new = with(
        &old,
        &json!({
            "version": 4, "written_at": "2026-03-10T10:15:00Z", "targeting": { "rollout": { "percentage": 10 } },
        }),
    );
    // The same with 20 targeting rules and a configuration of 2 KB.
    let rule = |number: usize| {
        json!({
            "name": format!("rule {number}"), "serve": { "number": number }, "conditions": [
                { "attribute": "country", "operator": "equals", "values": ["SE", "NO", "DK", "FI"] },
                { "attribute": "app_version", "operator": "semver_at_least", "values": [format!("4.{number}.0")] },
            ],
        })
    };
    let entries = (0..60).map(|number| (format!("entry_{number}"), json!(format!("a text of some length {number}"))));
    let big = json!({
        "value": Value::Object(entries.collect()), "off_value": {},
        "targeting": { "rollout": { "percentage": 10 }, "rules": (0..20).map(rule).collect::<Vec<_>>() },
    });
    for (name, old, new) in [("switch", old.clone(), new.clone()), ("large", with(&old, &big), with(&new, &big))] {
        let (old, new) = (flag(&old), flag(&new));
        let change = Change { old: Some(&old), new: Some(&new) };
        criterion.bench_function(&format!("check/{name}"), |bencher| bencher.iter(|| rules.check(change, &place)));
    }
    criterion.bench_function("compile", |bencher| bencher.iter(RuleSet::embedded));
}

criterion_group!(benches, checks);
criterion_main!(benches);
