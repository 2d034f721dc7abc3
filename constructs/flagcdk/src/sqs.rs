//! Simple Queue Service: queues whose messages end in a dead-letter queue when nobody can handle them.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, Json, RemovalPolicy, Scope, Value, text};
use serde_json::json;
use typed_builder::TypedBuilder;

use crate::arn;
#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::{Metric, Statistic};
use crate::iam::{Admission, Grantee, PolicyDocument, Principal, Statement};
use crate::kms::KeyRef;
use crate::reference::reference;
#[cfg(feature = "sns")]
use crate::sns::TopicRef;

/// How a [`Queue`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct QueueProps {
    /// The name, 80 letters, digits, `-` and `_` at most, that of a FIFO queue with `.fifo` at its end; by default
    /// CloudFormation makes one.
    #[builder(default, setter(into, strip_option))]
    name: Option<Value<String>>,
    /// Whether messages come in the order in which they were sent; by default in about that order, and now and then twice.
    #[builder(default)]
    delivery: Delivery,
    /// The key that encrypts messages; by default SQS has one of its own.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// For how many seconds a message that was received is hidden from others, 43,200 at most; by default 30. For a queue
    /// that a function reads it is at least six times the function's timeout.
    #[builder(default = 30)]
    visibility_timeout_seconds: u32,
    /// For how many days messages are kept, 1 to 14; by default 14, since it is the time that people have to look at them.
    #[builder(default = 14)]
    retention_days: u32,
    /// Where messages go that were received too often; by default into a queue of this queue's own, after five times.
    #[builder(default = DeadLetters::Own { max_receive_count: 5 })]
    dead_letters: DeadLetters,
    /// Topics that may send to the queue and to its own dead-letter queue; by default those that it listens to in its own
    /// stack.
    #[cfg(feature = "sns")]
    #[builder(default, setter(into))]
    topics: Vec<TopicRef>,
    /// Services that may send to the queue and to its own dead-letter queue; by default those that the app's own rules, buckets
    /// and subscriptions make send there. Roles of the account need [`QueueRef::grant_send`] instead.
    #[builder(default, setter(into))]
    senders: Vec<Principal>,
    /// More statements for the policy of the queue and of its own dead-letter queue, where `*` is these queues; by default
    /// none. That everything but TLS is denied is there anyway.
    #[builder(default, setter(into))]
    policy: Vec<Statement>,
    /// What becomes of the queue when it leaves the stack; by default it is deleted with what is in it.
    #[builder(default = RemovalPolicy::Destroy)]
    removal: RemovalPolicy,
}

/// How a queue or a topic delivers messages.
///
/// See [FIFO queues](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fifo-queues.html).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// In about the order in which they were sent, each at least once.
    #[default]
    Standard,
    /// Those of one group in the order in which they were sent, each once, with as much throughput as there are groups.
    Fifo(Deduplication),
}

/// By what a FIFO queue or topic knows a message that was sent twice within five minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deduplication {
    /// By the id that the sender gives it.
    ById,
    /// By its contents, or by an id if the sender gives it one.
    ByContent,
}

/// Where messages of a [`Queue`] go that were received too often.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "few are made, and a box would be in every caller's way")]
pub enum DeadLetters {
    /// Into a queue that is made along with this one.
    Own {
        /// How often a message is received before it goes there.
        max_receive_count: u32,
    },
    /// Into another queue.
    Queue {
        /// The other queue.
        queue: QueueRef,
        /// How often a message is received before it goes there.
        max_receive_count: u32,
    },
    /// Nowhere: they are received until they are too old. This is for queues that are themselves for dead letters.
    Nowhere,
}

/// A queue, a dead-letter queue and the policy of both.
///
/// ```
/// use flagcdk::sqs::{Queue, QueueProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Orders", Placement::Home);
/// let queue = Queue::new(&stack, "Incoming", QueueProps::builder().visibility_timeout_seconds(60).build());
/// stack.output("QueueUrl", queue.url());
/// assert!(app.synth()?.template("Orders").contains("IncomingDeadLetters"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::SQS::Queue](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html).
#[derive(Clone, Debug)]
pub struct Queue {
    reference: QueueRef,
    dead_letters: Option<QueueRef>,
}

/// A queue, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueRef {
    arn: Value<Arn>,
    url: Value<String>,
    name: Value<String>,
    encryption_key: Option<KeyRef>,
    admission: Admission<cfn::sqs::QueuePolicy>,
}

