//! Written by `flagcdk migrate` from `shapes.yaml`.

use std::collections::BTreeMap;

use flagcdk::{
    App, Expr, IntoValue, Parameter, Placement, RawResource, Stack, Value, cfn, text,
};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let group = stack.parameter("Group", Parameter::string());

    stack.add(
        "Host",
        cfn::ec2::Instance::new()
            .block_device_mappings([
                cfn::ec2::instance::BlockDeviceMapping::new()
                    .device_name("/dev/sda1")
                    .ebs(
                        cfn::ec2::instance::Ebs::new()
                            .encrypted(true)
                            .iops(group.clone().cast())
                            .volume_size(20),
                    ),
            ])
            .cpu_options(
                cfn::ec2::instance::CpuOptions::new().core_count(2).threads_per_core(1),
            )
            .ebs_optimized(false)
            .image_id("ami-1")
            .monitoring(true)
            .with(
                "OfTomorrow",
                Expr::map([
                    (
                        "Deep",
                        Expr::List([Expr::Integer(1), Expr::from(group.clone())].into()),
                    ),
                ]),
            )
            .security_group_ids(group.clone().cast())
            .tags(Vec::<cfn::Tag>::new())
            .volumes(Value::from_expr(Expr::from("sg-1"))),
    );

    stack.add(
        "Delivery",
        RawResource::new("AWS::SNS::Subscription").set("Protocol", group.clone()),
    );

    stack.add(
        "Alarm",
        cfn::cloudwatch::Alarm::new()
            .actions_enabled(group.clone().cast())
            .alarm_actions([
                group.clone(),
                Value::<String>::from("arn:x"),
                text!("arn:", &group),
            ])
            .comparison_operator(
                cfn::cloudwatch::alarm::ComparisonOperator::GREATER_THAN_THRESHOLD,
            )
            .dimensions(group.clone().cast())
            .evaluation_periods(1)
            .metrics([
                cfn::cloudwatch::alarm::MetricDataQuery::new()
                    .expression("m1 * 2")
                    .id("a")
                    .return_data(false)
                    .into_value(),
                cfn::cloudwatch::alarm::MetricDataQuery::new()
                    .id("b")
                    .metric_stat(
                        cfn::cloudwatch::alarm::MetricStat::new()
                            .metric(group.clone().cast())
                            .period(60)
                            .stat("Sum"),
                    )
                    .into_value(),
                group.clone().cast(),
            ])
            .period(group.clone().cast())
            .threshold(62.5),
    );

    stack.add(
        "Function",
        cfn::lambda::Function::new()
            .code(cfn::lambda::function::Code::new().s3_bucket("b").s3_key("k"))
            .environment(
                cfn::lambda::function::Environment::new()
                    .variables(BTreeMap::<String, String>::new()),
            )
            .layers(Value::split(",", &group))
            .memory_size(1024)
            .reserved_concurrent_executions(5000000000_i64)
            .role("arn:aws:iam::111122223333:role/r")
            .tags([
                cfn::Tag::new().key(&group).value("5"),
                cfn::Tag::new().key("k").value("true"),
            ]),
    );

    stack.add(
        "Value",
        cfn::ssm::Parameter::new()
            .description("30")
            .tags(Value::from_expr(Expr::from(json!(["not", "a", "map"]))))
            .r#type(cfn::ssm::parameter::Type::STRING)
            .value("1.10"),
    );

    stack
}
