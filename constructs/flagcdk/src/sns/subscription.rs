//! Who listens to topics.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Expr, Scope, Value};
use typed_builder::TypedBuilder;

use super::{Filter, TopicRef};
#[cfg(feature = "lambda")]
use crate::lambda::{Function, FunctionRef};
use crate::sqs::{Queue, QueueRef, topic_statement};

/// How a [`Subscription`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct SubscriptionProps {
    /// The topic that is listened to.
    #[builder(setter(into))]
    topic: TopicRef,
    /// Who listens.
    #[builder(setter(into))]
    endpoint: Endpoint,
    /// Which messages are delivered; by default all.
    #[builder(default, setter(strip_option))]
    filter: Option<Filter>,
    /// Where messages go that could not be delivered; by default they are lost. The topic is let into the queue as into one that
    /// listens.
    #[builder(default, setter(into))]
    dead_letters: Option<QueueRef>,
}

/// Who listens to a topic.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "few are made, and a box would be in every caller's way")]
pub enum Endpoint {
    /// A queue, which the topic is let into. One of another stack must name the topic among those that may send to it, one that
    /// is not of this app must let it in by its policy. It gets the messages as they are, without the envelope of SNS.
    Queue(QueueRef),
    /// A function, which the topic is allowed to invoke.
    #[cfg(feature = "lambda")]
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
/// let queue = Queue::new(&stack, "Billing", QueueProps::builder().build());
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

impl Subscription {
    /// Makes the subscription.
    pub fn new(scope: &Scope, id: &str, props: SubscriptionProps) -> Self {
        let scope = scope.construct(id);
        let listening = match &props.endpoint {
            Endpoint::Queue(queue) => Some(queue),
            _ => None,
        };
        for queue in listening.into_iter().chain(&props.dead_letters) {
            let_in(&scope, &props.topic, queue);
        }
        let subscription = cfn::sns::Subscription::new().topic_arn(props.topic.arn());
        #[cfg(feature = "lambda")]
        let invoked = match &props.endpoint {
            Endpoint::Function(function) => Some(function.clone()),
            _ => None,
        };
        let mut subscription = match props.endpoint {
            Endpoint::Queue(queue) => subscription.protocol("sqs").endpoint(queue.arn()).raw_message_delivery(true),
            #[cfg(feature = "lambda")]
            Endpoint::Function(function) => subscription.protocol("lambda").endpoint(function.arn()),
            Endpoint::Email(address) => subscription.protocol("email").endpoint(address),
            Endpoint::Https(url) => subscription.protocol("https").endpoint(url),
        };
        if let Some(filter) = props.filter {
            subscription = subscription.filter_policy_scope(filter.scope).filter_policy(filter.policy);
        }
        if let Some(queue) = props.dead_letters {
            let policy = Expr::map([("deadLetterTargetArn", queue.arn().into_expr())]);
            subscription = subscription.redrive_policy(policy);
        }
        #[cfg(feature = "lambda")]
        if let Some(function) = invoked {
            // Without it SNS would make the subscription and deliver nothing.
            let permission = cfn::lambda::Permission::new()
                .action("lambda:InvokeFunction")
                .function_name(function.arn())
                .principal("sns.amazonaws.com")
                .source_arn(props.topic.arn());
            scope.add("Invoke", permission);
        }
        let handle = scope.add("Resource", subscription);
        Self { arn: handle.reference().cast() }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }
}

/// Lets a topic send to a queue of the app.
fn let_in(scope: &Scope, topic: &TopicRef, queue: &QueueRef) {
    let statement = topic_statement(topic);
    let admission = queue.admission();
    if admission.has(&statement) {
        return;
    }
    // A topic that was imported is named by what is known everywhere, one of the app's own by its stack's resource.
    let imported = topic.admission().policy().is_none();
    if imported || admission.is_beside(topic.admission()) {
        admission.add(statement);
    } else {
        scope.error(
            "sns::subscription",
            "the queue is in another stack than the topic, and does not let it in",
            "make the queue with `.topics([(&topic).into()])`",
        );
    }
}

impl From<&QueueRef> for Endpoint {
    fn from(queue: &QueueRef) -> Self {
        Self::Queue(queue.clone())
    }
}

impl From<&Queue> for Endpoint {
    fn from(queue: &Queue) -> Self {
        Self::Queue(queue.into())
    }
}

#[cfg(feature = "lambda")]
impl From<&FunctionRef> for Endpoint {
    fn from(function: &FunctionRef) -> Self {
        Self::Function(function.clone())
    }
}

#[cfg(feature = "lambda")]
impl From<&Function> for Endpoint {
    fn from(function: &Function) -> Self {
        Self::Function(function.into())
    }
}
