//! The shipped app's templates, judged by cfn-lint in every region.

use std::path::PathBuf;
use std::process::Command;

use flagcdk_stacks::{Config, app_with};

#[test]
fn cfn_lint_finds_no_error_and_no_warning_in_any_region() {
    let assembly = app_with(&Config::new("dev")).synth().unwrap();
    let directory = tempfile::tempdir().unwrap();
    assembly.write(directory.path()).unwrap();
    let regions = assembly.manifest.regions.iter().map(|region| region.as_str());
    let templates = assembly.templates.keys().map(|name| directory.path().join(name));
    // `cargo xtask test` installs cfn-lint and says where; without it, the one in `PATH` is asked.
    let program = std::env::var_os("FLAGCDK_TEST_TOOLS").map_or_else(PathBuf::new, PathBuf::from).join("cfn-lint");
    let output = Command::new(&program)
        .arg("--regions")
        .args(regions)
        .arg("--template")
        .args(templates)
        .output()
        .unwrap_or_else(|error| panic!("cannot run `{}`: {error}; run `cargo xtask test`", program.display()));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.trim().is_empty(), "{text}{}", String::from_utf8_lossy(&output.stderr));
}
