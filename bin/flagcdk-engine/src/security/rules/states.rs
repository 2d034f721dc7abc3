//! State machines.

use crate::security::rule::Check::Property;
use crate::security::rule::{Rule, Unset, Want};

const MACHINE: &[&str] = &["AWS::StepFunctions::StateMachine"];

pub(in crate::security) const RULES: &[Rule] = &[
    Rule::warns(
        "security::states-encryption",
        MACHINE,
        &[Property("EncryptionConfiguration.Type", Want::OneOf(&["CUSTOMER_MANAGED_KMS_KEY"]), Unset::Wrong)],
        "set `EncryptionConfiguration` with a key of the account, since executions hold what they work on",
    ),
    Rule::warns(
        "security::states-logging",
        MACHINE,
        &[Property("LoggingConfiguration.Level", Want::OneOf(&["ALL"]), Unset::Wrong)],
        "set `LoggingConfiguration` with `Level` `ALL`",
    ),
    Rule::warns(
        "security::states-tracing",
        MACHINE,
        &[Property("TracingConfiguration.Enabled", Want::True, Unset::Wrong)],
        "set `TracingConfiguration`",
    ),
];
