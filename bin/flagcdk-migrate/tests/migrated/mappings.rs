//! Written by `flagcdk migrate` from `mappings.yaml`.

use flagcdk::{App, Parameter, Placement, Stack, Value, cfn};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let stage = stack.parameter(
        "Stage",
        Parameter::string().default_value("dev"),
    );

    stack.mapping(
        "Sizes",
        [
            (
                "dev",
                [("Nodes", json!(1)), ("Type", json!("t3.micro"))],
            ),
            (
                "prod",
                [("Nodes", json!(6)), ("Type", json!("m5.large"))],
            ),
        ],
    );
    stack.mapping(
        "Images",
        [
            ("eu-west-1", Vec::from([("Linux", "ami-1"), ("Windows", "ami-2")])),
            ("us-east-1", Vec::from([("Linux", "ami-3")])),
        ],
    );
    stack.mapping(
        "Zones",
        [("eu-west-1", [("All", json!(["eu-west-1a", "eu-west-1b"]))])],
    );
    stack.mapping(
        "Flags",
        [("1234", [("other.name", "no"), ("true", "yes")])],
    );

    stack.add(
        "Host",
        cfn::ec2::Instance::new()
            .availability_zone(
                Value::<Vec<String>>::find_in_map("Zones", Value::region(), "All")
                    .select(0),
            )
            .image_id(
                Value::<String>::find_in_map("Images", Value::region(), "Linux"),
            )
            .instance_type(Value::<String>::find_in_map("Sizes", &stage, "Type")),
    );

    stack.add(
        "Queue",
        cfn::sqs::Queue::new()
            .delay_seconds(Value::find_in_map("Sizes", &stage, "Nodes"))
            .queue_name(
                Value::join(
                    "-",
                    [
                        Value::<String>::from("a"),
                        Value::<String>::find_in_map("Flags", "1234", "true"),
                    ],
                ),
            ),
    );

    stack
}
