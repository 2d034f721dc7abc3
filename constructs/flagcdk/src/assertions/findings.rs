//! Assertions about what is found.

use flagcdk_core::{App, Finding, Severity};

/// What the synthesis of an app finds, errors and warnings.
///
/// ```
/// use flagcdk::assertions::Findings;
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Main", Placement::Home);
/// stack.construct("Queue").error("shop::name", "the name is bad", "choose another");
/// let findings = Findings::of(&app);
/// findings.has_error("Main/Queue", "shop::name");
/// findings.has_no_error("Main/Topic*", "*");
/// findings.has_no_warning("*", "*");
/// ```
#[derive(Clone, Debug)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Synthesizes the app and keeps what is found, whether it is an error or not.
    pub fn of(app: &App) -> Self {
        Self(app.synth().map_or_else(|error| error.findings, |assembly| assembly.manifest.warnings))
    }

    /// The findings at a path with a code. Both may end in `*`, which stands for anything.
    pub fn find(&self, path: &str, code: &str) -> Vec<&Finding> {
        self.0.iter().filter(|finding| is_like(&finding.path, path) && is_like(&finding.code, code)).collect()
    }

    /// All codes, in the order of the findings.
    pub fn codes(&self) -> Vec<&str> {
        self.0.iter().map(|finding| finding.code.as_str()).collect()
    }

    /// Wants an error at a path with a code.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn has_error(&self, path: &str, code: &str) {
        self.has(Severity::Error, path, code);
    }

    /// Wants a warning at a path with a code.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn has_warning(&self, path: &str, code: &str) {
        self.has(Severity::Warning, path, code);
    }

    /// Wants no error at a path with a code.
    ///
    /// # Panics
    /// If there is one.
    #[track_caller]
    pub fn has_no_error(&self, path: &str, code: &str) {
        self.has_no(Severity::Error, path, code);
    }

    /// Wants no warning at a path with a code.
    ///
    /// # Panics
    /// If there is one.
    #[track_caller]
    pub fn has_no_warning(&self, path: &str, code: &str) {
        self.has_no(Severity::Warning, path, code);
    }

    #[track_caller]
    fn has(&self, severity: Severity, path: &str, code: &str) {
        if !self.find(path, code).iter().any(|finding| finding.severity == severity) {
            panic!("no {} `{code}` at `{path}`; found {}", word(severity), list(&self.0));
        }
    }

    #[track_caller]
    fn has_no(&self, severity: Severity, path: &str, code: &str) {
        let mut found = self.find(path, code);
        found.retain(|finding| finding.severity == severity);
        if !found.is_empty() {
            panic!("wanted no {} `{code}` at `{path}`; found {}", word(severity), list(found));
        }
    }
}

fn is_like(text: &str, wanted: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => text.starts_with(start),
        None => text == wanted,
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn list<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> String {
    let mut lines = String::new();
    for finding in findings {
        lines.push_str(&format!("\n  {}: {finding}", word(finding.severity)));
    }
    if lines.is_empty() { "nothing".to_owned() } else { lines }
}
