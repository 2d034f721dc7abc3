//! What a stack is to be, once all that it waits for is known.

use std::collections::BTreeMap;

use flagcdk_assembly::{Assembly, Capability, Region, StackEntry};
use serde_json::Value as Json;

use crate::digest::token;
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
        // Most templates look nothing up, and need not be understood to be sent.
        if !filled.is_empty() {
            let mut json: Json = serde_json::from_str(&template).expect("a validated assembly has templates of JSON");
            for (look_up, region, value) in filled {
                json["Mappings"][&look_up.mapping][region.as_str()][&look_up.key] = value.as_str().into();
            }
            template = json.to_string();
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
        // CloudFormation gives a template back as it was sent; only one that was sent by others has to be understood.
        let same = || without_white_space(template) == self.template || parse(template) == parse(&self.template);
        *parameters == self.parameters && *tags == self.tags && same()
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

/// A deployed template. One that is not JSON is nobody's that the engine deployed, and equal to none of its own.
pub(crate) fn parse(template: &str) -> Json {
    serde_json::from_str(template).unwrap_or(Json::Null)
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

/// JSON without the white space between its parts.
fn without_white_space(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut in_text, mut escaped, mut start) = (false, false, 0);
    for (index, byte) in json.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b' ' | b'\n' | b'\r' | b'\t' if !in_text => {
                out.push_str(&json[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    out.push_str(&json[start..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_where_it_means_nothing() {
        for (json, expected) in [
            ("{\n  \"a b\": [1, 2],\r\n\t\"c\": {}\n}\n", r#"{"a b":[1,2],"c":{}}"#),
            (r#"{ "quote \" and { \\" : " x " }"#, r#"{"quote \" and { \\":" x "}"#),
            ("", ""),
        ] {
            assert_eq!(without_white_space(json), expected);
        }
    }
}
