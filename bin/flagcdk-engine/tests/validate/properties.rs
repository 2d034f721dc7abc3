use serde_json::{Value as Json, json};

use crate::{check, resources};

/// Holds the findings of one resource.
#[track_caller]
fn check_resource(kind: &str, properties: Json, expected: &[&str]) {
    let template = json!({
        "Parameters": { "Size": { "Type": "String", "Default": "3" }, "Password": { "Type": "String", "Default": "hunter2", "NoEcho": true } },
        "Conditions": { "Big": { "Fn::Equals": [{ "Ref": "Size" }, "3"] }, "Small": { "Fn::Not": [{ "Condition": "Big" }] } },
        "Resources": { "R": { "Type": kind, "Properties": properties } },
    });
    check(template, expected);
}

#[test]
fn values_that_cloudformation_takes() {
    for properties in [
        json!({ "DelaySeconds": "3", "FifoQueue": "true", "QueueName": 7 }),
        json!({ "DelaySeconds": { "Ref": "Size" }, "Tags": { "Fn::If": ["Big", { "Ref": "AWS::NoValue" }, []] } }),
        json!({ "Tags": [{ "Key": "a", "Value": { "Fn::Sub": "${Size}" } }, { "Ref": "AWS::NoValue" }] }),
        json!({ "RedrivePolicy": { "deadLetterTargetArn": "x", "maxReceiveCount": 3 } }),
        json!({ "RedrivePolicy": { "Fn::If": ["Big", { "maxReceiveCount": 3 }, { "Ref": "AWS::NoValue" }] } }),
    ] {
        check_resource("AWS::SQS::Queue", properties, &[]);
    }
    check_resource("Custom::Thing", json!({ "ServiceToken": "arn", "Anything": [1] }), &[]);
    check_resource("AWS::CloudFormation::WaitConditionHandle", json!({}), &[]);
}

#[test]
fn names_of_properties() {
    check_resource(
        "AWS::SQS::Queue",
        json!({ "VisibiltyTimeout": 3, "Colour": 1, "DeletionPolicy": "Retain" }),
        &[
            "Data/R at Colour: `AWS::SQS::Queue` has no property `Colour` [validate::unknown-property]",
            "Data/R at DeletionPolicy: `AWS::SQS::Queue` has no property `DeletionPolicy` [validate::unknown-property]",
            "Data/R at VisibiltyTimeout: `AWS::SQS::Queue` has no property `VisibiltyTimeout` [validate::unknown-property]",
        ],
    );
    check_resource(
        "AWS::SQS::Queue",
        json!({ "Tags": [{ "Key": "a", "Vaule": "b" }] }),
        &[
            "Data/R at Tags.0: the required property `Value` of `Tags.0` is not set [validate::missing-property]",
            "Data/R at Tags.0.Vaule: `Tags.0` of `AWS::SQS::Queue` has no property `Vaule` [validate::unknown-property]",
        ],
    );
    check_resource(
        "AWS::SQS::Queue",
        json!({ "Arn": "x", "QueueUrl": { "Ref": "Size" } }),
        &[
            "Data/R at Arn: `Arn` of `AWS::SQS::Queue` is read-only: AWS sets it [validate::read-only-property]",
            "Data/R at QueueUrl: `QueueUrl` of `AWS::SQS::Queue` is read-only: AWS sets it [validate::read-only-property]",
        ],
    );
    check_resource(
        "AWS::SNS::Subscription",
        json!({ "TopicArn": "x" }),
        &[
            "Data/R: the required property `Protocol` of `AWS::SNS::Subscription` is not set [validate::missing-property]",
        ],
    );
    check_resource(
        "AWS::SNS::Subscription",
        json!({ "TopicArn": "x", "Protocol": { "Ref": "AWS::NoValue" } }),
        &[
            "Data/R: the required property `Protocol` of `AWS::SNS::Subscription` is not set [validate::missing-property]",
        ],
    );
}

