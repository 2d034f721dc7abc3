//! The rules of security by their names: what somebody who suppresses one and somebody who checks it agree on.
//!
//! The engine checks the rules. A resource says in its template's `Metadata` which ones it does not follow, and why:
//!
//! ```json
//! { "flagcdk": { "suppress": [{ "id": "security::sns-encryption", "reason": "ElastiCache takes no encrypted topic" }] } }
//! ```
//!
//! An entry that holds for a construct and everything below it has the construct's path as `from`.

use serde::{Deserialize, Serialize};

/// The key in a resource's `Metadata` under which [`SUPPRESS_KEY`] is.
pub const METADATA_KEY: &str = "flagcdk";

/// The key of the list of [`Suppression`]s.
pub const SUPPRESS_KEY: &str = "suppress";

/// That a resource does not follow a rule, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Suppression {
    /// The rule: one of [`SECURITY_RULES`], or one of checkov (`CKV_…`) or cfn-nag (`W11`, `F3`).
    pub id: String,
    /// Why it is right here not to follow the rule. An empty reason is an error.
    pub reason: String,
    /// The construct that this was said of, if it is one above the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// A rule of security: its name, what it is about, and what others call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityRule {
    /// The stable name, such as `security::kms-rotation`.
    pub id: &'static str,
    /// What must hold, in one sentence.
    pub summary: &'static str,
    /// The types of resources that it is about.
    pub kinds: &'static [&'static str],
    /// The rules of AWS Security Hub (FSBP) and cdk-nag (AwsSolutions) that it answers.
    pub controls: &'static str,
    /// The checks of checkov that it answers.
    pub checkov: &'static [&'static str],
    /// The rules of cfn-nag that it answers.
    pub cfn_nag: &'static [&'static str],
}

impl SecurityRule {
    /// The rule of this name.
    pub fn find(id: &str) -> Option<&'static Self> {
        SECURITY_RULES.iter().find(|rule| rule.id == id)
    }

    /// Whether the rule is about a type of resource.
    pub fn is_about(&self, kind: &str) -> bool {
        self.kinds.contains(&kind)
    }
}

/// Whether a name is of the form of checkov's.
pub fn is_checkov_id(id: &str) -> bool {
    id.starts_with("CKV_") || id.starts_with("CKV2_")
}

