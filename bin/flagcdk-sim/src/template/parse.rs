//! From the text of a template to its parts, with every check that needs no parameter and no region.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::dynamic_references;
use super::parameters::ParameterDeclaration;
use super::references::{Reference, references, references_in_condition};
use super::{TemplateError, evaluate};
use crate::store::model::Policy;

/// CloudFormation's quotas on one template.
const MAX_RESOURCES: usize = 500;
const MAX_PARAMETERS: usize = 200;
const MAX_MAPPINGS: usize = 200;
const MAX_MAPPING_ATTRIBUTES: usize = 200;
const MAX_OUTPUTS: usize = 200;
const MAX_DYNAMIC_REFERENCES: usize = 60;
const MAX_DESCRIPTION_BYTES: usize = 1024;
const MAX_NAME_LENGTH: usize = 255;

const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

const RESOURCE_MEMBERS: &[&str] = &[
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
    "Version",
];

/// A template that is right as far as can be told without parameters.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) description: Option<String>,
    pub(crate) parameters: BTreeMap<String, ParameterDeclaration>,
    pub(crate) mappings: Map<String, Value>,
    pub(crate) conditions: Map<String, Value>,
    pub(crate) resources: BTreeMap<String, ResourceDeclaration>,
    pub(crate) outputs: BTreeMap<String, OutputDeclaration>,
    /// The logical ids, each after those that it refers to.
    pub(crate) order: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct ResourceDeclaration {
    pub(crate) type_name: String,
    pub(crate) properties: Value,
    pub(crate) condition: Option<String>,
    pub(crate) deletion_policy: Option<Policy>,
    pub(crate) replace_policy: Option<Policy>,
    depends_on: Vec<String>,
    /// The logical ids whose values it uses.
    uses: BTreeSet<String>,
}

#[derive(Debug)]
pub(crate) struct OutputDeclaration {
    pub(crate) value: Value,
    pub(crate) description: Option<String>,
    pub(crate) condition: Option<String>,
    pub(crate) export: Option<Value>,
}

impl Template {
    /// Reads a template in JSON.
    pub(crate) fn parse(body: &str) -> Result<Self, TemplateError> {
        let trimmed = body.trim_start();
        if !trimmed.starts_with('{') {
            return Err(TemplateError::format(
                "unsupported structure. The simulator reads templates in JSON only, not in YAML",
            ));
        }
        let document: Value = serde_json::from_str(body).map_err(|error| {
            TemplateError::format(format_args!(
                "JSON not well-formed. (line {}, column {})",
                error.line(),
                error.column()
            ))
        })?;
        let Value::Object(mut sections) = document else {
            return Err(TemplateError::format("unsupported structure."));
        };
        let unknown: Vec<&str> = sections.keys().map(String::as_str).filter(|name| !SECTIONS.contains(name)).collect();
        if !unknown.is_empty() {
            return Err(TemplateError(format!("Invalid template property or properties [{}]", unknown.join(", "))));
        }
        if let Some(transform) = sections.get("Transform") {
            return Err(TemplateError::format(format_args!("the simulator runs no macros, got Transform {transform}")));
        }
        if let Some(version) = sections.get("AWSTemplateFormatVersion")
            && version != "2010-09-09"
        {
            return Err(TemplateError::format(format_args!(
                "{} is not a supported value for AWSTemplateFormatVersion.",
                version.as_str().unwrap_or("null")
            )));
        }
        let description = match sections.remove("Description") {
            None => None,
            Some(Value::String(text)) if text.len() <= MAX_DESCRIPTION_BYTES => Some(text),
            Some(Value::String(_)) => {
                return Err(TemplateError::format("Template description is longer than 1024 bytes."));
            }
            Some(_) => {
                return Err(TemplateError::format("Template description must be a string."));
            }
        };
        let parameters = section(&mut sections, "Parameters", "parameters", MAX_PARAMETERS)?
            .into_iter()
            .map(|(name, value)| {
                let declaration = ParameterDeclaration::parse(&name, &value)?;
                Ok((name, declaration))
            })
            .collect::<Result<BTreeMap<_, _>, TemplateError>>()?;
        let mappings = section(&mut sections, "Mappings", "mappings", MAX_MAPPINGS)?;
        check_mappings(&mappings)?;
        let conditions = section(&mut sections, "Conditions", "conditions", usize::MAX)?;
        let outputs = section(&mut sections, "Outputs", "outputs", MAX_OUTPUTS)?
            .into_iter()
            .map(|(name, value)| Ok((name.clone(), OutputDeclaration::parse(&name, value)?)))
            .collect::<Result<BTreeMap<_, _>, TemplateError>>()?;
        let declared = section(&mut sections, "Resources", "resources", MAX_RESOURCES)?;
        if declared.is_empty() {
            return Err(TemplateError::format("At least one Resources member must be defined."));
        }
        let resources = declared
            .into_iter()
            .map(|(name, value)| Ok((name.clone(), ResourceDeclaration::parse(&name, value)?)))
            .collect::<Result<BTreeMap<_, _>, TemplateError>>()?;
        let dynamic = dynamic_references::count(&resources)?;
        if dynamic > MAX_DYNAMIC_REFERENCES {
            return Err(TemplateError::format(format_args!(
                "Number of dynamic references, {dynamic}, is greater than maximum allowed, {MAX_DYNAMIC_REFERENCES}"
            )));
        }
        let mut template =
            Self { description, parameters, mappings, conditions, resources, outputs, order: Vec::new() };
        template.check_references()?;
        template.order = template.in_order()?;
        Ok(template)
    }

