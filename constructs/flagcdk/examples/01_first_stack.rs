//! A first stack: a queue whose messages end in a dead-letter queue when nobody can handle them.

use flagcdk::sqs::{DeadLetters, Queue, QueueProps};
use flagcdk::{App, ExitCode, Placement, Region};

pub(crate) fn app() -> App {
    let app = App::new("shop", Region::EU_WEST_1).tag("team", "orders");
    let stack = app.stack("Orders", Placement::Home).describe("What was ordered and waits to be packed");
    let props = QueueProps::builder()
        .visibility_timeout_seconds(60)
        .dead_letters(DeadLetters::Own { max_receive_count: 3 })
        .build();
    let queue = Queue::new(&stack, "Incoming", props);
    stack.output("QueueUrl", queue.url());
    stack.described_output("QueueArn", queue.arn(), "For whoever sends orders");
    app
}

fn main() -> ExitCode {
    flagcdk::main(|_| app())
}
