//! Errors and warnings.

use flagcdk_assembly::{Finding, Severity};

use super::say;
use super::style::{BAD, BOLD, CHANGE, DIM, HELP, paint};

/// Shows all findings, errors last so that they are next to the prompt.
pub(crate) fn show(findings: &[Finding]) {
    let mut sorted: Vec<_> = findings.iter().collect();
    sorted.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.path.cmp(&b.path)));
    for finding in sorted {
        let (style, word) = match finding.severity {
            Severity::Error => (BAD, "error"),
            Severity::Warning => (CHANGE, "warning"),
        };
        say(format!(
            "{}: {}: {} {}",
            paint(style.bold(), word),
            paint(BOLD, &finding.path),
            finding.message,
            paint(DIM, format!("[{}]", finding.code))
        ));
        help(&finding.help);
    }
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    if errors > 0 {
        let plural = if errors == 1 { "" } else { "s" };
        say(format!("{errors} error{plural}; nothing was sent"));
    }
}

/// Shows one error.
pub(crate) fn error(message: &str, code: Option<&str>, help_text: &str) {
    let code = code.map(|code| paint(DIM, format!(" [{code}]"))).unwrap_or_default();
    say(format!("{}: {message}{code}", paint(BAD.bold(), "error")));
    help(help_text);
}

fn help(text: &str) {
    if !text.is_empty() {
        say(format!("  {}: {text}", paint(HELP, "help")));
    }
}
