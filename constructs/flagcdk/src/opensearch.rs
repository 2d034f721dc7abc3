//! OpenSearch Service: domains inside of a network, with access by IAM roles alone.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, RemovalPolicy, Scope, Value, text};
use typed_builder::TypedBuilder;

use crate::arn;
#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::{Metric, Statistic};
use crate::ec2::VpcRef;
use crate::iam::{Grantee, PolicyDocument, Principal, RoleRef, Statement};
use crate::kms::KeyRef;
use crate::logs::{LogGroup, LogGroupProps};
use crate::reference::reference;

/// TLS 1.2 and 1.3 with forward secrecy.
const TLS_POLICY: &str = "Policy-Min-TLS-1-2-PFS-2023-10";

/// Which logs a domain publishes, and the id of each one's log group.
const LOGS: [(&str, &str); 4] = [
    ("AUDIT_LOGS", "AuditLog"),
    ("ES_APPLICATION_LOGS", "ApplicationLog"),
    ("INDEX_SLOW_LOGS", "IndexSlowLog"),
    ("SEARCH_SLOW_LOGS", "SearchSlowLog"),
];

/// How a [`Domain`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct DomainProps {
    /// The network, in whose private subnets the nodes are.
    #[builder(setter(into))]
    vpc: VpcRef,
    /// The group, or its id, that says who may speak to the nodes.
    #[builder(setter(into))]
    security_group: Value<String>,
    /// The key that encrypts what is stored, and the logs.
    #[builder(setter(into))]
    encryption_key: KeyRef,
    /// The role that may do everything in the domain, and alone may give rights to others there.
    #[builder(setter(into))]
    master: RoleRef,
    /// Further roles that may speak to the domain; by default none. What they may do there is for the master to say, by
    /// [mapping roles](https://docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html#fgac-mapping).
    #[builder(default, setter(into))]
    roles: Vec<RoleRef>,
    /// The engine; by default `OpenSearch_2.19`.
    #[builder(default = "OpenSearch_2.19".into(), setter(into))]
    engine_version: String,
    /// The nodes; by default [`Nodes::single`], which is for development.
    #[builder(default = Nodes::single("t3.small.search"))]
    nodes: Nodes,
    /// The size of each data node's volume in GiB; by default 10.
    #[builder(default = 10)]
    volume_gib: u16,
    /// What becomes of the domain when it leaves the stack; by default it is retained.
    #[builder(default = RemovalPolicy::Retain)]
    removal: RemovalPolicy,
}

/// The nodes of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nodes {
    data_type: String,
    data_nodes: u8,
    zones: u8,
    master_type: Option<String>,
}

/// A domain that only roles of this account reach, from inside of a network and by TLS.
///
/// Everything is encrypted with the account's own key: what is stored, what nodes say to one another, and the logs.
/// Fine-grained access control is on, with an IAM role as the master and no passwords at all. Service software is kept up
/// to date by AWS. When it is removed or replaced, the domain stays unless something else is said.
///
/// Audit logs reach their log group once auditing is switched on inside of the domain too, by the master's
/// `PUT _plugins/_security/api/audit/config`; CloudFormation cannot do that.
///
/// The account must have the service-linked role of OpenSearch, see [`service_linked_role`].
///
/// See [AWS::OpenSearchService::Domain](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-opensearchservice-domain.html).
///
/// ```
/// # use flagcdk::ec2::{SecurityGroup, SecurityGroupProps, Vpc, VpcProps};
/// # use flagcdk::iam::{Principal, Role, RoleProps};
/// # use flagcdk::kms::{Key, KeyProps};
/// use flagcdk::opensearch::{Domain, DomainProps, Nodes};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Search", Placement::Home);
/// # let vpc = Vpc::new(&stack, "Vpc", VpcProps::builder().build());
/// # let key = Key::new(&stack, "Key", KeyProps::builder().build());
/// # let group = SecurityGroup::new(&stack, "Group", SecurityGroupProps::builder().vpc(&vpc).description("Search").build());
/// # let lambda = Principal::service("lambda.amazonaws.com");
/// # let master = Role::new(&stack, "Master", RoleProps::builder().assumed_by(lambda).build());
/// let props = DomainProps::builder()
///     .vpc(&vpc)
///     .security_group(group.id())
///     .encryption_key(&key)
///     .master(&master)
///     .nodes(Nodes::single("t3.small.search"))
///     .build();
/// let domain = Domain::new(&stack, "Domain", props);
/// stack.output("Endpoint", domain.endpoint());
/// assert!(app.synth()?.template("Search").contains("AWS::OpenSearchService::Domain"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Domain {
    reference: DomainRef,
}

