//! Route 53: zones of names, and the records in them.

use flagcdk_cfn as cfn;
use flagcdk_core::{IntoValue, RemovalPolicy, Scope, Value, text};
use typed_builder::TypedBuilder;

#[cfg(feature = "apigatewayv2")]
use crate::apigatewayv2::ApiDomain;
#[cfg(feature = "cloudfront")]
use crate::cloudfront::Distribution;
#[cfg(feature = "ec2")]
use crate::ec2::VpcRef;
use crate::reference::reference;

/// The zone that the names of all distributions of CloudFront are in.
///
/// See [alias targets](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-route53-recordset-aliastarget.html).
#[cfg(feature = "cloudfront")]
const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";

/// How a [`HostedZone`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct HostedZoneProps {
    /// The name, such as `example.com`.
    #[builder(setter(into))]
    name: String,
    /// The networks that the zone is for; by default it is for everybody.
    #[cfg(feature = "ec2")]
    #[builder(default, setter(into))]
    vpcs: Vec<VpcRef>,
    /// What the zone is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    comment: Option<String>,
    /// What becomes of the zone when it leaves the stack; by default it is retained, since another zone of the same name has
    /// other name servers.
    #[builder(default = RemovalPolicy::Retain)]
    removal: RemovalPolicy,
}

/// A zone: a name, and all names below it that have no zone of their own.
///
/// Of a public zone the registrar, or the zone above, must be told the [`HostedZone::name_servers`].
///
/// See [AWS::Route53::HostedZone](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53-hostedzone.html).
///
/// ```
/// use flagcdk::route53::{HostedZone, HostedZoneProps, Record, RecordProps, RecordValue};
/// use flagcdk::{App, Placement, Region, Value};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Names", Placement::Home);
/// let zone = HostedZone::new(&stack, "Zone", HostedZoneProps::builder().name("example.com").build());
/// let record = RecordProps::builder().zone(&zone).name("www.example.com").value(RecordValue::a(["192.0.2.1"])).build();
/// Record::new(&stack, "Www", record);
/// stack.output("NameServers", Value::join(" ", zone.name_servers()));
/// assert!(app.synth()?.template("Names").contains("192.0.2.1"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HostedZone {
    reference: HostedZoneRef,
    name_servers: Value<Vec<String>>,
}

/// A zone, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct HostedZoneRef {
    id: Value<String>,
    name: Value<String>,
}

/// How a [`Record`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct RecordProps {
    /// The zone.
    #[builder(setter(into))]
    zone: HostedZoneRef,
    /// The whole name, such as `www.example.com`.
    #[builder(setter(into))]
    name: String,
    /// What the name leads to.
    value: RecordValue,
    /// For how many seconds others remember it; by default 300. Aliases have that of their targets.
    #[builder(default = 300)]
    time_to_live_seconds: u32,
}

/// What a name leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordValue(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Values { kind: &'static str, values: Vec<Value<String>> },
    Alias { name: Value<String>, zone_id: Value<String>, ipv6: bool },
}

/// What a name of a zone leads to. An alias of something that speaks IPv6 too is two records.
///
/// See [AWS::Route53::RecordSet](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53-recordset.html).
///
/// ```
/// use flagcdk::route53::{HostedZoneRef, Record, RecordProps, RecordValue};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Names", Placement::Home);
/// let zone = HostedZoneRef::from_id("Z0123456789ABC", "example.com");
/// let mail = RecordValue::mx([(10, "in.example.net"), (20, "backup.example.net")]);
/// Record::new(&stack, "Mail", RecordProps::builder().zone(zone).name("example.com").value(mail).build());
/// assert!(app.synth()?.template("Names").contains("10 in.example.net"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Record {
    name: Value<String>,
}

impl HostedZone {
    /// Makes the zone.
    pub fn new(scope: &Scope, id: &str, props: HostedZoneProps) -> Self {
        let scope = scope.construct(id);
        let mut zone = cfn::route53::HostedZone::new().name(&props.name);
        #[cfg(feature = "ec2")]
        if !props.vpcs.is_empty() {
            let vpc = |vpc: &VpcRef| cfn::route53::hosted_zone::VPC::new().vpc_id(vpc.id()).vpc_region(Value::region());
            zone = zone.vpcs(props.vpcs.iter().map(vpc).collect::<Vec<_>>());
        }
        if let Some(comment) = props.comment {
            zone = zone.hosted_zone_config(cfn::route53::hosted_zone::HostedZoneConfig::new().comment(comment));
        }
        let handle = scope.add("Resource", zone);
        handle.removal_policy(props.removal);
        let name = props.name.trim_end_matches('.').into();
        let name_servers = handle.get(cfn::route53::HostedZone::NAME_SERVERS);
        Self { reference: HostedZoneRef { id: handle.reference(), name }, name_servers }
    }

    /// The id.
    pub fn id(&self) -> Value<String> {
        self.reference.id()
    }

    /// The names of the servers that know the zone. Private zones have none.
    pub fn name_servers(&self) -> Value<Vec<String>> {
        self.name_servers.clone()
    }
}

