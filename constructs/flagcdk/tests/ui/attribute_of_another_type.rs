use flagcdk::{App, Placement, Region, cfn};

fn main() {
    let stack = App::new("shop", Region::EU_WEST_1).stack("Orders", Placement::Home);
    let queue = stack.add("Queue", cfn::sqs::Queue::new());
    queue.get(cfn::sns::Topic::TOPIC_ARN);
}
