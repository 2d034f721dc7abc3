//! The order of resources: each after those that it refers to, otherwise as in the text.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::shape::{self, function};
use crate::substitution::{self, Part};

/// The resources in order. In a circle, which CloudFormation refuses, the first of the text comes first.
pub(super) fn in_order<'s>(resources: &[(&'s String, &'s Json)]) -> Vec<(&'s String, &'s Json)> {
    let by_name: BTreeMap<&str, (&String, &Json)> =
        resources.iter().map(|&(name, json)| (name.as_str(), (name, json))).collect();
    let mut ordered = Vec::with_capacity(resources.len());
    let mut seen = BTreeSet::new();
    for &(name, _) in resources {
        visit(name, &by_name, &mut seen, &mut ordered);
    }
    ordered
}

fn visit<'s>(
    name: &'s str,
    all: &BTreeMap<&'s str, (&'s String, &'s Json)>,
    seen: &mut BTreeSet<&'s str>,
    ordered: &mut Vec<(&'s String, &'s Json)>,
) {
    let Some(&(id, json)) = all.get(name) else { return };
    if !seen.insert(id) {
        return;
    }
    let mut needed = Vec::new();
    mentions(json, &mut needed);
    for other in needed {
        if let Some((other, _)) = all.get(other.as_str()) {
            visit(other, all, seen, ordered);
        }
    }
    ordered.push((id, json));
}

/// The names that a resource or a value refers to.
pub(crate) fn mentions(json: &Json, found: &mut Vec<String>) {
    if let Some((function, argument)) = function(json) {
        match (function, argument) {
            ("Ref", Json::String(name)) => found.push(name.clone()),
            ("Fn::GetAtt", _) => found.extend(shape::attribute(argument).map(|(resource, _)| resource.to_owned())),
            ("Fn::Sub", Json::String(text)) => in_text(text, found),
            ("Fn::Sub", Json::Array(parts)) => {
                if let Some(text) = parts.first().and_then(Json::as_str) {
                    in_text(text, found);
                }
            }
            _ => {}
        }
    }
    match json {
        Json::Array(items) => items.iter().for_each(|item| mentions(item, found)),
        Json::Object(entries) => {
            for (name, value) in entries {
                match (name.as_str(), value) {
                    ("DependsOn", Json::String(other)) => found.push(other.clone()),
                    ("DependsOn", Json::Array(others)) => {
                        found.extend(others.iter().filter_map(Json::as_str).map(str::to_owned));
                    }
                    _ => mentions(value, found),
                }
            }
        }
        _ => {}
    }
}

fn in_text(text: &str, found: &mut Vec<String>) {
    for part in substitution::parts(text) {
        if let Part::Variable(name) = part {
            found.push(name.split('.').next().unwrap_or_default().to_owned());
        }
    }
}
