//! The plan: what a run would do, decided by a pure function before anything is changed.

use std::collections::{BTreeMap, BTreeSet};

use flagcdk_assembly::{Assembly, Placement, Region, StackEntry};
use serde::Serialize;

use crate::bootstrap;
use crate::diff::{self, Change};
use crate::observe::{DeployedStack, Observed, PublishedFile};
use crate::stages::stages;
use crate::template::{Heading, Sections};
use crate::{Desired, Inputs, Instance, InstanceStatus, Outcome, Problem, Unit};

/// The id of the unit of the bootstrap stacks.
pub const BOOTSTRAP_UNIT: &str = "Bootstrap";

/// What a run would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The app.
    pub app: String,
    /// The account.
    pub account: String,
    /// The region of the ordinary stacks.
    pub home_region: Region,
    /// The regions that are worked on.
    pub regions: Vec<Region>,
    /// Files that a region's bucket lacks.
    pub uploads: Vec<Upload>,
    /// What is worked on, wave after wave; the units of a wave do not wait for each other.
    pub waves: Vec<Vec<UnitPlan>>,
}

/// A file that a region's bucket lacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Upload {
    /// The region.
    pub region: Region,
    /// The key.
    pub key: String,
}

/// What would be done to one unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitPlan {
    /// The unit.
    pub unit: Unit,
    /// How it is deployed.
    pub kind: UnitKind,
    /// What would happen in each region.
    pub cells: BTreeMap<Region, CellPlan>,
    /// What would change in the template and its parameters; the same in every region.
    pub changes: Vec<Change>,
    /// What is known only after earlier waves, so that the changes may be more than are shown.
    pub waits_for: Vec<String>,
    /// Into how many updates the change is cut, because CloudFormation would refuse it in one.
    pub steps: usize,
    /// Ids of the units that must be as wanted before.
    pub depends_on: Vec<String>,
    /// The digest of what was deployed when the plan was made, to notice that somebody else changed it.
    #[serde(skip)]
    pub(crate) observed: Option<String>,
}

/// How a unit is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitKind {
    /// An ordinary stack in each region, for the account and not for the app.
    Bootstrap,
    /// An ordinary stack in the home region.
    Stack,
    /// A StackSet.
    StackSet,
}

/// What would happen to a unit in one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellPlan {
    /// Nothing: it is up to date.
    Keep,
    /// A stack is made.
    Create,
    /// The stack is changed.
    Update,
    /// The stack has the right template nowhere yet: an earlier run did not reach it, or failed there.
    Retry,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.uploads.is_empty() && self.units().all(UnitPlan::is_empty)
    }

    /// The units of all waves, in order.
    pub fn units(&self) -> impl Iterator<Item = &UnitPlan> {
        self.waves.iter().flatten()
    }
}

impl UnitPlan {
    /// Whether nothing would be done to the unit. What it waits for does not count: it changes only if an earlier unit does.
    pub fn is_empty(&self) -> bool {
        self.cells.values().all(|cell| *cell == CellPlan::Keep)
    }
}

