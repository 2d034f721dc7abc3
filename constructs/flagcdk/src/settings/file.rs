//! Settings in a TOML file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flagcdk_core::{Finding, Json};
use serde_json::json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Settings;
use crate::suggest::did_you_mean;

/// The most bytes that a file of settings may have. Real ones have a few hundred.
const MAX_BYTES: u64 = 1024 * 1024;

/// The table whose entries are the environments.
const ENVIRONMENTS: &str = "environments";

impl Settings {
    /// Reads settings from TOML. Keys at the top are for all environments; those of `[environments.<name>]` have their way
    /// for the environment of that name.
    ///
    /// Without an `environment` the file's own key `environment` chooses. `file` is how origins name the file. A mark of the
    /// byte order and line ends of either kind are fine.
    ///
    /// # Errors
    /// Everything that is wrong with the text, each with file and line: not UTF-8, not TOML, keys twice, numbers that JSON
    /// cannot say, an environment that the file does not have.
    pub fn from_toml(text: impl AsRef<[u8]>, file: &str, environment: Option<&str>) -> Result<Self, Vec<Finding>> {
        let text = text.as_ref();
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let text = match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(error) => {
                let line = 1 + text[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
                let message = format!("byte 0x{:02x} is not UTF-8", text[error.valid_up_to()]);
                let finding =
                    Finding::error("settings::not-utf8", format!("{file}:{line}"), message, "save the file as UTF-8");
                return Err(vec![finding]);
            }
        };
        if text.trim().is_empty() {
            return Err(vec![Finding::error(
                "settings::empty-file",
                file,
                "the file is empty",
                "write at least `environment = \"dev\"`, or remove the file to use the defaults",
            )]);
        }
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut source = Source { text, file, findings: Vec::new(), settings: Self::new() };
        for error in errors {
            let place = error.span().map_or_else(|| file.to_owned(), |span| source.place(span.start));
            // What follows on a line that is wrong already follows from the first mistake.
            if source.findings.iter().any(|finding| finding.path == place) {
                continue;
            }
            source.findings.push(Finding::error(
                "settings::syntax",
                place,
                error.message(),
                "write TOML: `key = value` lines, texts in quotes, each key once",
            ));
        }
        if source.findings.is_empty() {
            source.read(document.get_ref(), environment);
        }
        if source.findings.is_empty() { Ok(source.settings) } else { Err(source.findings) }
    }

    /// Reads settings from a TOML file, see [`Settings::from_toml`].
    ///
    /// # Errors
    /// As [`Settings::from_toml`], and if the file is absent, a directory, unreadable or larger than 1 MiB.
    pub fn from_toml_file(path: &Path, environment: Option<&str>) -> Result<Self, Vec<Finding>> {
        let name = path.display().to_string();
        let failed = |code: &str, message: String, help: &str| vec![Finding::error(code, &name, message, help)];
        let unreadable = |error: std::io::Error| {
            failed(
                "settings::unreadable",
                format!("cannot read the file: {error}"),
                "check the path and its permissions",
            )
        };
        // What the path leads to is looked at before it is opened: a pipe would make the opening wait.
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        if !metadata.is_file() {
            let kind = if metadata.is_dir() { "a directory" } else { "no regular file" };
            return Err(failed(
                "settings::not-a-file",
                format!("this is {kind}"),
                "name a TOML file, such as `flagcdk.toml`",
            ));
        }
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > MAX_BYTES {
            let message = format!("the file has more than {MAX_BYTES} bytes");
            return Err(failed(
                "settings::too-large",
                message,
                "name a file of settings; real ones have a few hundred bytes",
            ));
        }
        Self::from_toml(bytes, &name, environment)
    }
}

/// A value of TOML as JSON if the text is one, else the text.
pub(super) fn value_or_text(text: &str) -> Json {
    match DeValue::parse(text) {
        Ok(value) => to_json(value.get_ref()).unwrap_or_else(|_| text.into()),
        Err(_) => text.into(),
    }
}

struct Source<'a> {
    text: &'a str,
    file: &'a str,
    findings: Vec<Finding>,
    settings: Settings,
}

