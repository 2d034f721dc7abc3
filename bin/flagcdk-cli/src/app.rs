//! The app that a command works on: its settings, its assembly, its regions.

mod run;
mod source;

use std::path::{Path, PathBuf};

use flagcdk::Settings;
use flagcdk_assembly::{Assembly, Finding, Region};
use flagcdk_engine::package::PackageOptions;
use flagcdk_stacks::Config;

use self::source::Source;
use crate::args::{Global, Regions};
use crate::failure::Failure;
use crate::ui;
use crate::ui::style::{BOLD, DIM, paint};

/// The file that configures an app, beside its `Cargo.toml`.
const CONFIG_FILE: &str = "flagcdk.toml";

/// An app that was synthesized.
pub(crate) struct App {
    pub(crate) assembly: Assembly,
    /// Where its assets are, and where the command keeps what it makes.
    pub(crate) directory: PathBuf,
}

impl App {
    /// How its assets are packaged: for a simulator, as fast as it goes.
    pub(crate) fn package_options(&self, global: &Global) -> PackageOptions {
        PackageOptions { optimize: global.local.is_none(), ..package_options(&self.directory) }
    }

    /// Where the simulator keeps its account unless somebody says otherwise.
    pub(crate) fn local_state(&self) -> PathBuf {
        self.directory.join(".flagcdk/local")
    }
}

fn package_options(directory: &Path) -> PackageOptions {
    PackageOptions::new(directory, directory.join(".flagcdk/cache"))
}

/// Finds the app, reads its configuration and synthesizes it.
pub(crate) async fn synthesize(global: &Global) -> Result<App, Failure> {
    let source = source::find(global.app.as_deref(), &here()?)?;
    let directory = match &source {
        Source::BuiltIn => PathBuf::from("."),
        Source::Package(package) => package.directory.clone(),
    };
    let settings = settings(global, &directory)?;
    let (assembly, origin) = match &source {
        Source::BuiltIn => (built_in(&settings)?, "built in".to_owned()),
        Source::Package(package) => {
            let assembly = run::synthesize(package, &settings, &package_options(&directory)).await?;
            (assembly, format!("package `{}`", package.name))
        }
    };
    let manifest = &assembly.manifest;
    let regions = ui::plan::count(manifest.regions.len(), "region");
    ui::say(format!(
        "{} {} {}",
        paint(BOLD, "app"),
        manifest.app,
        paint(DIM, format!("({origin}; home {}, {regions})", manifest.home_region))
    ));
    Ok(App { assembly, directory })
}

/// The package that is linked into the command as well.
const FLAG_SYSTEM: &str = "flagcdk-stacks";

/// What the feature-flag system is configured with. No other app has flags.
pub(crate) fn flag_system(global: &Global) -> Result<Config, Failure> {
    let directory = match source::find(global.app.as_deref(), &here()?)? {
        Source::BuiltIn => PathBuf::from("."),
        Source::Package(package) if package.name == FLAG_SYSTEM => package.directory,
        Source::Package(package) => {
            return Err(Failure::usage(
                format!("the app `{}` is not the feature-flag system, and has no flags", package.name),
                "add `--app builtin` for the flags of the shipped system",
            ));
        }
    };
    Config::from_settings(&settings(global, &directory)?).map_err(Failure::Findings)
}

fn here() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| {
        Failure::environment(format!("cannot tell the current directory: {error}"), "go to a directory that exists")
    })
}

fn built_in(settings: &Settings) -> Result<Assembly, Failure> {
    let app = flagcdk_stacks::app(settings).map_err(Failure::Findings)?;
    app.synth().map_err(|error| Failure::Findings(error.findings))
}

/// Synthesizes the app, checks the assembly, and stops at errors.
pub(crate) async fn synthesize_valid(global: &Global) -> Result<App, Failure> {
    let app = synthesize(global).await?;
    let findings = check(&app.assembly);
    if findings.iter().any(Finding::is_error) {
        return Err(Failure::Findings(findings));
    }
    ui::findings::show(&findings);
    Ok(app)
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

fn settings(global: &Global, directory: &Path) -> Result<Settings, Failure> {
    let environment = global.environment.as_deref();
    let path = global.config.clone().unwrap_or_else(|| directory.join(CONFIG_FILE));
    let mut settings = if global.config.is_none() && !path.exists() {
        Settings::new()
    } else {
        Settings::from_toml_file(&path, environment).map_err(Failure::Findings)?
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
