//! What people look at when flags are changed, or do not arrive.

use flagcdk_core::{Scope, Value, text};
use typed_builder::TypedBuilder;

use super::{AuditDomain, FanoutBus, FlagCache, FlagFunctions};
use crate::cloudwatch::{Block, Dashboard, DashboardProps, Math, Metric, Statistic, Widget};
use crate::opensearch::DomainRef;
use crate::sqs::QueueRef;

/// The namespace of what the functions count and measure themselves.
const NAMESPACE: &str = "FeatureFlags";

/// How a [`FlagDashboard`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct FlagDashboardProps {
    /// The name of the environment, such as `prod`: the functions give it with each of their metrics.
    #[builder(setter(into))]
    environment: String,
    /// The functions.
    #[builder(setter(transform = |functions: &FlagFunctions| functions.clone()))]
    functions: FlagFunctions,
    /// The bus between them, whose queues' names begin alike.
    #[builder(setter(transform = |bus: &FanoutBus| bus.clone()))]
    bus: FanoutBus,
    /// The cache.
    #[builder(setter(transform = |cache: &FlagCache| cache.clone()))]
    cache: FlagCache,
    /// The audit domain.
    #[builder(setter(transform = |audit: &AuditDomain| audit.clone()))]
    audit: AuditDomain,
    /// Where events go that a function failed on when it was called asynchronously.
    #[builder(setter(into))]
    undelivered: QueueRef,
}

/// A dashboard of the way that a change takes through a region, in its order: how long it takes, what the rules have against it,
/// what waits in queues and in dead-letter queues, and how the cache and the audit are.
///
/// Its name ends in the region, since names of dashboards are global. Queues that are made later, or in other stacks, are found
/// by their names.
///
/// It takes what [`FlagFunctions`] and the constructs around them are made of; see there.
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
/// # let role = RollbackRoleProps::builder().table(&table).encryption_key(&key).undelivered(&undelivered).build();
/// # let role = FlagFunctions::rollback_role(&stack, "Rollback", role);
/// # let audit = AuditDomainProps::builder().vpc(&network).encryption_key(&key).writer(role.role()).build();
/// # let audit = AuditDomain::new(&stack, "Audit", audit);
/// # let props = FlagFunctionsProps::builder()
/// #     .environment("dev")
/// #     .encryption_key(&key)
/// #     .network(&network)
/// #     .table(&table)
/// #     .bus(&bus)
/// #     .alerts(&alerts)
/// #     .cache(&cache)
/// #     .cache_secret(&secret)
/// #     .event_source("dev-flags")
/// #     .audit_endpoint(audit.endpoint())
/// #     .rollback_role(role)
/// #     .undelivered(&undelivered)
/// #     .services(&Services::named(["billing", "search"]))
/// #     .build();
/// # let functions = FlagFunctions::new(&stack, "Functions", props);
/// let props = FlagDashboardProps::builder()
///     .environment("dev")
///     .functions(&functions)
///     .bus(&bus)
///     .cache(&cache)
///     .audit(&audit)
///     .undelivered(&undelivered)
///     .build();
/// FlagDashboard::new(&stack, "Dashboard", props);
/// assert!(app.synth()?.template("Regional").contains("WriteToCache"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FlagDashboard {
    dashboard: Dashboard,
}

impl FlagDashboard {
    /// Makes the dashboard.
    pub fn new(scope: &Scope, id: &str, props: FlagDashboardProps) -> Self {
        let title = Widget::text(format!("# Feature flags of `{}`, in the order of a change's way", props.environment));
        let blocks = [
            title.into(),
            Block::row(arrival(&props)),
            Block::row(rules(&props)),
            Block::row(queues(&props)),
            Block::row(stores(&props)),
        ];
        let name = text![props.bus.queue_prefix(), Value::region()];
        let dashboard = DashboardProps::builder().name(name).blocks(blocks).build();
        Self { dashboard: Dashboard::new(scope, id, dashboard) }
    }

    /// The dashboard itself.
    pub fn dashboard(&self) -> &Dashboard {
        &self.dashboard
    }
}

