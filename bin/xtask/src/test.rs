//! `cargo xtask test`: every check of the project, the same here and in continuous integration.

use std::process::Command;

use crate::tools::{self, step};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Checks only the steps whose name contains this text: `format`, `generated`, `tests`
    #[arg(long)]
    only: Option<String>,
}

/// Installs what the tests need, then runs each step; the first that fails ends the run.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let wanted = |name: &str| arguments.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let cargo = tools::cargo();
    if wanted("format") {
        step("format", Command::new(&cargo).args(["fmt", "--all", "--check"]))?;
    }
    if wanted("generated") {
        step("generated", Command::new(&cargo).args(["xtask", "codegen", "--check"]))?;
    }
    if wanted("tests") {
        let python = tools::install()?;
        // The release profile: it shares every dependency with the functions and the binary that the tests deploy.
        let mut tests = Command::new(&cargo);
        tests.args(["test", "--release", "--workspace", "--no-fail-fast"]);
        step("tests", tests.env("FLAGCDK_TEST_TOOLS", python))?;
    }
    Ok(())
}
