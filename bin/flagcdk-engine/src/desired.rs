//! What a stack is to be, once all that it waits for is known.

use std::collections::BTreeMap;

use flagcdk_assembly::{Assembly, Capability, Region, StackEntry};
use serde_json::Value as Json;
use serde_json::value::{RawValue, to_raw_value};

use crate::digest::token;
use crate::template::{means_the_same, parse, without_white_space};
use crate::{StackSetState, StackState};

/// What one stack or StackSet is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    /// Its name in CloudFormation.
    pub name: String,
    /// What it is for; only StackSets keep it apart from the template.
    pub description: String,
    /// Its template as it is sent: JSON without needless white space, with every look-up filled in.
    pub template: String,
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
        let mut filled = Vec::new();
        for look_up in &stack.look_ups {
            let place =
                LookUpPlace { stack: stack.id.clone(), mapping: look_up.mapping.clone(), key: look_up.key.clone() };
            let values = inputs.look_ups.get(&place);
            for region in &assembly.manifest.regions {
                match values.and_then(|values| values.get(region)) {
                    Some(value) => filled.push((look_up, region, value)),
                    None => missing.push(format!("`{}` in `{region}`", look_up.mapping)),
                }
            }
        }
        let mut template = without_white_space(assembly.template(&stack.id));
        // Only mappings are filled in, and the rest need not be understood to be sent.
        if !filled.is_empty() {
            let mut sections: BTreeMap<String, &RawValue> =
                serde_json::from_str(&template).expect("a validated assembly has templates of JSON");
            let mut mappings = sections.get("Mappings").map_or(Json::Null, |mappings| parse(mappings.get()));
            for (look_up, region, value) in filled {
                mappings[&look_up.mapping][region.as_str()][&look_up.key] = value.as_str().into();
            }
            let mappings = to_raw_value(&mappings).expect("a value is JSON");
            sections.insert("Mappings".to_owned(), &mappings);
            template = serde_json::to_string(&sections).expect("texts of JSON are JSON");
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

    /// Whether a stack that has this template, parameters and tags is up to date.
    pub(crate) fn is(
        &self,
        template: &str,
        parameters: &BTreeMap<String, String>,
        tags: &BTreeMap<String, String>,
    ) -> bool {
        *parameters == self.parameters && *tags == self.tags && means_the_same(template, &self.template)
    }

    /// A digest of what is wanted, for the names of operations.
    pub(crate) fn digest(&self) -> String {
        digest(&self.template, &self.parameters, &self.tags)
    }
}

impl StackSetState {
    /// A digest of what is deployed, to notice that it has changed.
    pub(crate) fn digest(&self) -> String {
        digest(&self.template, &self.parameters, &self.tags)
    }
}

impl StackState {
    /// A digest of what is deployed with this template, to notice that it has changed.
    pub(crate) fn digest(&self, template: &str) -> String {
        digest(template, &self.parameters, &self.tags)
    }
}

fn digest(template: &str, parameters: &BTreeMap<String, String>, tags: &BTreeMap<String, String>) -> String {
    let mut parts = vec![template];
    for (name, value) in parameters {
        parts.extend(["parameter", name, value]);
    }
    for (key, value) in tags {
        parts.extend(["tag", key, value]);
    }
    token(&parts)
}
