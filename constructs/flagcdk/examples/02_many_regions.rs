//! Three regions: one role at home, a queue and an alarm in each region, and what they know of one another.

// ANCHOR: all
use flagcdk::cloudwatch::{Alarm, AlarmProps};
use flagcdk::iam::{Principal, Role, RoleProps, Statement};
use flagcdk::sns::{Topic, TopicProps};
use flagcdk::sqs::{Queue, QueueProps};
use flagcdk::{App, ExitCode, Placement, Region};

pub(crate) fn app() -> App {
    let app =
        App::new("shop", Region::EU_WEST_1).regions([Region::EU_WEST_1, Region::US_EAST_1, Region::AP_SOUTHEAST_2]);

    // ANCHOR: wire
    // IAM is global: the role is made once, at home, and its ARN is carried to every region.
    let access = app.stack("Access", Placement::Home);
    let partner = RoleProps::builder().assumed_by(Principal::account("111122223333")).build();
    let partner = Role::new(&access, "Partner", partner);

    let orders = app.stack("Orders", Placement::EveryRegion);
    let may_send = Statement::allow(["sqs:SendMessage"]).on_anything().to(Principal::arn(partner.arn()));
    let queue = Queue::new(&orders, "Incoming", QueueProps::builder().policy([may_send]).build());
    // ANCHOR_END: wire

    // ANCHOR: by_region
    let contact = orders.by_region("Contact", |region| match region {
        Region::EU_WEST_1 => "europe@example.com".to_owned(),
        _ => "everywhere@example.com".to_owned(),
    });
    orders.output("Contact", contact);
    // ANCHOR_END: by_region

    // ANCHOR: export
    // Both stacks are in every region, so that this becomes an export and an import in each of them.
    let watch = app.stack("Watch", Placement::EveryRegion);
    let alarms = Principal::service("cloudwatch.amazonaws.com").for_own_account();
    let people = Topic::new(&watch, "People", TopicProps::builder().publishers([alarms]).build());
    let props = AlarmProps::builder()
        .metric(queue.as_ref().metric_oldest_age_seconds())
        .threshold(600.0)
        .description("Orders wait for ten minutes: is anybody packing?")
        .notify(vec![people.arn()])
        .build();
    Alarm::new(&watch, "Waiting", props);
    // ANCHOR_END: export
    app
}

fn main() -> ExitCode {
    flagcdk::main(|_| app())
}
// ANCHOR_END: all
