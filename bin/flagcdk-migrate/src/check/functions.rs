//! Intrinsic functions: their shapes, and what they name.

use serde_json::Value as Json;

use super::Checker;
use crate::shape::{attribute, function};
use crate::substitution::{self, Part};

impl Checker<'_> {
    /// A value in which intrinsic functions are evaluated.
    pub(super) fn values(&mut self, json: &Json) {
        if let Some((name, argument)) = function(json) {
            return self.inside(name, |checker| {
                checker.function(name, argument);
                checker.arguments(name, argument);
            });
        }
        match json {
            Json::Null => self.null(),
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.inside(&index.to_string(), |checker| checker.values(item));
                }
            }
            Json::Object(entries) => {
                for (name, json) in entries {
                    self.inside(name, |checker| checker.values(json));
                }
            }
            _ => {}
        }
    }

    fn arguments(&mut self, name: &str, argument: &Json) {
        // Macros and loops take what they like.
        if name == "Fn::Transform" || name.starts_with("Fn::ForEach::") {
            return self.nulls(argument);
        }
        match argument {
            Json::Array(_) | Json::Object(_) => self.values(argument),
            Json::Null => self.null(),
            _ => {}
        }
    }

    fn function(&mut self, name: &str, argument: &Json) {
        let count = argument.as_array().map(Vec::len);
        match name {
            "Ref" => match argument.as_str() {
                Some(name) => self.referable(name),
                None if self.names.has_macros => {}
                None => self.wrong_shape("the name of a parameter or resource", argument),
            },
            "Fn::GetAtt" => match attribute(argument) {
                Some((resource, _)) => self.resource_name(resource),
                None if count.is_some_and(|count| count >= 2) => {}
                None => self.wrong_shape("`LogicalId.Attribute`, or a list of both", argument),
            },
            "Fn::Sub" => match (argument, argument.as_array().map(Vec::as_slice)) {
                (Json::String(text), _) => self.substitution(text, &Json::Null),
                (_, Some([Json::String(text), variables @ Json::Object(_)])) => self.substitution(text, variables),
                _ if self.names.has_macros => {}
                _ => self.wrong_shape("a text, or a list of a text and an object", argument),
            },
            "Fn::If" => {
                self.counted(count == Some(3), "a list of a condition and two values", argument);
                if let Some(condition) = argument[0].as_str() {
                    self.condition_name(condition);
                }
            }
            "Fn::Join" | "Fn::Split" => self.counted(count == Some(2), "a list of a separator and a value", argument),
            "Fn::Select" => self.counted(count == Some(2), "a list of a number and a list", argument),
            "Fn::Cidr" => {
                self.counted(matches!(count, Some(2 | 3)), "a list of a block, a count and a number of bits", argument);
            }
            "Fn::FindInMap" => {
                self.counted(matches!(count, Some(3 | 4)), "a list of a mapping and two keys", argument);
                if let Some(name) = argument[0].as_str().filter(|name| !self.names.mappings.contains(*name))
                    && !self.names.has_macros
                {
                    let message = format!("`{name}` is no mapping of the template");
                    self.error("migrate::unknown-mapping", message, "declare it in `Mappings`");
                }
            }
            _ => {}
        }
    }

    /// A condition of the section `Conditions`.
    pub(super) fn condition(&mut self, json: &Json) {
        let only = json.as_object().filter(|object| object.len() == 1).and_then(|object| object.iter().next());
        match only {
            Some((function, argument)) => self.inside(function, |checker| match (function.as_str(), argument) {
                ("Condition", Json::String(name)) => checker.condition_name(name),
                ("Fn::And" | "Fn::Or" | "Fn::Not", Json::Array(tests)) => {
                    for (index, test) in tests.iter().enumerate() {
                        checker.inside(&index.to_string(), |checker| checker.condition(test));
                    }
                }
                ("Fn::Equals", Json::Array(sides)) if sides.len() == 2 => checker.values(argument),
                ("Fn::Equals", _) => checker.wrong_shape("a list of two values", argument),
                _ => checker.values(argument),
            }),
            None => self.wrong_shape("a condition function such as `Fn::Equals`", json),
        }
    }

    fn counted(&mut self, is_right: bool, wanted: &str, argument: &Json) {
        if !is_right && !self.names.has_macros {
            let got = match argument.as_array() {
                Some(items) => format!("a list of {}", items.len()),
                None => super::shown(argument),
            };
            self.error("migrate::wrong-shape", format!("wanted {wanted}, got {got}"), format!("write {wanted}"));
        }
    }

    fn substitution(&mut self, text: &str, variables: &Json) {
        for part in substitution::parts(text) {
            let Part::Variable(name) = part else { continue };
            match name.split_once('.') {
                _ if variables.get(&name).is_some() => {}
                Some((resource, _)) => self.resource_name(resource),
                None => self.referable(&name),
            }
        }
    }

    fn referable(&mut self, name: &str) {
        let is_known = name.starts_with("AWS::") || self.names.referable.contains(name) || self.names.has_macros;
        if !is_known {
            let message = format!("`{name}` is neither a parameter nor a resource of the template");
            self.error("migrate::unknown-reference", message, "declare it, or mend the name");
        }
    }

    fn resource_name(&mut self, name: &str) {
        if !self.names.resources.contains(name) && !self.names.has_macros {
            let message = format!("`{name}` is no resource of the template");
            self.error("migrate::unknown-resource", message, "declare it, or mend the name");
        }
    }
}