    /// Every name that is referred to must be there.
    fn check_references(&self) -> Result<(), TemplateError> {
        let mut missing = BTreeSet::new();
        let mut check = |reference: Reference<'_>| -> Result<(), TemplateError> {
            match reference {
                Reference::Ref(name) | Reference::SubName(name)
                    if !self.parameters.contains_key(name)
                        && !self.resources.contains_key(name)
                        && !evaluate::is_pseudo_parameter(name) =>
                {
                    missing.insert(name.to_owned());
                }
                Reference::GetAtt(name, _) if !self.resources.contains_key(name) => {
                    return Err(TemplateError::rule(format_args!(
                        "instance of Fn::GetAtt references undefined resource {name}"
                    )));
                }
                Reference::Condition(name) if !self.conditions.contains_key(name) => {
                    return Err(TemplateError::format(format_args!(
                        "Unresolved condition dependency {name} in the Resources block of the template"
                    )));
                }
                Reference::Mapping(name) if !self.mappings.contains_key(name) => {
                    return Err(TemplateError::rule(format_args!(
                        "Mapping named '{name}' is not present in the 'Mappings' section of template."
                    )));
                }
                _ => {}
            }
            Ok(())
        };
        for resource in self.resources.values() {
            references(&resource.properties, &mut check)?;
            if let Some(condition) = &resource.condition {
                check(Reference::Condition(condition))?;
            }
            for dependency in &resource.depends_on {
                if !self.resources.contains_key(dependency) {
                    return Err(unresolved([dependency.as_str()], "Resources"));
                }
            }
        }
        if !missing.is_empty() {
            return Err(unresolved(missing.iter().map(String::as_str), "Resources"));
        }
        let mut missing = BTreeSet::new();
        let mut check = |reference: Reference<'_>| -> Result<(), TemplateError> {
            match reference {
                Reference::Ref(name) | Reference::SubName(name)
                    if !self.parameters.contains_key(name)
                        && !self.resources.contains_key(name)
                        && !evaluate::is_pseudo_parameter(name) =>
                {
                    missing.insert(name.to_owned());
                }
                Reference::GetAtt(name, _) if !self.resources.contains_key(name) => {
                    missing.insert(name.to_owned());
                }
                Reference::Condition(name) if !self.conditions.contains_key(name) => {
                    return Err(TemplateError::format(format_args!(
                        "Unresolved condition dependency {name} in the Outputs block of the template"
                    )));
                }
                _ => {}
            }
            Ok(())
        };
        for output in self.outputs.values() {
            references(&output.value, &mut check)?;
            if let Some(export) = &output.export {
                references(export, &mut check)?;
            }
            if let Some(condition) = &output.condition {
                check(Reference::Condition(condition))?;
            }
        }
        if !missing.is_empty() {
            return Err(unresolved(missing.iter().map(String::as_str), "Outputs"));
        }
        for condition in self.conditions.values() {
            references_in_condition(condition, &mut |reference| match reference {
                Reference::Ref(name) | Reference::SubName(name)
                    if !self.parameters.contains_key(name) && !evaluate::is_pseudo_parameter(name) =>
                {
                    Err(TemplateError::format(format_args!(
                        "Unresolved dependencies [{name}]. Cannot reference resources in the Conditions block \
                         of the template"
                    )))
                }
                Reference::GetAtt(name, _) => {
                    Err(TemplateError::rule(format_args!("Cannot use Fn::GetAtt in Conditions, got {name}")))
                }
                Reference::Condition(name) if !self.conditions.contains_key(name) => Err(TemplateError::format(
                    format_args!("Unresolved condition dependency {name} in the Conditions block of the template"),
                )),
                _ => Ok(()),
            })?;
        }
        Ok(())
    }

    /// The logical ids in an order of creation.
    fn in_order(&self) -> Result<Vec<String>, TemplateError> {
        let mut waits: BTreeMap<&str, BTreeSet<&str>> = self
            .resources
            .iter()
            .map(|(name, resource)| {
                let others = resource.uses.iter().chain(&resource.depends_on);
                let known = others.map(String::as_str).filter(|other| self.resources.contains_key(*other));
                (name.as_str(), known.collect())
            })
            .collect();
        let mut followers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, others) in &waits {
            for other in others {
                followers.entry(other).or_default().push(name);
            }
        }
        let mut ready: BTreeSet<&str> =
            waits.iter().filter(|(_, others)| others.is_empty()).map(|(name, _)| *name).collect();
        let mut order = Vec::with_capacity(waits.len());
        while let Some(name) = ready.pop_first() {
            waits.remove(name);
            order.push(name.to_owned());
            for follower in followers.get(name).into_iter().flatten() {
                if let Some(others) = waits.get_mut(follower) {
                    others.remove(name);
                    if others.is_empty() {
                        ready.insert(follower);
                    }
                }
            }
        }
        if waits.is_empty() {
            return Ok(order);
        }
        // What merely waits for a cycle is not part of one.
        loop {
            let waited_for: BTreeSet<&str> = waits.values().flatten().copied().collect();
            let before = waits.len();
            waits.retain(|name, _| waited_for.contains(name));
            if waits.len() == before {
                break;
            }
        }
        let cycle: Vec<&str> = waits.into_keys().collect();
        Err(TemplateError(format!("Circular dependency between resources: [{}]", cycle.join(", "))))
    }

    /// The attributes that are asked of each resource.
    pub(crate) fn attribute_uses(&self) -> BTreeSet<(String, String)> {
        let mut uses = BTreeSet::new();
        let mut note = |reference: Reference<'_>| {
            if let Reference::GetAtt(name, attribute) = reference {
                uses.insert((name.to_owned(), attribute.to_owned()));
            }
            Ok(())
        };
        let values = self.resources.values().map(|resource| &resource.properties);
        let outputs = self.outputs.values().flat_map(|output| std::iter::once(&output.value).chain(&output.export));
        for value in values.chain(outputs) {
            references(value, &mut note).expect("noting does not fail");
        }
        uses
    }
}

