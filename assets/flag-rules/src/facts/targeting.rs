//! Whom a flag is for.

use flag_model::{Condition, Flag, FlagValue, Operator, Percentage, Prerequisite, TargetingRule, Timestamp};
use regex_lite::Regex;
use serde::Serialize;
use serde_json::{Value, json};

use super::seconds_between;
use super::value::type_of;

/// Among how many rules one is looked for that never decides. With more, each is compared with too many.
const MAX_COMPARED_RULES: usize = 500;

#[derive(Debug, Default, Serialize)]
pub(super) struct RolloutFacts {
    set: bool,
    /// The share that gets the value, with what the kill switch and deletion make of it: 100 if there is no rollout.
    pub(super) percentage: f64,
    bucket_by: String,
    salt: String,
}

#[derive(Debug, Serialize)]
pub(super) struct RuleFacts {
    name: String,
    conditions: Vec<ConditionFacts>,
    serve: Value,
    serve_type: &'static str,
    percentage: f64,
    /// Whether a rule before it decides whenever it could: one for all who meet its conditions, which are among this one's.
    shadowed: bool,
}

#[derive(Debug, Serialize)]
struct ConditionFacts {
    attribute: String,
    operator: Value,
    values: Vec<Value>,
    types: Vec<&'static str>,
    negate: bool,
    /// Whether one of the values is there twice.
    repeats: bool,
    /// Whether it matches with something that is no regular expression.
    bad_pattern: bool,
    /// Whether one of the values is no point in time.
    bad_time: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct PrerequisiteFacts {
    flag_id: String,
    equals: Value,
    equals_type: &'static str,
}

/// A step of the schedule.
#[derive(Debug, Serialize)]
pub(super) struct StepFacts {
    /// 1 for the first.
    number: usize,
    at: i64,
    /// 1 for Monday to 7 for Sunday, in UTC.
    weekday: i64,
    /// In UTC.
    hour: i64,
    percentage: f64,
    /// Seconds since the step before it, or since the flag was written.
    wait: i64,
    /// How many percent of users more it reaches than the step before it, or than the rollout does.
    grows_by: f64,
}

impl RolloutFacts {
    pub(super) fn of(flag: &Flag) -> Self {
        let rollout = flag.targeting.rollout.as_ref();
        let percentage = rollout.map_or(100.0, |rollout| rollout.percentage.percent());
        Self {
            set: rollout.is_some(),
            percentage: if flag.kill_switch || flag.deleted { 0.0 } else { percentage },
            bucket_by: rollout.map(|rollout| rollout.bucket_by.clone()).unwrap_or_default(),
            salt: rollout.and_then(|rollout| rollout.salt.clone()).unwrap_or_default(),
        }
    }
}

impl RuleFacts {
    pub(super) fn of_all(rules: &[TargetingRule]) -> Vec<Self> {
        let facts = |(index, rule): (usize, &TargetingRule)| Self {
            name: rule.name.clone(),
            conditions: rule.conditions.iter().map(ConditionFacts::of).collect(),
            serve: rule.serve.to_json(),
            serve_type: type_of(Some(&rule.serve)),
            percentage: rule.percentage.map_or(100.0, Percentage::percent),
            shadowed: rules.len() <= MAX_COMPARED_RULES && rules[..index].iter().any(|before| shadows(before, rule)),
        };
        rules.iter().enumerate().map(facts).collect()
    }
}

fn shadows(before: &TargetingRule, rule: &TargetingRule) -> bool {
    let is_for_all = before.percentage.is_none_or(|percentage| percentage.basis_points() == 10_000);
    is_for_all && before.conditions.iter().all(|condition| rule.conditions.contains(condition))
}

impl ConditionFacts {
    fn of(condition: &Condition) -> Self {
        let values = &condition.values;
        let is_time = |value: &FlagValue| matches!(value, FlagValue::String(text) if text.parse::<Timestamp>().is_ok());
        let is_pattern = |value: &FlagValue| !matches!(value, FlagValue::String(text) if Regex::new(text).is_err());
        Self {
            attribute: condition.attribute.clone(),
            operator: json!(condition.operator),
            types: values.iter().map(|value| type_of(Some(value))).collect(),
            negate: condition.negate,
            repeats: repeats(values),
            bad_pattern: condition.operator == Operator::Matches && !values.iter().all(is_pattern),
            bad_time: matches!(condition.operator, Operator::Before | Operator::After) && !values.iter().all(is_time),
            values: values.iter().map(FlagValue::to_json).collect(),
        }
    }
}

fn repeats(values: &[FlagValue]) -> bool {
    let mut texts: Vec<String> = values.iter().map(|value| value.to_json().to_string()).collect();
    texts.sort_unstable();
    texts.windows(2).any(|pair| pair[0] == pair[1])
}

impl PrerequisiteFacts {
    pub(super) fn of(prerequisite: &Prerequisite) -> Self {
        Self {
            flag_id: prerequisite.flag_id.to_string(),
            equals: prerequisite.equals.to_json(),
            equals_type: type_of(Some(&prerequisite.equals)),
        }
    }
}

impl StepFacts {
    pub(super) fn of_all(flag: &Flag) -> Vec<Self> {
        let mut before = (flag.written_at, flag.targeting.rollout.as_ref().map_or(100.0, |of| of.percentage.percent()));
        let mut steps = Vec::with_capacity(flag.schedule.len());
        for step in &flag.schedule {
            let percentage = step.percentage.percent();
            steps.push(Self {
                number: steps.len() + 1,
                at: step.at.seconds(),
                weekday: step.at.weekday(),
                hour: step.at.hour(),
                percentage,
                wait: seconds_between(before.0, Some(step.at)),
                grows_by: percentage - before.1,
            });
            before = (Some(step.at), percentage);
        }
        steps
    }
}
