//! Whether two templates say the same.
//!
//! Both are brought to a normal form, in which one meaning has one form:
//!
//! - scalars are texts, for CloudFormation reads `30` and `"30"`, `true` and `"true"` alike;
//! - `Fn::Sub` and `Fn::Join` without a separator are their parts, neighboring texts being one, and a part alone is itself;
//! - `Fn::GetAtt` has two parts, and `Fn::GetAZs` of nothing is that of the stack's region;
//! - `DependsOn` is a sorted list, and `Transform` a list;
//! - what is empty or says nothing is not there: empty sections, `Properties` and `Metadata`, the format version (there is but
//!   one), and the path that the core writes to every resource's metadata.

use serde_json::{Map, Value as Json, json};

use crate::shape::{attribute, function};
use crate::substitution::{self, Part};

/// A place at which two templates say different things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The names on the way to it.
    pub path: Vec<String>,
    /// What the first template says there, in normal form; none if it says nothing.
    pub wanted: Option<Json>,
    /// What the second template says there.
    pub got: Option<Json>,
}

/// All places at which two templates say different things; none if they are semantically equal.
///
/// ```
/// use flagcdk_migrate::differences;
/// use serde_json::json;
///
/// let one = json!({ "Outputs": { "Name": { "Value": { "Fn::Sub": "${AWS::Region}-x" } } } });
/// let same = json!({ "Outputs": { "Name": { "Value": { "Fn::Join": ["", [{ "Ref": "AWS::Region" }, "-x"]] } } } });
/// assert!(differences(&one, &same).is_empty());
/// ```
pub fn differences(wanted: &Json, got: &Json) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&mut Vec::new(), &template(wanted), &template(got), &mut found);
    found
}

/// The normal form of a template.
fn template(json: &Json) -> Json {
    let Some(sections) = json.as_object() else { return value(json) };
    let mut normal = Map::new();
    for (name, section) in sections {
        if name == "AWSTemplateFormatVersion" {
            continue;
        }
        let section = match (name.as_str(), section) {
            ("Resources", Json::Object(resources)) => {
                resources.iter().map(|(id, json)| (id.clone(), resource(json))).collect::<Map<_, _>>().into()
            }
            ("Description", _) => section.clone(),
            ("Transform", Json::String(_) | Json::Object(_)) => json!([value(section)]),
            _ => value(section),
        };
        if !is_empty(&section) {
            normal.insert(name.clone(), section);
        }
    }
    normal.into()
}

fn resource(json: &Json) -> Json {
    let Some(attributes) = json.as_object() else { return value(json) };
    let mut normal = Map::new();
    for (name, json) in attributes {
        let json = match (name.as_str(), json) {
            ("DependsOn", Json::String(_)) => json!([json]),
            ("DependsOn", Json::Array(others)) => {
                let mut others: Vec<String> = others.iter().map(Json::to_string).collect();
                others.sort();
                others.dedup();
                others.iter().map(|text| serde_json::from_str::<Json>(text).expect("it was written")).collect()
            }
            ("Metadata", Json::Object(entries)) => {
                let others = entries.iter().filter(|(name, _)| *name != "flagcdk:path");
                others.map(|(name, json)| (name.clone(), value(json))).collect::<Map<_, _>>().into()
            }
            _ => value(json),
        };
        if !is_empty(&json) {
            normal.insert(name.clone(), json);
        }
    }
    normal.into()
}

fn is_empty(json: &Json) -> bool {
    json.as_object().is_some_and(Map::is_empty) || json.as_array().is_some_and(Vec::is_empty) || json == ""
}

