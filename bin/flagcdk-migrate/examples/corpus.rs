//! Migrates every template of a directory and prints how many mean the same afterwards, and why the others fail.
//!
//! `cargo run -p flagcdk-migrate --example corpus -- DIRECTORY [--verbose] [--crate OUT CHECKOUT]`
//!
//! `--crate` writes a crate to `OUT` that has every migrated template as a module, built with the crates of this project in
//! `CHECKOUT`. It prints how many of the stacks, now made by typed code, mean the same as their templates.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use flagcdk_migrate::{Migration, Source, Statistics};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(directory) = arguments.next() else {
        println!("usage: corpus DIRECTORY [--verbose] [--crate OUT CHECKOUT]");
        return ExitCode::from(2);
    };
    let options: Vec<String> = arguments.collect();
    let is_verbose = options.iter().any(|option| option == "--verbose");
    let mut files = Vec::new();
    collect(Path::new(&directory), &mut files);
    files.sort();
    let mut table = Table::default();
    for file in &files {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        let name = file.strip_prefix(&directory).unwrap_or(file).display().to_string();
        let outcome = migrate(&name, &text);
        if let Outcome::Same(migration) = &outcome {
            table.stacks.add(migration, file);
        }
        table.add(&name, outcome);
    }
    table.print(is_verbose);
    if let Some([out, checkout]) = options.iter().position(|option| option == "--crate").map(|at| &options[at + 1..]) {
        table.stacks.write(Path::new(out), Path::new(checkout)).expect("the directory can be written");
    }
    ExitCode::SUCCESS
}

/// What became of a template.
enum Outcome {
    /// It means the same.
    Same(Box<Migration>),
    /// It is not a template, or not a valid one: the first reason.
    Refused(String),
    /// It means something else: where.
    Different(String),
}

fn migrate(name: &str, text: &str) -> Outcome {
    let first = |findings: Vec<flagcdk_core::Finding>| match findings.first() {
        Some(finding) => format!("{finding}{}", if findings.len() > 1 { " (and more)" } else { "" }),
        None => "nothing was said".to_owned(),
    };
    let migration = match Source::parse(name, text).and_then(Migration::of) {
        Ok(migration) => migration,
        Err(findings) => return Outcome::Refused(first(findings)),
    };
    // The source is written too, so that a template that it cannot be written for is found.
    assert!(migration.module("Stack").contains("pub fn stack"), "{name}");
    match migration.differences() {
        findings if findings.is_empty() => Outcome::Same(Box::new(migration)),
        findings => Outcome::Different(first(findings)),
    }
}

#[derive(Default)]
struct Table {
    folders: BTreeMap<String, [usize; 3]>,
    statistics: Statistics,
    reasons: Vec<(String, String)>,
    stacks: Stacks,
}

/// A crate with many stacks.
#[derive(Default)]
struct Stacks {
    features: BTreeSet<String>,
    modules: Vec<(String, PathBuf)>,
}

impl Stacks {
    fn add(&mut self, migration: &Migration, file: &Path) {
        self.features.extend(migration.features());
        let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        self.modules.push((migration.module("Stack"), file));
    }

    fn write(&self, out: &Path, checkout: &Path) -> std::io::Result<()> {
        let checkout = checkout.canonicalize()?;
        let at = |folder: &str| format!("path = {:?}", checkout.join(folder).display().to_string());
        let features: Vec<String> = self.features.iter().map(|feature| format!("{feature:?}")).collect();
        let manifest = format!(
            "[package]\nname = \"corpus\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nflagcdk = {{ {} }}\n\
             flagcdk-cfn = {{ {}, features = [{}] }}\nflagcdk-migrate = {{ {} }}\nserde_json = \"1\"\n\n[workspace]\n",
            at("constructs/flagcdk"),
            at("constructs/flagcdk-cfn"),
            features.join(", "),
            at("bin/flagcdk-migrate"),
        );
        std::fs::create_dir_all(out.join("src"))?;
        std::fs::write(out.join("Cargo.toml"), manifest)?;
        let mut main = String::from("//! Migrated templates.\n\n");
        let mut checks = String::new();
        for (index, (module, file)) in self.modules.iter().enumerate() {
            std::fs::write(out.join(format!("src/stack_{index}.rs")), module)?;
            main.push_str(&format!("mod stack_{index};\n"));
            checks.push_str(&format!("    check({:?}, stack_{index}::stack),\n", file.display().to_string()));
        }
        main.push_str(CHECK);
        main.push_str(&format!("fn main() {{\n    let same = [\n{checks}    ];\n"));
        main.push_str(
            "    println!(\"{} of {} mean the same\", same.iter().filter(|same| **same).count(), same.len());\n}\n",
        );
        std::fs::write(out.join("src/main.rs"), main)
    }
}

/// The function by which the crate checks a stack.
const CHECK: &str = r#"
fn check(file: &str, stack: fn(&flagcdk::App) -> flagcdk::Stack) -> bool {
    let text = std::fs::read_to_string(file).expect("the template is there");
    let source = flagcdk_migrate::Source::parse(file, &text).expect("it was read before");
    let app = flagcdk::App::new("migrated", flagcdk::Region::US_EAST_1);
    stack(&app);
    let got = match app.synth() {
        Ok(assembly) => serde_json::from_str(assembly.template("Stack")).expect("JSON"),
        Err(error) => {
            println!("{file}: {error}");
            return false;
        }
    };
    let differences = flagcdk_migrate::differences(source.json(), &got);
    for difference in &differences {
        println!("{file}: {difference:?}");
    }
    differences.is_empty()
}

"#;

impl Table {
    fn add(&mut self, name: &str, outcome: Outcome) {
        let folder = Path::new(name).parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        let counts = self.folders.entry(folder).or_default();
        match outcome {
            Outcome::Same(migration) => {
                counts[0] += 1;
                let one = migration.statistics();
                self.statistics.typed_resources += one.typed_resources;
                self.statistics.raw_resources += one.raw_resources;
                self.statistics.typed_properties += one.typed_properties;
                self.statistics.raw_properties += one.raw_properties;
            }
            Outcome::Refused(reason) => {
                counts[1] += 1;
                self.reasons.push(("refused".to_owned(), reason));
            }
            Outcome::Different(reason) => {
                counts[2] += 1;
                self.reasons.push(("DIFFERENT".to_owned(), reason));
            }
        }
    }

    fn print(&self, is_verbose: bool) {
        println!("{:40} {:>6} {:>8} {:>10}", "folder", "same", "refused", "different");
        let mut sums = [0; 3];
        for (folder, counts) in &self.folders {
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            println!("{folder:40} {:>6} {:>8} {:>10}", counts[0], counts[1], counts[2]);
        }
        println!("{:40} {:>6} {:>8} {:>10}", "all", sums[0], sums[1], sums[2]);
        let Statistics { typed_resources, raw_resources, typed_properties, raw_properties } = self.statistics;
        println!("resources: {typed_resources} typed, {raw_resources} raw");
        println!("properties: {typed_properties} typed, {raw_properties} raw");
        for (word, reason) in self.reasons.iter().filter(|(word, _)| is_verbose || word == "DIFFERENT") {
            println!("{word}: {reason}");
        }
    }
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_template = path
            .extension()
            .is_some_and(|extension| ["yaml", "yml", "json", "template"].iter().any(|known| extension == *known));
        if path.is_dir() {
            collect(&path, files);
        } else if is_template {
            files.push(path);
        }
    }
}
