//! Caches.

use crate::security::rule::Check::{Code, Property};
use crate::security::rule::{Case, Fault, Rule, Unset, Want};

const GROUP: &[&str] = &["AWS::ElastiCache::ReplicationGroup"];

/// The port of Redis, where everybody knocks.
const USUAL_PORT: i64 = 6379;

pub(in crate::security) const RULES: &[Rule] = &[
    Rule::warns(
        "security::elasticache-at-rest",
        GROUP,
        &[
            Property("AtRestEncryptionEnabled", Want::True, Unset::Wrong),
            Property("KmsKeyId", Want::OwnKey, Unset::Wrong),
        ],
        "set `AtRestEncryptionEnabled` and `KmsKeyId`; both replace the cache when they change",
    ),
    Rule::warns(
        "security::elasticache-in-transit",
        GROUP,
        &[
            Property("TransitEncryptionEnabled", Want::True, Unset::Wrong),
            Property("TransitEncryptionMode", Want::OneOf(&["required"]), Unset::Fine),
        ],
        "set `TransitEncryptionEnabled` to `true`",
    ),
    Rule::warns(
        "security::elasticache-authentication",
        GROUP,
        &[Code(authentication)],
        "set `UserGroupIds`, or `AuthToken` to a dynamic reference to a secret",
    ),
    Rule::warns(
        "security::elasticache-failover",
        GROUP,
        &[
            Property("AutomaticFailoverEnabled", Want::True, Unset::Wrong),
            Property("MultiAZEnabled", Want::True, Unset::Wrong),
        ],
        "have a replica in another zone take over",
    ),
    Rule::warns(
        "security::elasticache-port",
        GROUP,
        &[Property("Port", Want::Not(USUAL_PORT), Unset::Wrong)],
        "choose another port, such as 6380",
    ),
    Rule::warns(
        "security::elasticache-snapshots",
        GROUP,
        &[Property("SnapshotRetentionLimit", Want::AtLeast(15), Unset::Wrong)],
        "keep daily snapshots for 15 days",
    ),
    Rule::warns(
        "security::elasticache-upgrades",
        GROUP,
        &[Property("AutoMinorVersionUpgrade", Want::True, Unset::Fine)],
        "leave `AutoMinorVersionUpgrade` on",
    ),
];

fn authentication(case: &Case<'_, '_>) -> Vec<Fault> {
    let asks = case.has("AuthToken") || case.has("UserGroupIds");
    if asks { vec![] } else { vec![Fault::new("", "whoever reaches the cache may read and write")] }
}
