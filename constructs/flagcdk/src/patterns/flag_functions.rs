//! The four functions that a change of a flag goes through.

use std::collections::BTreeMap;

use flagcdk_core::{Architecture, Scope, Value};
use typed_builder::TypedBuilder;

use super::{FanoutBus, FlagCache, GlobalFlagTable, Network, Services};
use crate::iam::Permissions;
use crate::kms::KeyRef;
use crate::lambda::{
    Code, ExecutionRole, ExecutionRoleProps, Function, FunctionProps, StreamSource, StreamSourceProps, VpcAccess,
};
use crate::secretsmanager::SecretRef;
use crate::sns::TopicRef;
use crate::sqs::{DeadLetters, Queue, QueueProps, QueueRef};

/// The timeout of the function that writes the cache, which the fan-out's queues are made for.
const CACHE_UPDATER_TIMEOUT_SECONDS: u16 = 10;

/// The most bytes of a list of services in an environment variable. Lambda allows 4 KB for all variables, of which the others
/// take some 300.
const MAX_SERVICE_NAMES: usize = 3500;

/// How [`FlagFunctions`] are made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct FlagFunctionsProps {
    /// The name of the environment, such as `prod`.
    #[builder(setter(into))]
    environment: String,
    /// What the functions run on; by default 64-bit x86.
    #[builder(default)]
    architecture: Architecture,
    /// The key that encrypts variables, logs and dead letters.
    #[builder(setter(into))]
    encryption_key: KeyRef,
    /// The network that the functions are in.
    #[builder(setter(transform = |network: &Network| network.clone()))]
    network: Network,
    /// The table of flags.
    #[builder(setter(transform = |table: &GlobalFlagTable| table.clone()))]
    table: GlobalFlagTable,
    /// The bus that valid flags are published to.
    #[builder(setter(transform = |bus: &FanoutBus| bus.clone()))]
    bus: FanoutBus,
    /// The topic by which people are told of flags that are not valid.
    #[builder(setter(into))]
    alerts: TopicRef,
    /// The cache that services read from.
    #[builder(setter(transform = |cache: &FlagCache| cache.clone()))]
    cache: FlagCache,
    /// The secret that holds the cache's password, JSON with `token`.
    #[builder(setter(into))]
    cache_secret: SecretRef,
    /// The `source` of the events by which the consistency of a published flag is checked, see
    /// [`ConsistencyWorkflow`](super::ConsistencyWorkflow).
    #[builder(setter(into))]
    event_source: String,
    /// The host name of the audit domain.
    #[builder(setter(into))]
    audit_endpoint: Value<String>,
    /// What the rollback function runs as, made by [`FlagFunctions::rollback_role`] so that the audit domain can let it in.
    rollback_role: ExecutionRole,
    /// Where events go that a function failed on when it was called asynchronously.
    #[builder(setter(into))]
    undelivered: QueueRef,
    /// The services, which the checker compares with what it is told.
    #[builder(setter(transform = |services: &Services| services.clone()))]
    services: Services,
    /// For how many days logs are kept; by default 365.
    #[builder(default = 365)]
    log_retention_days: u32,
    /// How much concurrency each function has for itself; by default none is reserved.
    #[builder(default, setter(into))]
    reserved_concurrency: Option<ReservedConcurrency>,
}

/// How [`FlagFunctions::rollback_role`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct RollbackRoleProps {
    /// The table of flags.
    #[builder(setter(transform = |table: &GlobalFlagTable| table.clone()))]
    table: GlobalFlagTable,
    /// The key that encrypts logs.
    #[builder(setter(into))]
    encryption_key: KeyRef,
    /// Where events go that the function failed on when it was called asynchronously.
    #[builder(setter(into))]
    undelivered: QueueRef,
    /// For how many days logs are kept; by default 365.
    #[builder(default = 365)]
    log_retention_days: u32,
}

/// How many of each function run at most, and are kept free for it of what the account has in the region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReservedConcurrency {
    /// Of the validator.
    pub validator: u32,
    /// Of the function that writes the cache.
    pub cache_updater: u32,
    /// Of the checker.
    pub consistency_checker: u32,
    /// Of the rollback.
    pub rollback: u32,
}

