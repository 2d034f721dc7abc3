//! Networks: a VPC with its subnets, routes and flow logs.

use flagcdk_cfn as cfn;
use flagcdk_core::{Handle, Scope, Value, text};
use typed_builder::TypedBuilder;

use crate::iam::{Grantee, Permissions, Principal, Role, RoleProps, Statement};
use crate::kms::KeyRef;
use crate::logs::{LogGroup, LogGroupProps};
use crate::reference::reference;

/// How many blocks a network is cut into: the first half for private subnets, the second for public ones. The cut is the
/// same however many are in use, since a subnet whose block changes is replaced with everything in it.
const BLOCKS: u8 = 16;
const FIRST_PUBLIC_BLOCK: usize = 8;

/// How a [`Vpc`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct VpcProps {
    /// The key that encrypts the flow logs; by default CloudWatch Logs has one of its own.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// The block of addresses; by default `10.0.0.0/16`. Networks that are ever to be joined must not overlap: in a stack
    /// for every region take a value by region.
    #[builder(default = "10.0.0.0/16".into(), setter(into))]
    cidr: Value<String>,
    /// How many bits of an address tell the members of one subnet apart; by default 12, which cuts a /16 into sixteen
    /// subnets of 4,091 usable addresses. For a /20 it is 8.
    #[builder(default = 12)]
    subnet_bits: u8,
    /// Over how many Availability Zones the network spreads, 1 to 8; by default 3. Every region must have as many.
    #[builder(default = 3)]
    availability_zones: u8,
    /// How private subnets reach the internet; by default they do not.
    #[builder(default)]
    nat: Nat,
}

/// How private subnets reach the internet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nat {
    /// Not at all: there is no internet gateway and no public subnet. Services of AWS are reached by endpoints.
    #[default]
    None,
    /// By one NAT gateway for all. When its zone fails, so does the way out of the others.
    One,
    /// By a NAT gateway in each zone.
    PerAvailabilityZone,
}

/// A network: private subnets over several Availability Zones, and flow logs of all traffic.
///
/// The default security group of a VPC lets its members speak to one another, and CloudFormation cannot change that.
/// Nothing of this crate uses it. To close it, as Security Hub's EC2.2 asks, run once per region
/// `aws ec2 revoke-security-group-ingress --group-id ID --protocol all --source-group ID` and
/// `aws ec2 revoke-security-group-egress --group-id ID --protocol all --cidr 0.0.0.0/0` with the
/// [`Vpc::default_security_group_id`], or let the AWS Config rule `vpc-default-security-group-closed` remediate it.
///
/// Zones are the first ones that `Fn::GetAZs` names, which are those with a default subnet where the account has any. An
/// account that has opted in to Local Zones and deleted its default subnets should make them again.
///
/// See [AWS::EC2::VPC](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpc.html).
///
/// ```
/// use flagcdk::ec2::{Nat, Vpc, VpcProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Network", Placement::EveryRegion);
/// let vpc = Vpc::new(&stack, "Vpc", VpcProps::builder().nat(Nat::One).build());
/// stack.output("DefaultGroup", vpc.default_security_group_id());
/// assert!(app.synth()?.template("Network").contains("AWS::EC2::NatGateway"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Vpc {
    reference: VpcRef,
    default_security_group_id: Value<String>,
}

/// A network, owned or imported: what others need to know to be in it.
#[derive(Clone, Debug)]
pub struct VpcRef {
    id: Value<String>,
    cidr: Value<String>,
    private_subnet_ids: Vec<Value<String>>,
    private_route_table_ids: Vec<Value<String>>,
}

