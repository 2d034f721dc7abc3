use std::path::{Path, PathBuf};
use std::time::Duration;

use flagcdk_engine::{PackageError, PackageEvent, PackageOptions};

use crate::{binary, run, set_mode, was_cached, write};

/// A directory with a manifest and a program that is called instead of cargo.
fn pretend(root: &Path, script: &str) -> PackageOptions {
    write(root, "Cargo.toml", "");
    write(root, "cargo", &format!("#!/bin/sh\n{script}"));
    let cargo = root.join("cargo");
    set_mode(&cargo, 0o755);
    PackageOptions { cargo, optimize: false, ..PackageOptions::new(root, root.join("cache")) }
}

fn said(line: &str) -> PackageEvent {
    PackageEvent::CargoSaid { asset: "Code".into(), line: line.into() }
}

#[test]
fn what_goes_to_aws_is_built_in_a_profile_of_its_own() {
    let root = tempfile::tempdir().unwrap();
    let options = PackageOptions { optimize: true, ..pretend(root.path(), "echo \"$@\" >&2\nexit 1\n") };
    let (result, events) = run(&binary("shop"), &options);
    assert_eq!(result.unwrap_err().code(), "package::build-failed");
    let expected = "build --config profile.lambda.inherits=\"release\" --profile lambda --package shop --bin bootstrap \
                    --message-format json-render-diagnostics";
    assert_eq!(events[1], said(expected));
}

#[test]
fn what_cargo_says_becomes_events() {
    let root = tempfile::tempdir().unwrap();
    let executable: PathBuf = std::env::current_exe().unwrap();
    let message = format!(
        r#"{{"reason":"compiler-artifact","target":{{"name":"bootstrap","kind":["bin"]}},"executable":"{}"}}"#,
        executable.display()
    );
    let script = format!(
        r#"
echo "$@" >&2
printf '    Blocking waiting for file lock on build directory\n' >&2
printf '    Building [=>     ] 1/3: serde\r   Compiling serde v1.0.0\n    Building [===>   ] 2/3: shop(bin)\r\r' >&2
echo '{{"reason":"compiler-artifact","target":{{"name":"bootstrap","kind":["lib"]}},"executable":null}}'
echo 'not JSON'
echo '{message}'
echo '{{"reason":"build-finished","success":true}}'
printf '    Finished `release` profile' >&2
"#
    );
    let (result, events) = run(&binary("shop"), &pretend(root.path(), &script));
    let compiling =
        |done, names: &str| PackageEvent::Compiling { asset: "Code".into(), done, total: 3, names: names.into() };
    let expected = [
        PackageEvent::BuildStarted { asset: "Code".into(), package: "shop".into(), binary: "bootstrap".into() },
        said("build --release --package shop --bin bootstrap --message-format json-render-diagnostics"),
        said("    Blocking waiting for file lock on build directory"),
        compiling(1, "serde"),
        compiling(2, "shop(bin)"),
        said("    Finished `release` profile"),
    ];
    assert_eq!(&events[..6], expected);
    match result {
        Ok(_) => assert_eq!(events.len(), 7),
        // The program that runs this test was linked against the C library of this machine, which may be newer than Lambda's.
        Err(error) => assert_eq!(error.code(), "package::would-not-run", "{error}"),
    }
}

#[test]
fn silence_is_broken() {
    let root = tempfile::tempdir().unwrap();
    let options = PackageOptions { silence: Duration::from_millis(20), ..pretend(root.path(), "sleep 0.2\nexit 1\n") };
    let (_, events) = run(&binary("shop"), &options);
    let still = events.iter().filter(|event| matches!(event, PackageEvent::StillBuilding { .. })).count();
    assert!(still >= 2, "{events:?}");
}

#[test]
fn builds_that_fail() {
    let check = |script: &str, code: &str, message: &str, help: &str| {
        let root = tempfile::tempdir().unwrap();
        let error = run(&binary("shop"), &pretend(root.path(), script)).0.unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), (code, message));
        assert!(error.help().contains(help), "{}", error.help());
        assert!(!root.path().join("cache").exists());
    };
    check(
        "echo 'error: expected `;`' >&2\nprintf '    Building [=> ] 1/3: shop\\r' >&2\necho 'error: could not compile' >&2\nexit 101\n",
        "package::build-failed",
        "cargo could not build `bootstrap` of `shop` (exit status: 101):\nerror: expected `;`\nerror: could not compile",
        "mend what the compiler says",
    );
    check("", "package::no-executable", "cargo built `shop` and made no binary `bootstrap`", "[[bin]]");
}

#[test]
fn what_is_not_there() {
    let root = tempfile::tempdir().unwrap();
    let options = pretend(root.path(), "");
    let missing = PackageOptions { cargo: root.path().join("nowhere/cargo"), ..options.clone() };
    let error = run(&binary("shop"), &missing).0.unwrap_err();
    assert!(matches!(error, PackageError::NoCargo { .. }) && error.is_environment(), "{error}");
    assert!(error.help().contains("rustup.rs"));

    let empty = tempfile::tempdir().unwrap();
    let elsewhere = PackageOptions { directory: empty.path().to_owned(), ..options };
    let error = run(&binary("shop"), &elsewhere).0.unwrap_err();
    assert_eq!(error.code(), "package::no-workspace", "{error}");
}

/// A real build of a package without dependencies.
#[test]
fn a_real_build() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        "Cargo.toml",
        "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[[bin]]\nname = \"bootstrap\"\npath = \"main.rs\"\n\
         [profile.release]\nopt-level = 0\nstrip = true\n[workspace]\n",
    );
    write(root.path(), "main.rs", "fn main() { std::process::exit(7) }\n");
    let options = PackageOptions::new(root.path(), root.path().join("cache"));
    let (first, events) = run(&binary("shop"), &options);
    assert!(events.iter().any(|event| matches!(event, PackageEvent::Compiling { total: 1, .. })), "{events:?}");
    match first {
        Ok(first) => {
            let (second, events) = run(&binary("shop"), &options);
            assert_eq!(first, second.unwrap());
            assert!(was_cached(&events));
        }
        Err(error) => assert_eq!(error.code(), "package::would-not-run", "{error}"),
    }
    write(root.path(), "main.rs", "fn main() { wrong }\n");
    let error = run(&binary("shop"), &options).0.unwrap_err().to_string();
    assert!(error.contains("cannot find value `wrong` in this scope"), "{error}");
}
