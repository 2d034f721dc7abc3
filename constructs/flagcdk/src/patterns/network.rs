//! A private network with a way to the services that the flag system speaks to.

use flagcdk_core::{Scope, Value, text};
use typed_builder::TypedBuilder;

use crate::ec2::{
    GatewayEndpoint, GatewayEndpointProps, GatewayService, InterfaceEndpoint, InterfaceEndpointProps, InterfaceService,
    Nat, Port, SecurityGroup, SecurityGroupProps, Vpc, VpcProps, VpcRef,
};
use crate::kms::KeyRef;
use crate::lambda::VpcAccess;

/// How a [`Network`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct NetworkProps {
    /// The key that encrypts the flow logs.
    #[builder(setter(into))]
    encryption_key: KeyRef,
    /// The block of addresses, a /16; by default `10.0.0.0/16`. Give each region a block of its own, so that networks can
    /// be joined one day.
    #[builder(default = "10.0.0.0/16".into(), setter(into))]
    cidr: Value<String>,
    /// Over how many Availability Zones the network spreads; by default 3.
    #[builder(default = 3)]
    availability_zones: u8,
    /// How the network reaches the internet; by default it does not.
    #[builder(default)]
    nat: Nat,
    /// The services that functions reach by endpoints; by default those of [`Network::default_endpoints`].
    #[builder(default = Network::default_endpoints(), setter(into))]
    interface_endpoints: Vec<InterfaceService>,
}

/// A private network: no internet, no NAT, endpoints for the services in use, and a security group for functions that lets
/// them out to those alone.
///
/// Functions reach DynamoDB by an interface endpoint, not by the gateway endpoint that is there too: a gateway's
/// addresses are public ones, in a prefix list whose id no template can know in twelve regions, so that the functions'
/// group would have to be open to the world. As DynamoDB's interface endpoint has no private DNS name, functions get
/// [`Network::dynamodb_url`] as `AWS_ENDPOINT_URL_DYNAMODB`. The gateway endpoints cost nothing and serve whatever else is
/// put into the network with a group that knows the prefix lists.
///
/// An interface endpoint is about 7 US dollars a month in each zone: nine of them over three zones are some 200 in each
/// region. Fewer zones, or fewer services, are cheaper.
///
/// ```
/// # use flagcdk::kms::{Key, KeyProps};
/// use flagcdk::ec2::{Port, SecurityGroup, SecurityGroupProps};
/// use flagcdk::patterns::{Network, NetworkProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("dev-flags", Region::EU_WEST_1).regions([Region::EU_WEST_1, Region::US_EAST_1]);
/// let stack = app.stack("Regional", Placement::EveryRegion);
/// # let key = Key::new(&stack, "Key", KeyProps::builder().build());
/// let cidr = stack.by_region("VpcCidr", |region| match region {
///     Region::EU_WEST_1 => "10.0.0.0/16".into(),
///     _ => "10.1.0.0/16".into(),
/// });
/// let network = Network::new(&stack, "Network", NetworkProps::builder().encryption_key(&key).cidr(cidr).build());
/// stack.output("DynamoDbUrl", network.dynamodb_url());
/// let template = app.synth()?.template("Regional").to_owned();
/// assert!(!template.contains("0.0.0.0/0"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    vpc: Vpc,
    functions: SecurityGroup,
    dynamodb_url: Option<Value<String>>,
}

impl Network {
    /// Makes the network.
    pub fn new(scope: &Scope, id: &str, props: NetworkProps) -> Self {
        let scope = scope.construct(id);
        let vpc = VpcProps::builder()
            .encryption_key(props.encryption_key)
            .cidr(props.cidr)
            .availability_zones(props.availability_zones)
            .nat(props.nat);
        let vpc = Vpc::new(&scope, "Vpc", vpc.build());
        let group = |id: &str, description: &str| {
            SecurityGroup::new(&scope, id, SecurityGroupProps::builder().vpc(&vpc).description(description).build())
        };
        let functions = group("Functions", "Lambda functions");
        let endpoints = group("Endpoints", "Interface endpoints of AWS services");
        functions.connect_to(&endpoints, Port::https(), "Functions call services of AWS");
        for (id, service) in [("S3", GatewayService::S3), ("DynamoDb", GatewayService::DynamoDb)] {
            let endpoint = GatewayEndpointProps::builder().vpc(&vpc).service(service).build();
            GatewayEndpoint::new(&scope, &format!("{id}Gateway"), endpoint);
        }
        let mut dynamodb_url = None;
        for service in props.interface_endpoints {
            let id = format!("{}-endpoint", service.name());
            let is_dynamodb = service == InterfaceService::DYNAMODB;
            let endpoint =
                InterfaceEndpointProps::builder().vpc(&vpc).service(service).security_group(&endpoints).build();
            let endpoint = InterfaceEndpoint::new(&scope, &id, endpoint);
            if is_dynamodb {
                dynamodb_url = Some(endpoint.url());
            }
        }
        Self { vpc, functions, dynamodb_url }
    }

    /// DynamoDB, CloudWatch (logs and metrics), EventBridge, KMS, Secrets Manager, SNS, SQS and STS.
    ///
    /// Step Functions and Lambda are not among them: they call functions, and functions do not call them.
    pub fn default_endpoints() -> Vec<InterfaceService> {
        vec![
            InterfaceService::DYNAMODB,
            InterfaceService::EVENTS,
            InterfaceService::KMS,
            InterfaceService::LOGS,
            InterfaceService::MONITORING,
            InterfaceService::SECRETS_MANAGER,
            InterfaceService::SNS,
            InterfaceService::SQS,
            InterfaceService::STS,
        ]
    }

    /// The network itself.
    pub fn vpc(&self) -> &Vpc {
        &self.vpc
    }

    /// The ids of the private subnets, one in each zone.
    pub fn private_subnet_ids(&self) -> Vec<Value<String>> {
        self.vpc.private_subnet_ids()
    }

    /// What a function is given to be in the network: the private subnets and the group for functions.
    pub fn function_access(&self) -> VpcAccess {
        VpcAccess { subnets: self.private_subnet_ids(), security_groups: vec![self.functions.id()] }
    }

    /// The group for functions. It lets them out to the endpoints, and to what is connected to it.
    pub fn functions(&self) -> &SecurityGroup {
        &self.functions
    }

    /// What functions are given as `AWS_ENDPOINT_URL_DYNAMODB`. Without an interface endpoint it is DynamoDB's public
    /// name in the region, which only a network with a way out can reach.
    pub fn dynamodb_url(&self) -> Value<String> {
        let public = || text!["https://dynamodb.", Value::region(), ".", Value::url_suffix()];
        self.dynamodb_url.clone().unwrap_or_else(public)
    }
}

impl From<&Network> for VpcRef {
    fn from(network: &Network) -> Self {
        (&network.vpc).into()
    }
}

impl AsRef<VpcRef> for Network {
    fn as_ref(&self) -> &VpcRef {
        self.vpc.as_ref()
    }
}
