//! Who is let in: policies and security groups.

use serde_json::{Value as Json, json};

use super::check;

const OPEN: &str = "the statement is for everybody in the world, and no condition says for which account";

/// A queue's policy with one statement.
fn queue_policy(statement: Json) -> Json {
    json!({ "P": { "Type": "AWS::SQS::QueuePolicy", "Properties": {
        "Queues": ["x"], "PolicyDocument": { "Statement": [statement] },
    } } })
}

#[test]
fn everybody_is_nobody_without_a_condition() {
    let open = format!("S/P at PolicyDocument.Statement.0: {OPEN} [security::sqs-open-policy]");
    let check = |principal: Json, condition: Json, is_open: bool| {
        let statement = json!({
            "Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Resource": "*", "Condition": condition,
        });
        check(queue_policy(statement), &[open.as_str()][usize::from(!is_open)..]);
    };
    check(json!("*"), json!({}), true);
    check(json!({ "AWS": "*" }), json!({}), true);
    check(json!({ "AWS": ["arn:aws:iam::111122223333:root", "*"] }), json!({}), true);
    check(json!({ "AWS": { "Ref": "AWS::AccountId" } }), json!({}), false);
    let account = json!({ "Ref": "AWS::AccountId" });
    check(json!("*"), json!({ "StringEquals": { "aws:PrincipalAccount": account } }), false);
    check(json!("*"), json!({ "StringEquals": { "AWS:SourceOwner": account } }), false);
    check(json!("*"), json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": ["o-1/*"] } }), false);
    check(json!("*"), json!({ "StringNotEquals": { "aws:PrincipalAccount": account } }), true);
    check(json!("*"), json!({ "StringEqualsIfExists": { "aws:PrincipalAccount": account } }), true);
    check(json!("*"), json!({ "ArnLike": { "aws:SourceArn": "*" } }), true);
    check(json!("*"), json!({ "Bool": { "aws:SecureTransport": "true" } }), true);
    check(json!("*"), json!({ "IpAddress": { "aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/0"] } }), true);
    check(json!("*"), json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } }), false);
    check(json!("*"), json!({ "Fn::If": ["C", {}, {}] }), false);
}

#[test]
fn services_say_for_whom_they_act() {
    let allow = |service: Json, condition: Json| json!({ "Effect": "Allow", "Principal": { "Service": service }, "Action": "x", "Resource": "*", "Condition": condition });
    check(
        queue_policy(allow(json!("sns.amazonaws.com"), json!({}))),
        &[
            "S/P at PolicyDocument.Statement.0: the statement is for `sns.amazonaws.com` on behalf of anybody's account [security::sqs-services]",
        ],
    );
    check(
        queue_policy(allow(json!("sns.amazonaws.com"), json!({ "ArnEquals": { "aws:SourceArn": { "Ref": "T" } } }))),
        &[],
    );
    let key = |statements: Json| {
        json!({ "K": {
            "Type": "AWS::KMS::Key", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain",
            "Properties": { "EnableKeyRotation": true, "KeyPolicy": { "Statement": statements } },
        } })
    };
    let logs = json!({ "Fn::Sub": "logs.${AWS::Region}.${AWS::URLSuffix}" });
    check(
        key(json!([
            allow(json!("events.amazonaws.com"), json!({})),
            allow(logs.clone(), json!({ "ArnLike": { "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*:1:*" } })),
            allow(logs, json!({})),
        ])),
        &[
            "S/K at KeyPolicy.Statement.2: the statement is for `logs.${AWS::Region}.${AWS::URLSuffix}` on behalf of anybody's account [security::kms-services]",
        ],
    );
}

#[test]
fn documents_that_are_texts_are_read() {
    let document = json!({ "Statement": { "Effect": "Allow", "Principal": { "Service": "es.amazonaws.com" }, "Action": "logs:*" } });
    check(
        json!({ "R": { "Type": "AWS::Logs::ResourcePolicy", "Properties": {
            "PolicyName": "x", "PolicyDocument": document.to_string(),
        } } }),
        &[
            "S/R at PolicyDocument.Statement: the statement is for `es.amazonaws.com` on behalf of anybody's account [security::logs-services]",
        ],
    );
}

#[test]
fn permissions_name_actions_and_resources() {
    let check = |statement: Json, expected: &[&str]| {
        let role = json!({ "R": { "Type": "AWS::IAM::Role", "Properties": {
            "AssumeRolePolicyDocument": { "Statement": [] },
            "Policies": [{ "PolicyName": "p", "PolicyDocument": { "Statement": statement } }],
        } } });
        let at = "S/R at Policies.0.PolicyDocument.Statement: the statement";
        let expected: Vec<String> = expected.iter().map(|text| format!("{at} {text}")).collect();
        check(role, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    };
    let allow = |action: Json, resource: Json| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    check(allow(json!("sqs:SendMessage"), json!({ "Ref": "Q" })), &[]);
    check(allow(json!(["xray:PutTraceSegments", "ec2:DescribeSubnets"]), json!("*")), &[]);
    check(allow(json!("kms:GenerateDataKey*"), json!("arn:aws:kms:eu-west-1:1:key/x")), &[]);
    check(
        allow(json!(["sqs:SendMessage", "xray:PutTraceSegments"]), json!(["*"])),
        &["allows `sqs:SendMessage` on everything [security::iam-wildcard-resource]"],
    );
    check(
        allow(json!("sqs:*"), json!({ "Ref": "Q" })),
        &["allows `sqs:*`, and hence whatever AWS invents [security::iam-wildcard-action]"],
    );
    check(
        json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": { "Ref": "Q" } }),
        &["allows all but some, and hence whatever AWS invents [security::iam-wildcard-action]"],
    );
    check(allow(json!("*"), json!("*")), &["allows everything on everything [security::iam-administrator]"]);
    let mut narrowed = allow(json!("cloudwatch:DeleteAlarms"), json!("*"));
    narrowed["Condition"] = json!({ "StringEquals": { "aws:ResourceTag/app": "shop" } });
    check(narrowed, &[]);
    check(json!({ "Effect": "Deny", "Action": "*", "Resource": "*" }), &[]);
}

#[test]
fn roles_are_for_those_who_are_named() {
    let role = |principal: Json| {
        json!({ "R": { "Type": "AWS::IAM::Role", "Properties": {
            "AssumeRolePolicyDocument": { "Statement": { "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" } },
            "ManagedPolicyArns": [{ "Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess" }],
        } } })
    };
    let administrator = "S/R at ManagedPolicyArns.0: `policy/AdministratorAccess` allows everything on everything [security::iam-administrator]";
    check(role(json!({ "Service": "lambda.amazonaws.com" })), &[administrator]);
    let open = format!("S/R at AssumeRolePolicyDocument.Statement: {OPEN} [security::iam-open-trust]");
    check(role(json!("*")), &[&open, administrator]);
}

#[test]
fn functions_are_invoked_for_somebody() {
    let check = |properties: Json, expected: &[&str]| {
        check(json!({ "P": { "Type": "AWS::Lambda::Permission", "Properties": properties } }), expected);
    };
    check(json!({ "Principal": "sns.amazonaws.com", "SourceArn": { "Ref": "T" } }), &[]);
    check(json!({ "Principal": "111122223333" }), &[]);
    check(
        json!({ "Principal": "sns.amazonaws.com" }),
        &[
            "S/P at Principal: `sns.amazonaws.com` may invoke the function on behalf of anybody's account [security::lambda-permission]",
        ],
    );
}

#[test]
fn groups_are_closed() {
    let rule = |block: &str| json!([{ "IpProtocol": "-1", "CidrIp": block }]);
    let group = |inward: Json, outward: Json| {
        json!({ "G": { "Type": "AWS::EC2::SecurityGroup", "Properties": {
            "SecurityGroupIngress": inward, "SecurityGroupEgress": outward,
        } } })
    };
    check(group(rule("10.0.0.0/8"), rule("127.0.0.1/32")), &[]);
    check(
        group(rule("0.0.0.0/0"), rule("0.0.0.0/0")),
        &[
            "S/G at SecurityGroupIngress.0.CidrIp: everybody in the world reaches what is in the group [security::ec2-open-ingress]",
            "S/G at SecurityGroupEgress.0.CidrIp: what is in the group reaches everybody in the world [security::ec2-open-egress]",
        ],
    );
    check(
        json!({ "I": { "Type": "AWS::EC2::SecurityGroupIngress", "Properties": { "IpProtocol": "tcp", "CidrIpv6": "::/0" } } }),
        &["S/I at CidrIpv6: everybody in the world reaches what is in the group [security::ec2-open-ingress]"],
    );
}