impl Vpc {
    /// Makes the network.
    pub fn new(scope: &Scope, id: &str, props: VpcProps) -> Self {
        let scope = scope.construct(id);
        check(&scope, &props);
        let vpc = cfn::ec2::VPC::new().cidr_block(&props.cidr).enable_dns_support(true).enable_dns_hostnames(true);
        let handle = scope.add("Resource", vpc);
        let cut = Subnets {
            scope: &scope,
            vpc: &handle,
            blocks: Value::cidr(&props.cidr, BLOCKS, props.subnet_bits),
            zones: props.availability_zones.into(),
        };
        let (private_subnet_ids, tables) = cut.private();
        cut.nat(props.nat, &tables);
        let private_route_table_ids = tables.iter().map(Handle::reference).collect();
        flow_logs(&scope, &handle, props.encryption_key);
        Self {
            reference: VpcRef { id: handle.reference(), cidr: props.cidr, private_subnet_ids, private_route_table_ids },
            default_security_group_id: handle.get(cfn::ec2::VPC::DEFAULT_SECURITY_GROUP),
        }
    }

    /// The VPC's id, `vpc-…`.
    pub fn id(&self) -> Value<String> {
        self.reference.id()
    }

    /// The block of addresses.
    pub fn cidr(&self) -> Value<String> {
        self.reference.cidr()
    }

    /// The ids of the private subnets, one in each zone.
    pub fn private_subnet_ids(&self) -> Vec<Value<String>> {
        self.reference.private_subnet_ids()
    }

    /// The id of the group that whatever names no other gets, which is to be closed by other means than CloudFormation.
    pub fn default_security_group_id(&self) -> Value<String> {
        self.default_security_group_id.clone()
    }
}

impl VpcRef {
    /// A network that exists already: its id, its block, and its private subnets with their route tables.
    pub fn from_attributes(
        id: impl Into<Value<String>>,
        cidr: impl Into<Value<String>>,
        private_subnet_ids: Vec<Value<String>>,
        private_route_table_ids: Vec<Value<String>>,
    ) -> Self {
        Self { id: id.into(), cidr: cidr.into(), private_subnet_ids, private_route_table_ids }
    }

    /// The VPC's id, `vpc-…`.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// The block of addresses.
    pub fn cidr(&self) -> Value<String> {
        self.cidr.clone()
    }

    /// The ids of the private subnets, one in each zone.
    pub fn private_subnet_ids(&self) -> Vec<Value<String>> {
        self.private_subnet_ids.clone()
    }

    /// The ids of the private subnets' route tables, one in each zone.
    pub fn private_route_table_ids(&self) -> Vec<Value<String>> {
        self.private_route_table_ids.clone()
    }
}

reference!(Vpc => VpcRef);

/// How the block is cut into subnets.
struct Subnets<'a> {
    scope: &'a Scope,
    vpc: &'a Handle<cfn::ec2::VPC>,
    blocks: Value<Vec<String>>,
    zones: usize,
}

