//! From a registry schema to the [`model`](crate::model) of its Rust.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::{Attribute, Enum, Kind, Property, Resource, Struct};
use crate::schema::{self, Object};
use crate::{facts, names};

/// A list of values longer than this is a catalog, such as instance types, which is out of date as soon as it is written.
const LONGEST_ENUM: usize = 60;

/// Everything that is generated for a type. The texts are those of the archive of documentation.
pub fn lower(type_name: &str, schema: &Value, texts: &Value) -> Resource {
    let definitions = schema["definitions"].as_object().into_iter().flatten();
    // A definition that is a list or a map gives its name to what is in it.
    let has_name = |definition: &Value| {
        let types = schema::types(definition);
        schema::text_values(definition).is_some()
            || definition.get("patternProperties").is_none() && (types.is_empty() || types.contains(&"object"))
    };
    let named = definitions.filter(|(_, definition)| has_name(definition)).map(|(name, _)| names::pascal(name));
    let mut lowering = Lowering {
        schema,
        texts,
        facts: facts::Changes::of(schema),
        reserved: named.collect(),
        known: Known::default(),
    };
    let name = names::resource(type_name);
    lowering.known.taken.insert(name.clone());
    let object = schema::object(schema, schema).unwrap_or_default();
    let documentation = text(texts, &["description"]).unwrap_or_default();
    let place = Place { owner: name.clone(), definition: None, path: "/properties".to_owned() };
    let properties = lowering.properties(&object, &place);
    let resource = Struct { name, documentation, definition: None, properties, is_json: false };
    let has_tag = lowering.known.has_tag;
    Resource {
        type_name: type_name.to_owned(),
        structs: std::iter::once(resource).chain(lowering.known.structs.into_values()).collect(),
        enums: lowering.known.enums.into_values().collect(),
        attributes: attributes(schema, texts),
        reference: schema::reference(schema),
        tags: schema::tags(schema),
        has_tag,
    }
}

/// Where in a resource type a schema was found.
#[derive(Clone)]
struct Place {
    /// The struct that has the property, in Rust.
    owner: String,
    /// The definition that it is in.
    definition: Option<String>,
    /// The path of the properties so far, as the schema writes it in its lists.
    path: String,
}

struct Lowering<'a> {
    schema: &'a Value,
    texts: &'a Value,
    facts: facts::Changes,
    /// The names of definitions, which nothing else gets.
    reserved: BTreeSet<String>,
    known: Known,
}

/// What was met before.
#[derive(Clone, Default)]
struct Known {
    taken: BTreeSet<String>,
    definitions: BTreeMap<String, Kind>,
    structs: BTreeMap<String, Struct>,
    enums: BTreeMap<String, Enum>,
    has_tag: bool,
}

impl<'a> Lowering<'a> {
    fn properties(&mut self, object: &Object<'a>, place: &Place) -> Vec<Property> {
        let mut properties = Vec::new();
        let mut setters = BTreeSet::new();
        let mut markers = BTreeSet::new();
        for (&name, &property) in &object.properties {
            let path = format!("{}/{name}", place.path);
            let is_required = object.required.contains(name);
            if !is_required && self.is_read_only(property, &path) {
                continue;
            }
            let mut setter = names::snake(name);
            while matches!(setter.as_str(), "new" | "with") || !setters.insert(setter.clone()) {
                setter.push('_');
            }
            let required = is_required.then(|| names::pascal(name)).filter(|marker| markers.insert(marker.clone()));
            let documentation = self.property_text(place, name);
            let here = Place { path: path.clone(), ..place.clone() };
            properties.push(Property {
                name: name.to_owned(),
                setter,
                required,
                kind: self.kind(property, name, &here),
                documentation,
                facts: self.facts.of_property(self.schema, property, &path),
            });
        }
        properties.sort_by(|one, other| one.setter.cmp(&other.setter));
        properties
    }

    /// Whether nobody can set the property, or anything in it.
    fn is_read_only(&self, property: &Value, path: &str) -> bool {
        if self.facts.is_read_only(path) {
            return true;
        }
        if !self.facts.has_read_only_below(path) {
            return false;
        }
        schema::object(self.schema, property).is_some_and(|object| {
            !object.properties.is_empty()
                && object.properties.iter().all(|(name, inner)| self.is_read_only(inner, &format!("{path}/{name}")))
        })
    }

    fn property_text(&self, place: &Place, name: &str) -> String {
        let found = match &place.definition {
            Some(definition) => text(self.texts, &["definitions", definition, "properties", name]),
            None => text(self.texts, &["properties", name]),
        };
        found.unwrap_or_default()
    }

