//! One topic, and a queue for every service.

use flagcdk_core::{Scope, Value, text};
use typed_builder::TypedBuilder;

use super::Shard;
use crate::iam::{Grantee, Statement};
use crate::kms::KeyRef;
use crate::lambda::{FunctionRef, QueueSource, QueueSourceProps};
use crate::sns::{Subscription, SubscriptionProps, Topic, TopicProps};
use crate::sqs::{DeadLetters, Queue, QueueProps};

/// The most services of one stack: each has five resources, and a template may have 500.
const MAX_SERVICES_PER_SHARD: usize = 100;

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
        let queues = props.shard.services.iter().map(|name| (name.clone(), service(&scope, name, &props))).collect();
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
