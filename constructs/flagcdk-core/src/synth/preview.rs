//! What a resource will look like in its template, asked before synthesis.

use serde_json::Value as Json;

use super::links::Links;
use super::resolve::{Names, Resolver};
use super::{overrides, template};
use crate::ResourceId;
use crate::tree::Tree;

/// The property at a path, tags and overrides included.
pub(crate) fn property(tree: &Tree, resource: ResourceId, path: &str) -> Option<Json> {
    let data = &tree.resources[resource.0];
    let parts = overrides::parts(path);
    let name = parts.first()?;
    let names = Names::one_by_one(tree);
    // What other stacks would be asked for is of no interest here.
    let mut links = Links::new(tree);
    let mut resolver = Resolver { tree, names: &names, stack: data.stack, links: &mut links };
    let properties = template::properties(&mut resolver, data, &|property| property == name.as_str(), &mut |_, _| {});
    parts
        .iter()
        .try_fold(&properties, |value, part| match value {
            Json::Array(items) => items.get(part.parse::<usize>().ok()?),
            other => other.get(part),
        })
        .filter(|value| !value.is_null())
        .cloned()
}

/// The name of a resource in its template.
pub(crate) fn logical_id(tree: &Tree, resource: ResourceId) -> String {
    Names::one_by_one(tree).logical_id(resource).into_owned()
}
