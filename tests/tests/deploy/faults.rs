//! Regions that fail, requests that are lost, and other people.

use flagcdk_assembly::Region;
use flagcdk_engine::{CellState, Outcome, Report};
use flagcdk_sim::{Fault, FaultPlan, Rule, Simulator};

use crate::app::Variant;
use crate::laboratory::Laboratory;

fn states(report: &Report, unit: &str) -> Vec<(Region, CellState)> {
    let unit = report.units.iter().find(|report| report.id == unit).unwrap();
    unit.cells.iter().map(|(region, cell)| (*region, cell.state)).collect()
}

async fn with(plan: FaultPlan) -> Laboratory {
    Laboratory::with(Simulator::new().faults(plan)).await
}

#[tokio::test]
async fn one_region_fails_the_others_are_up_and_the_next_run_retries_that_one() {
    let laboratory = with(FaultPlan::new().fail_stack("sa-east-1", "bus", 1, "no capacity today")).await;
    let variant = Variant::default();
    let report = laboratory.deploy(&variant).await;
    assert_eq!(report.outcome(), Outcome::Partial);
    assert_eq!(
        states(&report, "Bus"),
        [
            (Region::EU_WEST_1, CellState::Done),
            (Region::SA_EAST_1, CellState::Failed),
            (Region::US_EAST_1, CellState::Done)
        ]
    );
    let reason = report.units.iter().find_map(|unit| unit.cells.get(&Region::SA_EAST_1)?.reason.clone()).unwrap();
    assert!(reason.contains("no capacity today"), "{reason}");

    laboratory.simulator.clear_request_log();
    let report = laboratory.deploy(&variant).await;
    assert_eq!(report.outcome(), Outcome::Success, "{report:#?}");
    let changing: Vec<_> = laboratory.simulator.mutating_requests().into_iter().map(|request| request.action).collect();
    assert_eq!(changing, ["UpdateStackInstances"], "only what failed is done again");
}

#[tokio::test]
async fn what_needs_a_failed_region_is_not_begun() {
    let laboratory = with(FaultPlan::new().fail_stack("sa-east-1", "keys", 1, "no key today")).await;
    let variant = Variant::default();
    let report = laboratory.deploy(&variant).await;
    assert_eq!(report.outcome(), Outcome::Partial);
    // The table has a replica in every region, so that it waits for the key of every region; the queues wait for the table.
    assert!(
        states(&report, "Data").iter().chain(&states(&report, "Bus")).all(|(_, state)| *state == CellState::Skipped)
    );
    assert_eq!(laboratory.deploy(&variant).await.outcome(), Outcome::Success);
}

/// Deploys with a fault on requests of each mutating kind in turn, and wants the same end as without it.
async fn survives(make: impl Fn() -> Fault) {
    let variant = Variant::default();
    let undisturbed = Laboratory::new().await;
    undisturbed.deploy(&variant).await;
    let wanted = undisturbed.state(&variant).await;
    for action in ["CreateStack", "CreateStackSet", "CreateStackInstances", "PutObject"] {
        let laboratory = with(FaultPlan::new().rule(Rule::new(make()).action(action).nth(1))).await;
        let report = laboratory.deploy(&variant).await;
        assert_eq!(report.outcome(), Outcome::Success, "{:?} on {action}: {report:#?}", make());
        assert_eq!(laboratory.state(&variant).await, wanted, "{:?} on {action}", make());
    }
}

#[tokio::test]
async fn a_reply_that_is_lost_is_not_a_second_operation() {
    survives(|| Fault::ReplyLost).await;
}

#[tokio::test]
async fn a_reset_connection_is_tried_again() {
    survives(|| Fault::ResetBefore).await;
}

#[tokio::test]
async fn throttling_is_waited_out() {
    survives(|| Fault::Throttle).await;
}

#[tokio::test]
async fn a_load_balancers_page_is_no_answer() {
    survives(|| Fault::Html(503)).await;
}

#[tokio::test]
async fn two_deployers_of_the_same_app_both_succeed() {
    let laboratory = Laboratory::new().await;
    let variant = Variant::default();
    let (one, two) = tokio::join!(laboratory.deploy(&variant), laboratory.deploy(&variant));
    assert_eq!((one.outcome(), two.outcome()), (Outcome::Success, Outcome::Success), "{one:#?}{two:#?}");
    assert!(laboratory.deploy(&variant).await.units.is_empty());
}

#[tokio::test]
async fn two_deployers_of_different_apps_do_not_mix() {
    let laboratory = Laboratory::new().await;
    laboratory.deploy(&Variant::default()).await;
    let (slow, fast) = (
        Variant { visibility_timeout: 60, ..Variant::default() },
        Variant { visibility_timeout: 90, ..Variant::default() },
    );
    let (one, two) = tokio::join!(laboratory.deploy(&slow), laboratory.deploy(&fast));
    let winners = [&one, &two].into_iter().filter(|report| report.outcome() == Outcome::Success).count();
    assert_eq!(winners, 1, "{one:#?}{two:#?}");
    let winner = if one.outcome() == Outcome::Success { &slow } else { &fast };
    assert!(laboratory.deploy(winner).await.units.is_empty(), "the winner's app is in every region");
}

#[tokio::test]
async fn a_stack_set_that_is_not_ours_is_left_alone() {
    let laboratory = Laboratory::new().await;
    let variant = Variant::default();
    laboratory.deploy(&variant).await;
    let mut assembly = variant.assembly();
    for stack in &mut assembly.manifest.stacks {
        stack.tags.insert("flagcdk:app".into(), "another-app".into());
    }
    let observed = flagcdk_engine::observe(&laboratory.cloud, &assembly, &variant.regions, &[]).await.unwrap();
    let problems =
        flagcdk_engine::plan(&assembly, &variant.regions, &[], &laboratory.asset_keys(), &observed).unwrap_err();
    assert_eq!(problems.len(), 3);
    assert!(problems.iter().all(|problem| problem.severity == Outcome::NeedsPerson));
}
