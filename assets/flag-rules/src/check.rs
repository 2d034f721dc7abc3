//! Changes, checked.

use std::sync::Arc;

use cel::{Context, Value as CelValue};
use serde_json::Value;

use crate::compile::{Rule, RuleProblem, RuleSet};
use crate::example::{Scene, right_changes};
use crate::facts::{Change, Facts, Place};
use crate::pattern::{self, MATCHES};
use crate::source::{ChangeKind, Severity};
use crate::value::to_cel;

/// What a rule has against a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// Whether the change may be published nevertheless.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
}

/// What all rules have against a change, in the order of the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Everything that was found.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Whether the change must not be published.
    pub fn is_rejected(&self) -> bool {
        self.errors().next().is_some()
    }

    /// The findings that reject the change.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }

    /// The findings that do not.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Warning)
    }
}

impl RuleSet {
    /// Checks a change against every rule.
    ///
    /// A rule that cannot be evaluated counts as broken: what could not be checked is not let through on a guess.
    pub fn check(&self, change: Change<'_>, place: &Place) -> Verdict {
        let facts = Facts::of(change, place);
        let kind = facts.kind();
        let facts = facts.to_json();
        let context = self.context(&facts);
        let findings = self.rules.iter().filter(|rule| rule.is_for(kind)).filter_map(|rule| {
            let message = match rule.applies(&context) {
                Ok(false) => return None,
                Ok(true) => rule.message.about(&facts),
                Err(error) => format!("the rule could not be evaluated: {error}"),
            };
            Some(Finding { rule: rule.source.id.clone(), severity: rule.source.severity, message })
        });
        Verdict { findings: findings.collect() }
    }

    /// Runs every rule against its examples, and against changes that are right in every respect. Gives what is wrong.
    pub fn prove(&self) -> Vec<RuleProblem> {
        let mut problems = Vec::new();
        let right = right_changes();
        for rule in &self.rules {
            let expected = rule.source.violates.iter().map(|example| (example, true));
            let passing = rule.source.passes.iter().chain(&right).map(|example| (example, false));
            for (example, expected) in expected.chain(passing) {
                let problem = match self.run(rule, example) {
                    Ok(got) if got == expected => continue,
                    Ok(true) => format!("it has something against {example}, which passes"),
                    Ok(false) => format!("it has nothing against {example}, which violates it"),
                    Err(error) => format!("the example {example} cannot be run: {error}"),
                };
                problems.push(RuleProblem { place: rule.place.clone(), rule: rule.source.id.clone(), problem });
            }
        }
        problems
    }

    fn run(&self, rule: &Rule, example: &Value) -> Result<bool, String> {
        let scene = Scene::of(example)?;
        let facts = Facts::of(scene.change(), &scene.place);
        if !rule.is_for(facts.kind()) {
            return Ok(false);
        }
        rule.applies(&self.context(&facts.to_json()))
    }

    fn context(&self, facts: &Value) -> Context<'static, 'static> {
        let mut context = Context::with_env(Arc::clone(&self.environment));
        context
            .add_function(MATCHES, pattern::function(Arc::clone(&self.patterns)))
            .expect("without its own regular expressions, CEL has no function of this name");
        for (name, value) in facts.as_object().into_iter().flatten() {
            context.add_variable_from_value(name.as_str(), to_cel(value));
        }
        context
    }
}

impl Rule {
    fn is_for(&self, kind: ChangeKind) -> bool {
        self.source.on.contains(&kind)
    }

    fn applies(&self, context: &Context<'_, '_>) -> Result<bool, String> {
        match self.program.execute(context) {
            Ok(CelValue::Bool(applies)) => Ok(applies),
            Ok(other) => Err(format!("it gives a value of the type `{}`, wanted `bool`", other.type_of())),
            Err(error) => Err(error.to_string()),
        }
    }
}
