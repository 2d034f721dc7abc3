//! One topic, and a queue for every service.

use flagcdk_cfn as cfn;
use flagcdk_core::{Scope, Value, text};
use typed_builder::TypedBuilder;

use super::Shard;
use crate::iam::{Grantee, Statement};
use crate::kms::KeyRef;
use crate::lambda::{FunctionRef, QueueSource, QueueSourceProps};
use crate::sns::{Subscription, SubscriptionProps, Topic, TopicProps, TopicRef};
use crate::sqs::{DeadLetters, Queue, QueueProps};

/// The most services of one stack: each has five resources, ten share an alarm, and a template may have 500 resources.
const MAX_SERVICES_PER_SHARD: usize = 98;

/// The most metrics of one alarm.
const QUEUES_PER_ALARM: usize = 10;

/// How a [`FanoutBus`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct FanoutBusProps {
    /// What the names of the app's resources begin with; the queue of a service is `<name_prefix>-<service>`.
    #[builder(setter(into))]
    name_prefix: String,
    /// The key that encrypts messages in the topic and in the queues.
    #[builder(setter(into))]
    encryption_key: KeyRef,
}

/// How a [`FanoutShard`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct FanoutShardProps {
    /// The bus.
    #[builder(setter(transform = |bus: &FanoutBus| bus.clone()))]
    bus: FanoutBus,
    /// The services.
    shard: Shard,
    /// The function that is run for every queue. It must be allowed to read them, see [`FanoutBus::grant_consume`].
    #[builder(setter(into))]
    consumer: FunctionRef,
    /// The timeout of that function; by default 10 seconds. A message is hidden for six times as long while it is handled.
    #[builder(default = 10)]
    consumer_timeout_seconds: u32,
    /// How many of the function run for one service at most, at least 2; by default 2.
    #[builder(default = 2)]
    max_concurrency: u16,
    /// The topic by which people are told of messages that could not be handled; by default nobody is told. See
    /// [`Alerts`](super::Alerts).
    #[builder(default, setter(into))]
    alerts: Option<TopicRef>,
}

/// One topic, and a queue for every service that gets whatever is published.
///
/// A service whose messages cannot be handled holds up no other: each has a queue, a dead-letter queue, a subscription, a
/// policy and an event source of its own. That is five resources, of which CloudFormation allows 500 in a template. So the
/// bus is a topic in one stack, and [`FanoutShard`]s in as many as there are [`Shard`](super::Shard)s.
///
/// Queues have names, `<name_prefix>-<service>`, unlike nearly everything else here. By its name alone a message's queue
/// tells the consumer which service it is for, and by the prefix one role may read all of them: their ARNs, one by one,
/// would not fit into a policy. A named queue cannot be made while one of the same name exists, hence a service must never
/// move to another shard.
///
/// Every dead-letter queue can be watched, ten of them by one alarm. CloudWatch bills an alarm by the metrics that it looks
/// at, so that this costs the same as an alarm for each, and as a Metrics Insights query that finds the queues by itself.
/// Such a query knows tags only in accounts that have switched them on for telemetry, and never the beginning of a name.
///
/// ```
/// # use flagcdk::kms::{Key, KeyProps};
/// use flagcdk::lambda::FunctionRef;
/// use flagcdk::patterns::{FanoutBus, FanoutBusProps, FanoutShard, FanoutShardProps, Services};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("dev-flags", Region::EU_WEST_1);
/// let regional = app.stack("Regional", Placement::EveryRegion);
/// # let key = Key::new(&regional, "Key", KeyProps::builder().build());
/// let bus = FanoutBus::new(&regional, "Bus", FanoutBusProps::builder().name_prefix("dev-flags").encryption_key(&key).build());
/// let consumer = FunctionRef::from_name("cache-updater");
/// for shard in Services::named(["billing", "search"]).shards() {
///     let stack = app.stack(&format!("Fanout{}", shard.number), Placement::EveryRegion);
///     let props = FanoutShardProps::builder().bus(&bus).shard(shard).consumer(&consumer).build();
///     let shard = FanoutShard::new(&stack, "Services", props);
///     assert_eq!(shard.queues().len(), 2);
/// }
/// assert!(app.synth()?.template("Fanout0").contains("dev-flags-billing"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FanoutBus {
    topic: Topic,
    name_prefix: String,
    encryption_key: KeyRef,
}

/// The queues of some services, each with what belongs to it. See [`FanoutBus`].
///
/// ```
/// use flagcdk::kms::KeyRef;
/// use flagcdk::lambda::FunctionRef;
/// use flagcdk::patterns::{FanoutBus, FanoutBusProps, FanoutShard, FanoutShardProps, Services};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("dev-flags", Region::EU_WEST_1);
/// let key = KeyRef::from_alias("alias/dev-flags");
/// let regional = app.stack("Regional", Placement::EveryRegion);
/// let bus = FanoutBusProps::builder().name_prefix("dev-flags").encryption_key(key).build();
/// let bus = FanoutBus::new(&regional, "Bus", bus);
/// for shard in Services::named(["billing"]).shards() {
///     let stack = app.stack("Fanout", Placement::EveryRegion);
///     let consumer = FunctionRef::from_name("dev-flags-consumer");
///     let props = FanoutShardProps::builder().bus(&bus).shard(shard).consumer(&consumer).build();
///     FanoutShard::new(&stack, "Services", props);
/// }
/// assert!(app.synth()?.template("Fanout").contains("dev-flags-billing"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FanoutShard {
    queues: Vec<(String, Queue)>,
}

