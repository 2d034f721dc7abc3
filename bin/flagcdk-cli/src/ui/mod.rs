//! What people see. Data goes to standard output, everything else to standard error.

pub(crate) mod build;
pub(crate) mod findings;
pub(crate) mod grid;
pub(crate) mod lines;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod style;

use std::io::{IsTerminal, Write};

/// Prints a line for people, to standard error. A reader that went away does not stop a deploy.
pub(crate) fn say(text: impl AsRef<str>) {
    let _ = writeln!(anstream::stderr().lock(), "{}", text.as_ref());
}

/// Prints a line of data, to standard output.
pub(crate) fn data(text: impl AsRef<str>) {
    let _ = writeln!(anstream::stdout().lock(), "{}", text.as_ref());
}

/// Whether standard error is a terminal, so that lines may be drawn again.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Asks a question that is answered with `y`. Without a terminal the answer is unknown.
pub(crate) fn confirm(question: &str) -> Option<bool> {
    if !std::io::stdin().is_terminal() || !is_terminal() {
        return None;
    }
    let _ = write!(anstream::stderr().lock(), "{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).ok()?;
    Some(matches!(answer.trim(), "y" | "Y" | "yes"))
}
