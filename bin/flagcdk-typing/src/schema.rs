//! Questions about a registry schema.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::{Kind, Tags};

/// Kinds that the schema leaves open and the service does not: type, path, kind.
const OVERRIDES: &[(&str, &str, Kind)] = &[
    // CloudFormation turns numbers and booleans into text, which is what functions and nested stacks get.
    ("AWS::Lambda::Function", "/properties/Environment/Variables/*", Kind::Text),
    ("AWS::CloudFormation::Stack", "/properties/Parameters/*", Kind::Text),
    // One topic or, for old templates, a list of them.
    ("AWS::AutoScaling::AutoScalingGroup", "/properties/NotificationConfiguration/TopicARN", Kind::Text),
    ("AWS::AutoScaling::AutoScalingGroup", "/properties/NotificationConfigurations/*/TopicARN", Kind::Text),
];

/// The kind of the property at a path, if it is one of those above.
pub(crate) fn override_of(schema: &Value, path: &str) -> Option<Kind> {
    let found = OVERRIDES.iter().find(|(type_name, known, _)| schema["typeName"] == *type_name && *known == path);
    found.map(|(_, _, kind)| kind.clone())
}

/// Types whose `Ref` is documented to be an ARN though their identifier is not called so.
const ARN_REFERENCES: &[&str] = &[
    "AWS::CertificateManager::Certificate",
    "AWS::CloudFormation::ChangeSet",
    "AWS::CloudFormation::GeneratedTemplate",
    "AWS::CloudFormation::Stack",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SecretsManager::RotationSchedule",
    "AWS::SecretsManager::Secret",
    "AWS::SecretsManager::SecretTargetAttachment",
];

/// The properties of an object, those of its variants included.
#[derive(Default)]
pub(crate) struct Object<'a> {
    pub(crate) properties: BTreeMap<&'a str, &'a Value>,
    /// What every variant requires.
    pub(crate) required: BTreeSet<&'a str>,
}

/// The schema as an object, or none if a variant of it is something else.
pub(crate) fn object<'a>(root: &'a Value, schema: &'a Value) -> Option<Object<'a>> {
    object_within(root, schema, 0)
}

fn object_within<'a>(root: &'a Value, schema: &'a Value, depth: usize) -> Option<Object<'a>> {
    // Definitions may name each other in a circle.
    if depth > 8 {
        return None;
    }
    if let Some(pointer) = schema["$ref"].as_str() {
        return object_within(root, resolve(root, pointer)?, depth + 1);
    }
    let types = types(schema);
    if !types.is_empty() && !types.contains(&"object") {
        return None;
    }
    let mut found = Object {
        properties: schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, inner)| (name.as_str(), inner))
            .collect(),
        required: schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    };
    for keyword in ["allOf", "oneOf", "anyOf"] {
        let Some(variants) = schema[keyword].as_array() else { continue };
        let variants: Option<Vec<Object<'a>>> =
            variants.iter().map(|variant| object_within(root, variant, depth + 1)).collect();
        let variants = variants?;
        let of_all = match keyword {
            "allOf" => variants.iter().flat_map(|variant| variant.required.iter().copied()).collect(),
            _ => in_all(&variants),
        };
        found.required.extend(of_all);
        for variant in variants {
            for (name, inner) in variant.properties {
                // A variant often repeats a property without its schema.
                let known = found.properties.entry(name).or_insert(inner);
                if known.as_object().is_some_and(serde_json::Map::is_empty) {
                    *known = inner;
                }
            }
        }
    }
    let properties = &found.properties;
    found.required.retain(|name| properties.contains_key(name));
    Some(found)
}

fn in_all<'a>(variants: &[Object<'a>]) -> BTreeSet<&'a str> {
    let mut variants = variants.iter().map(|variant| &variant.required);
    let Some(first) = variants.next() else { return BTreeSet::new() };
    variants.fold(first.clone(), |all, required| &all & required)
}

/// What a JSON pointer of the schema points to.
pub(crate) fn resolve<'a>(root: &'a Value, pointer: &str) -> Option<&'a Value> {
    root.pointer(pointer.strip_prefix('#')?)
}

/// The schema, or what its `$ref` leads to.
pub(crate) fn target<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    while let Some(next) = schema["$ref"].as_str().and_then(|pointer| resolve(root, pointer)) {
        schema = next;
    }
    schema
}

/// The pointer of a schema that says nothing but `$ref`, be it inside `allOf`.
pub(crate) fn only_reference(schema: &Value) -> Option<&str> {
    if let Some(pointer) = schema["$ref"].as_str() {
        return Some(pointer);
    }
    match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([only]) if schema.get("properties").is_none() => only["$ref"].as_str(),
        _ => None,
    }
}