/// The four functions that a change of a flag goes through: it is validated and published, written to the cache, checked to
/// have arrived, and rolled back when it did not.
///
/// All are one binary, of the cargo package `flag-functions`, which is told by the handler's name what to be. Each has a role
/// of its own that may do what it does and no more; only in the home region may any of them write to the table.
///
/// They are configured by their environment: `ENVIRONMENT`, `HOME_REGION`, `FLAG_TABLE`, `FLAG_TOPIC_ARN`, `ALERT_TOPIC_ARN`,
/// `REDIS_ENDPOINT`, `REDIS_PORT`, `REDIS_TLS`, `REDIS_SECRET_ARN`, `QUEUE_PREFIX` (what precedes a service's name in the name
/// of its queue), `EVENT_SOURCE`, `SERVICE_COUNT` for numbered
/// services, `SERVICE_NAMES` for named ones, `OPENSEARCH_ENDPOINT`,
/// `OPENSEARCH_INDEX` and `AWS_ENDPOINT_URL_DYNAMODB`. Each function gets those that it needs.
///
/// ```
/// # use flagcdk::kms::{Key, KeyProps};
/// # use flagcdk::patterns::*;
/// # use flagcdk::secretsmanager::{Secret, SecretProps};
/// # use flagcdk::sns::{Topic, TopicProps};
/// # use flagcdk::sqs::{DeadLetters, Queue, QueueProps};
/// # use flagcdk::{App, Placement, Region};
/// # let app = App::new("dev-flags", Region::EU_WEST_1);
/// # let data = app.stack("Data", Placement::Home);
/// # let table = GlobalFlagTableProps::builder().name_prefix("dev-flags").replicas([Region::EU_WEST_1]);
/// # let table = GlobalFlagTable::new(&data, "Flags", table.key_alias("alias/dev-flags").build());
/// # let stack = app.stack("Regional", Placement::EveryRegion);
/// # let key = Key::new(&stack, "Key", KeyProps::builder().build());
/// # let network = Network::new(&stack, "Network", NetworkProps::builder().encryption_key(&key).build());
/// # let secret = Secret::new(&stack, "CacheToken", SecretProps::builder().encryption_key(&key).build());
/// # let alerts = Topic::new(&stack, "Alerts", TopicProps::builder().encryption_key(&key).build());
/// # let events = Topic::new(&stack, "CacheEvents", TopicProps::builder().build());
/// # let cache = FlagCacheProps::builder().vpc(&network).encryption_key(&key).auth_token(secret.value());
/// # let cache = FlagCache::new(&stack, "Cache", cache.alerts(&events).build());
/// # let bus = FanoutBusProps::builder().name_prefix("dev-flags").encryption_key(&key).build();
/// # let bus = FanoutBus::new(&stack, "Bus", bus);
/// # let undelivered = QueueProps::builder().encryption_key(&key).dead_letters(DeadLetters::Nowhere).build();
/// # let undelivered = Queue::new(&stack, "Undelivered", undelivered);
/// let role = RollbackRoleProps::builder().table(&table).encryption_key(&key).undelivered(&undelivered).build();
/// let role = FlagFunctions::rollback_role(&stack, "Rollback", role);
/// let audit = AuditDomainProps::builder().vpc(&network).encryption_key(&key).writer(role.role()).build();
/// let audit = AuditDomain::new(&stack, "Audit", audit);
/// let props = FlagFunctionsProps::builder()
///     .environment("dev")
///     .encryption_key(&key)
///     .network(&network)
///     .table(&table)
///     .bus(&bus)
///     .alerts(&alerts)
///     .cache(&cache)
///     .cache_secret(&secret)
///     .event_source("dev-flags")
///     .audit_endpoint(audit.endpoint())
///     .rollback_role(role)
///     .undelivered(&undelivered)
///     .services(&Services::named(["billing", "search"]))
///     .build();
/// let functions = FlagFunctions::new(&stack, "Functions", props);
/// stack.output("Validator", functions.validator().name());
/// assert!(app.synth()?.template("Regional").contains("billing,search"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FlagFunctions {
    validator: Function,
    cache_updater: Function,
    consistency_checker: Function,
    rollback: Function,
    rejected_records: Queue,
}

impl FlagFunctions {
    /// The most bytes of all names of services, with a comma between each two.
    pub const MAX_SERVICE_NAMES: usize = MAX_SERVICE_NAMES;

