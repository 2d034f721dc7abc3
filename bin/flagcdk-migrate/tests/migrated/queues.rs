//! Written by `flagcdk migrate` from `queues.yaml`.

use flagcdk::{App, Expr, Output, Placement, Stack, Value, cfn, text};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app
        .stack("Stack", Placement::Home)
        .describe("Orders, and what could not be handled");

    let dead = stack.add(
        "Dead",
        cfn::sqs::Queue::new().message_retention_period(1209600),
    );

    let orders = stack.add(
        "Orders",
        cfn::sqs::Queue::new()
            .kms_master_key_id("alias/aws/sqs")
            .queue_name(text!(Value::stack_name(), "-orders"))
            .redrive_policy(
                cfn::sqs::queue::RedrivePolicy::new()
                    .dead_letter_target_arn(dead.get(cfn::sqs::Queue::ARN))
                    .max_receive_count(5),
            )
            .visibility_timeout(60),
    );

    let placed = stack.add(
        "Placed",
        cfn::sns::Topic::new()
            .tags([
                cfn::Tag::new().key("team").value("shop"),
                cfn::Tag::new().key("stack").value(Value::stack_name()),
            ])
            .topic_name("orders-placed"),
    );

    stack.add(
        "Delivery",
        cfn::sns::Subscription::new()
            .endpoint(orders.get(cfn::sqs::Queue::ARN))
            .filter_policy(json!({ "kind": ["paid", { "prefix": "gift-" }] }))
            .protocol("sqs")
            .raw_message_delivery(true)
            .topic_arn(placed.reference()),
    );

    stack.add(
        "Permission",
        cfn::sqs::QueuePolicy::new()
            .policy_document(
                Expr::map([
                    (
                        "Statement",
                        Expr::List(
                            [
                                Expr::map([
                                    ("Action", Expr::from("sqs:SendMessage")),
                                    (
                                        "Condition",
                                        Expr::map([
                                            (
                                                "ArnEquals",
                                                Expr::map([
                                                    ("aws:SourceArn", Expr::from(placed.reference())),
                                                ]),
                                            ),
                                        ]),
                                    ),
                                    ("Effect", Expr::from("Allow")),
                                    ("Principal", Expr::from(json!({
                                        "Service": "sns.amazonaws.com",
                                    }))),
                                    ("Resource", Expr::from(orders.get(cfn::sqs::Queue::ARN))),
                                ]),
                            ]
                                .into(),
                        ),
                    ),
                    ("Version", Expr::from("2012-10-17")),
                ]),
            )
            .queues([orders.reference()]),
    );

    stack.output("Url", orders.reference());
    stack.add_output(
        "Arn",
        Output::new(orders.get(cfn::sqs::Queue::ARN))
            .description("where orders go")
            .export_name(text!(Value::stack_name(), "-orders-arn")),
    );

    stack
}
