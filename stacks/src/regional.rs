//! `Regional`, in every region: the network, and in it everything that a change of a flag goes through.

use flagcdk::iam::Principal;
use flagcdk::lambda::FunctionRef;
use flagcdk::opensearch::Nodes;
use flagcdk::patterns::{
    Alerts, AlertsProps, AuditDomain, AuditDomainProps, ConsistencyWorkflow, ConsistencyWorkflowProps, FanoutBus,
    FanoutBusProps, FlagCache, FlagCacheProps, FlagDashboard, FlagDashboardProps, FlagFunctions, FlagFunctionsProps,
    Network, NetworkProps, ReservedConcurrency, RollbackRoleProps,
};
use flagcdk::secretsmanager::{Secret, SecretProps};
use flagcdk::sns::{Endpoint, Subscription, SubscriptionProps, Topic, TopicProps, TopicRef};
use flagcdk::sqs::{DeadLetters, Queue, QueueProps};
use flagcdk::{App, Placement, Scope, Stack};

use crate::data::Data;
use crate::keys::Keys;
use crate::{Config, Tier, exceptions};

/// What others need of the stack.
pub(crate) struct Regional {
    pub(crate) bus: FanoutBus,
    pub(crate) cache_updater: FunctionRef,
    pub(crate) alerts: TopicRef,
}

pub(crate) fn stack(app: &App, config: &Config, keys: &Keys, data: &Data) -> Regional {
    let stack = app.stack("Regional", Placement::EveryRegion).describe("Feature flags in this region");
    let key = keys.keys.key();
    let alerts = AlertsProps::builder().encryption_key(key).emails(config.alert_emails.clone()).build();
    let alerts = Alerts::new(&stack, "Alerts", alerts);

    let network = NetworkProps::builder()
        .encryption_key(key)
        .cidr(stack.by_region("VpcCidr", |region| config.vpc_cidr(region).to_string()))
        .availability_zones(if config.multi_az { 3 } else { 2 })
        .build();
    let network = Network::new(&stack, "Network", network);

    let secret = SecretProps::builder().description("Password of the flag cache").encryption_key(key).build();
    let secret = Secret::new(&stack, "CacheToken", secret);
    let cache = FlagCacheProps::builder()
        .vpc(&network)
        .encryption_key(key)
        .auth_token(secret.value())
        .alerts(&cache_events(&stack, config))
        .node_type(config.tier.choose("cache.t4g.micro", "cache.r7g.xlarge"))
        .replicas(if config.multi_az { 2 } else { 0 })
        .build();
    let cache = FlagCache::new(&stack, "Cache", cache);
    cache.allow_from(network.functions());

    let undelivered = QueueProps::builder()
        .encryption_key(key)
        .dead_letters(DeadLetters::Nowhere)
        .policy([ConsistencyWorkflow::dead_letter_statement()])
        .build();
    let undelivered = Queue::new(&stack, "Undelivered", undelivered);

    let role = RollbackRoleProps::builder()
        .table(&data.table)
        .encryption_key(key)
        .undelivered(&undelivered)
        .log_retention_days(config.retention_days)
        .build();
    let role = FlagFunctions::rollback_role(&stack, "Rollback", role);
    let audit = AuditDomainProps::builder()
        .vpc(&network)
        .encryption_key(key)
        .writer(role.role())
        .nodes(match config.tier {
            Tier::Development => Nodes::single("t3.small.search"),
            Tier::Production => Nodes::three_zones("r6g.large.search", "m6g.large.search"),
        })
        .volume_gib(config.tier.choose(10, 100))
        .build();
    let audit = AuditDomain::new(&stack, "Audit", audit);
    audit.allow_from(network.functions());

    let bus = FanoutBusProps::builder().name_prefix(config.name_prefix()).encryption_key(key).build();
    let bus = FanoutBus::new(&stack, "Bus", bus);
    let functions = FlagFunctionsProps::builder()
        .environment(&config.environment)
        .architecture(config.architecture)
        .encryption_key(key)
        .network(&network)
        .table(&data.table)
        .bus(&bus)
        .alerts(&alerts)
        .cache(&cache)
        .cache_secret(&secret)
        .event_source(config.name_prefix())
        .audit_endpoint(audit.endpoint())
        .rollback_role(role)
        .undelivered(&undelivered)
        .services(&config.services)
        .log_retention_days(config.retention_days)
        .reserved_concurrency(reserved_concurrency(config))
        .build();
    let functions = FlagFunctions::new(&stack, "Functions", functions);

    let workflow = ConsistencyWorkflowProps::builder()
        .encryption_key(key)
        .checker(functions.consistency_checker())
        .rollback(functions.rollback())
        .alerts(&alerts)
        .dead_letter_queue(&undelivered)
        .log_groups([functions.cache_updater().log_group().into()])
        .event_source(config.name_prefix())
        .build();
    let workflow = ConsistencyWorkflow::new(&stack, "Consistency", workflow);
    workflow.grant_publish_events(functions.validator());

    watch(&alerts, &functions, &undelivered);
    alerts.lost_deliveries("LostFlags", bus.topic());
    workflow.watch(&alerts);
    alerts.cache_memory("Cache", cache.replication_group());
    alerts.domain_health("Audit", audit.domain());

    let dashboard = FlagDashboardProps::builder()
        .environment(&config.environment)
        .functions(&functions)
        .bus(&bus)
        .cache(&cache)
        .audit(&audit)
        .undelivered(&undelivered)
        .build();
    FlagDashboard::new(&stack, "Dashboard", dashboard);

    stack.described_output("VpcId", network.vpc().id(), "VPC id");
    stack.described_output("FlagTopicArn", bus.topic().arn(), "ARN of the topic that valid flags are published to");
    stack.described_output("RedisEndpoint", cache.endpoint(), "Host name of the flag cache, which speaks TLS");
    stack.described_output("RedisPort", cache.port(), "Port of the flag cache");
    stack.described_output("OpenSearchEndpoint", audit.endpoint(), "Host name of the audit domain");
    exceptions::declare(&stack, config);
    Regional { bus, cache_updater: functions.cache_updater().into(), alerts: (&alerts).into() }
}

