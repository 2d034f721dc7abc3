//! What the tests and the local run need of others: Redis from Debian, emulators from PyPI.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Installs what is missing, and gives the directory of the emulators' programs.
pub(crate) fn install() -> Result<PathBuf, String> {
    let python = python_packages(Path::new("target/test-tools"), Path::new("tests/requirements.txt"))?;
    redis()?;
    Ok(python)
}

/// The cargo that runs this.
pub(crate) fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Runs a command under a name.
pub(crate) fn step(name: &str, command: &mut Command) -> Result<(), String> {
    println!("== {name}");
    let status =
        command.status().map_err(|error| format!("cannot run `{}`: {error}", command.get_program().display()))?;
    if status.success() { Ok(()) } else { Err(format!("`{name}` failed: {status}")) }
}

/// Sees that there is a Redis to test with: Debian's, where there is none.
fn redis() -> Result<(), String> {
    let is_there = || Command::new("redis-server").arg("--version").output().is_ok();
    if is_there() {
        return Ok(());
    }
    for arguments in [&["update", "--quiet"][..], &["install", "--quiet", "--yes", "redis-server"]] {
        step("test tools", Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(arguments))
            .map_err(|error| format!("{error}; the tests need `redis-server` in `PATH`: install it by hand"))?;
    }
    if is_there() { Ok(()) } else { Err("`redis-server` was installed and is not in `PATH`".to_owned()) }
}

/// A virtual environment with the packages of a requirements file, made once for each state of the file. Gives the
/// directory of its programs.
fn python_packages(directory: &Path, requirements: &Path) -> Result<PathBuf, String> {
    let text = fs::read_to_string(requirements)
        .map_err(|error| format!("cannot read `{}`: {error}", requirements.display()))?;
    let stamp = directory.join("requirements.txt");
    let programs = directory.join("bin");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == text) {
        return fs::canonicalize(&programs).map_err(|error| error.to_string());
    }
    step("test tools", Command::new("python3").args(["-m", "venv", "--clear"]).arg(directory))?;
    let mut install = Command::new(programs.join("pip"));
    step("test tools", install.args(["install", "--quiet", "--requirement"]).arg(requirements))?;
    fs::write(&stamp, text).map_err(|error| format!("cannot write `{}`: {error}", stamp.display()))?;
    fs::canonicalize(&programs).map_err(|error| error.to_string())
}
