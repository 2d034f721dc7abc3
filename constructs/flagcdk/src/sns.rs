//! Simple Notification Service: topics and those who listen to them.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Expr, IntoValue, Scope, Value, text};
use typed_builder::TypedBuilder;

use crate::iam::{Grantee, Permissions, PolicyDocument, Principal, Role, RoleProps, Statement};
use crate::kms::KeyRef;
use crate::lambda::FunctionRef;
use crate::reference::reference;
use crate::sqs::QueueRef;

/// How a [`Topic`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct TopicProps {
    /// The name; by default CloudFormation makes one.
    #[builder(default, setter(into, strip_option))]
    name: Option<Value<String>>,
    /// The key that encrypts messages while SNS has them; by default none of the account's own does.
    ///
    /// A topic that ElastiCache notifies must have none: ElastiCache marks an encrypted topic as inactive.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// Services that may publish, such as `cloudwatch.amazonaws.com` for alarms; by default none. Roles of the account need
    /// [`TopicRef::grant_publish`] instead.
    #[builder(default, setter(into))]
    publishers: Vec<Principal>,
    /// The protocols whose failed deliveries SNS logs, such as `sqs`; by default `sqs` and `lambda`.
    #[builder(default = vec!["lambda", "sqs"], setter(into))]
    logged_failures: Vec<&'static str>,
}

/// A topic that takes messages over TLS alone, and logs what it could not deliver.
///
/// ```
/// use flagcdk::iam::Principal;
/// use flagcdk::sns::{Topic, TopicProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Alerts", Placement::Home);
/// let alarms = Principal::service("cloudwatch.amazonaws.com").for_own_account();
/// Topic::new(&stack, "Topic", TopicProps::builder().publishers([alarms]).build());
/// assert!(app.synth()?.template("Alerts").contains("aws:SecureTransport"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::SNS::Topic](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html).
#[derive(Clone, Debug)]
pub struct Topic {
    reference: TopicRef,
}

/// A topic, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicRef {
    arn: Value<Arn>,
    encryption_key: Option<KeyRef>,
}

/// How a [`Subscription`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct SubscriptionProps {
    /// The topic that is listened to.
    #[builder(setter(into))]
    topic: TopicRef,
    /// Who listens.
    #[builder(setter(into))]
    endpoint: Endpoint,
    /// Where messages go that could not be delivered; by default they are lost.
    #[builder(default, setter(into))]
    dead_letters: Option<QueueRef>,
}

/// Who listens to a topic.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "few are made, and a box would be in every caller's way")]
pub enum Endpoint {
    /// A queue, which must name the topic among those that may send to it. It gets the messages as they are, without the
    /// envelope of SNS.
    Queue(QueueRef),
    /// A function, which must let SNS invoke it.
    Function(FunctionRef),
    /// Whoever reads the mail of this address, once they have confirmed that they want to.
    Email(Value<String>),
    /// A web server at this URL, once it has confirmed that it wants to.
    Https(Value<String>),
}

/// That somebody listens to a topic.
///
/// ```
/// use flagcdk::sns::{Subscription, SubscriptionProps, Topic, TopicProps};
/// use flagcdk::sqs::{Queue, QueueProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Orders", Placement::Home);
/// let topic = Topic::new(&stack, "Placed", TopicProps::builder().build());
/// let queue = Queue::new(&stack, "Billing", QueueProps::builder().topics([(&topic).into()]).build());
/// Subscription::new(&stack, "BillingOfPlaced", SubscriptionProps::builder().topic(&topic).endpoint(&queue).build());
/// assert!(app.synth()?.template("Orders").contains("RawMessageDelivery"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::SNS::Subscription](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-subscription.html).
#[derive(Clone, Debug)]
pub struct Subscription {
    arn: Value<Arn>,
}