/// The normal form of a value.
fn value(json: &Json) -> Json {
    if let Some((name, argument)) = function(json)
        && let Some(normal) = of_function(name, argument)
    {
        return normal;
    }
    match json {
        Json::Bool(value) => value.to_string().into(),
        Json::Number(number) => match number.as_f64().filter(|_| !number.is_i64() && !number.is_u64()) {
            // As `3.0` is `3`.
            Some(float) => float.to_string().into(),
            None => number.to_string().into(),
        },
        Json::Array(items) => items.iter().map(value).collect(),
        Json::Object(entries) => {
            entries.iter().map(|(name, json)| (name.clone(), value(json))).collect::<Map<_, _>>().into()
        }
        Json::Null | Json::String(_) => json.clone(),
    }
}

fn of_function(name: &str, argument: &Json) -> Option<Json> {
    match (name, argument) {
        ("Fn::GetAtt", _) => {
            attribute(argument).map(|(resource, attribute)| json!({ "Fn::GetAtt": [resource, attribute] }))
        }
        ("Fn::GetAZs", Json::String(text)) if text.is_empty() => {
            Some(json!({ "Fn::GetAZs": { "Ref": "AWS::Region" } }))
        }
        ("Fn::Sub", Json::String(text)) => Some(substituted(text, &Map::new())),
        ("Fn::Sub", Json::Array(parts)) => match parts.as_slice() {
            [Json::String(text), Json::Object(variables)] => Some(substituted(text, variables)),
            _ => None,
        },
        ("Fn::Join", Json::Array(parts)) => match parts.as_slice() {
            [Json::String(separator), Json::Array(parts)] if separator.is_empty() => {
                Some(joined(parts.iter().map(value).collect()))
            }
            _ => None,
        },
        _ => None,
    }
}

fn substituted(text: &str, variables: &Map<String, Json>) -> Json {
    let part = |part: &Part| match part {
        Part::Text(text) => text.as_str().into(),
        Part::Variable(name) => match (variables.get(name), name.split_once('.')) {
            (Some(json), _) => value(json),
            (None, Some((resource, attribute))) => json!({ "Fn::GetAtt": [resource, attribute] }),
            (None, None) => json!({ "Ref": name }),
        },
    };
    joined(substitution::parts(text).iter().map(part).collect())
}

/// The name under which joined parts are in the normal form.
const JOINED: &str = "joined";

fn joined(parts: Vec<Json>) -> Json {
    let mut flat: Vec<Json> = Vec::new();
    let mut push = |part: Json| match (flat.last_mut(), part) {
        (_, Json::String(next)) if next.is_empty() => {}
        (Some(Json::String(last)), Json::String(next)) => last.push_str(&next),
        (_, part) => flat.push(part),
    };
    for part in parts {
        match part.get(JOINED).and_then(Json::as_array) {
            Some(inner) => inner.iter().cloned().for_each(&mut push),
            None => push(part),
        }
    }
    match flat.len() {
        0 => "".into(),
        1 => flat.remove(0),
        _ => json!({ JOINED: flat }),
    }
}

fn compare(path: &mut Vec<String>, wanted: &Json, got: &Json, found: &mut Vec<Difference>) {
    let mut inside = |name: &str, wanted: Option<&Json>, got: Option<&Json>| {
        path.push(name.to_owned());
        match (wanted, got) {
            (Some(wanted), Some(got)) => compare(path, wanted, got, found),
            (wanted, got) => {
                found.push(Difference { path: path.clone(), wanted: wanted.cloned(), got: got.cloned() });
            }
        }
        path.pop();
    };
    match (wanted, got) {
        (Json::Object(one), Json::Object(other)) => {
            for (name, json) in one {
                inside(name, Some(json), other.get(name));
            }
            for (name, json) in other.iter().filter(|(name, _)| !one.contains_key(*name)) {
                inside(name, None, Some(json));
            }
        }
        (Json::Array(one), Json::Array(other)) => {
            for index in 0..one.len().max(other.len()) {
                inside(&index.to_string(), one.get(index), other.get(index));
            }
        }
        _ if wanted == got => {}
        _ => found.push(Difference { path: path.clone(), wanted: Some(wanted.clone()), got: Some(got.clone()) }),
    }
}
