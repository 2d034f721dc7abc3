//! Rules as they are written: a YAML file for each group. The build script has this module too.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The rules of one group.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    /// The file.
    #[serde(default)]
    pub(crate) file: String,
    /// What the ids of the rules begin with; it is the file's name, too.
    pub(crate) group: String,
    /// What the rules have in common.
    pub(crate) about: String,
    pub(crate) rules: Vec<SourceRule>,
}

/// A rule, and what proves it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceRule {
    pub(crate) id: String,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    /// The kinds of changes that it is for.
    #[serde(default = "written")]
    pub(crate) on: Vec<ChangeKind>,
    /// The CEL expression that is true for changes that the rule is against.
    pub(crate) when: String,
    /// Changes that the rule is against.
    #[serde(default)]
    pub(crate) violates: Vec<Value>,
    /// Changes that it has nothing against, though they are close.
    #[serde(default)]
    pub(crate) passes: Vec<Value>,
    /// The line in the file.
    #[serde(default)]
    pub(crate) line: usize,
    /// The file, if it is another one than the group's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
}

impl SourceRule {
    /// The file that it is written in.
    pub(crate) fn file<'a>(&'a self, group: &'a Group) -> &'a str {
        self.file.as_deref().unwrap_or(&group.file)
    }

    /// The file and the line that it is written in.
    pub(crate) fn place(&self, group: &Group) -> String {
        let file = self.file(group);
        if self.line == 0 { file.to_owned() } else { format!("{file}:{}", self.line) }
    }
}

/// What was done to a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// There was none.
    Create,
    /// It has a new version.
    Update,
    /// Its new version is a tombstone.
    Delete,
    /// It was deleted, and has a value again.
    Recreate,
    /// Its new version takes back a bad one.
    Rollback,
    /// Its head is gone from the table. Nothing can refuse that any more.
    Remove,
}

/// What a broken rule means for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It is not published.
    Error,
    /// It is published, and somebody should look at it.
    Warning,
}

/// Somebody wrote a value.
fn written() -> Vec<ChangeKind> {
    vec![ChangeKind::Create, ChangeKind::Update, ChangeKind::Recreate]
}
