//! Kinesis Data Streams: records in order, kept for a while, for several readers.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, RemovalPolicy, Scope, Value, text};
use typed_builder::TypedBuilder;

use crate::arn;
#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::{Metric, Statistic};
use crate::iam::{Grantee, Statement};
use crate::kms::KeyRef;
use crate::reference::reference;

/// How a [`Stream`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct StreamProps {
    /// The name; by default CloudFormation makes one.
    #[builder(default, setter(into, strip_option))]
    name: Option<Value<String>>,
    /// How many shards it has, each for 1 MB a second; by default as many as the load asks.
    #[builder(default, setter(strip_option))]
    shards: Option<u32>,
    /// For how many hours records are kept, 24 to 8,760; by default 24.
    #[builder(default = 24)]
    retention_hours: u32,
    /// The key that encrypts records; by default Kinesis has one in the account.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// What becomes of the stream when it leaves the stack; by default it is retained.
    #[builder(default = RemovalPolicy::Retain)]
    removal: RemovalPolicy,
}

/// An encrypted stream.
///
/// ```
/// use flagcdk::iam::Permissions;
/// use flagcdk::kinesis::{Stream, StreamProps};
/// use flagcdk::lambda::{Code, Function, FunctionProps, StreamSource, StreamSourceProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Clicks", Placement::Home);
/// let stream = Stream::new(&stack, "Clicks", StreamProps::builder().build());
/// let permissions = Permissions::new();
/// stream.as_ref().grant_read(&permissions);
/// let function = FunctionProps::builder().code(Code::cargo("clicks")).permissions(permissions).build();
/// let function = Function::new(&stack, "Count", function);
/// let source = StreamSourceProps::builder().function(&function).stream_arn(stream.arn()).build();
/// StreamSource::new(&stack, "ClicksForCount", source);
/// assert!(app.synth()?.template("Clicks").contains("ON_DEMAND"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::Kinesis::Stream](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-stream.html).
#[derive(Clone, Debug)]
pub struct Stream {
    reference: StreamRef,
}

/// A stream, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamRef {
    arn: Value<Arn>,
    name: Value<String>,
    encryption_key: Option<KeyRef>,
}

impl Stream {
    /// Makes the stream.
    pub fn new(scope: &Scope, id: &str, props: StreamProps) -> Self {
        use cfn::kinesis::stream as property;

        let scope = scope.construct(id);
        if !(24..=8760).contains(&props.retention_hours) {
            scope.error(
                "kinesis::retention",
                format!("records are to be kept for {} hours, wanted 24 to 8760", props.retention_hours),
                "choose a number of hours in that range",
            );
        }
        let encryption = property::StreamEncryption::new().encryption_type("KMS");
        let encryption = match &props.encryption_key {
            Some(key) => encryption.key_id(key.arn()),
            None => encryption.key_id("alias/aws/kinesis"),
        };
        let mut stream =
            cfn::kinesis::Stream::new().retention_period_hours(props.retention_hours).stream_encryption(encryption);
        stream = match props.shards {
            None => stream.stream_mode_details(property::StreamModeDetails::new().stream_mode("ON_DEMAND")),
            Some(shards) => stream
                .stream_mode_details(property::StreamModeDetails::new().stream_mode("PROVISIONED"))
                .shard_count(shards),
        };
        if let Some(name) = props.name {
            stream = stream.name(name);
        }
        let handle = scope.add("Resource", stream);
        handle.removal_policy(props.removal);
        let arn = handle.get(cfn::kinesis::Stream::ARN);
        Self { reference: StreamRef { arn, name: handle.reference(), encryption_key: props.encryption_key } }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.reference.name()
    }
}

impl StreamRef {
    /// A stream of the same account and region that exists already.
    pub fn from_name(name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        let place = text![":kinesis:", Value::region(), ":", Value::account_id(), ":stream/"];
        Self { arn: text!["arn:", Value::partition(), place, &name].cast(), name, encryption_key: None }
    }

    /// A stream that exists already, by its ARN.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        let arn = arn.into_value();
        Self { name: arn::after_slash(&arn), arn, encryption_key: None }
    }

    /// Says which key encrypts the records of an imported stream, so that grants are for the key too.
    #[must_use]
    pub fn encrypted_with(mut self, key: impl Into<KeyRef>) -> Self {
        self.encryption_key = Some(key.into());
        self
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// Lets somebody read records, also Lambda on behalf of a function.
    ///
    /// See [execution role permissions](https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html).
    pub fn grant_read(&self, grantee: &impl Grantee) {
        let read = Statement::allow([
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
        ]);
        grantee.grant("ReadStream", self.with_key(read.on(&self.arn), &["kms:Decrypt"]));
    }

    /// Lets somebody put records.
    pub fn grant_write(&self, grantee: &impl Grantee) {
        let write = Statement::allow(["kinesis:ListShards", "kinesis:PutRecord", "kinesis:PutRecords"]).on(&self.arn);
        grantee.grant("WriteStream", self.with_key(write, &["kms:GenerateDataKey"]));
    }

    /// How many milliseconds old the last record was that somebody read: the oldest in a minute.
    ///
    /// See [metrics of Kinesis](https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metric_read_age(&self) -> Metric {
        self.metric("GetRecords.IteratorAgeMilliseconds").statistic(Statistic::Maximum)
    }

    /// How many records were put.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_incoming(&self) -> Metric {
        self.metric("IncomingRecords")
    }

    /// How many puts were refused, as there were too many.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_throttled_writes(&self) -> Metric {
        self.metric("WriteProvisionedThroughputExceeded")
    }

    /// The sum over a minute of another metric of Kinesis.
    #[cfg(feature = "cloudwatch")]
    pub fn metric(&self, name: &'static str) -> Metric {
        Metric::new("AWS/Kinesis", name).dimension("StreamName", &self.name)
    }

    fn with_key(&self, statement: Statement, actions: &[&'static str]) -> Vec<Statement> {
        let key = self.encryption_key.as_ref().map(|key| key.statement_by_way_of("kinesis", actions));
        [statement].into_iter().chain(key).collect()
    }
}

reference!(Stream => StreamRef);
