//! The direction in which crates depend on each other, as ARCHITECTURE.md states it.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Every crate of the workspace that a crate builds with, itself not included.
fn reachable() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new().exec().unwrap();
    let direct: BTreeMap<String, BTreeSet<String>> = metadata
        .packages
        .iter()
        .map(|package| {
            let dependencies = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind == DependencyKind::Normal && !dependency.optional)
                .map(|dependency| dependency.name.clone())
                .collect();
            (package.name.to_string(), dependencies)
        })
        .collect();
    let mut reachable = BTreeMap::new();
    for package in metadata.workspace_packages() {
        let mut found = BTreeSet::new();
        let mut left = vec![package.name.to_string()];
        while let Some(name) = left.pop() {
            for dependency in direct.get(&name).into_iter().flatten() {
                if found.insert(dependency.clone()) {
                    left.push(dependency.clone());
                }
            }
        }
        reachable.insert(package.name.to_string(), found);
    }
    reachable
}

fn check(reachable: &BTreeMap<String, BTreeSet<String>>, package: &str, forbidden: impl Fn(&str) -> bool) {
    let found: Vec<_> = reachable[package].iter().filter(|name| forbidden(name)).collect();
    assert!(found.is_empty(), "`{package}` must not depend on {found:?}");
}

#[test]
fn what_people_write_with_has_no_runtime_and_no_sdk() {
    let reachable = reachable();
    for package in ["flagcdk-assembly", "flagcdk-schemas", "flagcdk-core", "flagcdk-cfn", "flagcdk", "flagcdk-stacks"] {
        check(&reachable, package, |name| {
            name.starts_with("aws-sdk-")
                || ["tokio", "clap", "flagcdk-engine", "flagcdk-aws", "flagcdk-sim"].contains(&name)
        });
    }
}

#[test]
fn the_engine_has_never_heard_of_constructs() {
    let reachable = reachable();
    check(&reachable, "flagcdk-engine", |name| {
        ["flagcdk-core", "flagcdk-cfn", "flagcdk", "flagcdk-stacks", "clap", "indicatif"].contains(&name)
            || name.starts_with("aws-sdk-")
    });
}

#[test]
fn the_simulator_knows_neither_side() {
    let reachable = reachable();
    check(&reachable, "flagcdk-sim", |name| name.starts_with("flagcdk") && name != "flagcdk-schemas");
}

#[test]
fn the_functions_are_built_without_the_cdk() {
    let reachable = reachable();
    check(&reachable, "flag-functions", |name| name.starts_with("flagcdk"));
}
