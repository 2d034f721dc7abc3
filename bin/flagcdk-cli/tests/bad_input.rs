//! What people read when they asked for something that cannot be, and the status that scripts see. Nothing is ever sent: the
//! endpoint of these commands refuses every connection, and would turn each status into 3.

use std::path::Path;
use std::process::Command;

/// Runs the command in a directory of its own and gives its status and what it wrote to the standard error.
fn run(directory: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_flagcdk"))
        .current_dir(directory)
        .env_clear()
        .env("NO_COLOR", "1")
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{arguments:?}");
    let said = String::from_utf8(output.stderr).unwrap().replace(&directory.display().to_string(), "DIRECTORY");
    (output.status.code(), said)
}

fn check(name: &str, config: Option<&str>, arguments: &[&str]) {
    let directory = tempfile::tempdir().unwrap();
    if let Some(config) = config {
        std::fs::write(directory.path().join("flagcdk.toml"), config).unwrap();
    }
    let (status, said) = run(directory.path(), arguments);
    assert_eq!(status, Some(2), "{said}");
    insta::assert_snapshot!(name, said);
    let left: Vec<_> = directory.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), usize::from(config.is_some()), "{left:?}");
}

const DEPLOY: [&str; 4] = ["deploy", "--all-regions", "--endpoint-url", "http://127.0.0.1:9"];

#[test]
fn settings_that_cannot_be() {
    for (name, setting) in [
        ("unknown-region", r#"regions=["us-east-1","mars-east-1"]"#),
        ("duplicate-region", r#"regions=["us-east-1","eu-west-1","us-east-1"]"#),
        ("home-region-not-listed", r#"regions=["eu-west-1","eu-central-1"]"#),
        ("another-partition", r#"regions=["us-east-1","cn-north-1"]"#),
        ("no-services", "service_count=0"),
        ("too-many-services", "service_count=1001"),
        ("half-a-service", "service_count=156.5"),
        ("services-of-one-name", r#"services=["checkout","search","checkout"]"#),
        ("services-alike", r#"services=["a-b","a_b"]"#),
        ("bad-environment", "environment=Prod"),
        ("long-environment", "environment=an-environment-of-a-very-long-name"),
        ("bad-cidr", "vpc_cidr=10.0.0.0/33"),
        ("small-cidr", "vpc_cidr=10.0.0.0/29"),
        ("unknown-setting", "service_cuont=3"),
        ("not-an-assignment", "service_count"),
    ] {
        check(name, None, &[&DEPLOY[..], &["--set", setting]].concat());
    }
}

#[test]
fn everything_wrong_is_told_at_once() {
    let settings =
        ["--set", "service_count=0", "--set", "environment=-", "--set", "colour=blue", "--set", "retention_days=-1"];
    check("all-at-once", None, &[&DEPLOY[..], &settings].concat());
}

#[test]
fn configuration_files_that_cannot_be() {
    for (name, config, more) in [
        ("unknown-key", "service_cuont = 200\n", &[][..]),
        ("broken-file", "service_count = = 3\n", &[]),
        ("unknown-environment", "[environments.prod]\ntier = \"production\"\n", &["--env", "prdo"]),
        ("wrong-type", "service_count = \"many\"\nmulti_az = 1\n", &[]),
    ] {
        check(name, Some(config), &[&DEPLOY[..], more].concat());
    }
}

#[test]
fn arguments_that_cannot_be() {
    for (name, arguments) in [
        ("region-not-of-the-app", &["deploy", "--regions", "af-south-1", "--local"][..]),
        ("region-that-is-none", &["deploy", "--regions", "us-east-1a", "--local"]),
        ("two-ways-of-regions", &["deploy", "--regions", "us-east-1", "--all-regions"]),
        ("not-an-app", &["synth", "--app", "nowhere"]),
        ("no-such-stack", &["synth", "Nope"]),
        ("bad-app-name", &["init", "Orders"]),
    ] {
        check(name, None, arguments);
    }
}

#[test]
fn what_is_missing_around_the_command_is_another_status() {
    let directory = tempfile::tempdir().unwrap();
    let (status, said) = run(directory.path(), &["status"]);
    assert_eq!(status, Some(3), "{said}");
    insta::assert_snapshot!("no-credentials", said);

    let credentials = [("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret-of-this-test")];
    let output = Command::new(env!("CARGO_BIN_EXE_flagcdk"))
        .current_dir(directory.path())
        .env_clear()
        .env("NO_COLOR", "1")
        .envs(credentials)
        .args(["status", "--endpoint-url", "http://127.0.0.1:9"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(!said.contains("secret-of-this-test"), "{said}");
    insta::assert_snapshot!("unreachable", said);
}