impl HostedZoneRef {
    /// A zone that exists already: its id, and its name such as `example.com`.
    pub fn from_id(id: impl IntoValue<String>, name: impl IntoValue<String>) -> Self {
        Self { id: id.into_value(), name: name.into_value() }
    }

    /// The id.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }
}

reference!(HostedZone => HostedZoneRef);

impl RecordValue {
    /// Addresses of IPv4.
    pub fn a<V: IntoValue<String>>(addresses: impl IntoIterator<Item = V>) -> Self {
        Self::values("A", addresses)
    }

    /// Addresses of IPv6.
    pub fn aaaa<V: IntoValue<String>>(addresses: impl IntoIterator<Item = V>) -> Self {
        Self::values("AAAA", addresses)
    }

    /// Another name. The name of a zone itself cannot have one: it has aliases.
    pub fn cname(name: impl IntoValue<String>) -> Self {
        Self::values("CNAME", [name])
    }

    /// Texts, without the quotes that they have in a zone; one of more than 255 characters is cut into several.
    pub fn txt<const N: usize>(texts: [&str; N]) -> Self {
        let quoted = texts.map(|text| {
            let parts: Vec<String> = text
                .chars()
                .collect::<Vec<_>>()
                .chunks(255)
                .map(|part| {
                    let part: String = part.iter().collect();
                    format!("\"{}\"", part.replace('\\', "\\\\").replace('"', "\\\""))
                })
                .collect();
            parts.join(" ")
        });
        Self::values("TXT", quoted)
    }

    /// Servers that take mail, each with its rank: the smallest is asked first.
    pub fn mx<const N: usize>(servers: [(u16, &str); N]) -> Self {
        Self::values("MX", servers.map(|(rank, server)| format!("{rank} {server}")))
    }

    /// A distribution of CloudFront, which must know the name.
    #[cfg(feature = "cloudfront")]
    pub fn distribution(distribution: &Distribution) -> Self {
        Self::alias(distribution.domain_name(), CLOUDFRONT_ZONE, true)
    }

    /// An API, which must know the name.
    #[cfg(feature = "apigatewayv2")]
    pub fn api(domain: &ApiDomain) -> Self {
        Self::alias(&domain.target, &domain.zone_id, false)
    }

    /// Something else that has an alias target, such as a load balancer: its name, the id of that name's zone, and whether it
    /// speaks IPv6 too.
    pub fn alias(name: impl IntoValue<String>, zone_id: impl IntoValue<String>, ipv6: bool) -> Self {
        Self(Kind::Alias { name: name.into_value(), zone_id: zone_id.into_value(), ipv6 })
    }

    fn values<V: IntoValue<String>>(kind: &'static str, values: impl IntoIterator<Item = V>) -> Self {
        Self(Kind::Values { kind, values: values.into_iter().map(IntoValue::into_value).collect() })
    }
}

impl Record {
    /// Makes the record.
    pub fn new(scope: &Scope, id: &str, props: RecordProps) -> Self {
        let scope = scope.construct(id);
        check(&scope, &props);
        // A name that ends in a dot is whole, whatever the zone is called.
        let name = text![props.name.trim_end_matches('.'), "."];
        let record = |kind: &'static str| {
            cfn::route53::RecordSet::new().name(&name).r#type(kind).hosted_zone_id(props.zone.id())
        };
        let handle = match props.value.0 {
            Kind::Values { kind, values } => {
                let record = record(kind).resource_records(values).ttl(props.time_to_live_seconds.to_string());
                scope.add("Resource", record)
            }
            Kind::Alias { name: target, zone_id, ipv6 } => {
                let alias = |kind| {
                    let target =
                        cfn::route53::record_set::AliasTarget::new().dns_name(&target).hosted_zone_id(&zone_id);
                    record(kind).alias_target(target)
                };
                if ipv6 {
                    scope.add("Ipv6", alias("AAAA"));
                }
                scope.add("Resource", alias("A"))
            }
        };
        Self { name: handle.reference() }
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }
}

fn check(scope: &Scope, props: &RecordProps) {
    let zone = props.zone.name();
    let Some(zone) = zone.literal() else { return };
    let name = props.name.trim_end_matches('.');
    if name != zone && !name.ends_with(&format!(".{zone}")) {
        scope.error(
            "route53::zone",
            format!("`{name}` is not in the zone `{zone}`"),
            format!("write the whole name, such as `{name}.{zone}`"),
        );
    }
    let kind = match &props.value.0 {
        Kind::Values { kind, values } => {
            if values.is_empty() {
                scope.error("route53::no-values", format!("`{name}` leads nowhere"), "give it at least one value");
            }
            kind
        }
        Kind::Alias { .. } => "",
    };
    if kind == "CNAME" && name == zone {
        scope.error(
            "route53::cname",
            format!("`{name}` is a zone and cannot be another name for something"),
            "use an alias such as `RecordValue::distribution`",
        );
    }
}
