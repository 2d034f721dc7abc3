//! Written by `flagcdk migrate` from `database.yaml`.

use flagcdk::{App, Placement, RemovalPolicy, Stack, cfn, text};

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let secret = stack.add(
        "Secret",
        cfn::secretsmanager::Secret::new()
            .generate_secret_string(
                cfn::secretsmanager::secret::GenerateSecretString::new()
                    .exclude_characters("\"@/\\")
                    .generate_string_key("password")
                    .secret_string_template(r#"{"username": "admin"}"#),
            ),
    );

    let subnets = stack.add(
        "Subnets",
        cfn::rds::DBSubnetGroup::new()
            .db_subnet_group_description("d")
            .subnet_ids(["subnet-1", "subnet-2"]),
    );

    let database = stack.add(
        "Database",
        cfn::rds::DBInstance::new()
            .allocated_storage("20")
            .db_instance_class("db.t4g.micro")
            .db_subnet_group_name(subnets.reference())
            .engine("postgres")
            .master_user_password(
                text!(
                    "{{resolve:secretsmanager:",
                    secret.reference(),
                    ":SecretString:password}}",
                ),
            )
            .master_username(
                text!(
                    "{{resolve:secretsmanager:",
                    secret.reference(),
                    ":SecretString:username}}",
                ),
            )
            .multi_az(false),
    );
    database.deletion_policy(RemovalPolicy::Snapshot);

    stack.add(
        "Attachment",
        cfn::secretsmanager::SecretTargetAttachment::new()
            .secret_id(secret.reference())
            .target_id(database.reference())
            .target_type("AWS::RDS::DBInstance"),
    );

    let cache = stack.add(
        "Cache",
        cfn::elasticache::ServerlessCache::new()
            .engine("valkey")
            .serverless_cache_name("flags"),
    );

    stack.output(
        "Address",
        database.get(cfn::rds::DBInstance::ENDPOINT_ADDRESS),
    );
    stack.output(
        "Port",
        database.get(cfn::rds::DBInstance::ENDPOINT_PORT),
    );
    stack.output(
        "Cache",
        cache.get(cfn::elasticache::ServerlessCache::ENDPOINT_ADDRESS),
    );

    stack
}
