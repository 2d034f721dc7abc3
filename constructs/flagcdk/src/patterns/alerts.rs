//! What people are told, and when.

use flagcdk_core::{Condition, Scope, Value};
use typed_builder::TypedBuilder;

use crate::cloudwatch::{Alarm, AlarmProps, Metric, Statistic};
use crate::elasticache::ReplicationGroup;
use crate::events::Rule;
use crate::iam::Principal;
use crate::kms::KeyRef;
use crate::lambda::FunctionRef;
use crate::opensearch::Domain;
use crate::sns::{Endpoint, Subscription, SubscriptionProps, Topic, TopicProps, TopicRef};
use crate::sqs::QueueRef;
use crate::stepfunctions::StateMachineRef;

/// How [`Alerts`] are made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct AlertsProps {
    /// The key that encrypts messages. It must be for
    /// [`KeyService::CloudWatchAlarms`](crate::kms::KeyService::CloudWatchAlarms).
    #[builder(setter(into))]
    encryption_key: KeyRef,
    /// Who gets the messages by mail, once they have confirmed that they want to; by default nobody.
    #[builder(default, setter(into))]
    emails: Vec<String>,
}

/// A topic for people, and alarms that go there: nothing of the flags themselves ever does.
///
/// Alarms of CloudWatch may publish to it, and roles that are granted to. EventBridge may not: no rule sends there, and what
/// EventBridge does for one account a topic's policy cannot tell from what it does for another. Nor may ElastiCache, which
/// cannot publish to a topic with a key. Each method makes an alarm that also says when it is over; an id names it below the
/// alerts.
///
/// ```
/// # use flagcdk::kms::{Key, KeyProps, KeyService};
/// use flagcdk::patterns::{Alerts, AlertsProps};
/// use flagcdk::sqs::{Queue, QueueProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("dev-flags", Region::EU_WEST_1);
/// let stack = app.stack("Regional", Placement::EveryRegion);
/// # let key = Key::new(&stack, "Key", KeyProps::builder().services([KeyService::CloudWatchAlarms]).build());
/// let props = AlertsProps::builder().encryption_key(&key).emails(["flags@example.com".to_owned()]).build();
/// let alerts = Alerts::new(&stack, "Alerts", props);
/// let queue = Queue::new(&stack, "Payments", QueueProps::builder().encryption_key(&key).build());
/// alerts.dead_letters("PaymentsDead", queue.dead_letters().expect("it has its own"));
/// assert!(app.synth()?.template("Regional").contains("ApproximateNumberOfMessagesVisible"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Alerts {
    scope: Scope,
    topic: TopicRef,
}

impl Alerts {
    /// Makes the topic.
    pub fn new(scope: &Scope, id: &str, props: AlertsProps) -> Self {
        let scope = scope.construct(id);
        let alarms = Principal::service("cloudwatch.amazonaws.com").for_own_account();
        let topic = TopicProps::builder().encryption_key(props.encryption_key).publishers([alarms]).build();
        let topic = TopicRef::from(&Topic::new(&scope, "Topic", topic));
        for address in props.emails {
            let id = format!("Mail-{address}");
            let subscription =
                SubscriptionProps::builder().topic(&topic).endpoint(Endpoint::Email(address.into())).build();
            Subscription::new(&scope, &id, subscription);
        }
        Self { scope, topic }
    }

    /// The topic.
    pub fn topic(&self) -> &TopicRef {
        &self.topic
    }

    /// An alarm of the caller's own that tells people here. What its `notify` says is replaced.
    pub fn alarm(&self, id: &str, mut props: AlarmProps) -> Alarm {
        props.notify = vec![self.topic.arn()];
        Alarm::new(&self.scope, id, props)
    }

    /// Something is in a queue for dead letters: a message that nobody could handle, and that is lost after 14 days.
    pub fn dead_letters(&self, id: &str, queue: &impl AsRef<QueueRef>) -> Alarm {
        let depth = Metric::new("AWS/SQS", "ApproximateNumberOfMessagesVisible")
            .dimension("QueueName", queue.as_ref().name())
            .statistic(Statistic::Maximum);
        self.on(id, depth, 1.0, 1, "Messages could not be handled: read them, mend the cause, redrive the queue")
    }

    /// A topic lost a message: a subscription did not take it, and neither did the subscription's dead-letter queue.
    pub fn lost_deliveries(&self, id: &str, topic: &impl AsRef<TopicRef>) -> Alarm {
        // The last part of a topic's ARN is its name.
        let name = Value::split(":", topic.as_ref().arn().cast::<String>()).select(5);
        let lost = Metric::new("AWS/SNS", "NumberOfNotificationsFailedToRedriveToDlq").dimension("TopicName", name);
        self.on(id, lost, 1.0, 1, "Messages are lost: see the policies of the dead-letter queues and of their key")
    }

