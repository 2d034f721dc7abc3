//! Validation by data: what is given, and every finding that it must get, word for word.

mod exports;
mod functions;
mod limits;
mod manifest;
mod placement;
mod properties;
mod robustness;
mod structure;

use std::collections::BTreeMap;

use flagcdk_assembly::{Assembly, Capability, Manifest, Placement, Region, StackEntry};
use flagcdk_engine::validate;
use serde_json::{Value as Json, json};

/// A stack without wires, look-ups and assets that acknowledges everything.
fn stack(id: &str, placement: Placement) -> StackEntry {
    StackEntry {
        id: id.into(),
        name: format!("dev-shop-{}", id.to_lowercase()),
        description: String::new(),
        placement,
        template: format!("{id}.template.json"),
        capabilities: vec![Capability::NamedIam],
        tags: BTreeMap::new(),
        depends_on: vec![],
        wires: vec![],
        look_ups: vec![],
        assets: vec![],
    }
}

/// An app of these stacks, at home in Ireland and present in Virginia.
fn assembly(stacks: impl IntoIterator<Item = (StackEntry, Json)>) -> Assembly {
    let mut manifest = Manifest::new("shop", Region::EU_WEST_1, vec![Region::EU_WEST_1, Region::US_EAST_1]);
    let mut templates = BTreeMap::new();
    for (entry, template) in stacks {
        templates.insert(entry.template.clone(), template.to_string());
        manifest.stacks.push(entry);
    }
    Assembly { manifest, templates }
}

/// A resource that is right.
fn topic() -> Json {
    json!({ "Type": "AWS::SNS::Topic", "Properties": {} })
}

/// A template of these resources.
fn resources(resources: Json) -> Json {
    json!({ "Resources": resources })
}

/// The findings as people read them, without the help; what is unsafe has tests of its own.
fn findings(assembly: &Assembly) -> Vec<String> {
    let findings = validate(assembly);
    findings
        .iter()
        .filter(|finding| !finding.code.starts_with("security::"))
        .map(|finding| format!("{finding}"))
        .collect()
}

/// Holds the findings of an assembly.
#[track_caller]
fn check_assembly(assembly: &Assembly, expected: &[&str]) {
    let got = findings(assembly);
    assert!(got == expected, "\n--- expected\n{}\n--- got\n{}\n---", expected.join("\n"), got.join("\n"));
}

/// Holds the findings of a template that is deployed at home.
#[track_caller]
fn check(template: Json, expected: &[&str]) {
    check_assembly(&assembly([(stack("Data", Placement::Home), template)]), expected);
}

/// Holds the findings of a template that is deployed in every region.
#[track_caller]
fn check_everywhere(template: Json, expected: &[&str]) {
    check_assembly(&assembly([(stack("Regional", Placement::EveryRegion), template)]), expected);
}
