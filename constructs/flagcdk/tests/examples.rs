//! What the examples become.
//!
//! Each template is compared with a snapshot and written to `examples` in cargo's directory for files of tests, where
//! `cfn-lint` can be run over them.

use std::collections::BTreeSet;
use std::path::Path;

use flagcdk::{App, Settings};

#[path = "../examples/09_bending.rs"]
#[expect(dead_code, reason = "its `main` is for `flagcdk`")]
mod bending;
#[path = "../examples/01_first_stack.rs"]
#[expect(dead_code, reason = "its `main` is for `flagcdk`")]
mod first_stack;
#[path = "../examples/02_many_regions.rs"]
#[expect(dead_code, reason = "its `main` is for `flagcdk`")]
mod many_regions;
#[path = "../examples/08_organization_guardrail.rs"]
#[expect(dead_code, reason = "its `main` is for `flagcdk`")]
mod organization_guardrail;
#[path = "../examples/10_own_construct.rs"]
#[expect(dead_code, reason = "its `main` is for `flagcdk`")]
mod own_construct;
#[path = "../examples/04_queue_worker.rs"]
#[expect(dead_code, reason = "its `main` is for `flagcdk`")]
mod queue_worker;
#[path = "../examples/05_rest_api.rs"]
#[expect(dead_code, reason = "its `main` is for `flagcdk`")]
mod rest_api;
#[path = "../examples/06_scheduled_job.rs"]
#[expect(dead_code, reason = "its `main` is for `flagcdk`")]
mod scheduled_job;
#[path = "../examples/11_settings.rs"]
#[expect(dead_code, reason = "its `main` is for `flagcdk`")]
mod settings;
#[path = "../examples/03_static_site.rs"]
#[expect(dead_code, reason = "its `main` is for `flagcdk`")]
mod static_site;
#[path = "../examples/12_testing.rs"]
#[expect(dead_code, reason = "its `main` is for `flagcdk`")]
mod testing;
#[path = "../examples/07_vpc_with_a_database.rs"]
#[expect(dead_code, reason = "its `main` is for `flagcdk`")]
mod vpc_with_a_database;

/// A name and what makes the app.
type Example = (&'static str, fn() -> App);

/// The examples, in the order in which they are read.
const EXAMPLES: &[Example] = &[
    ("01_first_stack", first_stack::app),
    ("02_many_regions", many_regions::app),
    ("03_static_site", static_site::app),
    ("04_queue_worker", queue_worker::app),
    ("05_rest_api", rest_api::app),
    ("06_scheduled_job", scheduled_job::app),
    ("07_vpc_with_a_database", vpc_with_a_database::app),
    ("08_organization_guardrail", organization_guardrail::app),
    ("09_bending", bending::app),
    ("10_own_construct", own_construct::app),
    ("11_settings", || settings::app(&dev_settings()).expect("the settings are right")),
    ("12_testing", testing::app),
];

fn dev_settings() -> Settings {
    let text = "[environments.dev]\ntags.team = 'orders'\n";
    Settings::from_toml(text, "flagcdk.toml", Some("dev")).expect("the text is right")
}

#[test]
fn examples_become_what_they_did() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples");
    std::fs::create_dir_all(&directory).unwrap();
    for (name, app) in EXAMPLES {
        let assembly = app().synth().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(assembly.manifest.warnings, [], "{name}");
        for stack in &assembly.manifest.stacks {
            let (template, file) = (assembly.template(&stack.id), format!("{name}.{}", stack.id));
            std::fs::write(directory.join(format!("{file}.json")), template).unwrap();
            insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(file, template);
            });
        }
    }
}

#[test]
fn every_example_is_here_and_short() {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")).unwrap() {
        let path = entry.unwrap().path();
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines < 60, "{} has {lines} lines", path.display());
        names.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
    }
    assert_eq!(names, EXAMPLES.iter().map(|(name, _)| (*name).to_owned()).collect());
}

#[test]
fn settings_that_are_wrong_are_told_all_at_once() {
    let mut wrong = Settings::new();
    wrong.set_argument("retention_days=90").unwrap();
    wrong.set_argument("retention_dasy=4").unwrap();
    let findings = settings::app(&wrong).unwrap_err();
    let codes: Vec<_> = findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["shop::retention-days", "settings::unknown-key"]);
}
