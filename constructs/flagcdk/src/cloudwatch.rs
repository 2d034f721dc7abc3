//! CloudWatch: metrics, and alarms on them.

use std::borrow::Cow;

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Condition, Handle, IntoValue, Scope, Value};
use typed_builder::TypedBuilder;

/// A metric: which numbers, and how those of a period become one.
///
/// ```
/// use flagcdk::cloudwatch::{Metric, Statistic};
///
/// let depth = Metric::new("AWS/SQS", "ApproximateNumberOfMessagesVisible")
///     .dimension("QueueName", "payments-dlq")
///     .statistic(Statistic::Maximum);
/// ```
///
/// See [metrics concepts](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    namespace: Cow<'static, str>,
    name: Cow<'static, str>,
    dimensions: Vec<(Cow<'static, str>, Value<String>)>,
    statistic: Statistic,
    period_seconds: u32,
}

/// How the numbers of a period become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Statistic {
    /// Their sum.
    #[default]
    Sum,
    /// Their mean.
    Average,
    /// The largest.
    Maximum,
    /// The smallest.
    Minimum,
    /// How many there are.
    SampleCount,
}

/// How a metric must be to a threshold for an alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comparison {
    /// As large or larger.
    #[default]
    AtLeast,
    /// Larger.
    MoreThan,
    /// As small or smaller.
    AtMost,
    /// Smaller.
    LessThan,
}

/// What periods without numbers count as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingData {
    /// As good: services publish no metrics while they are idle.
    #[default]
    NotBreaching,
    /// As bad: for what must always be heard of.
    Breaching,
    /// As the period before.
    Ignore,
    /// As nothing; with too little data the alarm says so.
    Missing,
}

/// How an [`Alarm`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct AlarmProps {
    /// What is watched.
    metric: Metric,
    /// What it means when the alarm goes off, and what to do, for whoever is woken by it.
    #[builder(setter(into))]
    description: String,
    /// The number that the metric is compared with; by default 1.
    #[builder(default = 1.0, setter(into))]
    threshold: f64,
    /// How the metric must be to the threshold; by default at least as large.
    #[builder(default)]
    comparison: Comparison,
    /// How many periods are looked at; by default 1.
    #[builder(default = 1)]
    evaluation_periods: u16,
    /// How many of these periods must be bad; by default all of them.
    #[builder(default, setter(strip_option))]
    datapoints_to_alarm: Option<u16>,
    /// What periods without numbers count as; by default as good.
    #[builder(default)]
    missing_data: MissingData,
    /// The ARNs of what is told when the alarm goes off and when it is over, such as topics; by default nobody.
    #[builder(default)]
    pub(crate) notify: Vec<Value<Arn>>,
    /// Where the alarm is made; by default wherever its stack is.
    #[builder(default)]
    condition: Option<Condition>,
}

/// An alarm on one metric.
///
/// See [AWS::CloudWatch::Alarm](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html).
///
/// ```
/// use flagcdk::cloudwatch::{Alarm, AlarmProps, Metric};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Watch", Placement::Home);
/// let metric = Metric::new("AWS/Lambda", "Errors").dimension("FunctionName", "prices");
/// let props = AlarmProps::builder().metric(metric).description("Prices are not updated").evaluation_periods(3).build();
/// Alarm::new(&stack, "PricesFail", props);
/// assert!(app.synth()?.template("Watch").contains("AWS::CloudWatch::Alarm"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Alarm {
    handle: Handle<cfn::cloudwatch::Alarm>,
}

impl Metric {
    /// The sum of a metric over a minute, without dimensions.
    pub fn new(namespace: impl Into<Cow<'static, str>>, name: impl Into<Cow<'static, str>>) -> Self {
        let (namespace, name) = (namespace.into(), name.into());
        Self { namespace, name, dimensions: Vec::new(), statistic: Statistic::Sum, period_seconds: 60 }
    }

    /// Adds a dimension. A metric is the one with exactly these dimensions.
    #[must_use]
    pub fn dimension(mut self, name: impl Into<Cow<'static, str>>, value: impl IntoValue<String>) -> Self {
        self.dimensions.push((name.into(), value.into_value()));
        self
    }

    /// How the numbers of a period become one. Default: their sum.
    #[must_use]
    pub fn statistic(mut self, statistic: Statistic) -> Self {
        self.statistic = statistic;
        self
    }

