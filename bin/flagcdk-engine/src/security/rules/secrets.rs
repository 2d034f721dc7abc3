//! Secrets.

use crate::security::rule::Check::{Code, Property};
use crate::security::rule::{Case, Fault, Rule, Unset, Want};

const SECRET: &[&str] = &["AWS::SecretsManager::Secret"];

pub(in crate::security) const RULES: &[Rule] = &[
    Rule::warns(
        "security::secrets-encryption",
        SECRET,
        &[Property("KmsKeyId", Want::OwnKey, Unset::Wrong)],
        "set `KmsKeyId` to a key of the account",
    ),
    Rule::warns(
        "security::secrets-rotation",
        SECRET,
        &[Code(rotation)],
        "add an `AWS::SecretsManager::RotationSchedule`, or do without a secret by IAM authentication",
    ),
];

fn rotation(case: &Case<'_, '_>) -> Vec<Fault> {
    let rotated = case.links.rotated.contains(&case.place());
    if rotated { vec![] } else { vec![Fault::new("", "the secret is never rotated")] }
}
