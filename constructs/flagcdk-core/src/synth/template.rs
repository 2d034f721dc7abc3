//! The template of one stack.

use std::collections::BTreeMap;

use flagcdk_assembly::{Capability, Finding, LookUpKind};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::links::{Links, StackLinks};
use super::overrides;
use super::resolve::{Names, Resolver};
use crate::condition::TestExpr;
use crate::tree::{ResourceData, StackData, StackIndex, Tree};
use crate::{Parameter, TagProperty};

/// Everything of a template that does not depend on what other stacks ask of it.
pub(super) struct Body {
    resources: BTreeMap<String, ResourceJson>,
    conditions: BTreeMap<String, Json>,
    outputs: BTreeMap<String, OutputJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TemplateJson<'a> {
    #[serde(rename = "AWSTemplateFormatVersion")]
    format_version: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    parameters: BTreeMap<&'a str, Json>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    mappings: BTreeMap<&'a str, Json>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    conditions: &'a BTreeMap<String, Json>,
    resources: &'a BTreeMap<String, ResourceJson>,
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
    value: Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    export: Option<Json>,
}

impl Body {
    pub(super) fn resolve<'t>(tree: &'t Tree, names: &Names, stack: StackIndex, links: &mut Links<'t>) -> Self {
        let mut resolver = Resolver { tree, names, stack, links };
        let mut resources = BTreeMap::new();
        for (index, data) in tree.resources.iter().enumerate().filter(|(_, data)| data.stack == stack) {
            let name = names.logical_id(crate::ResourceId(index)).to_owned();
            resources.insert(name, resource(&mut resolver, data));
        }
        let data = &tree.stacks[stack.0];
        let conditions =
            data.conditions.iter().map(|(name, test)| (name.clone(), test_json(&mut resolver, test))).collect();
        let outputs = data
            .outputs
            .iter()
            .map(|(name, output)| {
                let (value, description) = (resolver.resolve(&output.value), output.description.clone());
                (name.clone(), OutputJson { description, value, export: None })
            })
            .collect();
        Self { resources, conditions, outputs }
    }

    /// What CloudFormation wants to be told that the template does.
    pub(super) fn capabilities(&self) -> Vec<Capability> {
        let mut capability = None;
        for resource in self.resources.values().filter(|resource| resource.r#type.starts_with("AWS::IAM::")) {
            let named = ["RoleName", "PolicyName", "UserName", "GroupName", "ManagedPolicyName", "InstanceProfileName"]
                .iter()
                .any(|property| resource.properties.get(property).is_some());
            capability = capability.max(Some(if named { Capability::NamedIam } else { Capability::Iam }));
        }
        capability.into_iter().collect()
    }

    /// The template's text, which ends in a line break.
    pub(super) fn template(&self, tree: &Tree, data: &StackData, links: &StackLinks) -> String {
        let mut parameters: BTreeMap<&str, Json> =
            data.parameters.iter().map(|(name, parameter)| (name.as_str(), parameter_json(parameter))).collect();
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
            outputs.insert(name, OutputJson { description: None, value: value.clone(), export });
        }
        let template = TemplateJson {
            format_version: "2010-09-09",
            description: &data.description,
            parameters,
            mappings,
            conditions: &self.conditions,
            resources: &self.resources,
            outputs,
        };
        let mut text = serde_json::to_string_pretty(&template).expect("a template is plain data");
        text.push('\n');
        text
    }
}

fn resource(resolver: &mut Resolver<'_, '_>, data: &ResourceData) -> ResourceJson {
    let tree = resolver.tree;
    let path = tree.path(data.node);
    let mut properties: Json = data
        .properties
        .iter()
        .map(|(name, value)| (name.to_owned(), resolver.resolve(value)))
        .collect::<Map<_, _>>()
        .into();
    if let Some(property) = data.tags {
        add_tags(&mut properties, property, tree.tags_in_stack(data.node));
    }
    for (at, value) in &data.overrides {
        if let Err(part) = overrides::set(&mut properties, at, value) {
            resolver.links.findings.push(Finding::error(
                "synth::bad-override",
                &path,
                format!("the override of `{at}` leads nowhere at `{part}`"),
                "name properties with dots between them, and places in lists by number",
            ));
        }
    }
    let mut depends_on = Vec::new();
    for other in &data.depends_on {
        let target = &tree.resources[other.0];
        if target.stack == data.stack {
            depends_on.push(resolver.names.logical_id(*other).to_owned());
        } else {
            resolver.links.stacks[data.stack.0].depends_on.insert(target.stack);
        }
    }
    depends_on.sort();
    depends_on.dedup();
    let mut metadata = data.metadata.clone();
    metadata.insert("flagcdk:path".into(), path.into());
    let policy = data.removal.map(crate::RemovalPolicy::as_str);
    ResourceJson {
        r#type: data.type_name.to_string(),
        condition: data.condition.clone(),
        depends_on,
        deletion_policy: policy,
        // `RetainExceptOnCreate` is about creation; what it means for a replacement is `Retain`.
        update_replace_policy: policy.map(|policy| if policy == "RetainExceptOnCreate" { "Retain" } else { policy }),
        metadata,
        properties,
    }
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

fn parameter_json(parameter: &Parameter) -> Json {
    let mut json = json!({ "Type": parameter.kind });
    if let Some(default) = &parameter.default {
        json["Default"] = default.as_str().into();
    }
    if let Some(description) = &parameter.description {
        json["Description"] = description.as_str().into();
    }
    if parameter.no_echo {
        json["NoEcho"] = true.into();
    }
    json
}

fn test_json(resolver: &mut Resolver<'_, '_>, test: &TestExpr) -> Json {
    let mut all = |tests: &[TestExpr]| tests.iter().map(|test| test_json(resolver, test)).collect::<Vec<_>>();
    match test {
        TestExpr::Equals(left, right) => json!({ "Fn::Equals": [resolver.resolve(left), resolver.resolve(right)] }),
        TestExpr::Not(inner) => json!({ "Fn::Not": all(std::slice::from_ref(inner)) }),
        TestExpr::All(tests) => json!({ "Fn::And": all(tests) }),
        TestExpr::Any(tests) => json!({ "Fn::Or": all(tests) }),
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
