//! The template of one stack.

use std::collections::BTreeMap;

use flagcdk_assembly::{Capability, Finding, LookUpKind};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json, json};

use super::links::{Links, StackLinks};
use super::overrides;
use super::resolve::{Names, Resolver, sorted};
use crate::TagProperty;
use crate::condition::TestExpr;
use crate::tree::{ResourceData, StackData, StackIndex, Tree};

/// The types that have names in the whole account, and the property that gives such a name. `AWS::IAM::RolePolicy` has a
/// `RoleName` too, and means somebody else's.
///
/// See [capabilities](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html).
const NAMES: [(&str, &str); 5] = [
    ("AWS::IAM::Group", "GroupName"),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::User", "UserName"),
];

/// Everything of a template that does not depend on what other stacks ask of it.
pub(super) struct Body {
    resources: BTreeMap<String, ResourceEntry>,
    conditions: BTreeMap<String, Json>,
    rules: BTreeMap<String, Json>,
    outputs: BTreeMap<String, OutputJson>,
    entries: Vec<(Vec<String>, Json)>,
}

/// A resource as the tree says it, and what takes its place if the caller had the last word on attributes.
struct ResourceEntry {
    plain: ResourceJson,
    overridden: Option<Json>,
}

impl Serialize for ResourceEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.overridden {
            Some(json) => json.serialize(serializer),
            None => self.plain.serialize(serializer),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TemplateJson<'a> {
    #[serde(rename = "AWSTemplateFormatVersion")]
    format_version: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: &'a BTreeMap<String, Json>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    transform: &'a [Json],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    parameters: BTreeMap<&'a str, Json>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    rules: &'a BTreeMap<String, Json>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    mappings: BTreeMap<&'a str, Json>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    conditions: &'a BTreeMap<String, Json>,
    resources: &'a BTreeMap<String, ResourceEntry>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    outputs: BTreeMap<&'a str, OutputJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceJson {
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_policy: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_replace_policy: Option<&'static str>,
    metadata: BTreeMap<String, Json>,
    #[serde(skip_serializing_if = "is_empty_object")]
    properties: Json,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct OutputJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    value: Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    export: Option<Json>,
}

impl Body {
    pub(super) fn resolve<'t>(tree: &'t Tree, names: &Names<'_>, stack: StackIndex, links: &mut Links<'t>) -> Self {
        let mut resolver = Resolver { tree, names, stack, links };
        let mut resources = BTreeMap::new();
        for (index, data) in tree.resources.iter().enumerate().filter(|(_, data)| data.stack == stack) {
            let name = names.logical_id(crate::ResourceId(index)).into_owned();
            resources.insert(name, resource(&mut resolver, data));
        }
        let data = &tree.stacks[stack.0];
        let conditions =
            data.conditions.iter().map(|(name, test)| (name.clone(), test_json(&mut resolver, test))).collect();
        let outputs = data
            .outputs
            .iter()
            .map(|(name, output)| {
                let value = resolver.resolve(&output.value);
                let export = output.export.as_ref().map(|name| json!({ "Name": resolver.resolve(name) }));
                let (description, condition) = (output.description.clone(), output.condition.clone());
                (name.clone(), OutputJson { description, condition, value, export })
            })
            .collect();
        let rules = data.rules.iter().map(|(name, rule)| (name.clone(), resolver.resolve(rule))).collect();
        let entries = data.entries.iter().map(|(path, value)| (path.clone(), resolver.resolve(value))).collect();
        Self { resources, conditions, rules, outputs, entries }
    }

