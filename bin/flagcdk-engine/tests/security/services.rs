//! What is found of bare resources, and that nothing is found of those that are as they should be.

use serde_json::json;

use super::{check, check_app, check_rules};

/// The policy by which a queue, topic or bucket takes TLS alone.
fn only_tls() -> serde_json::Value {
    json!({ "Statement": {
        "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*",
        "Condition": { "Bool": { "aws:SecureTransport": "false" } },
    } })
}

#[test]
fn bare_resources_break_what_they_can() {
    check_rules("AWS::KMS::Key", json!({}), &["kms-retained", "kms-rotation"]);
    check_rules("AWS::SQS::Queue", json!({}), &["sqs-dead-letters", "sqs-encryption", "sqs-retention", "sqs-tls"]);
    check_rules("AWS::SNS::Topic", json!({}), &["sns-encryption", "sns-tls"]);
    check_rules(
        "AWS::DynamoDB::Table",
        json!({}),
        &["dynamodb-backup", "dynamodb-deletion-protection", "dynamodb-encryption", "dynamodb-retained"],
    );
    check_rules(
        "AWS::ElastiCache::ReplicationGroup",
        json!({}),
        &[
            "elasticache-at-rest",
            "elasticache-authentication",
            "elasticache-failover",
            "elasticache-in-transit",
            "elasticache-port",
            "elasticache-snapshots",
        ],
    );
    check_rules(
        "AWS::OpenSearchService::Domain",
        json!({}),
        &[
            "opensearch-access",
            "opensearch-at-rest",
            "opensearch-https",
            "opensearch-logs",
            "opensearch-masters",
            "opensearch-node-to-node",
            "opensearch-vpc",
            "opensearch-zones",
        ],
    );
    check_rules(
        "AWS::Lambda::Function",
        json!({}),
        &["lambda-dead-letters", "lambda-log-group", "lambda-reserved-concurrency", "lambda-tracing", "lambda-vpc"],
    );
    check_rules("AWS::Logs::LogGroup", json!({}), &["logs-encryption", "logs-retention"]);
    check_rules("AWS::EC2::VPC", json!({}), &["ec2-flow-logs"]);
    check_rules("AWS::EC2::SecurityGroup", json!({}), &["ec2-open-egress"]);
    check_rules(
        "AWS::S3::Bucket",
        json!({}),
        &["s3-access-logs", "s3-encryption", "s3-public", "s3-tls", "s3-versioning"],
    );
    check_rules(
        "AWS::StepFunctions::StateMachine",
        json!({}),
        &["states-encryption", "states-logging", "states-tracing"],
    );
    check_rules("AWS::SecretsManager::Secret", json!({}), &["secrets-encryption", "secrets-rotation"]);
    check_rules("AWS::IAM::AccessKey", json!({}), &["iam-access-key"]);
}

#[test]
fn values_are_read_as_cloudformation_reads_them() {
    let cache = |port: serde_json::Value, days: serde_json::Value, expected: &[&str]| {
        let properties = json!({
            "AtRestEncryptionEnabled": "true", "KmsKeyId": { "Ref": "K" }, "TransitEncryptionEnabled": true,
            "AuthToken": "{{resolve:secretsmanager:cache:SecretString:token}}", "AutomaticFailoverEnabled": true,
            "MultiAZEnabled": "true", "Port": port, "SnapshotRetentionLimit": days,
        });
        check_rules("AWS::ElastiCache::ReplicationGroup", properties, expected);
    };
    cache(json!(6380), json!(15), &[]);
    cache(json!("6379"), json!("14"), &["elasticache-port", "elasticache-snapshots"]);
    cache(json!({ "Fn::ImportValue": "port" }), json!({ "Fn::GetAtt": ["X", "Y"] }), &[]);
    check_rules(
        "AWS::KMS::Key",
        json!({ "KeySpec": "RSA_2048", "PendingWindowInDays": 7 }),
        &["kms-pending-window", "kms-retained"],
    );
    check_rules("AWS::SNS::Topic", json!({ "KmsMasterKeyId": "alias/aws/sns" }), &["sns-encryption", "sns-tls"]);
    check_rules("AWS::EC2::Subnet", json!({ "MapPublicIpOnLaunch": "true" }), &["ec2-public-addresses"]);
}

