//! The app that a command works on: its settings, its assembly, its regions.

use std::path::Path;

use flagcdk::Settings;
use flagcdk_assembly::{Assembly, Finding, Region};

use crate::args::{Global, Regions};
use crate::failure::Failure;
use crate::ui;
use crate::ui::style::{BOLD, DIM, paint};

/// The file that configures an app, where the command runs.
const CONFIG_FILE: &str = "flagcdk.toml";

/// Reads the configuration and synthesizes the app.
pub(crate) fn synthesize(global: &Global) -> Result<Assembly, Failure> {
    let settings = settings(global)?;
    let app = flagcdk_stacks::app(&settings).map_err(Failure::Findings)?;
    let assembly = app.synth().map_err(|error| Failure::Findings(error.findings))?;
    let manifest = &assembly.manifest;
    ui::say(format!(
        "{} {} {}",
        paint(BOLD, "app"),
        manifest.app,
        paint(
            DIM,
            format!("(built in; home {}, {})", manifest.home_region, ui::plan::count(manifest.regions.len(), "region"))
        )
    ));
    Ok(assembly)
}

/// Synthesizes the app, checks the assembly, and stops at errors.
pub(crate) fn synthesize_valid(global: &Global) -> Result<Assembly, Failure> {
    let assembly = synthesize(global)?;
    let findings = check(&assembly);
    if findings.iter().any(Finding::is_error) {
        return Err(Failure::Findings(findings));
    }
    ui::findings::show(&findings);
    Ok(assembly)
}

/// Everything that is wrong with an assembly, or worth a look.
pub(crate) fn check(assembly: &Assembly) -> Vec<Finding> {
    let mut findings = assembly.manifest.warnings.clone();
    findings.extend(flagcdk_engine::validate(assembly));
    findings
}

/// The regions to work on, of those that the app has.
pub(crate) fn regions(choice: &Regions, assembly: &Assembly) -> Result<Vec<Region>, Failure> {
    let manifest = &assembly.manifest;
    if choice.all_regions {
        return Ok(manifest.regions.clone());
    }
    if choice.regions.is_empty() {
        return Ok(vec![manifest.home_region]);
    }
    let others: Vec<_> = choice.regions.iter().filter(|region| !manifest.regions.contains(region)).collect();
    if !others.is_empty() {
        let names =
            |regions: &[&Region]| regions.iter().map(|region| format!("`{region}`")).collect::<Vec<_>>().join(", ");
        return Err(Failure::usage(
            format!("the app is not deployed to {}", names(&others)),
            format!(
                "choose among {}, or add the region to `{CONFIG_FILE}`",
                names(&manifest.regions.iter().collect::<Vec<_>>())
            ),
        ));
    }
    // In the app's order, each once, however they were typed.
    Ok(manifest.regions.iter().filter(|region| choice.regions.contains(region)).copied().collect())
}

fn settings(global: &Global) -> Result<Settings, Failure> {
    let environment = global.environment.as_deref();
    let path = global.config.as_deref().unwrap_or(Path::new(CONFIG_FILE));
    let mut settings = if global.config.is_none() && !path.exists() {
        Settings::new()
    } else {
        Settings::from_toml_file(path, environment).map_err(Failure::Findings)?
    };
    if let Some(environment) = environment {
        settings.set("environment", environment, "--env");
    }
    let mut findings = Vec::new();
    for assignment in &global.settings {
        if let Err(finding) = settings.set_argument(assignment) {
            findings.push(finding);
        }
    }
    if findings.is_empty() { Ok(settings) } else { Err(Failure::Findings(findings)) }
}
