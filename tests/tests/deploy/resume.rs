//! A run that is cut off at any request, before it or after it, is finished by the next run: nothing is lost or done twice.

use flagcdk_engine::Outcome;

use crate::app::Variant;
use crate::cut::{Cut, Moment};
use crate::laboratory::Laboratory;

/// Cuts a deploy off at each of its requests in turn, until one runs to its end.
async fn cut_everywhere(moment: Moment) {
    let variant = Variant::default();
    let undisturbed = Laboratory::new().await;
    undisturbed.deploy(&variant).await;
    let wanted = undisturbed.state(&variant).await;

    for at in 0.. {
        let laboratory = Laboratory::new().await;
        let cut = Cut::new(&laboratory.cloud, at, moment);
        let finished = tokio::select! {
            _ = laboratory.deploy_by(&cut, &variant, &variant.regions) => true,
            () = cut.reached() => false,
        };
        if finished {
            assert!(at > 30, "a deploy takes more than {at} requests");
            return;
        }
        let report = laboratory.deploy(&variant).await;
        assert_eq!(report.outcome(), Outcome::Success, "cut {moment:?} request {at}: {report:#?}");
        assert_eq!(laboratory.state(&variant).await, wanted, "cut {moment:?} request {at}");
        let created =
            |action: &str| laboratory.simulator.request_log().iter().filter(|request| request.action == action).count();
        assert!(created("CreateStackInstances") <= 3, "cut {moment:?} request {at}: an operation was started twice");
        let mutations = laboratory.mutations();
        assert!(laboratory.deploy(&variant).await.units.is_empty());
        assert_eq!(laboratory.mutations(), mutations, "cut {moment:?} request {at}");
    }
}

#[tokio::test]
async fn cut_off_before_any_request() {
    cut_everywhere(Moment::Before).await;
}

#[tokio::test]
async fn cut_off_after_any_request() {
    cut_everywhere(Moment::After).await;
}
