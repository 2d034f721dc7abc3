//! Intrinsic functions, where they have a typed form.

use serde_json::Value as Json;

use super::Shaper;
use crate::code::{Code, Pseudo};
use crate::substitution::{self, Part};
use crate::types::Kind;

impl Shaper<'_> {
    /// The typed form of a function, where a value of the kind is wanted, or anything. None if it has none.
    pub(super) fn function(&self, name: &str, argument: &Json, kind: Option<&Kind>) -> Option<Code> {
        let text = |json: &Json| self.typed(json, &Kind::Text);
        let arguments = argument.as_array().map(Vec::as_slice);
        Some(match (name, arguments) {
            ("Ref", _) => self.reference(argument.as_str()?)?,
            ("Fn::GetAtt", _) => {
                let (resource, attribute) = attribute(argument)?;
                self.attribute(resource, attribute)?
            }
            ("Fn::Sub", None) => self.substitution(argument.as_str()?, &[])?,
            ("Fn::Sub", Some([template, Json::Object(variables)])) => {
                let variables: Vec<_> = variables.iter().map(|(name, json)| (name.as_str(), json)).collect();
                self.substitution(template.as_str()?, &variables)?
            }
            ("Fn::Join", Some([Json::String(separator), Json::Array(parts)])) if separator.is_empty() => {
                concat(parts.iter().map(text).collect())
            }
            ("Fn::Join", Some([Json::String(separator), list])) => {
                Code::Join(separator.clone(), Box::new(self.typed(list, &Kind::texts())))
            }
            ("Fn::Split", Some([Json::String(separator), whole])) => {
                Code::Split(separator.clone(), Box::new(text(whole)))
            }
            ("Fn::Select", Some([index, list])) => {
                let index = match index {
                    Json::String(text) => text.parse().ok()?,
                    other => usize::try_from(other.as_u64()?).ok()?,
                };
                Code::Select(index, Box::new(self.typed(list, &Kind::texts())))
            }
            ("Fn::If", Some([Json::String(condition), then, otherwise])) => {
                if !self.names.conditions.contains(condition) {
                    return None;
                }
                let kind = kind.unwrap_or(&Kind::Json);
                let branch = |json: &Json| Box::new(self.typed(json, kind));
                Code::If(condition.clone(), branch(then), branch(otherwise))
            }
            ("Fn::FindInMap", Some([mapping, first, second])) => {
                Code::FindInMap(Box::new([text(mapping), text(first), text(second)]))
            }
            ("Fn::GetAZs", _) if is_own_region(argument) => Code::AvailabilityZones,
            ("Fn::Cidr", Some([block, count, bits])) => Code::Cidr(Box::new(text(block)), small(count)?, small(bits)?),
            ("Fn::Base64", _) => Code::Base64(Box::new(text(argument))),
            ("Fn::ImportValue", _) => Code::Import(Box::new(text(argument))),
            _ => return None,
        })
    }

    /// What a name stands for in `Ref` and `Fn::Sub`.
    fn reference(&self, name: &str) -> Option<Code> {
        if let Some(pseudo) = Pseudo::of(name) {
            Some(Code::Pseudo(pseudo))
        } else if self.names.parameters.contains(name) {
            Some(Code::Parameter(name.to_owned()))
        } else {
            self.names.resources.contains_key(name).then(|| Code::Reference(name.to_owned()))
        }
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Option<Code> {
        let is_known = self.names.resources.contains_key(resource);
        is_known.then(|| Code::Attribute(resource.to_owned(), attribute.to_owned()))
    }

    /// `Fn::Sub`: joined parts, or for a text of several lines the text with the resources as variables.
    fn substitution(&self, template: &str, variables: &[(&str, &Json)]) -> Option<Code> {
        let parts = substitution::parts(template);
        let value = |name: &str| match variables.iter().find(|(known, _)| *known == name) {
            Some((_, json)) => Some(self.typed(json, &Kind::Text)),
            None => match name.split_once('.') {
                Some((resource, attribute)) => self.attribute(resource, attribute),
                None => self.reference(name),
            },
        };
        if template.trim_end().contains('\n') && parts.iter().any(|part| matches!(part, Part::Variable(_))) {
            return self.long_substitution(&parts, &value);
        }
        let codes = parts.iter().map(|part| match part {
            Part::Text(text) => Some(Code::Text(text.clone())),
            Part::Variable(name) => value(name),
        });
        Some(concat(codes.collect::<Option<_>>()?))
    }

    fn long_substitution(&self, parts: &[Part], value: &dyn Fn(&str) -> Option<Code>) -> Option<Code> {
        let mut template = String::new();
        let mut variables: Vec<(String, Code)> = Vec::new();
        for part in parts {
            let name = match part {
                Part::Text(text) => {
                    template.push_str(&text.replace("${", "${!"));
                    continue;
                }
                Part::Variable(name) => name,
            };
            let code = value(name)?;
            // Parameters and pseudo parameters say what they are by their names alone.
            let is_plain = matches!(&code, Code::Parameter(known) if known == name) || matches!(code, Code::Pseudo(_));
            let mut variable = if is_plain { name.clone() } else { name.replace(['.', ':'], "") };
            if !is_plain {
                while variables.iter().any(|(known, other)| *known == variable && *other != code)
                    || self.names.parameters.contains(&variable)
                {
                    variable.push_str("Value");
                }
                if variables.iter().all(|(known, _)| *known != variable) {
                    variables.push((variable.clone(), code));
                }
            }
            template.push_str(&format!("${{{variable}}}"));
        }
        Some(Code::Sub(template, variables))
    }
}

/// The resource and the attribute of `Fn::GetAtt`, in any of its forms.
pub(crate) fn attribute(argument: &Json) -> Option<(&str, &str)> {
    match argument {
        Json::String(text) => text.split_once('.'),
        Json::Array(parts) => match parts.as_slice() {
            [Json::String(resource), Json::String(attribute)] => Some((resource, attribute)),
            _ => None,
        },
        _ => None,
    }
}

/// Joined parts: neighboring texts are one, and a part alone is itself.
fn concat(parts: Vec<Code>) -> Code {
    let mut joined: Vec<Code> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (_, Code::Text(text)) if text.is_empty() => {}
            (Some(Code::Text(last)), Code::Text(text)) => last.push_str(&text),
            (_, Code::Concat(inner)) => joined.extend(inner),
            (_, part) => joined.push(part),
        }
    }
    match joined.len() {
        0 => Code::Text(String::new()),
        1 => joined.remove(0),
        _ => Code::Concat(joined),
    }
}

fn is_own_region(argument: &Json) -> bool {
    argument == "" || argument["Ref"] == "AWS::Region"
}

fn small(json: &Json) -> Option<u8> {
    match json {
        Json::String(text) => text.parse().ok(),
        other => u8::try_from(other.as_u64()?).ok(),
    }
}
