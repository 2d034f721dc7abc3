//! Rules as they are written: those that are embedded, and what a user makes of them.

use serde::{Deserialize, Serialize};

use crate::compile::RuleSet;
use crate::problem::RuleProblems;
use crate::source::Group;

/// The rules that are embedded, as the build script left them.
const EMBEDDED: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.json"));

/// Rules that are not compiled yet: the embedded ones, with what a directory adds, replaces and switches off.
///
#[cfg_attr(feature = "directory", doc = "See [`Rulebook::with_directory`] for how a directory looks.")]
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rulebook {
    pub(crate) groups: Vec<Group>,
    #[serde(default)]
    pub(crate) added: Vec<String>,
    #[serde(default)]
    pub(crate) replaced: Vec<String>,
    #[serde(default)]
    pub(crate) disabled: Vec<String>,
}

impl Rulebook {
    /// The rules that are embedded.
    pub fn embedded() -> Self {
        Self::from_json(EMBEDDED).expect("the build script wrote it")
    }

    /// The rulebook that [`Rulebook::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// If the text is something else.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The rulebook as JSON, for a file beside a function that has no parser of YAML. Always the same for the same rules.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("the rules' types have only texts as keys")
    }

    /// Compiles the rules.
    ///
    /// # Errors
    ///
    /// If a rule does not compile, uses a field that there is not, or is not as rules must be: all that is wrong.
    ///
    /// # Panics
    ///
    /// If the system has no thread to spare.
    pub fn compile(&self) -> Result<RuleSet, RuleProblems> {
        RuleSet::compile(&self.groups)
    }

    /// Compiles the rules, and proves each by its examples.
    ///
    /// # Errors
    ///
    /// As [`Rulebook::compile`]; also if a rule is not against an example that violates it, or is against one that passes.
    ///
    /// # Panics
    ///
    /// As there.
    pub fn prove(&self) -> Result<RuleSet, RuleProblems> {
        let rules = self.compile()?;
        let problems = rules.prove();
        if problems.is_empty() { Ok(rules) } else { Err(RuleProblems(problems)) }
    }

    /// The groups and what their rules have in common, in the order of their names.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &str)> {
        self.groups.iter().map(|group| (group.group.as_str(), group.about.as_str()))
    }

    /// The ids of rules that are not embedded, in order.
    pub fn added(&self) -> &[String] {
        &self.added
    }

    /// The ids of embedded rules that are others now, in order.
    pub fn replaced(&self) -> &[String] {
        &self.replaced
    }

    /// The ids of embedded rules that are switched off, in order.
    pub fn disabled(&self) -> &[String] {
        &self.disabled
    }
}
