//! Whatever a stream holds, something is decided about it.

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::decide::decide;
use super::*;
use crate::mutation::{any_json, mutated};

fn record() -> Value {
    let image = |version: &str| {
        json!({
            "flag_id": {"S": "checkout.pay"}, "version": {"N": "0"}, "current_version": {"N": version},
            "service": {"S": "checkout"}, "head_service": {"S": "checkout"}, "value": {"BOOL": true},
            "off_value": {"BOOL": false}, "owner": {"S": "team-checkout"}, "tags": {"SS": ["checkout"]},
            "written_at": {"S": "2026-03-04T05:06:07Z"},
            "targeting": {"M": {
                "rollout": {"M": {"percentage": {"N": "12.5"}}},
                "rules": {"L": [{"M": {
                    "name": {"S": "staff"}, "serve": {"BOOL": true},
                    "conditions": {"L": [{"M": {
                        "attribute": {"S": "email"}, "operator": {"S": "matches"}, "values": {"L": [{"S": "@example.com$"}]},
                    }}]},
                }}]},
            }},
            "change": {"M": {"by": {"S": "ada@example.com"}, "source": {"S": "console"}}},
        })
    };
    json!({ "eventName": "MODIFY", "dynamodb": {
        "Keys": {"flag_id": {"S": "checkout.pay"}, "version": {"N": "0"}}, "SequenceNumber": "1",
        "OldImage": image("3"), "NewImage": image("4"),
    } })
}

#[test]
fn every_record_is_decided() {
    let rules = RuleSet::embedded().unwrap();
    let place =
        Place { environment: "prod".to_owned(), region: "eu-west-1".to_owned(), home_region: "eu-west-1".to_owned() };
    let decide = |record: &Value| decide(record, &rules, &place, &|_, _| false, None);
    assert!(!matches!(decide(&record()), Decision::Skip(_)));
    let config = Config { failure_persistence: None, cases: 64, ..Config::default() };
    proptest!(config, |(changed in mutated(record()), other in any_json())| {
        for record in [&changed, &other] {
            if let Decision::Publish { message, .. } = decide(record) {
                // Readers understand everything that is published.
                prop_assert_eq!(FlagMessage::parse(&message.to_json()), Ok(*message));
            }
        }
    });
}
