//! ElastiCache: Valkey and Redis, always encrypted and never without a password.

use std::borrow::Cow;

use flagcdk_cfn as cfn;
use flagcdk_core::{Handle, RemovalPolicy, Scope, Value, text};
use typed_builder::TypedBuilder;

#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::{Metric, Statistic};
use crate::ec2::VpcRef;
use crate::kms::KeyRef;
use crate::logs::{LogGroup, LogGroupProps};
#[cfg(feature = "sns")]
use crate::sns::TopicRef;

/// The most replicas that a node group may have.
const MAX_REPLICAS: u8 = 5;

/// An engine with its version.
///
/// See [engine versions](https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    name: Cow<'static, str>,
    version: Cow<'static, str>,
}

/// How a [`ReplicationGroup`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct ReplicationGroupProps {
    /// The network, in whose private subnets the nodes are.
    #[builder(setter(into))]
    vpc: VpcRef,
    /// The group, or its id, that says who may speak to the nodes.
    #[builder(setter(into))]
    security_group: Value<String>,
    /// The key that encrypts what is stored, snapshots and logs.
    #[builder(setter(into))]
    encryption_key: KeyRef,
    /// The password, as a dynamic reference such as [`Value::secret`]: 16 to 128 printable characters without `@`, `"`, `/`
    /// and space. A literal is refused, since it would stand in the template.
    #[builder(setter(into))]
    auth_token: Value<String>,
    /// The topic that hears of failovers and the like; by default nobody hears. Its readers must expect ElastiCache's own
    /// messages. It must let [`Principal::source_owner`](crate::iam::Principal::source_owner) publish and have no key of its
    /// own, which ElastiCache could not use.
    #[cfg(feature = "sns")]
    #[builder(default, setter(into))]
    notification_topic: Option<TopicRef>,
    /// The engine; by default [`Engine::VALKEY_8`].
    #[builder(default = Engine::VALKEY_8)]
    engine: Engine,
    /// The type of the nodes; by default `cache.t4g.micro`.
    #[builder(default = "cache.t4g.micro".into(), setter(into))]
    node_type: String,
    /// How many nodes follow the first one, 5 at most; by default 1. With any, nodes are spread over zones and one takes
    /// over when the first fails; with none, a failure loses what was written since the last snapshot.
    #[builder(default = 1)]
    replicas: u8,
    /// The port; by default 6380, since everybody knocks at 6379.
    #[builder(default = 6380)]
    port: u16,
    /// For how many days daily snapshots are kept, 1 to 35; by default 15.
    #[builder(default = 15)]
    snapshot_retention_days: u8,
    /// What becomes of the cache when it leaves the stack; by default a snapshot stays.
    #[builder(default = RemovalPolicy::Snapshot)]
    removal: RemovalPolicy,
}

/// A replication group of one shard: a node to write to and replicas to read from.
///
/// It speaks TLS only, asks for a password, and is encrypted at rest. Minor versions are upgraded by AWS. Slow commands and
/// the engine's own words are logged. When it is removed or replaced, a snapshot stays unless something else is said.
///
/// See [AWS::ElastiCache::ReplicationGroup](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticache-replicationgroup.html).
///
/// ```
/// # use flagcdk::kms::{Key, KeyProps};
/// use flagcdk::ec2::{SecurityGroup, SecurityGroupProps, Vpc, VpcProps};
/// use flagcdk::elasticache::{ReplicationGroup, ReplicationGroupProps};
/// use flagcdk::{App, Placement, Region, Value};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Cache", Placement::Home);
/// # let key = Key::new(&stack, "Key", KeyProps::builder().build());
/// let vpc = Vpc::new(&stack, "Vpc", VpcProps::builder().build());
/// let group = SecurityGroupProps::builder().vpc(&vpc).description("The cache").build();
/// let group = SecurityGroup::new(&stack, "CacheGroup", group);
/// let token = Value::secret("arn:aws:secretsmanager:eu-west-1:111122223333:secret:cache-AbCdEf", "token");
/// let props = ReplicationGroupProps::builder()
///     .vpc(&vpc)
///     .security_group(&group)
///     .encryption_key(&key)
///     .auth_token(token)
///     .build();
/// let cache = ReplicationGroup::new(&stack, "Cache", props);
/// stack.output("CacheEndpoint", cache.endpoint());
/// assert!(app.synth()?.template("Cache").contains("TransitEncryptionEnabled"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReplicationGroup {
    handle: Handle<cfn::elasticache::ReplicationGroup>,
    port: u16,
    nodes: u8,
}