impl Source<'_> {
    fn read(&mut self, document: &DeTable<'_>, environment: Option<&str>) {
        for (key, value) in document.iter().filter(|(key, _)| key.get_ref() != ENVIRONMENTS) {
            self.take("", key, value);
        }
        let own = self.settings.get("environment").and_then(|setting| setting.value.as_str()).map(str::to_owned);
        let chosen = environment.map(str::to_owned).or(own);
        let Some((key, environments)) = document.iter().find(|(key, _)| key.get_ref() == ENVIRONMENTS) else {
            return;
        };
        let DeValue::Table(environments) = environments.get_ref() else {
            self.not_a_table(key, ENVIRONMENTS);
            return;
        };
        for (name, settings) in environments {
            let prefix = format!("{ENVIRONMENTS}.{}", name.get_ref());
            let DeValue::Table(settings) = settings.get_ref() else {
                self.not_a_table(name, &prefix);
                continue;
            };
            if let Some((key, _)) = settings.iter().find(|(key, _)| key.get_ref() == "environment") {
                self.findings.push(Finding::error(
                    "settings::environment-in-environment",
                    self.place(key.span().start),
                    format!("`{prefix}` has a key `environment`"),
                    "remove it: the table's name is the environment",
                ));
            }
            if chosen.as_deref() == Some(name.get_ref()) {
                for (key, value) in settings {
                    self.take(&prefix, key, value);
                }
            }
        }
        let names = environments.keys().map(|name| name.get_ref().as_ref());
        if let Some(chosen) = chosen
            && !environments.keys().any(|name| *name.get_ref() == chosen)
        {
            self.findings.push(Finding::error(
                "settings::unknown-environment",
                self.place(key.span().start),
                format!("the file has no environment `{chosen}`"),
                did_you_mean(&chosen, names, "the environments are"),
            ));
        }
    }

    fn take(&mut self, prefix: &str, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let name = key.get_ref();
        let path = if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") };
        // A table is taken entry by entry, so that each has its own line.
        if let DeValue::Table(entries) = value.get_ref() {
            for (entry, value) in entries {
                let (key, path) = (format!("{name}.{}", entry.get_ref()), format!("{path}.{}", entry.get_ref()));
                self.insert(key, &path, entry.span().start, value);
            }
        } else {
            self.insert(name.to_string(), &path, key.span().start, value);
        }
    }

    fn insert(&mut self, key: String, path: &str, at: usize, value: &Spanned<DeValue<'_>>) {
        let place = self.place(at);
        match to_json(value.get_ref()) {
            Ok(value) => self.settings.set(key, value, format!("{place}: {path}")),
            Err(number) => self.findings.push(Finding::error(
                "settings::bad-number",
                format!("{place}: {path}"),
                format!("`{number}` is not a number that can be used here"),
                "write a whole number between -2^63 and 2^63-1, or a finite one",
            )),
        }
    }

    fn not_a_table(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, path: &str) {
        self.findings.push(Finding::error(
            "settings::not-a-table",
            self.place(key.span().start),
            format!("`{path}` is not a table"),
            "write `[environments.<name>]` on a line of its own, and the settings of that environment below it",
        ));
    }

    /// File and line of a byte of the text.
    fn place(&self, at: usize) -> String {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        format!("{}:{line}", self.file)
    }
}

