//! Queues.

use crate::security::policy;
use crate::security::rule::Check::{Code, Property};
use crate::security::rule::{Case, Fault, Rule, Unset, Want};

const QUEUE: &[&str] = &["AWS::SQS::Queue"];
const POLICY: &[&str] = &["AWS::SQS::QueuePolicy"];

/// 14 days, the longest that there is.
const LONGEST_RETENTION: i64 = 14 * 24 * 60 * 60;

pub(in crate::security) const RULES: &[Rule] = &[
    Rule::warns(
        "security::sqs-encryption",
        QUEUE,
        &[Code(encryption)],
        "set `KmsMasterKeyId` to a key of the account, or `SqsManagedSseEnabled` to `true`",
    ),
    Rule::warns(
        "security::sqs-dead-letters",
        QUEUE,
        &[Code(dead_letters)],
        "set `RedrivePolicy`, so that a message that fails again and again does not hold up the others",
    ),
    Rule::warns(
        "security::sqs-retention",
        QUEUE,
        &[Property("MessageRetentionPeriod", Want::AtLeast(LONGEST_RETENTION), Unset::Wrong)],
        "keep messages for 14 days, the time that people have to mend what went wrong",
    ),
    Rule::warns(
        "security::sqs-tls",
        QUEUE,
        &[Code(tls)],
        "add an `AWS::SQS::QueuePolicy` that denies `sqs:*` to everybody when `aws:SecureTransport` is `false`",
    ),
    Rule::refuses(
        "security::sqs-open-policy",
        POLICY,
        &[Code(|case| policy::open(case, "PolicyDocument"))],
        "name who may send, or add a condition on `aws:SourceArn` or `aws:PrincipalAccount`",
    ),
    Rule::warns(
        "security::sqs-services",
        POLICY,
        &[Code(|case| policy::deputies(case, "PolicyDocument"))],
        "add a condition on `aws:SourceArn` or `aws:SourceAccount`",
    ),
];

fn encryption(case: &Case<'_, '_>) -> Vec<Fault> {
    if case.has("KmsMasterKeyId") {
        return vec![];
    }
    case.judge("SqsManagedSseEnabled", &Want::True, Unset::Wrong)
}

/// A queue that is for dead letters itself has none.
fn dead_letters(case: &Case<'_, '_>) -> Vec<Fault> {
    let is_last = case.links.dead_letters.contains(&case.place()) || case.has("RedriveAllowPolicy");
    if is_last || case.has("RedrivePolicy") {
        return vec![];
    }
    vec![Fault::new("", "the queue has no `RedrivePolicy`, and nothing sends its dead letters there")]
}

fn tls(case: &Case<'_, '_>) -> Vec<Fault> {
    let denied = case.links.only_tls.contains(&case.place());
    if denied { vec![] } else { vec![Fault::new("", "no policy of the queue denies what does not come by TLS")] }
}
