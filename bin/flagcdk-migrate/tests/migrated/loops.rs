//! Written by `flagcdk migrate` from `loops.yaml`.

use flagcdk::{App, Expr, Placement, Stack, Value, cfn};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);
    stack.transform("AWS::LanguageExtensions");

    let queue = stack.add(
        "Queue",
        cfn::sqs::Queue::new()
            .with("Fn::Transform", json!({ "Name": "Extra", "Parameters": { "A": 1 } }))
            .kms_master_key_id(
                Value::<String>::from_expr(
                    Expr::map([
                        (
                            "Fn::FindInMap",
                            Expr::List(
                                [
                                    Expr::from("Keys"),
                                    Expr::from(Value::region()),
                                    Expr::from("Key"),
                                    Expr::from(json!({ "DefaultValue": "alias/aws/sqs" })),
                                ]
                                    .into(),
                            ),
                        ),
                    ]),
                ),
            )
            .queue_name(
                Value::<String>::from_expr(Expr::from(json!({
                    "Fn::Sub": "${TopicPaid.TopicName}-queue",
                }))),
            ),
    );
    queue.override_attribute("DependsOn", "TopicPaid");

    stack.output("Url", queue.reference());

    stack.template_entry(
        ["Mappings", "Fn::Transform"],
        json!({ "Name": "AWS::Include", "Parameters": { "Location": "s3://bucket/mappings" } }),
    );
    stack.template_entry(
        ["Resources", "Fn::ForEach::Topics"],
        json!([
            "Name",
            ["Paid", "Sent"],
            { "Topic${Name}": { "Properties": { "TopicName": { "Ref": "Name" } }, "Type": "AWS::SNS::Topic" } },
        ]),
    );
    stack.template_entry(
        ["Outputs", "Fn::ForEach::Arns"],
        json!(["Name", ["Paid"], { "Arn${Name}": { "Value": { "Ref": "Topic${Name}" } } }]),
    );

    stack
}
