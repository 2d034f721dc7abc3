//! Written by `flagcdk migrate` from `workflow.yaml`.

use flagcdk::{App, Expr, Placement, Stack, Value, cfn};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let role = stack.add(
        "Role",
        cfn::iam::Role::new().assume_role_policy_document(json!({ "Statement": [] })),
    );

    let task = stack.add(
        "Task",
        cfn::lambda::Function::new()
            .code(cfn::lambda::function::Code::new().zip_file("x"))
            .handler("a.b")
            .role(role.get(cfn::iam::Role::ARN))
            .runtime(cfn::lambda::function::Runtime::PYTHON3_13),
    );

    let inline = stack.add(
        "Inline",
        cfn::stepfunctions::StateMachine::new()
            .definition_string(
                Value::sub(
                    r#"{
  "StartAt": "Work",
  "States": { "Work": { "Type": "Task", "Resource": "${TaskArn}", "End": true } }
}
"#,
                    [
                        (
                            "TaskArn",
                            Value::<String>::from(
                                task.get(cfn::lambda::Function::ARN),
                            ),
                        ),
                    ],
                ),
            )
            .role_arn(role.get(cfn::iam::Role::ARN)),
    );

    let logs = stack.add(
        "Logs",
        cfn::logs::LogGroup::new().retention_in_days(14),
    );

    let object = stack.add(
        "Object",
        cfn::stepfunctions::StateMachine::new()
            .definition(
                Expr::map([
                    ("StartAt", Expr::from("Work")),
                    (
                        "States",
                        Expr::map([
                            (
                                "Work",
                                Expr::map([
                                    ("End", Expr::from(true)),
                                    (
                                        "Resource",
                                        Expr::from(task.get(cfn::lambda::Function::ARN)),
                                    ),
                                    ("Type", Expr::from("Task")),
                                ]),
                            ),
                        ]),
                    ),
                ]),
            )
            .definition_substitutions([
                ("Count", Value::<String>::from("3")),
                (
                    "Task",
                    Value::<String>::from(task.get(cfn::lambda::Function::ARN)),
                ),
                ("Yes", Value::<String>::from("true")),
            ])
            .logging_configuration(
                cfn::stepfunctions::state_machine::LoggingConfiguration::new()
                    .destinations([
                        cfn::stepfunctions::state_machine::LogDestination::new()
                            .cloud_watch_logs_log_group(
                                cfn::stepfunctions::state_machine::CloudWatchLogsLogGroup::new()
                                    .log_group_arn(logs.get(cfn::logs::LogGroup::ARN)),
                            ),
                    ])
                    .level(cfn::stepfunctions::state_machine::Level::ALL),
            )
            .role_arn(role.get(cfn::iam::Role::ARN))
            .state_machine_type(
                cfn::stepfunctions::state_machine::StateMachineType::EXPRESS,
            ),
    );

    stack.add(
        "Rule",
        cfn::events::Rule::new()
            .event_pattern(
                Expr::map([
                    (
                        "detail",
                        Expr::map([
                            (
                                "state",
                                Expr::List(
                                    [
                                        Expr::from("running"),
                                        Expr::map([("anything-but", Expr::from(Value::region()))]),
                                    ]
                                        .into(),
                                ),
                            ),
                        ]),
                    ),
                    ("source", Expr::from(json!(["aws.ec2"]))),
                ]),
            )
            .state(cfn::events::rule::State::ENABLED)
            .targets([
                cfn::events::rule::Target::new()
                    .arn(inline.get(cfn::stepfunctions::StateMachine::ARN))
                    .id("one")
                    .role_arn(role.get(cfn::iam::Role::ARN)),
                cfn::events::rule::Target::new()
                    .arn(object.reference())
                    .id("two")
                    .input_transformer(
                        cfn::events::rule::InputTransformer::new()
                            .input_paths_map([("id", "$.id")])
                            .input_template("{\"id\": <id>}"),
                    )
                    .role_arn(role.get(cfn::iam::Role::ARN)),
            ]),
    );

    stack
}