impl Queue {
    /// Makes the queue.
    pub fn new(scope: &Scope, id: &str, props: QueueProps) -> Self {
        let scope = scope.construct(id);
        check(&scope, &props);
        let mut queues = Vec::new();
        let own_dead_letters = matches!(props.dead_letters, DeadLetters::Own { .. });
        let dead_letters = match props.dead_letters {
            DeadLetters::Nowhere => None,
            DeadLetters::Queue { queue, max_receive_count } => Some((queue, max_receive_count)),
            DeadLetters::Own { max_receive_count } => {
                let scope = scope.construct("DeadLetters");
                let queue = add(&scope, plain_queue(14, props.delivery), props.encryption_key.clone(), props.removal);
                queues.push(queue.url());
                Some((queue, max_receive_count))
            }
        };
        let mut queue =
            plain_queue(props.retention_days, props.delivery).visibility_timeout(props.visibility_timeout_seconds);
        if let Some(name) = props.name {
            queue = queue.queue_name(name);
        }
        if let Some((dead, max_receive_count)) = &dead_letters {
            queue = queue.redrive_policy(redrive_policy(&dead.arn, *max_receive_count));
        }
        let mut reference = add(&scope, queue, props.encryption_key, props.removal);
        queues.insert(0, reference.url());
        #[cfg(feature = "sns")]
        let from_topics = props.topics.iter().map(topic_statement).collect();
        #[cfg(not(feature = "sns"))]
        let from_topics = Vec::new();
        let document = policy(from_topics, props.senders, props.policy);
        let policy = cfn::sqs::QueuePolicy::new().policy_document(document.clone()).queues(queues);
        reference.admission = Admission::new(document.statements(), &scope.add("Policy", policy), &[]);
        let admission = &reference.admission;
        let dead_letters =
            dead_letters.map(|(queue, _)| if own_dead_letters { queue.admitting(admission) } else { queue });
        Self { reference, dead_letters }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }

    /// The URL, by which the API calls the queue.
    pub fn url(&self) -> Value<String> {
        self.reference.url()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.reference.name()
    }

    /// The queue for messages that were received too often, if there is one.
    pub fn dead_letters(&self) -> Option<&QueueRef> {
        self.dead_letters.as_ref()
    }
}

impl QueueRef {
    /// A queue of the same account and region that exists already.
    pub fn from_name(name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        let place = text![Value::region(), ":", Value::account_id(), ":"];
        let host = text!["https://sqs.", Value::region(), ".", Value::url_suffix(), "/", Value::account_id(), "/"];
        Self {
            arn: text!["arn:", Value::partition(), ":sqs:", place, &name].cast(),
            url: text![host, &name],
            name,
            encryption_key: None,
            admission: Admission::unknown(),
        }
    }

    /// A queue that exists already, by its ARN.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        let arn = arn.into_value();
        let (region, account, name) = (arn::part(&arn, 3), arn::part(&arn, 4), arn::part(&arn, 5));
        let url = text!["https://sqs.", region, ".", Value::url_suffix(), "/", account, "/", &name];
        Self { arn, url, name, encryption_key: None, admission: Admission::unknown() }
    }

    /// Says which key encrypts the messages of an imported queue, so that grants are for the key too.
    #[must_use]
    pub fn encrypted_with(mut self, key: impl Into<KeyRef>) -> Self {
        self.encryption_key = Some(key.into());
        self
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// The URL, by which the API calls the queue.
    pub fn url(&self) -> Value<String> {
        self.url.clone()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// Lets somebody send messages.
    pub fn grant_send(&self, grantee: &impl Grantee) {
        let mut statements = vec![Statement::allow(["sqs:GetQueueAttributes", "sqs:SendMessage"]).on(&self.arn)];
        let key = self.encryption_key.as_ref();
        statements.extend(key.map(|key| key.statement_via("sqs", ["kms:Decrypt", "kms:GenerateDataKey"])));
        grantee.grant("SendToQueue", statements);
    }

    /// Lets somebody receive messages and delete them.
    pub fn grant_consume(&self, grantee: &impl Grantee) {
        let mut statements = vec![consume_statement().on(&self.arn)];
        statements.extend(self.encryption_key.as_ref().map(|key| key.statement_via("sqs", ["kms:Decrypt"])));
        grantee.grant("ConsumeQueue", statements);
    }
}

impl QueueRef {
    /// How many messages wait to be received: the most in a minute.
    ///
    /// See [metrics of SQS](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metric_waiting(&self) -> Metric {
        self.metric("ApproximateNumberOfMessagesVisible").statistic(Statistic::Maximum)
    }

    /// How many seconds old the oldest message is that waits.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_oldest_age_seconds(&self) -> Metric {
        self.metric("ApproximateAgeOfOldestMessage").statistic(Statistic::Maximum)
    }

    /// How many messages were sent.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_sent(&self) -> Metric {
        self.metric("NumberOfMessagesSent")
    }

    /// How many messages were handled, that is deleted.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_deleted(&self) -> Metric {
        self.metric("NumberOfMessagesDeleted")
    }

    /// The sum over a minute of another metric of SQS.
    #[cfg(feature = "cloudwatch")]
    pub fn metric(&self, name: &'static str) -> Metric {
        Metric::new("AWS/SQS", name).dimension("QueueName", &self.name)
    }

    pub(crate) fn admission(&self) -> &Admission<cfn::sqs::QueuePolicy> {
        &self.admission
    }

    fn admitting(mut self, admission: &Admission<cfn::sqs::QueuePolicy>) -> Self {
        self.admission = admission.clone();
        self
    }
}

