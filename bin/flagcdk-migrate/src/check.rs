//! What is wrong with a template that CloudFormation would not take, all of it at once.

mod functions;

use std::collections::BTreeSet;

use flagcdk_assembly::Finding;
use serde_json::{Map, Value as Json};

use crate::Source;

const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// All findings; none if the template can be migrated.
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let mut checker = Checker { source, path: Vec::new(), names: Declared::default(), findings: Vec::new() };
    if let Some(template) = source.json().as_object() {
        checker.template(template);
    }
    checker.findings
}

/// The names that a template declares.
#[derive(Debug, Default)]
struct Declared {
    /// Parameters and resources, which `Ref` takes.
    referable: BTreeSet<String>,
    resources: BTreeSet<String>,
    conditions: BTreeSet<String>,
    mappings: BTreeSet<String>,
    /// Whether a macro adds names that are not in the text.
    has_macros: bool,
}

struct Checker<'s> {
    source: &'s Source,
    /// Where the check is.
    path: Vec<String>,
    names: Declared,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    fn template(&mut self, template: &Map<String, Json>) {
        let names = |section: &str| -> BTreeSet<String> {
            template.get(section).and_then(Json::as_object).into_iter().flat_map(Map::keys).cloned().collect()
        };
        let resources = names("Resources");
        self.names = Declared {
            referable: &names("Parameters") | &resources,
            has_macros: template.contains_key("Transform") || has_macro(template) || has_module(template),
            conditions: names("Conditions"),
            mappings: names("Mappings"),
            resources,
        };
        for (name, json) in template {
            self.inside(name, |checker| checker.section(name, json));
        }
        if !template.contains_key("Resources") {
            self.error("migrate::no-resources", "the template has no `Resources`", "declare at least one resource");
        }
    }

    fn section(&mut self, name: &str, json: &Json) {
        if !SECTIONS.contains(&name) && !self.names.has_macros {
            let help = format!("name one of {}", SECTIONS.join(", "));
            return self.error("migrate::unknown-section", format!("`{name}` is no section of a template"), help);
        }
        match (name, json) {
            ("AWSTemplateFormatVersion", json) if json != "2010-09-09" => {
                let message = format!("the format version is `2010-09-09`, got {}", shown(json));
                self.error("migrate::format-version", message, "write `AWSTemplateFormatVersion: \"2010-09-09\"`");
            }
            ("Description", json) if !json.is_string() => self.wrong_shape("a text", json),
            ("Parameters" | "Mappings" | "Conditions" | "Resources" | "Outputs" | "Rules", Json::Object(entries)) => {
                if name == "Resources" && entries.is_empty() {
                    self.error("migrate::no-resources", "the template has no resources", "declare at least one");
                }
                for (entry, json) in entries {
                    self.inside(entry, |checker| checker.entry(name, entry, json));
                }
            }
            ("Parameters" | "Mappings" | "Conditions" | "Resources" | "Outputs" | "Rules", json) => {
                self.wrong_shape("an object", json);
            }
            _ => self.nulls(json),
        }
    }

    fn entry(&mut self, section: &str, name: &str, json: &Json) {
        // What is written by a loop or a macro has a shape of its own.
        if name.starts_with("Fn::") {
            return self.nulls(json);
        }
        // Names of conditions are known to have other characters in templates that are in use.
        let is_free = matches!(section, "Rules" | "Conditions");
        if !is_free && (name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric())) {
            let message = format!("`{name}` cannot be a name in `{section}`");
            self.error("migrate::bad-name", message, "CloudFormation takes ASCII letters and digits alone");
        }
        let Some(object) = json.as_object() else { return self.wrong_shape("an object", json) };
        match section {
            "Resources" => self.resource(object),
            "Outputs" => {
                self.wants(object, "Value");
                self.condition_of(object);
                self.values(json);
            }
            "Parameters" => {
                self.wants(object, "Type");
                self.nulls(json);
            }
            "Conditions" => self.condition(json),
            _ => self.nulls(json),
        }
    }

    fn resource(&mut self, object: &Map<String, Json>) {
        self.wants(object, "Type");
        self.condition_of(object);
        for (name, json) in object {
            self.inside(name, |checker| match (name.as_str(), json) {
                ("Type", json) if !json.is_string() => checker.wrong_shape("the name of a resource type", json),
                ("Properties", json) if !json.is_object() => checker.wrong_shape("an object", json),
                ("DependsOn", json) => checker.depends_on(json),
                // `Condition` was seen above.
                ("Type" | "Condition", _) => {}
                (
                    "Properties"
                    | "Metadata"
                    | "CreationPolicy"
                    | "UpdatePolicy"
                    | "DeletionPolicy"
                    | "UpdateReplacePolicy",
                    _,
                ) => {
                    checker.values(json);
                }
                ("Version", _) => checker.nulls(json),
                _ if checker.names.has_macros => checker.nulls(json),
                _ => {
                    let message = format!("`{name}` is nothing that a resource has beside its properties");
                    checker.error("migrate::unknown-attribute", message, "move it into `Properties`, or remove it");
                }
            });
        }
    }

    fn depends_on(&mut self, json: &Json) {
        let single = std::slice::from_ref(json);
        for json in json.as_array().map_or(single, Vec::as_slice) {
            match json.as_str() {
                Some(name) if self.names.has_macros || self.names.resources.contains(name) => {}
                Some(name) => {
                    let message = format!("`DependsOn` names `{name}`, which is no resource of the template");
                    self.error("migrate::unknown-resource", message, "name a resource of the template");
                }
                None => self.wrong_shape("the logical id of a resource, or a list of such", json),
            }
        }
    }

    /// The condition that an output or a resource names.
    fn condition_of(&mut self, object: &Map<String, Json>) {
        if let Some(json) = object.get("Condition") {
            self.inside("Condition", |checker| match json.as_str() {
                Some(name) => checker.condition_name(name),
                None => checker.wrong_shape("the name of a condition", json),
            });
        }
    }

    fn condition_name(&mut self, name: &str) {
        if !self.names.conditions.contains(name) && !self.names.has_macros {
            let message = format!("`{name}` is no condition of the template");
            self.error("migrate::unknown-condition", message, "declare it in `Conditions`");
        }
    }

    fn wants(&mut self, object: &Map<String, Json>, name: &str) {
        if !object.contains_key(name) {
            self.error("migrate::missing", format!("`{name}` is missing"), format!("add `{name}`"));
        }
    }

    /// Finds `null`, which CloudFormation takes nowhere.
    fn nulls(&mut self, json: &Json) {
        match json {
            Json::Null => self.null(),
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.inside(&index.to_string(), |checker| checker.nulls(item));
                }
            }
            Json::Object(entries) => {
                for (name, json) in entries {
                    self.inside(name, |checker| checker.nulls(json));
                }
            }
            _ => {}
        }
    }

    fn null(&mut self) {
        self.error("migrate::null", "there is nothing here (`null`)", "give a value, or remove the name before it");
    }

    fn wrong_shape(&mut self, wanted: &str, got: &Json) {
        let message = format!("wanted {wanted}, got {}", shown(got));
        self.error("migrate::wrong-shape", message, format!("write {wanted}"));
    }

    fn inside(&mut self, name: &str, check: impl FnOnce(&mut Self)) {
        self.path.push(name.to_owned());
        check(self);
        self.path.pop();
    }

    fn error(&mut self, code: &str, message: impl Into<String>, help: impl Into<String>) {
        let path = self.source.locate(&self.path);
        self.findings.push(Finding::error(code, path, message, help));
    }
}

/// Whether `Fn::Transform` is anywhere, which may bring in whatever it likes.
fn has_macro(template: &Map<String, Json>) -> bool {
    fn within(json: &Json) -> bool {
        match json {
            Json::Array(items) => items.iter().any(within),
            Json::Object(entries) => entries
                .iter()
                .any(|(name, json)| name == "Fn::Transform" || name.starts_with("Fn::ForEach::") || within(json)),
            _ => false,
        }
    }
    template.values().any(within)
}

/// Whether a resource is a module, whose resources have names that are not in the text.
fn has_module(template: &Map<String, Json>) -> bool {
    let resources = template.get("Resources").and_then(Json::as_object).into_iter().flat_map(Map::values);
    resources.into_iter().any(|resource| resource["Type"].as_str().is_some_and(|name| name.ends_with("::MODULE")))
}

/// A value for a message: what it is, or the value itself if it is short.
fn shown(json: &Json) -> String {
    match json {
        Json::Null => "nothing".to_owned(),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
        Json::String(text) => format!("`{}`", text.chars().take(60).collect::<String>()),
        other => format!("`{other}`"),
    }
}
