use flag_model::ItemKey;

use super::*;
use crate::{Sight, Watch};

/// Copies everything, as replication does.
fn replicate(from: &Memory, to: &Memory) {
    for key in from.keys() {
        to.put(from.item(&key).unwrap());
    }
}

#[test]
fn a_change_arrives_region_by_region() {
    let (home, near, far) = (Memory::default(), Memory::default(), Memory::default());
    set(&home, &new_flag("1")).unwrap();
    replicate(&home, &near);
    set(&home, &edit_value("2")).unwrap();
    let replicas = [("eu-west-1", &home), ("eu-north-1", &near), ("us-east-1", &far)];
    let replicas = replicas.into_iter().map(|(region, table)| (region.to_owned(), table)).collect();
    let mut watch = Watch::new(id(), version(2), ["us-east-1", "eu-north-1", "eu-west-1"].map(str::to_owned));
    let mut look = |seconds: i64| -> Vec<String> {
        let seen = block_on(watch.look(&replicas, || time(seconds)));
        let shown = seen.into_iter().map(|seen| match seen.sight {
            Sight::Arrived { version, after } => format!("{} {version} after {after:?}", seen.region),
            Sight::Behind { version } => format!("{} behind at {version}", seen.region),
            Sight::Missing => format!("{} missing", seen.region),
            Sight::Failed { problem } => format!("{} {problem}", seen.region),
        });
        let mut shown: Vec<_> = shown.collect();
        shown.extend(watch.pending().map(|region| format!("wait for {region}")));
        shown.push(format!("done: {}", watch.is_done()));
        shown
    };
    let waiting = ["wait for eu-north-1", "wait for us-east-1", "done: false"];
    let first = ["eu-north-1 behind at 1", "eu-west-1 2 after Some(0)", "us-east-1 missing"];
    assert_eq!(look(0), [&first[..], &waiting].concat());
    assert_eq!(look(1), waiting, "what has not changed is not told again");
    far.is_down.set(true);
    assert_eq!(look(2), [&["us-east-1 the table is down"], &waiting[..]].concat());
    replicate(&home, &near);
    assert_eq!(look(3), ["eu-north-1 2 after Some(2000)", "wait for us-east-1", "done: false"]);
    // A later version is as good: whoever has it has passed the wanted one.
    far.is_down.set(false);
    set(&home, &edit_value("3")).unwrap();
    replicate(&home, &far);
    assert_eq!(look(5), ["us-east-1 3 after Some(4000)", "done: true"]);
    assert_eq!(look(6), ["done: true"]);
}

#[test]
fn a_malformed_head_is_told_and_not_waited_for() {
    let table = Memory::default();
    set(&table, &new_flag("1")).unwrap();
    let mut head = table.item(&ItemKey::Head(id())).unwrap();
    head.remove("current_version");
    table.put(head);
    let replicas = [("eu-west-1".to_owned(), &table)].into();
    let mut watch = Watch::new(id(), version(1), ["eu-west-1".to_owned()]);
    let seen = block_on(watch.look(&replicas, || time(1)));
    assert!(matches!(&seen[0].sight, Sight::Failed { problem } if problem.contains("`current_version` is no version")));
}
