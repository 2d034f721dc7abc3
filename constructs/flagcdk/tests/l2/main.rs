//! What the constructs of services become in a template.
//!
//! Each module has samples: functions that fill a stack. Every sample's template is compared with a snapshot and written to
//! `l2-templates` in cargo's directory for files of tests, where `cfn-lint` can be run over them.

use std::path::Path;

use flagcdk::{App, Placement, Region, Stack};
use serde_json::Value as Json;

mod access;
mod alarms;
mod compute;
mod consistency;
mod data;
mod storage;
mod web;
mod workflow;

/// A stack that a sample fills.
type Sample = (&'static str, fn(&Stack));

const SAMPLES: &[&[Sample]] = &[
    access::SAMPLES,
    alarms::SAMPLES,
    compute::SAMPLES,
    data::SAMPLES,
    storage::SAMPLES,
    web::SAMPLES,
    workflow::SAMPLES,
];

#[test]
fn templates_are_as_they_were() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("l2-templates");
    std::fs::create_dir_all(&directory).unwrap();
    for (name, fill) in SAMPLES.iter().copied().flatten() {
        let text = synth_text(fill).unwrap_or_else(|codes| panic!("{name}: {codes:?}"));
        std::fs::write(directory.join(format!("{name}.json")), &text).unwrap();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(*name, text);
        });
    }
}

/// The template of a stack, or what is wrong with it as codes.
fn synth_text(fill: impl FnOnce(&Stack)) -> Result<String, Vec<String>> {
    let app = App::new("shop", Region::EU_WEST_1);
    fill(&app.stack("Main", Placement::Home));
    match app.synth() {
        Ok(assembly) => Ok(assembly.template("Main").to_owned()),
        Err(error) => Err(error.findings.into_iter().map(|finding| finding.code).collect()),
    }
}

/// The resources of a stack by logical id.
fn resources(fill: impl FnOnce(&Stack)) -> Json {
    let text = synth_text(fill).unwrap_or_else(|codes| panic!("{codes:?}"));
    let template: Json = serde_json::from_str(&text).expect("templates are JSON");
    template["Resources"].clone()
}

/// The codes of what is wrong with a stack.
fn findings(fill: impl FnOnce(&Stack)) -> Vec<String> {
    synth_text(fill).err().unwrap_or_default()
}
