//! Expressions to template JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;

use flagcdk_assembly::Finding;
use serde_json::{Map, Value as Json, json};

use super::links::{Links, own_reference};
use crate::logical_id::{self, MAX_LENGTH};
use crate::tree::{ResourceData, StackIndex, Tree};
use crate::{Expr, ResourceId};

/// The logical ids of resources.
pub(super) enum Names<'t> {
    /// Of every resource, checked to be unique in its stack.
    All(Vec<String>),
    /// Made when they are asked for.
    OneByOne(&'t Tree),
}

impl<'t> Names<'t> {
    pub(super) fn one_by_one(tree: &'t Tree) -> Self {
        Self::OneByOne(tree)
    }

    pub(super) fn new(tree: &Tree, findings: &mut Vec<Finding>) -> Self {
        let mut taken: BTreeMap<(StackIndex, String), usize> = BTreeMap::new();
        let mut names = Vec::with_capacity(tree.resources.len());
        for (index, resource) in tree.resources.iter().enumerate() {
            let name = name(tree, resource);
            let path = tree.path(resource.node);
            if name.len() > MAX_LENGTH {
                findings.push(Finding::error(
                    "synth::long-logical-id",
                    &path,
                    format!("the logical id has {} characters, CloudFormation allows {MAX_LENGTH}", name.len()),
                    "shorten the ids on the way to it",
                ));
            }
            if resource.logical_id.is_some() && !is_logical_id(&name) {
                findings.push(Finding::error(
                    "synth::bad-logical-id",
                    &path,
                    format!("`{name}` cannot be a logical id"),
                    "CloudFormation takes ASCII letters and digits alone",
                ));
            }
            if let Some(other) = taken.insert((resource.stack, name.clone()), index) {
                let other = tree.path(tree.resources[other].node);
                // Two resources of one path were reported when the id was claimed.
                if other != path {
                    findings.push(Finding::error(
                        "synth::logical-id-clash",
                        &path,
                        format!("its logical id `{name}` is also that of `{other}`"),
                        "logical ids keep only ASCII letters and digits: change one of the two ids in those",
                    ));
                }
            }
            names.push(name);
        }
        Self::All(names)
    }

    pub(super) fn logical_id(&self, resource: ResourceId) -> Cow<'_, str> {
        match self {
            Self::All(names) => Cow::Borrowed(&names[resource.0]),
            Self::OneByOne(tree) => Cow::Owned(name(tree, &tree.resources[resource.0])),
        }
    }
}

