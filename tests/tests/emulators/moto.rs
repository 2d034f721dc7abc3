//! StackSets by moto, as far as it goes: it creates and deletes instances, and takes every operation for a new one.

use std::collections::BTreeMap;
use std::time::Duration;

use flagcdk_assembly::{Assembly, Region};
use flagcdk_core::{App, Placement, RawResource};
use flagcdk_engine::{Execution, Numbered, Observed, Outcome, Patience, Plan, destroy, execute, observe, plan};

use crate::server::Server;

const REGIONS: [Region; 3] = [Region::EU_WEST_1, Region::SA_EAST_1, Region::US_EAST_1];

fn assembly(visibility_timeout: i64) -> Assembly {
    let app = App::new("moto-shop", REGIONS[0]).regions(REGIONS);
    let home = app.stack("Data", Placement::Home);
    let topic = home.add("Topic", RawResource::new("AWS::SNS::Topic").set("TopicName", "moto-shop"));
    let bus = app.stack("Bus", Placement::EveryRegion).describe("the queue of each region");
    // Without a name, moto makes one that SQS would refuse.
    let queue = RawResource::new("AWS::SQS::Queue").set("QueueName", "moto-shop");
    bus.add("Queue", queue.set("VisibilityTimeout", visibility_timeout));
    bus.output("Topic", topic.reference());
    app.synth().unwrap()
}

#[tokio::test]
async fn stack_sets_are_created_updated_and_deleted() {
    let server = Server::start("moto_server", |command, port| {
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
    });
    let cloud = server.connect(REGIONS[0]).await;
    let patience =
        Patience { first: Duration::from_millis(5), longest: Duration::from_millis(50), ..Patience::default() };
    let plan_of = async |assembly: &Assembly| -> (Observed, Plan) {
        let observed = observe(&cloud, assembly, &REGIONS, &[]).await.unwrap();
        let plan = plan(assembly, &REGIONS, &[], &BTreeMap::new(), &observed).unwrap();
        (observed, plan)
    };
    for visibility_timeout in [30, 60] {
        let assembly = assembly(visibility_timeout);
        let (observed, plan) = plan_of(&assembly).await;
        let execution = Execution {
            assembly: &assembly,
            files: &[],
            asset_keys: &BTreeMap::new(),
            observed: &observed,
            plan: &plan,
            patience,
            force: false,
        };
        let report = execute(&cloud, &execution, &mut |_: &Numbered| {}).await;
        assert_eq!(report.outcome(), Outcome::Success, "{report:#?}");
        let (observed, plan) = plan_of(&assembly).await;
        assert!(plan.is_empty(), "{plan:#?}");
        assert_eq!(observed.stack_sets["Bus"].instances.len(), REGIONS.len());
    }
    let (observed, plan) = plan_of(&assembly(60)).await;
    let report = destroy(&cloud, &plan, &observed, patience, &mut |_: &Numbered| {}).await;
    assert_eq!(report.outcome(), Outcome::Success, "{report:#?}");
    let (observed, _) = plan_of(&assembly(60)).await;
    assert!(observed.stack_sets.is_empty() && observed.stacks.is_empty(), "{observed:#?}");
}
