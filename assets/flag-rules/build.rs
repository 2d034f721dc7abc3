//! Turns the rules, which people write as YAML, into JSON that is embedded: a function that starts reads that ten times as
//! fast, and holds no parser of YAML.

#![expect(unreachable_pub, reason = "the library makes public what the build script shares with it")]
#![expect(dead_code, reason = "the library uses all of what it shares with the build script")]

use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/source.rs"]
mod source;
#[path = "src/yaml.rs"]
mod yaml;

fn main() {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../rules");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the folder of rules is beside this crate")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    let mut groups = Vec::new();
    for path in files {
        let name = path.file_name().expect("it has an extension").to_string_lossy().into_owned();
        let group = fs::read_to_string(&path)
            .map_err(|error| error.to_string())
            .and_then(|text| read(&format!("assets/rules/{name}"), &text).map_err(|error| error.to_string()));
        match group {
            Ok(group) => groups.push(group),
            Err(error) => println!("cargo::error=assets/rules/{name}: {error}"),
        }
    }
    let json = serde_json::to_string(&serde_json::json!({ "groups": groups }))
        .expect("the rules' types have only texts as keys");
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("rules.json");
    fs::write(out, json).expect("cargo's own folder can be written");
}

fn read(file: &str, text: &str) -> Result<source::Group, serde_yaml_ng::Error> {
    let mut group: source::Group = serde_yaml_ng::from_str(text)?;
    group.file = file.to_owned();
    yaml::locate(&mut group.rules, text);
    Ok(group)
}