/// How long a change takes, from the write to the table on.
fn arrival(props: &FlagDashboardProps) -> [Widget; 3] {
    let took = |function, name: &'static str| {
        let metric = own(props, function, name);
        Widget::graph(if name == "WriteToCache" { "Write to cache, ms" } else { "Write to publication, ms" })
            .left(metric.clone().statistic(Statistic::P50).label("half of all changes"))
            .left(metric.statistic(Statistic::P99).label("99 of 100"))
    };
    let lag = props.functions.validator().as_ref().metric_iterator_age().label("age of the last record read");
    [
        took("cache_updater", "WriteToCache"),
        took("validator", "WriteToPublish"),
        Widget::graph("Lag of the stream, ms").left(lag),
    ]
}

/// What became of changes, and what the rules had against them.
fn rules(props: &FlagDashboardProps) -> [Widget; 3] {
    let graph = |title, function, names: &[&'static str]| {
        names.iter().fold(Widget::graph(title), |widget, name| widget.left(own(props, function, name).label(*name)))
    };
    [
        graph("Changes", "validator", &["FlagsPublished", "ChangesRejected", "PublishFailures"]),
        graph("Business rules", "validator", &["RuleFailures", "RuleWarnings"]),
        graph("Rollbacks", "rollback", &["RollbacksDone", "RollbacksFailed"]),
    ]
}

/// What waits, and what nobody could handle.
fn queues(props: &FlagDashboardProps) -> [Widget; 3] {
    let prefix = props.bus.queue_prefix();
    let search = |metric: &str, terms: &str| {
        format!("MAX(SEARCH('{{AWS/SQS,QueueName}} MetricName=\"{metric}\" {terms}', 'Maximum', 60))")
    };
    // A search compares words, and a queue's physical name has those of its logical id.
    let waiting = search("ApproximateAgeOfOldestMessage", &format!("QueueName=\"{prefix}\""));
    let dead = search("ApproximateNumberOfMessagesVisible", &format!("\"{prefix}\" Dead Letters"));
    let rejected = props.functions.rejected_records().as_ref().metric_waiting().label("records of the stream");
    let undelivered = props.undelivered.metric_waiting().label("calls of functions");
    let applied = |name| own(props, "cache_updater", name).label(name);
    [
        Widget::graph("Oldest message of any service, s").left(Math::new(waiting).label("seconds")),
        Widget::graph("Dead letters")
            .left(Math::new(dead).label("in the fullest queue of a service"))
            .left(rejected)
            .left(undelivered),
        Widget::graph("Messages")
            .left(applied("FlagsApplied"))
            .left(applied("StaleWritesRefused"))
            .left(applied("MessagesNotApplied"))
            .left(applied("MessagesNotUnderstood")),
    ]
}

/// How the cache, the audit and the functions are.
fn stores(props: &FlagDashboardProps) -> [Widget; 3] {
    let cache = props.cache.replication_group();
    let memory = cache.metrics_memory().into_iter().fold(Widget::graph("Cache: memory, %"), Widget::left);
    let memory = cache.metrics_evictions().into_iter().fold(memory, Widget::right);
    let domain: &DomainRef = props.audit.domain().as_ref();
    let audit = Widget::graph("Audit: free MiB").left(domain.metric_free_storage()).right(domain.metric_red());
    let functions = &props.functions;
    let all = [
        ("validator", functions.validator()),
        ("cache updater", functions.cache_updater()),
        ("consistency checker", functions.consistency_checker()),
        ("rollback", functions.rollback()),
    ];
    let errors = all.iter().fold(Widget::graph("Errors of functions"), |widget, (name, function)| {
        widget.left(function.as_ref().metric_errors().label(*name))
    });
    [memory, audit, errors]
}

/// A metric that a function writes itself.
fn own(props: &FlagDashboardProps, function: &'static str, name: &'static str) -> Metric {
    Metric::new(NAMESPACE, name).dimension("Environment", &props.environment).dimension("Function", function)
}
