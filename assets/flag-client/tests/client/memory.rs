//! How much memory flags take.

use flag_client::{Context, Snapshot};
use flag_model::FlagMessage;
use serde_json::json;

/// How many flags a service may have.
const FLAGS: usize = 10_000;

/// What they may take.
const MOST_KILOBYTES: usize = 10 * 1024;

/// How much memory this process has.
fn kilobytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("there is `/proc`");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel tells it");
    line.trim().trim_end_matches(" kB").parse().expect("it is a number")
}

fn flags(first: usize) -> Vec<FlagMessage> {
    let flag = |number: usize| {
        let json = json!({
            "schema": 1, "flag_id": format!("checkout.some-feature-of-a-usual-name-{number}"), "version": 12,
            "tombstone": false, "service": "checkout", "value": true, "off_value": false,
            "targeting": {
                "rollout": { "percentage": 10 },
                "rules": [{ "name": "staff", "serve": true, "conditions": [
                    { "attribute": "email", "operator": "ends_with", "values": ["@example.com"] },
                    { "attribute": "country", "operator": "equals", "values": ["SE", "NO", "DK"] },
                ] }],
            },
        });
        FlagMessage::from_json(json).unwrap()
    };
    (first..first + FLAGS).map(flag).collect()
}

#[test]
fn ten_thousand_flags_take_no_more_than_ten_megabytes() {
    // The first ones make room that the allocator keeps; so do the messages, which are there all the time.
    let (first, second) = (flags(0), flags(FLAGS));
    let kept = Snapshot::of(&first);
    let before = kilobytes();
    let snapshots: Vec<Snapshot> = (0..4).map(|_| Snapshot::of(&second)).collect();
    let each = (kilobytes() - before) / snapshots.len();
    assert!(snapshots.iter().all(|snapshot| snapshot.len() == FLAGS) && kept.len() == FLAGS);
    assert!(snapshots[3].bool(
        "checkout.some-feature-of-a-usual-name-19999",
        &Context::new().with("email", "a@example.com").with("country", "SE"),
        false
    ));
    assert!((500..=MOST_KILOBYTES).contains(&each), "{each} KB");
}
