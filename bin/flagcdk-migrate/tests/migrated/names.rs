//! Written by `flagcdk migrate` from `names.yaml`.

use flagcdk::{App, Condition, Parameter, Placement, Stack, cfn};

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let type_parameter = stack.parameter("Type", Parameter::string());
    let app_parameter = stack.parameter("App", Parameter::string());
    let queue_name = stack.parameter("queueName", Parameter::string());

    let match_condition = stack.condition(
        "Match",
        Condition::equals(&type_parameter, "x"),
    );
    let queue = stack.condition(
        "Queue",
        Condition::equals(&app_parameter, "y"),
    );

    let stack_resource = stack.add("Stack", cfn::sns::Topic::new());
    stack_resource.condition(&match_condition);

    let queue_resource = stack.add(
        "Queue",
        cfn::sqs::Queue::new().queue_name(&queue_name),
    );
    queue_resource.condition(&queue);

    let lower_case = stack.add(
        "lowerCase",
        cfn::sqs::Queue::new()
            .queue_name(queue_resource.get(cfn::sqs::Queue::QUEUE_NAME)),
    );
    lower_case.override_logical_id("lowerCase");

    let resource = stack.add("Resource", cfn::sqs::Queue::new());

    let queue_name_resource = stack.add(
        "QueueName",
        cfn::sqs::Queue::new().queue_name(lower_case.get(cfn::sqs::Queue::QUEUE_NAME)),
    );

    let self_resource = stack.add(
        "Self",
        cfn::sqs::Queue::new().queue_name(resource.get(cfn::sqs::Queue::QUEUE_NAME)),
    );

    stack.add(
        "X2",
        cfn::sns::Subscription::new()
            .endpoint(self_resource.get(cfn::sqs::Queue::ARN))
            .protocol("sqs")
            .topic_arn(stack_resource.reference()),
    );

    stack.output(
        "Name",
        queue_name_resource.get(cfn::sqs::Queue::QUEUE_NAME),
    );
    stack.output("lower", lower_case.reference());

    stack
}
