//! The manifest agrees with itself, with the templates and with CloudFormation's rules for names.

use std::collections::{BTreeMap, BTreeSet};

use flagcdk_assembly::{Capability, Finding, LookUpKind, Placement, StackEntry, TextSource};
use serde_json::Value as Json;

use super::structure::{DESCRIPTION_BYTES, description_too_long};
use super::suggest::{did_you_mean, listed};
use super::template::{AppView, StackView};
use super::{codes, graph};

/// The longest name of a stack or StackSet.
const NAME_LENGTH: usize = 128;

/// Checks the manifest.
pub(super) fn check(app: &AppView<'_>, findings: &mut Vec<Finding>) {
    check_regions(app, findings);
    check_order(app, findings);
    let (mut ids, mut names) = (BTreeSet::new(), BTreeMap::new());
    for entry in &app.manifest.stacks {
        let id = &entry.id;
        if !ids.insert(id) {
            findings.push(Finding::error(
                codes::DUPLICATE_STACK,
                id,
                "two stacks have this id",
                "give one of them another id",
            ));
        }
        if let Some(other) = names.insert(&entry.name, id).filter(|other| *other != id) {
            findings.push(Finding::error(
                codes::DUPLICATE_STACK,
                id,
                format!("the stack has the name `{}`, as `{other}` has", entry.name),
                "give one of them another name",
            ));
        }
        check_name(entry, findings);
        check_tags(entry, findings);
        if entry.description.len() > DESCRIPTION_BYTES {
            findings.push(description_too_long(id.clone(), entry.description.len()));
        }
    }
    for stack in &app.stacks {
        check_capabilities(stack, findings);
        check_wires(app, stack, findings);
        check_look_ups(app, stack, findings);
        check_assets(app, stack, findings);
    }
}

fn check_regions(app: &AppView<'_>, findings: &mut Vec<Finding>) {
    let (home, regions) = (app.manifest.home_region, &app.manifest.regions);
    let mut error =
        |message: String, help: String| findings.push(Finding::error(codes::REGIONS, &app.manifest.app, message, help));
    for (index, region) in regions.iter().enumerate() {
        if regions[..index].contains(region) {
            error(format!("the region `{region}` is listed twice"), "list each region once".to_owned());
        }
        if region.partition() != home.partition() {
            error(
                format!(
                    "`{region}` is in partition `{}`, the home region `{home}` in `{}`",
                    region.partition().as_str(),
                    home.partition().as_str()
                ),
                "an account belongs to one partition: make an app for each".to_owned(),
            );
        }
    }
    if !regions.contains(&home) {
        let got = listed(regions.iter().map(|region| region.as_str()));
        error(
            format!("the home region `{home}` is not one of the app's regions: {got}"),
            format!("add `{home}` to the regions"),
        );
    }
}

/// Every stack comes after all that it waits for, be it said by `depends_on` or by a wire or a look-up.
fn check_order(app: &AppView<'_>, findings: &mut Vec<Finding>) {
    let stacks = &app.manifest.stacks;
    let position = |id: &str| stacks.iter().position(|stack| stack.id == id);
    let mut edges = Vec::new();
    for (index, stack) in stacks.iter().enumerate() {
        let look_ups = stack.look_ups.iter().filter_map(|look_up| match &look_up.kind {
            LookUpKind::DynamodbStream { table: TextSource::Output { stack, .. } } => Some(stack),
            _ => None,
        });
        let needed: BTreeSet<&String> =
            stack.depends_on.iter().chain(stack.wires.iter().map(|wire| &wire.stack)).chain(look_ups).collect();
        for id in &stack.depends_on {
            if position(id).is_none() {
                findings.push(unknown_stack(app, &stack.id, id));
            }
        }
        let positions: Vec<usize> = needed.iter().filter_map(|id| position(id)).collect();
        for later in positions.iter().filter(|other| **other > index) {
            findings.push(Finding::error(
                codes::STACK_ORDER,
                &stack.id,
                format!("the stack needs `{}`, which comes after it in the manifest", stacks[*later].id),
                "list each stack after all that it needs: `flagcdk synth` does",
            ));
        }
        edges.push(positions);
    }
    for cycle in graph::cycles(&edges) {
        let ids: Vec<_> = cycle.iter().map(|index| format!("`{}`", stacks[*index].id)).collect();
        findings.push(Finding::error(
            codes::STACK_CYCLE,
            &stacks[cycle[0]].id,
            format!("stacks need each other: {}", ids.join(" -> ")),
            "move what both need into a stack of its own",
        ));
    }
}