impl Engine {
    /// Valkey 8.
    pub const VALKEY_8: Self = Self { name: Cow::Borrowed("valkey"), version: Cow::Borrowed("8.0") };
    /// Redis 7, the last one with a free license.
    pub const REDIS_7: Self = Self { name: Cow::Borrowed("redis"), version: Cow::Borrowed("7.1") };

    /// Another version: `valkey` or `redis`, and its number.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self { name: Cow::Owned(name.into()), version: Cow::Owned(version.into()) }
    }
}

impl ReplicationGroup {
    /// Makes the replication group.
    pub fn new(scope: &Scope, id: &str, props: ReplicationGroupProps) -> Self {
        let scope = scope.construct(id);
        check(&scope, &props);
        let subnets = cfn::elasticache::SubnetGroup::new()
            .description("Private subnets of the cache")
            .subnet_ids(props.vpc.private_subnet_ids());
        let subnets = scope.add("SubnetGroup", subnets);
        let spread = props.replicas > 0;
        let logs = [("SlowLog", "slow-log"), ("EngineLog", "engine-log")].map(|(id, kind)| {
            let group = LogGroupProps::builder().encryption_key(&props.encryption_key).build();
            log_delivery(&LogGroup::new(&scope, id, group), kind)
        });
        let group = cfn::elasticache::ReplicationGroup::new()
            .replication_group_description(format!("Cache {}", scope.path()))
            .engine(&*props.engine.name)
            .engine_version(&*props.engine.version)
            .cache_node_type(props.node_type)
            .num_cache_clusters(props.replicas.saturating_add(1))
            .automatic_failover_enabled(spread)
            .multi_az_enabled(spread)
            .cache_subnet_group_name(subnets.reference())
            .security_group_ids([props.security_group])
            .port(props.port)
            .transit_encryption_enabled(true)
            .transit_encryption_mode("required")
            .auth_token(props.auth_token)
            .at_rest_encryption_enabled(true)
            .kms_key_id(props.encryption_key.arn())
            .snapshot_retention_limit(props.snapshot_retention_days)
            .auto_minor_version_upgrade(true)
            .log_delivery_configurations(logs);
        #[cfg(feature = "sns")]
        let group = match props.notification_topic {
            Some(topic) => group.notification_topic_arn(topic.arn()),
            None => group,
        };
        let handle = scope.add("Resource", group);
        handle.removal_policy(props.removal);
        Self { handle, port: props.port, nodes: props.replicas.saturating_add(1) }
    }

    /// The group's id, the name of its metrics' dimension `ReplicationGroupId`.
    pub fn id(&self) -> Value<String> {
        self.handle.reference()
    }

    /// The host name of the node that is written to; it stays the same when another node takes over.
    pub fn endpoint(&self) -> Value<String> {
        self.handle.get(cfn::elasticache::ReplicationGroup::PRIMARY_END_POINT_ADDRESS)
    }

    /// The host name behind which the replicas are, for reading only.
    pub fn reader_endpoint(&self) -> Value<String> {
        self.handle.get(cfn::elasticache::ReplicationGroup::READER_END_POINT_ADDRESS)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How much of each node's memory is used, in percent: the most in a minute.
    ///
    /// See [metrics of ElastiCache](https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metrics_memory(&self) -> Vec<Metric> {
        let used = self.metrics("DatabaseMemoryUsagePercentage");
        used.into_iter().map(|metric| metric.statistic(Statistic::Maximum)).collect()
    }

    /// How many entries each node dropped for want of memory.
    #[cfg(feature = "cloudwatch")]
    pub fn metrics_evictions(&self) -> Vec<Metric> {
        self.metrics("Evictions")
    }

    /// The sum over a minute of another metric of ElastiCache, of each node.
    #[cfg(feature = "cloudwatch")]
    pub fn metrics(&self, name: &'static str) -> Vec<Metric> {
        let of_node = |node| Metric::new("AWS/ElastiCache", name).dimension("CacheClusterId", node);
        self.node_ids().into_iter().map(of_node).collect()
    }

    /// The ids of the nodes, for the dimension `CacheClusterId` of their metrics: the group's id and `-001`, `-002`, ….
    pub fn node_ids(&self) -> Vec<Value<String>> {
        (1..=self.nodes).map(|node| text![self.id(), format!("-{node:03}")]).collect()
    }
}

