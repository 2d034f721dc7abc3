//! Written by `flagcdk migrate` from `substitutions.yaml`.

use flagcdk::{App, Parameter, Placement, Stack, Value, cfn, text};

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let name = stack.parameter("Name", Parameter::string());

    let topic = stack.add("Topic", cfn::sns::Topic::new());

    let queue = stack.add("Queue", cfn::sqs::Queue::new());

    stack.add(
        "Host",
        cfn::ec2::Instance::new()
            .image_id("ami-1")
            .key_name(&name)
            .user_data(
                Value::base64(
                    Value::sub(
                        r#"#!/bin/bash -xe
export QUEUE=${Queue} NAME=${Name} REGION=${AWS::Region}
for file in "${!FILES[@]}"; do echo "${!file}" \n; done
curl "${QueueArn}" ${TopicTopicName}
"#,
                        [
                            ("Queue", queue.reference()),
                            (
                                "QueueArn",
                                Value::<String>::from(
                                    queue.get(cfn::sqs::Queue::ARN),
                                ),
                            ),
                            ("TopicTopicName", topic.get(cfn::sns::Topic::TOPIC_NAME)),
                        ],
                    ),
                ),
            ),
    );

    stack.add(
        "Parameter",
        cfn::ssm::Parameter::new()
            .description("without variables")
            .name(text!("/", Value::stack_name(), "/name"))
            .r#type(cfn::ssm::parameter::Type::STRING)
            .value(
                text!(
                    "arn:",
                    Value::partition(),
                    ":sns:",
                    Value::region(),
                    ":",
                    Value::account_id(),
                    ":",
                    topic.get(cfn::sns::Topic::TOPIC_NAME),
                    "-literal.",
                    Value::url_suffix(),
                ),
            ),
    );

    stack.add(
        "Script",
        cfn::ssm::Parameter::new()
            .r#type(cfn::ssm::parameter::Type::STRING)
            .value(
                Value::sub(
                    r"first ${QueueArn} and ${Extra}
second ${QueueArn} ${!Literal} ${AWS::StackId} ${Name}
",
                    [
                        (
                            "QueueArn",
                            Value::<String>::from(queue.get(cfn::sqs::Queue::ARN)),
                        ),
                        (
                            "Extra",
                            Value::join(
                                "/",
                                [name.clone(), Value::<String>::from("x")],
                            ),
                        ),
                    ],
                ),
            ),
    );

    stack.output(
        "Url",
        text!(
            "https://",
            queue.get(cfn::sqs::Queue::QUEUE_NAME),
            ".example/${not}",
        ),
    );

    stack
}
