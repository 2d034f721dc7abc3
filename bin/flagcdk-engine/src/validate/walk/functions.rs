//! The functions by name, and the form of their arguments.

use flagcdk_assembly::Placement;
use serde_json::Value as Json;

use super::super::suggest::did_you_mean;
use super::super::template::{LANGUAGE_EXTENSIONS, malformed};
use super::super::{codes, exports, placement};
use super::{Site, Step, Walker};

/// The functions of templates.
const FUNCTIONS: [&str; 21] = [
    "Ref",
    "Fn::And",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::ForEach",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Fn::Transform",
    "Fn::GetStackOutput",
];

impl<'a> Walker<'_, 'a> {
    pub(super) fn function(&mut self, name: &'a str, argument: &'a Json) {
        if self.site == Site::Condition && ["Fn::GetAtt", "Fn::ImportValue", "Fn::Transform"].contains(&name) {
            self.error(
                codes::BAD_FUNCTION,
                format!("`{name}` cannot be used in a condition, which is decided before anything is made"),
                "use parameters, mappings and pseudo parameters",
            );
            return;
        }
        let logical = ["Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals"].contains(&name);
        if logical && self.site != Site::Condition {
            self.error(
                codes::BAD_FUNCTION,
                format!("`{name}` stands outside of `Conditions`"),
                "define a condition, and use it by `Fn::If`",
            );
            return;
        }
        match name {
            "Ref" => self.reference(argument),
            "Condition" => self.condition(argument),
            "Fn::GetAtt" => self.get_att(argument),
            "Fn::Sub" => self.sub(argument),
            "Fn::If" => {
                if let Some([condition, then, otherwise]) = self.arguments(argument, "a condition and two values") {
                    self.at(Step::Index(0), |walker| walker.condition(condition));
                    for (index, branch) in [(1, then), (2, otherwise)] {
                        self.guards.extend(condition.as_str().map(|name| (name, index == 1)));
                        self.at(Step::Index(index), |walker| walker.value(branch));
                        self.guards.pop();
                    }
                }
            }
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::ImportValue" => {
                if let Some(import) = exports::literal(argument) {
                    let place = self.place();
                    self.links.import(&self.stack.entry.id, import, place);
                }
                self.text_or_function(argument, "the name of an export");
            }
            "Fn::Join" => {
                if let Some([delimiter, list]) = self.arguments(argument, "a delimiter and a list") {
                    if !delimiter.is_string() {
                        self.bad_argument(delimiter, "a text as delimiter");
                    }
                    self.at(Step::Index(1), |walker| walker.list_or_function(list));
                }
            }
            "Fn::Split" => {
                if let Some([delimiter, text]) = self.arguments(argument, "a delimiter and a text") {
                    if !delimiter.is_string() {
                        self.bad_argument(delimiter, "a text as delimiter");
                    }
                    self.at(Step::Index(1), |walker| walker.text_or_function(text, "a text"));
                }
            }
            "Fn::Select" => self.select(argument),
            "Fn::GetAZs" => self.text_or_function(argument, "a region"),
            "Fn::Base64" => self.text_or_function(argument, "a text"),
            "Fn::Cidr" => match argument {
                Json::Array(items) if (2..=3).contains(&items.len()) => self.value(argument),
                other => self.bad_argument(other, "a list of an address block, a count and the bits of each"),
            },
            "Fn::And" | "Fn::Or" => match argument {
                Json::Array(items) if (2..=10).contains(&items.len()) => self.value(argument),
                other => self.bad_argument(other, "a list of two to ten conditions"),
            },
            "Fn::Not" => {
                if let Some([condition]) = self.arguments(argument, "a condition") {
                    self.at(Step::Index(0), |walker| walker.value(condition));
                }
            }
            "Fn::Equals" => {
                if self.arguments::<2>(argument, "two values").is_some() {
                    self.value(argument);
                }
            }
            "Fn::Transform" => {
                if self.stack.entry.placement == Placement::EveryRegion {
                    placement::macro_in_stack_set(self.place(), self.findings);
                }
                self.value(argument);
            }
            "Fn::GetStackOutput" => self.value(argument),
            "Fn::Length" | "Fn::ToJsonString" if self.stack.has_extensions => self.value(argument),
            _ if name.starts_with("Fn::ForEach::") && self.stack.has_extensions => self.value(argument),
            "Fn::Length" | "Fn::ToJsonString" | "Fn::ForEach" => self.error(
                codes::UNKNOWN_FUNCTION,
                format!("`{name}` is a function of the language extensions, which the template does not ask for"),
                format!("compute the value in the app, or add `\"Transform\": \"{}\"`", LANGUAGE_EXTENSIONS),
            ),
            _ => self.error(
                codes::UNKNOWN_FUNCTION,
                format!("unknown function `{}`", name.escape_debug()),
                did_you_mean(name, FUNCTIONS, "see the function reference of CloudFormation"),
            ),
        }
    }

    pub(super) fn select(&mut self, argument: &'a Json) {
        let Some([index, list]) = self.arguments(argument, "an index and a list") else { return };
        let number = match index {
            Json::Number(number) => number.as_u64(),
            Json::String(text) => text.parse().ok(),
            Json::Object(_) => {
                self.at(Step::Index(0), |walker| walker.value(index));
                None
            }
            _ => None,
        };
        if number.is_none() && !index.is_object() {
            self.bad_argument(index, "a place in the list, from 0");
        }
        if let (Some(number), Json::Array(items)) = (number, list)
            && number >= items.len() as u64
        {
            self.error(
                codes::BAD_FUNCTION,
                format!("place {number} is chosen of a list of {}", items.len()),
                "places count from 0",
            );
        }
        self.at(Step::Index(1), |walker| walker.list_or_function(list));
    }

    pub(super) fn text_or_function(&mut self, value: &'a Json, wanted: &str) {
        match value {
            Json::String(_) => {}
            Json::Object(_) => self.value(value),
            other => self.bad_argument(other, wanted),
        }
    }

    pub(super) fn list_or_function(&mut self, value: &'a Json) {
        match value {
            Json::Array(_) | Json::Object(_) => self.value(value),
            other => self.bad_argument(other, "a list"),
        }
    }

    pub(super) fn arguments<const N: usize>(&mut self, argument: &'a Json, wanted: &str) -> Option<&'a [Json; N]> {
        let found = argument.as_array().and_then(|items| items.as_slice().try_into().ok());
        if found.is_none() {
            self.bad_argument(argument, &format!("a list of {wanted}"));
        }
        found
    }

    pub(super) fn bad_argument(&mut self, got: &Json, wanted: &str) {
        let mut finding = malformed(&self.place(), "the argument", got, wanted);
        finding.code = codes::BAD_FUNCTION.to_owned();
        finding.help = "see the function reference of CloudFormation".to_owned();
        self.findings.push(finding);
    }
}