/// A domain, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct DomainRef {
    arn: Value<Arn>,
    name: Value<String>,
    endpoint: Value<String>,
}

impl Nodes {
    /// One node in one zone, which is down whenever AWS updates it: for development.
    pub fn single(data_type: impl Into<String>) -> Self {
        Self { data_type: data_type.into(), data_nodes: 1, zones: 1, master_type: None }
    }

    /// One data node in each of three zones, and three dedicated masters of another type: keeps running without one zone.
    pub fn three_zones(data_type: impl Into<String>, master_type: impl Into<String>) -> Self {
        Self { data_type: data_type.into(), data_nodes: 3, zones: 3, master_type: Some(master_type.into()) }
    }

    /// How many data nodes there are, a multiple of the zones.
    #[must_use]
    pub fn data_nodes(mut self, count: u8) -> Self {
        self.data_nodes = count;
        self
    }
}

impl Domain {
    /// Makes the domain.
    pub fn new(scope: &Scope, id: &str, props: DomainProps) -> Self {
        use cfn::opensearchservice::domain as property;

        let scope = scope.construct(id);
        check(&scope, &props);
        let groups = LOGS.map(|(kind, id)| {
            let group = LogGroupProps::builder().encryption_key(&props.encryption_key).build();
            (kind, LogGroup::new(&scope, id, group))
        });
        let policy = scope.add("LogPolicy", log_policy(&scope, groups.iter().map(|(_, group)| group)));
        let publishing = groups.map(|(kind, group)| {
            let option = property::LogPublishingOption::new().cloud_watch_logs_log_group_arn(group.arn()).enabled(true);
            (kind, option)
        });
        let subnets = props.vpc.private_subnet_ids().into_iter().take(props.nodes.zones.into()).collect::<Vec<_>>();
        let network = property::VPCOptions::new().subnet_ids(subnets).security_group_ids([props.security_group]);
        let master = property::MasterUserOptions::new().master_user_arn(props.master.arn());
        let security = property::AdvancedSecurityOptionsInput::new()
            .enabled(true)
            .internal_user_database_enabled(false)
            .master_user_options(master);
        let mut roles = vec![props.master];
        roles.extend(props.roles);
        let domain = cfn::opensearchservice::Domain::new()
            .engine_version(props.engine_version)
            .cluster_config(cluster(&props.nodes))
            .vpc_options(network)
            .ebs_options(property::EBSOptions::new().ebs_enabled(true).volume_type("gp3").volume_size(props.volume_gib))
            .domain_endpoint_options(
                property::DomainEndpointOptions::new().enforce_https(true).tls_security_policy(TLS_POLICY),
            )
            .node_to_node_encryption_options(property::NodeToNodeEncryptionOptions::new().enabled(true))
            .encryption_at_rest_options(
                property::EncryptionAtRestOptions::new().enabled(true).kms_key_id(props.encryption_key.arn()),
            )
            .advanced_security_options(security)
            .access_policies(access_policy(roles))
            .log_publishing_options(publishing)
            .software_update_options(property::SoftwareUpdateOptions::new().auto_software_update_enabled(true));
        let handle = scope.add("Resource", domain);
        handle.depends_on(&policy).removal_policy(props.removal);
        let reference = DomainRef {
            arn: handle.get(cfn::opensearchservice::Domain::ARN),
            name: handle.reference(),
            endpoint: handle.get(cfn::opensearchservice::Domain::DOMAIN_ENDPOINT),
        };
        Self { reference }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }

    /// The name, the value of the metrics' dimension `DomainName`.
    pub fn name(&self) -> Value<String> {
        self.reference.name()
    }

    /// The host name inside of the network, without `https://`.
    pub fn endpoint(&self) -> Value<String> {
        self.reference.endpoint()
    }

    /// Lets a role of the domain's access policy read and write documents.
    ///
    /// The domain itself has the last word: unless it is the master, the role must be mapped there too.
    pub fn grant_read_write(&self, grantee: &impl Grantee) {
        self.reference.grant_read_write(grantee);
    }
}

impl DomainRef {
    /// A domain that exists already: its ARN and its host name.
    pub fn from_arn(arn: impl IntoValue<Arn>, endpoint: impl IntoValue<String>) -> Self {
        let arn = arn.into_value();
        Self { name: arn::after_slash(&arn), arn, endpoint: endpoint.into_value() }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The host name inside of the network, without `https://`.
    pub fn endpoint(&self) -> Value<String> {
        self.endpoint.clone()
    }

    /// Lets a role of the domain's access policy read and write documents, see [`Domain::grant_read_write`].
    pub fn grant_read_write(&self, grantee: &impl Grantee) {
        let actions = ["es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut"];
        grantee.grant("ReadWriteDomain", vec![Statement::allow(actions).on(text![&self.arn, "/*"])]);
    }

    /// How many MiB of a node's storage are free: the fewest in a minute.
    ///
    /// See [metrics of OpenSearch](https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-cloudwatchmetrics.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metric_free_storage(&self) -> Metric {
        self.metric("FreeStorageSpace").statistic(Statistic::Minimum)
    }

