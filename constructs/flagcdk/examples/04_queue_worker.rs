//! A queue worker: a queue, a function that is run for its messages, and an alarm on what it could not handle.

// ANCHOR: all
use flagcdk::cloudwatch::{Alarm, AlarmProps};
use flagcdk::iam::{Permissions, Principal};
use flagcdk::lambda::{Code, Function, FunctionProps, QueueSource, QueueSourceProps};
use flagcdk::sns::{Topic, TopicProps};
use flagcdk::sqs::{Queue, QueueProps};
use flagcdk::{App, Architecture, ExitCode, Placement, Region};

pub(crate) fn app() -> App {
    let app = App::new("shop", Region::EU_WEST_1);
    let stack = app.stack("Packing", Placement::Home);

    let queue = Queue::new(&stack, "Orders", QueueProps::builder().visibility_timeout_seconds(180).build());
    let permissions = Permissions::new();
    queue.as_ref().grant_consume(&permissions);
    let worker = FunctionProps::builder()
        .code(Code::cargo("packer").architecture(Architecture::Arm64))
        .timeout_seconds(30)
        .permissions(permissions)
        .build();
    let worker = Function::new(&stack, "Packer", worker);
    let source = QueueSourceProps::builder().function(&worker).queue(&queue).build();
    QueueSource::new(&stack, "OrdersToPacker", source);

    let alarms = Principal::service("cloudwatch.amazonaws.com").for_own_account();
    let people = Topic::new(&stack, "People", TopicProps::builder().publishers([alarms]).build());
    if let Some(dead) = queue.dead_letters() {
        let props = AlarmProps::builder()
            .metric(dead.metric_waiting())
            .description("Orders could not be packed: read the log, mend the packer, redrive the queue")
            .notify(vec![people.arn()])
            .build();
        Alarm::new(&stack, "DeadOrders", props);
    }
    app
}

fn main() -> ExitCode {
    flagcdk::main(|_| app())
}
// ANCHOR_END: all
