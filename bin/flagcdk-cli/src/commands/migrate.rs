//! `flagcdk migrate`

use std::path::{Path, PathBuf};

use flagcdk_assembly::Finding;
use flagcdk_migrate::{Dependency, Migration, Project, Source, verify};

use crate::args::Migrate;
use crate::failure::Failure;
use crate::ui;

/// Writes a crate that synthesizes the template, after a check that it does, and prints the files.
pub(crate) fn run(options: &Migrate) -> Result<u8, Failure> {
    let template = &options.template;
    let shown = template.display();
    let text = std::fs::read_to_string(template).map_err(|error| {
        Failure::usage(format!("cannot read `{shown}`: {error}"), "name a template in JSON or YAML")
    })?;
    let migration = Source::parse(shown.to_string(), &text).and_then(Migration::of).map_err(Failure::Findings)?;
    let differences = migration.differences();
    if !differences.is_empty() {
        return Err(Failure::Findings(differences));
    }
    let name = options.name.clone().unwrap_or_else(|| name_of(template));
    let out = options.out.clone().unwrap_or_else(|| PathBuf::from(&name));
    let dependency = dependency(options.library.as_deref())?;
    let project = Project::of(&migration, &name, &dependency)
        .and_then(|project| project.write(&out).map(|()| project))
        .map_err(|error| Failure::usage(error.to_string(), error.help()))?;
    for (path, _) in project.files() {
        ui::data(out.join(path).display().to_string());
    }
    let counts = migration.statistics();
    ui::say(format!(
        "{} typed, {} untyped; {} set by typed setters, {} by untyped expressions",
        ui::plan::count(counts.typed_resources, "resource"),
        counts.raw_resources,
        count_of_properties(counts.typed_properties),
        counts.raw_properties,
    ));
    if options.verify {
        let findings: Vec<Finding> = verify(&migration, &project, &out)
            .map_err(|error| Failure::environment(error.to_string(), error.help()))?;
        if !findings.is_empty() {
            return Err(Failure::Findings(findings));
        }
        ui::say("the crate was built and run: it synthesizes the same template");
    } else {
        ui::say("the code synthesizes the same template; `--verify` builds and runs it too");
    }
    Ok(0)
}

fn count_of_properties(count: usize) -> String {
    if count == 1 { "1 property".to_owned() } else { format!("{count} properties") }
}

/// The file's name as that of a crate: `Orders_v2.yaml` is `orders-v2`.
fn name_of(template: &Path) -> String {
    let stem = template.file_name().unwrap_or_default().to_string_lossy();
    let stem = stem.split('.').next().unwrap_or_default();
    let kept: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    kept.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// The package `flagcdk` that is named, else the one of the checkout that the command is run from, else the released one.
fn dependency(library: Option<&Path>) -> Result<Dependency, Failure> {
    let checkout = || {
        // Set by `cargo run`: the command's own package lies two levels below the workspace.
        let own = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?);
        Some(own.parent()?.parent()?.join("constructs/flagcdk")).filter(|library| library.join("Cargo.toml").is_file())
    };
    let Some(library) = library.map(Path::to_owned).or_else(checkout) else { return Ok(Dependency::Registry) };
    match std::fs::canonicalize(&library).ok().filter(|library| library.join("Cargo.toml").is_file()) {
        Some(library) => Ok(Dependency::Path(library)),
        None => Err(Failure::usage(
            format!("`{}` has no `Cargo.toml`", library.display()),
            "pass the directory of the package `flagcdk`, `constructs/flagcdk` in a checkout",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_named_after_files() {
        let check = |file: &str, expected: &str| assert_eq!(name_of(Path::new(file)), expected);
        check("Orders_v2.yaml", "orders-v2");
        check("a/b/prod-orders.template.json", "prod-orders");
        check("--x.yml", "x");
    }

    #[test]
    fn a_template_becomes_a_crate() {
        let directory = tempfile::tempdir().unwrap();
        let template = directory.path().join("orders.yaml");
        std::fs::write(&template, "Resources: { Orders: { Type: 'AWS::SQS::Queue' } }").unwrap();
        let out = directory.path().join("crate");
        let options = Migrate { template, out: Some(out.clone()), name: None, library: None, verify: false };
        assert_eq!(run(&options).unwrap(), 0);
        assert!(std::fs::read_to_string(out.join("src/stack.rs")).unwrap().contains("cfn::sqs::Queue::new()"));
        // Nothing is overwritten, and a bad template writes nothing.
        assert!(matches!(run(&options), Err(Failure::Usage { .. })));
        std::fs::write(&options.template, "Resources: { Orders: { Type: 1 } }").unwrap();
        assert!(matches!(run(&options), Err(Failure::Findings(_))));
    }
}