impl Topic {
    /// Makes the topic.
    pub fn new(scope: &Scope, id: &str, props: TopicProps) -> Self {
        let scope = scope.construct(id);
        let mut topic = cfn::sns::Topic::new();
        if let Some(name) = props.name {
            topic = topic.topic_name(name);
        }
        if let Some(key) = &props.encryption_key {
            topic = topic.kms_master_key_id(key.arn());
        }
        if !props.logged_failures.is_empty() {
            let role = delivery_log_role(&scope);
            topic = topic.delivery_status_logging(
                props
                    .logged_failures
                    .into_iter()
                    .map(|protocol| {
                        cfn::sns::topic::LoggingConfig::new().protocol(protocol).failure_feedback_role_arn(role.arn())
                    })
                    .collect::<Vec<_>>(),
            );
        }
        let handle = scope.add("Resource", topic);
        let arn = handle.get(cfn::sns::Topic::TOPIC_ARN);
        let policy = cfn::sns::TopicPolicy::new().policy_document(policy(&arn, props.publishers)).topics([&arn]);
        scope.add("Policy", policy);
        Self { reference: TopicRef { arn, encryption_key: props.encryption_key } }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }
}

impl TopicRef {
    /// A topic that exists already.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        Self { arn: arn.into_value(), encryption_key: None }
    }

    /// Says which key encrypts the messages of an imported topic, so that grants are for the key too.
    #[must_use]
    pub fn encrypted_with(mut self, key: impl Into<KeyRef>) -> Self {
        self.encryption_key = Some(key.into());
        self
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// Lets somebody publish.
    pub fn grant_publish(&self, grantee: &impl Grantee) {
        let mut statements = vec![Statement::allow(["sns:Publish"]).on(&self.arn)];
        let key = self.encryption_key.as_ref();
        statements.extend(key.map(|key| key.statement_via("sns", ["kms:Decrypt", "kms:GenerateDataKey"])));
        grantee.grant("PublishToTopic", statements);
    }
}

reference!(Topic => TopicRef);

impl Subscription {
    /// Makes the subscription.
    pub fn new(scope: &Scope, id: &str, props: SubscriptionProps) -> Self {
        let scope = scope.construct(id);
        let subscription = cfn::sns::Subscription::new().topic_arn(props.topic.arn());
        let mut subscription = match props.endpoint {
            Endpoint::Queue(queue) => subscription.protocol("sqs").endpoint(queue.arn()).raw_message_delivery(true),
            Endpoint::Function(function) => subscription.protocol("lambda").endpoint(function.arn()),
            Endpoint::Email(address) => subscription.protocol("email").endpoint(address),
            Endpoint::Https(url) => subscription.protocol("https").endpoint(url),
        };
        if let Some(queue) = props.dead_letters {
            let policy = Expr::map([("deadLetterTargetArn", queue.arn().into_expr())]);
            subscription = subscription.redrive_policy(policy);
        }
        let handle = scope.add("Resource", subscription);
        Self { arn: handle.reference().cast() }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }
}

impl From<&QueueRef> for Endpoint {
    fn from(queue: &QueueRef) -> Self {
        Self::Queue(queue.clone())
    }
}

impl From<&crate::sqs::Queue> for Endpoint {
    fn from(queue: &crate::sqs::Queue) -> Self {
        Self::Queue(queue.into())
    }
}

fn policy(topic: &Value<Arn>, publishers: Vec<Principal>) -> PolicyDocument {
    // SNS knows fewer actions in a topic's policy than in a role's: it refuses `sns:*`.
    let only_tls = Statement::deny(["sns:Publish"]).on(topic).to(Principal::anyone());
    let only_tls = only_tls.when("Bool", "aws:SecureTransport", "false").sid("OnlyTls");
    let publish = |principal| Statement::allow(["sns:Publish"]).on(topic).to(principal);
    [only_tls].into_iter().chain(publishers.into_iter().map(publish)).collect()
}

/// The role with which SNS writes to log groups that it names itself, `sns/<region>/<account>/<topic>/Failure`.
///
/// See [delivery status](https://docs.aws.amazon.com/sns/latest/dg/sns-topic-attributes.html).
fn delivery_log_role(scope: &Scope) -> Role {
    let place = text![Value::region(), ":", Value::account_id(), ":log-group:sns/"];
    let write = Statement::allow([
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "logs:PutMetricFilter",
        "logs:PutRetentionPolicy",
    ])
    .on(text!["arn:", Value::partition(), ":logs:", place, "*"]);
    let permissions = Permissions::new();
    permissions.grant("WriteDeliveryLogs", vec![write]);
    let service = Principal::service("sns.amazonaws.com").for_own_account();
    Role::new(scope, "DeliveryLogRole", RoleProps::builder().assumed_by(service).permissions(permissions).build())
}