/// Whether a name is of the form of cfn-nag's.
pub fn is_cfn_nag_id(id: &str) -> bool {
    let number = id.strip_prefix(['W', 'F']).unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

macro_rules! rules {
    ($($id:literal: $summary:literal on [$($kind:literal),+], $controls:literal, [$($checkov:literal),*], [$($cfn_nag:literal),*];)*) => {
        /// Every rule, by name.
        pub const SECURITY_RULES: &[SecurityRule] = &[$(SecurityRule {
            id: concat!("security::", $id),
            summary: $summary,
            kinds: &[$($kind),+],
            controls: $controls,
            checkov: &[$($checkov),*],
            cfn_nag: &[$($cfn_nag),*],
        }),*];
    };
}

rules! {
    "dynamodb-backup": "Every replica of a table can be restored to a point in time"
        on ["AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"], "DynamoDB.2, AwsSolutions-DDB3", ["CKV_AWS_28", "CKV_AWS_165"], ["W78"];
    "dynamodb-deletion-protection": "Every replica of a table is protected from deletion"
        on ["AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"], "DynamoDB.6", [], [];
    "dynamodb-encryption": "Every replica of a table is encrypted by a key of the account"
        on ["AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"], "", ["CKV_AWS_119"], ["W74"];
    "dynamodb-retained": "A table stays when it leaves its stack"
        on ["AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"], "", [], [];
    "ec2-endpoints": "A network without a way out has endpoints for the services that functions call"
        on ["AWS::EC2::VPC"], "EC2.10", [], [];
    "ec2-flow-logs": "The traffic of a network is recorded"
        on ["AWS::EC2::VPC"], "EC2.6, AwsSolutions-VPC7", [], ["W60"];
    "ec2-open-egress": "Security groups let nothing out to the whole world"
        on ["AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupEgress"], "", [], ["W5", "F1000"];
    "ec2-open-ingress": "Security groups let nobody in from the whole world"
        on ["AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"], "EC2.18, EC2.19, AwsSolutions-EC23",
        ["CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260"], ["W2"];
    "ec2-public-addresses": "Subnets give out no public addresses"
        on ["AWS::EC2::Subnet"], "EC2.15", ["CKV_AWS_130"], ["W33"];
    "elasticache-at-rest": "A cache is encrypted at rest by a key of the account"
        on ["AWS::ElastiCache::ReplicationGroup"], "ElastiCache.4, AwsSolutions-AEC3", ["CKV_AWS_29", "CKV_AWS_191"], ["F25"];
    "elasticache-authentication": "A cache asks who is there"
        on ["AWS::ElastiCache::ReplicationGroup"], "ElastiCache.6, AwsSolutions-AEC6", ["CKV_AWS_31"], [];
    "elasticache-failover": "A cache survives the loss of a zone"
        on ["AWS::ElastiCache::ReplicationGroup"], "ElastiCache.3, AwsSolutions-AEC4", [], [];
    "elasticache-in-transit": "A cache speaks TLS alone"
        on ["AWS::ElastiCache::ReplicationGroup"], "ElastiCache.5, AwsSolutions-AEC3", ["CKV_AWS_30"], ["F33"];
    "elasticache-port": "A cache is not at the port where everybody knocks"
        on ["AWS::ElastiCache::ReplicationGroup"], "AwsSolutions-AEC5", [], [];
    "elasticache-snapshots": "Snapshots of a cache are kept for 15 days or more"
        on ["AWS::ElastiCache::ReplicationGroup"], "ElastiCache.1", [], [];
    "elasticache-upgrades": "Minor versions of a cache are upgraded"
        on ["AWS::ElastiCache::ReplicationGroup"], "ElastiCache.2", [], [];
    "iam-access-key": "There are no long-lived access keys"
        on ["AWS::IAM::AccessKey"], "IAM.3", [], [];
    "iam-administrator": "Nobody may do everything"
        on ["AWS::IAM::Group", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::RolePolicy", "AWS::IAM::User"],
        "IAM.1, AwsSolutions-IAM4", ["CKV_AWS_62", "CKV_AWS_63"], ["F3", "F4", "F5"];
    "iam-open-trust": "A role can be taken on by those alone who are named"
        on ["AWS::IAM::Role"], "", ["CKV_AWS_60", "CKV_AWS_61"], ["F2"];
    "iam-wildcard-action": "Permissions name their actions"
        on ["AWS::IAM::Group", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::RolePolicy", "AWS::IAM::User"],
        "IAM.21, AwsSolutions-IAM5", [], [];
    "iam-wildcard-resource": "Permissions name the resources that they are about, where there are any"
        on ["AWS::IAM::Group", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::RolePolicy", "AWS::IAM::User"],
        "AwsSolutions-IAM5", ["CKV_AWS_107", "CKV_AWS_108", "CKV_AWS_109", "CKV_AWS_111"],
        ["W11", "W12", "W13"];
    "kms-open-policy": "Keys are for those who are named"
        on ["AWS::KMS::Key", "AWS::KMS::ReplicaKey"], "KMS.5", ["CKV_AWS_33"], ["F76"];
    "kms-pending-window": "A key that is deleted can be brought back for 30 days"
        on ["AWS::KMS::Key", "AWS::KMS::ReplicaKey"], "", [], [];
    "kms-retained": "A key stays when it leaves its stack"
        on ["AWS::KMS::Key", "AWS::KMS::ReplicaKey"], "KMS.3", [], [];
    "kms-rotation": "Keys are rotated every year"
        on ["AWS::KMS::Key"], "KMS.4, AwsSolutions-KMS5", ["CKV_AWS_7"], ["F19"];
    "kms-services": "Services use a key on behalf of its own account alone"
        on ["AWS::KMS::Key", "AWS::KMS::ReplicaKey"], "", [], [];
    "lambda-dead-letters": "What a function fails on is kept"
        on ["AWS::Lambda::Function"], "", ["CKV_AWS_116"], [];
    "lambda-environment": "The environment of a function is encrypted by a key of the account"
        on ["AWS::Lambda::Function"], "", ["CKV_AWS_173"], [];
    "lambda-log-group": "A function writes to a log group of its stack"
        on ["AWS::Lambda::Function"], "", [], [];
    "lambda-own-role": "Every function has a role of its own"
        on ["AWS::Lambda::Function"], "", [], [];
    "lambda-permission": "Functions are invoked by those alone who are named"
        on ["AWS::Lambda::Permission"], "Lambda.1", ["CKV_AWS_364"], ["F13"];
    "lambda-reserved-concurrency": "A function cannot take all concurrency of the account"
        on ["AWS::Lambda::Function"], "", ["CKV_AWS_115"], ["W92"];
    "lambda-runtime": "Functions run on what AWS still mends"
        on ["AWS::Lambda::Function"], "Lambda.2, AwsSolutions-L1", ["CKV_AWS_363"], [];
    "lambda-secret": "The environment of a function holds no secret"
        on ["AWS::Lambda::Function"], "", ["CKV_AWS_45"], [];
    "lambda-tracing": "Functions are traced"
        on ["AWS::Lambda::Function"], "Lambda.7", ["CKV_AWS_50"], [];
    "lambda-vpc": "Functions are in a network"
        on ["AWS::Lambda::Function"], "Lambda.3", ["CKV_AWS_117"], ["W89"];
    "logs-audit-retention": "Logs that are evidence are kept for a year"
        on ["AWS::Logs::LogGroup"], "CloudWatch.16", ["CKV_AWS_338"], [];
    "logs-encryption": "Logs are encrypted by a key of the account"
        on ["AWS::Logs::LogGroup"], "", ["CKV_AWS_158"], ["W84"];
    "logs-retention": "It is said for how long logs are kept"
        on ["AWS::Logs::LogGroup"], "", ["CKV_AWS_66"], ["W86"];
    "logs-services": "Services write logs on behalf of the account alone"
        on ["AWS::Logs::ResourcePolicy"], "", [], [];
    "opensearch-access": "Fine-grained access control decides about a domain, and a role is its master"
        on ["AWS::OpenSearchService::Domain"], "Opensearch.7, AwsSolutions-OS5", [], [];
    "opensearch-at-rest": "A domain is encrypted at rest by a key of the account"
        on ["AWS::OpenSearchService::Domain"], "Opensearch.1, AwsSolutions-OS8", ["CKV_AWS_5", "CKV_AWS_247"], [];
    "opensearch-https": "A domain speaks TLS 1.2 or later alone"
        on ["AWS::OpenSearchService::Domain"], "Opensearch.8", ["CKV_AWS_83", "CKV_AWS_228"], [];
    "opensearch-logs": "A domain publishes its audit log and its slow logs"
        on ["AWS::OpenSearchService::Domain"], "Opensearch.4, Opensearch.5, AwsSolutions-OS9", ["CKV_AWS_84", "CKV_AWS_317"], [];
    "opensearch-masters": "A domain has three dedicated master nodes"
        on ["AWS::OpenSearchService::Domain"], "Opensearch.11, AwsSolutions-OS4", [], [];
    "opensearch-node-to-node": "The nodes of a domain speak TLS to each other"
        on ["AWS::OpenSearchService::Domain"], "Opensearch.3, AwsSolutions-OS2", ["CKV_AWS_6"], ["W85"];
    "opensearch-vpc": "A domain is in a network"
        on ["AWS::OpenSearchService::Domain"], "Opensearch.2, AwsSolutions-OS1", ["CKV_AWS_137"], ["W90"];
    "opensearch-zones": "A domain survives the loss of a zone"
        on ["AWS::OpenSearchService::Domain"], "Opensearch.6, AwsSolutions-OS7", [], [];
    "s3-access-logs": "It is recorded who reads a bucket"
        on ["AWS::S3::Bucket"], "S3.9, AwsSolutions-S1", ["CKV_AWS_18"], ["W35"];
    "s3-encryption": "A bucket is encrypted by a key of the account"
        on ["AWS::S3::Bucket"], "S3.17", ["CKV_AWS_19", "CKV_AWS_145"], ["W41"];
    "s3-open-policy": "Buckets are for those who are named"
        on ["AWS::S3::BucketPolicy"], "S3.2, S3.3", ["CKV_AWS_70"], ["F16"];
    "s3-public": "A bucket blocks all public access"
        on ["AWS::S3::Bucket"], "S3.8, AwsSolutions-S2",
        ["CKV_AWS_20", "CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56", "CKV_AWS_57"], [];
    "s3-tls": "A bucket is reached by TLS alone"
        on ["AWS::S3::Bucket"], "S3.5, AwsSolutions-S10", [], ["W51"];
    "s3-versioning": "A bucket keeps earlier versions"
        on ["AWS::S3::Bucket"], "S3.14", ["CKV_AWS_21"], [];
    "secrets-encryption": "A secret is encrypted by a key of the account"
        on ["AWS::SecretsManager::Secret"], "", ["CKV_AWS_149"], ["W77"];
    "secrets-rotation": "Secrets are rotated"
        on ["AWS::SecretsManager::Secret"], "SecretsManager.1, AwsSolutions-SMG4", [], [];
    "sns-delivery-logs": "It is logged what a topic could not deliver"
        on ["AWS::SNS::Topic"], "SNS.2", [], [];
    "sns-encryption": "A topic is encrypted by a key of the account"
        on ["AWS::SNS::Topic"], "SNS.1, AwsSolutions-SNS2", ["CKV_AWS_26"], ["W47"];
    "sns-open-policy": "Topics are for those who are named"
        on ["AWS::SNS::TopicPolicy"], "SNS.4", ["CKV_AWS_169"], ["F18"];
    "sns-services": "Services publish on behalf of the account alone"
        on ["AWS::SNS::TopicPolicy"], "", [], [];
    "sns-subscription-dead-letters": "What a subscription cannot deliver is kept"
        on ["AWS::SNS::Subscription"], "", [], [];
    "sns-tls": "A topic is reached by TLS alone"
        on ["AWS::SNS::Topic"], "AwsSolutions-SNS3", [], [];
    "sqs-dead-letters": "What nobody can handle leaves a queue"
        on ["AWS::SQS::Queue"], "AwsSolutions-SQS3", [], [];
    "sqs-encryption": "A queue is encrypted"
        on ["AWS::SQS::Queue"], "SQS.1, AwsSolutions-SQS2", ["CKV_AWS_27"], ["W48"];
    "sqs-open-policy": "Queues are for those who are named"
        on ["AWS::SQS::QueuePolicy"], "SQS.3", ["CKV_AWS_168"], ["F21"];
    "sqs-retention": "Messages are kept for 14 days"
        on ["AWS::SQS::Queue"], "", [], [];
    "sqs-services": "Services send on behalf of the account alone"
        on ["AWS::SQS::QueuePolicy"], "", [], [];
    "sqs-tls": "A queue is reached by TLS alone"
        on ["AWS::SQS::Queue"], "AwsSolutions-SQS4", [], [];
    "states-encryption": "A state machine is encrypted by a key of the account"
        on ["AWS::StepFunctions::StateMachine"], "", [], [];
    "states-logging": "Every step of a state machine is logged"
        on ["AWS::StepFunctions::StateMachine"], "StepFunctions.1, AwsSolutions-SF1", ["CKV_AWS_285"], [];
    "states-tracing": "A state machine is traced"
        on ["AWS::StepFunctions::StateMachine"], "AwsSolutions-SF2", ["CKV_AWS_284"], [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_ordered_and_found() {
        assert!(SECURITY_RULES.is_sorted_by(|a, b| a.id < b.id));
        assert!(SecurityRule::find("security::kms-rotation").unwrap().is_about("AWS::KMS::Key"));
        assert_eq!(SecurityRule::find("security::nonsense"), None);
    }

    #[test]
    fn names_of_others_are_known_by_their_form() {
        for rule in SECURITY_RULES {
            assert!(rule.checkov.iter().all(|id| is_checkov_id(id)), "{}", rule.id);
            assert!(rule.cfn_nag.iter().all(|id| is_cfn_nag_id(id)), "{}", rule.id);
        }
        assert!(["W", "Warning", "W1a", "security::kms-rotation"].iter().all(|id| !is_cfn_nag_id(id)));
    }
}
