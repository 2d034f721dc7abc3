//! Each service is a feature: the manifest, the modules and the documentation say the same.

use std::collections::{BTreeMap, BTreeSet};

const MANIFEST: &str = include_str!("../Cargo.toml");
const LIBRARY: &str = include_str!("../src/lib.rs");

/// What is there whatever is enabled.
const ALWAYS: [&str; 1] = ["assertions"];

/// Features by name, without those of single services' plain resource types.
fn features() -> BTreeMap<String, Vec<String>> {
    let manifest: toml::Table = MANIFEST.parse().expect("the manifest is TOML");
    let features =
        manifest["features"].clone().try_into::<BTreeMap<String, Vec<String>>>().expect("features are lists");
    features.into_iter().filter(|(name, _)| !name.starts_with("cfn-")).collect()
}

/// Public modules, each with the feature that it is behind.
fn modules() -> BTreeMap<&'static str, Option<&'static str>> {
    let mut before = "";
    let mut modules = BTreeMap::new();
    for line in LIBRARY.lines() {
        if let Some(name) = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')) {
            let feature = before.strip_prefix("#[cfg(feature = \"").and_then(|rest| rest.strip_suffix("\")]"));
            modules.insert(name, feature);
        }
        before = line;
    }
    modules
}

#[test]
fn each_module_has_a_feature_of_its_name() {
    for (module, feature) in modules() {
        let expected = (!ALWAYS.contains(&module)).then_some(module);
        assert_eq!(feature, expected, "`{module}` in src/lib.rs");
    }
    let named: BTreeSet<String> = features().into_keys().filter(|name| name != "full").collect();
    let modules = modules().into_keys().filter(|module| !ALWAYS.contains(module)).map(str::to_owned);
    assert_eq!(named, modules.collect::<BTreeSet<_>>());
}

#[test]
fn full_is_all_and_nothing_is_on_by_default() {
    let mut features = features();
    let full: BTreeSet<String> = features.remove("full").unwrap().into_iter().collect();
    assert_eq!(full, features.keys().cloned().collect());
    assert!(!features.contains_key("default"));
}

#[test]
fn a_feature_enables_what_its_module_names() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let features = features();
    for (module, _) in modules().into_iter().filter(|(module, _)| !ALWAYS.contains(module)) {
        let enabled = closure(module, &features);
        for (path, text) in sources(&source, module) {
            let mut before = "";
            for line in text.lines().take_while(|line| *line != "#[cfg(test)]") {
                let named = line.strip_prefix("use crate::").and_then(|rest| rest.split([':', ';']).next());
                if let Some(named) = named.filter(|named| features.contains_key(*named)) {
                    let gate = format!("#[cfg(feature = \"{named}\")]");
                    let allowed = enabled.contains(named) || before == gate;
                    assert!(allowed, "{path} uses `{named}`: enable it with `{module}`, or write `{gate}` above");
                }
                before = line;
            }
        }
    }
}

#[test]
fn the_documentation_lists_each_feature_with_what_it_enables() {
    for (feature, enabled) in features() {
        let start = format!("//! | `{feature}` |");
        let row = LIBRARY.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("src/lib.rs has no row for `{feature}`"));
        if feature != "full" && feature != "patterns" {
            for name in enabled.iter().filter(|name| !name.contains('/')) {
                assert!(row.contains(&format!("`{name}`")), "the row of `{feature}` lacks `{name}`");
            }
        }
    }
}

/// A feature and all that it enables.
fn closure(feature: &str, features: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut left = vec![feature.to_owned()];
    while let Some(name) = left.pop() {
        if found.insert(name.clone()) {
            left.extend(features.get(&name).into_iter().flatten().cloned());
        }
    }
    found
}

/// The files of a module, each with its path and its text.
fn sources(source: &std::path::Path, module: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut left = vec![source.join(format!("{module}.rs")), source.join(module)];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).expect("a module can be read").flatten().map(|entry| entry.path()));
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            files.push((path.display().to_string(), text));
        }
    }
    assert!(!files.is_empty(), "`{module}` has no file");
    files
}
