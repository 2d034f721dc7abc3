//! The `main` of an app that `flagcdk` runs.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use flagcdk_core::{App, Finding, SynthError};

use crate::Settings;

/// The variable that names the directory which the assembly is written to.
pub const OUT_VARIABLE: &str = "FLAGCDK_OUT";

/// The variable that holds the settings, as [`Settings::to_json`] writes them; without it there are none.
pub const SETTINGS_VARIABLE: &str = "FLAGCDK_SETTINGS";

/// The file in that directory which holds what is wrong with the app: a [`Finding`] as JSON on each line.
pub const FINDINGS_FILE: &str = "findings.jsonl";

/// What an app's function may give to [`main`]: an [`App`], or the mistakes in its settings.
pub trait IntoApp {
    /// The app.
    ///
    /// # Errors
    /// What is wrong with the settings.
    fn into_app(self) -> Result<App, Vec<Finding>>;
}

impl IntoApp for App {
    fn into_app(self) -> Result<App, Vec<Finding>> {
        Ok(self)
    }
}

impl IntoApp for Result<App, Vec<Finding>> {
    fn into_app(self) -> Result<App, Vec<Finding>> {
        self
    }
}

/// Synthesizes an app for the command `flagcdk`, which runs the binary that calls this.
///
/// ```no_run
/// use flagcdk::{App, ExitCode, Placement, Region, Settings};
///
/// fn app(_settings: &Settings) -> App {
///     let app = App::new("shop", Region::EU_WEST_1);
///     app.stack("Orders", Placement::Home);
///     app
/// }
///
/// fn main() -> ExitCode {
///     flagcdk::main(app)
/// }
/// ```
///
/// The variable `FLAGCDK_OUT` names the directory to write to and `FLAGCDK_SETTINGS` holds the settings. Nothing is
/// written to the standard output. The exit status is
///
/// - 0: the assembly is in the directory;
/// - 2: the settings or the app are wrong. The directory has no assembly but a `findings.jsonl` with a [`Finding`] as JSON
///   on each line;
/// - 3: the directory could not be written; the reason is on the standard error.
pub fn main<R: IntoApp>(app: fn(&Settings) -> R) -> ExitCode {
    let Some(out) = std::env::var_os(OUT_VARIABLE) else {
        say(&format!(
            "{OUT_VARIABLE} is not set: this binary is run by `flagcdk synth` and `flagcdk deploy`, with a directory there"
        ));
        return ExitCode::from(2);
    };
    let settings = std::env::var(SETTINGS_VARIABLE).unwrap_or_else(|_| "{}".to_owned());
    match run(app, &settings, Path::new(&out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Findings) => ExitCode::from(2),
        Err(Failure::Output(reason)) => {
            say(&reason);
            ExitCode::from(3)
        }
    }
}

#[derive(Debug, PartialEq)]
enum Failure {
    Findings,
    Output(String),
}

fn run<R: IntoApp>(app: fn(&Settings) -> R, settings: &str, out: &Path) -> Result<(), Failure> {
    let findings_file = out.join(FINDINGS_FILE);
    let outcome = Settings::from_json(settings)
        .map_err(|finding| vec![finding])
        .and_then(|settings| app(&settings).into_app())
        .and_then(|app| app.synth().map_err(|SynthError { findings }| findings));
    match outcome {
        Ok(assembly) => {
            assembly.write(out).map_err(|error| Failure::Output(format!("{error}; {}", error.help())))?;
            match std::fs::remove_file(&findings_file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unwritable(&findings_file, &error)),
                _ => Ok(()),
            }
        }
        Err(findings) => {
            // An assembly of an earlier run must not be taken for the one of this app.
            match std::fs::remove_file(out.join(flagcdk_assembly::MANIFEST_FILE)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(out, &error)),
                _ => {}
            }
            let mut lines = Vec::new();
            for finding in &findings {
                serde_json::to_writer(&mut lines, finding).expect("a finding is plain data");
                lines.push(b'\n');
            }
            std::fs::create_dir_all(out).map_err(|error| unwritable(out, &error))?;
            std::fs::write(&findings_file, lines).map_err(|error| unwritable(&findings_file, &error))?;
            Err(Failure::Findings)
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::Output(format!("cannot write `{}`: {error}", path.display()))
}

/// Writes a line to the standard error; that it may be closed is nothing to stop for.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "error: {line}");
}

#[cfg(test)]
mod tests {
    use flagcdk_core::{Assembly, Placement, Region};

    use super::*;

    fn app(settings: &Settings) -> Result<App, Vec<Finding>> {
        let mut reader = settings.reader();
        let name = reader.text("name").unwrap_or_else(|| "shop".into());
        let findings = reader.finish();
        if !findings.is_empty() {
            return Err(findings);
        }
        let app = App::new(name, Region::EU_WEST_1);
        app.stack("Orders", Placement::Home);
        Ok(app)
    }

    #[test]
    fn a_directory_has_an_assembly_or_findings_and_never_both() {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().join("new");
        let findings = || std::fs::read_to_string(out.join(FINDINGS_FILE));

        assert_eq!(run(app, "{}", &out), Ok(()));
        assert_eq!(Assembly::read(&out).unwrap().manifest.app, "shop");
        assert!(findings().is_err());

        let bad = r#"{"nam":{"value":"x","origin":"--set nam=x"}}"#;
        assert_eq!(run(app, bad, &out), Err(Failure::Findings));
        assert!(Assembly::read(&out).is_err());
        let line = findings().unwrap();
        let finding: Finding = serde_json::from_str(line.trim()).unwrap();
        assert_eq!((finding.code.as_str(), finding.path.as_str()), ("settings::unknown-key", "--set nam=x"));

        assert_eq!(run(app, "no", &out), Err(Failure::Findings));
        assert!(findings().unwrap().contains("settings::malformed"));

        assert_eq!(run(app, r#"{"name":{"value":"x","origin":"--set name=x"}}"#, &out), Ok(()));
        assert!(findings().is_err());
    }

    #[test]
    fn a_file_in_the_way_is_an_output_failure() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(run(app, "{}", file.path()), Err(Failure::Output(_))));
    }
}