    /// Whether a part of the data cannot be reached: 1 if so.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_red(&self) -> Metric {
        self.metric("ClusterStatus.red").statistic(Statistic::Maximum)
    }

    /// The sum over a minute of another metric of a domain of this account.
    #[cfg(feature = "cloudwatch")]
    pub fn metric(&self, name: &'static str) -> Metric {
        Metric::new("AWS/ES", name).dimension("DomainName", &self.name).dimension("ClientId", Value::account_id())
    }
}

reference!(Domain => DomainRef);

/// The role by which OpenSearch Service makes network interfaces, which an account has once for all regions.
///
/// It belongs into a stack of the home region, and nowhere else. If the account has it already, from a domain that somebody
/// made in the console, CloudFormation refuses to make it again: then leave this out. It is retained, since other domains
/// of the account may need it.
///
/// See [AWS::IAM::ServiceLinkedRole](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-servicelinkedrole.html).
pub fn service_linked_role(scope: &Scope, id: &str) {
    let role = cfn::iam::ServiceLinkedRole::new().aws_service_name("opensearchservice.amazonaws.com");
    scope.add(id, role).removal_policy(RemovalPolicy::Retain);
}

fn cluster(nodes: &Nodes) -> cfn::opensearchservice::domain::ClusterConfig {
    use cfn::opensearchservice::domain as property;

    let cluster = property::ClusterConfig::new()
        .instance_type(nodes.data_type.as_str())
        .instance_count(nodes.data_nodes)
        .zone_awareness_enabled(nodes.zones > 1)
        .dedicated_master_enabled(nodes.master_type.is_some());
    let cluster = match nodes.zones {
        1 => cluster,
        zones => cluster.zone_awareness_config(property::ZoneAwarenessConfig::new().availability_zone_count(zones)),
    };
    match &nodes.master_type {
        Some(master) => cluster.dedicated_master_type(master.as_str()).dedicated_master_count(3_u8),
        None => cluster,
    }
}

/// Lets the roles call the domain's HTTP interface. The domain's own ARN cannot be named before it exists, and in its own
/// policy every domain means this one.
fn access_policy(roles: Vec<RoleRef>) -> PolicyDocument {
    let resource = text!["arn:", Value::partition(), ":es:", Value::region(), ":", Value::account_id(), ":domain/*"];
    let mut allow = Statement::allow(["es:ESHttp*"]).on(resource);
    for role in roles {
        allow = allow.to(Principal::arn(role.arn()));
    }
    PolicyDocument::from_iter([allow])
}

/// Lets OpenSearch Service write to the log groups, on behalf of domains of this account in this region. A region has room
/// for ten such policies.
fn log_policy<'a>(scope: &Scope, groups: impl Iterator<Item = &'a LogGroup>) -> cfn::logs::ResourcePolicy {
    let domains = text!["arn:", Value::partition(), ":es:", Value::region(), ":", Value::account_id(), ":domain/*"];
    let service = Principal::service("es.amazonaws.com").for_own_account().for_resource(domains);
    let write = Statement::allow(["logs:PutLogEvents", "logs:CreateLogStream"])
        .on_each(groups.map(|group| group.arn()))
        .to(service);
    // The name must be the region's only one, hence the stack's name in it.
    let place: String = scope.path().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    cfn::logs::ResourcePolicy::new()
        .policy_name(text![Value::stack_name(), format!("-{place}")])
        .policy_document(PolicyDocument::from_iter([write]))
}