impl ResourceDeclaration {
    fn parse(name: &str, value: Value) -> Result<Self, TemplateError> {
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(TemplateError::format(format_args!("Resource name {name} is non alphanumeric.")));
        }
        let Value::Object(mut members) = value else {
            return Err(TemplateError::format(format_args!(
                "[/Resources/{name}] every Resources member must be an object."
            )));
        };
        if let Some(unknown) = members.keys().find(|key| !RESOURCE_MEMBERS.contains(&key.as_str())) {
            return Err(TemplateError(format!("Invalid template resource property '{unknown}'")));
        }
        let Some(Value::String(type_name)) = members.remove("Type") else {
            return Err(TemplateError::format(format_args!(
                "[/Resources/{name}] Every Resources object must contain a Type member."
            )));
        };
        let properties = match members.remove("Properties") {
            None => Value::Object(Map::new()),
            Some(properties @ Value::Object(_)) => properties,
            Some(_) => {
                return Err(TemplateError::format(format_args!(
                    "[/Resources/{name}/Properties] Properties must be an object."
                )));
            }
        };
        let condition = match members.remove("Condition") {
            None => None,
            Some(Value::String(condition)) => Some(condition),
            Some(_) => {
                return Err(TemplateError::format(format_args!(
                    "[/Resources/{name}/Condition] Every Condition member must be a string."
                )));
            }
        };
        let depends_on = match members.remove("DependsOn") {
            None => Vec::new(),
            Some(Value::String(other)) => vec![other],
            Some(Value::Array(others)) if others.iter().all(Value::is_string) => {
                others.into_iter().filter_map(|other| other.as_str().map(str::to_owned)).collect()
            }
            Some(_) => {
                return Err(TemplateError::format("DependsOn must be a string or list of strings."));
            }
        };
        let mut uses = BTreeSet::new();
        references(&properties, &mut |reference| {
            match reference {
                Reference::Ref(other) | Reference::SubName(other) | Reference::GetAtt(other, _) => {
                    uses.insert(other.to_owned());
                }
                Reference::Condition(_) | Reference::Mapping(_) => {}
            }
            Ok(())
        })?;
        Ok(Self {
            deletion_policy: policy(&type_name, "DeletionPolicy", members.remove("DeletionPolicy"))?,
            replace_policy: policy(&type_name, "UpdateReplacePolicy", members.remove("UpdateReplacePolicy"))?,
            type_name,
            properties,
            condition,
            depends_on,
            uses,
        })
    }

    /// Whether the resource is in the stack.
    pub(crate) fn is_wanted(&self, conditions: &BTreeMap<String, bool>) -> bool {
        self.condition.as_ref().is_none_or(|name| conditions.get(name).copied().unwrap_or(false))
    }
}

