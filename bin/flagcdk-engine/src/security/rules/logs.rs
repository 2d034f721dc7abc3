//! Log groups.

use crate::security::policy;
use crate::security::rule::Check::{Code, Property};
use crate::security::rule::{Case, Fault, Rule, Unset, Want};

const GROUP: &[&str] = &["AWS::Logs::LogGroup"];

pub(in crate::security) const RULES: &[Rule] = &[
    Rule::warns(
        "security::logs-encryption",
        GROUP,
        &[Property("KmsKeyId", Want::OwnKey, Unset::Wrong)],
        "set `KmsKeyId` to a key whose policy lets CloudWatch Logs use it",
    ),
    Rule::warns(
        "security::logs-retention",
        GROUP,
        &[Property("RetentionInDays", Want::Set, Unset::Wrong)],
        "set `RetentionInDays`: else logs are kept, and paid for, forever",
    ),
    Rule::warns(
        "security::logs-audit-retention",
        GROUP,
        &[Code(evidence)],
        "keep what is evidence for 365 days or more",
    ),
    Rule::warns(
        "security::logs-services",
        &["AWS::Logs::ResourcePolicy"],
        &[Code(|case| policy::deputies(case, "PolicyDocument"))],
        "add a condition on `aws:SourceAccount` or `aws:SourceArn`",
    ),
];

/// Audit logs and flow logs; without `RetentionInDays` they are kept forever.
fn evidence(case: &Case<'_, '_>) -> Vec<Fault> {
    if !case.links.evidence.contains(&case.place()) {
        return vec![];
    }
    case.judge("RetentionInDays", &Want::AtLeast(365), Unset::Fine)
}
