//! A flag from its first version to its arrival everywhere.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::{AWAY, HOME, command, transcript};

const TABLE: &str = "dev-feature-flags-flags";

/// What makes a flag that no rule has anything against.
const NEW: [&str; 19] = [
    "flag",
    "set",
    "checkout.express-pay",
    "--service",
    "checkout",
    "--value",
    "true",
    "--off-value",
    "false",
    "--owner",
    "team-checkout",
    "--contact",
    "checkout-oncall@example.com",
    "--description",
    "Shows the button that pays with one click",
    "--tags",
    "checkout,payments",
    "--expires",
    "60d",
];

const ADA: [&str; 8] = [
    "--by",
    "ada@example.com",
    "--approved-by",
    "grace@example.com",
    "--ticket",
    "FLAGS-123",
    "--reason",
    "the first day went well",
];

struct System {
    emulator: Emulator,
    directory: tempfile::TempDir,
}

impl System {
    /// A table as the template of the stack `Data` says, in both regions.
    fn new() -> Self {
        let (emulator, directory) = (Emulator::start(), tempfile::tempdir().unwrap());
        let output = command(directory.path(), &["synth", "Data", "--app", "builtin"]).output().unwrap();
        let template = serde_json::from_slice(&output.stdout).unwrap();
        for region in [HOME, AWAY] {
            emulator.create_table(region, &template);
        }
        Self { emulator, directory }
    }

    fn directory(&self) -> &Path {
        self.directory.path()
    }

