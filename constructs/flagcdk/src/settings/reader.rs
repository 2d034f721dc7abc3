//! Reading settings with types, all mistakes at once.

use std::collections::{BTreeMap, BTreeSet};

use flagcdk_core::{Finding, Json};

use super::Settings;
use crate::suggest::did_you_mean;

/// Reads [`Settings`] with types and gathers what is wrong with them. A setting that nobody asked for is unknown.
///
/// ```
/// use flagcdk::Settings;
///
/// let mut settings = Settings::new();
/// settings.set_argument("service_cuont=5").unwrap();
/// let mut reader = settings.reader();
/// let count = reader.integer("service_count").unwrap_or(156);
/// let findings = reader.finish();
/// assert_eq!(count, 156);
/// assert_eq!(findings[0].help, "did you mean `service_count`?");
/// ```
#[derive(Debug)]
pub struct SettingsReader<'s> {
    settings: &'s Settings,
    asked: BTreeSet<String>,
    findings: Vec<Finding>,
}

impl<'s> SettingsReader<'s> {
    pub(super) fn new(settings: &'s Settings) -> Self {
        Self { settings, asked: BTreeSet::new(), findings: Vec::new() }
    }

    /// A text, if it was given.
    pub fn text(&mut self, key: &str) -> Option<String> {
        self.typed(key, "a text", |value| value.as_str().map(str::to_owned))
    }

    /// A whole number, if it was given.
    pub fn integer(&mut self, key: &str) -> Option<i64> {
        self.typed(key, "a whole number", Json::as_i64)
    }

    /// `true` or `false`, if it was given.
    pub fn boolean(&mut self, key: &str) -> Option<bool> {
        self.typed(key, "`true` or `false`", Json::as_bool)
    }

    /// A list of texts, if it was given.
    pub fn texts(&mut self, key: &str) -> Option<Vec<String>> {
        self.typed(key, "a list of texts", |value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        })
    }

    /// A table of texts, empty if it was not given.
    pub fn text_table(&mut self, key: &str) -> BTreeMap<String, String> {
        self.asked.insert(key.to_owned());
        let (settings, prefix) = (self.settings, format!("{key}."));
        if let Some(setting) = settings.get(key) {
            self.wrong_type(key, &setting.value, "a table of texts");
        }
        let mut table = BTreeMap::new();
        for (entry, setting) in settings.iter() {
            let Some(name) = entry.strip_prefix(&prefix) else { continue };
            match setting.value.as_str() {
                Some(text) => drop(table.insert(name.to_owned(), text.to_owned())),
                None => self.wrong_type(entry, &setting.value, "a text"),
            }
        }
        table
    }

    /// Says that the value of a setting is wrong. The finding says where it was given, or its key if it was not.
    pub fn error(&mut self, code: &str, key: &str, message: impl Into<String>, help: impl Into<String>) {
        let origin = self.settings.origin(key).unwrap_or(key);
        self.findings.push(Finding::error(code, origin, message, help));
    }

    /// Says that the value of a setting is worth a look.
    pub fn warning(&mut self, code: &str, key: &str, message: impl Into<String>, help: impl Into<String>) {
        let origin = self.settings.origin(key).unwrap_or(key);
        self.findings.push(Finding::warning(code, origin, message, help));
    }

    /// Everything that is wrong, unknown settings included.
    #[must_use]
    pub fn finish(mut self) -> Vec<Finding> {
        let settings = self.settings;
        for (key, _) in settings.iter() {
            let name = key.split('.').next().unwrap_or(key);
            if !self.asked.contains(name) {
                let help = did_you_mean(name, self.asked.iter().map(String::as_str), "the settings are");
                self.error("settings::unknown-key", key, format!("there is no setting `{name}`"), help);
            }
        }
        self.findings
    }

    fn typed<T>(&mut self, key: &str, wanted: &str, convert: impl Fn(&Json) -> Option<T>) -> Option<T> {
        self.asked.insert(key.to_owned());
        let settings = self.settings;
        // An entry such as `service_count.x` means that somebody took the setting for a table.
        let prefix = format!("{key}.");
        if let Some((entry, setting)) = settings.iter().find(|(entry, _)| entry.starts_with(&prefix)) {
            self.wrong_type(entry, &setting.value, &format!("no table: `{key}` is {wanted}"));
        }
        let setting = settings.get(key)?;
        let value = convert(&setting.value);
        if value.is_none() {
            self.wrong_type(key, &setting.value, wanted);
        }
        value
    }

    fn wrong_type(&mut self, key: &str, got: &Json, wanted: &str) {
        let mut shown = got.to_string();
        if shown.len() > 60 {
            shown = format!("{}…", shown.chars().take(60).collect::<String>());
        }
        let help = match wanted {
            "a text" => format!("put the value in quotes: `{key} = \"…\"`"),
            "a whole number" => format!("write digits without quotes: `{key} = 5`"),
            "a list of texts" => format!("write `{key} = [\"…\", \"…\"]`"),
            _ => format!("change the value of `{key}`"),
        };
        self.error("settings::wrong-type", key, format!("`{key}` is {shown}, wanted {wanted}"), help);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(key: &str, value: Json, read: impl Fn(&mut SettingsReader<'_>)) -> Vec<Finding> {
        let mut settings = Settings::new();
        settings.set(key, value, "here");
        let mut reader = settings.reader();
        read(&mut reader);
        reader.finish()
    }

    #[test]
    fn wrong_types_and_unknown_keys_are_findings_at_their_origin() {
        let codes = |findings: Vec<Finding>| findings.into_iter().map(|f| (f.code, f.path)).collect::<Vec<_>>();
        let wrong = vec![("settings::wrong-type".to_owned(), "here".to_owned())];
        assert_eq!(codes(read("a", json!(1), |r| drop(r.text("a")))), wrong);
        assert_eq!(
            codes(read("a", json!("1"), |r| {
                r.integer("a");
            })),
            wrong
        );
        assert_eq!(
            codes(read("a", json!(1.5), |r| {
                r.integer("a");
            })),
            wrong
        );
        assert_eq!(
            codes(read("a", json!("yes"), |r| {
                r.boolean("a");
            })),
            wrong
        );
        assert_eq!(codes(read("a", json!(["x", 1]), |r| drop(r.texts("a")))), wrong);
        assert_eq!(codes(read("a", json!("x"), |r| drop(r.text_table("a")))), wrong);
        assert_eq!(codes(read("a.b", json!(1), |r| drop(r.text_table("a")))), wrong);
        assert_eq!(
            codes(read("a.b", json!(1), |r| {
                r.integer("a");
            })),
            wrong
        );
        assert_eq!(codes(read("a", json!(null), |r| drop(r.text("a")))), wrong);
        let unknown = vec![("settings::unknown-key".to_owned(), "here".to_owned())];
        assert_eq!(codes(read("b.c", json!("x"), |r| drop(r.text("a")))), unknown);
        assert_eq!(codes(read("a.b", json!("x"), |r| drop(r.text_table("a")))), []);
    }

    #[test]
    fn the_nearest_name_is_suggested_or_all_are_listed() {
        let help = |key: &str| {
            let findings = read(key, json!(1), |reader| {
                reader.integer("service_count");
                reader.text("owner");
            });
            findings[0].help.clone()
        };
        assert_eq!(help("service_cont"), "did you mean `service_count`?");
        assert_eq!(help("zone"), "the settings are `owner`, `service_count`");
    }
}