    /// What CloudFormation wants to be told that the template does.
    pub(super) fn capabilities(&self, data: &StackData) -> Vec<Capability> {
        let mut capability = None;
        let resources = self.resources.values().map(|entry| &entry.plain);
        for resource in resources.filter(|resource| resource.r#type.starts_with("AWS::IAM::")) {
            let named =
                NAMES.iter().any(|(kind, name)| *kind == resource.r#type && resource.properties.get(name).is_some());
            capability = capability.max(Some(if named { Capability::NamedIam } else { Capability::Iam }));
        }
        let expand = (!data.transforms.is_empty()).then_some(Capability::AutoExpand);
        capability.into_iter().chain(expand).collect()
    }

    /// The template's text, which ends in a line break.
    pub(super) fn template(&self, tree: &Tree, data: &StackData, links: &StackLinks) -> String {
        let mut parameters: BTreeMap<&str, Json> = data
            .parameters
            .iter()
            .map(|(name, parameter)| (name.as_str(), Json::Object(parameter.0.clone())))
            .collect();
        for (parameter, (from, output)) in &links.wires {
            let description = format!("output {output} of {}", tree.stacks[from.0].name);
            parameters.insert(parameter, json!({ "Type": "String", "Description": description }));
        }
        for (parameter, asset) in &links.assets {
            let description = format!("S3 key of the published asset {asset}");
            parameters.insert(parameter, json!({ "Type": "String", "Description": description }));
        }
        let mut mappings: BTreeMap<&str, Json> =
            data.mappings.iter().map(|(name, rows)| (name.as_str(), rows.clone())).collect();
        for ((mapping, key), kind) in &links.look_ups {
            let rows = mappings.entry(mapping).or_insert_with(|| json!({}));
            for region in &tree.regions {
                rows[region.as_str()][key] = placeholder(kind, region.as_str()).into();
            }
        }
        let mut outputs: BTreeMap<&str, OutputJson> =
            self.outputs.iter().map(|(name, output)| (name.as_str(), output.clone())).collect();
        for (name, (value, export)) in &links.outputs {
            let export = export.as_ref().map(|name| json!({ "Name": name }));
            outputs.insert(name, OutputJson { description: None, condition: None, value: value.clone(), export });
        }
        let template = TemplateJson {
            format_version: "2010-09-09",
            description: &data.description,
            metadata: &data.metadata,
            transform: &data.transforms,
            parameters,
            rules: &self.rules,
            mappings,
            conditions: &self.conditions,
            resources: &self.resources,
            outputs,
        };
        let mut text = if self.entries.is_empty() {
            serde_json::to_string_pretty(&template).expect("a template is plain data")
        } else {
            let mut whole = serde_json::to_value(&template).expect("a template is plain data");
            self.entries.iter().for_each(|(path, value)| overrides::put(&mut whole, path, value));
            serde_json::to_string_pretty(&sorted(&whole)).expect("a template is plain data")
        };
        text.push('\n');
        text
    }
}

/// The properties of a resource whose name is wanted, tags and overrides included; `lost` is told of an override that leads
/// nowhere, and where.
pub(super) fn properties(
    resolver: &mut Resolver<'_, '_>,
    data: &ResourceData,
    wanted: &dyn Fn(&str) -> bool,
    lost: &mut dyn FnMut(&str, &str),
) -> Json {
    let own = data.properties.iter().filter(|(name, _)| wanted(name));
    let mut properties: Json =
        own.map(|(name, value)| (name.to_owned(), resolver.resolve(value))).collect::<Map<_, _>>().into();
    if let Some(property) = data.tags.filter(|property| wanted(property.name())) {
        add_tags(&mut properties, property, resolver.tree.tags_in_stack(data.node));
    }
    for (at, value) in &data.overrides {
        if !wanted(&overrides::parts(at)[0]) {
            continue;
        }
        let value = resolver.resolve(value);
        if let Err(part) = overrides::set(&mut properties, at, value) {
            lost(at, &part);
        }
    }
    properties
}

fn resource(resolver: &mut Resolver<'_, '_>, data: &ResourceData) -> ResourceEntry {
    let tree = resolver.tree;
    let path = tree.path(data.node);
    let mut lost = Vec::new();
    let properties = properties(resolver, data, &|_| true, &mut |at, part| lost.push((at.to_owned(), part.to_owned())));
    let mut depends_on = Vec::new();
    for other in &data.depends_on {
        let target = &tree.resources[other.0];
        if target.stack == data.stack {
            depends_on.push(resolver.names.logical_id(*other).into_owned());
        } else {
            resolver.links.stacks[data.stack.0].depends_on.insert(target.stack);
        }
    }
    depends_on.sort();
    depends_on.dedup();
    let mut metadata = data.metadata.clone();
    metadata.insert("flagcdk:path".into(), path.into());
    crate::suppression::write(tree, data, &mut metadata);
    let plain = ResourceJson {
        r#type: data.type_name.to_string(),
        condition: data.condition.clone(),
        depends_on,
        deletion_policy: data.deletion_policy.map(crate::RemovalPolicy::as_str),
        update_replace_policy: data.update_replace_policy.map(crate::RemovalPolicy::as_str),
        metadata,
        properties,
    };
    let overridden =
        (!data.attribute_overrides.is_empty()).then(|| override_attributes(resolver, data, &plain, &mut lost));
    for (at, part) in lost {
        resolver.links.findings.push(Finding::error(
            "synth::bad-override",
            tree.path(data.node),
            format!("the override of `{at}` leads nowhere at `{part}`"),
            "name properties with dots between them, and places in lists by number",
        ));
    }
    ResourceEntry { plain, overridden }
}

/// What an override of attributes may begin with; properties and the type have ways of their own.
const ATTRIBUTES: [&str; 7] =
    ["Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata", "UpdatePolicy", "UpdateReplacePolicy"];

fn override_attributes(
    resolver: &mut Resolver<'_, '_>,
    data: &ResourceData,
    plain: &ResourceJson,
    lost: &mut Vec<(String, String)>,
) -> Json {
    let mut json = serde_json::to_value(plain).expect("a resource is plain data");
    for (at, value) in &data.attribute_overrides {
        let first = &overrides::parts(at)[0];
        if ATTRIBUTES.contains(&first.as_str()) {
            let value = resolver.resolve(value);
            if let Err(part) = overrides::set(&mut json, at, value) {
                lost.push((at.clone(), part));
            }
        } else {
            resolver.links.findings.push(Finding::error(
                "synth::bad-attribute",
                resolver.tree.path(data.node),
                format!("a resource has no attribute `{first}` that could be overridden"),
                format!("name one of `{}`; properties have `override_property`", ATTRIBUTES.join("`, `")),
            ));
        }
    }
    json
}

/// Adds the tags of the tree to those that the resource has; the resource's own win.
fn add_tags(properties: &mut Json, property: TagProperty, tags: BTreeMap<&str, &str>) {
    if tags.is_empty() {
        return;
    }
    match property {
        TagProperty::Map(name) => {
            let own = properties[name].take();
            let mut all: Map<String, Json> =
                tags.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
            all.extend(own.as_object().cloned().unwrap_or_default());
            properties[name] = all.into();
        }
        TagProperty::List(name) => {
            let mut all = properties[name].take().as_array().cloned().unwrap_or_default();
            for (key, value) in tags {
                if !all.iter().any(|tag| tag["Key"] == key) {
                    all.push(json!({ "Key": key, "Value": value }));
                }
            }
            properties[name] = all.into();
        }
    }
}

fn test_json(resolver: &mut Resolver<'_, '_>, test: &TestExpr) -> Json {
    let mut all = |tests: &[TestExpr]| tests.iter().map(|test| test_json(resolver, test)).collect::<Vec<_>>();
    match test {
        TestExpr::Equals(left, right) => json!({ "Fn::Equals": [resolver.resolve(left), resolver.resolve(right)] }),
        TestExpr::Not(inner) => json!({ "Fn::Not": all(std::slice::from_ref(inner)) }),
        TestExpr::All(tests) => json!({ "Fn::And": all(tests) }),
        TestExpr::Any(tests) => json!({ "Fn::Or": all(tests) }),
        TestExpr::Raw(expr) => resolver.resolve(expr),
        TestExpr::Named(name) => json!({ "Condition": name }),
    }
}

/// What stands in a mapping until the engine has looked the value up: of the right form, and plainly not real.
fn placeholder(kind: &LookUpKind, region: &str) -> String {
    match kind {
        LookUpKind::DynamodbStream { .. } => {
            format!("arn:aws:dynamodb:{region}:000000000000:table/unresolved/stream/1970-01-01T00:00:00.000")
        }
        _ => "unresolved".to_owned(),
    }
}

fn is_empty_object(json: &Json) -> bool {
    json.as_object().is_some_and(Map::is_empty)
}
