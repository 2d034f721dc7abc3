//! Written by `flagcdk migrate` from `tables.yaml`.

use flagcdk::{App, Placement, RemovalPolicy, Stack, Value, cfn, text};

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let flags = stack.add(
        "Flags",
        cfn::dynamodb::GlobalTable::new()
            .attribute_definitions([
                cfn::dynamodb::global_table::AttributeDefinition::new()
                    .attribute_name("pk")
                    .attribute_type(cfn::dynamodb::global_table::AttributeType::S),
                cfn::dynamodb::global_table::AttributeDefinition::new()
                    .attribute_name("sk")
                    .attribute_type(cfn::dynamodb::global_table::AttributeType::S),
            ])
            .billing_mode(cfn::dynamodb::global_table::BillingMode::PAY_PER_REQUEST)
            .global_secondary_indexes([
                cfn::dynamodb::global_table::GlobalSecondaryIndex::new()
                    .index_name("by-sk")
                    .key_schema([
                        cfn::dynamodb::global_table::KeySchema::new()
                            .attribute_name("sk")
                            .key_type(cfn::dynamodb::global_table::KeyType::HASH),
                    ])
                    .projection(
                        cfn::dynamodb::global_table::Projection::new()
                            .non_key_attributes(["a", "b"])
                            .projection_type(
                                cfn::dynamodb::global_table::ProjectionType::INCLUDE,
                            ),
                    ),
            ])
            .key_schema([
                cfn::dynamodb::global_table::KeySchema::new()
                    .attribute_name("pk")
                    .key_type(cfn::dynamodb::global_table::KeyType::HASH),
                cfn::dynamodb::global_table::KeySchema::new()
                    .attribute_name("sk")
                    .key_type(cfn::dynamodb::global_table::KeyType::RANGE),
            ])
            .replicas([
                cfn::dynamodb::global_table::ReplicaSpecification::new()
                    .point_in_time_recovery_specification(
                        cfn::dynamodb::global_table::PointInTimeRecoverySpecification::new()
                            .point_in_time_recovery_enabled(true),
                    )
                    .region(Value::region())
                    .tags([cfn::Tag::new().key("a").value("b")]),
                cfn::dynamodb::global_table::ReplicaSpecification::new()
                    .region("us-east-1"),
            ])
            .sse_specification(
                cfn::dynamodb::global_table::SSESpecification::new()
                    .sse_enabled(true)
                    .sse_type(cfn::dynamodb::global_table::SSEType::KMS),
            )
            .stream_specification(
                cfn::dynamodb::global_table::StreamSpecification::new()
                    .stream_view_type(
                        cfn::dynamodb::global_table::StreamViewType::NEW_IMAGE,
                    ),
            ),
    );
    flags.removal_policy(RemovalPolicy::Retain);

    let dead = stack.add("Dead", cfn::sqs::Queue::new());

    stack.add(
        "Scaling",
        cfn::lambda::EventSourceMapping::new()
            .batch_size(100)
            .bisect_batch_on_function_error(true)
            .destination_config(
                cfn::lambda::event_source_mapping::DestinationConfig::new()
                    .on_failure(
                        cfn::lambda::event_source_mapping::OnFailure::new()
                            .destination(dead.get(cfn::sqs::Queue::ARN)),
                    ),
            )
            .event_source_arn(flags.get(cfn::dynamodb::GlobalTable::STREAM_ARN))
            .filter_criteria(
                cfn::lambda::event_source_mapping::FilterCriteria::new()
                    .filters([
                        cfn::lambda::event_source_mapping::Filter::new()
                            .pattern(r#"{"eventName": ["INSERT"]}"#),
                    ]),
            )
            .function_name(
                text!(
                    "arn:",
                    Value::partition(),
                    ":lambda:",
                    Value::region(),
                    ":",
                    Value::account_id(),
                    ":function:updater",
                ),
            )
            .starting_position("TRIM_HORIZON"),
    );

    stack
}
