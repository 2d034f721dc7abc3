//! Written by `flagcdk migrate` from `api.json`.

use flagcdk::{App, Expr, Placement, Stack, Value, cfn, text};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let table = stack.add(
        "Table",
        cfn::dynamodb::Table::new()
            .attribute_definitions([
                cfn::dynamodb::table::AttributeDefinition::new()
                    .attribute_name("id")
                    .attribute_type(cfn::dynamodb::table::AttributeType::S),
                cfn::dynamodb::table::AttributeDefinition::new()
                    .attribute_name("at")
                    .attribute_type(cfn::dynamodb::table::AttributeType::N),
            ])
            .billing_mode(cfn::dynamodb::table::BillingMode::PAY_PER_REQUEST)
            .key_schema(json!([
                { "AttributeName": "id", "KeyType": "HASH" },
                { "AttributeName": "at", "KeyType": "RANGE" },
            ]))
            .stream_specification(
                cfn::dynamodb::table::StreamSpecification::new()
                    .stream_view_type(
                        cfn::dynamodb::table::StreamViewType::NEW_AND_OLD_IMAGES,
                    ),
            )
            .time_to_live_specification(
                cfn::dynamodb::table::TimeToLiveSpecification::new()
                    .attribute_name("ttl")
                    .enabled(true),
            ),
    );

    let role = stack.add(
        "Role",
        cfn::iam::Role::new()
            .assume_role_policy_document(json!({
                "Statement": [
                    {
                        "Action": ["sts:AssumeRole"],
                        "Effect": "Allow",
                        "Principal": { "Service": ["lambda.amazonaws.com"] },
                    },
                ],
                "Version": "2012-10-17",
            }))
            .managed_policy_arns([
                text!(
                    "arn:",
                    Value::partition(),
                    ":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
                ),
            ])
            .policies([
                cfn::iam::role::Policy::new()
                    .policy_document(
                        Expr::map([
                            (
                                "Statement",
                                Expr::map([
                                    ("Action", Expr::from("dynamodb:*")),
                                    ("Effect", Expr::from("Allow")),
                                    (
                                        "Resource",
                                        Expr::from(table.get(cfn::dynamodb::Table::ARN)),
                                    ),
                                ]),
                            ),
                        ]),
                    )
                    .policy_name("table"),
            ]),
    );

    let handler = stack.add(
        "Handler",
        cfn::lambda::Function::new()
            .code(
                cfn::lambda::function::Code::new()
                    .zip_file(
                        Value::join(
                            "\n",
                            [
                                "exports.handler = async () => ({",
                                "  statusCode: 200,",
                                "})",
                            ],
                        ),
                    ),
            )
            .environment(
                cfn::lambda::function::Environment::new()
                    .variables([
                        ("DEBUG", Value::<String>::from("false")),
                        ("LEVEL", Value::<String>::from("info")),
                        ("RETRIES", Value::<String>::from("3")),
                        ("TABLE", table.reference()),
                    ]),
            )
            .handler("index.handler")
            .role(role.get(cfn::iam::Role::ARN))
            .runtime(cfn::lambda::function::Runtime::NODEJS22_X)
            .timeout(10),
    );

    let api = stack.add(
        "Api",
        cfn::apigateway::RestApi::new()
            .binary_media_types(Vec::<String>::new())
            .name("orders"),
    );

    let resource = stack.add(
        "Resource",
        cfn::apigateway::Resource::new()
            .parent_id(api.get(cfn::apigateway::RestApi::ROOT_RESOURCE_ID))
            .path_part("{proxy+}")
            .rest_api_id(api.reference()),
    );

    stack.add(
        "Method",
        cfn::apigateway::Method::new()
            .authorization_type("NONE")
            .http_method("ANY")
            .integration(
                cfn::apigateway::method::Integration::new()
                    .integration_http_method("POST")
                    .r#type(cfn::apigateway::method::Type::AWS_PROXY)
                    .uri(
                        text!(
                            "arn:aws:apigateway:",
                            Value::region(),
                            ":lambda:path/2015-03-31/functions/",
                            handler.get(cfn::lambda::Function::ARN),
                            "/invocations",
                        ),
                    ),
            )
            .request_parameters([("method.request.path.proxy", "true")])
            .resource_id(resource.reference())
            .rest_api_id(api.reference()),
    );

    stack.add(
        "Permission",
        cfn::lambda::Permission::new()
            .action("lambda:InvokeFunction")
            .function_name(handler.reference())
            .principal("apigateway.amazonaws.com")
            .source_arn(
                text!(
                    "arn:aws:execute-api:",
                    Value::region(),
                    ":",
                    Value::account_id(),
                    ":",
                    api.reference(),
                    "/*",
                ),
            ),
    );

    stack
}
