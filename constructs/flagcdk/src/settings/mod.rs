//! What an app is configured with, and who said so.

mod file;
mod reader;

use std::collections::BTreeMap;

use flagcdk_core::{Finding, Json};
use serde::{Deserialize, Serialize};

pub use reader::SettingsReader;

/// The settings of an app, each with its origin, so that whoever gave a bad one is told where.
///
/// Tables such as `tags` are kept entry by entry under `tags.<name>`, so that a later source adds to a table instead of
/// taking its place.
///
/// ```
/// use flagcdk::Settings;
///
/// let text = "owner = 'platform'\n[environments.prod]\ntags.team = 'core'\n";
/// let mut settings = Settings::from_toml(text, "flagcdk.toml", Some("prod")).expect("the text is right");
/// settings.set_argument("service_count=5").expect("the argument is right");
/// assert_eq!(settings.origin("service_count"), Some("--set service_count=5"));
/// assert_eq!(settings.origin("tags.team"), Some("flagcdk.toml:3: environments.prod.tags.team"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings {
    entries: BTreeMap<String, Setting>,
}

/// One setting: a value and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The value.
    pub value: Json,
    /// Where the value was given, such as `flagcdk.toml:7: environments.prod.home_region` or `--set service_count=5`.
    pub origin: String,
}

impl Settings {
    /// No settings: an app then uses its defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a setting, in place of an earlier one. An object sets its entries and leaves others of the same table alone.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<Json>, origin: impl Into<String>) {
        let (key, origin) = (key.into(), origin.into());
        match value.into() {
            Json::Object(entries) if !key.contains('.') => {
                for (name, value) in entries {
                    self.entries.insert(format!("{key}.{name}"), Setting { value, origin: origin.clone() });
                }
            }
            value => {
                self.entries.insert(key, Setting { value, origin });
            }
        }
    }

    /// Gives a setting as `key=value`, the argument of `--set`. The value is TOML if it can be, else a text, so that
    /// `owner=platform-team`, `service_count=5` and `regions=["eu-west-1"]` all mean what they look like.
    ///
    /// # Errors
    /// A finding if there is no `=` or nothing before it.
    pub fn set_argument(&mut self, argument: &str) -> Result<(), Finding> {
        let origin = format!("--set {argument}");
        let (key, value) = match argument.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => (key.trim(), value.trim()),
            _ => {
                return Err(Finding::error(
                    "settings::bad-argument",
                    origin,
                    format!("`{argument}` is not of the form `key=value`"),
                    "write for example `--set service_count=5`",
                ));
            }
        };
        self.set(key, file::value_or_text(value), origin);
        Ok(())
    }

    /// Takes over all settings of another source, which has its way.
    pub fn merge(&mut self, other: Settings) {
        self.entries.extend(other.entries);
    }

    /// A setting by its key; an entry of a table by `table.name`.
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.entries.get(key)
    }

    /// Where a setting was given, if it was.
    pub fn origin(&self, key: &str) -> Option<&str> {
        self.get(key).map(|setting| setting.origin.as_str())
    }

    /// All settings in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.entries.iter().map(|(key, setting)| (key.as_str(), setting))
    }

    /// Starts to read the settings, to find all mistakes at once.
    pub fn reader(&self) -> SettingsReader<'_> {
        SettingsReader::new(self)
    }

    /// The settings as JSON, which [`Settings::from_json`] reads: how they get from `flagcdk` into an app that it runs.
    ///
    /// # Panics
    /// Never: settings are plain data.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("settings are plain data")
    }

    /// Reads what [`Settings::to_json`] wrote.
    ///
    /// # Errors
    /// A finding if the text is something else.
    pub fn from_json(text: &str) -> Result<Self, Finding> {
        serde_json::from_str(text).map_err(|error| {
            Finding::error(
                "settings::malformed",
                "FLAGCDK_SETTINGS",
                format!("the settings are not of the form that flagcdk writes: {error}"),
                "use the same version of flagcdk for the app and for the command",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_are_toml_or_text() {
        let check = |argument: &str, key: &str, expected: Json| {
            let mut settings = Settings::new();
            settings.set_argument(argument).unwrap();
            assert_eq!(settings.get(key).map(|setting| &setting.value), Some(&expected), "{argument}");
        };
        check("service_count=5", "service_count", json!(5));
        check("multi_az=true", "multi_az", json!(true));
        check("owner=platform-team", "owner", json!("platform-team"));
        check("owner='platform team'", "owner", json!("platform team"));
        check("regions=[\"eu-west-1\", 'us-east-1']", "regions", json!(["eu-west-1", "us-east-1"]));
        check("regions=[eu-west-1]", "regions", json!("[eu-west-1]"));
        check("owner=", "owner", json!(""));
        check("owner=a=b", "owner", json!("a=b"));
        check("owner=nan", "owner", json!("nan"));
        check("tags.team=core", "tags.team", json!("core"));
        check("tags={team='core'}", "tags.team", json!("core"));
        check("count=99999999999999999999", "count", json!("99999999999999999999"));
        for argument in ["", "=", "=5", "service_count", "  =5"] {
            let finding = Settings::new().set_argument(argument).unwrap_err();
            assert_eq!(finding.code, "settings::bad-argument", "{argument}");
        }
    }

    #[test]
    fn json_keeps_values_and_origins() {
        let mut settings = Settings::new();
        settings.set("tags", json!({ "team": "core" }), "flagcdk.toml:1: tags");
        settings.set("service_count", 5, "--set service_count=5");
        assert_eq!(Settings::from_json(&settings.to_json()), Ok(settings));
        for text in ["", "[]", "{\"a\":1}", "{\"a\":{\"value\":1}}"] {
            assert_eq!(Settings::from_json(text).unwrap_err().code, "settings::malformed", "{text}");
        }
    }
}
