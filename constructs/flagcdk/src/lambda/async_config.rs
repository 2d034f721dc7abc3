//! What becomes of events that a function is called with asynchronously.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Scope, Value};
use typed_builder::TypedBuilder;

use super::{Alias, Function, FunctionRef};
use crate::iam::{Grantee, Permissions, Statement};
#[cfg(feature = "s3")]
use crate::s3::{Bucket, BucketRef};
use crate::sns::{Topic, TopicRef};
use crate::sqs::{Queue, QueueRef};

/// How an [`AsyncConfig`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct AsyncConfigProps {
    /// The function, which is given what sending to the destinations takes.
    #[builder(setter(transform = |function: &Function| function.clone()))]
    function: Function,
    /// The alias that it is about; by default calls that name no version and no alias.
    #[builder(default, setter(transform = |alias: &Alias| Some(alias.clone())))]
    alias: Option<Alias>,
    /// How often a call is tried again that failed, 0 to 2; by default 2.
    #[builder(default = 2)]
    retry_attempts: u8,
    /// For how many seconds a call is tried, 60 to 21,600; by default 21,600, six hours.
    #[builder(default = 21_600)]
    max_age_seconds: u32,
    /// Who is told of a call that failed for good; by default nobody.
    #[builder(default, setter(into, strip_option))]
    on_failure: Option<Destination>,
    /// Who is told of a call that went well; by default nobody.
    #[builder(default, setter(into, strip_option))]
    on_success: Option<Destination>,
}

/// Who is told how an asynchronous call went.
///
/// See [destinations](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
#[derive(Clone, Debug)]
pub enum Destination {
    /// A queue.
    Queue(QueueRef),
    /// A topic.
    Topic(TopicRef),
    /// A function.
    Function(FunctionRef),
    /// A bucket, of calls that failed.
    #[cfg(feature = "s3")]
    Bucket(BucketRef),
}

/// What becomes of the events that a function is called with asynchronously: how often it is tried, and who is told.
///
/// ```
/// use flagcdk::lambda::{AsyncConfig, AsyncConfigProps, Code, Function, FunctionProps};
/// use flagcdk::sqs::{DeadLetters, Queue, QueueProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Mail", Placement::Home);
/// let function = Function::new(&stack, "Send", FunctionProps::builder().code(Code::cargo("send-mail")).build());
/// let failed = Queue::new(&stack, "Failed", QueueProps::builder().dead_letters(DeadLetters::Nowhere).build());
/// let props = AsyncConfigProps::builder().function(&function).retry_attempts(1).on_failure(&failed).build();
/// AsyncConfig::new(&stack, "SendAsync", props);
/// assert!(app.synth()?.template("Mail").contains("AWS::Lambda::EventInvokeConfig"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::Lambda::EventInvokeConfig](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventinvokeconfig.html).
#[derive(Clone, Debug)]
pub struct AsyncConfig {
    _private: (),
}

impl AsyncConfig {
    /// Says it to Lambda.
    pub fn new(scope: &Scope, id: &str, props: AsyncConfigProps) -> Self {
        use cfn::lambda::event_invoke_config as property;

        let scope = scope.construct(id);
        check(&scope, &props);
        let alias = props.alias.and_then(|alias| alias.reference.referring_qualifier());
        let qualifier = alias.unwrap_or_else(|| "$LATEST".into());
        let permissions = Permissions::new();
        let mut config = cfn::lambda::EventInvokeConfig::new()
            .function_name(props.function.name())
            .qualifier(qualifier)
            .maximum_retry_attempts(props.retry_attempts)
            .maximum_event_age_in_seconds(props.max_age_seconds);
        if props.on_failure.is_some() || props.on_success.is_some() {
            let mut destinations = property::DestinationConfig::new();
            if let Some(to) = props.on_failure {
                to.grant(&permissions);
                destinations = destinations.on_failure(property::OnFailure::new().destination(to.arn()));
            }
            if let Some(to) = props.on_success {
                to.grant(&permissions);
                destinations = destinations.on_success(property::OnSuccess::new().destination(to.arn()));
            }
            config = config.destination_config(destinations);
        }
        let handle = scope.add("Resource", config);
        let document = permissions.document();
        if !document.is_empty() {
            // Lambda looks at the role when it is told of destinations: what it may do comes first.
            let policy = cfn::iam::RolePolicy::new()
                .role_name(props.function.role().name())
                .policy_name(format!("AsyncConfig-{}", scope.id()))
                .policy_document(document);
            handle.depends_on(&scope.add("Destinations", policy));
        }
        Self { _private: () }
    }
}

impl Destination {
    fn arn(&self) -> Value<Arn> {
        match self {
            Self::Queue(queue) => queue.arn(),
            Self::Topic(topic) => topic.arn(),
            Self::Function(function) => function.arn(),
            #[cfg(feature = "s3")]
            Self::Bucket(bucket) => bucket.arn(),
        }
    }

    fn grant(&self, role: &Permissions) {
        match self {
            Self::Queue(queue) => queue.grant_send(role),
            Self::Topic(topic) => topic.grant_publish(role),
            Self::Function(other) => other.grant_invoke(role),
            #[cfg(feature = "s3")]
            Self::Bucket(bucket) => {
                bucket.grant_put(role);
                role.grant("ListBucket", vec![Statement::allow(["s3:ListBucket"]).on(bucket.arn())]);
            }
        }
    }
}

macro_rules! destinations {
    ($($variant:ident: $($source:ty),+;)*) => {
        $($(impl From<&$source> for Destination {
            fn from(source: &$source) -> Self {
                Self::$variant(source.into())
            }
        })+)*
    };
}

destinations! {
    Queue: Queue, QueueRef;
    Topic: Topic, TopicRef;
    Function: Function, FunctionRef;
}

#[cfg(feature = "s3")]
destinations! {
    Bucket: Bucket, BucketRef;
}

fn check(scope: &Scope, props: &AsyncConfigProps) {
    if props.retry_attempts > 2 || !(60..=21_600).contains(&props.max_age_seconds) {
        scope.error(
            "lambda::async",
            format!(
                "a call is tried {} more times for {} s, wanted at most 2 times for 60 to 21600 s",
                props.retry_attempts, props.max_age_seconds
            ),
            "for longer, let a queue come before the function",
        );
    }
    #[cfg(feature = "s3")]
    if matches!(props.on_success, Some(Destination::Bucket(_))) {
        scope.error(
            "lambda::async-success",
            "a bucket is to be told of calls that went well, which Lambda cannot do",
            "take a queue, a topic or a function",
        );
    }
}
