//! Properties that depend on conditions, parameters and regions.

use serde_json::{Value as Json, json};

use super::check_app;

fn group(retention: Json) -> Json {
    json!({ "G": { "Type": "AWS::Logs::LogGroup", "Properties": { "KmsKeyId": "key", "RetentionInDays": retention } } })
}

#[track_caller]
fn check(template: Json, expected: &[&str]) {
    check_app(&[("S", template)], expected);
}

#[test]
fn each_form_that_can_come_to_be_is_judged() {
    let conditions = json!({
        "IsHome": { "Fn::Equals": [{ "Ref": "AWS::Region" }, "eu-west-1"] },
        "IsAway": { "Fn::Not": [{ "Condition": "IsHome" }] },
    });
    let maybe = |condition: &str| json!({ "Fn::If": [condition, 365, { "Ref": "AWS::NoValue" }] });
    check(
        json!({ "Conditions": conditions, "Resources": group(maybe("IsHome")) }),
        &[
            "S/G at RetentionInDays: `RetentionInDays` is not set, wanted a value (when `IsHome` is false) [security::logs-retention]",
        ],
    );
    // A resource that is made at home alone never has the other form.
    let mut at_home = group(maybe("IsHome"));
    at_home["G"]["Condition"] = json!("IsHome");
    check(json!({ "Conditions": conditions, "Resources": at_home }), &[]);
    // Two conditions that exclude each other make no third form.
    let both = json!({ "Fn::If": ["IsHome", 365, { "Fn::If": ["IsAway", 30, { "Ref": "AWS::NoValue" }] }] });
    check(json!({ "Conditions": conditions, "Resources": group(both) }), &[]);
    let key = json!({ "G": { "Type": "AWS::Logs::LogGroup", "Properties": {
        "RetentionInDays": 365, "KmsKeyId": { "Fn::If": ["IsHome", "key", "alias/aws/logs"] },
    } } });
    check(
        json!({ "Conditions": conditions, "Resources": key }),
        &[
            "S/G at KmsKeyId: `KmsKeyId` is `\"alias/aws/logs\"`, wanted a key of the account (when `IsHome` is false) [security::logs-encryption]",
        ],
    );
}

#[test]
fn a_policy_that_is_there_at_times_is_no_finding() {
    let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*",
        "Condition": { "Bool": { "aws:SecureTransport": false } } });
    let queue = |statement: Json| {
        json!({
            "Conditions": { "C": { "Fn::Equals": [{ "Ref": "AWS::Region" }, "eu-west-1"] } },
            "Resources": {
                "Q": { "Type": "AWS::SQS::Queue", "Properties": {
                    "SqsManagedSseEnabled": true, "MessageRetentionPeriod": 1_209_600,
                    "RedrivePolicy": { "deadLetterTargetArn": "arn", "maxReceiveCount": 5 },
                } },
                "P": { "Type": "AWS::SQS::QueuePolicy", "Properties": {
                    "Queues": [{ "Ref": "Q" }], "PolicyDocument": { "Statement": [statement] },
                } },
            },
        })
    };
    check(queue(deny.clone()), &[]);
    check(queue(json!({ "Fn::If": ["C", deny, { "Ref": "AWS::NoValue" }] })), &[]);
    check(
        queue(json!({ "Effect": "Deny", "Principal": "*", "Action": "sqs:PurgeQueue", "Resource": "*" })),
        &["S/Q: no policy of the queue denies what does not come by TLS [security::sqs-tls]"],
    );
}

#[test]
fn parameters_and_mappings_are_looked_up_and_what_is_unknown_is_no_finding() {
    let subnet = |value: Json| json!({ "N": { "Type": "AWS::EC2::Subnet", "Properties": { "VpcId": "v", "MapPublicIpOnLaunch": value } } });
    let found = |value: &str| {
        format!(
            "S/N at MapPublicIpOnLaunch: `MapPublicIpOnLaunch` is {value}, wanted `false` [security::ec2-public-addresses]"
        )
    };
    let parameter = |default: Json| json!({ "Parameters": { "P": { "Type": "String", "Default": default } }, "Resources": subnet(json!({ "Ref": "P" })) });
    check(parameter(json!("false")), &[]);
    check(parameter(json!("true")), &[&found("`\"true\"`")]);
    check(json!({ "Parameters": { "P": { "Type": "String" } }, "Resources": subnet(json!({ "Ref": "P" })) }), &[]);
    let mapping = |away: bool| {
        json!({
            "Mappings": { "M": { "eu-west-1": { "Public": false }, "us-east-1": { "Public": away } } },
            "Resources": subnet(json!({ "Fn::FindInMap": ["M", { "Ref": "AWS::Region" }, "Public"] })),
        })
    };
    check(mapping(false), &[]);
    check(mapping(true), &[&found("`true`")]);
    check(json!({ "Resources": subnet(json!({ "Fn::ImportValue": "public" })) }), &[]);
}