#[test]
fn every_replica_counts() {
    let table = json!({ "T": {
        "Type": "AWS::DynamoDB::GlobalTable", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain",
        "Properties": {
            "SSESpecification": { "SSEEnabled": true, "SSEType": "KMS" },
            "Replicas": [
                {
                    "Region": "eu-west-1", "DeletionProtectionEnabled": true,
                    "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": true },
                    "SSESpecification": { "KMSMasterKeyId": "alias/shop" },
                },
                { "Region": "us-east-1", "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": false } },
            ],
        },
    } });
    check(
        table,
        &[
            "S/T at Replicas.1.DeletionProtectionEnabled: `DeletionProtectionEnabled` is not set, wanted `true` [security::dynamodb-deletion-protection]",
            "S/T at Replicas.1.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled: `PointInTimeRecoveryEnabled` is `false`, wanted `true` [security::dynamodb-backup]",
            "S/T at Replicas.1.SSESpecification.KMSMasterKeyId: `KMSMasterKeyId` is not set, wanted a key of the account [security::dynamodb-encryption]",
        ],
    );
}

#[test]
fn queues_are_seen_with_what_is_about_them() {
    let queue = |redrive: serde_json::Value| {
        json!({ "Type": "AWS::SQS::Queue", "Properties": {
            "SqsManagedSseEnabled": true, "MessageRetentionPeriod": 1_209_600, "RedrivePolicy": redrive,
        } })
    };
    let last = json!({ "Type": "AWS::SQS::Queue", "Properties": {
        "SqsManagedSseEnabled": true, "MessageRetentionPeriod": 1_209_600,
    } });
    let target = json!({ "deadLetterTargetArn": { "Fn::GetAtt": ["Dead", "Arn"] }, "maxReceiveCount": 5 });
    let policy = |queues: serde_json::Value| json!({ "Type": "AWS::SQS::QueuePolicy", "Properties": { "Queues": queues, "PolicyDocument": only_tls() } });
    let both = json!([{ "Ref": "Work" }, { "Ref": "Dead" }]);
    check(json!({ "Work": queue(target.clone()), "Dead": last, "P": policy(both.clone()) }), &[]);
    check(
        json!({ "Work": queue(target), "Dead": last, "Other": last, "P": policy(json!([{ "Ref": "Work" }])) }),
        &[
            "S/Dead: no policy of the queue denies what does not come by TLS [security::sqs-tls]",
            "S/Other: no policy of the queue denies what does not come by TLS [security::sqs-tls]",
            "S/Other: the queue has no `RedrivePolicy`, and nothing sends its dead letters there [security::sqs-dead-letters]",
        ],
    );
}

#[test]
fn topics_are_seen_with_who_listens_in_other_stacks() {
    let topic = json!({
        "Topic": { "Type": "AWS::SNS::Topic", "Properties": { "KmsMasterKeyId": { "Ref": "Key" } } },
        "Policy": { "Type": "AWS::SNS::TopicPolicy", "Properties": {
            "Topics": [{ "Ref": "Topic" }], "PolicyDocument": only_tls(),
        } },
    });
    let first = json!({
        "Parameters": { "Key": { "Type": "String" } }, "Resources": topic,
        "Outputs": { "Topic": { "Value": { "Ref": "Topic" }, "Export": { "Name": "shop:Topic" } } },
    });
    let listener = |protocol: &str| {
        json!({ "Resources": { "Subscription": { "Type": "AWS::SNS::Subscription", "Properties": {
            "TopicArn": { "Fn::ImportValue": "shop:Topic" }, "Protocol": protocol, "Endpoint": "x",
        } } } })
    };
    check_app(&[("A", first.clone()), ("B", listener("email"))], &[]);
    check_app(
        &[("A", first), ("B", listener("sqs"))],
        &[
            "A/Topic: nothing is logged of what cannot be delivered by `sqs` [security::sns-delivery-logs]",
            "B/Subscription: the subscription has no `RedrivePolicy`: what cannot be delivered is lost [security::sns-subscription-dead-letters]",
        ],
    );
}

