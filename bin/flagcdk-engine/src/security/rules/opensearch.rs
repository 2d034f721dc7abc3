//! Domains of OpenSearch Service.

use crate::security::rule::Check::{Code, Property};
use crate::security::rule::{Case, Fault, Rule, Unset, Want};
use crate::security::values::truth;

const DOMAIN: &[&str] = &["AWS::OpenSearchService::Domain"];

/// TLS 1.2 and later, with forward secrecy.
const TLS_POLICIES: &[&str] = &["Policy-Min-TLS-1-2-PFS-2023-10", "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08"];

pub(in crate::security) const RULES: &[Rule] = &[
    Rule::warns(
        "security::opensearch-access",
        DOMAIN,
        &[
            Property("AdvancedSecurityOptions.Enabled", Want::True, Unset::Wrong),
            Property("AdvancedSecurityOptions.InternalUserDatabaseEnabled", Want::False, Unset::Fine),
            Property("AdvancedSecurityOptions.MasterUserOptions.MasterUserARN", Want::Set, Unset::Wrong),
            Property("AdvancedSecurityOptions.AnonymousAuthEnabled", Want::False, Unset::Fine),
        ],
        "switch fine-grained access control on, with a role as `MasterUserARN` and no internal users",
    ),
    Rule::warns(
        "security::opensearch-at-rest",
        DOMAIN,
        &[
            Property("EncryptionAtRestOptions.Enabled", Want::True, Unset::Wrong),
            Property("EncryptionAtRestOptions.KmsKeyId", Want::OwnKey, Unset::Wrong),
        ],
        "set `EncryptionAtRestOptions` with a key of the account",
    ),
    Rule::warns(
        "security::opensearch-https",
        DOMAIN,
        &[
            Property("DomainEndpointOptions.EnforceHTTPS", Want::True, Unset::Wrong),
            Property("DomainEndpointOptions.TLSSecurityPolicy", Want::OneOf(TLS_POLICIES), Unset::Wrong),
        ],
        "set `EnforceHTTPS`, and a policy of TLS 1.2 with forward secrecy",
    ),
    Rule::warns(
        "security::opensearch-logs",
        DOMAIN,
        &[
            Property("LogPublishingOptions.AUDIT_LOGS.Enabled", Want::True, Unset::Wrong),
            Property("LogPublishingOptions.INDEX_SLOW_LOGS.Enabled", Want::True, Unset::Wrong),
            Property("LogPublishingOptions.SEARCH_SLOW_LOGS.Enabled", Want::True, Unset::Wrong),
        ],
        "publish `AUDIT_LOGS`, `INDEX_SLOW_LOGS` and `SEARCH_SLOW_LOGS` to log groups",
    ),
    Rule::warns(
        "security::opensearch-masters",
        DOMAIN,
        &[
            Property("ClusterConfig.DedicatedMasterEnabled", Want::True, Unset::Wrong),
            Property("ClusterConfig.DedicatedMasterCount", Want::AtLeast(3), Unset::Wrong),
        ],
        "take three dedicated masters, so that two of them can outvote one that is cut off",
    ),
    Rule::warns(
        "security::opensearch-node-to-node",
        DOMAIN,
        &[Property("NodeToNodeEncryptionOptions.Enabled", Want::True, Unset::Wrong)],
        "set `NodeToNodeEncryptionOptions`",
    ),
    Rule::warns(
        "security::opensearch-vpc",
        DOMAIN,
        &[Property("VPCOptions.SubnetIds", Want::Set, Unset::Wrong)],
        "put the domain into private subnets; a domain cannot be moved there later",
    ),
    Rule::warns(
        "security::opensearch-zones",
        DOMAIN,
        &[Code(zones)],
        "spread the nodes over zones by `ZoneAwarenessEnabled`",
    ),
];

/// Standby is zone awareness by another name.
fn zones(case: &Case<'_, '_>) -> Vec<Fault> {
    if case.get("ClusterConfig.MultiAZWithStandbyEnabled").and_then(truth) == Some(true) {
        return vec![];
    }
    case.judge("ClusterConfig.ZoneAwarenessEnabled", &Want::True, Unset::Wrong)
}