#[test]
fn kinds_of_values() {
    check_resource(
        "AWS::SQS::Queue",
        json!({ "DelaySeconds": "soon" }),
        &[r#"Data/R at DelaySeconds: `DelaySeconds` is `"soon"`, wanted a whole number [validate::wrong-type]"#],
    );
    check_resource(
        "AWS::SQS::Queue",
        json!({ "DelaySeconds": 1.5, "FifoQueue": "yes", "QueueName": ["x"], "Tags": "x" }),
        &[
            "Data/R at DelaySeconds: `DelaySeconds` is `1.5`, wanted a whole number [validate::wrong-type]",
            r#"Data/R at FifoQueue: `FifoQueue` is `"yes"`, wanted `true` or `false` [validate::wrong-type]"#,
            "Data/R at QueueName: `QueueName` is a list with 1 item, wanted a text [validate::wrong-type]",
            r#"Data/R at Tags: `Tags` is `"x"`, wanted a list [validate::wrong-type]"#,
        ],
    );
    check_resource(
        "AWS::SQS::Queue",
        json!({ "Tags": ["x"] }),
        &[r#"Data/R at Tags.0: `Tags.0` is `"x"`, wanted an object [validate::wrong-type]"#],
    );
}

#[test]
fn ranges_and_choices() {
    check_resource(
        "AWS::SQS::Queue",
        json!({ "DelaySeconds": 901, "MaximumMessageSize": "12" }),
        &[
            "Data/R at DelaySeconds: `DelaySeconds` is `901`, wanted 900 at most [validate::bad-value]",
            "Data/R at MaximumMessageSize: `MaximumMessageSize` is `12`, wanted 1024 at least [validate::bad-value]",
        ],
    );
    check_resource(
        "AWS::SQS::Queue",
        json!({ "Tags": [{ "Key": "", "Value": "a b;" }] }),
        &[
            r#"Data/R at Tags.0.Key: `Key` is `""`, wanted 1 character at least, got 0 [validate::bad-value]"#,
            r#"Data/R at Tags.0.Value: `Value` is `"a b;"`, wanted a text that matches `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$` [validate::bad-value]"#,
        ],
    );
    check_resource(
        "AWS::Lambda::Function",
        json!({ "Role": "arn:aws:iam::123456789012:role/x", "Code": { "S3Bucket": "abc", "S3Key": "k" }, "Runtime": "provided.al2023",
            "Handler": "x", "Architectures": ["x86-64"], "MemorySize": 64, "Timeout": "0", "FunctionName": "a b" }),
        &[
            r#"Data/R at Architectures.0: `Architectures.0` is `"x86-64"`, wanted one of `x86_64`, `arm64` [validate::bad-value]"#,
            r#"Data/R at FunctionName: `FunctionName` is `"a b"`, wanted a text that matches `^([a-zA-Z0-9_-]{1,64}|arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:function:[a-zA-Z0-9_-]{1,64})$` [validate::bad-value]"#,
            "Data/R at MemorySize: `MemorySize` is `64`, wanted 128 at least [validate::bad-value]",
            "Data/R at Timeout: `Timeout` is `0`, wanted 1 at least [validate::bad-value]",
        ],
    );
    check_resource(
        "AWS::Lambda::Function",
        json!({ "Role": "role", "Code": {}, "TracingConfig": { "Mode": "active" } }),
        &[
            r#"Data/R at Role: `Role` is `"role"`, wanted a text that matches `^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$` [validate::bad-value]"#,
            r#"Data/R at TracingConfig.Mode: `Mode` is `"active"`, wanted one of `Active`, `PassThrough` [validate::bad-value]"#,
        ],
    );
}

#[test]
fn combinations() {
    check_resource(
        "AWS::EC2::Subnet",
        json!({ "VpcId": "vpc-1" }),
        &[
            "Data/R: `AWS::EC2::Subnet` lacks `CidrBlock`, or `Ipv4IpamPoolId`, or `Ipv6IpamPoolId`, or `Ipv6CidrBlock` [validate::missing-property]",
        ],
    );
    check_resource(
        "AWS::CodePipeline::Pipeline",
        json!({ "RoleArn": "x", "Stages": [], "ArtifactStore": { "Location": "l", "Type": "S3" }, "ArtifactStores": [] }),
        &[
            "Data/R: `AWS::CodePipeline::Pipeline` has more than one of `ArtifactStore`, `ArtifactStores`, which exclude each other [validate::bad-combination]",
            r#"Data/R at RoleArn: `RoleArn` is `"x"`, wanted a text that matches `arn:aws(-[\w]+)*:iam::[0-9]{12}:role/.*` [validate::bad-value]"#,
            "Data/R at Stages: `Stages` is a list with 0 items, wanted 2 items at least [validate::bad-value]",
        ],
    );
    check_resource(
        "AWS::Route53::RecordSet",
        json!({ "Name": "a", "Type": "A" }),
        &["Data/R: `AWS::Route53::RecordSet` lacks `HostedZoneId`, or `HostedZoneName` [validate::missing-property]"],
    );
    check_resource(
        "AWS::DynamoDB::GlobalTable",
        json!({
            "AttributeDefinitions": [{ "AttributeName": "a", "AttributeType": "S" }, { "AttributeName": "b", "AttributeType": "X" }],
            "KeySchema": [{ "AttributeName": "a", "KeyType": "RANGE" }],
            "Replicas": [{ "Region": "eu-west-1" }],
        }),
        &[
            r#"Data/R at AttributeDefinitions.1.AttributeType: `AttributeType` is `"X"`, wanted one of `B`, `N`, `S` [validate::bad-value]"#,
            r#"Data/R at KeySchema.0.KeyType: `KeyType` is `"RANGE"`, wanted `"HASH"` [validate::bad-value]"#,
        ],
    );
}

#[test]
fn forms_by_condition() {
    // One of the two names is set, never both and never none.
    check_resource(
        "AWS::SNS::Subscription",
        json!({ "TopicArn": "x", "Protocol": { "Fn::If": ["Big", "sqs", { "Ref": "AWS::NoValue" }] } }),
        &[
            "Data/R: the required property `Protocol` of `AWS::SNS::Subscription` is not set (when `Big` is false) [validate::missing-property]",
        ],
    );
    check_resource(
        "AWS::SQS::Queue",
        json!({ "DelaySeconds": { "Fn::If": ["Big", 901, { "Fn::If": ["Small", -1, 5] }] } }),
        &[
            "Data/R at DelaySeconds: `DelaySeconds` is `-1`, wanted 0 at least (when `Big` is false and `Small` is true) [validate::bad-value]",
            "Data/R at DelaySeconds: `DelaySeconds` is `901`, wanted 900 at most (when `Big` is true and `Small` is false) [validate::bad-value]",
        ],
    );
    check_resource(
        "AWS::EC2::Subnet",
        json!({
            "VpcId": "vpc-1",
            "CidrBlock": { "Fn::If": ["Big", "10.0.0.0/24", { "Ref": "AWS::NoValue" }] },
            "Ipv4IpamPoolId": { "Fn::If": ["Small", "pool", { "Ref": "AWS::NoValue" }] },
            "Ipv4NetmaskLength": 24,
        }),
        &[
            "Data/R: the required property `Ipv4IpamPoolId` of `AWS::EC2::Subnet` is not set (when `Big` is true and `Small` is false) [validate::missing-property]",
        ],
    );
}

#[test]
fn types() {
    check_resource(
        "AWS::SQS::Cue",
        json!({}),
        &["Data/R at Type: unknown type `AWS::SQS::Cue` [validate::unknown-type]"],
    );
    check_resource(
        "AWS::SQS::Queues",
        json!({ "Anything": 1 }),
        &["Data/R at Type: unknown type `AWS::SQS::Queues` [validate::unknown-type]"],
    );
    check_resource("Queue", json!({}), &["Data/R at Type: unknown type `Queue` [validate::unknown-type]"]);
    check_resource(
        "My::Own::Type",
        json!({}),
        &[
            "Data/R at Type: `My::Own::Type` is not a type of AWS, so its properties are not checked [validate::unchecked-type]",
        ],
    );
    check_resource(
        "Custom::Thing",
        json!({}),
        &["Data/R: the required property `ServiceToken` of `Custom::Thing` is not set [validate::missing-property]"],
    );
}

#[test]
fn secrets_in_plain_text() {
    let instance = |password: Json| json!({ "DBInstanceClass": "db.t4g.micro", "Engine": "postgres", "MasterUserPassword": password });
    check_resource(
        "AWS::RDS::DBInstance",
        instance(json!("hunter22")),
        &["Data/R at MasterUserPassword: a secret is written out in the template [validate::plaintext-secret]"],
    );
    check_resource(
        "AWS::RDS::DBInstance",
        instance(json!({ "Ref": "Password" })),
        &[
            "Data/R at MasterUserPassword: the secret is the default of the parameter `Password`, which is written out in the template [validate::plaintext-secret]",
        ],
    );
    check_resource(
        "AWS::RDS::DBInstance",
        instance(json!({ "Fn::If": ["Big", "hunter22", { "Ref": "AWS::NoValue" }] })),
        &["Data/R at MasterUserPassword: a secret is written out in the template [validate::plaintext-secret]"],
    );
    check_resource("AWS::RDS::DBInstance", instance(json!("{{resolve:secretsmanager:db:SecretString:password}}")), &[]);
    check_resource(
        "AWS::SecretsManager::Secret",
        json!({ "SecretString": "hunter2" }),
        &["Data/R at SecretString: a secret is written out in the template [validate::plaintext-secret]"],
    );
    check_resource("AWS::SecretsManager::Secret", json!({ "GenerateSecretString": { "PasswordLength": 32 } }), &[]);
    check_resource(
        "AWS::ElastiCache::User",
        json!({ "Engine": "redis", "UserId": "u", "UserName": "u", "Passwords": ["hunter2"] }),
        &["Data/R at Passwords.0: a secret is written out in the template [validate::plaintext-secret]"],
    );
}

#[test]
fn documents_are_left_alone() {
    let document = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": { "Service": "sqs.amazonaws.com" }, "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } } },
        }],
    });
    check(
        resources(json!({ "R": { "Type": "AWS::IAM::Role", "Properties": { "AssumeRolePolicyDocument": document } } })),
        &[],
    );
}
