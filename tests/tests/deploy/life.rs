//! From the first deploy to the last resource.

use flagcdk_assembly::Region;
use flagcdk_engine::{CellPlan, CellState, ChangeAction, Cloud as _, OperationId, Outcome, observe, plan};

use crate::app::{REGIONS, Variant};
use crate::laboratory::{Laboratory, PATIENCE};

#[tokio::test]
async fn a_first_deploy_reaches_every_region_and_a_second_has_nothing_to_do() {
    let laboratory = Laboratory::new().await;
    let variant = Variant::default();
    let report = laboratory.deploy(&variant).await;
    assert_eq!(report.outcome(), Outcome::Success, "{report:#?}");
    assert_eq!(report.units.iter().map(|unit| unit.cells.len()).sum::<usize>(), 3 + 3 + 1 + 3);
    let mutations = laboratory.mutations();
    assert!(laboratory.deploy(&variant).await.units.is_empty());
    assert_eq!(laboratory.mutations(), mutations, "an idle deploy changes nothing");
}

#[tokio::test]
async fn wires_and_look_ups_carry_real_values() {
    let laboratory = Laboratory::new().await;
    let variant = Variant::default();
    laboratory.deploy(&variant).await;
    let (observed, _) = laboratory.plan(&variant.assembly(), &variant.regions).await;
    let bus = &observed.stack_sets["Bus"].state;
    assert_eq!(bus.parameters["DataTableRef"], "test-shop-orders");
    let template: serde_json::Value = serde_json::from_str(&bus.template).unwrap();
    let mut arns = std::collections::BTreeSet::new();
    for region in REGIONS {
        let arn = template["Mappings"]["StreamArns"][region.as_str()]["Orders"].as_str().unwrap();
        assert!(
            arn.starts_with(&format!("arn:aws:dynamodb:{region}:123456789012:table/test-shop-orders/stream/")),
            "{arn}"
        );
        arns.insert(arn.to_owned());
    }
    assert_eq!(arns.len(), 3);
}

#[tokio::test]
async fn a_changed_property_is_one_change_and_touches_one_stack_set() {
    let laboratory = Laboratory::new().await;
    laboratory.deploy(&Variant::default()).await;
    let changed = Variant { visibility_timeout: 60, ..Variant::default() };
    let (_, plan) = laboratory.plan(&changed.assembly(), &changed.regions).await;
    let units: Vec<_> = plan.units().filter(|unit| !unit.is_empty()).collect();
    assert_eq!(units.iter().map(|unit| unit.unit.id.as_str()).collect::<Vec<_>>(), ["Bus"]);
    assert!(units[0].cells.values().all(|cell| *cell == CellPlan::Update));
    assert_eq!(units[0].changes.len(), 1);
    assert_eq!(units[0].changes[0].action, ChangeAction::Modify);
    assert_eq!(units[0].changes[0].properties[0].path, "VisibilityTimeout");

    let before = laboratory.simulator.request_log().len();
    let report = laboratory.deploy(&changed).await;
    assert_eq!(report.outcome(), Outcome::Success, "{report:#?}");
    let log = laboratory.simulator.request_log();
    let changes: Vec<_> =
        log[before..].iter().filter(|request| request.mutating).map(|request| request.action.clone()).collect();
    assert_eq!(changes, ["PutObject", "UpdateStackSet"]);
}

#[tokio::test]
async fn regions_that_were_not_asked_for_are_left_alone() {
    let laboratory = Laboratory::new().await;
    laboratory.deploy(&Variant::default()).await;
    let changed = Variant { visibility_timeout: 60, ..Variant::default() };
    let report = laboratory.deploy_to(&changed, &[Region::EU_WEST_1]).await;
    assert_eq!(report.outcome(), Outcome::Success, "{report:#?}");
    let (observed, plan) = laboratory.plan(&changed.assembly(), &changed.regions).await;
    assert_eq!(observed.stack_sets["Bus"].instances.len(), 3);
    let bus = plan.units().find(|unit| unit.unit.id == "Bus").unwrap();
    assert_eq!(bus.cells[&Region::EU_WEST_1], CellPlan::Keep);
    assert_eq!(bus.cells[&Region::US_EAST_1], CellPlan::Retry);
}

#[tokio::test]
async fn a_changed_template_needs_a_region_that_has_the_old_one() {
    let laboratory = Laboratory::new().await;
    let (here, there) = (Region::EU_WEST_1, Region::US_EAST_1);
    let variant = Variant { regions: vec![here, there], replicas: vec![here, there], ..Variant::default() };
    laboratory.deploy(&variant).await;
    // The region leaves and comes back, so that the StackSets are in one region only.
    let (cloud, bus) = (&laboratory.cloud, "test-shop-bus");
    cloud.delete_instances(bus, &[there], &OperationId("leave".into())).await.unwrap();
    while cloud.instances(bus).await.unwrap().len() > 1 {
        tokio::time::sleep(PATIENCE.first).await;
    }
    let changed = Variant { visibility_timeout: 31, ..variant };
    let assembly = changed.assembly();
    let observed = observe(cloud, &assembly, &[there], &[]).await.unwrap();
    let problems = plan(&assembly, &[there], &[], &laboratory.asset_keys(), &observed).unwrap_err();
    let codes: Vec<_> = problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["plan::only-new-regions"], "{problems:?}");
    assert!(problems[0].help.contains("--regions eu-west-1,us-east-1"), "{problems:?}");
    assert_eq!(laboratory.deploy(&changed).await.outcome(), Outcome::Success);
}

#[tokio::test]
async fn new_replicas_are_added_one_update_at_a_time() {
    let laboratory = Laboratory::new().await;
    let all = [&REGIONS[..], &[Region::US_WEST_2, Region::EU_NORTH_1]].concat();
    laboratory.deploy(&Variant { regions: all.clone(), ..Variant::default() }).await;
    let grown = Variant { regions: all.clone(), replicas: all, ..Variant::default() };
    let (_, plan) = laboratory.plan(&grown.assembly(), &grown.regions).await;
    assert_eq!(plan.units().find(|unit| unit.unit.id == "Data").unwrap().steps, 2);
    let report = laboratory.deploy(&grown).await;
    assert_eq!(report.outcome(), Outcome::Success, "{report:#?}");
    let updates = laboratory.simulator.request_log().iter().filter(|request| request.action == "UpdateStack").count();
    assert_eq!(updates, 2);
}

#[tokio::test]
async fn destroy_leaves_only_what_is_retained() {
    let laboratory = Laboratory::new().await;
    let variant = Variant::default();
    laboratory.deploy(&variant).await;
    let report = laboratory.destroy(&variant).await;
    assert_eq!(report.outcome(), Outcome::Success, "{report:#?}");
    let (observed, _) = laboratory.plan(&variant.assembly(), &variant.regions).await;
    assert!(observed.stacks.is_empty() && observed.stack_sets.is_empty());
    let again = laboratory.destroy(&variant).await;
    assert!(again.units.iter().flat_map(|unit| unit.cells.values()).all(|cell| cell.state == CellState::Unchanged));
}
