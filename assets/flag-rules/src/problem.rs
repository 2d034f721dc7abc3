//! What is wrong with rules.

use std::fmt;

use thiserror::Error;

/// What is wrong with a rule, or with a file of rules.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
pub struct RuleProblem {
    /// The file and, if it is known, the line: `rules/naming.yaml:12`.
    pub place: String,
    /// The rule's id; none if the file itself is wrong.
    pub rule: Option<String>,
    /// What is wrong.
    pub problem: String,
}

impl RuleProblem {
    pub(crate) fn of_rule(place: &str, rule: &str, problem: String) -> Self {
        Self { place: place.to_owned(), rule: Some(rule.to_owned()), problem }
    }

    #[cfg(feature = "directory")]
    pub(crate) fn of_file(place: &str, problem: String) -> Self {
        Self { place: place.to_owned(), rule: None, problem }
    }
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(f, "{}: `{rule}`: {}", self.place, self.problem),
            None => write!(f, "{}: {}", self.place, self.problem),
        }
    }
}

/// Everything that is wrong with a set of rules.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{} things are wrong with the business rules:\n{}", .0.len(), .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct RuleProblems(pub Vec<RuleProblem>);

impl RuleProblems {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        "mend the lines that are named; `flag`, `old`, `change` and `env` have the fields that the page on rules lists, and each \
         rule must be against its `violates` and for its `passes`"
    }
}
