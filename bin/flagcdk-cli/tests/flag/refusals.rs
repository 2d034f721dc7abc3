//! What is refused before anything is asked: the endpoint of these commands refuses every connection.

use std::fs;

use crate::{command, transcript};

#[test]
fn what_cannot_be_is_said_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut shown = String::new();
    let endpoint = ["--endpoint-url", "http://127.0.0.1:9"];
    for arguments in [
        &["flag", "list", "--local"][..],
        &["flag", "set", "a b", "--value", "1"],
        &["flag", "set", "a", "--value", "blue", "--percentage", "150", "--expires", "soon", "--off-value", "1e999"],
        &["flag", "set", "a"],
        &["flag", "set", "a", "--definition", "nowhere.json"],
        &["flag", "set", "a", "--delete", "--value", "1"],
        &["flag", "get", "a", "--at", "0"],
        &["flag", "watch", "a", "--for", "1", "--regions", "sa-east-1"],
    ] {
        let local = arguments.contains(&"--local");
        let output =
            command(directory.path(), arguments).args(if local { &[][..] } else { &endpoint }).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", transcript(arguments, &output));
        shown.push_str(&transcript(arguments, &output));
    }
    let definition = r#"{"vaule": 1, "owner": 7, "targeting": {"rollout": {"percentage": 101}}}"#;
    fs::write(directory.path().join("flag.json"), definition).unwrap();
    let arguments = ["flag", "set", "a", "--definition", "flag.json"];
    let output = command(directory.path(), &arguments).args(endpoint).output().unwrap();
    shown.push_str(&transcript(&arguments, &output));

    let manifest = "[package]\nname = \"shop\"\n\n[package.metadata.flagcdk]\n";
    fs::write(directory.path().join("Cargo.toml"), manifest).unwrap();
    let arguments = ["flag", "list"];
    let output = command(directory.path(), &arguments).args(endpoint).output().unwrap();
    shown.push_str(&transcript(&arguments, &output));
    insta::assert_snapshot!("refusals", shown);
}

#[test]
fn rules_are_asked_without_anything_deployed() {
    let directory = tempfile::tempdir().unwrap();
    let change =
        r#""change": {"by": "ada@example.com", "reason": "first users", "approved_by": ["grace@example.com"]}"#;
    let fields = r#""flag_id": "checkout.tax", "service": "checkout", "value": true, "off_value": false"#;
    for (name, more) in [("good", r#", "owner": "team-checkout", "#), ("orphan", ", "), ("odd", r#", "colour": 1, "#)] {
        fs::write(directory.path().join(format!("{name}.json")), format!("{{{fields}{more}{change}}}")).unwrap();
    }
    let run = |arguments: &[&str]| {
        let output = command(directory.path(), arguments).output().unwrap();
        transcript(arguments, &output)
    };
    let orphan = run(&["rules", "test", "orphan.json"]);
    assert!(orphan.contains("[ownership.owner-missing]") && orphan.ends_with("= 2\n"), "{orphan}");
    let odd = run(&["rules", "test", "orphan.json", "--before", "odd.json"]);
    assert!(odd.contains("`extra`") && odd.ends_with("= 2\n"), "{odd}");
    let judged = run(&["rules", "test", "orphan.json", "--before", "good.json", "--json"]);
    assert!(judged.contains(r#""rule": "ownership.owner-missing""#), "{judged}");
}

#[test]
fn a_directory_of_rules_is_checked_and_tried() {
    let directory = tempfile::tempdir().unwrap();
    let (good, bad) = (directory.path().join("good"), directory.path().join("bad"));
    fs::create_dir(&good).unwrap();
    fs::create_dir(&bad).unwrap();
    let rule = |when: &str| {
        format!(
            "group: house\nabout: What only we want.\ndisabled: [ownership.owner-missing]\nrules:\n- id: house.blue\n  \
             severity: error\n  message: \"`{{flag.id}}` is not blue\"\n  when: \"{when}\"\n  violates:\n  - flag: \
             {{ tags: [red] }}\n  passes:\n  - flag: {{ tags: [blue] }}\n"
        )
    };
    // The changes that are right in every respect have no tag `red`.
    fs::write(good.join("house.yaml"), rule("'red' in flag.tags")).unwrap();
    fs::write(bad.join("house.yaml"), rule("'red' in flag.tgas")).unwrap();
    fs::write(bad.join("local.yaml"), "disabled: [naming.nothing-such]\n").unwrap();
    let fields = r#""flag_id": "checkout.tax", "service": "checkout", "value": true, "tags": ["red"]"#;
    fs::write(directory.path().join("flag.json"), format!("{{{fields}}}")).unwrap();
    let run = |arguments: &[&str]| {
        let output = command(directory.path(), arguments).output().unwrap();
        transcript(arguments, &output)
    };
    let checked = run(&["rules", "check", "good"]);
    assert!(checked.contains("\nadded     house.blue\noff       ownership.owner-missing\n"), "{checked}");
    assert!(checked.ends_with("= 0\n"), "{checked}");
    let document = run(&["rules", "check", "good", "--json"]);
    assert!(document.contains(r#""house.blue""#), "{document}");
    let tried = run(&["rules", "test", "flag.json", "--rules", "good"]);
    assert!(tried.contains("`checkout.tax` is not blue [house.blue]") && tried.ends_with("= 2\n"), "{tried}");
    assert!(!tried.contains("[ownership.owner-missing]"), "{tried}");
    for arguments in [&["rules", "check", "bad"][..], &["rules", "test", "flag.json", "--rules", "bad"]] {
        let wrong = run(arguments);
        assert!(wrong.contains("naming.nothing-such") && wrong.ends_with("= 2\n"), "{wrong}");
    }
    fs::remove_file(bad.join("local.yaml")).unwrap();
    let wrong = run(&["rules", "check", "bad"]);
    assert!(wrong.contains("`tgas`") && wrong.ends_with("= 2\n"), "{wrong}");
    let missing = run(&["rules", "check", "nowhere"]);
    assert!(missing.contains("the directory cannot be read") && missing.ends_with("= 2\n"), "{missing}");
}