impl Subnets<'_> {
    /// Private subnets, each with a route table of its own, which has no route but the local one yet.
    fn private(&self) -> (Vec<Value<String>>, Vec<Handle<cfn::ec2::RouteTable>>) {
        (0..self.zones).map(|zone| self.subnet(&format!("Private{}", zone + 1), zone, zone)).unzip()
    }

    /// Public subnets with a route to the internet, and private routes to NAT gateways in them.
    fn nat(&self, nat: Nat, private_tables: &[Handle<cfn::ec2::RouteTable>]) {
        if nat == Nat::None {
            return;
        }
        let gateway = self.scope.add("InternetGateway", cfn::ec2::InternetGateway::new());
        let attachment =
            cfn::ec2::VPCGatewayAttachment::new().vpc_id(self.vpc.reference()).internet_gateway_id(gateway.reference());
        let attachment = self.scope.add("InternetGatewayAttachment", attachment);
        let mut nat_gateways = Vec::new();
        for zone in 0..self.zones {
            let name = format!("Public{}", zone + 1);
            let (subnet, table) = self.subnet(&name, zone, FIRST_PUBLIC_BLOCK + zone);
            let route = self.default_route(&name, &table, |route| route.gateway_id(gateway.reference()));
            route.depends_on(&attachment);
            if zone == 0 || nat == Nat::PerAvailabilityZone {
                let address = self.scope.add(&format!("NatAddress{}", zone + 1), cfn::ec2::EIP::new().domain("vpc"));
                address.depends_on(&attachment);
                let gateway = cfn::ec2::NatGateway::new()
                    .allocation_id(address.get(cfn::ec2::EIP::ALLOCATION_ID))
                    .subnet_id(subnet);
                let gateway = self.scope.add(&format!("NatGateway{}", zone + 1), gateway);
                // Without the public route the gateway would come up and reach nobody.
                gateway.depends_on(&route);
                nat_gateways.push(gateway);
            }
        }
        for (zone, table) in private_tables.iter().enumerate() {
            let nearest = nat_gateways.get(zone).unwrap_or(&nat_gateways[0]);
            self.default_route(&format!("Private{}", zone + 1), table, |route| {
                route.nat_gateway_id(nearest.reference())
            });
        }
    }

    fn subnet(&self, name: &str, zone: usize, block: usize) -> (Value<String>, Handle<cfn::ec2::RouteTable>) {
        let subnet = cfn::ec2::Subnet::new()
            .vpc_id(self.vpc.reference())
            .availability_zone(Value::availability_zones().select(zone))
            .cidr_block(self.blocks.select(block))
            .map_public_ip_on_launch(false);
        let subnet = self.scope.add(&format!("{name}Subnet"), subnet).reference();
        let table = self.scope.add(&format!("{name}Routes"), cfn::ec2::RouteTable::new().vpc_id(self.vpc.reference()));
        let association =
            cfn::ec2::SubnetRouteTableAssociation::new().subnet_id(&subnet).route_table_id(table.reference());
        self.scope.add(&format!("{name}RoutesAssociation"), association);
        (subnet, table)
    }

    fn default_route(
        &self,
        name: &str,
        table: &Handle<cfn::ec2::RouteTable>,
        to: impl FnOnce(cfn::ec2::Route) -> cfn::ec2::Route,
    ) -> Handle<cfn::ec2::Route> {
        let route = cfn::ec2::Route::new().route_table_id(table.reference()).destination_cidr_block("0.0.0.0/0");
        self.scope.add(&format!("{name}DefaultRoute"), to(route))
    }
}

