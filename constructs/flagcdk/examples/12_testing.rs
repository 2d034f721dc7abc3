//! Testing: an app is a function, and what it becomes is asked with `flagcdk::assertions`.

use flagcdk::sqs::{DeadLetters, Queue, QueueProps};
use flagcdk::{App, ExitCode, Placement, Region};

pub(crate) fn app() -> App {
    let app = App::new("shop", Region::EU_WEST_1).regions([Region::EU_WEST_1, Region::US_EAST_1]);
    let stack = app.stack("Orders", Placement::EveryRegion);
    let props = QueueProps::builder().dead_letters(DeadLetters::Own { max_receive_count: 3 }).build();
    Queue::new(&stack, "Incoming", props);
    app
}

fn main() -> ExitCode {
    flagcdk::main(|_| app())
}

// ANCHOR: tests
#[cfg(test)]
mod tests {
    use flagcdk::assertions::{Capture, Findings, Template, absent, like};

    use super::app;

    #[test]
    fn an_order_that_fails_three_times_is_put_aside() {
        let assembly = app().synth().expect("the app is right");
        let template = Template::of((&assembly, "Orders"));
        let target = Capture::new();
        template.resource_count_is("AWS::SQS::Queue", 2);
        template.has_resource_properties(
            "AWS::SQS::Queue",
            like!({
                "QueueName": absent(),
                "RedrivePolicy": { "maxReceiveCount": 3, "deadLetterTargetArn": &target },
            }),
        );
        assert_eq!(target.only()["Fn::GetAtt"][0], "IncomingDeadLetters");
    }

    #[test]
    fn nothing_is_wrong_with_it() {
        Findings::of(&app()).has_no_error("*", "*");
    }
}
// ANCHOR_END: tests
