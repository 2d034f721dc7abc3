//! What a stack is to be, once all that it waits for is known.

use std::collections::BTreeMap;

use flagcdk_assembly::{Assembly, Capability, Region, StackEntry};
use serde_json::Value as Json;

use crate::digest::sha256;
use crate::{StackSetState, StackState};

/// What one stack or StackSet is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    /// Its name in CloudFormation.
    pub name: String,
    /// What it is for; only StackSets keep it apart from the template.
    pub description: String,
    /// Its template, with every look-up filled in.
    pub template: Json,
    /// Values for its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What the template needs to be allowed.
    pub capabilities: Vec<Capability>,
}

/// Values that templates wait for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Outputs of the stacks in the home region, by id of the stack.
    pub outputs: BTreeMap<String, BTreeMap<String, String>>,
    /// Values that differ by region, by id of the stack that looks them up, mapping and key.
    pub look_ups: BTreeMap<LookUpPlace, BTreeMap<Region, String>>,
    /// Keys of published assets, by id of the asset.
    pub asset_keys: BTreeMap<String, String>,
}

/// Where in an assembly a look-up stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookUpPlace {
    /// The id of the stack.
    pub stack: String,
    /// The mapping in its template.
    pub mapping: String,
    /// The key in the mapping.
    pub key: String,
}

impl Desired {
    /// What the stack is to be, and what of it is not known yet.
    pub fn of(assembly: &Assembly, stack: &StackEntry, inputs: &Inputs) -> (Self, Vec<String>) {
        let mut missing = Vec::new();
        let mut template: Json =
            serde_json::from_str(assembly.template(&stack.id)).expect("a validated assembly has templates of JSON");
        for look_up in &stack.look_ups {
            let place =
                LookUpPlace { stack: stack.id.clone(), mapping: look_up.mapping.clone(), key: look_up.key.clone() };
            let values = inputs.look_ups.get(&place);
            for region in &assembly.manifest.regions {
                match values.and_then(|values| values.get(region)) {
                    Some(value) => {
                        template["Mappings"][&look_up.mapping][region.as_str()][&look_up.key] = value.as_str().into();
                    }
                    None => missing.push(format!("`{}` in `{region}`", look_up.mapping)),
                }
            }
        }
        let mut parameters = BTreeMap::new();
        for wire in &stack.wires {
            match inputs.outputs.get(&wire.stack).and_then(|outputs| outputs.get(&wire.output)) {
                Some(value) => _ = parameters.insert(wire.parameter.clone(), value.clone()),
                None => missing.push(format!("output `{}` of `{}`", wire.output, wire.stack)),
            }
        }
        for used in &stack.assets {
            match inputs.asset_keys.get(&used.asset) {
                Some(key) => _ = parameters.insert(used.parameter.clone(), key.clone()),
                None => missing.push(format!("asset `{}`", used.asset)),
            }
        }
        let desired = Self {
            name: stack.name.clone(),
            description: stack.description.clone(),
            template,
            parameters,
            tags: stack.tags.clone(),
            capabilities: stack.capabilities.clone(),
        };
        (desired, missing)
    }

    /// The template as it is sent: without needless white space.
    pub fn template_text(&self) -> String {
        self.template.to_string()
    }

    /// A digest of all that decides whether a deployed stack is up to date.
    pub(crate) fn digest(&self) -> String {
        digest(&self.template, &self.parameters, &self.tags)
    }
}

impl StackSetState {
    /// The same digest as of [`Desired`], of what is deployed.
    pub(crate) fn digest(&self) -> String {
        digest(&parse(&self.template), &self.parameters, &self.tags)
    }
}

impl StackState {
    /// The same digest as of [`Desired`], of what is deployed with this template.
    pub(crate) fn digest(&self, template: &str) -> String {
        digest(&parse(template), &self.parameters, &self.tags)
    }
}

/// A deployed template. One that is not JSON is nobody's that the engine deployed, and equal to none of its own.
pub(crate) fn parse(template: &str) -> Json {
    serde_json::from_str(template).unwrap_or(Json::Null)
}

fn digest(template: &Json, parameters: &BTreeMap<String, String>, tags: &BTreeMap<String, String>) -> String {
    sha256(serde_json::json!([template, parameters, tags]).to_string().as_bytes())
}
