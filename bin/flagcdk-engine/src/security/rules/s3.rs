//! Buckets.

use crate::security::policy;
use crate::security::rule::Check::{Code, Property};
use crate::security::rule::{Case, Fault, Rule, Unset, Want};

const BUCKET: &[&str] = &["AWS::S3::Bucket"];

pub(in crate::security) const RULES: &[Rule] = &[
    Rule::warns(
        "security::s3-access-logs",
        BUCKET,
        &[Property("LoggingConfiguration", Want::Set, Unset::Wrong)],
        "set `LoggingConfiguration` to a bucket for logs, or record data events by CloudTrail and say so as the reason",
    ),
    Rule::warns(
        "security::s3-encryption",
        BUCKET,
        &[Property(
            "BucketEncryption.ServerSideEncryptionConfiguration.*.ServerSideEncryptionByDefault.SSEAlgorithm",
            Want::OneOf(&["aws:kms", "aws:kms:dsse"]),
            Unset::Wrong,
        )],
        "encrypt by `aws:kms`, with `BucketKeyEnabled` so that it is cheap",
    ),
    Rule::refuses(
        "security::s3-public",
        BUCKET,
        &[
            Property("PublicAccessBlockConfiguration.BlockPublicAcls", Want::True, Unset::Wrong),
            Property("PublicAccessBlockConfiguration.BlockPublicPolicy", Want::True, Unset::Wrong),
            Property("PublicAccessBlockConfiguration.IgnorePublicAcls", Want::True, Unset::Wrong),
            Property("PublicAccessBlockConfiguration.RestrictPublicBuckets", Want::True, Unset::Wrong),
        ],
        "set all four of `PublicAccessBlockConfiguration` to `true`",
    ),
    Rule::warns(
        "security::s3-tls",
        BUCKET,
        &[Code(tls)],
        "add an `AWS::S3::BucketPolicy` that denies `s3:*` to everybody when `aws:SecureTransport` is `false`",
    ),
    Rule::warns(
        "security::s3-versioning",
        BUCKET,
        &[Property("VersioningConfiguration.Status", Want::OneOf(&["Enabled"]), Unset::Wrong)],
        "set `VersioningConfiguration`, so that what is overwritten can be brought back",
    ),
    Rule::refuses(
        "security::s3-open-policy",
        &["AWS::S3::BucketPolicy"],
        &[Code(|case| policy::open(case, "PolicyDocument"))],
        "name who may read, or put CloudFront before the bucket",
    ),
];

fn tls(case: &Case<'_, '_>) -> Vec<Fault> {
    let denied = case.links.only_tls.contains(&case.place());
    if denied { vec![] } else { vec![Fault::new("", "no policy of the bucket denies what does not come by TLS")] }
}