fn unknown_stack(app: &AppView<'_>, path: &str, id: &str) -> Finding {
    let known = app.manifest.stacks.iter().map(|stack| stack.id.as_str());
    let help = did_you_mean(id, known, "name a stack of the manifest");
    Finding::error(codes::UNKNOWN_STACK, path, format!("the manifest has no stack `{id}`"), help)
}

fn check_name(entry: &StackEntry, findings: &mut Vec<Finding>) {
    let name = &entry.name;
    let mut error = |message: String| {
        findings.push(Finding::error(
            codes::BAD_NAME,
            &entry.id,
            message,
            "choose a shorter or plainer name of the app, the environment or the stack",
        ));
    };
    let fits = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !fits {
        error(format!("the name `{}` is not a letter followed by letters, digits and hyphens", name.escape_debug()));
    } else if name.len() > NAME_LENGTH {
        error(format!("the name `{name}` has {} characters, wanted {NAME_LENGTH} at most", name.len()));
    } else if name == crate::bootstrap::STACK_NAME {
        error(format!("the name `{name}` is that of the stack with the asset bucket"));
    }
    if entry.id.is_empty() {
        findings.push(Finding::error(codes::BAD_NAME, name, "the id of the stack is empty", "give the stack an id"));
    }
    let file = &entry.template;
    if file.is_empty() || file.contains(['/', '\\', '\0']) || file.starts_with('.') {
        findings.push(Finding::error(
            codes::BAD_NAME,
            &entry.id,
            format!("the template `{}` is not the name of a file in the assembly's directory", file.escape_debug()),
            "make the assembly again: `flagcdk synth`",
        ));
    }
}

/// Follows [Tag](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Tag.html).
fn check_tags(entry: &StackEntry, findings: &mut Vec<Finding>) {
    let mut error =
        |message: String, help: &str| findings.push(Finding::error(codes::BAD_TAG, &entry.id, message, help));
    if entry.tags.len() > 50 {
        error(format!("the stack has {} tags, wanted 50 at most", entry.tags.len()), "remove tags");
    }
    for (key, value) in &entry.tags {
        let shown = key.escape_debug();
        if key.is_empty() || key.chars().count() > 128 {
            error(
                format!("the key of the tag `{shown}` has {} characters, wanted 1 to 128", key.chars().count()),
                "shorten the key",
            );
        }
        if value.is_empty() || value.chars().count() > 256 {
            error(
                format!("the value of the tag `{shown}` has {} characters, wanted 1 to 256", value.chars().count()),
                "change the value",
            );
        }
        if key.to_lowercase().starts_with("aws:") {
            error(format!("the key of the tag `{shown}` begins with `aws:`, which is AWS's own"), "choose another key");
        }
    }
}

/// Follows [acknowledging IAM resources](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html).
fn check_capabilities(stack: &StackView<'_>, findings: &mut Vec<Finding>) {
    let has = |capability: Capability| stack.entry.capabilities.contains(&capability);
    let mut missing = |path: String, what: String, capability: Capability| {
        findings.push(Finding::error(
            codes::MISSING_CAPABILITY,
            path,
            format!("{what}, and the manifest does not acknowledge it by `{}`", capability.as_str()),
            "make the assembly again with `flagcdk synth`, which adds the capability",
        ));
    };
    // `AWS::IAM::RolePolicy` has a `RoleName` too, and means somebody else's.
    let names = [
        ("AWS::IAM::Group", "GroupName"),
        ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
        ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
        ("AWS::IAM::Role", "RoleName"),
        ("AWS::IAM::User", "UserName"),
    ];
    for resource in stack.resources.values().filter(|resource| resource.kind.starts_with("AWS::IAM::")) {
        let named = names.iter().any(|(kind, name)| *kind == resource.kind && resource.property(name).is_some());
        if named && !has(Capability::NamedIam) {
            missing(resource.at(""), format!("`{}` has a name of its own", resource.kind), Capability::NamedIam);
        } else if !has(Capability::Iam) && !has(Capability::NamedIam) {
            missing(resource.at(""), format!("the template makes `{}`", resource.kind), Capability::Iam);
        }
    }
    if (stack.has_macros || stack.has_extensions) && !has(Capability::AutoExpand) {
        missing(stack.at("Transform"), "the template has a macro".to_owned(), Capability::AutoExpand);
    }
}

