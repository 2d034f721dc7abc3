//! Written by `flagcdk migrate` from `parameters.yaml`.

use flagcdk::{App, Parameter, Placement, Stack, Value, cfn};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let plain = stack.parameter("Plain", Parameter::string());
    let size = stack.parameter(
        "Size",
        Parameter::string()
            .default_value("small")
            .description("How large")
            .allowed_values(["small", "large"])
            .constraint_description("small or large"),
    );
    let name = stack.parameter(
        "Name",
        Parameter::string()
            .allowed_pattern("^[a-z][a-z0-9\\-]*$")
            .with("MaxLength", "63")
            .with("MinLength", 3),
    );
    let password = stack.parameter(
        "Password",
        Parameter::string().no_echo().length(8, 64),
    );
    let count = stack.parameter(
        "Count",
        Parameter::of_type("Number").default_value("2").range(1, 10),
    );
    let ratio = stack.parameter(
        "Ratio",
        Parameter::of_type("Number")
            .default_value("0.5")
            .with("MinValue", json!(0.1)),
    );
    let encrypted = stack.parameter(
        "Encrypted",
        Parameter::string()
            .default_value("true")
            .with("AllowedValues", json!([true, false])),
    );
    let subnets = stack.parameter(
        "Subnets",
        Parameter::of_type("List<AWS::EC2::Subnet::Id>"),
    );
    let zones = stack.parameter(
        "Zones",
        Parameter::of_type("CommaDelimitedList").default_value("a,b"),
    );
    let image = stack.parameter(
        "Image",
        Parameter::of_type("AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>")
            .default_value("/images/latest"),
    );
    stack.parameter(
        "Unused",
        Parameter::string().default_value("").with("NoEcho", "false"),
    );

    stack.add(
        "Queue",
        cfn::sqs::Queue::new()
            .delay_seconds(count.clone().cast())
            .queue_name(&name)
            .sqs_managed_sse_enabled(encrypted.clone().cast())
            .tags([
                cfn::Tag::new().key("size").value(&size),
                cfn::Tag::new().key("plain").value(&plain),
            ]),
    );

    stack.add(
        "Secret",
        cfn::secretsmanager::Secret::new().secret_string(&password),
    );

    stack.add(
        "Host",
        cfn::ec2::Instance::new()
            .availability_zone(zones.clone().cast::<Vec<String>>().select(1))
            .image_id(&image)
            .subnet_id(subnets.clone().cast::<Vec<String>>().select(0)),
    );

    stack.add(
        "Alarm",
        cfn::cloudwatch::Alarm::new()
            .comparison_operator(
                cfn::cloudwatch::alarm::ComparisonOperator::GREATER_THAN_THRESHOLD,
            )
            .evaluation_periods(count.clone().cast())
            .threshold(ratio.clone().cast()),
    );

    stack.output("Subnets", Value::join(",", subnets.clone().cast()));

    stack
}