    /// The kind of values of a schema that was found as property `name` of the place.
    fn kind(&mut self, schema: &'a Value, name: &str, place: &Place) -> Kind {
        if let Some(kind) = schema::override_of(self.schema, &place.path) {
            return kind;
        }
        if let Some(pointer) = schema::only_reference(schema) {
            return self.definition(pointer, name, place);
        }
        if let Some(values) = schema::text_values(schema) {
            return self.enumeration(
                &[names::pascal(name), format!("{}{}", place.owner, names::pascal(name))],
                &values,
                None,
            );
        }
        let types = schema::types(schema);
        if types.contains(&"array") && !types.contains(&"object") && !types.contains(&"string")
            || types.is_empty() && schema["items"].is_object()
        {
            let items = match &schema["items"] {
                items @ Value::Object(_) => {
                    self.kind(items, name, &Place { path: format!("{}/*", place.path), ..place.clone() })
                }
                _ => Kind::Json,
            };
            return Kind::List(Box::new(items));
        }
        if types.is_empty() || types.contains(&"object") {
            if let Some(object) = schema::object(self.schema, schema).filter(|object| !object.properties.is_empty()) {
                let candidates = [names::pascal(name), format!("{}{}", place.owner, names::pascal(name))];
                return self.nameless(&candidates, &object, types.len() > 1, place);
            }
            return self.map_or_union(schema, &types, name, place);
        }
        schema::scalar(&types)
    }

    fn map_or_union(&mut self, schema: &'a Value, types: &[&str], name: &str, place: &Place) -> Kind {
        let values: Vec<&Value> =
            schema["patternProperties"].as_object().into_iter().flatten().map(|(_, value)| value).collect();
        let values = match (&values[..], &schema["additionalProperties"]) {
            ([], additional @ Value::Object(_)) => vec![additional],
            _ => values,
        };
        if !values.is_empty() && types.iter().all(|kind| *kind == "object") {
            let place = Place { path: format!("{}/*", place.path), ..place.clone() };
            let kinds: Vec<Kind> = values.into_iter().map(|value| self.kind(value, name, &place)).collect();
            return Kind::Map(Box::new(same(kinds)));
        }
        let alternatives = ["oneOf", "anyOf"].iter().filter_map(|keyword| schema[keyword].as_array()).flatten();
        if types.is_empty() {
            let kinds: Vec<Kind> = alternatives.map(|alternative| self.kind(alternative, name, place)).collect();
            return same(kinds);
        }
        Kind::Json
    }

    fn definition(&mut self, pointer: &'a str, name: &str, place: &Place) -> Kind {
        if let Some(kind) = self.known.definitions.get(pointer) {
            return kind.clone();
        }
        let Some(target) = schema::resolve(self.schema, pointer) else { return Kind::Json };
        let Some(definition) = pointer.strip_prefix("#/definitions/") else { return self.kind(target, name, place) };
        if definition == "Tag" && schema::is_tag(target) {
            self.known.has_tag |= self.known.taken.insert(definition.to_owned());
            return Kind::Tag;
        }
        let own = names::pascal(definition);
        let types = schema::types(target);
        let kind = if let Some(values) = schema::text_values(target) {
            self.enumeration(&[own.clone(), format!("{own}Value")], &values, Some(definition))
        } else if let Some(object) = schema::object(self.schema, target)
            .filter(|object| !object.properties.is_empty() && (types.is_empty() || types.contains(&"object")))
        {
            let name = self.name_of_definition(&own);
            // Before its properties are, for one of them may be of the same kind.
            self.known.definitions.insert(pointer.to_owned(), Kind::Struct(name.clone()));
            self.structure(&name, Some(definition), &object, types.len() > 1, place);
            if types.len() > 1 { Kind::Json } else { Kind::Struct(name) }
        } else {
            self.known.definitions.insert(pointer.to_owned(), Kind::Json);
            let place = Place { definition: Some(definition.to_owned()), ..place.clone() };
            self.kind(target, definition, &place)
        };
        self.known.definitions.insert(pointer.to_owned(), kind.clone());
        kind
    }

