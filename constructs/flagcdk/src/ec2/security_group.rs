//! Security groups and their rules.

use std::fmt;

use flagcdk_cfn as cfn;
use flagcdk_core::{IntoValue, Scope, Value};
use typed_builder::TypedBuilder;

use super::VpcRef;

/// The most characters in the description of a group or a rule.
const MAX_DESCRIPTION: usize = 255;

/// How a [`SecurityGroup`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct SecurityGroupProps {
    /// The network that the group is in.
    #[builder(setter(into))]
    vpc: VpcRef,
    /// What the group is for. It cannot be changed without a new group.
    #[builder(setter(into))]
    description: String,
}

/// A security group that lets nothing in and nothing out until it is told.
///
/// Rules are resources of their own, so that two groups may name one another. They are stateful: whoever may ask gets an
/// answer.
///
/// See [AWS::EC2::SecurityGroup](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html).
///
/// ```
/// use flagcdk::ec2::{Peer, Port, SecurityGroup, SecurityGroupProps, Vpc, VpcProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Network", Placement::EveryRegion);
/// let vpc = Vpc::new(&stack, "Vpc", VpcProps::builder().build());
/// let group = SecurityGroup::new(&stack, "Api", SecurityGroupProps::builder().vpc(&vpc).description("The API").build());
/// group.allow_from("Office", Peer::Cidr("203.0.113.0/24".into()), Port::tcp(443), "The office calls");
/// assert!(app.synth()?.template("Network").contains("203.0.113.0/24"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SecurityGroup {
    scope: Scope,
    id: Value<String>,
}

/// The ports, and the protocol, of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    protocol: &'static str,
    from: u16,
    to: u16,
}

/// The other side of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Peer {
    /// A block of IPv4 addresses.
    Cidr(Value<String>),
    /// A [prefix list](https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html), by its id: such as the
    /// addresses of a service that has a gateway endpoint.
    PrefixList(Value<String>),
    /// A security group, by its id.
    SecurityGroup(Value<String>),
}

impl SecurityGroup {
    /// Makes the group.
    pub fn new(scope: &Scope, id: &str, props: SecurityGroupProps) -> Self {
        let scope = scope.construct(id);
        check_description(&scope, &props.description);
        // Without a rule of its own a group gets one that lets everything out. This one lets out what stays at home.
        let closed = cfn::ec2::security_group::Egress::new()
            .ip_protocol("-1")
            .cidr_ip("127.0.0.1/32")
            .description("Nothing leaves but by the rules below");
        let group = cfn::ec2::SecurityGroup::new()
            .group_description(props.description)
            .vpc_id(props.vpc.id())
            .security_group_egress([closed]);
        let handle = scope.add("Resource", group);
        let id = handle.get(cfn::ec2::SecurityGroup::GROUP_ID);
        Self { scope, id }
    }

    /// The group's id, `sg-…`.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// Lets the members of this group speak to those of another, on both sides. `why` is the description of the rules.
    pub fn connect_to(&self, other: &SecurityGroup, port: Port, why: &str) {
        self.allow_to(&format!("To{}{port}", other.place()), other, port, why);
        other.allow_from(&format!("From{}{port}", self.place()), self, port, why);
    }

    /// Lets the members of this group speak to a peer. The id is that of the rule.
    pub fn allow_to(&self, id: &str, peer: impl Into<Peer>, port: Port, why: &str) {
        let scope = self.rule(id, why);
        let rule = cfn::ec2::SecurityGroupEgress::new()
            .group_id(&self.id)
            .ip_protocol(port.protocol)
            .from_port(port.from)
            .to_port(port.to)
            .description(why);
        let rule = match peer.into() {
            Peer::Cidr(block) => {
                warn_of_everybody(&scope, &block, "to the whole internet");
                rule.cidr_ip(block)
            }
            Peer::PrefixList(list) => rule.destination_prefix_list_id(list),
            Peer::SecurityGroup(group) => rule.destination_security_group_id(group),
        };
        scope.add("Resource", rule);
    }

    /// Lets a peer speak to the members of this group. The id is that of the rule.
    pub fn allow_from(&self, id: &str, peer: impl Into<Peer>, port: Port, why: &str) {
        let scope = self.rule(id, why);
        let rule = cfn::ec2::SecurityGroupIngress::new()
            .group_id(&self.id)
            .ip_protocol(port.protocol)
            .from_port(port.from)
            .to_port(port.to)
            .description(why);
        let rule = match peer.into() {
            Peer::Cidr(block) => {
                warn_of_everybody(&scope, &block, "from the whole internet");
                rule.cidr_ip(block)
            }
            Peer::PrefixList(list) => rule.source_prefix_list_id(list),
            Peer::SecurityGroup(group) => rule.source_security_group_id(group),
        };
        scope.add("Resource", rule);
    }

    /// Where the group is in its stack, as it stands in the ids of rules: groups of several constructs may have one id.
    fn place(&self) -> String {
        self.scope.path().split('/').skip(1).flat_map(str::chars).filter(char::is_ascii_alphanumeric).collect()
    }

    fn rule(&self, id: &str, why: &str) -> Scope {
        let scope = self.scope.construct(id);
        check_description(&scope, why);
        scope
    }
}

impl Port {
    /// One TCP port.
    pub const fn tcp(port: u16) -> Self {
        Self::tcp_range(port, port)
    }

    /// The TCP ports from the first to the last, both included.
    pub const fn tcp_range(first: u16, last: u16) -> Self {
        Self { protocol: "tcp", from: first, to: last }
    }

