//! Builds and runs an app that is not linked into the command. It writes an assembly, or what is wrong with it.

use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::Stdio;

use flagcdk::{FINDINGS_FILE, OUT_VARIABLE, SETTINGS_VARIABLE, Settings};
use flagcdk_assembly::{Assembly, Finding};
use flagcdk_engine::package::{PackageEvent, PackageOptions, build_program};

use super::source::Package;
use crate::failure::Failure;
use crate::ui::build::Build;

/// Builds the package's binary, runs it with the settings, and reads what it wrote to a directory of its own.
pub(super) async fn synthesize(
    package: &Package,
    settings: &Settings,
    options: &PackageOptions,
) -> Result<Assembly, Failure> {
    let mut build = Build::new();
    let program = build_program(&package.name, &package.name, &package.binary, options, &mut |event: PackageEvent| {
        build.tell(&event);
    })
    .await
    .map_err(|error| Failure::usage(error.to_string(), error.help()))?;
    drop(build);

    let out = tempfile::tempdir().map_err(|error| {
        Failure::environment(
            format!("cannot make a temporary directory: {error}"),
            "see that the disk has room, or set TMPDIR",
        )
    })?;
    let status = tokio::process::Command::new(&program)
        .current_dir(&package.directory)
        .env(OUT_VARIABLE, out.path())
        .env(SETTINGS_VARIABLE, settings.to_json())
        .stdin(Stdio::null())
        // What the app prints is for people: the standard output of the command is its data.
        .stdout(standard_error())
        .kill_on_drop(true)
        .status()
        .await
        .map_err(|error| {
            Failure::environment(format!("cannot run `{}`: {error}", program.display()), "run it again")
        })?;
    match status.code() {
        Some(0) => Ok(Assembly::read(out.path())?),
        Some(2) if out.path().join(FINDINGS_FILE).is_file() => Err(Failure::Findings(findings(out.path())?)),
        _ => Err(Failure::usage(
            format!("the app `{}` did not write an assembly: {status}", package.name),
            "read what it said above; its `main` must be `flagcdk::main(app)` alone",
        )),
    }
}

fn standard_error() -> Stdio {
    let _ = std::io::stderr().flush();
    std::io::stderr().as_fd().try_clone_to_owned().map_or_else(|_| Stdio::null(), Stdio::from)
}

fn findings(directory: &Path) -> Result<Vec<Finding>, Failure> {
    let path = directory.join(FINDINGS_FILE);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Failure::environment(format!("cannot read `{}`: {error}", path.display()), "run it again"))?;
    let findings: Result<Vec<Finding>, _> = text.lines().map(serde_json::from_str).collect();
    findings.map_err(|error| {
        Failure::usage(
            format!("cannot understand the findings of the app: {error}"),
            "use the same version of flagcdk for the app and for the command",
        )
    })
}
