//! From the JSON of a value, and the kind that a property wants, to the intermediate tree.

mod functions;

pub(crate) use functions::attribute;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::{Map, Value as Json};

use crate::code::{Code, Field};
use crate::types::{Kind, Property, ResourceType, Struct};

/// What the names of a template stand for while a value is shaped.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) parameters: BTreeSet<String>,
    /// Conditions that the code declares before.
    pub(crate) conditions: BTreeSet<String>,
    /// Resources that the code has a handle of, with their types if these are generated.
    pub(crate) resources: BTreeMap<String, Option<Rc<ResourceType>>>,
}

/// Shapes values.
#[derive(Clone, Copy)]
pub(crate) struct Shaper<'a> {
    pub(crate) names: &'a Names,
    /// The resource type whose property types are meant.
    pub(crate) within: Option<&'a ResourceType>,
}

impl Shaper<'_> {
    /// The value of a property of a kind.
    pub(crate) fn typed(&self, json: &Json, kind: &Kind) -> Code {
        if let Some((function, argument)) = function(json) {
            return match self.function(function, argument, Some(kind)) {
                Some(code) => code,
                None => Code::untyped(self.untyped(json)),
            };
        }
        let fitting = match (kind, json) {
            (Kind::Text | Kind::Arn, Json::String(text)) => Some(Code::Text(text.clone())),
            (Kind::Text | Kind::Arn | Kind::Enum(..), Json::Number(_) | Json::Bool(_)) => {
                Some(Code::Text(json.to_string()))
            }
            (Kind::Enum(path, name), Json::String(text)) => Some(self.constant(path, name, text)),
            (Kind::Boolean, Json::Bool(value)) => Some(Code::Bool(*value)),
            (Kind::Boolean, Json::String(text)) => text.parse().ok().map(Code::Bool),
            (Kind::Integer, Json::Number(number)) => whole(number).map(Code::Integer),
            (Kind::Integer, Json::String(text)) => {
                canonical(text).and_then(|number| number.as_i64()).map(Code::Integer)
            }
            (Kind::Number, Json::Number(number)) => number.as_f64().map(Code::Number),
            (Kind::Number, Json::String(text)) => canonical(text).and_then(|number| number.as_f64()).map(Code::Number),
            (Kind::List(item), Json::Array(items)) => {
                Some(Code::List(items.iter().map(|json| self.typed(json, item)).collect()))
            }
            (Kind::Map(item), Json::Object(entries)) => {
                Some(Code::Map(entries.iter().map(|(name, json)| (name.clone(), self.typed(json, item))).collect()))
            }
            (Kind::Tag, Json::Object(entries)) => self.tag(entries),
            (Kind::Struct(_, name), Json::Object(entries)) => {
                self.within.and_then(|within| self.structure(within.structs.get(name)?, entries))
            }
            (Kind::Json, _) => Some(self.untyped(json)),
            _ => None,
        };
        fitting.unwrap_or_else(|| Code::untyped(self.untyped(json)))
    }

    /// The properties of a struct, or none if it lacks what it requires.
    pub(crate) fn fields(&self, structure: &Struct, entries: &Map<String, Json>) -> Option<Vec<Field>> {
        let is_given = |(name, property): (&String, &Property)| !property.required || entries.contains_key(name);
        structure.properties.iter().all(is_given).then(|| {
            entries.iter().map(|(name, json)| self.field(name, structure.properties.get(name), json)).collect()
        })
    }

    /// The value of a property that takes anything.
    pub(crate) fn untyped(&self, json: &Json) -> Code {
        if let Some((function, argument)) = function(json)
            && let Some(code) = self.function(function, argument, None)
        {
            return code;
        }
        let code = match json {
            Json::Array(items) => Code::List(items.iter().map(|json| self.untyped(json)).collect()),
            Json::Object(entries) => {
                Code::Map(entries.iter().map(|(name, json)| (name.clone(), self.untyped(json))).collect())
            }
            Json::String(text) => Code::Text(text.clone()),
            Json::Bool(value) => Code::Bool(*value),
            Json::Number(number) if number.is_i64() => Code::Integer(number.as_i64().expect("it is one")),
            other => Code::Json(other.clone()),
        };
        match (&code, code.as_json()) {
            // What is plain all through is one piece of JSON.
            (Code::List(_) | Code::Map(_), Some(json)) => Code::Json(json),
            _ => code,
        }
    }

    fn field(&self, name: &str, property: Option<&Property>, json: &Json) -> Field {
        let Some(property) = property else {
            return Field { name: name.to_owned(), setter: None, value: self.untyped(json) };
        };
        let value = self.json_struct(name, property, json).unwrap_or_else(|| self.typed(json, &property.kind));
        Field { name: name.to_owned(), setter: Some((property.setter.clone(), property.kind.clone())), value }
    }

    /// Where JSON is taken and there is a type that stands for it, as with `RedrivePolicy`, the type.
    fn json_struct(&self, name: &str, property: &Property, json: &Json) -> Option<Code> {
        let entries = json.as_object().filter(|_| property.kind == Kind::Json && function(json).is_none())?;
        let structure = self.within?.structs.get(name).filter(|structure| structure.is_json)?;
        let is_known = entries.keys().all(|name| structure.properties.contains_key(name));
        if is_known { self.structure(structure, entries) } else { None }
    }

    fn structure(&self, structure: &Struct, entries: &Map<String, Json>) -> Option<Code> {
        Some(Code::Struct(structure.path.clone(), self.fields(structure, entries)?))
    }

    fn tag(&self, entries: &Map<String, Json>) -> Option<Code> {
        let field = |name: &str, setter: &str| {
            let value = self.typed(entries.get(name)?, &Kind::Text);
            Some(Field { name: name.to_owned(), setter: Some((setter.to_owned(), Kind::Text)), value })
        };
        let fields = vec![field("Key", "key")?, field("Value", "value")?];
        (entries.len() == 2).then(|| Code::Struct("Tag".to_owned(), fields))
    }

    fn constant(&self, path: &str, name: &str, text: &str) -> Code {
        let known = self.within.and_then(|within| within.constants.get(&(name.to_owned(), text.to_owned())));
        match known {
            Some(constant) => Code::Constant(path.to_owned(), constant.clone(), text.to_owned()),
            None => Code::Text(text.to_owned()),
        }
    }
}

/// The name and the argument of an intrinsic function.
pub(crate) fn function(json: &Json) -> Option<(&str, &Json)> {
    let object = json.as_object().filter(|object| object.len() == 1)?;
    let (name, argument) = object.iter().next()?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

/// The whole number, be it written as `3.0`.
fn whole(number: &serde_json::Number) -> Option<i64> {
    let float = number.as_f64().filter(|float| float.abs() < 1e15 && float.fract() == 0.0);
    number.as_i64().or_else(|| float.map(|float| float as i64))
}

/// The number that is written with exactly these characters.
fn canonical(text: &str) -> Option<serde_json::Number> {
    let number: serde_json::Number = serde_json::from_str(text).ok()?;
    (number.to_string() == text).then_some(number)
}
