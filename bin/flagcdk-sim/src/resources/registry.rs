//! The registry of resource types, and what is precomputed of each type that is used.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use regex::Regex;
use serde_json::Value;

/// The types that were asked for so far.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    types: Mutex<HashMap<String, Option<Arc<TypeSchema>>>>,
}

/// What a resource type allows.
#[derive(Debug)]
pub(crate) struct TypeSchema {
    pub(crate) document: Value,
    /// The attributes that only AWS sets: `Arn`, `Endpoint.Address`.
    pub(crate) read_only: BTreeSet<String>,
    /// The paths of properties that cannot be changed without a replacement; `*` stands for every item of a list.
    pub(crate) create_only: Vec<Vec<String>>,
    /// What `Fn::GetAtt` can ask for beside them.
    additional: BTreeSet<String>,
    /// The properties that identify a resource.
    pub(crate) primary: Vec<String>,
    /// The properties that `Ref` gives: mostly the same.
    pub(crate) reference: Vec<String>,
    /// The patterns that occur, each compiled once; none for those of another dialect.
    patterns: Mutex<HashMap<String, Option<Regex>>>,
}

impl Registry {
    /// What a type allows, `None` when there is no such type.
    pub(crate) fn schema(&self, type_name: &str) -> Option<Arc<TypeSchema>> {
        let mut types = self.types.lock().unwrap_or_else(PoisonError::into_inner);
        types
            .entry(type_name.to_owned())
            .or_insert_with(|| flagcdk_schemas::schema(type_name).map(TypeSchema::new).map(Arc::new))
            .clone()
    }

    /// Whether templates in the region can have the type.
    pub(crate) fn is_available(&self, type_name: &str, region: &str) -> bool {
        is_custom(type_name) || (self.schema(type_name).is_some() && flagcdk_schemas::exists_in(type_name, region))
    }
}

/// A custom resource, which has no schema.
pub(crate) fn is_custom(type_name: &str) -> bool {
    type_name.starts_with("Custom::") || type_name == "AWS::CloudFormation::CustomResource"
}

impl TypeSchema {
    fn new(document: Value) -> Self {
        let pointers = |name: &str| -> Vec<Vec<String>> {
            document
                .get(name)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .filter_map(|pointer| pointer.strip_prefix("/properties/"))
                .map(|path| path.split('/').map(str::to_owned).collect())
                .collect()
        };
        let texts = |name: &str| -> BTreeSet<String> {
            let listed = document.get(name).and_then(Value::as_array).into_iter().flatten();
            listed.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let mut create_only = pointers("createOnlyProperties");
        // What other services allow to change under some conditions, DynamoDB does not: the keys of a table stay.
        if document.get("typeName").and_then(Value::as_str).is_some_and(|name| name.starts_with("AWS::DynamoDB::")) {
            create_only.extend(pointers("conditionalCreateOnlyProperties"));
        }
        let differs = document.get("referenceIdentifier").is_some();
        let reference = if differs { "referenceIdentifier" } else { "primaryIdentifier" };
        // A pointer to the inside of a structure may name the `properties` of its schema, too.
        let dotted = |path: Vec<String>| {
            let names: Vec<String> = path.into_iter().filter(|name| name != "properties").collect();
            names.join(".")
        };
        Self {
            read_only: pointers("readOnlyProperties").into_iter().map(dotted).collect(),
            create_only,
            additional: texts("additionalAttributes"),
            reference: pointers(reference).into_iter().map(dotted).collect(),
            primary: pointers("primaryIdentifier").into_iter().map(dotted).collect(),
            document,
            patterns: Mutex::default(),
        }
    }

    /// The schema of a property, given by its path: `Endpoint.Address`.
    pub(crate) fn property(&self, path: &str) -> Option<&Value> {
        let mut schema = &self.document;
        for name in path.split('.') {
            schema = self.resolve(schema).get("properties")?.get(name)?;
        }
        Some(self.resolve(schema))
    }

    /// Whether `Fn::GetAtt` can ask for it: what AWS sets, and what it shows beside that.
    pub(crate) fn has_attribute(&self, path: &str) -> bool {
        self.read_only.contains(path) || self.additional.contains(path)
    }

    /// Follows `$ref`.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        // A chain of references is short; the bound keeps a circular one from running for ever.
        for _ in 0..8 {
            let Some(target) = schema.get("$ref").and_then(Value::as_str) else { break };
            let Some(found) = target.strip_prefix('#').and_then(|path| self.document.pointer(path)) else {
                break;
            };
            schema = found;
        }
        schema
    }

    /// Whether a text has the pattern; a pattern that cannot be read holds for everything.
    pub(crate) fn matches(&self, pattern: &str, text: &str) -> bool {
        let mut patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        patterns
            .entry(pattern.to_owned())
            .or_insert_with(|| Regex::new(pattern).ok())
            .as_ref()
            .is_none_or(|regex| regex.is_match(text))
    }
}
