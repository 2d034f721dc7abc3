//! What is wrong with an app, said so that somebody can mend it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much a [`Finding`] weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is sent until this is mended.
    Error,
    /// Worth a look; the deploy goes on.
    Warning,
}

/// One thing that is wrong, where it is, and what to do about it.
///
/// The code is stable and the text is free: scripts match on [`Finding::code`], people read the rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// A stable name such as `synth::duplicate-id`.
    pub code: String,
    /// Where: a construct path, a configuration key or a template location.
    pub path: String,
    /// What is wrong, with what was found and what was wanted.
    pub message: String,
    /// What to do, as an action; best a command to paste.
    pub help: String,
}

impl Finding {
    /// A finding that stops the deploy.
    pub fn error(code: &str, path: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code: code.into(),
            path: path.into(),
            message: message.into(),
            help: help.into(),
        }
    }

    /// A finding that is shown and does not stop anything.
    pub fn warning(code: &str, path: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, path, message, help) }
    }

    /// Whether this finding stops the deploy.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.path, self.message, self.code)
    }
}
