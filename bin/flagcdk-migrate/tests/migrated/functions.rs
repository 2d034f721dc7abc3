//! Written by `flagcdk migrate` from `functions.yaml`.

use flagcdk::{App, Expr, IntoValue, Parameter, Placement, Stack, Value, cfn, text};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let zones = stack.parameter(
        "Zones",
        Parameter::of_type("CommaDelimitedList"),
    );
    let text = stack.parameter("Text", Parameter::string());

    let vpc = stack.add(
        "Vpc",
        cfn::ec2::VPC::new().cidr_block("10.0.0.0/16").enable_dns_support(true),
    );

    stack.add(
        "SubnetA",
        cfn::ec2::Subnet::new()
            .availability_zone(Value::availability_zones().select(0))
            .cidr_block(Value::cidr(vpc.get(cfn::ec2::VPC::CIDR_BLOCK), 6, 8).select(0))
            .vpc_id(vpc.reference()),
    );

    stack.add(
        "SubnetB",
        cfn::ec2::Subnet::new()
            .availability_zone(Value::availability_zones().select(1))
            .cidr_block(Value::cidr(vpc.get(cfn::ec2::VPC::CIDR_BLOCK), 6, 8).select(1))
            .vpc_id(vpc.reference()),
    );

    stack.add(
        "Elsewhere",
        cfn::ec2::Subnet::new()
            .availability_zone(
                Value::<Vec<String>>::from_expr(Expr::from(json!({ "Fn::GetAZs": "us-east-1" })))
                    .select(0),
            )
            .cidr_block(
                Value::<String>::from_expr(
                    Expr::map([
                        (
                            "Fn::Select",
                            Expr::List(
                                [
                                    Expr::from(text.clone()),
                                    Expr::from(json!(["10.0.0.0/24", "10.0.1.0/24"])),
                                ]
                                    .into(),
                            ),
                        ),
                    ]),
                ),
            )
            .vpc_id(Value::<String>::import(text!(&text, "-vpc"))),
    );

    stack.add(
        "Group",
        cfn::autoscaling::AutoScalingGroup::new()
            .availability_zones(Value::availability_zones())
            .max_size("3")
            .min_size("1")
            .target_group_arns([
                Value::split("|", &text).select(2),
                text.clone(),
                Value::<String>::from("literal"),
            ])
            .vpc_zone_identifier(
                Value::split(",", Value::<String>::import("subnets")),
            ),
    );

    stack.add(
        "Split",
        cfn::ssm::Parameter::new()
            .description(text!("a", &text, "bc", Value::base64("d")))
            .name(IntoValue::<Vec<String>>::into_value(["x", "y"]).select(0))
            .tags([
                ("first", zones.clone().cast::<Vec<String>>().select(0)),
                ("zones", Value::join("-", zones.clone().cast())),
            ])
            .r#type(cfn::ssm::parameter::Type::STRING)
            .value(Value::join(";", Value::split(",", &text))),
    );

    stack
}
