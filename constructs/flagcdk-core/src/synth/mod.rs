//! Synthesis: from the tree to templates and a manifest.

mod links;
mod overrides;
pub(crate) mod preview;
mod resolve;
mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use flagcdk_assembly::{Assembly, Asset, AssetUse, Finding, LookUp, Manifest, StackEntry, Wire};

use self::links::Links;
use self::resolve::Names;
use crate::tree::{StackIndex, Tree};

/// Every mistake of an app, found in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SynthError {
    /// What is wrong, by construct path; at least one is an error.
    pub findings: Vec<Finding>,
}

impl fmt::Display for SynthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.findings.iter().filter(|finding| finding.is_error());
        for (index, finding) in errors.enumerate() {
            write!(f, "{}{finding}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for SynthError {}

/// Resolves every expression, which tells what flows between stacks, then orders the stacks and writes their templates.
pub(crate) fn synth(tree: &Tree) -> Result<Assembly, SynthError> {
    let mut findings = tree.findings.clone();
    check_regions(tree, &mut findings);
    crate::suppression::check(tree, &mut findings);
    let names = Names::new(tree, &mut findings);
    let mut links = Links::new(tree);
    let bodies: Vec<_> = (0..tree.stacks.len())
        .map(|stack| template::Body::resolve(tree, &names, StackIndex(stack), &mut links))
        .collect();
    findings.append(&mut links.findings);
    let order = deploy_order(tree, &links, &mut findings);
    findings.sort();
    findings.dedup();
    if findings.iter().any(Finding::is_error) {
        return Err(SynthError { findings });
    }

    let mut manifest = Manifest::new(&tree.app, tree.home_region, tree.regions.clone());
    manifest.warnings = findings;
    manifest.assets = tree.assets.iter().map(|(id, source)| Asset { id: id.clone(), source: source.clone() }).collect();
    let mut templates = BTreeMap::new();
    for stack in order {
        let (data, used) = (&tree.stacks[stack.0], &links.stacks[stack.0]);
        let file = format!("{}.template.json", data.id);
        let body = &bodies[stack.0];
        templates.insert(file.clone(), body.template(tree, data, used));
        manifest.stacks.push(StackEntry {
            id: data.id.clone(),
            name: data.name.clone(),
            description: data.description.clone(),
            placement: data.placement,
            template: file,
            capabilities: body.capabilities(data),
            tags: stack_tags(tree, stack),
            depends_on: used.depends_on.iter().map(|index| tree.stacks[index.0].id.clone()).collect(),
            wires: used
                .wires
                .iter()
                .map(|(parameter, (from, output))| Wire {
                    parameter: parameter.clone(),
                    stack: tree.stacks[from.0].id.clone(),
                    output: output.clone(),
                })
                .collect(),
            look_ups: used
                .look_ups
                .iter()
                .map(|((mapping, key), kind)| LookUp { mapping: mapping.clone(), key: key.clone(), kind: kind.clone() })
                .collect(),
            assets: used
                .assets
                .iter()
                .map(|(parameter, asset)| AssetUse { asset: asset.clone(), parameter: parameter.clone() })
                .collect(),
        });
    }
    Ok(Assembly { manifest, templates })
}

fn check_regions(tree: &Tree, findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for region in &tree.regions {
        if !seen.insert(region) {
            findings.push(Finding::error(
                "synth::duplicate-region",
                &tree.app,
                format!("the region `{region}` is listed twice"),
                "list each region once",
            ));
        }
        if region.partition() != tree.home_region.partition() {
            findings.push(Finding::error(
                "synth::mixed-partitions",
                &tree.app,
                format!(
                    "`{region}` is in partition `{}`, the home region `{}` in `{}`",
                    region.partition().as_str(),
                    tree.home_region,
                    tree.home_region.partition().as_str()
                ),
                "an account belongs to one partition: make an app for each",
            ));
        }
    }
    if !seen.contains(&tree.home_region) {
        findings.push(Finding::error(
            "synth::home-region-missing",
            &tree.app,
            format!("the home region `{}` is not one of the app's regions", tree.home_region),
            format!("add `{}` to the regions, or choose a home region among them", tree.home_region),
        ));
    }
}

/// Tags of the app and of the stack, the stack's own winning, and the one that tells whose the stack is.
fn stack_tags(tree: &Tree, stack: StackIndex) -> BTreeMap<String, String> {
    let mut tags = tree.nodes[0].tags.clone();
    tags.extend(tree.nodes[tree.stacks[stack.0].node.0].tags.clone());
    tags.insert("flagcdk:app".into(), tree.app.clone());
    tags
}

/// The stacks, each after all that it depends on and otherwise in the order in which they were made.
fn deploy_order(tree: &Tree, links: &Links<'_>, findings: &mut Vec<Finding>) -> Vec<StackIndex> {
    let mut order: Vec<StackIndex> = Vec::new();
    let mut left: Vec<StackIndex> = (0..tree.stacks.len()).map(StackIndex).collect();
    while !left.is_empty() {
        let ready = |stack: &StackIndex| links.stacks[stack.0].depends_on.iter().all(|needed| order.contains(needed));
        let Some(position) = left.iter().position(ready) else {
            let cycle = cycle(links, left[0]);
            let ids: Vec<_> = cycle.iter().map(|index| format!("`{}`", tree.stacks[index.0].id)).collect();
            findings.push(Finding::error(
                "synth::stack-cycle",
                &tree.stacks[cycle[0].0].id,
                format!("stacks depend on each other: {}", ids.join(" -> ")),
                "move what both need into a stack of its own",
            ));
            return order;
        };
        order.push(left.remove(position));
    }
    order
}

/// A cycle that is met on the way from a stack which can never be ready.
fn cycle(links: &Links<'_>, start: StackIndex) -> Vec<StackIndex> {
    let mut trail = vec![start];
    loop {
        let current = trail[trail.len() - 1];
        let next = *links.stacks[current.0]
            .depends_on
            .iter()
            .find(|needed| trail.contains(needed) || !links.stacks[needed.0].depends_on.is_empty())
            .expect("a stack that is never ready depends on one that is never ready");
        if let Some(start) = trail.iter().position(|stack| *stack == next) {
            trail.push(next);
            return trail.split_off(start);
        }
        trail.push(next);
    }
}
