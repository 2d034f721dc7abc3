use flagcdk::{App, Placement, Region, cfn};

fn main() {
    let stack = App::new("shop", Region::EU_WEST_1).stack("Orders", Placement::Home);
    stack.add("Subscription", cfn::sns::Subscription::new().protocol("sqs"));
}
