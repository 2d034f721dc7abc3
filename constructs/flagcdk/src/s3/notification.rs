//! Whom a bucket tells of what happens in it.

use std::borrow::Cow;

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Handle, Scope, Value};

use crate::iam::{Principal, Statement};
#[cfg(feature = "lambda")]
use crate::lambda::{Function, FunctionRef};
use crate::sns::{Topic, TopicRef};
use crate::sqs::{Queue, QueueRef};

/// The name by which S3 comes to queues, topics and functions.
const SERVICE: &str = "s3.amazonaws.com";

/// Something that happens in a bucket.
///
/// See [event types](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event(&'static str);

impl Event {
    /// An object was put, posted, copied or uploaded in parts.
    pub const OBJECT_CREATED: Self = Self("s3:ObjectCreated:*");
    /// An object was put.
    pub const OBJECT_CREATED_PUT: Self = Self("s3:ObjectCreated:Put");
    /// An object or a version was deleted, or a delete marker was put.
    pub const OBJECT_REMOVED: Self = Self("s3:ObjectRemoved:*");
    /// A lifecycle rule deleted an object.
    pub const OBJECT_EXPIRED: Self = Self("s3:LifecycleExpiration:*");
    /// An object was restored from an archive.
    pub const OBJECT_RESTORED: Self = Self("s3:ObjectRestore:Completed");
    /// The tags of an object were changed.
    pub const TAGS_CHANGED: Self = Self("s3:ObjectTagging:*");

    /// Another event, in S3's own words.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }
}

/// Who is told of what happens in a bucket. It is set by the bucket itself; no custom resource is needed.
///
/// ```
/// use flagcdk::s3::{Bucket, BucketProps, Event, Notification};
/// use flagcdk::sqs::{Queue, QueueProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Uploads", Placement::Home);
/// let queue = Queue::new(&stack, "Images", QueueProps::builder().build());
/// let notification = Notification::of(Event::OBJECT_CREATED, &queue).below("images/").ending_in(".png");
/// Bucket::new(&stack, "Uploads", BucketProps::builder().notifications([notification]).build());
/// assert!(app.synth()?.template("Uploads").contains("QueueConfigurations"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [event notifications](https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html).
#[derive(Clone, Debug)]
pub struct Notification {
    event: Event,
    to: Destination,
    prefix: Option<Cow<'static, str>>,
    suffix: Option<Cow<'static, str>>,
}

/// Who is told by a [`Notification`].
#[derive(Clone, Debug)]
pub enum Destination {
    /// A queue, which S3 is let into; one that is not of this app must let `s3.amazonaws.com` send. If it has a key, that must
    /// be for [`KeyService::S3`](crate::kms::KeyService::S3).
    Queue(QueueRef),
    /// A topic, which S3 is let into; one that is not of this app must let `s3.amazonaws.com` publish. If it has a key, that
    /// must be for [`KeyService::S3`](crate::kms::KeyService::S3).
    Topic(TopicRef),
    /// A function, which the bucket is allowed to invoke.
    ///
    /// The function comes before the bucket: what it may do with the bucket is granted once the bucket is there, by
    /// `bucket.as_ref().grant_read(&function)`.
    #[cfg(feature = "lambda")]
    Function(FunctionRef),
}

impl Notification {
    /// Tells somebody of an event.
    pub fn of(event: Event, to: impl Into<Destination>) -> Self {
        Self { event, to: to.into(), prefix: None, suffix: None }
    }