    /// Makes the functions.
    pub fn new(scope: &Scope, id: &str, props: FlagFunctionsProps) -> Self {
        let scope = scope.construct(id);
        let queue = QueueProps::builder().encryption_key(&props.encryption_key).dead_letters(DeadLetters::Nowhere);
        let rejected_records = Queue::new(&scope, "RejectedRecords", queue.build());
        let parts = Parts { scope: &scope, props: &props };
        Self {
            validator: parts.validator(&rejected_records),
            cache_updater: parts.cache_updater(),
            consistency_checker: parts.consistency_checker(),
            rollback: parts.rollback(),
            rejected_records,
        }
    }

    /// What the rollback function runs as. It comes before the function, because the audit domain must know the role and the
    /// function must know the domain.
    pub fn rollback_role(scope: &Scope, id: &str, props: RollbackRoleProps) -> ExecutionRole {
        let permissions = Permissions::new();
        props.table.grant_reading(["dynamodb:GetItem", "dynamodb:Query"], &permissions);
        props.table.grant_writing(["dynamodb:PutItem", "dynamodb:UpdateItem"], &permissions);
        let props = ExecutionRoleProps::builder()
            .permissions(permissions)
            .encryption_key(props.encryption_key)
            .log_retention_days(props.log_retention_days)
            .in_vpc(true)
            .dead_letters(props.undelivered);
        ExecutionRole::new(scope, id, props.build())
    }

    /// The function that checks changes against the business rules, and publishes those that hold.
    pub fn validator(&self) -> &Function {
        &self.validator
    }

    /// The function that writes a service's cache.
    pub fn cache_updater(&self) -> &Function {
        &self.cache_updater
    }

    /// The function that judges whether all services took a change up.
    pub fn consistency_checker(&self) -> &Function {
        &self.consistency_checker
    }

    /// The function that goes back to the newest good version.
    pub fn rollback(&self) -> &Function {
        &self.rollback
    }

    /// The queue that tells which records of the stream could not be handled.
    pub fn rejected_records(&self) -> &Queue {
        &self.rejected_records
    }
}

struct Parts<'a> {
    scope: &'a Scope,
    props: &'a FlagFunctionsProps,
}

/// What tells the functions apart.
struct Shape {
    id: &'static str,
    handler: &'static str,
    description: &'static str,
    timeout_seconds: u16,
    memory_mb: u16,
    reserved_concurrency: Option<u32>,
}

/// What a function runs as.
#[expect(clippy::large_enum_variant, reason = "one is made for each of four functions")]
enum RunsAs {
    /// A role that is made for it, with these permissions.
    OwnRole(Permissions),
    /// A role that was made before.
    Role(ExecutionRole),
}

