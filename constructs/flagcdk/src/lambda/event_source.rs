//! Streams and queues that functions are run for.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Expr, Json, Scope, Value};
use typed_builder::TypedBuilder;

use super::FunctionRef;
use crate::json_text::json_text;
use crate::sqs::QueueRef;

/// How a [`StreamSource`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct StreamSourceProps {
    /// The function, which must be allowed to read the stream and to send to `on_failure`.
    #[builder(setter(into))]
    function: FunctionRef,
    /// The ARN of the stream.
    #[builder(setter(into))]
    stream_arn: Value<String>,
    /// How many records the function gets at once at most, 1 to 10,000; by default 100.
    #[builder(default = 100)]
    batch_size: u16,
    /// For how many seconds records are gathered for a batch that is not full, 300 at most; by default they are not.
    #[builder(default, setter(strip_option))]
    batching_seconds: Option<u16>,
    /// At which record it begins; by default at the oldest.
    #[builder(default)]
    starting_position: StartingPosition,
    /// Patterns of which a record must match one, JSON as
    /// [event filtering](https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html) has it; by default all
    /// records are handled.
    #[builder(default, setter(into))]
    filters: Vec<Json>,
    /// How often a batch is tried again when the function fails; by default 5. Lambda's own default is until the records
    /// expire, in which time nothing else of the shard is handled.
    #[builder(default = 5)]
    retry_attempts: u16,
    /// How many batches of a shard are handled at once, 1 to 10, those of one item still in order; by default 1.
    #[builder(default = 1)]
    parallelization: u8,
    /// Where the place in the stream of a batch goes that failed for good; by default nowhere, and nobody learns of it.
    #[builder(default, setter(into))]
    on_failure: Option<QueueRef>,
}

/// At which record of a stream a function begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartingPosition {
    /// At the oldest that the stream has.
    #[default]
    Oldest,
    /// At the first that comes once the source is made.
    Newest,
}

/// A stream of DynamoDB or Kinesis that a function is run for.
///
/// A failing batch is halved until the record is found that fails, and the function may say itself from which record on it
/// failed (`ReportBatchItemFailures`).
///
/// ```
/// use flagcdk::dynamodb::TableRef;
/// use flagcdk::iam::Permissions;
/// use flagcdk::lambda::{Code, Function, FunctionProps, StreamSource, StreamSourceProps};
/// use flagcdk::sqs::{DeadLetters, Queue, QueueProps};
/// use flagcdk::{App, Architecture, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Api", Placement::Home);
/// let stream = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000";
/// let rejected = Queue::new(&stack, "Rejected", QueueProps::builder().dead_letters(DeadLetters::Nowhere).build());
/// let permissions = Permissions::new();
/// TableRef::from_name("orders").grant_stream_read(stream, &permissions);
/// rejected.as_ref().grant_send(&permissions);
/// let code = Code::cargo_binary("shop-functions", "bootstrap", Architecture::Arm64);
/// let function = FunctionProps::builder().code(code).permissions(permissions).build();
/// let function = Function::new(&stack, "Orders", function);
/// let props = StreamSourceProps::builder().function(&function).stream_arn(stream).on_failure(&rejected).build();
/// StreamSource::new(&stack, "Changes", props);
/// assert!(app.synth()?.template("Api").contains("TRIM_HORIZON"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [DynamoDB as an event source](https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html) and
/// [AWS::Lambda::EventSourceMapping](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html).
#[derive(Clone, Debug)]
pub struct StreamSource {
    id: Value<String>,
}

/// How a [`QueueSource`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct QueueSourceProps {
    /// The function, which must be allowed to read the queue.
    #[builder(setter(into))]
    function: FunctionRef,
    /// The queue, whose visibility timeout should be six times the function's timeout.
    #[builder(setter(into))]
    queue: QueueRef,
    /// How many messages the function gets at once at most, 1 to 10; by default 10.
    #[builder(default = 10)]
    batch_size: u8,
    /// How many of the function run for this queue at most, 2 to 1,000; by default as many as the account allows.
    #[builder(default, setter(strip_option))]
    max_concurrency: Option<u16>,
    /// For how many seconds messages are gathered for a batch that is not full, 300 at most; by default they are not. FIFO
    /// queues cannot.
    #[builder(default, setter(strip_option))]
    batching_seconds: Option<u16>,
    /// Patterns of which a message must match one, JSON as
    /// [event filtering](https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html) has it; what matches
    /// none is deleted. By default all messages are handled.
    #[builder(default, setter(into))]
    filters: Vec<Json>,
}

