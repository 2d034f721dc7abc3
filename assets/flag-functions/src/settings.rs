//! What a function is told by its environment.

use std::cell::RefCell;
use std::env;

/// The environment, and what was missing or wrong in it so far.
pub(crate) struct Settings {
    problems: RefCell<Vec<String>>,
}

/// Everything that is missing or wrong in the environment of a function.
#[derive(Debug, thiserror::Error)]
#[error("the function's environment is not complete: {}", .0.join(", "))]
pub(crate) struct SettingsError(Vec<String>);

impl Settings {
    pub(crate) fn from_environment() -> Self {
        Self { problems: RefCell::default() }
    }

    /// A text that must be there.
    pub(crate) fn text(&self, name: &str) -> String {
        let value = env::var(name).unwrap_or_default();
        if value.is_empty() {
            self.problems.borrow_mut().push(format!("`{name}` is missing"));
        }
        value
    }

    /// A text that may be missing.
    pub(crate) fn optional(&self, name: &str) -> Option<String> {
        env::var(name).ok().filter(|value| !value.is_empty())
    }

    /// A number that must be there.
    pub(crate) fn number(&self, name: &str) -> u16 {
        let text = self.text(name);
        text.parse().unwrap_or_else(|_| {
            if !text.is_empty() {
                self.problems.borrow_mut().push(format!("`{name}` is `{text}`, wanted a number up to {}", u16::MAX));
            }
            0
        })
    }

    /// Gives everything that was wrong at once, or the settings as they were read.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        let problems = self.problems.take();
        if problems.is_empty() { Ok(()) } else { Err(SettingsError(problems)) }
    }
}
