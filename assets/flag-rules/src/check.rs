//! Changes, checked.

use std::sync::Arc;

use cel::common::types::CelBool;
use cel::{Context, Value as CelValue};

use crate::compile::{Rule, RuleSet};
use crate::example::{Scene, right_changes};
use crate::facts::{Change, Facts, Place};
use crate::pattern;
use crate::problem::RuleProblem;
use crate::source::{ChangeKind, Severity};
use crate::value::Variables;

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
        let variables = Variables::of(&facts);
        let mut evaluation = Evaluation::of(self, &variables);
        let findings = self.rules.iter().filter(|rule| rule.is_for(kind)).filter_map(|rule| {
            let message = match evaluation.applies(rule) {
                Ok(false) => return None,
                Ok(true) => rule.message.about(&facts),
                Err(error) => format!("the rule could not be evaluated: {error}"),
            };
            Some(Finding { rule: rule.source.id.clone(), severity: rule.source.severity, message })
        });
        Verdict { findings: findings.collect() }
    }

    /// Runs every rule against its examples, and those that are embedded also against changes that are right in every respect:
    /// what a user holds to be right is not known. Gives what is wrong.
    pub fn prove(&self) -> Vec<RuleProblem> {
        let right: Vec<Scene> =
            right_changes().iter().map(|example| Scene::of(example).expect("the changes are sound")).collect();
        let mut problems = Vec::new();
        for rule in &self.rules {
            let mut wrong = |problem| problems.push(RuleProblem::of_rule(&rule.place, &rule.source.id, problem));
            let examples = [(&rule.source.violates, true), (&rule.source.passes, false)];
            for (example, expected) in
                examples.iter().flat_map(|(all, expected)| all.iter().map(|one| (one, *expected)))
            {
                match Scene::of(example).and_then(|scene| self.run(rule, &scene)) {
                    Ok(got) if got == expected => {}
                    Ok(true) => wrong(format!("it has something against {example}, which passes")),
                    Ok(false) => wrong(format!("it has nothing against {example}, which violates it")),
                    Err(error) => wrong(format!("the example {example} cannot be run: {error}")),
                }
            }
            let is_embedded = rule.source.file.is_none();
            for (scene, example) in right.iter().zip(right_changes()).filter(|_| is_embedded) {
                match self.run(rule, scene) {
                    Ok(false) => {}
                    Ok(true) => wrong(format!("it has something against {example}, with which nothing is wrong")),
                    Err(error) => wrong(format!("it cannot be run on {example}: {error}")),
                }
            }
        }
        problems
    }

    pub(crate) fn run(&self, rule: &Rule, scene: &Scene) -> Result<bool, String> {
        let facts = Facts::of(scene.change(), &scene.place);
        if !rule.is_for(facts.kind()) {
            return Ok(false);
        }
        Evaluation::of(self, &Variables::of(&facts.to_json())).applies(rule)
    }
}

impl Rule {
    pub(crate) fn is_for(&self, kind: ChangeKind) -> bool {
        self.source.on.contains(&kind)
    }
}

/// Rules, evaluated about one change.
struct Evaluation<'e> {
    rules: &'e RuleSet,
    context: Context<'e, 'e>,
    /// What came of each part of a condition, if it was needed yet.
    outcomes: Vec<Option<Result<bool, String>>>,
}

impl<'e> Evaluation<'e> {
    fn of(rules: &'e RuleSet, variables: &'e Variables) -> Self {
        let mut context = Context::with_env(Arc::clone(&rules.environment));
        pattern::add_to(&mut context, Arc::clone(&rules.patterns));
        context.set_variable_resolver(variables);
        Self { rules, context, outcomes: vec![None; rules.parts.len()] }
    }

    /// As CEL has it for `&&`: a part that is false decides, also if another one cannot be evaluated.
    fn applies(&mut self, rule: &Rule) -> Result<bool, String> {
        let mut outcome = Ok(true);
        for part in &rule.parts {
            match self.part(*part) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(error) => {
                    outcome = outcome.and(Err(error.clone()));
                }
            }
        }
        outcome
    }

    fn part(&mut self, part: usize) -> &Result<bool, String> {
        self.outcomes[part].get_or_insert_with(|| {
            let value =
                CelValue::resolve_val(&self.rules.parts[part], &self.context).map_err(|error| error.to_string())?;
            let applies = value.downcast_ref::<CelBool>().map(|applies| *applies.inner());
            applies.ok_or_else(|| format!("it gives a value of the type `{}`, wanted `bool`", value.get_type().name()))
        })
    }
}

/// For tests that compare.
#[cfg(test)]
pub(crate) fn facts_of(scene: &Scene) -> (ChangeKind, serde_json::Value) {
    let facts = Facts::of(scene.change(), &scene.place);
    (facts.kind(), facts.to_json())
}
