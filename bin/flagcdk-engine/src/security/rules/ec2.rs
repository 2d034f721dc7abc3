//! Networks and security groups.

use serde_json::Value as Json;

use crate::security::rule::Check::{Code, Property};
use crate::security::rule::{Case, Fault, Rule, Unset, Want};
use crate::security::values::Slot;
use crate::validate::suggest::listed;

const VPC: &[&str] = &["AWS::EC2::VPC"];

/// All addresses there are.
const EVERYBODY: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// The services that functions call, by the last parts of the names of their endpoints.
const SERVICES: [&str; 9] = ["dynamodb", "kms", "logs", "monitoring", "s3", "secretsmanager", "sns", "sqs", "sts"];

pub(in crate::security) const RULES: &[Rule] = &[
    Rule::warns(
        "security::ec2-endpoints",
        VPC,
        &[Code(endpoints)],
        "add an `AWS::EC2::VPCEndpoint` for each: without it, calls hang until they time out",
    ),
    Rule::warns("security::ec2-flow-logs", VPC, &[Code(flow_logs)], "add an `AWS::EC2::FlowLog` for all traffic"),
    Rule::warns(
        "security::ec2-open-egress",
        &["AWS::EC2::SecurityGroup"],
        &[
            Property("SecurityGroupEgress", Want::Set, Unset::Wrong),
            Code(|case| open(case, "SecurityGroupEgress.*.", "what is in the group reaches everybody in the world")),
        ],
        "name the security group, the prefix list or the block that is meant; a rule to `127.0.0.1/32` alone closes a group",
    ),
    Rule::warns(
        "security::ec2-open-egress",
        &["AWS::EC2::SecurityGroupEgress"],
        &[Code(|case| open(case, "", "what is in the group reaches everybody in the world"))],
        "name the security group, the prefix list or the block that is meant",
    ),
    Rule::refuses(
        "security::ec2-open-ingress",
        &["AWS::EC2::SecurityGroup"],
        &[Code(|case| open(case, "SecurityGroupIngress.*.", "everybody in the world reaches what is in the group"))],
        "name the security group, the prefix list or the block that is meant",
    ),
    Rule::refuses(
        "security::ec2-open-ingress",
        &["AWS::EC2::SecurityGroupIngress"],
        &[Code(|case| open(case, "", "everybody in the world reaches what is in the group"))],
        "name the security group, the prefix list or the block that is meant",
    ),
    Rule::warns(
        "security::ec2-public-addresses",
        &["AWS::EC2::Subnet"],
        &[Property("MapPublicIpOnLaunch", Want::False, Unset::Fine)],
        "give public addresses to load balancers and NAT gateways alone",
    ),
];

/// A network with functions and no other way out needs endpoints; one without functions has its own reasons.
fn endpoints(case: &Case<'_, '_>) -> Vec<Fault> {
    let Some(network) = case.links.networks.get(&case.place()) else { return vec![] };
    let missing: Vec<_> = SERVICES.into_iter().filter(|service| !network.endpoints.contains(*service)).collect();
    if network.has_way_out || !network.has_functions || missing.is_empty() {
        return vec![];
    }
    vec![Fault::new("", format!("functions in the network have no way to {}", listed(missing)))]
}

fn flow_logs(case: &Case<'_, '_>) -> Vec<Fault> {
    let recorded = case.links.recorded.contains(&case.place());
    if recorded { vec![] } else { vec![Fault::new("", "the traffic of the network is not recorded")] }
}

fn open(case: &Case<'_, '_>, rules: &str, message: &str) -> Vec<Fault> {
    let is_open = |slot: &Slot<'_>| slot.value.and_then(Json::as_str).is_some_and(|block| EVERYBODY.contains(&block));
    let blocks = ["CidrIp", "CidrIpv6"].into_iter().flat_map(|name| case.slots(&format!("{rules}{name}")));
    blocks.filter(is_open).map(|slot| Fault::new(slot.place, message)).collect()
}
