//! The book: what it shows is there, what it links to exists, and its index has every code and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use flagcdk_assembly::security::SECURITY_RULES;
use flagcdk_engine::validate::CODES;

/// The families of codes that the index has. Those of services and of the shipped app say in their help all that there is.
const FAMILIES: [&str; 9] =
    ["deploy", "destroy", "package", "plan", "publish", "security", "settings", "synth", "validate"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the workspace").to_owned()
}

/// The chapters by their paths, `SUMMARY.md` among them.
fn chapters() -> BTreeMap<PathBuf, String> {
    let files = files(&root().join("book/src"), "md").into_iter();
    files.map(|path| (path.clone(), read(&path))).collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files with an extension in a directory and below it.
fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display())) {
        let path = entry.expect("the directory can be read").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found
}

/// What stands between two texts, wherever the first one is followed by the second one on its line.
fn between<'t>(text: &'t str, start: &str, end: char) -> Vec<&'t str> {
    text.lines().flat_map(|line| line.split(start).skip(1).filter_map(|rest| Some(rest.split_once(end)?.0))).collect()
}

#[test]
fn what_is_included_is_there() {
    let mut number = 0;
    for (chapter, text) in chapters() {
        for target in between(&text, "{{#include ", '}') {
            let (file, anchor) = target.split_once(':').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
            let path = chapter.parent().expect("chapters are in a directory").join(file);
            let source = std::fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{} includes `{file}`: {error}", chapter.display()));
            for mark in
                anchor.into_iter().flat_map(|anchor| [format!("ANCHOR: {anchor}"), format!("ANCHOR_END: {anchor}")])
            {
                let has = source.lines().any(|line| line.trim_end().ends_with(&mark));
                assert!(has, "{} includes `{file}`, which has no `{mark}`", chapter.display());
            }
            number += 1;
        }
    }
    assert!(number > 20, "the book includes {number} listings");
}

#[test]
fn links_lead_to_files() {
    for (chapter, text) in chapters() {
        for target in between(&text, "](", ')') {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let path = chapter.parent().expect("chapters are in a directory").join(file);
            assert!(path.is_file(), "{} links to `{target}`, which is not there", chapter.display());
        }
    }
}

#[test]
fn the_summary_lists_every_chapter() {
    let directory = root().join("book/src");
    let mut chapters = chapters();
    let summary = chapters.remove(&directory.join("SUMMARY.md")).expect("there is a summary");
    let listed: BTreeSet<_> = between(&summary, "](", ')').into_iter().map(|file| directory.join(file)).collect();
    assert_eq!(listed, chapters.into_keys().collect());
}

#[test]
fn every_example_is_in_the_book() {
    let text: String = chapters().into_values().collect();
    for path in files(&root().join("constructs/flagcdk/examples"), "rs") {
        let name = path.file_name().expect("files have names").to_string_lossy().into_owned();
        assert!(text.contains(&format!("examples/{name}")), "no chapter includes `{name}`");
    }
}

#[test]
fn the_index_has_every_code_and_no_other() {
    let index = std::fs::read_to_string(root().join("book/src/error-index.md")).unwrap();
    let first_cell = |line: &str| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    let indexed: BTreeSet<_> = index.lines().filter_map(first_cell).collect();
    assert_eq!(indexed, codes());
}

fn is_of_a_code(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

/// Every code of the families that the source can give.
fn codes() -> BTreeSet<String> {
    let mut codes: BTreeSet<_> = CODES.iter().map(|(code, _)| (*code).to_owned()).collect();
    codes.extend(SECURITY_RULES.iter().map(|rule| rule.id.to_owned()));
    for directory in ["bin", "constructs", "stacks"] {
        for path in files(&root().join(directory), "rs") {
            let name = path.strip_prefix(root()).expect("the file is in the workspace").display().to_string();
            // What is said in tests is not said to anybody, and generated files say nothing.
            if name.contains("/tests") || name.contains("/flagcdk-cfn/") || name.contains("/examples/") {
                continue;
            }
            let text = read(&path);
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for family in FAMILIES {
                let found = between(text, &format!("\"{family}::"), '"').into_iter();
                let found = found.filter(|code| !code.is_empty() && code.chars().all(is_of_a_code));
                codes.extend(found.map(|code| format!("{family}::{code}")));
            }
            // The one code that is put together: what a stack declares twice.
            if name.ends_with("flagcdk-core/src/stack.rs") {
                codes.extend(
                    between(text, "self.unique(\"", '"').into_iter().map(|what| format!("synth::duplicate-{what}")),
                );
            }
        }
    }
    codes
}

#[test]
fn the_lines_of_the_comparison_are_counted_right() {
    let chapter = root().join("book/src/side-by-side.md");
    let text = std::fs::read_to_string(&chapter).unwrap();
    let directory = chapter.parent().expect("chapters are in a directory");
    for (name, file) in [
        ("flagcdk", "../../constructs/flagcdk/examples/04_queue_worker.rs"),
        ("CDK, TypeScript", "side_by_side/worker.ts"),
        ("Terraform", "side_by_side/worker.tf"),
    ] {
        let source = std::fs::read_to_string(directory.join(file)).unwrap();
        let is_code = |line: &&str| !line.is_empty() && !line.starts_with("//") && !line.starts_with('#');
        let lines = source.lines().map(str::trim).filter(is_code).count();
        assert!(text.contains(&format!("| {name} | {lines} |")), "`{file}` has {lines} lines");
    }
}
