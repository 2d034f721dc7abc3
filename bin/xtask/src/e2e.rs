//! `cargo xtask e2e`: the shipped flag system on this machine, and a change that goes all the way.
//!
//! What it does is in `flagcdk-tests`: chores must not depend on the generated code that one of them makes.

use std::process::Command;

use crate::tools;

/// Installs the emulators, builds the command, the functions and the run, and starts it.
pub(crate) fn run() -> Result<(), String> {
    let python = tools::install()?;
    // All at once, and run from where they are: packages that are chosen one by one share fewer features, and are compiled again.
    let mut build = Command::new(tools::cargo());
    build.args(["build", "--release", "--bins"]);
    build.args(["--package", "flagcdk-cli", "--package", "flag-functions", "--package", "flagcdk-tests"]);
    tools::step("build", &mut build)?;
    let own = std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    tools::step("local run", Command::new(own.with_file_name("local-run")).env("FLAGCDK_TEST_TOOLS", python))
}
