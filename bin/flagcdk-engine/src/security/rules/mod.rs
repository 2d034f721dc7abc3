//! The rules, a table for each service.

mod dynamodb;
mod ec2;
mod elasticache;
mod iam;
mod kms;
mod lambda;
mod logs;
mod opensearch;
mod s3;
mod secrets;
mod sns;
mod sqs;
mod states;

use super::rule::Rule;

/// Every rule.
pub(super) fn all() -> impl Iterator<Item = &'static Rule> {
    [
        dynamodb::RULES,
        ec2::RULES,
        elasticache::RULES,
        iam::RULES,
        kms::RULES,
        lambda::RULES,
        logs::RULES,
        opensearch::RULES,
        s3::RULES,
        secrets::RULES,
        sns::RULES,
        sqs::RULES,
        states::RULES,
    ]
    .into_iter()
    .flatten()
}
