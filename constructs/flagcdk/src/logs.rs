//! CloudWatch Logs: log groups.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, RemovalPolicy, Scope, Value, text};
use typed_builder::TypedBuilder;

use crate::arn;
#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::Metric;
use crate::iam::{Grantee, Statement};
use crate::kms::KeyRef;
use crate::reference::reference;

/// The days that CloudWatch Logs can keep events for.
///
/// See [PutRetentionPolicy](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html).
pub const RETENTION_DAYS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// How a [`LogGroup`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct LogGroupProps {
    /// The name; by default CloudFormation makes one. A group that has a name and is retained is in the way when its stack
    /// is made again.
    #[builder(default, setter(into, strip_option))]
    name: Option<Value<String>>,
    /// For how many days events are kept, one of [`RETENTION_DAYS`]; by default 365.
    #[builder(default = 365)]
    retention_days: u32,
    /// The key that encrypts the events; by default CloudWatch Logs has one of its own. The key must be for
    /// [`KeyService::CloudWatchLogs`](crate::kms::KeyService::CloudWatchLogs).
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// What becomes of the group when it leaves the stack; by default it is retained.
    #[builder(default = RemovalPolicy::Retain)]
    removal: RemovalPolicy,
}

/// A log group.
///
/// ```
/// use flagcdk::logs::{LogGroup, LogGroupProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Api", Placement::Home);
/// let group = LogGroup::new(&stack, "Access", LogGroupProps::builder().retention_days(30).build());
/// stack.output("LogGroup", group.name());
/// assert!(app.synth()?.template("Api").contains("\"RetentionInDays\": 30"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::Logs::LogGroup](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html).
#[derive(Clone, Debug)]
pub struct LogGroup {
    reference: LogGroupRef,
}

/// A log group, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct LogGroupRef {
    arn: Value<Arn>,
    name: Value<String>,
}

impl LogGroup {
    /// Makes the log group.
    pub fn new(scope: &Scope, id: &str, props: LogGroupProps) -> Self {
        let scope = scope.construct(id);
        if !RETENTION_DAYS.contains(&props.retention_days) {
            let next = RETENTION_DAYS.iter().find(|days| **days > props.retention_days).unwrap_or(&RETENTION_DAYS[21]);
            scope.error(
                "logs::retention",
                format!("events are to be kept for {} days, which CloudWatch Logs cannot do", props.retention_days),
                format!("choose {next} days; it knows {RETENTION_DAYS:?}"),
            );
        }
        let mut group = cfn::logs::LogGroup::new().retention_in_days(props.retention_days);
        if let Some(name) = props.name {
            group = group.log_group_name(name);
        }
        if let Some(key) = props.encryption_key {
            group = group.kms_key_id(key.arn());
        }
        let handle = scope.add("Resource", group);
        handle.removal_policy(props.removal);
        Self { reference: LogGroupRef { arn: handle.get(cfn::logs::LogGroup::ARN), name: handle.reference() } }
    }

    /// The ARN, which ends in `:*`: it means the group's streams.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.reference.name()
    }
}

impl LogGroupRef {
    /// A log group of the same account and region that exists already.
    pub fn from_name(name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        let own = text!["arn:", Value::partition(), ":logs:", Value::region(), ":", Value::account_id()];
        Self { arn: text![own, ":log-group:", &name, ":*"].cast(), name }
    }

    /// A log group that exists already, by its ARN, which ends in `:*`.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        let arn = arn.into_value();
        Self { name: arn::part(&arn, 6), arn }
    }

    /// The ARN, which ends in `:*`: it means the group's streams.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// How many events were written.
    ///
    /// See [metrics of CloudWatch Logs](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metric_incoming_events(&self) -> Metric {
        self.metric("IncomingLogEvents")
    }

    /// How many bytes were written.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_incoming_bytes(&self) -> Metric {
        self.metric("IncomingBytes")
    }

    /// The sum over a minute of another metric of CloudWatch Logs.
    #[cfg(feature = "cloudwatch")]
    pub fn metric(&self, name: &'static str) -> Metric {
        Metric::new("AWS/Logs", name).dimension("LogGroupName", &self.name)
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// Lets somebody write events.
    pub fn grant_write(&self, grantee: &impl Grantee) {
        let write = Statement::allow(["logs:CreateLogStream", "logs:PutLogEvents"]).on(&self.arn);
        grantee.grant("WriteLogs", vec![write]);
    }

    /// Lets somebody query the events with Logs Insights.
    ///
    /// Results are fetched by the id of a query and not by a group, so that permission has no resource to be narrowed to.
    /// See [actions of CloudWatch Logs](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html).
    pub fn grant_query(&self, grantee: &impl Grantee) {
        let start = Statement::allow(["logs:StartQuery"]).on(&self.arn);
        let read = Statement::allow(["logs:GetQueryResults", "logs:StopQuery"]).on_anything();
        grantee.grant("QueryLogs", vec![start, read]);
    }
}

reference!(LogGroup => LogGroupRef);
