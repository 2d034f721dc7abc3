//! Endpoints: how a private network reaches services of AWS.

use std::borrow::Cow;

use flagcdk_cfn as cfn;
use flagcdk_core::{Scope, Value, text};
use typed_builder::TypedBuilder;

use super::VpcRef;
use crate::iam::{PolicyDocument, Principal, Statement};

/// A service that has interface endpoints, by the last part of its endpoint service's name.
///
/// The constants are those that this crate has to do with; [`InterfaceService::new`] takes
/// [every other](https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceService {
    name: Cow<'static, str>,
    private_dns: bool,
}

/// A service that has gateway endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayService {
    /// Simple Storage Service.
    S3,
    /// DynamoDB.
    DynamoDb,
}

/// How an [`InterfaceEndpoint`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct InterfaceEndpointProps {
    /// The network, in whose private subnets the endpoint gets addresses.
    #[builder(setter(into))]
    vpc: VpcRef,
    /// The service.
    service: InterfaceService,
    /// The group, or its id, that says who may speak to the endpoint.
    #[builder(setter(into))]
    security_group: Value<String>,
}

/// A way to a service of AWS from inside of a network, with addresses of the network's own.
///
/// Its policy lets through what principals of the stack's own account ask for, and nobody else: a stolen credential of
/// another account is of no use inside of the network. Where the service has a private DNS name, programs need not know of
/// the endpoint.
///
/// It costs by the hour in each zone. See
/// [AWS::EC2::VPCEndpoint](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html).
///
/// ```
/// use flagcdk::ec2::{InterfaceEndpoint, InterfaceEndpointProps, InterfaceService, SecurityGroup, SecurityGroupProps, Vpc, VpcProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Network", Placement::EveryRegion);
/// let vpc = Vpc::new(&stack, "Vpc", VpcProps::builder().build());
/// let group = SecurityGroup::new(&stack, "Queues", SecurityGroupProps::builder().vpc(&vpc).description("SQS").build());
/// let props = InterfaceEndpointProps::builder().vpc(&vpc).service(InterfaceService::SQS).security_group(group.id()).build();
/// InterfaceEndpoint::new(&stack, "Sqs", props);
/// assert!(app.synth()?.template("Network").contains(r#""VpcEndpointType": "Interface""#));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct InterfaceEndpoint {
    id: Value<String>,
    url: Value<String>,
}

/// How a [`GatewayEndpoint`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct GatewayEndpointProps {
    /// The network, whose private route tables get a route to the service.
    #[builder(setter(into))]
    vpc: VpcRef,
    /// The service.
    service: GatewayService,
}

/// A route to S3 or DynamoDB, free of charge.
///
/// Programs speak to the service's public addresses, so their security group must let them out to the service's
/// [prefix list](https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html), whose id
/// differs by region and is in no attribute of the endpoint. A group that must not be open to everything and is in a stack
/// for every region is better off with an [`InterfaceEndpoint`].
///
/// ```
/// use flagcdk::ec2::{GatewayEndpoint, GatewayEndpointProps, GatewayService, Vpc, VpcProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Network", Placement::EveryRegion);
/// let vpc = Vpc::new(&stack, "Vpc", VpcProps::builder().build());
/// GatewayEndpoint::new(&stack, "S3", GatewayEndpointProps::builder().vpc(&vpc).service(GatewayService::S3).build());
/// assert!(app.synth()?.template("Network").contains(r#""VpcEndpointType": "Gateway""#));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct GatewayEndpoint {
    id: Value<String>,
}

macro_rules! interface_services {
    ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => {
        impl InterfaceService {
            $($(#[$doc])* pub const $constant: Self = Self { name: Cow::Borrowed($name), private_dns: true };)*
        }
    };
}

interface_services! {
    /// CloudWatch Logs.
    LOGS = "logs";
    /// CloudWatch metrics.
    MONITORING = "monitoring";
    /// EventBridge.
    EVENTS = "events";
    /// Key Management Service.
    KMS = "kms";
    /// Lambda.
    LAMBDA = "lambda";
    /// Secrets Manager.
    SECRETS_MANAGER = "secretsmanager";
    /// Simple Notification Service.
    SNS = "sns";
    /// Simple Queue Service.
    SQS = "sqs";
    /// Step Functions.
    STATES = "states";
    /// Security Token Service.
    STS = "sts";
    /// X-Ray.
    XRAY = "xray";
}

impl InterfaceService {
    /// DynamoDB. It has no private DNS name: programs must be given the [`InterfaceEndpoint::url`], which the SDKs read
    /// from the environment variable `AWS_ENDPOINT_URL_DYNAMODB`.
    ///
    /// See [PrivateLink for DynamoDB](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/privatelink-interface-endpoints.html).
    pub const DYNAMODB: Self = Self { name: Cow::Borrowed("dynamodb"), private_dns: false };

    /// A service with a private DNS name, by the last part of its endpoint service's name: `ecr.api` of
    /// `com.amazonaws.eu-west-1.ecr.api`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Cow::Owned(name.into()), private_dns: true }
    }

    /// The last part of the endpoint service's name, such as `sqs`.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl InterfaceEndpoint {
    /// Makes the endpoint.
    pub fn new(scope: &Scope, id: &str, props: InterfaceEndpointProps) -> Self {
        let scope = scope.construct(id);
        let endpoint = cfn::ec2::VPCEndpoint::new()
            .vpc_endpoint_type("Interface")
            .service_name(service_name(props.service.name()))
            .vpc_id(props.vpc.id())
            .subnet_ids(props.vpc.private_subnet_ids())
            .security_group_ids([props.security_group])
            .private_dns_enabled(props.service.private_dns)
            .policy_document(own_principals_only());
        let handle = scope.add("Resource", endpoint);
        // An entry is a hosted zone, a colon and a name; the first name is that for all zones.
        let first: Value<String> = handle.get(cfn::ec2::VPCEndpoint::DNS_ENTRIES).select(0);
        let url = text!["https://", Value::split(":", first).select(1)];
        Self { id: handle.reference(), url }
    }

    /// The endpoint's id, `vpce-…`.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// The URL of the endpoint itself, for programs that do not come to it by a private DNS name.
    pub fn url(&self) -> Value<String> {
        self.url.clone()
    }
}

impl GatewayEndpoint {
    /// Makes the endpoint.
    pub fn new(scope: &Scope, id: &str, props: GatewayEndpointProps) -> Self {
        let scope = scope.construct(id);
        let name = match props.service {
            GatewayService::S3 => "s3",
            GatewayService::DynamoDb => "dynamodb",
        };
        let endpoint = cfn::ec2::VPCEndpoint::new()
            .vpc_endpoint_type("Gateway")
            .service_name(service_name(name))
            .vpc_id(props.vpc.id())
            .route_table_ids(props.vpc.private_route_table_ids())
            .policy_document(own_principals_only());
        Self { id: scope.add("Resource", endpoint).reference() }
    }

    /// The endpoint's id, `vpce-…`.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }
}

fn service_name(name: &str) -> Value<String> {
    text!["com.amazonaws.", Value::region(), format!(".{name}")]
}

/// Whatever principals of the stack's own account ask for, as far as their own policies go.
fn own_principals_only() -> PolicyDocument {
    let own = Statement::allow(["*"]).on_anything().to(Principal::anyone()).when(
        "StringEquals",
        "aws:PrincipalAccount",
        Value::account_id(),
    );
    PolicyDocument::from_iter([own])
}
