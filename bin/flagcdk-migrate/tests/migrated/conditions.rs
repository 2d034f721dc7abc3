//! Written by `flagcdk migrate` from `conditions.yaml`.

use flagcdk::{
    App, Condition, Expr, Json, Output, Parameter, Placement, Stack, Value, cfn, text,
};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let stage = stack.parameter("Stage", Parameter::string());
    let region = stack.parameter(
        "Region",
        Parameter::string().default_value(""),
    );

    let is_prod = stack.condition(
        "IsProd",
        Condition::equals(&stage, "prod"),
    );
    let has_region = stack.condition(
        "HasRegion",
        Condition::not(Condition::equals(&region, "")),
    );
    let both = stack.condition(
        "Both",
        Condition::all([(&is_prod).into(), Condition::not(&has_region)]),
    );
    let either = stack.condition(
        "Either",
        Condition::any([
            (&both).into(),
            Condition::equals(Value::region(), "eu-west-1"),
            Condition::all([(&is_prod).into(), (&has_region).into()]),
        ]),
    );
    let alias = stack.condition("Alias", &either);
    let is_true = stack.condition(
        "IsTrue",
        Condition::equals(
            "true",
            Value::<String>::from_expr(
                Expr::map([
                    (
                        "Fn::Equals",
                        Expr::List([Expr::from(stage.clone()), Expr::from("x")].into()),
                    ),
                ]),
            ),
        ),
    );

    let queue = stack.add(
        "Queue",
        cfn::sqs::Queue::new()
            .queue_name(
                Value::<String>::when(
                    &has_region,
                    text!("q-", &region),
                    Value::<String>::no_value(),
                ),
            )
            .sqs_managed_sse_enabled(Value::when(&either, true, false))
            .tags(
                Value::when(
                    &alias,
                    [cfn::Tag::new().key("stage").value(&stage)],
                    Value::no_value(),
                ),
            )
            .visibility_timeout(Value::when(&both, 30, 60)),
    );
    queue.condition(&is_prod);

    stack.add(
        "Key",
        cfn::kms::Key::new()
            .key_policy(
                Expr::map([
                    (
                        "Statement",
                        Expr::List(
                            [
                                Expr::from(
                                    Value::<Json>::when(
                                        &is_true,
                                        json!({
                                            "Action": "kms:*",
                                            "Effect": "Allow",
                                            "Principal": "*",
                                            "Resource": "*",
                                        }),
                                        Value::no_value(),
                                    ),
                                ),
                            ]
                                .into(),
                        ),
                    ),
                    ("Version", Expr::from("2012-10-17")),
                ]),
            )
            .key_spec(
                Value::<String>::when(&is_prod, "RSA_2048", "SYMMETRIC_DEFAULT"),
            ),
    );

    stack.add(
        "Table",
        cfn::dynamodb::Table::new()
            .attribute_definitions([
                cfn::dynamodb::table::AttributeDefinition::new()
                    .attribute_name("pk")
                    .attribute_type(cfn::dynamodb::table::AttributeType::S),
            ])
            .billing_mode(
                Value::<String>::when(&is_prod, "PROVISIONED", "PAY_PER_REQUEST"),
            )
            .key_schema(
                Expr::List(
                    [
                        Expr::from(json!({ "AttributeName": "pk", "KeyType": "HASH" })),
                        Expr::from(
                            Value::<Json>::when(
                                &either,
                                json!({ "AttributeName": "sk", "KeyType": "RANGE" }),
                                Value::no_value(),
                            ),
                        ),
                    ]
                        .into(),
                ),
            )
            .provisioned_throughput(
                Value::when(
                    &is_prod,
                    cfn::dynamodb::table::ProvisionedThroughput::new()
                        .read_capacity_units(5)
                        .write_capacity_units(Value::when(&both, 5, 10)),
                    Value::no_value(),
                ),
            ),
    );

    stack.add_output(
        "Queue",
        Output::new(queue.reference()).condition(&is_prod),
    );
    stack.described_output(
        "Which",
        Value::<String>::when(&either, "one", "other"),
        "which",
    );

    stack
}