#[test]
fn functions_are_seen_with_their_roles_and_networks() {
    let function = |role: &str| {
        json!({ "Type": "AWS::Lambda::Function", "Properties": {
            "Role": { "Fn::GetAtt": [role, "Arn"] }, "Runtime": "python3.8", "TracingConfig": { "Mode": "Active" },
            "ReservedConcurrentExecutions": 5, "LoggingConfig": { "LogGroup": "logs" },
            "VpcConfig": { "SubnetIds": [{ "Ref": "Subnet" }] },
            "Environment": { "Variables": {
                "DB_PASSWORD": "hunter2", "API_KEY": "{{resolve:secretsmanager:key}}", "TOKEN_URL": "https://example.com",
            } },
        } })
    };
    let resources = json!({
        "A": function("Role"), "B": function("Role"),
        "Role": { "Type": "AWS::IAM::Role", "Properties": { "AssumeRolePolicyDocument": {} } },
        "Failures": { "Type": "AWS::Lambda::EventInvokeConfig", "Properties": {
            "FunctionName": { "Ref": "A" }, "DestinationConfig": { "OnFailure": { "Destination": "queue" } },
        } },
        "Vpc": { "Type": "AWS::EC2::VPC" },
        "Subnet": { "Type": "AWS::EC2::Subnet", "Properties": { "VpcId": { "Ref": "Vpc" } } },
        "Flows": { "Type": "AWS::EC2::FlowLog", "Properties": { "ResourceId": { "Ref": "Vpc" } } },
        "Sqs": { "Type": "AWS::EC2::VPCEndpoint", "Properties": {
            "VpcId": { "Ref": "Vpc" }, "ServiceName": { "Fn::Sub": "com.amazonaws.${AWS::Region}.sqs" },
        } },
    });
    let of_a = [
        "S/A at Environment.Variables.API_KEY: the secret is resolved into the environment [security::lambda-secret]",
        "S/A at Environment.Variables.DB_PASSWORD: a secret is written out in the template [security::lambda-secret]",
    ];
    let of_b = of_a.map(|text| text.replacen("S/A", "S/B", 1));
    let rest = [
        "S/A at KmsKeyArn: `KmsKeyArn` is not set, wanted a key of the account [security::lambda-environment]",
        "S/A at Role: the function runs as the same role as `B` [security::lambda-own-role]",
        "S/A at Runtime: `python3.8` is mended no more [security::lambda-runtime]",
        "S/B at KmsKeyArn: `KmsKeyArn` is not set, wanted a key of the account [security::lambda-environment]",
        "S/B at Role: the function runs as the same role as `A` [security::lambda-own-role]",
        "S/B at Runtime: `python3.8` is mended no more [security::lambda-runtime]",
        "S/B: events that the function fails on are lost [security::lambda-dead-letters]",
        "S/Vpc: functions in the network have no way to `dynamodb`, `kms`, `logs`, `monitoring`, `s3`, `secretsmanager`, `sns`, `sts` [security::ec2-endpoints]",
    ];
    let expected: Vec<&str> = of_a.into_iter().chain(of_b.iter().map(String::as_str)).chain(rest).collect();
    check(resources, &expected);
}

#[test]
fn evidence_is_kept_for_a_year() {
    let group = |days: i64| json!({ "Type": "AWS::Logs::LogGroup", "Properties": { "KmsKeyId": "key", "RetentionInDays": days } });
    let resources = json!({
        "Vpc": { "Type": "AWS::EC2::VPC" },
        "Flows": { "Type": "AWS::EC2::FlowLog", "Properties": {
            "ResourceId": { "Ref": "Vpc" }, "LogGroupName": { "Ref": "Traffic" },
        } },
        "Traffic": group(90), "Chatter": group(7),
    });
    check(
        resources,
        &[
            "S/Traffic at RetentionInDays: `RetentionInDays` is `90`, wanted 365 or more [security::logs-audit-retention]",
        ],
    );
}