    /// An object that is written where it is used. Written twice in the same way, it is one type.
    fn nameless(&mut self, candidates: &[String; 2], object: &Object<'a>, is_union: bool, place: &Place) -> Kind {
        if self.known.structs.get(&candidates[0]).is_some_and(|known| known.definition.is_none()) {
            let before = self.known.clone();
            let inner = Place { owner: candidates[0].clone(), ..place.clone() };
            let properties = self.properties(object, &inner);
            let is_same = |(one, other): (&Property, &Property)| {
                one.name == other.name && one.kind == other.kind && one.required == other.required
            };
            let known = &self.known.structs[&candidates[0]].properties;
            if known.len() == properties.len() && known.iter().zip(&properties).all(is_same) {
                return Kind::Struct(candidates[0].clone());
            }
            self.known = before;
        }
        let name = self.free_name(candidates);
        self.structure(&name, None, object, is_union, place);
        if is_union { Kind::Json } else { Kind::Struct(name) }
    }

    fn structure(&mut self, name: &str, definition: Option<&str>, object: &Object<'a>, is_union: bool, place: &Place) {
        let described = definition.and_then(|definition| text(self.texts, &["definitions", definition, "description"]));
        let inner = Place {
            owner: name.to_owned(),
            // A type without a name of its own has its texts, if any, under the property's name.
            definition: Some(definition.map_or_else(|| name.to_owned(), str::to_owned)),
            path: place.path.clone(),
        };
        let properties = self.properties(object, &inner);
        let structure = Struct {
            name: name.to_owned(),
            documentation: described.unwrap_or_default(),
            definition: definition.map(str::to_owned),
            properties,
            is_json: is_union,
        };
        self.known.structs.insert(name.to_owned(), structure);
    }

    fn enumeration(&mut self, candidates: &[String], values: &[&str], definition: Option<&str>) -> Kind {
        if values.len() > LONGEST_ENUM {
            return Kind::Text;
        }
        let mut constants: Vec<(String, String)> = Vec::new();
        for value in values {
            let constant = names::screaming(value);
            if constant != "_" && constants.iter().all(|(known, _)| *known != constant) {
                constants.push((constant, (*value).to_owned()));
            }
        }
        if let Some(same) =
            candidates.iter().find(|name| self.known.enums.get(*name).is_some_and(|known| known.values == constants))
        {
            return Kind::Enum(same.clone());
        }
        let name = match definition {
            Some(_) => self.name_of_definition(&candidates[0]),
            None => self.free_name(candidates),
        };
        let described = definition.and_then(|definition| text(self.texts, &["definitions", definition, "description"]));
        let documentation = described.unwrap_or_default();
        self.known.enums.insert(name.clone(), Enum { name: name.clone(), documentation, values: constants });
        Kind::Enum(name)
    }

    /// The definition's own name, unless the resource has it.
    fn name_of_definition(&mut self, own: &str) -> String {
        let mut name = own.to_owned();
        while !self.known.taken.insert(name.clone()) {
            name.push_str("Property");
        }
        name
    }

    /// The first of the names that is free, or the last with something after it.
    fn free_name(&mut self, candidates: &[String]) -> String {
        let mut tried = candidates.iter().cloned();
        let mut name = tried.next().expect("there is a candidate");
        while self.reserved.contains(&name) || !self.known.taken.insert(name.clone()) {
            name = tried.next().unwrap_or_else(|| format!("{name}Value"));
        }
        name
    }
}

/// The kind that all are of, else text if that can hold each of them, else JSON.
fn same(mut kinds: Vec<Kind>) -> Kind {
    kinds.dedup();
    let is_scalar = |kind: &Kind| matches!(kind, Kind::Text | Kind::Boolean | Kind::Integer | Kind::Number);
    match &kinds[..] {
        [kind] => kind.clone(),
        [_, _, ..] if kinds.iter().all(is_scalar) => Kind::Text,
        _ => Kind::Json,
    }
}

fn attributes(schema: &Value, texts: &Value) -> Vec<Attribute> {
    let names: BTreeSet<String> = schema::attribute_names(schema);
    let mut constants = BTreeSet::new();
    let is_parent = |name: &String| names.range(format!("{name}.")..format!("{name}/")).next().is_some();
    names
        .iter()
        .filter(|name| !is_parent(name))
        .filter_map(|name| {
            let constant = names::screaming(name);
            constants.insert(constant.clone()).then(|| Attribute {
                name: name.clone(),
                constant,
                kind: schema::attribute(schema, name),
                documentation: text(texts, &["attributes", name])
                    .or_else(|| text(texts, &["properties", name]))
                    .unwrap_or_default(),
            })
        })
        .collect()
}

fn text(texts: &Value, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(texts, |texts, name| texts.get(name))?;
    found.as_str().map(str::to_owned)
}

// Other crates compile this file in by its path, for which the compiler has to be told where the tests are.
#[cfg(test)]
#[path = "lower/tests.rs"]
mod tests;
