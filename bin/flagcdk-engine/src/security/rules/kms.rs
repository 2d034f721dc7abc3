//! Keys.

use crate::security::policy;
use crate::security::rule::Check::{Code, Property, Retained};
use crate::security::rule::{Case, Fault, Rule, Unset, Want};

const KEY: &[&str] = &["AWS::KMS::Key"];
const KEYS: &[&str] = &["AWS::KMS::Key", "AWS::KMS::ReplicaKey"];

pub(in crate::security) const RULES: &[Rule] = &[
    Rule::warns(
        "security::kms-rotation",
        KEY,
        &[Code(rotation)],
        "set `EnableKeyRotation` to `true`: what an old key encrypted can still be read",
    ),
    Rule::refuses(
        "security::kms-open-policy",
        KEYS,
        &[Code(|case| policy::open(case, "KeyPolicy"))],
        "name the account, or add a condition on `aws:PrincipalAccount`",
    ),
    Rule::warns(
        "security::kms-services",
        KEYS,
        &[Code(|case| policy::deputies(case, "KeyPolicy"))],
        "add a condition on `aws:SourceAccount`, or on an encryption context that names the account",
    ),
    Rule::warns(
        "security::kms-pending-window",
        KEYS,
        &[Property("PendingWindowInDays", Want::AtLeast(30), Unset::Fine)],
        "leave the window at 30 days: without the key, what it encrypted is lost",
    ),
    Rule::warns(
        "security::kms-retained",
        KEYS,
        &[Retained],
        "set `DeletionPolicy` and `UpdateReplacePolicy` to `Retain`",
    ),
];

/// Only symmetric keys whose material is AWS's own are rotated.
fn rotation(case: &Case<'_, '_>) -> Vec<Fault> {
    let other = |property: &str, usual: &str| case.get(property).is_some_and(|value| value != usual);
    if other("KeySpec", "SYMMETRIC_DEFAULT") || other("Origin", "AWS_KMS") {
        return vec![];
    }
    case.judge("EnableKeyRotation", &Want::True, Unset::Wrong)
}
