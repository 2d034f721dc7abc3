//! What must be in an account before the first deploy: a bucket in every region, and the roles of StackSets.
//!
//! It is one small stack per region, [`STACK_NAME`], which every app of the account shares. A deploy makes it where it is
//! missing. The roles are the ones of
//! [self-managed permissions](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html),
//! with the condition against the confused deputy that the guide recommends.

use std::collections::BTreeMap;

use flagcdk_assembly::{ASSET_BUCKET, Capability, Region};
use serde_json::{Value as Json, json};

use crate::{Desired, Identity};

/// The name of the stack in every region.
pub const STACK_NAME: &str = "flagcdk-bootstrap";

/// The role that StackSets act with in this account.
pub const ADMINISTRATION_ROLE: &str = "flagcdk-stackset-administration";

/// The role that makes the resources; the administration role alone may take it.
pub const EXECUTION_ROLE: &str = "flagcdk-stackset-execution";

/// The asset bucket of the account in a region.
pub(crate) fn bucket(identity: &Identity, region: Region) -> String {
    ASSET_BUCKET.replace("${AWS::AccountId}", &identity.account).replace("${AWS::Region}", region.as_str())
}

/// The ARN of [`ADMINISTRATION_ROLE`].
pub(crate) fn administration_role_arn(identity: &Identity, region: Region) -> String {
    format!("arn:{}:iam::{}:role/{ADMINISTRATION_ROLE}", region.partition().as_str(), identity.account)
}

/// The bootstrap stack of a region; the home region's has the roles.
pub(crate) fn desired(region: Region, home: Region) -> Desired {
    let mut resources = bucket_resources();
    if region == home {
        resources.extend(role_resources());
    }
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "What flagcdk needs in an account: asset buckets and the roles of StackSets",
        "Resources": resources,
        "Outputs": { "BucketName": { "Value": { "Ref": "Assets" } } },
    });
    Desired {
        name: STACK_NAME.to_owned(),
        description: String::new(),
        template: template.to_string(),
        parameters: BTreeMap::new(),
        tags: BTreeMap::from([("flagcdk:app".to_owned(), STACK_NAME.to_owned())]),
        capabilities: vec![Capability::NamedIam],
    }
}

fn bucket_resources() -> serde_json::Map<String, Json> {
    let account_root = json!({ "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" });
    let resources = json!({
        "Key": {
            "Type": "AWS::KMS::Key",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "Description": "encrypts what flagcdk publishes",
                "EnableKeyRotation": true,
                "PendingWindowInDays": 30,
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [{
                        "Effect": "Allow", "Principal": { "AWS": account_root }, "Action": "kms:*", "Resource": "*",
                    }],
                },
            },
        },
        "Assets": {
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "BucketName": { "Fn::Sub": ASSET_BUCKET },
                "VersioningConfiguration": { "Status": "Enabled" },
                "BucketEncryption": { "ServerSideEncryptionConfiguration": [{
                    "BucketKeyEnabled": true,
                    "ServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": { "Fn::GetAtt": ["Key", "Arn"] },
                    },
                }] },
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": true, "BlockPublicPolicy": true,
                    "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
                },
                "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
                // Current versions stay: a stack may refer to any of them. What was replaced after a damage may go.
                "LifecycleConfiguration": { "Rules": [{
                    "Id": "replaced", "Status": "Enabled",
                    "NoncurrentVersionExpiration": { "NoncurrentDays": 90 },
                    "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 1 },
                }] },
            },
        },
        "AssetsPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "Bucket": { "Ref": "Assets" },
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{
                        "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
                        "Resource": [
                            { "Fn::GetAtt": ["Assets", "Arn"] }, { "Fn::Sub": "${Assets.Arn}/*" },
                        ],
                        "Condition": { "Bool": { "aws:SecureTransport": "false" } },
                    }],
                },
            },
        },
    });
    into_map(resources)
}

fn role_resources() -> serde_json::Map<String, Json> {
    into_map(json!({
        "Administration": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": ADMINISTRATION_ROLE,
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{
                        "Effect": "Allow",
                        "Principal": { "Service": "cloudformation.amazonaws.com" },
                        "Action": "sts:AssumeRole",
                        "Condition": {
                            "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } },
                            "StringLike": { "aws:SourceArn": {
                                "Fn::Sub": "arn:${AWS::Partition}:cloudformation:*:${AWS::AccountId}:stackset/*",
                            } },
                        },
                    }],
                },
                "Policies": [{
                    "PolicyName": "take-execution-role",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [{
                            "Effect": "Allow", "Action": "sts:AssumeRole",
                            "Resource": { "Fn::Sub": format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{EXECUTION_ROLE}") },
                        }],
                    },
                }],
            },
        },
        "Execution": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": EXECUTION_ROLE,
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{
                        "Effect": "Allow",
                        "Principal": { "AWS": { "Fn::GetAtt": ["Administration", "Arn"] } },
                        "Action": "sts:AssumeRole",
                    }],
                },
                // An app may declare any resource, so its deploys may make any: the same choice as of CDK's bootstrap.
                "ManagedPolicyArns": [{ "Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess" }],
            },
        },
    }))
}

fn into_map(resources: Json) -> serde_json::Map<String, Json> {
    match resources {
        Json::Object(entries) => entries,
        _ => unreachable!("written as an object above"),
    }
}

#[cfg(test)]
mod tests {
    use flagcdk_assembly::{Assembly, Manifest, Placement, StackEntry};

    use super::*;
    use crate::validate::review;

    fn findings(region: Region) -> Vec<String> {
        let home = Region::EU_WEST_1;
        let mut assembly =
            Assembly { manifest: Manifest::new(STACK_NAME, home, vec![region]), templates: BTreeMap::new() };
        assembly.templates.insert("template".into(), desired(region, home).template);
        assembly.manifest.stacks.push(StackEntry {
            id: "Bootstrap".into(),
            name: STACK_NAME.into(),
            description: String::new(),
            placement: Placement::EveryRegion,
            template: "template".into(),
            capabilities: vec![Capability::NamedIam],
            tags: BTreeMap::new(),
            depends_on: vec![],
            wires: vec![],
            look_ups: vec![],
            assets: vec![],
        });
        let findings = review(&assembly).findings.into_iter().filter(|finding| finding.code.starts_with("security::"));
        findings.map(|finding| format!("{} {}", finding.code, finding.path)).collect()
    }

    #[test]
    fn it_obeys_the_rules_that_it_asks_others_to_obey() {
        // A log of access would need another bucket; who reads what is published is in CloudTrail.
        let bucket = "security::s3-access-logs Bootstrap/Assets at LoggingConfiguration";
        // An app may declare any resource, so whoever deploys it may make any.
        let role = "security::iam-administrator Bootstrap/Execution at ManagedPolicyArns.0";
        assert_eq!(findings(Region::US_EAST_1), [bucket]);
        assert_eq!(findings(Region::EU_WEST_1), [role, bucket]);
    }
}
