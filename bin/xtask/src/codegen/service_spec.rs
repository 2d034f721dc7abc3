//! What `@aws-cdk/aws-service-spec` knows beside the registry's schemas: AWS's documentation, attributes, and what `Ref` gives.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};

use super::Error;

const DATABASE: &str = "package/db.json.gz";

/// The database of the package, by the names of resource types.
pub(super) struct ServiceSpec {
    resources: BTreeMap<String, Resource>,
}

#[derive(Default)]
struct Resource {
    documentation: Value,
    attributes: BTreeSet<String>,
    reference: Option<Value>,
}

impl ServiceSpec {
    /// Reads the package's tarball.
    pub(super) fn read(tarball: &Path) -> Result<Self, Error> {
        let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(File::open(tarball)?)));
        for entry in archive.entries()? {
            let entry = entry?;
            if entry.path()?.as_ref() != Path::new(DATABASE) {
                continue;
            }
            let mut bytes = Vec::new();
            GzDecoder::new(entry).read_to_end(&mut bytes)?;
            let database: Value = serde_json::from_slice(&bytes)?;
            return Ok(Self::of(&database["schema"]));
        }
        Err(Error::MissingEntry { path: tarball.to_owned(), wanted: DATABASE })
    }

    fn of(tables: &Value) -> Self {
        let definitions: BTreeMap<&str, &Value> =
            entities(tables, "typeDefinition").filter_map(|entity| Some((entity["$id"].as_str()?, entity))).collect();
        let uses = &tables["usesType"]["forward"];
        let resources = entities(tables, "resource").filter_map(|entity| {
            let name = entity["cloudFormationType"].as_str()?.to_owned();
            let used = uses[entity["$id"].as_str()?].as_array().into_iter().flatten();
            let used = used.filter_map(|link| definitions.get(link["$id"].as_str()?).copied());
            Some((name, Resource::of(entity, used)))
        });
        Self { resources: resources.collect() }
    }

    /// Adds to a slim schema what else `Fn::GetAtt` and `Ref` can give, under keywords of our own.
    pub(super) fn extend(&self, type_name: &str, schema: &mut Value) {
        let Some(resource) = self.resources.get(type_name) else { return };
        let read_only: BTreeSet<String> = schema["readOnlyProperties"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|pointer| Some(pointer.as_str()?.strip_prefix("/properties/")?.replace('/', ".")))
            .collect();
        let more: Vec<&String> = resource.attributes.difference(&read_only).collect();
        if !more.is_empty() {
            schema["additionalAttributes"] = json!(more);
        }
        if let Some(reference) = &resource.reference {
            schema["referenceIdentifier"] = reference.clone();
        }
    }

    /// The documentation of a type, in the form of [`super::slim::documentation`].
    pub(super) fn documentation(&self, type_name: &str) -> Option<&Value> {
        Some(&self.resources.get(type_name)?.documentation)
    }
}

impl Resource {
    fn of<'a>(entity: &Value, used: impl Iterator<Item = &'a Value>) -> Self {
        let mut documentation = object(entity);
        let definitions: Map<String, Value> =
            used.filter_map(|definition| Some((definition["name"].as_str()?.to_owned(), object(definition)))).collect();
        documentation["definitions"] = definitions.into();
        documentation["attributes"] = texts(&entity["attributes"]);
        let attributes = entity["attributes"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        Self { documentation, attributes, reference: entity.get("cfnRefIdentifier").cloned() }
    }
}

fn object(entity: &Value) -> Value {
    json!({ "description": entity["documentation"].as_str().unwrap_or_default(), "properties": texts(&entity["properties"]) })
}

fn texts(properties: &Value) -> Value {
    let texts: Map<String, Value> = properties
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, property)| Some((name.clone(), property.get("documentation")?.clone())))
        .collect();
    texts.into()
}

fn entities<'a>(tables: &'a Value, table: &str) -> impl Iterator<Item = &'a Value> {
    tables[table]["entities"].as_array().into_iter().flatten()
}