/// What OpenSearch Service refuses after twenty minutes, or accepts and should not.
fn check(scope: &Scope, props: &DomainProps) {
    let nodes = &props.nodes;
    let subnets = props.vpc.private_subnet_ids().len();
    if usize::from(nodes.zones) > subnets {
        scope.error(
            "opensearch::zones",
            format!("the nodes spread over {} zones, the network has private subnets in {subnets}", nodes.zones),
            "give the network as many zones, or take `Nodes::single`",
        );
    }
    if nodes.data_nodes == 0 || !nodes.data_nodes.is_multiple_of(nodes.zones) {
        scope.error(
            "opensearch::data-nodes",
            format!("{} data nodes cannot be spread evenly over {} zones", nodes.data_nodes, nodes.zones),
            format!("take a multiple of {}", nodes.zones),
        );
    }
    for kind in std::iter::once(&nodes.data_type).chain(&nodes.master_type) {
        if !kind.ends_with(".search") {
            scope.error(
                "opensearch::instance-type",
                format!("`{kind}` is no instance type of OpenSearch Service"),
                "its types end in `.search`, such as `r6g.large.search`",
            );
        } else if ["t2.", "m3.", "r3."].iter().any(|family| kind.starts_with(family)) {
            scope.error(
                "opensearch::instance-type",
                format!("`{kind}` cannot encrypt what it stores, and hence has no fine-grained access control"),
                "take `t3.small.search` for development, `r6g.large.search` and the like else",
            );
        } else if kind.starts_with("t3.") && nodes.master_type.is_some() {
            scope.error(
                "opensearch::burstable",
                format!("`{kind}` is throttled once its credits are used up, which looks like a failed node"),
                "take `r6g.large.search` for data and `m6g.large.search` for masters",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use flagcdk_core::{App, Placement, Region};

    use super::*;
    use crate::ec2::{SecurityGroup, SecurityGroupProps, Vpc, VpcProps};

    fn synth(zones: u8, nodes: Nodes) -> Result<serde_json::Value, Vec<String>> {
        let app = App::new("test", Region::EU_WEST_1);
        let stack = app.stack("S", Placement::EveryRegion);
        let vpc = Vpc::new(&stack, "Vpc", VpcProps::builder().availability_zones(zones).build());
        let group = SecurityGroupProps::builder().vpc(&vpc).description("The domain").build();
        let props = DomainProps::builder()
            .vpc(&vpc)
            .security_group(&SecurityGroup::new(&stack, "Group", group))
            .encryption_key(KeyRef::from_alias("alias/test"))
            .master(RoleRef::from_name(&stack, "Master", "master"))
            .nodes(nodes)
            .build();
        Domain::new(&stack, "Domain", props);
        match app.synth() {
            Ok(assembly) => {
                let template: serde_json::Value = serde_json::from_str(assembly.template("S")).unwrap();
                Ok(template["Resources"]["Domain"].clone())
            }
            Err(error) => Err(error.findings.into_iter().map(|finding| finding.code).collect()),
        }
    }

    #[test]
    fn everything_is_encrypted_logged_and_kept() {
        let domain = synth(3, Nodes::three_zones("r6g.large.search", "m6g.large.search")).unwrap();
        assert_eq!(domain["DeletionPolicy"], "Retain");
        let properties = &domain["Properties"];
        assert_eq!(properties["ClusterConfig"]["ZoneAwarenessConfig"]["AvailabilityZoneCount"], 3);
        assert_eq!(properties["ClusterConfig"]["DedicatedMasterCount"], 3);
        assert_eq!(properties["VPCOptions"]["SubnetIds"].as_array().unwrap().len(), 3);
        assert_eq!(properties["DomainEndpointOptions"]["EnforceHTTPS"], true);
        assert_eq!(properties["NodeToNodeEncryptionOptions"]["Enabled"], true);
        assert_eq!(properties["EncryptionAtRestOptions"]["Enabled"], true);
        assert_eq!(properties["AdvancedSecurityOptions"]["InternalUserDatabaseEnabled"], false);
        assert_eq!(properties["LogPublishingOptions"].as_object().unwrap().len(), 4);
        let single = synth(3, Nodes::single("t3.small.search")).unwrap();
        assert_eq!(single["Properties"]["VPCOptions"]["SubnetIds"].as_array().unwrap().len(), 1);
        assert_eq!(single["Properties"]["ClusterConfig"]["ZoneAwarenessEnabled"], false);
    }

    #[test]
    fn what_the_service_refuses_is_found() {
        let check = |zones, nodes, code: &str| assert_eq!(synth(zones, nodes).unwrap_err(), [code]);
        check(2, Nodes::three_zones("r6g.large.search", "m6g.large.search"), "opensearch::zones");
        check(3, Nodes::three_zones("r6g.large.search", "m6g.large.search").data_nodes(4), "opensearch::data-nodes");
        check(3, Nodes::single("r6g.large.search").data_nodes(0), "opensearch::data-nodes");
        check(3, Nodes::single("r6g.large"), "opensearch::instance-type");
        check(3, Nodes::single("t2.small.search"), "opensearch::instance-type");
        check(3, Nodes::three_zones("t3.small.search", "m6g.large.search"), "opensearch::burstable");
    }
}
