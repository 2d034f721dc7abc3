use flagcdk::{App, Placement, Region, Value, cfn, text};

fn main() {
    let stack = App::new("shop", Region::EU_WEST_1).stack("Orders", Placement::Home);
    let count: Value<i64> = Value::find_in_map("Sizes", "small", "Count");
    stack.add("Text", cfn::sqs::Queue::new().visibility_timeout("60"));
    stack.add("Number", cfn::sqs::Queue::new().queue_name(&count));
    stack.add("Joined", cfn::sqs::Queue::new().queue_name(text!["orders-", count]));
}