impl OutputDeclaration {
    fn parse(name: &str, value: Value) -> Result<Self, TemplateError> {
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(TemplateError::format(format_args!("Output name {name} is non alphanumeric.")));
        }
        let Value::Object(mut members) = value else {
            return Err(TemplateError::format(format_args!(
                "[/Outputs/{name}] every Outputs member must be an object."
            )));
        };
        if let Some(unknown) =
            members.keys().find(|key| !["Value", "Description", "Condition", "Export"].contains(&key.as_str()))
        {
            return Err(TemplateError(format!("Invalid template outputs property '{unknown}'")));
        }
        let value = members.remove("Value").ok_or_else(|| {
            TemplateError::format(format_args!("Every Outputs member must contain a Value object, {name} has none"))
        })?;
        let export = match members.remove("Export") {
            None => None,
            Some(Value::Object(mut export)) if export.len() == 1 && export.contains_key("Name") => {
                export.remove("Name")
            }
            Some(_) => {
                return Err(TemplateError::format(format_args!(
                    "Output {name} is malformed. The Export must contain a Name and nothing else"
                )));
            }
        };
        let text = |member: Option<Value>| member.and_then(|value| value.as_str().map(str::to_owned));
        Ok(Self {
            value,
            description: text(members.remove("Description")),
            condition: text(members.remove("Condition")),
            export,
        })
    }
}

fn section(
    sections: &mut Map<String, Value>,
    name: &str,
    plural: &str,
    max: usize,
) -> Result<Map<String, Value>, TemplateError> {
    let members = match sections.remove(name) {
        None => return Ok(Map::new()),
        Some(Value::Object(members)) => members,
        Some(_) => {
            return Err(TemplateError::format(format_args!("{name} must be an object.")));
        }
    };
    if members.len() > max {
        return Err(TemplateError::format(format_args!(
            "Number of {plural}, {}, is greater than maximum allowed, {max}",
            members.len()
        )));
    }
    if let Some(long) = members.keys().find(|key| key.len() > MAX_NAME_LENGTH) {
        return Err(TemplateError::format(format_args!(
            "{name} name '{long}' is longer than {MAX_NAME_LENGTH} characters"
        )));
    }
    Ok(members)
}

fn check_mappings(mappings: &Map<String, Value>) -> Result<(), TemplateError> {
    for (name, mapping) in mappings {
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(TemplateError::format(format_args!("Mappings name '{name}' is non alphanumeric.")));
        }
        let rows = mapping.as_object().ok_or_else(|| TemplateError::format("Every Mappings member must be a map"))?;
        for (key, row) in rows {
            let attributes = row.as_object().ok_or_else(|| {
                TemplateError::format(format_args!("Every Mappings attribute must be a map, {name}::{key} is none"))
            })?;
            if attributes.len() > MAX_MAPPING_ATTRIBUTES {
                return Err(TemplateError::format(format_args!(
                    "Number of mapping attributes, {}, is greater than maximum allowed, {MAX_MAPPING_ATTRIBUTES}",
                    attributes.len()
                )));
            }
            for (attribute, value) in attributes {
                // Functions are not allowed in mappings; a list may hold scalars only.
                let plain = match value {
                    Value::Object(_) | Value::Null => false,
                    Value::Array(items) => items.iter().all(|item| !item.is_object() && !item.is_array()),
                    _ => true,
                };
                if !plain {
                    return Err(TemplateError::format(format_args!(
                        "Every Mappings attribute must be a String or a List, {name}::{key}::{attribute} is neither"
                    )));
                }
            }
        }
    }
    Ok(())
}

fn policy(type_name: &str, member: &str, value: Option<Value>) -> Result<Option<Policy>, TemplateError> {
    let Some(value) = value else { return Ok(None) };
    let unrecognized =
        || TemplateError::format(format_args!("Unrecognized {member} {value} for resource of type {type_name}"));
    let policy: Policy = value.as_str().and_then(|text| text.parse().ok()).ok_or_else(unrecognized)?;
    if policy == Policy::RetainExceptOnCreate && member == "UpdateReplacePolicy" {
        return Err(unrecognized());
    }
    Ok(Some(policy))
}

fn unresolved<'a>(names: impl IntoIterator<Item = &'a str>, block: &str) -> TemplateError {
    let names: Vec<&str> = names.into_iter().collect();
    TemplateError::format(format_args!(
        "Unresolved resource dependencies [{}] in the {block} block of the template",
        names.join(", ")
    ))
}
