//! The sections of an included template, one by one.

use std::collections::BTreeMap;

use flagcdk_core::{Condition, Expr, Handle, Json, Output, Parameter, RawResource, RemovalPolicy, Scope, Stack, Value};
use serde_json::Map;

use super::macros::Macros;
use super::parameters::rewrite;
use crate::did_you_mean;

/// Takes a template into a stack, section by section.
pub(super) struct Sections<'a> {
    pub(super) stack: &'a Stack,
    pub(super) scope: &'a Scope,
    /// What stands in place of parameters.
    pub(super) values: BTreeMap<String, Expr>,
    /// What of the template CloudFormation's macros make.
    pub(super) macros: &'a mut Macros,
}

/// What of a template can be asked for by name.
pub(super) type Taken =
    (BTreeMap<String, Handle<RawResource>>, BTreeMap<String, Condition>, BTreeMap<String, Value<String>>);

const ATTRIBUTES: [&str; 9] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

impl Sections<'_> {
    pub(super) fn take(&mut self, mut template: Json) -> Taken {
        self.macros.declared_in(&template);
        let mut section = |name: &str| template.as_object_mut().and_then(|sections| sections.remove(name));
        section("AWSTemplateFormatVersion");
        if let Some(Json::String(text)) = section("Description")
            && self.stack.description().is_empty()
        {
            drop(self.stack.clone().describe(text));
        }
        match section("Transform") {
            Some(Json::Array(macros)) => macros.into_iter().for_each(|name| self.stack.transform(name)),
            Some(name) => self.stack.transform(name),
            None => {}
        }
        let parameters = self.parameters(self.object("Parameters", section("Parameters")));
        let mappings = self.object("Mappings", section("Mappings"));
        let mappings = self.without_macros("Mappings", mappings);
        self.mappings(mappings);
        let conditions = self.object("Conditions", section("Conditions"));
        let conditions: BTreeMap<_, _> = self
            .without_macros("Conditions", conditions)
            .into_iter()
            .map(|(name, test)| (name.clone(), self.stack.condition(&name, rewrite(test, &self.values))))
            .collect();
        for (name, rule) in self.object("Rules", section("Rules")) {
            self.stack.rule(&name, rewrite(rule, &self.values));
        }
        for (key, value) in self.object("Metadata", section("Metadata")) {
            self.stack.metadata(key, value);
        }
        let resources = self.object("Resources", section("Resources"));
        let outputs = self.object("Outputs", section("Outputs"));
        let (resources, outputs) =
            (self.without_macros("Resources", resources), self.without_macros("Outputs", outputs));
        let resources = self.resources(resources, &conditions);
        self.outputs(outputs, &conditions);
        for name in template.as_object().into_iter().flat_map(Map::keys) {
            self.scope.error(
                "include::unknown-section",
                format!("a section `{name}` cannot be included"),
                "remove it, or deploy the template by other means",
            );
        }
        (resources, conditions, parameters)
    }

    fn parameters(&self, section: Map<String, Json>) -> BTreeMap<String, Value<String>> {
        for name in self.values.keys().filter(|name| !section.contains_key(*name)) {
            self.scope.error(
                "include::unknown-parameter",
                format!("the included template has no parameter `{name}` that could have a value"),
                did_you_mean(name, section.keys().map(String::as_str), "its parameters are"),
            );
        }
        let mut parameters = BTreeMap::new();
        for (name, parameter) in section {
            let value = match (self.values.get(&name), parameter) {
                (Some(value), _) => Value::from_expr(value.clone()),
                (None, Json::Object(entries)) => self.stack.parameter(&name, Parameter::from_json(entries)),
                (None, _) => {
                    self.malformed(&format!("Parameters.{name}"));
                    continue;
                }
            };
            parameters.insert(name, value);
        }
        parameters
    }

    fn mappings(&self, section: Map<String, Json>) {
        for (name, rows) in section {
            let rows: Option<Vec<(String, BTreeMap<String, Json>)>> = match rows {
                Json::Object(rows) => rows
                    .into_iter()
                    .map(|(key, row)| match row {
                        Json::Object(row) => Some((key, row.into_iter().collect())),
                        _ => None,
                    })
                    .collect(),
                _ => None,
            };
            match rows {
                Some(rows) => self.stack.mapping(&name, rows),
                None => self.malformed(&format!("Mappings.{name}")),
            }
        }
    }

    fn resources(
        &self,
        section: Map<String, Json>,
        conditions: &BTreeMap<String, Condition>,
    ) -> BTreeMap<String, Handle<RawResource>> {
        let mut handles = BTreeMap::new();
        let mut attributes = Vec::new();
        for (id, resource) in section {
            let Json::Object(mut resource) = resource else {
                self.malformed(&format!("Resources.{id}"));
                continue;
            };
            let Some(Json::String(type_name)) = resource.remove("Type") else {
                self.malformed(&format!("Resources.{id}.Type"));
                continue;
            };
            let properties = match resource.remove("Properties") {
                Some(Json::Object(properties)) => properties,
                None | Some(Json::Null) => Map::new(),
                Some(_) => {
                    self.malformed(&format!("Resources.{id}.Properties"));
                    continue;
                }
            };
            let raw = properties
                .into_iter()
                .fold(RawResource::new(type_name), |raw, (name, value)| raw.set(name, rewrite(value, &self.values)));
            let handle = self.scope.add(&id, raw);
            handle.override_logical_id(&id);
            attributes.push((id.clone(), resource));
            handles.insert(id, handle);
        }
        for (id, attributes) in attributes {
            for (name, value) in attributes {
                self.attribute(&handles, conditions, &id, &name, value);
            }
        }
        handles
    }

    fn attribute(
        &self,
        handles: &BTreeMap<String, Handle<RawResource>>,
        conditions: &BTreeMap<String, Condition>,
        id: &str,
        name: &str,
        value: Json,
    ) {
        let handle = &handles[id];
        match (name, value) {
            ("Condition", Json::String(condition)) => match conditions.get(&condition) {
                Some(condition) => drop(handle.condition(condition)),
                None if self.macros.make("Conditions").is_some() => {
                    handle.condition(&Condition::named(condition));
                }
                None => self.unknown(&format!("Resources.{id}.Condition"), "condition", &condition, conditions.keys()),
            },
            ("DependsOn", value) => {
                let others: Vec<_> = match &value {
                    Json::Array(others) => others.iter().map(|other| other.as_str().unwrap_or_default()).collect(),
                    other => vec![other.as_str().unwrap_or_default()],
                };
                let all_known = others.iter().all(|other| handles.contains_key(*other));
                if !all_known && self.macros.make("Resources").is_some() {
                    handle.override_attribute(name, rewrite(value, &self.values));
                    return;
                }
                for other in others {
                    match handles.get(other) {
                        Some(other) => drop(handle.depends_on(other)),
                        None => self.unknown(&format!("Resources.{id}.DependsOn"), "resource", other, handles.keys()),
                    }
                }
            }
            ("Metadata", Json::Object(entries)) => {
                for (key, value) in entries {
                    handle.metadata(key, value);
                }
            }
            ("DeletionPolicy", Json::String(text)) if policy(&text).is_some() => {
                policy(&text).map(|policy| handle.deletion_policy(policy));
            }
            ("UpdateReplacePolicy", Json::String(text)) if policy(&text).is_some() => {
                policy(&text).map(|policy| handle.update_replace_policy(policy));
            }
            (name, value) if ATTRIBUTES.contains(&name) => {
                handle.override_attribute(name, rewrite(value, &self.values));
            }
            (name, _) => self.scope.error(
                "include::unknown-attribute",
                format!("`Resources.{id}` has `{name}`"),
                did_you_mean(name, ATTRIBUTES, "a resource may have"),
            ),
        }
    }

    fn outputs(&self, section: Map<String, Json>, conditions: &BTreeMap<String, Condition>) {
        for (name, output) in section {
            let Some(value) = output.get("Value").cloned() else {
                self.malformed(&format!("Outputs.{name}.Value"));
                continue;
            };
            let text = |json: Json| Value::<String>::from_expr(rewrite(json, &self.values));
            let mut made = Output::new(text(value));
            if let Some(description) = output["Description"].as_str() {
                made = made.description(description);
            }
            if let Some(export) = output["Export"].get("Name") {
                made = made.export_name(text(export.clone()));
            }
            if let Some(condition) = output["Condition"].as_str() {
                match conditions.get(condition) {
                    Some(condition) => made = made.condition(condition),
                    None if self.macros.make("Conditions").is_some() => {
                        made = made.condition(&Condition::named(condition))
                    }
                    None => self.unknown(&format!("Outputs.{name}"), "condition", condition, conditions.keys()),
                }
            }
            self.stack.add_output(&name, made);
        }
    }

    /// The entries of a section that are there already. What macros make of the others stays as it is: its names are
    /// CloudFormation's to find.
    fn without_macros(&mut self, section: &'static str, entries: Map<String, Json>) -> Map<String, Json> {
        let (calls, entries): (Map<_, _>, Map<_, _>) =
            entries.into_iter().partition(|(key, _)| key.starts_with("Fn::"));
        for (key, value) in calls {
            match self.macros.problem(section, &key, &value) {
                Some((message, help)) => self.scope.error("include::macro", message, help),
                None => self.stack.template_entry([section, &key], rewrite(value, &self.values)),
            }
            self.macros.add(section, key);
        }
        entries
    }

    fn object(&self, name: &str, section: Option<Json>) -> Map<String, Json> {
        match section {
            Some(Json::Object(entries)) => entries,
            None | Some(Json::Null) => Map::new(),
            Some(_) => {
                self.malformed(name);
                Map::new()
            }
        }
    }

    fn malformed(&self, place: &str) {
        self.scope.error(
            "include::form",
            format!("`{place}` of the included template is missing or not of the form that CloudFormation takes"),
            "check the template: `aws cloudformation validate-template`",
        );
    }

    fn unknown<'k>(&self, place: &str, what: &str, name: &str, known: impl Iterator<Item = &'k String>) {
        self.scope.error(
            &format!("include::unknown-{what}"),
            format!("`{place}` names the {what} `{name}`, which the included template does not have"),
            did_you_mean(name, known.map(String::as_str), &format!("its {what}s are")),
        );
    }
}

fn policy(text: &str) -> Option<RemovalPolicy> {
    use RemovalPolicy::{Destroy, Retain, RetainExceptOnCreate, Snapshot};
    [Destroy, Retain, RetainExceptOnCreate, Snapshot].into_iter().find(|policy| policy.as_str() == text)
}
