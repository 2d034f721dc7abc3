//! Resources.

use serde_json::{Map, Value as Json};

use flagcdk_core::RemovalPolicy;

use super::{Program, Removal, ResourceCode, is_name, order, policy, section};
use crate::Source;
use crate::code::{Code, Field};
use crate::shape::{Names, Shaper};
use crate::types::Types;

impl Program {
    pub(super) fn add_resources(&mut self, source: &Source, types: &Types, names: &mut Names) {
        for (id, json) in order::in_order(&section(source, "Resources")) {
            match ResourceCode::of(id, json, types, names).filter(|_| is_name(id)) {
                Some(mut resource) => {
                    resource.attributes.retain(|(name, code)| {
                        let is_known = ATTRIBUTES.contains(&name.as_str());
                        if !is_known {
                            self.entries.push((vec!["Resources".into(), id.clone(), name.clone()], code.clone()));
                        }
                        is_known
                    });
                    names.resources.insert(id.clone(), resource.generated.clone());
                    self.resources.push(resource);
                }
                None => self.keep(["Resources", id], json),
            }
        }
    }
}

/// What the core knows beside properties. Macros know more.
const ATTRIBUTES: [&str; 7] =
    ["Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata", "UpdatePolicy", "UpdateReplacePolicy"];

impl ResourceCode {
    fn of(id: &str, json: &Json, types: &Types, names: &Names) -> Option<Self> {
        let object = json.as_object()?;
        let type_name = object.get("Type")?.as_str()?.to_owned();
        let none = Map::new();
        let entries = match object.get("Properties") {
            None => &none,
            Some(properties) => properties.as_object()?,
        };
        let generated = types.get(&type_name);
        let within = Shaper { names, within: generated.as_deref() };
        let fields = generated.as_ref().and_then(|generated| within.fields(&generated.resource, entries));
        let generated = generated.filter(|_| fields.is_some());
        let raw = Shaper { names, within: None };
        let as_it_is =
            |(name, json): (&String, &Json)| Field { name: name.clone(), setter: None, value: raw.untyped(json) };
        let mut resource = Self {
            id: id.to_owned(),
            type_name,
            generated,
            properties: fields.unwrap_or_else(|| entries.iter().map(as_it_is).collect()),
            condition: None,
            depends_on: Vec::new(),
            removal: Removal::default(),
            metadata: Vec::new(),
            attributes: Vec::new(),
        };
        for (name, json) in object.iter().filter(|(name, _)| !matches!(name.as_str(), "Type" | "Properties")) {
            if !resource.take(name, json, names) {
                let value = if name == "Metadata" { Code::Json(json.clone()) } else { raw.untyped(json) };
                resource.attributes.push((name.clone(), value));
            }
        }
        Some(resource)
    }

    /// Takes what stands beside the properties, if there is a method for it.
    fn take(&mut self, name: &str, json: &Json, names: &Names) -> bool {
        match (name, json) {
            ("Condition", Json::String(condition)) if names.conditions.contains(condition) => {
                self.condition = Some(condition.clone());
            }
            ("DependsOn", Json::String(_) | Json::Array(_)) => {
                let single = std::slice::from_ref(json);
                let others = json.as_array().map_or(single, Vec::as_slice);
                let is_known = |json: &Json| json.as_str().is_some_and(|name| names.resources.contains_key(name));
                if !others.iter().all(is_known) {
                    return false;
                }
                self.depends_on = others.iter().filter_map(Json::as_str).map(str::to_owned).collect();
            }
            ("DeletionPolicy", json) if policy(json).is_some() => self.removal.deletion = policy(json),
            ("UpdateReplacePolicy", json) => match policy(json) {
                Some(RemovalPolicy::RetainExceptOnCreate) | None => return false,
                replacement => self.removal.replacement = replacement,
            },
            ("Metadata", Json::Object(entries)) => {
                self.metadata = entries.iter().map(|(name, json)| (name.clone(), json.clone())).collect();
            }
            _ => return false,
        }
        true
    }
}
