//! Directories that lie over the shipped rules.

use std::fs;

use tempfile::TempDir;

use crate::Rulebook;
use crate::compile::RuleSet;

/// A directory of these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Lays the files over the shipped rules, and proves the result. What is wrong is told without the directory's path.
fn prove(files: &[(&str, &str)]) -> Result<(Rulebook, RuleSet), String> {
    let folder = folder(files);
    let path = format!("{}/", folder.path().display());
    let told = |text: String| text.replace(&path, "");
    let book = Rulebook::embedded().with_directory(folder.path());
    let book = book.map_err(|problems| told(problems.to_string()))?;
    let rules = book.prove().map_err(|problems| told(problems.to_string()))?;
    Ok((book, rules))
}

const ADDED: &str = "
group: company
about: What our company wants.
rules:
- id: company.cost-center
  severity: error
  message: \"the flag `{flag.id}` has no cost center\"
  when: '!flag.tags.exists(tag, tag.startsWith(\"cc-\"))'
  violates:
  - flag: { tags: [checkout] }
  passes:
  - flag: { tags: [cc-42] }
";

const REPLACED: &str = "
group: naming
rules:
- id: 'naming.too-long' # as our screens are small
  severity: error
  message: the id has more than 40 characters
  on: [create]
  when: flag.id.size() > 40
  violates:
  - flag: { flag_id: checkout.show-the-button-that-pays-with-one-click }
  passes:
  - flag: { flag_id: checkout.one-click-pay }
disabled: [naming.ticket]
";

#[test]
fn rules_are_added_replaced_and_switched_off() {
    let off = "disabled:\n- freeze.night # we never sleep\n- freeze.friday-afternoon\n";
    let files = [("company.yaml", ADDED), ("naming.yml", REPLACED), ("off.yaml", off), ("README.md", "")];
    let (book, rules) = prove(&files).unwrap();
    assert_eq!(book.added(), ["company.cost-center"]);
    assert_eq!(book.replaced(), ["naming.too-long"]);
    assert_eq!(book.disabled(), ["freeze.friday-afternoon", "freeze.night", "naming.ticket"]);
    assert_eq!(rules.len(), 234 + 1 - 3);
    let replaced = rules.summaries().find(|rule| rule.id == "naming.too-long").unwrap();
    assert_eq!((replaced.when, replaced.group()), ("flag.id.size() > 40", "naming"));
    assert!(replaced.place.ends_with("naming.yml:4"), "{}", replaced.place);
    assert!(rules.summaries().all(|rule| rule.id != "freeze.night"));
    assert!(book.groups().any(|(group, about)| (group, about) == ("company", "What our company wants.")));
    // A function reads them without YAML.
    let again = Rulebook::from_json(&book.to_json()).unwrap();
    assert_eq!(again.to_json(), book.to_json());
    assert!(again.compile().unwrap().summaries().eq(rules.summaries()));
    // Another directory lies over both.
    let second = folder(&[("more.yaml", "disabled: [company.cost-center]")]);
    let book = again.with_directory(second.path()).unwrap();
    assert_eq!(book.compile().unwrap().len(), 234 - 3);
}

#[test]
fn all_that_is_wrong_is_told_with_file_and_line() {
    let check = |files: &[(&str, &str)], expected: &[&str]| {
        let got = prove(files).map_or_else(|problems| problems, |_| "nothing is wrong".to_owned());
        let got: Vec<&str> = got.lines().skip(1).collect();
        assert_eq!(got.len(), expected.len(), "{}", got.join("\n"));
        for (got, expected) in got.iter().zip(expected) {
            assert!(got.contains(expected), "{got}\nwanted {expected}");
        }
    };
    // The files.
    check(
        &[
            ("a.yaml", "group: a\nrules: [}"),
            ("b.yaml", "group: b\nruls: []\n"),
            ("c.yaml", "{}"),
            ("d.yaml", "group: d\nrules:\n- id: d.one\n  severity: fatal\n"),
            ("e.yaml", ""),
        ],
        &["a.yaml:2: ", "b.yaml:2: unknown field `ruls`", "c.yaml:1: the file has neither", "d.yaml:4: ", "e.yaml"],
    );
    // What they say together.
    let off = "disabled:\n- naming.ticket\n- naming.tikcet\n- naming.too-long\n- nothing.like-it\n- naming.ticket\n";
    check(
        &[
            ("naming.yaml", &REPLACED.replace("disabled: [naming.ticket]", "")),
            ("off.yaml", off),
            ("other.yaml", &ADDED.replace("about: What our company wants.", "").replace("company", "other")),
            ("company.yaml", ADDED),
            ("twin.yaml", ADDED),
        ],
        &[
            "off.yaml:2: `naming.ticket` is switched off in off.yaml:2 already",
            "off.yaml:3: there is no rule `naming.tikcet`; did you mean `naming.ticket`?",
            "off.yaml:4: `naming.too-long` is switched off, and written in naming.yaml:4; do one of the two",
            "off.yaml:5: there is no rule `nothing.like-it`",
            "other.yaml:1: `other` is a new group; say in `about` what its rules have in common",
            "twin.yaml:5: `company.cost-center`: company.yaml:5 has the same id",
        ],
    );
    // The rules, once the files are sound.
    check(
        &[
            ("company.yaml", &ADDED.replace("flag.tags", "flag.tag")),
            ("naming.yaml", &REPLACED.replace("flag.id.size() > 40", "flag.id.size( > 40").replace("[create]", "[]")),
        ],
        &[
            "company.yaml:5: `company.cost-center`: `flag` has no field `tag`",
            "naming.yaml:4: `naming.too-long`: it is for no kind of changes",
            "naming.yaml:4: `naming.too-long`: the condition is not CEL",
        ],
    );
    // What they are proved by.
    check(
        &[("company.yaml", &ADDED.replace("cc-42", "checkout"))],
        &[
            "company.yaml:5: `company.cost-center`: it has something against {\"flag\":{\"tags\":[\"checkout\"]}}, which passes",
        ],
    );
}

#[test]
fn a_directory_must_be_there_and_hold_rules() {
    let check = |path: &std::path::Path, expected: &str| {
        let got = Rulebook::embedded().with_directory(path).map(drop).unwrap_err().to_string();
        assert!(got.contains(expected), "{got}");
    };
    let empty = folder(&[("rules.txt", "")]);
    check(empty.path(), "there is no file in it that ends with `.yaml` or `.yml`");
    check(&empty.path().join("none"), "the directory cannot be read");
    check(&empty.path().join("rules.txt"), "the directory cannot be read");
    fs::create_dir(empty.path().join("folder.yaml")).unwrap();
    check(empty.path(), "folder.yaml: it is no file");
    fs::write(empty.path().join("binary.yaml"), b"\xff\xfe\x00").unwrap();
    check(empty.path(), "binary.yaml: the file cannot be read");
    fs::write(empty.path().join("huge.yaml"), " ".repeat(1_100_000)).unwrap();
    check(empty.path(), "huge.yaml: the file has 1100000 bytes, wanted 1048576 at most");
}

#[test]
fn the_directory_that_is_shown_to_people_holds() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/rules");
    let book = Rulebook::embedded().with_directory(&folder).unwrap();
    assert_eq!(
        (book.added(), book.disabled()),
        (&["company.cost-center".to_owned()][..], &["ownership.owner-missing".to_owned()][..])
    );
    assert_eq!(book.prove().unwrap().len(), 234);
}