    /// The length of a period: 10, 20, 30 or a multiple of 60. Default: 60.
    #[must_use]
    pub fn period_seconds(mut self, seconds: u32) -> Self {
        self.period_seconds = seconds;
        self
    }
}

impl Alarm {
    /// Makes the alarm.
    pub fn new(scope: &Scope, id: &str, props: AlarmProps) -> Self {
        let scope = scope.construct(id);
        check(&scope, &props);
        let metric = props.metric;
        let dimensions: Vec<_> = metric
            .dimensions
            .into_iter()
            .map(|(name, value)| cfn::cloudwatch::alarm::Dimension::new().name(&*name).value(value))
            .collect();
        let alarm = cfn::cloudwatch::Alarm::new()
            .alarm_description(props.description)
            .namespace(&*metric.namespace)
            .metric_name(&*metric.name)
            .dimensions(dimensions)
            .statistic(metric.statistic.as_str())
            .period(metric.period_seconds)
            .threshold(props.threshold)
            .comparison_operator(props.comparison.as_str())
            .evaluation_periods(props.evaluation_periods)
            .datapoints_to_alarm(props.datapoints_to_alarm.unwrap_or(props.evaluation_periods))
            .treat_missing_data(props.missing_data.as_str());
        let alarm = if props.notify.is_empty() {
            alarm
        } else {
            alarm.alarm_actions(props.notify.clone()).ok_actions(props.notify)
        };
        let handle = scope.add("Resource", alarm);
        if let Some(condition) = &props.condition {
            handle.condition(condition);
        }
        Self { handle }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.handle.get(cfn::cloudwatch::Alarm::ARN)
    }
}

impl Statistic {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Sum => "Sum",
            Self::Average => "Average",
            Self::Maximum => "Maximum",
            Self::Minimum => "Minimum",
            Self::SampleCount => "SampleCount",
        }
    }
}

impl Comparison {
    const fn as_str(self) -> &'static str {
        match self {
            Self::AtLeast => "GreaterThanOrEqualToThreshold",
            Self::MoreThan => "GreaterThanThreshold",
            Self::AtMost => "LessThanOrEqualToThreshold",
            Self::LessThan => "LessThanThreshold",
        }
    }
}

impl MissingData {
    const fn as_str(self) -> &'static str {
        match self {
            Self::NotBreaching => "notBreaching",
            Self::Breaching => "breaching",
            Self::Ignore => "ignore",
            Self::Missing => "missing",
        }
    }
}

fn check(scope: &Scope, props: &AlarmProps) {
    let period = props.metric.period_seconds;
    if !matches!(period, 10 | 20 | 30) && (period == 0 || !period.is_multiple_of(60)) {
        scope.error(
            "cloudwatch::period",
            format!("a period of {period} seconds, wanted 10, 20, 30 or a multiple of 60"),
            "take 60 for metrics of AWS services, most of which come once a minute",
        );
    }
    let wanted = props.datapoints_to_alarm.unwrap_or(props.evaluation_periods);
    if wanted == 0 || wanted > props.evaluation_periods {
        scope.error(
            "cloudwatch::datapoints",
            format!("{wanted} of {} periods must be bad, which cannot be", props.evaluation_periods),
            "let `datapoints_to_alarm` be 1 to `evaluation_periods`",
        );
    }
}

#[cfg(test)]
mod tests {
    use flagcdk_core::{App, Placement, Region};

    use super::*;

    #[test]
    fn periods_and_datapoints_are_checked() {
        let check = |period, periods, datapoints: Option<u16>, expected: &[&str]| {
            let app = App::new("test", Region::EU_WEST_1);
            let metric = Metric::new("AWS/SQS", "NumberOfMessagesSent").period_seconds(period);
            let props =
                AlarmProps::builder().metric(metric).description("Too many").evaluation_periods(periods).build();
            let props = AlarmProps { datapoints_to_alarm: datapoints, ..props };
            Alarm::new(&app.stack("S", Placement::Home), "Alarm", props);
            let codes: Vec<_> =
                app.synth().err().into_iter().flat_map(|error| error.findings).map(|found| found.code).collect();
            assert_eq!(codes, expected, "{period} {periods} {datapoints:?}");
        };
        check(60, 1, None, &[]);
        check(10, 3, Some(2), &[]);
        check(90, 1, None, &["cloudwatch::period"]);
        check(0, 1, None, &["cloudwatch::period"]);
        check(60, 0, None, &["cloudwatch::datapoints"]);
        check(60, 3, Some(4), &["cloudwatch::datapoints"]);
    }
}
