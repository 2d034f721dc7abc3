//! Tables.

use crate::security::rule::Check::{Property, Retained};
use crate::security::rule::{Rule, Unset, Want};

const GLOBAL: &[&str] = &["AWS::DynamoDB::GlobalTable"];
const LOCAL: &[&str] = &["AWS::DynamoDB::Table"];
const BOTH: &[&str] = &["AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"];

const BACKUP: &str = "set `PointInTimeRecoveryEnabled` to `true`, of a global table for each replica";
const PROTECTION: &str = "set `DeletionProtectionEnabled` to `true`, of a global table for each replica";
const ENCRYPTION: &str = "encrypt by KMS, with a key of the account in each region";

pub(in crate::security) const RULES: &[Rule] = &[
    Rule::warns(
        "security::dynamodb-backup",
        GLOBAL,
        &[Property("Replicas.*.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", Want::True, Unset::Wrong)],
        BACKUP,
    ),
    Rule::warns(
        "security::dynamodb-backup",
        LOCAL,
        &[Property("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", Want::True, Unset::Wrong)],
        BACKUP,
    ),
    Rule::warns(
        "security::dynamodb-deletion-protection",
        GLOBAL,
        &[Property("Replicas.*.DeletionProtectionEnabled", Want::True, Unset::Wrong)],
        PROTECTION,
    ),
    Rule::warns(
        "security::dynamodb-deletion-protection",
        LOCAL,
        &[Property("DeletionProtectionEnabled", Want::True, Unset::Wrong)],
        PROTECTION,
    ),
    Rule::warns(
        "security::dynamodb-encryption",
        GLOBAL,
        &[
            Property("SSESpecification.SSEEnabled", Want::True, Unset::Wrong),
            Property("SSESpecification.SSEType", Want::OneOf(&["KMS"]), Unset::Fine),
            Property("Replicas.*.SSESpecification.KMSMasterKeyId", Want::OwnKey, Unset::Wrong),
        ],
        ENCRYPTION,
    ),
    Rule::warns(
        "security::dynamodb-encryption",
        LOCAL,
        &[
            Property("SSESpecification.SSEEnabled", Want::True, Unset::Wrong),
            Property("SSESpecification.KMSMasterKeyId", Want::OwnKey, Unset::Wrong),
        ],
        ENCRYPTION,
    ),
    Rule::warns(
        "security::dynamodb-retained",
        BOTH,
        &[Retained],
        "set `DeletionPolicy` and `UpdateReplacePolicy` to `Retain`",
    ),
];
