//! An app of somebody's own, from `init` to its last stack deleted, in a simulated account.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The workspace of the library.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn flagcdk(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flagcdk"))
        .current_dir(directory)
        .env("NO_COLOR", "1")
        // Kept between runs of the tests, so that the library is compiled for an app once.
        .env("CARGO_TARGET_DIR", workspace().join("target/own-app"))
        .args(arguments)
        .output()
        .unwrap()
}

fn succeeds(directory: &Path, arguments: &[&str]) -> (String, String) {
    let output = flagcdk(directory, arguments);
    let texts = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{arguments:?}: {}\n{}{}", output.status, texts.0, texts.1);
    texts
}

#[test]
fn an_app_of_ones_own_is_made_built_and_deployed() {
    let root = tempfile::tempdir().unwrap();
    let library = workspace().join("constructs/flagcdk");
    succeeds(root.path(), &["init", "shop", "--library", &library.display().to_string()]);
    let shop = root.path().join("shop");
    // The versions that the workspace was tested with, so that nothing is looked up.
    std::fs::copy(workspace().join("Cargo.lock"), shop.join("Cargo.lock")).unwrap();

    let (data, said) = succeeds(&shop, &["synth", "Main"]);
    let template: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(template["Resources"]["Jobs"]["Type"], "AWS::SQS::Queue", "{data}");
    assert!(said.contains("package `shop`"), "the first line says which app it is and why: {said}");

    let (_, said) = succeeds(&shop, &["deploy", "--all-regions", "--local"]);
    assert!(said.contains("Main"), "{said}");
    let (_, said) = succeeds(&shop, &["deploy", "--all-regions", "--local"]);
    assert!(said.contains("nothing to do"), "{said}");
    // From a directory below it is the same app.
    let (data, _) = succeeds(&shop.join("src"), &["status", "--local", "--json"]);
    assert_eq!(data.matches("CURRENT").count(), 2, "{data}");
    succeeds(&shop, &["destroy", "--local"]);

    let refused = flagcdk(&shop, &["synth", "--set", "descriptoin=x"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("did you mean `description`"), "{said}");

    std::fs::write(shop.join("src/lib.rs"), "pub fn app() {").unwrap();
    let broken = flagcdk(&shop, &["synth"]);
    let said = String::from_utf8(broken.stderr).unwrap();
    assert_eq!(broken.status.code(), Some(2), "{said}");
    assert!(said.contains("src/lib.rs:1"), "what the compiler said is shown: {said}");
}

#[test]
fn the_shipped_app_is_the_same_linked_and_built() {
    let stacks = workspace().join("stacks");
    let (linked, built) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let synth = |app: &str, out: &Path| {
        succeeds(&workspace(), &["synth", "--app", app, "--output", &out.display().to_string()]);
    };
    synth("builtin", linked.path());
    synth(&stacks.display().to_string(), built.path());
    let files = |directory: &Path| {
        let mut files: Vec<_> = directory
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.file_name().unwrap().to_owned(), std::fs::read(&path).unwrap()))
            .collect();
        files.sort();
        files
    };
    let linked = files(linked.path());
    assert!(linked.len() > 4);
    assert!(linked == files(built.path()), "the two assemblies differ");
}