/// Decides what to do. Nothing is read or changed here: the same arguments give the same plan.
///
/// # Errors
/// Every reason for which the run must not begin, each with what to do.
pub fn plan(
    assembly: &Assembly,
    regions: &[Region],
    files: &[PublishedFile],
    asset_keys: &BTreeMap<String, String>,
    observed: &Observed,
) -> Result<Plan, Vec<Problem>> {
    let manifest = &assembly.manifest;
    let mut problems = disabled_regions(observed);
    let inputs = Inputs { asset_keys: asset_keys.clone(), ..observed.inputs.clone() };
    let mut waves = vec![vec![plan_bootstrap(manifest.home_region, regions, observed)]];
    let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
    let mut changing: BTreeSet<&str> = BTreeSet::new();
    for stack in &manifest.stacks {
        let level = 1 + stack.depends_on.iter().map(|id| levels[id.as_str()]).max().unwrap_or(0);
        levels.insert(&stack.id, level);
        let (desired, missing) = Desired::of(assembly, stack, &inputs);
        let mut unit = match stack.placement {
            Placement::Home => plan_stack(stack, &desired, manifest.home_region, observed, &mut problems),
            Placement::EveryRegion => plan_stack_set(stack, &desired, regions, observed, &mut problems),
        };
        if stack.placement == Placement::Home && !regions.contains(&manifest.home_region) {
            unit.cells.clear();
        }
        unit.waits_for = missing;
        // A value that is known now may be another one once the stack that it comes from has changed.
        for wire in stack.wires.iter().filter(|wire| changing.contains(wire.stack.as_str())) {
            unit.waits_for.push(format!("output `{}` of `{}`", wire.output, wire.stack));
        }
        unit.waits_for.sort();
        unit.waits_for.dedup();
        if !unit.is_empty() {
            changing.insert(&stack.id);
            problems.extend(missing_regions(stack, assembly, regions, observed));
        }
        if waves.len() <= level {
            waves.resize_with(level + 1, Vec::new);
        }
        waves[level].push(unit);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let uploads = regions
        .iter()
        .flat_map(|region| files.iter().map(|file| Upload { region: *region, key: file.key.clone() }))
        .filter(|upload| !observed.objects.contains(&(upload.region, upload.key.clone())))
        .collect();
    Ok(Plan {
        app: manifest.app.clone(),
        account: observed.identity.account.clone(),
        home_region: manifest.home_region,
        regions: regions.to_vec(),
        uploads,
        waves,
    })
}

fn plan_bootstrap(home: Region, regions: &[Region], observed: &Observed) -> UnitPlan {
    let mut changes = Vec::new();
    let cells = regions
        .iter()
        .map(|region| {
            let desired = bootstrap::desired(*region, home);
            let cell = match observed.bootstrap.get(region) {
                None => {
                    changes.extend(diff::additions(&desired.template));
                    CellPlan::Create
                }
                Some(DeployedStack { state, template }) if desired.is(template, &state.parameters, &state.tags) => {
                    CellPlan::Keep
                }
                Some(deployed) => {
                    let none = BTreeMap::new();
                    changes.extend(diff::diff(&deployed.template, &desired.template, &none, &none));
                    CellPlan::Update
                }
            };
            (*region, cell)
        })
        .collect();
    // The regions differ only in the roles, which the home region alone has: each change is told once.
    changes.sort_by(|a, b| a.id.cmp(&b.id));
    changes.dedup_by(|a, b| a.id == b.id);
    UnitPlan {
        unit: Unit { id: BOOTSTRAP_UNIT.into(), name: bootstrap::STACK_NAME.into(), regions: regions.to_vec() },
        kind: UnitKind::Bootstrap,
        cells,
        changes,
        waits_for: Vec::new(),
        steps: 1,
        depends_on: Vec::new(),
        observed: None,
    }
}

fn plan_stack(
    stack: &StackEntry,
    desired: &Desired,
    home: Region,
    observed: &Observed,
    problems: &mut Vec<Problem>,
) -> UnitPlan {
    let deployed = observed.stacks.get(&stack.id);
    let mut unit = unit(stack, UnitKind::Stack, vec![home]);
    let cell = match deployed {
        None => {
            unit.changes = diff::additions(&desired.template);
            CellPlan::Create
        }
        Some(deployed) => {
            problems.extend(foreign(stack, &deployed.state.tags, home));
            if deployed.state.status == "DELETE_FAILED" {
                problems.push(Problem {
                    code: "deploy::delete-failed".into(),
                    message: format!("the stack `{}` in `{home}` is in `DELETE_FAILED`", stack.name),
                    help: format!(
                        "look at its events, then `aws cloudformation delete-stack --stack-name {} --region {home} --deletion-mode FORCE_DELETE_STACK`",
                        stack.name
                    ),
                    severity: Outcome::NeedsPerson,
                });
            }
            let DeployedStack { state, template } = deployed;
            let same = desired.is(template, &state.parameters, &state.tags);
            unit.observed = Some(state.digest(template));
            if same && is_settled(&deployed.state.status) {
                CellPlan::Keep
            } else if same {
                CellPlan::Retry
            } else {
                unit.changes = diff::diff(template, &desired.template, &state.parameters, &desired.parameters);
                unit.steps = stages(template, &desired.template);
                CellPlan::Update
            }
        }
    };
    unit.cells.insert(home, cell);
    unit
}

fn plan_stack_set(
    stack: &StackEntry,
    desired: &Desired,
    regions: &[Region],
    observed: &Observed,
    problems: &mut Vec<Problem>,
) -> UnitPlan {
    let mut unit = unit(stack, UnitKind::StackSet, regions.to_vec());
    let Some(deployed) = observed.stack_sets.get(&stack.id) else {
        unit.changes = diff::additions(&desired.template);
        unit.cells = regions.iter().map(|region| (*region, CellPlan::Create)).collect();
        return unit;
    };
    problems.extend(foreign(stack, &deployed.state.tags, regions[0]));
    let state = &deployed.state;
    let same = desired.is(&state.template, &state.parameters, &state.tags);
    unit.observed = Some(state.digest());
    if !same {
        unit.changes = diff::diff(&state.template, &desired.template, &state.parameters, &desired.parameters);
        problems.extend(only_new_regions(stack, regions, &deployed.instances));
    }
    for region in regions {
        let instance = deployed.instances.iter().find(|instance| instance.region == *region);
        let cell = match instance.map(|instance| instance.status) {
            None => CellPlan::Create,
            Some(InstanceStatus::Inoperable) => {
                problems.push(inoperable(&stack.name, *region, &observed.identity.account));
                CellPlan::Keep
            }
            Some(_) if !same => CellPlan::Update,
            Some(InstanceStatus::Current) => CellPlan::Keep,
            Some(_) => CellPlan::Retry,
        };
        unit.cells.insert(*region, cell);
    }
    unit
}

fn unit(stack: &StackEntry, kind: UnitKind, regions: Vec<Region>) -> UnitPlan {
    UnitPlan {
        unit: Unit { id: stack.id.clone(), name: stack.name.clone(), regions },
        kind,
        cells: BTreeMap::new(),
        changes: Vec::new(),
        waits_for: Vec::new(),
        steps: 1,
        depends_on: stack.depends_on.clone(),
        observed: None,
    }
}

/// Whether a stack of this status has the template that it was last given.
pub(crate) fn is_settled(status: &str) -> bool {
    matches!(status, "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
}

fn disabled_regions(observed: &Observed) -> Vec<Problem> {
    let disabled = observed.disabled_regions.iter();
    disabled
        .map(|region| Problem {
            code: "plan::region-disabled".into(),
            message: format!("the account `{}` has not enabled the region `{region}`", observed.identity.account),
            help: format!("`aws account enable-region --region-name {region}`, or take it out of the regions"),
            severity: Outcome::Environment,
        })
        .collect()
}

/// A stack of our name without our tag is somebody else's, and is left alone.
fn foreign(stack: &StackEntry, tags: &BTreeMap<String, String>, region: Region) -> Option<Problem> {
    let (ours, theirs) = (stack.tags.get("flagcdk:app"), tags.get("flagcdk:app"));
    (ours != theirs).then(|| Problem {
        code: "plan::foreign-stack".into(),
        message: format!(
            "`{}` exists in `{region}` and is not of this app: its tag `flagcdk:app` is {}",
            stack.name,
            theirs.map_or_else(|| "missing".to_owned(), |tag| format!("`{tag}`"))
        ),
        help: "give this app another name, or delete or rename what exists".into(),
        severity: Outcome::NeedsPerson,
    })
}

/// A failed deletion left the instance out of StackSets' reach.
pub(crate) fn inoperable(name: &str, region: Region, account: &str) -> Problem {
    Problem {
        code: "deploy::inoperable".into(),
        message: format!("the instance of `{name}` in `{region}` is INOPERABLE: StackSets no longer touch it"),
        help: format!(
            "`aws cloudformation delete-stack-instances --stack-set-name {name} --accounts {account} --regions {region} --retain-stacks`, \
             then delete its stack in `{region}` with `aws cloudformation delete-stack`, and run the same command"
        ),
        severity: Outcome::NeedsPerson,
    }
}

/// A changed template reaches new regions together with at least one that has the StackSet already: CloudFormation has no way to
/// change the template of a StackSet and to update none of its instances.
fn only_new_regions(stack: &StackEntry, regions: &[Region], instances: &[Instance]) -> Option<Problem> {
    if instances.is_empty() || instances.iter().any(|instance| regions.contains(&instance.region)) {
        return None;
    }
    let present: Vec<_> = instances.iter().map(|instance| instance.region.as_str()).collect();
    let chosen: Vec<_> = regions.iter().map(|region| region.as_str()).collect();
    Some(Problem {
        code: "plan::only-new-regions".into(),
        message: format!(
            "`{}` has changed, is in {}, and would now be changed only where it is not yet",
            stack.name,
            present.join(", ")
        ),
        help: format!(
            "update a region that has it in the same run, such as `--regions {},{}`",
            present[0],
            chosen.join(",")
        ),
        severity: Outcome::Environment,
    })
}

/// A stack of the home region that needs a StackSet in all regions cannot be deployed while it is missing in some that
/// are not worked on.
fn missing_regions(
    stack: &StackEntry,
    assembly: &Assembly,
    regions: &[Region],
    observed: &Observed,
) -> Option<Problem> {
    if stack.placement != Placement::Home {
        return None;
    }
    let manifest = &assembly.manifest;
    let present = |id: &str, region: &Region| {
        regions.contains(region)
            || observed.stack_sets.get(id).is_some_and(|set| {
                set.instances.iter().any(|found| found.region == *region && found.status == InstanceStatus::Current)
            })
    };
    let needed = stack
        .depends_on
        .iter()
        .filter(|id| manifest.stack(id).is_some_and(|needed| needed.placement == Placement::EveryRegion));
    needed.into_iter().find_map(|id| {
        let missing: Vec<_> =
            manifest.regions.iter().filter(|region| !present(id, region)).map(|region| format!("`{region}`")).collect();
        (!missing.is_empty()).then(|| Problem {
            code: "plan::region-missing".into(),
            message: format!("`{}` needs `{id}` in every region, and it is not in {}", stack.id, missing.join(", ")),
            help: "deploy to all of them first: `flagcdk deploy --all-regions`".into(),
            severity: Outcome::Environment,
        })
    })
}

/// A stack that is deployed, for commands that only look.
pub fn retained(template: &str) -> Vec<(String, String)> {
    let kept = |policy: Option<&str>| matches!(policy, Some("Retain" | "RetainExceptOnCreate" | "Snapshot"));
    let resources = Sections::of(template).resources.into_iter();
    let headings = resources.map(|(id, resource)| (id, Heading::of(resource)));
    headings
        .filter(|(_, heading)| kept(heading.deletion_policy.as_deref()))
        .map(|(id, heading)| (id, heading.r#type.into_owned()))
        .collect()
}