fn log_delivery(group: &LogGroup, kind: &str) -> cfn::elasticache::replication_group::LogDeliveryConfigurationRequest {
    use cfn::elasticache::replication_group as property;
    let logs = property::CloudWatchLogsDestinationDetails::new().log_group(group.name());
    property::LogDeliveryConfigurationRequest::new()
        .log_type(kind)
        .log_format("json")
        .destination_type("cloudwatch-logs")
        .destination_details(property::DestinationDetails::new().cloud_watch_logs_details(logs))
}

fn check(scope: &Scope, props: &ReplicationGroupProps) {
    if props.replicas > MAX_REPLICAS {
        scope.error(
            "elasticache::replicas",
            format!("{} replicas, wanted {MAX_REPLICAS} at most", props.replicas),
            "use larger nodes, or a cluster with several shards by `cfn::elasticache::ReplicationGroup`",
        );
    }
    if !(1..=35).contains(&props.snapshot_retention_days) {
        scope.error(
            "elasticache::snapshots",
            format!("snapshots are kept for {} days, wanted 1 to 35", props.snapshot_retention_days),
            "keep them for 15 days or more, as Security Hub asks",
        );
    }
    if props.auth_token.literal().is_some_and(|token| !token.starts_with("{{resolve:")) {
        scope.error(
            "elasticache::plain-token",
            "the password is a literal, which would stand in the template and in the stack's history",
            "generate it in Secrets Manager and pass `Value::secret(secret.arn(), \"token\")`",
        );
    }
}

#[cfg(test)]
mod tests {
    use flagcdk_core::{App, Placement, Region};

    use super::*;
    use crate::ec2::{SecurityGroup, SecurityGroupProps, Vpc, VpcProps};

    fn synth(
        change: impl FnOnce(ReplicationGroupProps) -> ReplicationGroupProps,
    ) -> Result<serde_json::Value, Vec<String>> {
        let app = App::new("test", Region::EU_WEST_1);
        let stack = app.stack("S", Placement::Home);
        let vpc = Vpc::new(&stack, "Vpc", VpcProps::builder().build());
        let group = SecurityGroupProps::builder().vpc(&vpc).description("The cache").build();
        let props = ReplicationGroupProps::builder()
            .vpc(&vpc)
            .security_group(&SecurityGroup::new(&stack, "Group", group))
            .encryption_key(KeyRef::from_alias("alias/test"))
            .auth_token(Value::secret("cache", "token"));
        ReplicationGroup::new(&stack, "Cache", change(props.build()));
        match app.synth() {
            Ok(assembly) => {
                let template: serde_json::Value = serde_json::from_str(assembly.template("S")).unwrap();
                Ok(template["Resources"]["Cache"].clone())
            }
            Err(error) => Err(error.findings.into_iter().map(|finding| finding.code).collect()),
        }
    }

    #[test]
    fn it_is_encrypted_and_kept() {
        let cache = synth(|props| props).unwrap();
        assert_eq!(cache["DeletionPolicy"], "Snapshot");
        let properties = &cache["Properties"];
        for flag in
            ["TransitEncryptionEnabled", "AtRestEncryptionEnabled", "MultiAZEnabled", "AutomaticFailoverEnabled"]
        {
            assert_eq!(properties[flag], true, "{flag}");
        }
        assert_eq!(properties["AuthToken"], "{{resolve:secretsmanager:cache:SecretString:token}}");
        assert_eq!(properties["SnapshotRetentionLimit"], 15);
        assert_eq!(properties["NotificationTopicArn"], serde_json::Value::Null);
        assert_eq!(properties["NumCacheClusters"], 2);
        let single = synth(|props| ReplicationGroupProps { replicas: 0, ..props }).unwrap();
        assert_eq!(single["Properties"]["MultiAZEnabled"], false);
        assert_eq!(single["Properties"]["AutomaticFailoverEnabled"], false);
    }

    #[test]
    fn what_aws_refuses_is_found() {
        let check = |change: fn(ReplicationGroupProps) -> ReplicationGroupProps, code: &str| {
            assert_eq!(synth(change).unwrap_err(), [code]);
        };
        check(|props| ReplicationGroupProps { replicas: 6, ..props }, "elasticache::replicas");
        check(|props| ReplicationGroupProps { snapshot_retention_days: 0, ..props }, "elasticache::snapshots");
        check(
            |props| ReplicationGroupProps { auth_token: "hunter2hunter2hunter2".into(), ..props },
            "elasticache::plain-token",
        );
    }
}
