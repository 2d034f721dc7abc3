//! The rules of security that the app does not follow, and why.
//!
//! Everything here stands in the templates too, where `flagcdk validate` and checkov read it. What only an environment for
//! development does not follow is said there alone, so that production is held to it.

use flagcdk::Stack;

use crate::{Config, Tier};

/// Says what of the `Regional` stack is as it is on purpose.
pub(crate) fn declare(stack: &Stack, config: &Config) {
    stack.suppress_at(
        "CacheEvents/Resource",
        "security::sns-encryption",
        "ElastiCache publishes to no topic that is encrypted; it says there that a node failed, and nothing of flags",
    );
    stack.suppress_at(
        "CacheToken/Resource",
        "security::secrets-rotation",
        "the cache learns its password when the stack is deployed: a rotation that does not tell it locks everybody out",
    );
    if !config.multi_az {
        stack.suppress_at(
            "Cache",
            "security::elasticache-failover",
            "`multi_az` is off in this environment: the cache is one node, and is written again from the table",
        );
    }
    if config.tier == Tier::Development {
        for rule in ["security::opensearch-masters", "security::opensearch-zones"] {
            stack.suppress_at("Audit", rule, "the audit domain of a development environment is one node");
        }
        stack.suppress_at(
            "Functions",
            "security::lambda-reserved-concurrency",
            "the functions of a development environment share the concurrency that an account has",
        );
    }
}
