//! What flows between stacks, collected while expressions are resolved.

use std::collections::{BTreeMap, BTreeSet};

use flagcdk_assembly::{Finding, LookUpKind, Placement};
use serde_json::{Value as Json, json};

use super::resolve::Names;
use crate::ResourceId;
use crate::logical_id::pascal_case;
use crate::tree::{StackIndex, Tree};

/// What each stack uses of other stacks and of the app, and gives to other stacks.
pub(super) struct Links<'t> {
    tree: &'t Tree,
    pub(super) stacks: Vec<StackLinks>,
    pub(super) findings: Vec<Finding>,
}

#[derive(Default)]
pub(super) struct StackLinks {
    /// Stacks that must be up to date first.
    pub(super) depends_on: BTreeSet<StackIndex>,
    /// Outputs that other stacks use: the value, and the name of the export if there is one.
    pub(super) outputs: BTreeMap<String, (Json, Option<String>)>,
    /// Parameters that get the output of a stack in the home region.
    pub(super) wires: BTreeMap<String, (StackIndex, String)>,
    /// Values that the engine reads in each region, by mapping and key.
    pub(super) look_ups: BTreeMap<(String, String), LookUpKind>,
    /// Parameters that get the key of an asset.
    pub(super) assets: BTreeMap<String, String>,
}

impl<'t> Links<'t> {
    pub(super) fn new(tree: &'t Tree) -> Self {
        let stacks = tree
            .stacks
            .iter()
            .map(|stack| StackLinks { depends_on: stack.depends_on.iter().copied().collect(), ..StackLinks::default() })
            .collect();
        Self { tree, stacks, findings: Vec::new() }
    }

    /// The expression by which stack `to` reads a resource of stack `from`.
    ///
    /// A stack in every region reads from the home region by a wire: an output there, a parameter here. All other pairs
    /// meet in one region, where an export and an import do.
    pub(super) fn cross_stack(
        &mut self,
        names: &Names<'_>,
        to: StackIndex,
        resource: ResourceId,
        attribute: Option<&str>,
    ) -> Json {
        let from = self.tree.resources[resource.0].stack;
        self.stacks[to.0].depends_on.insert(from);
        let output = format!("{}{}", names.logical_id(resource), pascal_case(attribute.unwrap_or("Ref")));
        let value = own_reference(names, resource, attribute);
        let producer = &self.tree.stacks[from.0];
        let wired = producer.placement == Placement::Home && self.tree.stacks[to.0].placement == Placement::EveryRegion;
        if wired {
            self.stacks[from.0].outputs.entry(output.clone()).or_insert((value, None));
            let parameter = format!("{}{output}", pascal_case(&producer.id));
            self.stacks[to.0].wires.insert(parameter.clone(), (from, output));
            json!({ "Ref": parameter })
        } else {
            let export = format!("{}:{output}", producer.name);
            self.stacks[from.0].outputs.entry(output).or_insert_with(|| (value, Some(export.clone())));
            json!({ "Fn::ImportValue": export })
        }
    }

    /// The reference to the parameter that gets the key of an asset.
    pub(super) fn asset_key(&mut self, to: StackIndex, asset: &str) -> Json {
        let parameter = format!("Asset{}Key", pascal_case(asset));
        self.stacks[to.0].assets.insert(parameter.clone(), asset.to_owned());
        json!({ "Ref": parameter })
    }

    /// The look-up in the mapping that the engine fills.
    pub(super) fn look_up(&mut self, to: StackIndex, mapping: &str, key: &str, kind: &LookUpKind) -> Json {
        let place = (mapping.to_owned(), key.to_owned());
        let known = self.stacks[to.0].look_ups.entry(place).or_insert_with(|| kind.clone());
        if known != kind {
            let id = &self.tree.stacks[to.0].id;
            self.findings.push(Finding::error(
                "synth::look-up-clash",
                id,
                format!("`{mapping}.{key}` is looked up in two ways"),
                "give one of the two look-ups another key",
            ));
        }
        // What a look-up reads exists only after the stack that makes it, also when its name is known already.
        if let LookUpKind::DynamodbStream { table: flagcdk_assembly::TextSource::Output { stack, .. } } = kind
            && let Some(from) = self.tree.stacks.iter().position(|data| data.id == *stack)
        {
            self.stacks[to.0].depends_on.insert(StackIndex(from));
        }
        json!({ "Fn::FindInMap": [mapping, { "Ref": "AWS::Region" }, key] })
    }
}

/// How the template of a resource's own stack refers to it.
pub(super) fn own_reference(names: &Names<'_>, resource: ResourceId, attribute: Option<&str>) -> Json {
    let id = names.logical_id(resource);
    match attribute {
        None => json!({ "Ref": id }),
        Some(attribute) => json!({ "Fn::GetAtt": [id, attribute] }),
    }
}
