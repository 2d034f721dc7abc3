//! A template as a program: the declarations of a stack, in the order in which code makes them.

mod conditions;
mod order;
mod resources;

use std::rc::Rc;

use flagcdk_core::RemovalPolicy;
use serde_json::{Map, Value as Json};

use crate::Source;
use crate::code::{Code, Field, Test};
use crate::shape::{Names, Shaper};
use crate::types::{Kind, ResourceType, Types};

/// Everything that a stack declares.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) description: Option<String>,
    pub(crate) metadata: Vec<(String, Json)>,
    pub(crate) transforms: Vec<Json>,
    pub(crate) parameters: Vec<(String, ParameterCode)>,
    pub(crate) rules: Vec<(String, Json)>,
    pub(crate) mappings: Vec<(String, MappingCode)>,
    pub(crate) conditions: Vec<(String, Test)>,
    pub(crate) resources: Vec<ResourceCode>,
    pub(crate) outputs: Vec<(String, OutputCode)>,
    /// What is written as it is: the path in the template, and the value.
    pub(crate) entries: Vec<(Vec<String>, Code)>,
}

#[derive(Debug)]
pub(crate) struct ParameterCode {
    pub(crate) kind: String,
    pub(crate) default: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) no_echo: bool,
    pub(crate) more: Vec<(String, Json)>,
}

/// Rows of values.
pub(crate) type MappingCode = Vec<(String, Vec<(String, Json)>)>;

#[derive(Debug)]
pub(crate) struct ResourceCode {
    pub(crate) id: String,
    pub(crate) type_name: String,
    /// The generated type; none if there is none, or if what it requires is missing.
    pub(crate) generated: Option<Rc<ResourceType>>,
    pub(crate) properties: Vec<Field>,
    pub(crate) condition: Option<String>,
    pub(crate) depends_on: Vec<String>,
    pub(crate) removal: Removal,
    pub(crate) metadata: Vec<(String, Json)>,
    /// What else stands beside the properties.
    pub(crate) attributes: Vec<(String, Code)>,
}

/// What becomes of a resource that leaves the template or is replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Removal {
    pub(crate) deletion: Option<RemovalPolicy>,
    pub(crate) replacement: Option<RemovalPolicy>,
}

#[derive(Debug)]
pub(crate) struct OutputCode {
    pub(crate) value: Code,
    pub(crate) description: Option<String>,
    pub(crate) export: Option<Code>,
    pub(crate) condition: Option<String>,
}

impl Program {
    /// The program of a template that was checked.
    pub(crate) fn of(source: &Source, types: &Types) -> Self {
        let mut program = Self::default();
        let mut names = Names::default();
        let Some(template) = source.json().as_object() else { return program };
        program.description = template.get("Description").and_then(Json::as_str).map(str::to_owned);
        for (name, json) in section(source, "Parameters") {
            match ParameterCode::of(json).filter(|_| is_name(name)) {
                Some(parameter) => {
                    names.parameters.insert(name.clone());
                    program.parameters.push((name.clone(), parameter));
                }
                None => program.keep(["Parameters", name], json),
            }
        }
        for (name, json) in section(source, "Mappings") {
            match mapping(json).filter(|_| is_name(name)) {
                Some(rows) => program.mappings.push((name.clone(), rows)),
                None => program.keep(["Mappings", name], json),
            }
        }
        program.add_conditions(source, &mut names);
        program.add_resources(source, types, &mut names);
        for (name, json) in section(source, "Outputs") {
            match OutputCode::of(json, &names).filter(|_| is_name(name)) {
                Some(output) => program.outputs.push((name.clone(), output)),
                None => program.keep(["Outputs", name], json),
            }
        }
        for (name, json) in template {
            match name.as_str() {
                "AWSTemplateFormatVersion" | "Parameters" | "Mappings" | "Conditions" | "Resources" | "Outputs" => {}
                "Description" if json.is_string() => {}
                "Metadata" if json.is_object() => {
                    let entries = section(source, "Metadata").into_iter();
                    program.metadata = entries.map(|(name, json)| (name.clone(), json.clone())).collect();
                }
                "Rules" if json.is_object() => {
                    for (name, json) in section(source, "Rules") {
                        if is_name(name) {
                            program.rules.push((name.clone(), json.clone()));
                        } else {
                            program.keep(["Rules", name], json);
                        }
                    }
                }
                "Transform" => program.transforms = json.as_array().cloned().unwrap_or_else(|| vec![json.clone()]),
                _ => program.keep([name.as_str()], json),
            }
        }
        program
    }