reference!(Queue => QueueRef);

/// What reading a queue takes, also for Lambda on behalf of a function, on no queue yet.
pub(crate) fn consume_statement() -> Statement {
    Statement::allow([
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
    ])
}

fn plain_queue(retention_days: u32, delivery: Delivery) -> cfn::sqs::Queue {
    let queue = cfn::sqs::Queue::new().message_retention_period(retention_days * 24 * 60 * 60);
    match delivery {
        Delivery::Standard => queue,
        Delivery::Fifo(deduplication) => queue
            .fifo_queue(true)
            .content_based_deduplication(deduplication == Deduplication::ByContent)
            .deduplication_scope("messageGroup")
            .fifo_throughput_limit("perMessageGroupId"),
    }
}

fn add(scope: &Scope, queue: cfn::sqs::Queue, key: Option<KeyRef>, removal: RemovalPolicy) -> QueueRef {
    let queue = match &key {
        Some(key) => queue.kms_master_key_id(key.arn()),
        None => queue.sqs_managed_sse_enabled(true),
    };
    let handle = scope.add("Resource", queue);
    handle.removal_policy(removal);
    QueueRef {
        arn: handle.get(cfn::sqs::Queue::ARN),
        url: handle.reference(),
        name: handle.get(cfn::sqs::Queue::QUEUE_NAME),
        encryption_key: key,
        admission: Admission::unknown(),
    }
}

fn redrive_policy(target: &Value<Arn>, max_receive_count: u32) -> Value<Json> {
    let entries =
        [("deadLetterTargetArn", target.expr().clone()), ("maxReceiveCount", json!(max_receive_count).into())];
    flagcdk_core::Expr::map(entries).into_value()
}

/// That a topic may send to a queue.
#[cfg(feature = "sns")]
pub(crate) fn topic_statement(topic: &TopicRef) -> Statement {
    let service = Principal::service("sns.amazonaws.com").for_resource(topic.arn());
    Statement::allow(["sqs:SendMessage"]).on_anything().to(service)
}

fn policy(from_topics: Vec<Statement>, senders: Vec<Principal>, more: Vec<Statement>) -> PolicyDocument {
    let only_tls = Statement::deny(["sqs:*"]).on_anything().to(Principal::anyone());
    let only_tls = only_tls.when("Bool", "aws:SecureTransport", "false").sid("OnlyTls");
    let from_senders = senders.into_iter().map(|sender| Statement::allow(["sqs:SendMessage"]).on_anything().to(sender));
    [only_tls].into_iter().chain(from_topics).chain(from_senders).chain(more).collect()
}

fn check(scope: &Scope, props: &QueueProps) {
    if let Some(name) = props.name.as_ref().and_then(Value::literal) {
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let stem = match props.delivery {
            Delivery::Standard => Some(name),
            Delivery::Fifo(_) => name.strip_suffix(".fifo"),
        };
        if !stem.is_some_and(|stem| !stem.is_empty() && name.len() <= 80 && stem.chars().all(legal)) {
            scope.error(
                "sqs::name",
                format!("`{name}` cannot be the name of a queue"),
                "use 1 to 80 ASCII letters, digits, `-` and `_`, and `.fifo` at the end for a FIFO queue alone",
            );
        }
    }
    if props.visibility_timeout_seconds > 43_200 {
        let got = props.visibility_timeout_seconds;
        scope.error(
            "sqs::visibility-timeout",
            format!("the visibility timeout is {got} s, SQS allows 43200"),
            "shorten it",
        );
    }
    if !(1..=14).contains(&props.retention_days) {
        let got = props.retention_days;
        scope.error(
            "sqs::retention",
            format!("messages are to be kept for {got} days, wanted 1 to 14"),
            "choose from 1 to 14",
        );
    }
}