/// Where ElastiCache says what happens to the cache. It takes no topic that is encrypted, and says nothing of the flags.
fn cache_events(stack: &Stack, config: &Config) -> Topic {
    let topic = TopicProps::builder().publishers([Principal::source_owner()]).logged_failures([]).build();
    let topic = Topic::new(stack, "CacheEvents", topic);
    let scope: Scope = stack.construct("CacheEventMails");
    for address in &config.alert_emails {
        let endpoint = Endpoint::Email(address.into());
        let props = SubscriptionProps::builder().topic(&topic).endpoint(endpoint).build();
        Subscription::new(&scope, address, props);
    }
    topic
}

/// In production each function has its own share of the account's concurrency, 1,000 in a region unless it was raised.
fn reserved_concurrency(config: &Config) -> Option<ReservedConcurrency> {
    let services = u32::try_from(config.services.names().len()).unwrap_or(u32::MAX);
    let reserved = ReservedConcurrency {
        validator: 50,
        // Two for each service, which is what their event sources use at most, within what an account has.
        cache_updater: services.saturating_mul(2).clamp(10, 400),
        consistency_checker: 20,
        rollback: 5,
    };
    config.tier.choose(None, Some(reserved))
}

fn watch(alerts: &Alerts, functions: &FlagFunctions, undelivered: &Queue) {
    // Records leave the stream after a day; a minute is far more than a change may take.
    alerts.stream_age("ValidatorAge", functions.validator(), 60);
    alerts.dead_letters("RejectedRecords", functions.rejected_records());
    alerts.dead_letters("Undelivered", undelivered);
    let all = [
        ("Validator", functions.validator()),
        ("CacheUpdater", functions.cache_updater()),
        ("ConsistencyChecker", functions.consistency_checker()),
        ("Rollback", functions.rollback()),
    ];
    for (name, function) in all {
        alerts.function_errors(&format!("{name}Errors"), function);
        alerts.function_throttles(&format!("{name}Throttles"), function);
    }
}