/// A queue that a function is run for. The function says itself which messages it failed on (`ReportBatchItemFailures`);
/// only these come back.
///
/// ```
/// use flagcdk::iam::Permissions;
/// use flagcdk::lambda::{Code, Function, FunctionProps, QueueSource, QueueSourceProps};
/// use flagcdk::sqs::{Queue, QueueProps};
/// use flagcdk::{App, Architecture, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Api", Placement::Home);
/// let queue = Queue::new(&stack, "Orders", QueueProps::builder().visibility_timeout_seconds(60).build());
/// let permissions = Permissions::new();
/// queue.as_ref().grant_consume(&permissions);
/// let code = Code::cargo_binary("shop-functions", "bootstrap", Architecture::Arm64);
/// let function = FunctionProps::builder().code(code).permissions(permissions).build();
/// let function = Function::new(&stack, "Billing", function);
/// let props = QueueSourceProps::builder().function(&function).queue(&queue).max_concurrency(5).build();
/// QueueSource::new(&stack, "OrdersForBilling", props);
/// assert!(app.synth()?.template("Api").contains("MaximumConcurrency"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [SQS as an event source](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html) and
/// [AWS::Lambda::EventSourceMapping](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html).
#[derive(Clone, Debug)]
pub struct QueueSource {
    id: Value<String>,
}

impl StreamSource {
    /// Makes the event source.
    pub fn new(scope: &Scope, id: &str, props: StreamSourceProps) -> Self {
        let scope = scope.construct(id);
        if !(1..=10).contains(&props.parallelization) {
            scope.error(
                "lambda::parallelization",
                format!("{} batches of a shard at once, wanted 1 to 10", props.parallelization),
                "choose a number in that range",
            );
        }
        check_batching(&scope, props.batching_seconds);
        let mut mapping = gathering(props.batching_seconds, &props.filters)
            .function_name(props.function.arn())
            .event_source_arn(props.stream_arn)
            .starting_position(match props.starting_position {
                StartingPosition::Oldest => "TRIM_HORIZON",
                StartingPosition::Newest => "LATEST",
            })
            .batch_size(props.batch_size)
            .parallelization_factor(props.parallelization)
            .maximum_retry_attempts(props.retry_attempts)
            .bisect_batch_on_function_error(true)
            .function_response_types(["ReportBatchItemFailures"]);
        if let Some(queue) = props.on_failure {
            let on_failure = cfn::lambda::event_source_mapping::OnFailure::new().destination(queue.arn());
            let destinations = cfn::lambda::event_source_mapping::DestinationConfig::new().on_failure(on_failure);
            mapping = mapping.destination_config(destinations);
        }
        Self { id: scope.add("Resource", mapping).reference() }
    }

    /// The id of the mapping.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }
}

impl QueueSource {
    /// Makes the event source.
    pub fn new(scope: &Scope, id: &str, props: QueueSourceProps) -> Self {
        let scope = scope.construct(id);
        let arn: Value<Arn> = props.queue.arn();
        check_batching(&scope, props.batching_seconds);
        let mut mapping = gathering(props.batching_seconds, &props.filters)
            .function_name(props.function.arn())
            .event_source_arn(arn)
            .batch_size(props.batch_size)
            .function_response_types(["ReportBatchItemFailures"]);
        if let Some(most) = props.max_concurrency {
            if !(2..=1000).contains(&most) {
                scope.error(
                    "lambda::max-concurrency",
                    format!("{most} of the function at once for a queue, wanted 2 to 1000"),
                    "choose a number in that range",
                );
            }
            let scaling = cfn::lambda::event_source_mapping::ScalingConfig::new().maximum_concurrency(most);
            mapping = mapping.scaling_config(scaling);
        }
        Self { id: scope.add("Resource", mapping).reference() }
    }

    /// The id of the mapping.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }
}

/// A mapping that says what is gathered and what is left out.
fn gathering(seconds: Option<u16>, filters: &[Json]) -> cfn::lambda::EventSourceMapping<flagcdk_core::Unset> {
    use cfn::lambda::event_source_mapping as property;

    let mut mapping = cfn::lambda::EventSourceMapping::new();
    if let Some(seconds) = seconds {
        mapping = mapping.maximum_batching_window_in_seconds(seconds);
    }
    if !filters.is_empty() {
        let pattern = |filter: &Json| property::Filter::new().pattern(json_text(&Expr::Json(filter.clone())));
        let criteria = property::FilterCriteria::new().filters(filters.iter().map(pattern).collect::<Vec<_>>());
        mapping = mapping.filter_criteria(criteria);
    }
    mapping
}

fn check_batching(scope: &Scope, seconds: Option<u16>) {
    if let Some(seconds) = seconds.filter(|seconds| *seconds > 300) {
        scope.error(
            "lambda::batching",
            format!("a batch is gathered for {seconds} s, Lambda allows 300"),
            "shorten the time",
        );
    }
}