/// The types that a schema allows, `null` aside; none if it does not say.
pub(crate) fn types(schema: &Value) -> Vec<&str> {
    let types = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    types.into_iter().filter(|kind| *kind != "null").collect()
}

/// The kind of values that are none of objects and lists alone.
pub(crate) fn scalar(types: &[&str]) -> Kind {
    match types {
        ["boolean"] => Kind::Boolean,
        ["integer"] => Kind::Integer,
        ["number"] | ["integer", "number"] | ["number", "integer"] => Kind::Number,
        _ if types.contains(&"array") => Kind::Json,
        _ => Kind::Text,
    }
}

/// The texts that a schema lists, if all values are texts.
pub(crate) fn text_values(schema: &Value) -> Option<Vec<&str>> {
    let types = types(schema);
    if !types.is_empty() && types != ["string"] {
        return None;
    }
    schema["enum"].as_array()?.iter().map(Value::as_str).collect()
}

/// Whether an object is a pair of the texts `Key` and `Value`.
pub(crate) fn is_tag(schema: &Value) -> bool {
    let is_text = |name: &str| schema["properties"][name]["type"] == "string";
    schema["properties"].as_object().is_some_and(|properties| properties.len() == 2)
        && is_text("Key")
        && is_text("Value")
}

/// The names that `Fn::GetAtt` takes, with dots.
pub(crate) fn attribute_names(schema: &Value) -> BTreeSet<String> {
    let listed = |keyword: &str| schema[keyword].as_array().into_iter().flatten().filter_map(Value::as_str);
    let read_only = listed("readOnlyProperties")
        .filter_map(|pointer| pointer.strip_prefix("/properties/"))
        .map(|path| path.replace('/', "."));
    read_only.chain(listed("additionalAttributes").map(str::to_owned)).filter(|name| !name.contains('*')).collect()
}

/// What `Fn::GetAtt` gives for a name.
pub(crate) fn attribute(schema: &Value, name: &str) -> Kind {
    let found = name.split('.').try_fold(schema, |within, name| target(schema, within)["properties"].get(name));
    let Some(found) = found.map(|found| target(schema, found)) else { return text_or_arn(name) };
    match types(found)[..] {
        ["string"] | [] if found["format"].as_str().is_some_and(|format| format.ends_with("Arn")) => Kind::Arn,
        ["string"] => text_or_arn(name),
        ["array"] => {
            let items = target(schema, &found["items"]);
            let is_scalar =
                !types(items).is_empty() && !types(items).contains(&"object") && !types(items).contains(&"array");
            Kind::List(Box::new(if is_scalar { scalar(&types(items)) } else { Kind::Json }))
        }
        [] if found.get("properties").is_none() => text_or_arn(name),
        ref types if types.is_empty() || types.contains(&"object") => Kind::Json,
        ref types => scalar(types),
    }
}

/// What `Ref` gives.
pub(crate) fn reference(schema: &Value) -> Kind {
    if schema["typeName"].as_str().is_some_and(|type_name| ARN_REFERENCES.contains(&type_name)) {
        return Kind::Arn;
    }
    let identifier = schema["referenceIdentifier"].as_array().or_else(|| schema["primaryIdentifier"].as_array());
    match identifier.map(Vec::as_slice) {
        Some([only]) => text_or_arn(only.as_str().unwrap_or_default()),
        _ => Kind::Text,
    }
}

fn text_or_arn(name: &str) -> Kind {
    if name.ends_with("Arn") || name.ends_with("ARN") { Kind::Arn } else { Kind::Text }
}

/// How the type takes tags.
pub(crate) fn tags(schema: &Value) -> Option<Tags> {
    if schema["tagging"]["taggable"] == false || schema["taggable"] == false {
        return None;
    }
    let pointer = schema["tagging"]["tagProperty"].as_str().unwrap_or("/properties/Tags");
    let name = pointer.strip_prefix("/properties/")?;
    let is_read_only =
        schema["readOnlyProperties"].as_array().is_some_and(|all| all.iter().any(|known| known == pointer));
    let property = target(schema, schema["properties"].get(name).filter(|_| !is_read_only)?);
    if types(property) == ["array"] {
        let object = object(schema, &property["items"])?;
        let is_pair = object.properties.contains_key("Key") && object.properties.contains_key("Value");
        let takes_pair = object.required.iter().all(|name| matches!(*name, "Key" | "Value"));
        return (is_pair && takes_pair).then(|| Tags::List(name.to_owned()));
    }
    let is_map = types(property) == ["object"] && property.get("properties").is_none();
    is_map.then(|| Tags::Map(name.to_owned()))
}
