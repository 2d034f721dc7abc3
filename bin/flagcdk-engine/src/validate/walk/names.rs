//! The names in functions and attributes: of resources, parameters and conditions.

use serde_json::Value as Json;

use super::super::references::{self, Target};
use super::super::suggest::did_you_mean;
use super::super::{attributes, codes};
use super::{Site, Step, Walker};

impl<'a> Walker<'_, 'a> {
    pub(super) fn reference(&mut self, argument: &'a Json) {
        let Json::String(name) = argument else {
            self.bad_argument(argument, "a name");
            return;
        };
        self.named(name, &[]);
    }

    /// A resource, parameter or pseudo parameter by name.
    pub(super) fn named(&mut self, name: &'a str, also: &[&str]) {
        match references::target(self.stack, name) {
            Target::Pseudo if name == "AWS::NoValue" => self.no_value = true,
            Target::Pseudo | Target::Parameter => {}
            Target::Resource(id) if self.site == Site::Condition => self.error(
                codes::BAD_FUNCTION,
                format!("the condition names the resource `{id}`, and is decided before anything is made"),
                "use parameters, mappings and pseudo parameters",
            ),
            Target::Resource(id) => self.needs_made(id),
            Target::Nothing => {
                let finding = references::dangling(self.app, self.stack, self.place(), name, also);
                self.findings.push(finding);
            }
        }
    }

    pub(super) fn get_att(&mut self, argument: &'a Json) {
        match argument {
            Json::String(text) => match text.split_once('.') {
                Some((id, attribute)) => self.attribute(id, attribute),
                None => self.bad_argument(argument, "`Resource.Attribute`"),
            },
            Json::Array(items) => match items.as_slice() {
                [Json::String(id), Json::String(attribute)] => self.attribute(id, attribute),
                [Json::String(id), attribute @ Json::Object(_)] => {
                    if let Some(id) = self.resource_named(id) {
                        self.needs_made(id);
                    }
                    self.at(Step::Index(1), |walker| walker.value(attribute));
                }
                // `["Stack", "Outputs", "Name"]` is written by other tools and accepted.
                [Json::String(id), parts @ ..] if parts.len() > 1 && parts.iter().all(Json::is_string) => {
                    let parts: Vec<_> = parts.iter().filter_map(Json::as_str).collect();
                    self.attribute(id, &parts.join("."));
                }
                _ => self.bad_argument(argument, "a resource and an attribute"),
            },
            other => self.bad_argument(other, "a resource and an attribute"),
        }
    }

    pub(super) fn attribute(&mut self, id: &'a str, attribute: &str) {
        if let Some(id) = self.resource_named(id) {
            self.needs_made(id);
            let resource = &self.stack.resources[id];
            let mut found = Vec::new();
            attributes::check(resource, attribute, || self.place(), &mut found);
            self.findings.append(&mut found);
        }
    }

    /// The resource of this name; a finding if there is none.
    fn resource_named(&mut self, id: &'a str) -> Option<&'a str> {
        match references::target(self.stack, id) {
            Target::Resource(id) => Some(id),
            Target::Parameter | Target::Pseudo => {
                self.error(
                    codes::UNKNOWN_REFERENCE,
                    format!("`{id}` is a parameter, and only resources have attributes"),
                    format!("use `{{\"Ref\": \"{id}\"}}`"),
                );
                None
            }
            Target::Nothing => {
                let finding = references::dangling(self.app, self.stack, self.place(), id, &[]);
                self.findings.push(finding);
                None
            }
        }
    }

    pub(super) fn condition(&mut self, argument: &'a Json) {
        match argument {
            Json::String(name) if self.stack.conditions.contains_key(name) => _ = self.conditions.insert(name),
            Json::String(name) => {
                let known = self.stack.conditions.keys().map(String::as_str);
                let help = did_you_mean(name, known, "define the condition in `Conditions`");
                self.error(
                    codes::UNKNOWN_CONDITION,
                    format!("the template has no condition `{}`", name.escape_debug()),
                    help,
                );
            }
            other => self.bad_argument(other, "the name of a condition"),
        }
    }

    pub(super) fn depends_on(&mut self, argument: &'a Json) {
        match argument {
            Json::String(id) => self.waits_for(id),
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.at(Step::Index(index), |walker| match item {
                        Json::String(id) => walker.waits_for(id),
                        other => walker.bad_argument(other, "the logical id of a resource"),
                    });
                }
            }
            other => self.bad_argument(other, "the logical id of a resource, or a list of them"),
        }
    }

    /// `DependsOn` may name what is not made: there is nothing to wait for then.
    fn waits_for(&mut self, id: &'a str) {
        let id = self.resource_named(id);
        self.needs.extend(id);
    }
}
