//! The rules that are shipped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cel::common::value::CowVal;
use cel::{Context, Env, Value as CelValue};
use serde_json::Value;

use crate::check::facts_of;
use crate::compile::RuleSet;
use crate::example::Scene;
use crate::pattern;

fn embedded() -> RuleSet {
    RuleSet::embedded().unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn they_hold_their_examples() {
    let problems = embedded().prove();
    assert!(problems.is_empty(), "{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
}

#[test]
fn there_are_234() {
    let rules = embedded();
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    for summary in rules.summaries() {
        *groups.entry(summary.id.split_once('.').unwrap().0).or_default() += 1;
    }
    let expected = [
        ("approval", 11),
        ("bounds", 9),
        ("change", 14),
        ("deletion", 6),
        ("freeze", 7),
        ("history", 9),
        ("kill-switch", 10),
        ("lifecycle", 16),
        ("limits", 11),
        ("metadata", 8),
        ("naming", 14),
        ("ownership", 8),
        ("prerequisites", 7),
        ("privacy", 11),
        ("promotion", 9),
        ("rollout", 19),
        ("schedule", 11),
        ("secrets", 12),
        ("targeting", 22),
        ("types", 11),
        ("values", 9),
    ];
    assert_eq!(groups, BTreeMap::from(expected));
    assert_eq!(rules.len(), 234);
}

/// People name them where they switch rules off, and find them in logs: to rename one is a breaking change.
#[test]
fn their_ids_are_public() {
    let rules = embedded();
    let line = |summary: crate::RuleSummary<'_>| format!("{} {:?}", summary.id, summary.severity).to_lowercase();
    let lines: Vec<String> = rules.summaries().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// All examples of all rules.
fn scenes(rules: &RuleSet) -> Vec<Scene> {
    let examples = rules.rules.iter().flat_map(|rule| rule.source.violates.iter().chain(&rule.source.passes));
    examples.map(|example| Scene::of(example).unwrap()).collect()
}

/// If two rules agree on the examples of all rules, one of them is too many.
#[test]
fn no_two_say_the_same() {
    let rules = embedded();
    let scenes = scenes(&rules);
    let mut findings: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (number, scene) in scenes.iter().enumerate() {
        for finding in rules.check(scene.change(), &scene.place).findings {
            assert!(!finding.message.contains("could not be evaluated"), "{}: {}", finding.rule, finding.message);
            findings.entry(finding.rule).or_default().insert(number);
        }
    }
    assert_eq!(findings.len(), rules.len(), "a rule has something against nothing");
    let mut known: BTreeMap<&BTreeSet<usize>, &str> = BTreeMap::new();
    for (rule, found) in &findings {
        if let Some(other) = known.insert(found, rule) {
            panic!("`{rule}` and `{other}` have something against the same changes");
        }
    }
}

/// The engine takes conditions apart, shares their parts and has lists of its own. CEL itself must come to the same.
#[test]
fn the_engine_agrees_with_cel() {
    let rules = embedded();
    let environment = Arc::new(Env::stdlib());
    let programs: Vec<_> = rules.rules.iter().map(|rule| environment.compile(&rule.source.when).unwrap()).collect();
    for (number, scene) in scenes(&rules).iter().enumerate() {
        let (kind, facts) = facts_of(scene);
        let mut context = Context::with_env(Arc::clone(&environment));
        pattern::add_to(&mut context, Arc::clone(&rules.patterns));
        for (name, value) in facts.as_object().unwrap() {
            context.add_variable_from_value(name.as_str(), plain(value));
        }
        let got = rules.check(scene.change(), &scene.place);
        let got: Vec<&str> = got.findings.iter().map(|finding| finding.rule.as_str()).collect();
        let applying = rules.rules.iter().zip(&programs).filter(|(rule, program)| {
            rule.is_for(kind) && CelValue::resolve_val(program.expression(), &context).is_ok_and(|it| is_true(&it))
        });
        let expected: Vec<&str> = applying.map(|(rule, _)| rule.source.id.as_str()).collect();
        assert_eq!(got, expected, "example {number}");
    }
}

fn is_true(value: &CowVal<'_, '_>) -> bool {
    value.downcast_ref::<cel::common::types::CelBool>().is_some_and(|value| *value.inner())
}

/// JSON as CEL's own values.
fn plain(json: &Value) -> CelValue {
    match json {
        Value::Null => CelValue::Null,
        Value::Bool(value) => CelValue::Bool(*value),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| CelValue::Float(number.as_f64().unwrap()), CelValue::Int)
        }
        Value::String(text) => CelValue::String(Arc::new(text.clone())),
        Value::Array(values) => CelValue::List(Arc::new(values.iter().map(plain).collect())),
        Value::Object(object) => {
            let entries = object.iter().map(|(name, value)| (name.as_str().into(), plain(value)));
            CelValue::Map(cel::objects::Map { map: Arc::new(entries.collect()) })
        }
    }
}
