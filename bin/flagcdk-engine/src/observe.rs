//! What is deployed now, read from the cloud: there is no state file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use flagcdk_assembly::{Assembly, LookUp, LookUpKind, Placement, Region, TextSource};
use futures::future::{try_join, try_join_all};

use crate::{
    Cloud, CloudError, Identity, Inputs, Instance, LookUpPlace, Operation, StackSetState, StackState, bootstrap,
};

/// What is deployed now.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Who is asking.
    pub identity: Identity,
    /// Regions among the ones asked for that the account has not enabled.
    pub disabled_regions: Vec<Region>,
    /// The bootstrap stacks that exist.
    pub bootstrap: BTreeMap<Region, DeployedStack>,
    /// The app's stacks in the home region that exist, by their id in the app.
    pub stacks: BTreeMap<String, DeployedStack>,
    /// The app's StackSets that exist, by their id in the app.
    pub stack_sets: BTreeMap<String, DeployedSet>,
    /// Outputs and looked-up values, as far as there are any.
    pub inputs: Inputs,
    /// Objects that lie in a region's bucket with the SHA-256 that they should have.
    pub objects: BTreeSet<(Region, String)>,
}

/// An ordinary stack that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedStack {
    /// Its state.
    pub state: StackState,
    /// Its template.
    pub template: String,
}

/// A StackSet that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedSet {
    /// Its state.
    pub state: StackSetState,
    /// Its instances.
    pub instances: Vec<Instance>,
    /// The operation that runs or waits, if one does.
    pub active: Option<Operation>,
}

/// A file that is to lie in every region's bucket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublishedFile {
    /// Its key in the buckets.
    pub key: String,
    /// The SHA-256 of its contents, 64 hexadecimal digits.
    pub sha256: String,
    /// Where it lies on this machine.
    pub path: PathBuf,
}

/// Reads what is deployed of an assembly. `regions` are the ones that are to be worked on.
///
/// # Errors
/// The first request that failed; nothing was changed.
pub async fn observe(
    cloud: &impl Cloud,
    assembly: &Assembly,
    regions: &[Region],
    files: &[PublishedFile],
) -> Result<Observed, CloudError> {
    let identity = cloud.identity().await?;
    let enabled = try_join_all(regions.iter().map(|region| cloud.region_enabled(*region))).await?;
    let (usable, disabled): (Vec<_>, Vec<_>) = regions.iter().zip(enabled).partition(|(_, enabled)| *enabled);
    let usable: Vec<Region> = usable.into_iter().map(|(region, _)| *region).collect();

    let home = assembly.manifest.home_region;
    let placed = |placement| assembly.manifest.stacks.iter().filter(move |stack| stack.placement == placement);
    let bootstrap = try_join_all(
        usable.iter().map(async |region| Ok((*region, deployed_stack(cloud, *region, bootstrap::STACK_NAME).await?))),
    );
    let stacks = try_join_all(
        placed(Placement::Home).map(async |stack| Ok((&stack.id, deployed_stack(cloud, home, &stack.name).await?))),
    );
    let stack_sets = try_join_all(
        placed(Placement::EveryRegion).map(async |stack| Ok((&stack.id, deployed_set(cloud, &stack.name).await?))),
    );
    let (bootstrap, (stacks, stack_sets)) = try_join(bootstrap, try_join(stacks, stack_sets)).await?;

    let bootstrap: BTreeMap<_, _> =
        bootstrap.into_iter().filter_map(|(region, stack)| Some((region, stack?))).collect();
    let stacks: BTreeMap<_, _> = stacks.into_iter().filter_map(|(id, stack)| Some((id.clone(), stack?))).collect();
    let stack_sets: BTreeMap<_, _> = stack_sets.into_iter().filter_map(|(id, set)| Some((id.clone(), set?))).collect();

    let mut inputs = Inputs::default();
    inputs.outputs.extend(stacks.iter().map(|(id, stack)| (id.clone(), stack.state.outputs.clone())));
    let (look_ups, objects) = try_join(
        look_up_all(cloud, assembly, &usable, &inputs),
        present_objects(cloud, &identity, bootstrap.keys().copied(), files),
    )
    .await?;
    inputs.look_ups = look_ups;
    Ok(Observed {
        identity,
        disabled_regions: disabled.into_iter().map(|(region, _)| *region).collect(),
        bootstrap,
        stacks,
        stack_sets,
        inputs,
        objects,
    })
}

