//! Bending what constructs make: for all of a type, for one resource, and for a template that exists already.

use flagcdk::sqs::{Queue, QueueProps};
use flagcdk::{App, ExitCode, Include, Placement, Region, RemovalPolicy, cfn};

const LEGACY: &str = "
Parameters:
  Stage: { Type: String }
Resources:
  Archive:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub 'archive-${Stage}'
      SqsManagedSseEnabled: true
";

pub(crate) fn app() -> App {
    let app = App::new("shop", Region::EU_WEST_1);
    let stack = app.stack("Orders", Placement::Home);
    Queue::new(&stack, "Incoming", QueueProps::builder().build());

    // ANCHOR: aspects
    app.set_defaults(cfn::sqs::Queue::new().receive_message_wait_time_seconds(20));
    app.change("AWS::SQS::Queue", |queue| {
        queue.removal_policy(RemovalPolicy::Retain);
    });
    app.check("AWS::SQS::Queue", |queue| {
        if queue.property("MessageRetentionPeriod").is_none() {
            queue.error("shop::retention", "the queue does not say how long it keeps messages", "set its retention");
        }
    });
    // ANCHOR_END: aspects

    // ANCHOR: include
    let legacy = Include::with_parameters(&stack, "Legacy", LEGACY, [("Stage", "prod".into())]);
    let archive = legacy.resource::<cfn::sqs::Queue>("Archive");
    archive.override_property("MessageRetentionPeriod", 1_209_600);
    stack.output("ArchiveArn", archive.get(cfn::sqs::Queue::ARN));
    // ANCHOR_END: include

    // ANCHOR: override
    let of_queues = stack.resources().into_iter().find(|resource| resource.logical_id() == "Incoming");
    if let Some(incoming) = of_queues {
        incoming.override_property("RedrivePolicy.maxReceiveCount", 10);
    }
    // ANCHOR_END: override
    app
}

fn main() -> ExitCode {
    flagcdk::main(|_| app())
}