    /// Writes a part of the template as it is.
    fn keep<'p>(&mut self, path: impl IntoIterator<Item = &'p str>, json: &Json) {
        self.entries.push((path.into_iter().map(str::to_owned).collect(), Code::Json(json.clone())));
    }

    /// Calls `visit` on every value of the program.
    pub(crate) fn walk(&self, visit: &mut dyn FnMut(&Code)) {
        for (_, test) in &self.conditions {
            test.walk(visit, &mut |_| {});
        }
        for resource in &self.resources {
            resource.properties.iter().for_each(|field| field.value.walk(visit));
            resource.attributes.iter().for_each(|(_, code)| code.walk(visit));
        }
        for (_, output) in &self.outputs {
            output.value.walk(visit);
            output.export.iter().for_each(|code| code.walk(visit));
        }
    }
}

impl ParameterCode {
    fn of(json: &Json) -> Option<Self> {
        let object = json.as_object()?;
        let mut parameter = Self {
            kind: object.get("Type")?.as_str()?.to_owned(),
            default: None,
            description: None,
            no_echo: false,
            more: Vec::new(),
        };
        for (name, value) in object {
            match (name.as_str(), value) {
                ("Type", _) => {}
                ("Default", Json::String(text)) => parameter.default = Some(text.clone()),
                ("Default", Json::Number(_) | Json::Bool(_)) => parameter.default = Some(value.to_string()),
                ("Description", Json::String(text)) => parameter.description = Some(text.clone()),
                ("NoEcho", value) if *value == true || value == "true" => parameter.no_echo = true,
                _ => parameter.more.push((name.clone(), value.clone())),
            }
        }
        Some(parameter)
    }
}

impl OutputCode {
    fn of(json: &Json, names: &Names) -> Option<Self> {
        let shaper = Shaper { names, within: None };
        let mut output = Self { value: Code::Bool(false), description: None, export: None, condition: None };
        let object = json.as_object()?;
        output.value = shaper.typed(object.get("Value")?, &Kind::Text);
        for (name, value) in object {
            match (name.as_str(), value) {
                ("Value", _) => {}
                ("Description", Json::String(text)) => output.description = Some(text.clone()),
                ("Condition", Json::String(condition)) if names.conditions.contains(condition) => {
                    output.condition = Some(condition.clone());
                }
                ("Export", Json::Object(export)) if export.len() == 1 => {
                    output.export = Some(shaper.typed(export.get("Name")?, &Kind::Text));
                }
                _ => return None,
            }
        }
        Some(output)
    }
}

/// The entries of a section in the order of the text.
fn section<'s>(source: &'s Source, name: &str) -> Vec<(&'s String, &'s Json)> {
    let mut entries: Vec<_> = source.json()[name].as_object().into_iter().flatten().collect();
    entries.sort_by_key(|(entry, _)| source.rank(&[name.to_owned(), (*entry).clone()]));
    entries
}

/// Whether the core takes it for a name of the template's.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn mapping(json: &Json) -> Option<MappingCode> {
    let rows = json.as_object().filter(|rows| !rows.is_empty())?;
    let row = |(key, row): (&String, &Json)| {
        let is_macro = |row: &Map<String, Json>| row.is_empty() || row.keys().any(|name| name.starts_with("Fn::"));
        let row = row.as_object().filter(|row| !is_macro(row))?;
        Some((key.clone(), row.iter().map(|(key, value)| (key.clone(), value.clone())).collect()))
    };
    rows.iter().map(row).collect()
}

/// The policy of a name.
fn policy(json: &Json) -> Option<RemovalPolicy> {
    let all =
        [RemovalPolicy::Destroy, RemovalPolicy::Retain, RemovalPolicy::RetainExceptOnCreate, RemovalPolicy::Snapshot];
    all.into_iter().find(|policy| json == policy.as_str())
}