/// An ordinary stack with its template, or none.
pub(crate) async fn deployed_stack(
    cloud: &impl Cloud,
    region: Region,
    name: &str,
) -> Result<Option<DeployedStack>, CloudError> {
    let Some(state) = cloud.stack(region, name).await? else { return Ok(None) };
    // A stack that waits for its first change set has no template yet.
    let template =
        if state.status == "REVIEW_IN_PROGRESS" { String::new() } else { cloud.stack_template(region, name).await? };
    Ok(Some(DeployedStack { state, template }))
}

/// A StackSet with its instances and what runs on it, or none.
pub(crate) async fn deployed_set(cloud: &impl Cloud, name: &str) -> Result<Option<DeployedSet>, CloudError> {
    let Some(state) = cloud.stack_set(name).await? else { return Ok(None) };
    let (instances, operations) = try_join(cloud.instances(name), cloud.operations(name)).await?;
    let active = operations.into_iter().find(|operation| operation.status.is_active());
    Ok(Some(DeployedSet { state, instances, active }))
}

/// Every look-up of the app in every region, as far as there is something to find.
async fn look_up_all(
    cloud: &impl Cloud,
    assembly: &Assembly,
    regions: &[Region],
    inputs: &Inputs,
) -> Result<BTreeMap<LookUpPlace, BTreeMap<Region, String>>, CloudError> {
    let mut places = Vec::new();
    for stack in &assembly.manifest.stacks {
        for look_up in &stack.look_ups {
            let place =
                LookUpPlace { stack: stack.id.clone(), mapping: look_up.mapping.clone(), key: look_up.key.clone() };
            places.push(async move { Ok((place, look_up_one(cloud, look_up, regions, inputs).await?)) });
        }
    }
    Ok(try_join_all(places).await?.into_iter().collect())
}

/// One look-up in every region where there is something to find.
pub(crate) async fn look_up_one(
    cloud: &impl Cloud,
    look_up: &LookUp,
    regions: &[Region],
    inputs: &Inputs,
) -> Result<BTreeMap<Region, String>, CloudError> {
    let table = match &look_up.kind {
        LookUpKind::DynamodbStream { table: TextSource::Literal { text } } => Some(text),
        LookUpKind::DynamodbStream { table: TextSource::Output { stack, output } } => {
            inputs.outputs.get(stack).and_then(|outputs| outputs.get(output))
        }
        _ => None,
    };
    let Some(table) = table else { return Ok(BTreeMap::new()) };
    let found =
        try_join_all(regions.iter().map(async |region| Ok((*region, cloud.table_stream(*region, table).await?))))
            .await?;
    Ok(found.into_iter().filter_map(|(region, value)| Some((region, value?))).collect())
}

async fn present_objects(
    cloud: &impl Cloud,
    identity: &Identity,
    regions: impl Iterator<Item = Region>,
    files: &[PublishedFile],
) -> Result<BTreeSet<(Region, String)>, CloudError> {
    let places: Vec<_> = regions.flat_map(|region| files.iter().map(move |file| (region, file))).collect();
    let found = try_join_all(places.into_iter().map(async |(region, file)| {
        let there = cloud.object_sha256(region, &bootstrap::bucket(identity, region), &file.key).await?;
        Ok((there.as_ref() == Some(&file.sha256)).then(|| (region, file.key.clone())))
    }))
    .await?;
    Ok(found.into_iter().flatten().collect())
}