impl FanoutBus {
    /// Makes the topic.
    pub fn new(scope: &Scope, id: &str, props: FanoutBusProps) -> Self {
        let topic = TopicProps::builder().encryption_key(&props.encryption_key).logged_failures(["sqs"]).build();
        let topic = Topic::new(scope, id, topic);
        Self { topic, name_prefix: props.name_prefix, encryption_key: props.encryption_key }
    }

    /// The topic. Publish to it with [`TopicRef::grant_publish`](crate::sns::TopicRef::grant_publish).
    pub fn topic(&self) -> &Topic {
        &self.topic
    }

    /// What the names of queues begin with: the rest of a name is the service's.
    pub fn queue_prefix(&self) -> String {
        format!("{}-", self.name_prefix)
    }

    /// Lets Lambda read the queues of all services on behalf of a function, also of those that come later.
    ///
    /// See [execution role permissions](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions).
    pub fn grant_consume(&self, grantee: &impl Grantee) {
        let place = text!["arn:", Value::partition(), ":sqs:", Value::region(), ":", Value::account_id(), ":"];
        let consume = Statement::allow(["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]);
        let consume = consume.on(text![place, self.queue_prefix(), "*"]);
        grantee.grant("ConsumeServiceQueues", vec![consume, self.encryption_key.statement_via("sqs", ["kms:Decrypt"])]);
    }
}

impl FanoutShard {
    /// Makes what belongs to the services of the shard.
    pub fn new(scope: &Scope, id: &str, props: FanoutShardProps) -> Self {
        let scope = scope.construct(id);
        let count = props.shard.services.len();
        if count > MAX_SERVICES_PER_SHARD {
            scope.error(
                "fanout::full-shard",
                format!(
                    "{count} services are in shard {}, a stack has room for {MAX_SERVICES_PER_SHARD}",
                    props.shard.number
                ),
                "spread the services over more shards: `fanout_shards` is the setting of the feature-flag app",
            );
        }
        let queues: Vec<_> =
            props.shard.services.iter().map(|name| (name.clone(), service(&scope, name, &props))).collect();
        if let Some(alerts) = &props.alerts {
            let scope = scope.construct("DeadLetterAlarms");
            for (number, queues) in (1..).zip(queues.chunks(QUEUES_PER_ALARM)) {
                dead_letter_alarm(&scope, &format!("Group{number}"), queues, alerts);
            }
        }
        Self { queues }
    }

    /// The services of the shard and their queues.
    pub fn queues(&self) -> &[(String, Queue)] {
        &self.queues
    }
}

fn service(scope: &Scope, name: &str, props: &FanoutShardProps) -> Queue {
    let scope = scope.construct(name);
    let queue = QueueProps::builder()
        .name(format!("{}{name}", props.bus.queue_prefix()))
        .encryption_key(&props.bus.encryption_key)
        .visibility_timeout_seconds(6 * props.consumer_timeout_seconds)
        .dead_letters(DeadLetters::Own { max_receive_count: 5 })
        .topics([(&props.bus.topic).into()])
        .build();
    let queue = Queue::new(&scope, "Queue", queue);
    let subscription = SubscriptionProps::builder()
        .topic(&props.bus.topic)
        .endpoint(&queue)
        .dead_letters(queue.dead_letters().cloned())
        .build();
    Subscription::new(&scope, "Subscription", subscription);
    let source = QueueSourceProps::builder()
        .function(&props.consumer)
        .queue(&queue)
        .max_concurrency(props.max_concurrency)
        .build();
    QueueSource::new(&scope, "Source", source);
    queue
}

/// Something is in any of the dead-letter queues of these services.
fn dead_letter_alarm(scope: &Scope, id: &str, queues: &[(String, Queue)], alerts: &TopicRef) {
    use cfn::cloudwatch::alarm as property;

    let names: Vec<_> = queues.iter().map(|(service, _)| service.as_str()).collect();
    let depths = queues.iter().filter_map(|(_, queue)| queue.dead_letters()).zip(1..).map(|(dead, number)| {
        let name = property::Dimension::new().name("QueueName").value(dead.name());
        let metric = property::Metric::new()
            .namespace("AWS/SQS")
            .metric_name("ApproximateNumberOfMessagesVisible")
            .dimensions([name]);
        let stat = property::MetricStat::new().metric(metric).period(60).stat("Maximum");
        property::MetricDataQuery::new().id(format!("m{number}")).metric_stat(stat).return_data(false)
    });
    // An array even of one metric makes one series, of whichever metrics have a value.
    let deepest = property::MetricDataQuery::new()
        .id("deepest")
        .label("Messages in the fullest dead-letter queue")
        .expression("MAX(METRICS())")
        .return_data(true);
    let alarm = cfn::cloudwatch::Alarm::new()
        .alarm_description(format!(
            "Messages could not be handled for one of {}: read them, mend the cause, redrive the queue",
            names.join(", ")
        ))
        .metrics([deepest].into_iter().chain(depths).collect::<Vec<_>>())
        .threshold(1.0)
        .comparison_operator("GreaterThanOrEqualToThreshold")
        .evaluation_periods(1_u8)
        .treat_missing_data("notBreaching")
        .alarm_actions([alerts.arn()])
        .ok_actions([alerts.arn()]);
    scope.add(id, alarm);
}
