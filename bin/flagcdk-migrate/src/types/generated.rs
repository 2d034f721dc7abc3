//! What the code generator knows of a resource type.
//!
//! What wrote the types also says what they are called, so that the two cannot differ.

use std::collections::BTreeMap;

use flagcdk_typing::{lower, model, names};
use serde_json::Value as Json;

use super::{Attribute, Kind, Property, ResourceType, Struct};

/// The list of modules and their features, which the generator wrote.
const SERVICES: &str = include_str!("../../../../constructs/flagcdk-cfn/src/services.rs");

/// The generated type of a resource type, if there is one.
pub(super) fn resource_type(type_name: &str) -> Option<ResourceType> {
    let service = names::service(type_name);
    let feature = feature(&service)?.to_owned();
    let resource = lower::lower(type_name, &flagcdk_schemas::schema(type_name)?, &Json::Null);
    let name = &resource.structs[0].name;
    let place =
        Place { service: service.clone(), module: format!("{service}::{}", names::identifier(&names::snake(name))) };
    let path = format!("{service}::{name}");
    let attributes = resource.attributes.iter().map(|attribute| {
        let constant = names::identifier(&attribute.constant);
        (attribute.name.clone(), Attribute { constant, kind: place.kind(&attribute.kind) })
    });
    let constants = resource.enums.iter().flat_map(|known| {
        known.values.iter().map(|(constant, value)| ((known.name.clone(), value.clone()), names::identifier(constant)))
    });
    Some(ResourceType {
        feature,
        reference: place.kind(&resource.reference),
        attributes: attributes.collect(),
        constants: constants.collect(),
        resource: place.structure(&resource.structs[0], path),
        structs: resource.structs[1..]
            .iter()
            .map(|structure| {
                let path = format!("{}::{}", place.module, structure.name);
                (structure.name.clone(), place.structure(structure, path))
            })
            .collect(),
        path: format!("{}::{name}", place.service),
    })
}

/// The name of a variable for a name of CloudFormation's.
pub(super) fn snake(name: &str) -> String {
    names::snake(name)
}

/// A name as it is written in code.
pub(super) fn identifier(name: &str) -> String {
    names::identifier(name)
}

/// The feature behind which a service's module is.
fn feature(service: &str) -> Option<&'static str> {
    let (before, _) = SERVICES.split_once(&format!("pub mod {service};"))?;
    let (_, feature) = before.rsplit_once("feature = \"")?;
    feature.split_once('"').map(|(feature, _)| feature)
}

/// Where the types of one resource type are, below `cfn`.
struct Place {
    service: String,
    module: String,
}

impl Place {
    fn structure(&self, structure: &model::Struct, path: String) -> Struct {
        let property = |property: &model::Property| {
            let setter = names::identifier(&property.setter);
            let kind = self.kind(&property.kind);
            (property.name.clone(), Property { setter, required: property.required.is_some(), kind })
        };
        let properties: BTreeMap<String, Property> = structure.properties.iter().map(property).collect();
        Struct { path, is_json: structure.is_json, properties }
    }

    fn kind(&self, kind: &model::Kind) -> Kind {
        match kind {
            model::Kind::Text => Kind::Text,
            model::Kind::Arn => Kind::Arn,
            model::Kind::Boolean => Kind::Boolean,
            model::Kind::Integer => Kind::Integer,
            model::Kind::Number => Kind::Number,
            model::Kind::Json => Kind::Json,
            model::Kind::List(item) => Kind::List(Box::new(self.kind(item))),
            model::Kind::Map(item) => Kind::Map(Box::new(self.kind(item))),
            model::Kind::Tag => Kind::Tag,
            model::Kind::Struct(name) => Kind::Struct(format!("{}::{name}", self.module), name.clone()),
            model::Kind::Enum(name) => Kind::Enum(format!("{}::{name}", self.module), name.clone()),
        }
    }
}