    /// Only of objects whose keys begin with the prefix.
    #[must_use]
    pub fn below(mut self, prefix: impl Into<Cow<'static, str>>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Only of objects whose keys end with the suffix.
    #[must_use]
    pub fn ending_in(mut self, suffix: impl Into<Cow<'static, str>>) -> Self {
        self.suffix = Some(suffix.into());
        self
    }

    fn filter(&self) -> Option<cfn::s3::bucket::NotificationFilter<flagcdk_core::Set>> {
        use cfn::s3::bucket as property;

        let rule =
            |name: &'static str, value: &Cow<'static, str>| property::FilterRule::new().name(name).value(&**value);
        let prefix = self.prefix.as_ref().map(|prefix| rule("prefix", prefix));
        let suffix = self.suffix.as_ref().map(|suffix| rule("suffix", suffix));
        let rules: Vec<_> = prefix.into_iter().chain(suffix).collect();
        (!rules.is_empty())
            .then(|| property::NotificationFilter::new().s3_key(property::S3KeyFilter::new().rules(rules)))
    }
}

/// What must be there before S3 is told to notify somebody: it tries at once, and refuses the bucket if it is not let in.
#[derive(Default)]
pub(super) struct Prerequisites {
    queues: Vec<Handle<cfn::sqs::QueuePolicy>>,
    topics: Vec<Handle<cfn::sns::TopicPolicy>>,
    #[cfg(feature = "lambda")]
    functions: Vec<Handle<cfn::lambda::Permission>>,
}

impl Prerequisites {
    pub(super) fn come_before(&self, bucket: &Handle<cfn::s3::Bucket>) {
        self.queues.iter().for_each(|policy| _ = bucket.depends_on(policy));
        self.topics.iter().for_each(|policy| _ = bucket.depends_on(policy));
        #[cfg(feature = "lambda")]
        self.functions.iter().for_each(|permission| _ = bucket.depends_on(permission));
    }
}

/// All notifications of a bucket as one property.
pub(super) fn configuration(
    scope: &Scope,
    notifications: Vec<Notification>,
    to_event_bridge: bool,
    bucket_arn: Option<&Value<Arn>>,
) -> (cfn::s3::bucket::NotificationConfiguration, Prerequisites) {
    use cfn::s3::bucket as property;

    let mut before = Prerequisites::default();
    let (mut queues, mut topics) = (Vec::new(), Vec::new());
    #[cfg(feature = "lambda")]
    let mut functions = Vec::new();
    #[cfg(feature = "lambda")]
    let mut invoked: Vec<FunctionRef> = Vec::new();
    for notification in notifications {
        let (event, filter) = (notification.event.0, notification.filter());
        match notification.to {
            Destination::Queue(queue) => {
                if queue.admission().lacks(SERVICE) {
                    queue.admission().add(let_in("sqs:SendMessage", bucket_arn));
                }
                before.queues.extend(queue.admission().policy().cloned());
                let entry = property::QueueConfiguration::new().event(event).queue(queue.arn());
                queues.push(match filter {
                    Some(filter) => entry.filter(filter),
                    None => entry,
                });
            }
            Destination::Topic(topic) => {
                if topic.admission().lacks(SERVICE) {
                    topic.admission().add(let_in("sns:Publish", bucket_arn));
                }
                before.topics.extend(topic.admission().policy().cloned());
                let entry = property::TopicConfiguration::new().event(event).topic(topic.arn());
                topics.push(match filter {
                    Some(filter) => entry.filter(filter),
                    None => entry,
                });
            }
            #[cfg(feature = "lambda")]
            Destination::Function(function) => {
                let entry = property::LambdaConfiguration::new().event(event).function(function.arn());
                functions.push(match filter {
                    Some(filter) => entry.filter(filter),
                    None => entry,
                });
                if !invoked.contains(&function) {
                    before.functions.push(permission(scope, invoked.len(), &function, bucket_arn));
                    invoked.push(function);
                }
            }
        }
    }
    let mut configuration = property::NotificationConfiguration::new();
    if !queues.is_empty() {
        configuration = configuration.queue_configurations(queues);
    }
    if !topics.is_empty() {
        configuration = configuration.topic_configurations(topics);
    }
    #[cfg(feature = "lambda")]
    if !functions.is_empty() {
        configuration = configuration.lambda_configurations(functions);
    }
    if to_event_bridge {
        let on = property::EventBridgeConfiguration::new().event_bridge_enabled(true);
        configuration = configuration.event_bridge_configuration(on);
    }
    (configuration, before)
}

/// Lets the buckets of this account invoke a function; this bucket alone if its ARN is known before it is made.
#[cfg(feature = "lambda")]
fn permission(
    scope: &Scope,
    number: usize,
    function: &FunctionRef,
    bucket_arn: Option<&Value<Arn>>,
) -> Handle<cfn::lambda::Permission> {
    let permission = cfn::lambda::Permission::new()
        .action("lambda:InvokeFunction")
        .function_name(function.arn())
        .principal(SERVICE)
        .source_account(Value::account_id());
    let permission = match bucket_arn {
        Some(arn) => permission.source_arn(arn),
        None => permission,
    };
    scope.add(&format!("Invoke{}", number + 1), permission)
}

/// Lets the buckets of this account in; this bucket alone if its ARN is known before it is made. The ARN that it has once it is
/// made the policy cannot name, since it comes before the bucket.
fn let_in(action: &'static str, bucket_arn: Option<&Value<Arn>>) -> Statement {
    let service = Principal::service(SERVICE).for_own_account();
    let service = match bucket_arn {
        Some(arn) => service.for_resource(arn),
        None => service,
    };
    Statement::allow([action]).on_anything().to(service)
}

impl From<&Queue> for Destination {
    fn from(queue: &Queue) -> Self {
        Self::Queue(queue.into())
    }
}

impl From<&QueueRef> for Destination {
    fn from(queue: &QueueRef) -> Self {
        Self::Queue(queue.clone())
    }
}

impl From<&Topic> for Destination {
    fn from(topic: &Topic) -> Self {
        Self::Topic(topic.into())
    }
}

impl From<&TopicRef> for Destination {
    fn from(topic: &TopicRef) -> Self {
        Self::Topic(topic.clone())
    }
}

#[cfg(feature = "lambda")]
impl From<&Function> for Destination {
    fn from(function: &Function) -> Self {
        Self::Function(function.into())
    }
}

#[cfg(feature = "lambda")]
impl From<&FunctionRef> for Destination {
    fn from(function: &FunctionRef) -> Self {
        Self::Function(function.clone())
    }
}
