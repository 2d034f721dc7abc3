//! The whole system on this machine: the run of `cargo xtask e2e`, and what it leaves behind.

use std::process::Command;

use flagcdk_tests::local_run::{ARROWS, STAND_INS};

#[test]
fn a_change_goes_all_the_way() {
    let output = Command::new(env!("CARGO_BIN_EXE_local-run")).output().unwrap();
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{errors}");
    for line in STAND_INS {
        assert!(out.contains(line), "{out}");
    }
    // Each is told of once, in this order.
    let told: Vec<_> = out.lines().filter_map(|line| line.split_once(" ms  ")).map(|(_, line)| line).collect();
    assert_eq!(told.len(), ARROWS.len(), "{out}");
    for (line, arrow) in told.iter().zip(ARROWS) {
        assert!(line.starts_with(arrow), "wanted `{arrow}`:\n{out}");
    }
}
