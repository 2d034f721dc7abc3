//! The rules of security by data: a resource, and what is found of it.

mod access;
mod forms;
mod sarif;
mod services;
mod suppressions;

use std::collections::BTreeMap;

use flagcdk_assembly::{Assembly, Capability, Manifest, Placement, Region, StackEntry};
use flagcdk_engine::validate::review;
use serde_json::{Value as Json, json};

/// An app of one template in two regions for each pair of id and template, at home in Ireland.
fn assembly(templates: &[(&str, Json)]) -> Assembly {
    let regions = vec![Region::EU_WEST_1, Region::US_EAST_1];
    let mut assembly =
        Assembly { manifest: Manifest::new("shop", Region::EU_WEST_1, regions), templates: BTreeMap::new() };
    for (id, template) in templates {
        let file = format!("{id}.template.json");
        assembly.templates.insert(file.clone(), serde_json::to_string_pretty(template).unwrap());
        assembly.manifest.stacks.push(StackEntry {
            id: (*id).into(),
            name: format!("shop-{}", id.to_lowercase()),
            description: String::new(),
            placement: Placement::EveryRegion,
            template: file,
            capabilities: vec![Capability::NamedIam],
            tags: BTreeMap::new(),
            depends_on: vec![],
            wires: vec![],
            look_ups: vec![],
            assets: vec![],
        });
    }
    assembly
}

/// What is found of security.
fn findings(assembly: &Assembly) -> Vec<String> {
    review(assembly)
        .findings
        .iter()
        .filter(|finding| finding.code.starts_with("security::"))
        .map(|finding| finding.to_string())
        .collect()
}

#[track_caller]
fn check_app(templates: &[(&str, Json)], expected: &[&str]) {
    let mut got = findings(&assembly(templates));
    let mut expected = expected.to_vec();
    // In which order findings come, is held where all of them are.
    got.sort();
    expected.sort_unstable();
    assert!(got == expected, "\n--- expected\n{}\n--- got\n{}\n---", expected.join("\n"), got.join("\n"));
}

/// Holds everything that is found of a template of these resources.
#[track_caller]
fn check(resources: Json, expected: &[&str]) {
    check_app(&[("S", json!({ "Resources": resources }))], expected);
}

/// Holds the rules that a lone resource `R` breaks.
#[track_caller]
fn check_rules(kind: &str, properties: Json, expected: &[&str]) {
    let template = json!({ "Resources": { "R": { "Type": kind, "Properties": properties } } });
    let mut got: Vec<String> = review(&assembly(&[("S", template)]))
        .findings
        .iter()
        .filter_map(|finding| finding.code.strip_prefix("security::").map(str::to_owned))
        .collect();
    got.dedup();
    got.sort();
    got.dedup();
    assert_eq!(got, expected, "{kind} {properties}");
}
