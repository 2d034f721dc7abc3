//! What `Fn::GetAtt` gives.

use serde_json::{Value, json};

use super::identity::{Naming, fill, generic_text, lookup, name};
use super::kinds;
use super::registry::{self, TypeSchema};
use crate::store::model::ResourceRecord;
use crate::{identifiers, region};

/// The attribute of a resource, none when its type has no such attribute.
pub(crate) fn attribute(
    record: &ResourceRecord,
    schema: Option<&TypeSchema>,
    naming: Naming<'_>,
    path: &str,
) -> Option<Value> {
    if let Some(fact) = record.facts.get(path) {
        return Some(fact.clone());
    }
    let type_name = record.type_name.as_str();
    if registry::is_custom(type_name) {
        return Some(Value::String(format!("{}.{path}", record.physical_id)));
    }
    let schema = schema?;
    if !schema.has_attribute(path) && !is_legacy(type_name, path) {
        return None;
    }
    if let Some(kind) = kinds::find(type_name)
        && let Some((_, text)) = kind.attributes.iter().find(|(attribute, _)| *attribute == path)
    {
        return Some(Value::String(fill(text, naming, || name(kind, naming))));
    }
    if let Some(value) = lookup(&record.properties, path) {
        return Some(value.clone());
    }
    if schema.reference.len() == 1 && schema.reference[0] == path {
        return Some(Value::String(record.physical_id.clone()));
    }
    if type_name == "AWS::EC2::VPCEndpoint" && path == "DnsEntries" {
        return Some(dns_entries(naming));
    }
    Some(generated(type_name, schema, naming, path))
}

/// Whether templates may ask for the attribute.
pub(crate) fn exists(schema: Option<&TypeSchema>, type_name: &str, path: &str) -> bool {
    registry::is_custom(type_name)
        || type_name == "AWS::CloudFormation::Stack"
        || is_legacy(type_name, path)
        || schema.is_some_and(|schema| schema.has_attribute(path))
}

/// Attributes that the documentation promises and the schema does not list as such.
fn is_legacy(type_name: &str, path: &str) -> bool {
    kinds::find(type_name).is_some_and(|kind| kind.attributes.iter().any(|(attribute, _)| *attribute == path))
}

/// A value of the type that the schema gives.
fn generated(type_name: &str, schema: &TypeSchema, naming: Naming<'_>, path: &str) -> Value {
    let property = schema.property(path);
    let kind = property.and_then(|property| property.get("type")).and_then(Value::as_str);
    match kind {
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => {
            let texts = (0..3).map(|index| {
                let seed = format!("{}/{index}", naming.seed);
                let item = Naming { seed: &seed, ..naming };
                Value::String(if path.ends_with("NetworkInterfaceIds") {
                    format!("eni-0{}", identifiers::hex_digits(&seed, 16))
                } else {
                    generic_text(type_name, Some(schema), path.trim_end_matches('s'), item)
                })
            });
            texts.collect()
        }
        Some("object") => json!({}),
        _ => Value::String(generic_text(type_name, Some(schema), path, naming)),
    }
}

/// `zone-id:host` of an interface endpoint.
fn dns_entries(naming: Naming<'_>) -> Value {
    let host = format!(
        "vpce-0{}.{}.vpce.{}",
        identifiers::hex_digits(naming.seed, 16),
        naming.region,
        region::url_suffix(naming.region)
    );
    json!([format!("Z{}:{host}", identifiers::capitals(naming.seed, 13))])
}
