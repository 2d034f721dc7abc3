//! `cargo xtask e2e`: the shipped flag system on this machine, and a change that goes all the way.
//!
//! What it does is in `flagcdk-tests`: chores must not depend on the generated code that one of them makes.

use std::process::Command;

use crate::tools;

/// Installs the emulators, builds the command, the functions and the run, and starts it.
pub(crate) fn run() -> Result<(), String> {
    let python = tools::install()?;
    let cargo = tools::cargo();
    let mut build = Command::new(&cargo);
    build.args(["build", "--release", "--package", "flagcdk-cli", "--package", "flag-functions", "--bins"]);
    tools::step("build", &mut build)?;
    let mut run = Command::new(&cargo);
    run.args(["run", "--quiet", "--release", "--package", "flagcdk-tests", "--bin", "local-run"]);
    tools::step("local run", run.env("FLAGCDK_TEST_TOOLS", python))
}
