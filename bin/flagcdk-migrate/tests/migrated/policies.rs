//! Written by `flagcdk migrate` from `policies.yaml`.

use flagcdk::{App, Condition, Expr, Json, Parameter, Placement, Stack, Value, cfn, text};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let who = stack.parameter("Who", Parameter::string());

    let strict = stack.condition(
        "Strict",
        Condition::equals(&who, "nobody"),
    );

    let key = stack.add(
        "Key",
        cfn::kms::Key::new()
            .enable_key_rotation(true)
            .key_policy(
                Expr::map([
                    (
                        "Statement",
                        Expr::List(
                            [
                                Expr::map([
                                    ("Action", Expr::from("kms:*")),
                                    ("Effect", Expr::from("Allow")),
                                    (
                                        "Principal",
                                        Expr::map([
                                            (
                                                "AWS",
                                                Expr::from(
                                                    text!(
                                                        "arn:",
                                                        Value::partition(),
                                                        ":iam::",
                                                        Value::account_id(),
                                                        ":root",
                                                    ),
                                                ),
                                            ),
                                        ]),
                                    ),
                                    ("Resource", Expr::from("*")),
                                    ("Sid", Expr::from("Root")),
                                ]),
                            ]
                                .into(),
                        ),
                    ),
                    ("Version", Expr::from("2012-10-17")),
                ]),
            ),
    );

    let bucket = stack.add(
        "Bucket",
        cfn::s3::Bucket::new()
            .bucket_encryption(
                cfn::s3::bucket::BucketEncryption::new()
                    .server_side_encryption_configuration([
                        cfn::s3::bucket::ServerSideEncryptionRule::new()
                            .bucket_key_enabled(true)
                            .server_side_encryption_by_default(
                                cfn::s3::bucket::ServerSideEncryptionByDefault::new()
                                    .kms_master_key_id(key.get(cfn::kms::Key::ARN))
                                    .sse_algorithm(cfn::s3::bucket::SSEAlgorithm::AWS_KMS),
                            ),
                    ]),
            )
            .lifecycle_configuration(
                cfn::s3::bucket::LifecycleConfiguration::new()
                    .rules([
                        cfn::s3::bucket::Rule::new()
                            .expiration_in_days(365)
                            .status(cfn::s3::bucket::RuleStatus::ENABLED)
                            .transitions([
                                cfn::s3::bucket::Transition::new()
                                    .storage_class(
                                        Value::<String>::when(
                                            &strict,
                                            "GLACIER",
                                            "STANDARD_IA",
                                        ),
                                    )
                                    .transition_in_days(90),
                                cfn::s3::bucket::Transition::new()
                                    .storage_class(cfn::s3::bucket::StorageClass::DEEP_ARCHIVE)
                                    .transition_in_days(180),
                            ]),
                    ]),
            )
            .notification_configuration(
                cfn::s3::bucket::NotificationConfiguration::new()
                    .queue_configurations([
                        cfn::s3::bucket::QueueConfiguration::new()
                            .event("s3:ObjectCreated:*")
                            .queue("arn:aws:sqs:eu-west-1:111122223333:q"),
                    ]),
            )
            .public_access_block_configuration(
                cfn::s3::bucket::PublicAccessBlockConfiguration::new()
                    .block_public_acls(true)
                    .ignore_public_acls(Value::from_expr(Expr::from("True")))
                    .restrict_public_buckets(Value::from_expr(Expr::from("yes"))),
            ),
    );

    stack.add(
        "Access",
        cfn::s3::BucketPolicy::new()
            .bucket(bucket.reference())
            .policy_document(
                Expr::map([
                    (
                        "Statement",
                        Expr::List(
                            [
                                Expr::map([
                                    ("Action", Expr::from(json!(["s3:*"]))),
                                    ("Condition", Expr::from(json!({
                                        "Bool": { "aws:SecureTransport": false },
                                    }))),
                                    ("Effect", Expr::from("Deny")),
                                    ("Principal", Expr::from("*")),
                                    (
                                        "Resource",
                                        Expr::List(
                                            [
                                                Expr::from(bucket.get(cfn::s3::Bucket::ARN)),
                                                Expr::from(
                                                    text!(
                                                        bucket.get(cfn::s3::Bucket::ARN),
                                                        "/*",
                                                    ),
                                                ),
                                                Expr::from(
                                                    text!(
                                                        bucket.get(cfn::s3::Bucket::ARN),
                                                        "/x",
                                                    ),
                                                ),
                                            ]
                                                .into(),
                                        ),
                                    ),
                                ]),
                                Expr::from(
                                    Value::<Json>::when(
                                        &strict,
                                        Expr::map([
                                            ("Action", Expr::from("*")),
                                            ("Effect", Expr::from("Deny")),
                                            (
                                                "Principal",
                                                Expr::map([("AWS", Expr::from(who.clone()))]),
                                            ),
                                            ("Resource", Expr::from(bucket.get(cfn::s3::Bucket::ARN))),
                                        ]),
                                        Value::no_value(),
                                    ),
                                ),
                            ]
                                .into(),
                        ),
                    ),
                ]),
            ),
    );

    let group = stack.add("Group", cfn::iam::Group::new());

    let user = stack.add(
        "User",
        cfn::iam::User::new()
            .groups([group.reference(), Value::<String>::from("admins")])
            .user_name(&who),
    );

    let keys = stack.add(
        "Keys",
        cfn::iam::AccessKey::new().user_name(user.reference()),
    );

    stack.output(
        "Secret",
        keys.get(cfn::iam::AccessKey::SECRET_ACCESS_KEY),
    );

    stack
}
