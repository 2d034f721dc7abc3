//! What the command, the functions and the tests share is compiled once: each selection of packages enables the same features
//! of a crate. Otherwise cargo would compile the crate anew for every one.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Name and version of a crate, with the sets of features that it is compiled in: for the target, and for what runs while compiling.
type Features = BTreeMap<String, BTreeSet<String>>;

fn features(selection: &[&str]) -> Features {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--no-dedupe", "--prefix", "none", "--format", "{p}|{f}"])
        .args(selection)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut features = Features::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let Some((name, enabled)) = line.split_once('|') else { continue };
        // What follows the version says where the crate lies, or that it is a macro.
        let name = name.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let enabled = enabled.trim_end_matches(" (*)").to_owned();
        features.entry(name).or_default().insert(enabled);
    }
    features
}

#[test]
fn shared_crates_have_one_set_of_features() {
    // Functions have no parser of YAML, which the command reads directories of rules with.
    // A service that does not ask for OpenFeature does not compile it.
    let differs_on_purpose = |name: &str| name.starts_with("flag-rules ") || name.starts_with("flag-client ");
    let whole = features(&["--workspace", "--edges", "normal,dev"]);
    let mut different = Vec::new();
    // The command, its build of the functions, the chores, and what `cargo xtask e2e` runs.
    let selections: [&[&str]; 4] =
        [&["flagcdk-cli"], &["flag-functions"], &["xtask"], &["flagcdk-cli", "flag-functions", "flagcdk-tests"]];
    for packages in selections {
        let selection: Vec<_> = packages.iter().flat_map(|package| ["--package", package]).collect();
        for (name, enabled) in features(&[&selection[..], &["--edges", "normal"]].concat()) {
            if !enabled.is_subset(&whole[&name]) && !differs_on_purpose(&name) {
                different.push(format!("{name}: {packages:?} have {enabled:?}, the workspace {:?}", whole[&name]));
            }
        }
    }
    assert!(different.is_empty(), "add what is missing to bin/one-build/Cargo.toml:\n{}", different.join("\n"));
}
