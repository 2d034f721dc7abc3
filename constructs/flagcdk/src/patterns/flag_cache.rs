//! The cache that services read flags from.

use flagcdk_core::{Scope, Value};
use typed_builder::TypedBuilder;

use crate::ec2::{Port, SecurityGroup, SecurityGroupProps, VpcRef};
use crate::elasticache::{Engine, ReplicationGroup, ReplicationGroupProps};
use crate::kms::KeyRef;
use crate::sns::TopicRef;

/// How a [`FlagCache`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct FlagCacheProps {
    /// The network.
    #[builder(setter(into))]
    vpc: VpcRef,
    /// The key that encrypts what is stored, snapshots and logs.
    #[builder(setter(into))]
    encryption_key: KeyRef,
    /// The password, as a dynamic reference such as [`Value::secret`].
    #[builder(setter(into))]
    auth_token: Value<String>,
    /// The topic that hears of failovers. Never the topic of the flags: what ElastiCache says there would go to every
    /// service's queue. It must let [`Principal::source_owner`](crate::iam::Principal::source_owner) publish and have no key
    /// of its own, which ElastiCache could not use.
    #[builder(setter(into))]
    alerts: TopicRef,
    /// The engine; by default Valkey 8.
    #[builder(default = Engine::VALKEY_8)]
    engine: Engine,
    /// The type of the nodes; by default `cache.t4g.micro`.
    #[builder(default = "cache.t4g.micro".into(), setter(into))]
    node_type: String,
    /// How many nodes stand by in other zones; by default 1. None is for development.
    #[builder(default = 1)]
    replicas: u8,
}

/// The cache that services read flags from: one Valkey in each region, of which every flag can be written again.
///
/// It is in private subnets, speaks TLS on port 6380, asks for a password, and lets in whoever
/// [`FlagCache::allow_from`] names and nobody else.
///
/// ```
/// # use flagcdk::kms::{Key, KeyProps};
/// # use flagcdk::sns::{Topic, TopicProps};
/// use flagcdk::patterns::{FlagCache, FlagCacheProps, Network, NetworkProps};
/// use flagcdk::{App, Placement, Region, Value};
///
/// let app = App::new("dev-flags", Region::EU_WEST_1);
/// let stack = app.stack("Regional", Placement::EveryRegion);
/// # let key = Key::new(&stack, "Key", KeyProps::builder().build());
/// # let alerts = Topic::new(&stack, "Alerts", TopicProps::builder().build());
/// let network = Network::new(&stack, "Network", NetworkProps::builder().encryption_key(&key).build());
/// let token = Value::secret("dev-flags/cache", "token");
/// let props = FlagCacheProps::builder().vpc(&network).encryption_key(&key).auth_token(token).alerts(&alerts).build();
/// let cache = FlagCache::new(&stack, "Cache", props);
/// cache.allow_from(network.functions());
/// assert!(app.synth()?.template("Regional").contains("6380"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FlagCache {
    group: SecurityGroup,
    cache: ReplicationGroup,
}

impl FlagCache {
    /// Makes the cache.
    pub fn new(scope: &Scope, id: &str, props: FlagCacheProps) -> Self {
        let scope = scope.construct(id);
        let group = SecurityGroupProps::builder().vpc(&props.vpc).description("The flag cache").build();
        let group = SecurityGroup::new(&scope, "SecurityGroup", group);
        let cache = ReplicationGroupProps::builder()
            .vpc(props.vpc)
            .security_group(&group)
            .encryption_key(props.encryption_key)
            .auth_token(props.auth_token)
            .notification_topic(props.alerts)
            .engine(props.engine)
            .node_type(props.node_type)
            .replicas(props.replicas);
        let cache = ReplicationGroup::new(&scope, "Cache", cache.build());
        Self { group, cache }
    }

    /// Lets the members of a group speak to the cache, and the group speak to nothing else for that.
    pub fn allow_from(&self, group: &SecurityGroup) {
        group.connect_to(&self.group, Port::tcp(self.cache.port()), "Flags are read and written");
    }

    /// The host name of the node that is written to.
    pub fn endpoint(&self) -> Value<String> {
        self.cache.endpoint()
    }

    /// The port as a text, as environment variables are.
    pub fn port(&self) -> Value<String> {
        self.cache.port().to_string().into()
    }

    /// The replication group, for its metrics.
    pub fn replication_group(&self) -> &ReplicationGroup {
        &self.cache
    }
}