fn is_logical_id(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn name(tree: &Tree, resource: &ResourceData) -> String {
    resource.logical_id.clone().unwrap_or_else(|| logical_id::logical_id(tree.ids_in_stack(resource.node)))
}

/// Resolves the expressions of one stack.
pub(super) struct Resolver<'a, 't> {
    pub(super) tree: &'t Tree,
    pub(super) names: &'a Names<'a>,
    pub(super) stack: StackIndex,
    pub(super) links: &'a mut Links<'t>,
}

impl Resolver<'_, '_> {
    pub(super) fn resolve(&mut self, expr: &Expr) -> Json {
        match expr {
            Expr::Bool(value) => json!(value),
            Expr::Integer(value) => json!(value),
            Expr::Number(value) => number(*value),
            Expr::Text(text) => json!(text),
            Expr::List(items) => items.iter().map(|item| self.resolve(item)).collect(),
            Expr::Map(entries) => {
                entries.iter().map(|(key, value)| (key.to_string(), self.resolve(value))).collect::<Map<_, _>>().into()
            }
            Expr::Reference { resource, attribute } => self.reference(*resource, attribute.as_deref()),
            Expr::Parameter(name) => json!({ "Ref": name }),
            Expr::Pseudo(pseudo) => json!({ "Ref": pseudo.as_str() }),
            Expr::Concat(parts) => self.concat(parts),
            Expr::Sub(template, variables) if variables.is_empty() => json!({ "Fn::Sub": template }),
            Expr::Sub(template, variables) => {
                let variables: Map<_, _> =
                    variables.iter().map(|(name, value)| (name.clone(), self.resolve(value))).collect();
                json!({ "Fn::Sub": [template, variables] })
            }
            Expr::Join(separator, list) => json!({ "Fn::Join": [separator, self.resolve(list)] }),
            Expr::Split(separator, text) => json!({ "Fn::Split": [separator, self.resolve(text)] }),
            Expr::Select(index, list) => json!({ "Fn::Select": [self.resolve(index), self.resolve(list)] }),
            Expr::If(condition, then, otherwise) => {
                json!({ "Fn::If": [condition, self.resolve(then), self.resolve(otherwise)] })
            }
            Expr::FindInMap(keys) => json!({ "Fn::FindInMap": self.resolve_all(keys.as_slice()) }),
            Expr::GetAzs(region) => json!({ "Fn::GetAZs": self.resolve(region) }),
            Expr::Cidr(parts) => json!({ "Fn::Cidr": self.resolve_all(parts.as_slice()) }),
            Expr::Base64(text) => json!({ "Fn::Base64": self.resolve(text) }),
            Expr::ImportValue(name) => json!({ "Fn::ImportValue": self.resolve(name) }),
            Expr::AssetKey(asset) => self.links.asset_key(self.stack, asset),
            Expr::LookUp { mapping, key, kind } => self.links.look_up(self.stack, mapping, key, kind),
            Expr::Json(json) => sorted(json),
        }
    }

    fn resolve_all(&mut self, exprs: &[Expr]) -> Vec<Json> {
        exprs.iter().map(|expr| self.resolve(expr)).collect()
    }

    fn reference(&mut self, resource: ResourceId, attribute: Option<&str>) -> Json {
        if self.tree.resources[resource.0].stack == self.stack {
            own_reference(self.names, resource, attribute)
        } else {
            self.links.cross_stack(self.names, self.stack, resource, attribute)
        }
    }

    /// Joined texts: a literal if all parts are, `Fn::Sub` if all others can be named in one, else `Fn::Join`.
    fn concat(&mut self, parts: &[Expr]) -> Json {
        let mut resolved = Vec::new();
        self.flatten(parts, &mut resolved);
        if let [only] = resolved.as_slice() {
            return only.clone();
        }
        let substituted: Option<String> = resolved.iter().map(as_substitution).collect();
        match substituted {
            Some(template) => json!({ "Fn::Sub": template }),
            None => json!({ "Fn::Join": ["", resolved] }),
        }
    }

    /// The resolved parts, those of nested joins in their place, and neighboring literals as one.
    fn flatten(&mut self, parts: &[Expr], out: &mut Vec<Json>) {
        for part in parts {
            if let Expr::Concat(inner) = part {
                self.flatten(inner, out);
                continue;
            }
            let next = self.resolve(part);
            match (out.last_mut(), &next) {
                (Some(Json::String(last)), Json::String(next)) => last.push_str(next),
                _ => out.push(next),
            }
        }
        if out.is_empty() {
            out.push(json!(""));
        }
    }
}

/// A part as it stands in the text of `Fn::Sub`, if it can.
fn as_substitution(part: &Json) -> Option<String> {
    if let Json::String(literal) = part {
        return Some(literal.replace("${", "${!"));
    }
    let (function, argument) = part.as_object()?.iter().next()?;
    match (function.as_str(), argument) {
        ("Ref", Json::String(name)) => Some(format!("${{{name}}}")),
        ("Fn::GetAtt", Json::Array(path)) => Some(format!("${{{}.{}}}", path[0].as_str()?, path[1].as_str()?)),
        _ => None,
    }
}

/// A number as people write it: `3`, not `3.0`.
fn number(value: f64) -> Json {
    let whole = value as i64;
    if whole as f64 == value { json!(whole) } else { json!(value) }
}

/// JSON with the keys of every object in order, whatever order this build's `serde_json` keeps.
pub(super) fn sorted(json: &Json) -> Json {
    match json {
        Json::Array(items) => items.iter().map(sorted).collect(),
        Json::Object(entries) => {
            let entries: BTreeMap<_, _> = entries.iter().collect();
            entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}