    fn run(&self, arguments: &[&str]) -> String {
        let url = self.emulator.url();
        let output = command(self.directory(), arguments).args(["--endpoint-url", &url]).output().unwrap();
        transcript(arguments, &output)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let url = self.emulator.url();
        let output = command(self.directory(), arguments).args(["--json", "--endpoint-url", &url]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{text}"))
    }
}

#[test]
fn a_flag_is_made_changed_rolled_back_and_killed() {
    let system = System::new();
    let mut shown = String::new();
    let mut run = |parts: &[&[&str]]| shown.push_str(&system.run(&parts.concat()));
    let flag = "checkout.express-pay";
    let change = |percentage: &'static str| ["flag", "set", flag, "--percentage", percentage];
    run(&[&NEW, &ADA, &["--dry-run"]]);
    run(&[&["flag", "get", flag]]);
    run(&[&NEW, &ADA]);
    run(&[&change("5"), &ADA]);
    run(&[&change("5"), &ADA]);
    run(&[&change("10"), &ADA]);
    run(&[&["flag", "get", flag]]);
    run(&[&["flag", "history", flag]]);
    run(&[&["flag", "rollback", flag], &ADA]);
    run(&[&["flag", "rollback", flag, "--to", "3"], &ADA]);
    run(&[&["flag", "kill", flag], &ADA]);
    run(&[&["flag", "kill", flag], &ADA]);
    run(&[&["flag", "list"]]);
    run(&[&["flag", "list", "--service", "search"]]);
    run(&[&["flag", "kill", flag, "--undo"], &ADA]);
    run(&[&["flag", "get", flag, "--at", "3"]]);
    run(&[&["flag", "history", flag, "--limit", "4"]]);
    insta::assert_snapshot!("journey", shown);

    // The table holds what the model says, and the caller is named who does not say otherwise.
    let key = json!({ "TableName": TABLE, "Key": { "flag_id": { "S": flag }, "version": { "N": "0" } } });
    let head = &system.emulator.dynamodb(HOME, "GetItem", &key)["Item"];
    assert_eq!(head["current_version"], json!({ "N": "6" }), "{head}");
    assert_eq!(head["head_service"], json!({ "S": "checkout" }), "{head}");
    let changed = system.json(&["flag", "set", flag, "--value", r#"{"limit": 3.5}"#, "--off-value", "{}", "--dry-run"]);
    assert_eq!((&changed["version"], &changed["written"]), (&json!(7), &json!(false)), "{changed}");
    let history = system.json(&["flag", "history", flag]);
    let statuses: Vec<_> = history["versions"].as_array().unwrap().iter().map(|v| v["status"].as_str()).collect();
    assert_eq!(statuses, [None, None, None, Some("rolled_back"), None, None]);
    system.run(&["flag", "set", flag, "--description", "Named after the caller", "--reason", "who am I"]);
    let by = system.json(&["flag", "get", flag])["change"]["by"].clone();
    assert!(by.as_str().unwrap().starts_with("arn:aws:sts::"), "{by}");

    // What was printed is a definition, also of another flag.
    let printed = system.json(&["flag", "get", flag, "--at", "2"]);
    let mut definition = printed.clone();
    definition.as_object_mut().unwrap().remove("flag_id");
    std::fs::write(system.directory().join("flag.json"), definition.to_string()).unwrap();
    let arguments = ["flag", "set", "checkout.copy", "--definition", "flag.json"];
    let made = system.run(&[&arguments[..], &ADA].concat());
    assert!(made.contains("\ncheckout.copy 1\n") && made.ends_with("= 0\n"), "{made}");
    let copy = system.json(&["flag", "get", "checkout.copy"]);
    for field in ["value", "off_value", "targeting", "owner", "tags", "expires_at"] {
        assert_eq!(copy[field], printed[field], "{field}");
    }
}

#[test]
fn a_change_is_watched_until_it_is_everywhere() {
    let system = System::new();
    let made = system.run(&[&NEW[..], &ADA].concat());
    assert!(made.ends_with("= 0\n"), "{made}");
    let url = system.emulator.url();
    let arguments = ["flag", "watch", "checkout.express-pay"];
    let mut watch = command(system.directory(), &arguments)
        .args(["--endpoint-url", &url])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap());
    let mut seen = String::new();
    // One line for each region: the home region has it, the other does not yet.
    lines.read_line(&mut seen).unwrap();
    lines.read_line(&mut seen).unwrap();
    system.emulator.replicate(TABLE, HOME, AWAY);
    lines.read_to_string(&mut seen).unwrap();
    let mut output = watch.wait_with_output().unwrap();
    output.stdout = seen.into_bytes();
    let mut shown = transcript(&arguments, &output);
    // Nobody copies the next version, so that it does not arrive.
    let arguments = ["flag", "set", "checkout.express-pay", "--percentage", "5"];
    system.run(&[&arguments[..], &ADA].concat());
    shown.push_str(&system.run(&["flag", "watch", "checkout.express-pay", "--timeout", "0"]));
    shown.push_str(&system.run(&["flag", "get", "checkout.express-pay", "--region", AWAY]));
    insta::assert_snapshot!("watch", shown);
    let away = ["flag", "watch", "checkout.express-pay", "--regions", AWAY, "--for", "1"];
    let event = system.json(&away);
    assert_eq!((&event["region"], &event["state"], &event["version"]), (&json!(AWAY), &json!("arrived"), &json!(1)));
}

#[test]
fn what_is_not_there_or_not_allowed() {
    let system = System::new();
    let mut shown = String::new();
    let mut run = |parts: &[&[&str]]| shown.push_str(&system.run(&parts.concat()));
    run(&[&["flag", "list"]]);
    for command in ["get", "history", "rollback", "kill", "watch"] {
        run(&[&["flag", command, "checkout.nothing"]]);
    }
    run(&[&["flag", "set", "checkout.nothing", "--percentage", "5"]]);
    run(&[&["flag", "get", "checkout.nothing", "--region", "sa-east-1"]]);
    run(&[&["flag", "list", "--set", "environment=test"]]);
    insta::assert_snapshot!("nothing-there", shown);

    let refused = system.run(&[&NEW[..], &ADA, &["--owner", ""]].concat());
    assert!(refused.contains("cannot be used multiple times"), "{refused}");
    system.run(&[&NEW[..], &ADA].concat());
    let refused = system.run(&[&["flag", "set", "checkout.express-pay", "--owner", ""][..], &ADA].concat());
    assert!(refused.contains("[ownership.owner-missing]") && refused.ends_with("= 2\n"), "{refused}");
    let history = system.json(&["flag", "history", "checkout.express-pay"]);
    assert_eq!(history["current_version"], 1, "nothing was written: {history}");
}
