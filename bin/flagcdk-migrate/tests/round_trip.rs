//! Templates, what they become in Rust, and what that Rust synthesizes.
//!
//! The modules in `migrated` are written by the migration and committed. `FLAGCDK_BLESS=1 cargo test -p flagcdk-migrate`
//! writes them anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flagcdk::{App, Region};
use flagcdk_migrate::{Migration, Source, differences};
use serde_json::Value as Json;

// Left in the form that users get.
#[rustfmt::skip]
#[expect(unreachable_pub, reason = "in a crate of its own it is reachable")]
mod migrated;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// All templates by the names of their modules, migrated.
fn migrations() -> BTreeMap<String, Migration> {
    let entries = std::fs::read_dir(folder("templates")).expect("the templates are there");
    let migration = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("the template can be read");
        let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
        let module = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        let source = Source::parse(&name, &text).unwrap_or_else(|findings| panic!("{findings:#?}"));
        (module, Migration::of(source).unwrap_or_else(|findings| panic!("{findings:#?}")))
    };
    entries.map(|entry| migration(entry.expect("the folder can be read").path())).collect()
}

#[test]
fn what_is_applied_as_data_means_the_same() {
    for (name, migration) in migrations() {
        let findings = migration.differences();
        assert!(findings.is_empty(), "{name}: {findings:#?}");
    }
}

#[test]
fn what_was_compiled_means_the_same() {
    let migrations = migrations();
    assert_eq!(migrated::STACKS.len(), migrations.len());
    for (name, stack) in migrated::STACKS {
        let app = App::new("migrated", Region::US_EAST_1);
        stack(&app);
        let assembly = app.synth().unwrap_or_else(|error| panic!("{name}: {error}"));
        let template: Json = serde_json::from_str(assembly.template("Stack")).expect("a template is JSON");
        let findings = migrations[*name].differences_to(&template);
        assert!(findings.is_empty(), "{name}: {findings:#?}");
        // Both readings of the intermediate tree write the very same template, but for the construct paths.
        let applied = migrations[*name].synthesize().expect("it was synthesized before");
        assert_eq!(without_paths(&template), without_paths(&applied), "{name}");
    }
}

/// The template without what the core says of itself.
fn without_paths(template: &Json) -> Json {
    let mut template = template.clone();
    for resource in template["Resources"].as_object_mut().expect("it has resources").values_mut() {
        if let Some(metadata) = resource.get_mut("Metadata").and_then(Json::as_object_mut) {
            metadata.remove("flagcdk:path");
        }
    }
    template
}

#[test]
fn the_committed_modules_are_what_is_written_now() {
    let is_blessing = std::env::var_os("FLAGCDK_BLESS").is_some();
    let folder = folder("migrated");
    let mut list = String::from("//! Written by the tests of flagcdk-migrate.\n\n");
    let mut table = String::new();
    for (name, migration) in migrations() {
        let (path, module) = (folder.join(format!("{name}.rs")), migration.module("Stack"));
        if is_blessing {
            std::fs::write(&path, &module).expect("the folder can be written");
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == module, "`{name}.rs` is stale: run `FLAGCDK_BLESS=1 cargo test -p flagcdk-migrate`");
        list.push_str(&format!("pub mod {name};\n"));
        table.push_str(&format!("    (\"{name}\", {name}::stack),\n"));
    }
    list.push_str(
        "\n/// Adds a stack to an app.\npub type AddStack = fn(&flagcdk::App) -> flagcdk::Stack;\n\n/// The function of each module.\npub const STACKS: &[(&str, AddStack)] = &[\n",
    );
    list.push_str(&format!("{table}];\n"));
    if is_blessing {
        std::fs::write(folder.join("mod.rs"), &list).expect("the folder can be written");
    }
    assert_eq!(std::fs::read_to_string(folder.join("mod.rs")).unwrap_or_default(), list);
}

/// Calls `check` with the template after each change of one text, number or truth value in it.
fn with_each_leaf_changed(json: &Json, path: &mut Vec<String>, change: &mut dyn FnMut(&[String])) {
    match json {
        Json::Object(entries) => {
            for (name, inner) in entries {
                path.push(name.clone());
                with_each_leaf_changed(inner, path, change);
                path.pop();
            }
        }
        Json::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                path.push(index.to_string());
                with_each_leaf_changed(inner, path, change);
                path.pop();
            }
        }
        Json::Null => {}
        _ => change(path),
    }
}

#[test]
fn no_change_of_a_template_is_overlooked() {
    let mut changes = 0;
    for (name, migration) in migrations() {
        let template = migration.source().json();
        let mut paths: Vec<String> = Vec::new();
        with_each_leaf_changed(template, &mut Vec::new(), &mut |path| {
            paths.push(path.iter().map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1"))).collect());
        });
        for path in paths.iter().filter(|path| *path != "/AWSTemplateFormatVersion") {
            let mut changed = template.clone();
            let leaf = changed.pointer_mut(path).expect("the path is of this template");
            let changed_leaf = match &*leaf {
                Json::String(text) => Json::from(format!("{text}x")),
                other => Json::from(format!("{other}1")),
            };
            *leaf = changed_leaf;
            assert!(!differences(template, &changed).is_empty(), "{name}: {path}");
            changes += 1;
        }
    }
    assert!(changes > 900, "{changes}");
}