    /// One UDP port.
    pub const fn udp(port: u16) -> Self {
        Self { protocol: "udp", from: port, to: port }
    }

    /// Port 443 of TCP: all of AWS's own interfaces, and OpenSearch.
    pub const fn https() -> Self {
        Self::tcp(443)
    }
}

impl fmt::Display for Port {
    /// Such as `Tcp443`, as it stands in the ids of rules.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = if self.protocol == "tcp" { "Tcp" } else { "Udp" };
        if self.from == self.to {
            write!(f, "{protocol}{}", self.from)
        } else {
            write!(f, "{protocol}{}To{}", self.from, self.to)
        }
    }
}

impl Peer {
    /// The addresses of a block, such as `10.0.0.0/16`.
    pub fn cidr(block: impl IntoValue<String>) -> Self {
        Self::Cidr(block.into_value())
    }

    /// The addresses of a prefix list, `pl-…`.
    pub fn prefix_list(id: impl IntoValue<String>) -> Self {
        Self::PrefixList(id.into_value())
    }
}

impl From<&SecurityGroup> for Peer {
    fn from(group: &SecurityGroup) -> Self {
        Self::SecurityGroup(group.id())
    }
}

impl From<&SecurityGroup> for Value<String> {
    fn from(group: &SecurityGroup) -> Self {
        group.id()
    }
}

fn check_description(scope: &Scope, text: &str) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    let odd = text.chars().find(|c| !allowed(*c));
    let length = text.chars().count();
    if let Some(c) = odd {
        scope.error(
            "ec2::bad-description",
            format!("the description `{text}` has the character `{c}`, which EC2 refuses"),
            "use ASCII letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
        );
    } else if length == 0 || length > MAX_DESCRIPTION {
        scope.error(
            "ec2::bad-description",
            format!("the description has {length} characters, wanted 1 to {MAX_DESCRIPTION}"),
            "say in one sentence what it is for",
        );
    }
}

fn warn_of_everybody(scope: &Scope, block: &Value<String>, what: &str) {
    if block.literal() == Some("0.0.0.0/0") {
        scope.warning(
            "ec2::open-rule",
            format!("the rule opens a port {what}"),
            "name the security group, the prefix list or the block that is meant",
        );
    }
}

#[cfg(test)]
mod tests {
    use flagcdk_core::{App, Placement, Region};

    use super::*;
    use crate::ec2::{Vpc, VpcProps};

    fn groups(change: impl FnOnce(&SecurityGroup, &SecurityGroup)) -> App {
        let app = App::new("test", Region::EU_WEST_1);
        let stack = app.stack("S", Placement::Home);
        let vpc = Vpc::new(&stack, "Vpc", VpcProps::builder().build());
        let group = |id: &str| {
            SecurityGroup::new(&stack, id, SecurityGroupProps::builder().vpc(&vpc).description("A group").build())
        };
        change(&group("A"), &group("B"));
        app
    }

    #[test]
    fn a_connection_is_a_rule_on_each_side_and_no_cycle() {
        let app = groups(|a, b| {
            a.connect_to(b, Port::tcp(6380), "A reads B");
            b.connect_to(a, Port::https(), "B answers A");
        });
        let template: serde_json::Value = serde_json::from_str(app.synth().unwrap().template("S")).unwrap();
        let properties = |id: &str| template["Resources"][id]["Properties"].clone();
        assert_eq!(properties("AToBTcp6380")["DestinationSecurityGroupId"]["Fn::GetAtt"][0], "B");
        assert_eq!(properties("BFromATcp6380")["SourceSecurityGroupId"]["Fn::GetAtt"][0], "A");
        assert_eq!(properties("BFromATcp6380")["FromPort"], 6380);
        assert_eq!(properties("BToATcp443")["GroupId"]["Fn::GetAtt"][0], "B");
        assert_eq!(properties("A")["SecurityGroupEgress"][0]["CidrIp"], "127.0.0.1/32");
        assert_eq!(properties("A")["SecurityGroupIngress"], serde_json::Value::Null);
    }

    #[test]
    fn rules_are_checked() {
        let check = |change: fn(&SecurityGroup, &SecurityGroup), errors: &[&str], warnings: usize| match groups(change)
            .synth()
        {
            Ok(assembly) => assert_eq!((errors.len(), assembly.manifest.warnings.len()), (0, warnings)),
            Err(error) => {
                let codes: Vec<_> = error.findings.iter().map(|finding| finding.code.as_str()).collect();
                assert_eq!(codes, errors);
            }
        };
        check(|a, _| a.allow_to("X", Peer::prefix_list("pl-123"), Port::https(), "S3"), &[], 0);
        check(|a, _| a.allow_to("X", Peer::cidr("10.0.0.0/8"), Port::udp(53), "DNS"), &[], 0);
        check(|a, _| a.allow_to("X", Peer::cidr("0.0.0.0/0"), Port::https(), "Everything"), &[], 1);
        check(|a, _| a.allow_from("X", Peer::cidr("0.0.0.0/0"), Port::tcp_range(1, 2), "Everybody"), &[], 1);
        check(|a, b| a.connect_to(b, Port::https(), "It's bad"), &["ec2::bad-description"; 2], 0);
        check(|a, b| a.allow_to("X", b, Port::https(), ""), &["ec2::bad-description"], 0);
        check(
            |a, b| [1, 2].into_iter().for_each(|_| a.allow_to("X", b, Port::https(), "Twice")),
            &["synth::duplicate-id"],
            0,
        );
    }
}