fn check_wires(app: &AppView<'_>, stack: &StackView<'_>, findings: &mut Vec<Finding>) {
    let mut given = BTreeSet::new();
    let parameters = stack
        .entry
        .wires
        .iter()
        .map(|wire| &wire.parameter)
        .chain(stack.entry.assets.iter().map(|used| &used.parameter));
    for parameter in parameters {
        let path = stack.at(&format!("Parameters.{parameter}"));
        if !given.insert(parameter) {
            findings.push(Finding::error(
                codes::PARAMETER_GIVEN_TWICE,
                path,
                "two wires or assets give the parameter its value",
                "give each of them a parameter of its own",
            ));
        } else if !stack.parameters.contains_key(parameter) {
            let known = stack.parameters.keys().map(String::as_str);
            findings.push(Finding::error(
                codes::UNKNOWN_PARAMETER,
                path,
                format!("the manifest gives a value to `{parameter}`, and the template has no such parameter"),
                did_you_mean(parameter, known, "make the assembly again: `flagcdk synth`"),
            ));
        }
    }
    for wire in &stack.entry.wires {
        let path = stack.at(&format!("Parameters.{}", wire.parameter));
        check_output(app, &path, &wire.stack, &wire.output, findings);
    }
}

/// An output that the engine reads exists, once.
fn check_output(app: &AppView<'_>, path: &str, id: &str, output: &str, findings: &mut Vec<Finding>) {
    let Some(entry) = app.manifest.stack(id) else {
        findings.push(unknown_stack(app, path, id));
        return;
    };
    if entry.placement == Placement::EveryRegion {
        findings.push(Finding::error(
            codes::WIRE_FROM_EVERY_REGION,
            path,
            format!("the value comes from `{id}`, which is in every region and has one output in each"),
            "move what makes the value to a stack with `Placement::Home`, or export and import it within each region",
        ));
    }
    // Without a template nothing is known of the outputs, and that is a finding already.
    let Some(from) = app.stack(id) else { return };
    match from.outputs.get(output) {
        None => {
            let known = from.outputs.keys().map(String::as_str);
            findings.push(Finding::error(
                codes::UNKNOWN_OUTPUT,
                path,
                format!("the stack `{id}` has no output `{output}`"),
                did_you_mean(output, known, "make the assembly again: `flagcdk synth`"),
            ));
        }
        Some(body) if body.get("Condition").is_some() => findings.push(Finding::warning(
            codes::UNKNOWN_OUTPUT,
            path,
            format!("the output `{output}` of `{id}` has a condition, and the value is missing when it does not hold"),
            "make the output unconditional",
        )),
        Some(_) => {}
    }
}

fn check_look_ups(app: &AppView<'_>, stack: &StackView<'_>, findings: &mut Vec<Finding>) {
    for look_up in &stack.entry.look_ups {
        let path = stack.at(&format!("Mappings.{}", look_up.mapping));
        let rows = stack.mappings.get(&look_up.mapping);
        if !rows.is_some_and(Json::is_object) {
            findings.push(Finding::error(
                codes::UNKNOWN_MAPPING,
                &path,
                format!("the template has no mapping `{}` for the look-up of `{}`", look_up.mapping, look_up.key),
                "make the assembly again: `flagcdk synth`",
            ));
        } else {
            let has_place = |region: &str| {
                rows.and_then(|rows| rows.get(region))
                    .and_then(|row| row.get(&look_up.key))
                    .is_some_and(Json::is_string)
            };
            let missing: Vec<_> =
                stack.regions.iter().map(|region| region.as_str()).filter(|region| !has_place(region)).collect();
            if !missing.is_empty() {
                findings.push(Finding::error(
                    codes::UNKNOWN_MAPPING,
                    &path,
                    format!("the mapping has no place for `{}` in {}", look_up.key, listed(missing)),
                    "make the assembly again: `flagcdk synth`",
                ));
            }
        }
        if let LookUpKind::DynamodbStream { table: TextSource::Output { stack, output } } = &look_up.kind {
            check_output(app, &path, stack, output, findings);
        }
    }
}

fn check_assets(app: &AppView<'_>, stack: &StackView<'_>, findings: &mut Vec<Finding>) {
    for used in &stack.entry.assets {
        if app.manifest.asset(&used.asset).is_none() {
            let known = app.manifest.assets.iter().map(|asset| asset.id.as_str());
            findings.push(Finding::error(
                codes::UNKNOWN_ASSET,
                stack.at(&format!("Parameters.{}", used.parameter)),
                format!("the manifest has no asset `{}`", used.asset),
                did_you_mean(&used.asset, known, "make the assembly again: `flagcdk synth`"),
            ));
        }
    }
}