/// Records all traffic of the network.
fn flow_logs(scope: &Scope, vpc: &Handle<cfn::ec2::VPC>, key: Option<KeyRef>) {
    let scope = scope.construct("FlowLogs");
    let group = LogGroup::new(&scope, "LogGroup", LogGroupProps::builder().encryption_key(key).build());
    let source =
        text!["arn:", Value::partition(), ":ec2:", Value::region(), ":", Value::account_id(), ":vpc-flow-log/*"];
    let service = Principal::service("vpc-flow-logs.amazonaws.com").for_own_account().for_resource(source);
    let permissions = Permissions::new();
    let write =
        Statement::allow(["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]).on(group.arn());
    let find = Statement::allow(["logs:DescribeLogGroups"]).on_anything();
    permissions.grant("WriteFlowLogs", vec![write, find]);
    let role = Role::new(&scope, "Role", RoleProps::builder().assumed_by(service).permissions(permissions).build());
    let flow_log = cfn::ec2::FlowLog::new()
        .resource_type("VPC")
        .resource_id(vpc.reference())
        .traffic_type("ALL")
        .log_destination_type("cloud-watch-logs")
        .log_group_name(group.name())
        .deliver_logs_permission_arn(role.arn())
        .max_aggregation_interval(60);
    scope.add("Resource", flow_log);
}

/// What can be seen before CloudFormation is asked: how many zones, and whether the subnets fit into the block.
fn check(scope: &Scope, props: &VpcProps) {
    if !(1..=FIRST_PUBLIC_BLOCK).contains(&props.availability_zones.into()) {
        scope.error(
            "ec2::zones",
            format!("the network spreads over {} zones, wanted 1 to {FIRST_PUBLIC_BLOCK}", props.availability_zones),
            "three zones are enough for everything that asks for a majority",
        );
    }
    if !(4..=24).contains(&props.subnet_bits) {
        scope.error(
            "ec2::subnet-bits",
            format!("subnets have {} bits of addresses, wanted 4 to 24", props.subnet_bits),
            "set `subnet_bits` to 28 less the length of the network's prefix: 12 for a /16",
        );
    }
    let Some(block) = props.cidr.literal() else { return };
    let prefix = block.split_once('/').and_then(|(address, prefix)| {
        address.parse::<std::net::Ipv4Addr>().ok()?;
        prefix.parse::<u8>().ok().filter(|prefix| (16..=28).contains(prefix))
    });
    match prefix {
        None => scope.error(
            "ec2::bad-cidr",
            format!("`{block}` is no block of a VPC, wanted an IPv4 address and a prefix of 16 to 28"),
            "use a private block such as `10.0.0.0/16`",
        ),
        Some(prefix) if prefix + 4 + props.subnet_bits > 32 => scope.error(
            "ec2::small-cidr",
            format!("`{block}` has no room for {BLOCKS} subnets with {} bits of addresses each", props.subnet_bits),
            format!("set `subnet_bits` to {}, or take a larger block", 28_u8.saturating_sub(prefix)),
        ),
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use flagcdk_core::{App, Placement, Region};

    use super::*;

    /// The template's resources by type, or the codes of what was found.
    fn synth(props: VpcProps) -> Result<serde_json::Value, Vec<String>> {
        let app = App::new("test", Region::EU_WEST_1);
        Vpc::new(&app.stack("S", Placement::EveryRegion), "Vpc", props);
        match app.synth() {
            Ok(assembly) => Ok(serde_json::from_str(assembly.template("S")).unwrap()),
            Err(error) => Err(error.findings.into_iter().map(|finding| finding.code).collect()),
        }
    }

    #[test]
    fn the_way_out_is_a_choice() {
        let check = |nat, gateways: usize, private_default_routes: usize, public_subnets: usize| {
            let template = synth(VpcProps::builder().nat(nat).availability_zones(3).build()).unwrap();
            let resources = template["Resources"].as_object().unwrap();
            let count = |kind: &str, property: &str| {
                let of_kind = resources.values().filter(|resource| resource["Type"] == format!("AWS::EC2::{kind}"));
                of_kind.filter(|resource| property.is_empty() || resource["Properties"][property].is_object()).count()
            };
            assert_eq!(count("NatGateway", ""), gateways, "{nat:?}");
            assert_eq!(count("Route", "NatGatewayId"), private_default_routes, "{nat:?}");
            assert_eq!(count("Route", "GatewayId"), public_subnets, "{nat:?}");
            assert_eq!(count("Subnet", ""), 3 + public_subnets, "{nat:?}");
            assert_eq!(count("SubnetRouteTableAssociation", ""), 3 + public_subnets, "{nat:?}");
            assert_eq!(count("FlowLog", ""), 1, "{nat:?}");
        };
        check(Nat::None, 0, 0, 0);
        check(Nat::One, 1, 3, 3);
        check(Nat::PerAvailabilityZone, 3, 3, 3);
    }

    #[test]
    fn blocks_and_zones_are_checked() {
        let check = |cidr: &str, bits, zones, expected: &[&str]| {
            let props = VpcProps::builder().cidr(cidr).subnet_bits(bits).availability_zones(zones).build();
            assert_eq!(synth(props).err().unwrap_or_default(), expected, "{cidr} {bits} {zones}");
        };
        check("10.0.0.0/16", 12, 3, &[]);
        check("10.0.0.0/20", 8, 8, &[]);
        check("10.0.0.0/20", 12, 3, &["ec2::small-cidr"]);
        check("10.0.0.0/8", 12, 3, &["ec2::bad-cidr"]);
        check("10.0.0/16", 12, 3, &["ec2::bad-cidr"]);
        check("everything", 12, 3, &["ec2::bad-cidr"]);
        check("10.0.0.0/16", 12, 0, &["ec2::zones"]);
        check("10.0.0.0/16", 12, 9, &["ec2::zones"]);
        check("10.0.0.0/16", 3, 3, &["ec2::subnet-bits"]);
    }
}