impl Parts<'_> {
    fn validator(&self, rejected_records: &Queue) -> Function {
        let props = self.props;
        let stream_arn = props.table.stream_arn(&self.scope.stack());
        let permissions = Permissions::new();
        props.table.replica().grant_stream_read(&stream_arn, &permissions);
        props.table.grant_reading(["dynamodb:Query"], &permissions);
        props.table.grant_writing(["dynamodb:UpdateItem"], &permissions);
        props.bus.topic().as_ref().grant_publish(&permissions);
        props.alerts.grant_publish(&permissions);
        rejected_records.as_ref().grant_send(&permissions);
        let shape = Shape {
            id: "Validator",
            handler: "validator",
            description: "Checks changes of flags against the business rules and publishes them",
            // The owner's limit for a validation is 2 s; the timeout is for a whole batch.
            timeout_seconds: 30,
            memory_mb: 512,
            reserved_concurrency: props.reserved_concurrency.map(|reserved| reserved.validator),
        };
        let environment = [
            ("FLAG_TOPIC_ARN", props.bus.topic().arn().into()),
            ("ALERT_TOPIC_ARN", props.alerts.arn().into()),
            ("EVENT_SOURCE", Value::from(&props.event_source)),
        ];
        let environment = environment.into_iter().chain(self.table());
        let function = self.function(shape, RunsAs::OwnRole(permissions), environment);
        let source = StreamSourceProps::builder()
            .function(&function)
            .stream_arn(stream_arn)
            .batch_size(50)
            // The function gives a record back only when a service fails, never for what is in it. A change must not be lost
            // because that takes longer than a moment: people are told that the stream is not read.
            .retry_attempts(1000)
            .on_failure(rejected_records)
            .build();
        StreamSource::new(self.scope, "FlagChanges", source);
        function
    }

    fn cache_updater(&self) -> Function {
        let props = self.props;
        let permissions = Permissions::new();
        props.bus.grant_consume(&permissions);
        props.cache_secret.grant_read(&permissions);
        let shape = Shape {
            id: "CacheUpdater",
            handler: "cache_updater",
            description: "Writes published flags to the cache of a service",
            timeout_seconds: CACHE_UPDATER_TIMEOUT_SECONDS,
            memory_mb: 256,
            reserved_concurrency: props.reserved_concurrency.map(|reserved| reserved.cache_updater),
        };
        let environment = [
            ("QUEUE_PREFIX", props.bus.queue_prefix().into()),
            ("REDIS_ENDPOINT", props.cache.endpoint()),
            ("REDIS_PORT", props.cache.port()),
            ("REDIS_TLS", "true".into()),
            ("REDIS_SECRET_ARN", props.cache_secret.arn().into()),
        ];
        self.function(shape, RunsAs::OwnRole(permissions), environment)
    }

    fn consistency_checker(&self) -> Function {
        let props = self.props;
        let shape = Shape {
            id: "ConsistencyChecker",
            handler: "consistency_checker",
            description: "Judges whether every service took up the new version of a flag",
            timeout_seconds: 30,
            memory_mb: 256,
            reserved_concurrency: props.reserved_concurrency.map(|reserved| reserved.consistency_checker),
        };
        let services = &props.services;
        let expected = match services.hash_shards() {
            None => ("SERVICE_COUNT", services.names().len().to_string().into()),
            Some(_) => ("SERVICE_NAMES", self.service_names().into()),
        };
        // It judges what it is told, and asks nobody.
        self.function(shape, RunsAs::OwnRole(Permissions::new()), [expected])
    }

    /// The names of the services as one text. A checker that did not know them all would find flags inconsistent.
    fn service_names(&self) -> String {
        let names = self.props.services.names().join(",");
        if names.len() > MAX_SERVICE_NAMES {
            self.scope.error(
                "functions::service-names",
                format!(
                    "the services' names have {} bytes together, there is room for {MAX_SERVICE_NAMES}",
                    names.len()
                ),
                "give services shorter names, or number them",
            );
        }
        names
    }

    fn rollback(&self) -> Function {
        let props = self.props;
        let shape = Shape {
            id: "Rollback",
            handler: "rollback",
            description: "Goes back to the newest good version of a flag and records it",
            timeout_seconds: 30,
            memory_mb: 256,
            reserved_concurrency: props.reserved_concurrency.map(|reserved| reserved.rollback),
        };
        let environment =
            [("OPENSEARCH_ENDPOINT", props.audit_endpoint.clone()), ("OPENSEARCH_INDEX", "flag-audit".into())];
        let environment = environment.into_iter().chain(self.table());
        self.function(shape, RunsAs::Role(props.rollback_role.clone()), environment)
    }

    /// What a function is told that speaks to the table.
    fn table(&self) -> [(&'static str, Value<String>); 3] {
        [
            ("AWS_ENDPOINT_URL_DYNAMODB", self.props.network.dynamodb_url()),
            ("FLAG_TABLE", self.props.table.name().into()),
            ("HOME_REGION", self.scope.home_region().as_str().into()),
        ]
    }

    fn function<'v>(
        &self,
        shape: Shape,
        runs_as: RunsAs,
        environment: impl IntoIterator<Item = (&'v str, Value<String>)>,
    ) -> Function {
        let props = self.props;
        let name = [("ENVIRONMENT", Value::from(&props.environment))];
        let environment: BTreeMap<String, Value<String>> =
            name.into_iter().chain(environment).map(|(name, value)| (name.to_owned(), value)).collect();
        let vpc = VpcAccess {
            subnets: props.network.private_subnet_ids(),
            security_groups: vec![props.network.functions().id()],
        };
        let (permissions, role) = match runs_as {
            RunsAs::OwnRole(permissions) => (permissions, None),
            RunsAs::Role(role) => (Permissions::new(), Some(role)),
        };
        let function = FunctionProps::builder()
            .code(Code::cargo_binary("flag-functions", "bootstrap", props.architecture))
            .handler(shape.handler)
            .description(shape.description)
            .timeout_seconds(shape.timeout_seconds)
            .memory_mb(shape.memory_mb)
            .environment(environment)
            .encryption_key(&props.encryption_key)
            .permissions(permissions)
            .execution_role(role)
            .vpc(vpc)
            .reserved_concurrency(shape.reserved_concurrency)
            .dead_letters(&props.undelivered)
            .log_retention_days(props.log_retention_days);
        Function::new(self.scope, shape.id, function.build())
    }
}