    /// A function reads a stream late: its last record was this many seconds old in three minutes of three.
    pub fn stream_age(&self, id: &str, function: &impl AsRef<FunctionRef>, seconds: u32) -> Alarm {
        let age = function_metric("IteratorAge", function).statistic(Statistic::Maximum);
        self.on(
            id,
            age,
            f64::from(seconds) * 1000.0,
            3,
            "Changes are handled late: look at the function's errors and throttles",
        )
    }

    /// A function fails, once in each of three minutes.
    pub fn function_errors(&self, id: &str, function: &impl AsRef<FunctionRef>) -> Alarm {
        let errors = function_metric("Errors", function);
        self.on(id, errors, 1.0, 3, "A function keeps failing: read its log")
    }

    /// A function is not run for want of concurrency, in each of three minutes.
    pub fn function_throttles(&self, id: &str, function: &impl AsRef<FunctionRef>) -> Alarm {
        let throttles = function_metric("Throttles", function);
        self.on(id, throttles, 1.0, 3, "A function is throttled: raise its reserved concurrency or the account's quota")
    }

    /// A rule could not deliver an event. A rule that is made in some regions only says so by its condition.
    pub fn rule_failures(&self, id: &str, rule: &Rule, condition: Option<&Condition>) -> Alarm {
        let failures = Metric::new("AWS/Events", "FailedInvocations").dimension("RuleName", rule.name());
        let why = "Events were not delivered: read the rule's dead-letter queue and its role";
        self.conditional(id, failures, why, condition)
    }

    /// Executions of a state machine fail or take too long. One that is made in some regions only says so by its condition.
    pub fn state_machine_failures(
        &self,
        id: &str,
        machine: &impl AsRef<StateMachineRef>,
        condition: Option<&Condition>,
    ) -> [Alarm; 2] {
        let alarm = |name: &'static str, what: &str, why| {
            let metric = Metric::new("AWS/States", name).dimension("StateMachineArn", machine.as_ref().arn());
            self.conditional(&format!("{id}{what}"), metric, why, condition)
        };
        [
            alarm("ExecutionsFailed", "Failed", "Executions failed: read their history"),
            alarm("ExecutionsTimedOut", "TimedOut", "Executions took too long: read their history"),
        ]
    }

    /// A cache is nearly full, or drops what it holds: two alarms for each node.
    pub fn cache_memory(&self, id: &str, cache: &ReplicationGroup) {
        for (number, node) in (1..).zip(cache.node_ids()) {
            let metric = |name| Metric::new("AWS/ElastiCache", name).dimension("CacheClusterId", node.clone());
            let used = metric("DatabaseMemoryUsagePercentage").statistic(Statistic::Maximum);
            self.on(&format!("{id}Memory{number}"), used, 80.0, 5, "The cache is nearly full: take larger nodes");
            let why = "The cache drops entries for want of memory: take larger nodes";
            self.on(&format!("{id}Evictions{number}"), metric("Evictions"), 1.0, 1, why);
        }
    }

    /// A domain has lost a primary shard, takes no writes, or is short of memory: three alarms.
    pub fn domain_health(&self, id: &str, domain: &Domain) {
        let metric = |name| {
            let metric = Metric::new("AWS/ES", name).dimension("DomainName", domain.name());
            metric.dimension("ClientId", Value::account_id()).statistic(Statistic::Maximum)
        };
        let red = "The domain has lost data that it had: see its cluster health, restore the index from a snapshot";
        self.on(&format!("{id}Red"), metric("ClusterStatus.red"), 1.0, 1, red);
        let blocked = "The domain takes no writes: see its storage and memory";
        self.on(&format!("{id}WritesBlocked"), metric("ClusterIndexWritesBlocked"), 1.0, 1, blocked);
        let pressure = "The domain is short of memory: take larger nodes";
        self.on(&format!("{id}Memory"), metric("JVMMemoryPressure"), 95.0, 3, pressure);
    }

    fn on(&self, id: &str, metric: Metric, threshold: f64, periods: u16, why: &str) -> Alarm {
        let props =
            AlarmProps::builder().metric(metric).threshold(threshold).evaluation_periods(periods).description(why);
        self.alarm(id, props.build())
    }

    fn conditional(&self, id: &str, metric: Metric, why: &str, condition: Option<&Condition>) -> Alarm {
        let props = AlarmProps::builder().metric(metric).description(why).condition(condition.cloned());
        self.alarm(id, props.build())
    }
}

impl AsRef<TopicRef> for Alerts {
    fn as_ref(&self) -> &TopicRef {
        &self.topic
    }
}

impl From<&Alerts> for TopicRef {
    fn from(alerts: &Alerts) -> Self {
        alerts.topic.clone()
    }
}

fn function_metric(name: &'static str, function: &impl AsRef<FunctionRef>) -> Metric {
    Metric::new("AWS/Lambda", name).dimension("FunctionName", function.as_ref().name())
}