/// The value as JSON.
///
/// # Errors
/// The text of a number that JSON cannot say or that does not fit into 64 bits.
fn to_json(value: &DeValue<'_>) -> Result<Json, String> {
    Ok(match value {
        DeValue::String(text) => json!(text),
        DeValue::Boolean(value) => json!(value),
        DeValue::Datetime(moment) => json!(moment.to_string()),
        DeValue::Integer(integer) => {
            let value = i64::from_str_radix(integer.as_str(), integer.radix());
            json!(value.map_err(|_| integer.to_string())?)
        }
        DeValue::Float(float) => {
            let value = float.as_str().parse::<f64>().ok().filter(|value| value.is_finite());
            json!(value.ok_or_else(|| float.to_string())?)
        }
        DeValue::Array(items) => items.iter().map(|item| to_json(item.get_ref())).collect::<Result<Json, _>>()?,
        DeValue::Table(entries) => entries
            .iter()
            .map(|(key, value)| Ok((key.get_ref().to_string(), to_json(value.get_ref())?)))
            .collect::<Result<serde_json::Map<_, _>, String>>()?
            .into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_or_refused_with_a_place() {
        type Expected<'a> = Result<&'a [(&'a str, Json, &'a str)], &'a [(&'a str, &'a str)]>;
        let check = |text: &[u8], environment: Option<&str>, expected: Expected<'_>| {
            let shown = String::from_utf8_lossy(text).into_owned();
            match (Settings::from_toml(text, "f.toml", environment), expected) {
                (Ok(settings), Ok(expected)) => {
                    let got: Vec<_> = settings.iter().map(|(k, s)| (k, s.value.clone(), s.origin.as_str())).collect();
                    assert_eq!(got, expected, "{shown}");
                }
                (Err(findings), Err(expected)) => {
                    let got: Vec<_> = findings.iter().map(|f| (f.code.as_str(), f.path.as_str())).collect();
                    assert_eq!(got, expected, "{shown}: {findings:?}");
                }
                (got, _) => panic!("{shown}: {got:?}"),
            }
        };
        check(b"a = 1\n", None, Ok(&[("a", json!(1), "f.toml:1: a")]));
        check(
            b"\xef\xbb\xbfa = 1\r\nb = 'x'\r\n",
            None,
            Ok(&[("a", json!(1), "f.toml:1: a"), ("b", json!("x"), "f.toml:2: b")]),
        );
        let two = b"a = 1\nt.x = 'y'\n[environments.dev]\n[environments.prod]\na = 2\nt.z = 3\n";
        check(two, Some("dev"), Ok(&[("a", json!(1), "f.toml:1: a"), ("t.x", json!("y"), "f.toml:2: t.x")]));
        check(
            two,
            Some("prod"),
            Ok(&[
                ("a", json!(2), "f.toml:5: environments.prod.a"),
                ("t.x", json!("y"), "f.toml:2: t.x"),
                ("t.z", json!(3), "f.toml:6: environments.prod.t.z"),
            ]),
        );
        check(
            b"environment = 'qa'\n[environments.qa]\na = 1.5\n",
            None,
            Ok(&[
                ("a", json!(1.5), "f.toml:3: environments.qa.a"),
                ("environment", json!("qa"), "f.toml:1: environment"),
            ]),
        );
        check(two, Some("prd"), Err(&[("settings::unknown-environment", "f.toml:3")]));
        check(b"", None, Err(&[("settings::empty-file", "f.toml")]));
        check(b"\xef\xbb\xbf \r\n", None, Err(&[("settings::empty-file", "f.toml")]));
        check(b"a = 1\nb = '\xff'\n", None, Err(&[("settings::not-utf8", "f.toml:2")]));
        check(b"a = 1\nb = 2\na = 3\n", None, Err(&[("settings::syntax", "f.toml:3")]));
        check(
            b"a = nan\nb = 99999999999999999999\n",
            None,
            Err(&[("settings::bad-number", "f.toml:1: a"), ("settings::bad-number", "f.toml:2: b")]),
        );
        check(b"environments = 1\n", None, Err(&[("settings::not-a-table", "f.toml:1")]));
        check(b"[environments]\nqa = 1\n", None, Err(&[("settings::not-a-table", "f.toml:2")]));
        check(
            b"[environments.qa]\nenvironment = 'x'\n",
            None,
            Err(&[("settings::environment-in-environment", "f.toml:2")]),
        );
        check(b"\0", None, Err(&[("settings::syntax", "f.toml:1")]));
    }

    #[test]
    fn deep_nesting_and_several_errors_are_findings() {
        let deep = format!("a = {}", "[".repeat(10_000));
        let findings = Settings::from_toml(deep, "f.toml", None).unwrap_err();
        assert!(findings.iter().all(|finding| finding.code == "settings::syntax"));
        let findings = Settings::from_toml("a = \nb = 1\nc = [\n", "f.toml", None).unwrap_err();
        assert!(findings.len() >= 2, "{findings:?}");
    }

    #[test]
    fn only_regular_files_of_a_sane_size_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let code = |path: &Path| Settings::from_toml_file(path, None).unwrap_err()[0].code.clone();
        assert_eq!(code(directory.path()), "settings::not-a-file");
        assert_eq!(code(&directory.path().join("absent.toml")), "settings::unreadable");
        let large = directory.path().join("large.toml");
        std::fs::write(&large, vec![b'#'; 1024 * 1024 + 1]).unwrap();
        assert_eq!(code(&large), "settings::too-large");
        let good = directory.path().join("good.toml");
        std::fs::write(&good, "a = 1").unwrap();
        assert!(Settings::from_toml_file(&good, None).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_loop_of_links_is_a_finding() {
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("loop.toml");
        std::os::unix::fs::symlink(&link, &link).unwrap();
        assert_eq!(Settings::from_toml_file(&link, None).unwrap_err()[0].code, "settings::unreadable");
    }
}
