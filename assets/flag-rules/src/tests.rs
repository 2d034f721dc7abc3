mod embedded;
#[cfg(feature = "directory")]
mod user;

use crate::compile::RuleSet;
use crate::source::Group;
use crate::yaml;

/// Compiles rules that are written as YAML, and proves them. Gives what is wrong.
fn problems(file: &str, text: &str) -> Vec<String> {
    let mut group: Group = match serde_yaml_ng::from_str(text) {
        Ok(group) => group,
        Err(error) => return vec![error.to_string()],
    };
    group.file = file.to_owned();
    yaml::locate(&mut group.rules, text);
    match RuleSet::compile(&[group]) {
        Ok(rules) => rules.prove().iter().map(ToString::to_string).collect(),
        Err(problems) => problems.0.iter().map(ToString::to_string).collect(),
    }
}

/// A file of one rule.
fn rule(when: &str) -> String {
    let when = serde_json::to_string(when).unwrap();
    format!(
        "group: naming\nabout: names\nrules:\n- id: naming.one\n  severity: error\n  message: wrong\n  when: {when}\n  \
         violates:\n  - flag: {{owner: ''}}\n  passes:\n  - flag: {{owner: x}}\n"
    )
}

#[test]
fn a_rule_is_checked_before_it_is_run() {
    let check = |when: &str, expected: &str| {
        let got = problems("naming.yaml", &rule(when)).join("\n");
        assert!(got.contains(expected) && (expected.is_empty() == got.is_empty()), "{when}: {got}");
    };
    check("flag.owner == ''", "");
    check("flag.ownr == ''", "`flag` has no field `ownr`; it has `age_days`");
    check("flags.owner == ''", "there is no variable `flags`; wanted `change`, `env`, `flag`, `old`");
    check("flag.rollout.percent > 1.0", "`flag.rollout` has no field `percent`");
    check("flag.owner.name == ''", "`flag.owner` has no fields, and so no `name`");
    check("flag.rules.exists(r, r.conditons.size() > 1)", "`r` has no field `conditons`");
    check("flag.rules[0].nam == ''", "`…` has no field `nam`");
    check("lower(flag.owner) == ''", "there is no function `lower`");
    check("flag.owner.matches('[')", "`[` is no regular expression");
    check("flag.owner.matches(flag.id)", "the pattern of `matches` must be a literal");
    check("flag.owner ==", "the condition is not CEL");
    check("flag.owner == '' && flag.owner ==", "the condition is not CEL");
    check("flag.value.limits.size() > 1 || flag.owner == ''", "cannot be run: found no matching overload");
    // Of what cannot be evaluated nothing is known, unless another part decides.
    check("flag.value.limits.size() > 1 && flag.owner == ''", "cannot be run: found no matching overload");
    check("flag.owner == '' && (flag.value.limits.size() > 1 || flag.owner == '')", "");
    check("flag.owner", "it gives a value of the type `string`, wanted `bool`");
    check("true", "it has something against");
    check("false", "it has nothing against {\"flag\":{\"owner\":\"\"}}, which violates it");
    check(&format!("{}true{}", "(".repeat(41), ")".repeat(41)), "brackets 41 deep, wanted 40 at most");
    check(&format!("{}true{}", "(".repeat(9000), ")".repeat(9000)), "characters, wanted 1000 at most");
    check(&vec!["1"; 200].join("+"), "levels deep, wanted 40 at most");
    check(&format!("{}true", "true ? true : ".repeat(60)), "levels deep, wanted 40 at most");
    check("flag.owner == '((((((((((((((((((((((((((((((((((((((((((((((((((' || flag.owner == ''", "");
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let text = "
group: naming
about: names
rules:
- id: naming.one
  severity: error
  message: It is wrong.
  when: flag.ownr == ''
- id: Naming.Two
  severity: warning
  message: 'see {flag.nothing}'
  when: 'true'
  violates: [{}]
  passes: [{flag: {colour: red}}]
- id: naming.one
  severity: warning
  message: 'see {flag.owner'
  when: 'true'
  violates: [{}]
  passes: [{}]
";
    let got = problems("rules/names.yaml", text);
    let lines = |line: usize| {
        let place = format!("rules/names.yaml:{line}: ");
        got.iter().filter(|problem| problem.starts_with(&place)).count()
    };
    assert_eq!((lines(5), lines(9), lines(15), got.len()), (5, 3, 4, 12), "{}", got.join("\n"));
}

#[test]
fn files_are_strict() {
    let check = |text: &str, expected: &str| {
        let got = problems("naming.yaml", text).join("\n");
        assert!(got.contains(expected), "{got}");
    };
    check("", "missing field `group`");
    check("group: a", "missing field `about`");
    check("group: a\ngroup: b", "duplicate");
    check(&rule("true").replace("severity: error", "severity: fatal"), "unknown variant `fatal`");
    check(&rule("true").replace("severity:", "sevrity:"), "unknown field `sevrity`");
    check(
        &rule("true").replace("{owner: x}", "{owner: 1}"),
        "cannot be run: the item is no flag: `owner` is of the type `N`",
    );
    check(&rule("true").replace("- flag: {owner: x}", "- flg: {owner: x}"), "unknown field `flg`");
    check(&rule("true").replace("  when:", "  on: []\n  when:"), "it is for no kind of changes");
}
