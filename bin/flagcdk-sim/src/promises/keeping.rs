//! The state outlives the process, wherever that is killed.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::lab::{Lab, TWELVE, queue};
use crate::clock::{Clock, ManualClock, Pace};
use crate::store::{StateError, Store};

fn lab(directory: &Path, clock: &ManualClock) -> Lab {
    Lab::kept_in(directory, Clock::Manual(clock.clone()), Pace::Fixed(Duration::from_secs(80)))
}

/// Copies what a killed process would leave behind.
fn snapshot(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            snapshot(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_running_operation_goes_on_in_the_next_process() {
    let directory = tempfile::tempdir().unwrap();
    let clock = ManualClock::new();
    {
        let mut lab = lab(directory.path(), &clock).moved_by(&clock).with_roles();
        lab.stack_set("Set");
        lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1", "eu-west-2"], &[]).unwrap();
        clock.advance(Duration::from_secs(10));
        assert_eq!(lab.operation("Set", "op-1").1, ["eu-west-1 RUNNING", "eu-west-2 PENDING"]);
    }
    let mut lab = lab(directory.path(), &clock);
    assert_eq!(lab.operation("Set", "op-1").1, ["eu-west-1 RUNNING", "eu-west-2 PENDING"]);
    clock.advance(Duration::from_secs(500));
    assert_eq!(lab.operation("Set", "op-1").0, "SUCCEEDED");
}

#[test]
fn every_moment_is_one_to_go_on_from() {
    // What is on the disk after each request is a state in which the request either happened or did not.
    let directory = tempfile::tempdir().unwrap();
    let clock = ManualClock::new();
    let mut first = lab(directory.path(), &clock).moved_by(&clock).with_roles();
    first.stack_set("Set");
    first.instances("CreateStackInstances", "Set", "op-1", &TWELVE, &[]).unwrap();
    for step in 0..13 {
        clock.advance(Duration::from_secs(80));
        first.operation("Set", "op-1");
        let copy = tempfile::tempdir().unwrap();
        snapshot(directory.path(), copy.path());
        // Half-written files of a request that was never committed are no part of it.
        fs::write(copy.path().join("stacks/half-written-999.json"), b"{").unwrap();
        fs::write(copy.path().join("root.new"), b"{").unwrap();
        let mut second = lab(copy.path(), &clock);
        assert_eq!(second.operation("Set", "op-1"), first.operation("Set", "op-1"), "step {step}");
        assert_eq!(second.instance_states("Set"), first.instance_states("Set"));
        assert!(!copy.path().join("stacks/half-written-999.json").exists());
    }
    assert_eq!(first.operation("Set", "op-1").0, "SUCCEEDED");
}

#[test]
fn looking_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut lab = Lab::kept_in(directory.path(), Clock::System, Pace::Instant).with_roles();
    lab.stack("eu-west-1", "Thing", &queue("x"));
    let root = || fs::read(directory.path().join("root.json")).unwrap();
    let before = root();
    for action in ["DescribeStacks", "ListStacks", "ListExports", "ListStackSets"] {
        lab.ask_in("eu-west-1", action, &[]);
        lab.ask_in("eu-west-2", action, &[]);
    }
    assert_eq!(root(), before);
}

#[test]
fn a_directory_serves_one_simulator_of_one_account() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = Store::open(directory.path(), "123456789012").unwrap();
    assert!(matches!(Store::open(directory.path(), "123456789012"), Err(StateError::InUse { .. })));
    first.region("eu-west-1");
    first.commit("123456789012").unwrap();
    drop(first);
    assert!(matches!(Store::open(directory.path(), "210987654321"), Err(StateError::Malformed { .. })));
    fs::write(directory.path().join("root.json"), b"{").unwrap();
    assert!(matches!(Store::open(directory.path(), "123456789012"), Err(StateError::Malformed { .. })));
}
