//! Metrics.

use std::borrow::Cow;

use flagcdk_cfn as cfn;
use flagcdk_core::{IntoValue, Scope, Value};

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
    pub(super) namespace: Cow<'static, str>,
    pub(super) name: Cow<'static, str>,
    pub(super) dimensions: Vec<(Cow<'static, str>, Value<String>)>,
    pub(super) statistic: Statistic,
    pub(super) period_seconds: u32,
    pub(super) label: Option<Cow<'static, str>>,
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
    /// The number that half of them are below.
    P50,
    /// The number that nine of ten are below.
    P90,
    /// The number that 95 of a hundred are below.
    P95,
    /// The number that 99 of a hundred are below.
    P99,
    /// The number that 999 of a thousand are below.
    P999,
}

impl Metric {
    /// The sum of a metric over a minute, without dimensions.
    pub fn new(namespace: impl Into<Cow<'static, str>>, name: impl Into<Cow<'static, str>>) -> Self {
        let (namespace, name) = (namespace.into(), name.into());
        let (dimensions, label) = (Vec::new(), None);
        Self { namespace, name, dimensions, statistic: Statistic::Sum, period_seconds: 60, label }
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

    /// What the metric is called on a dashboard. Default: CloudWatch makes a name of what it is.
    #[must_use]
    pub fn label(mut self, label: impl Into<Cow<'static, str>>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The length of a period: 10, 20, 30 or a multiple of 60. Default: 60.
    #[must_use]
    pub fn period_seconds(mut self, seconds: u32) -> Self {
        self.period_seconds = seconds;
        self
    }

    /// The metric as an input of a calculation.
    pub(super) fn into_stat(self) -> cfn::cloudwatch::alarm::MetricStat {
        use cfn::cloudwatch::alarm as property;

        let dimension = |(name, value): (Cow<'static, str>, _)| property::Dimension::new().name(&*name).value(value);
        let metric = property::Metric::new()
            .namespace(&*self.namespace)
            .metric_name(&*self.name)
            .dimensions(self.dimensions.into_iter().map(dimension).collect::<Vec<_>>());
        property::MetricStat::new().metric(metric).period(self.period_seconds).stat(self.statistic.as_str())
    }
}

/// Reports a period that CloudWatch does not know.
pub(super) fn check_period(scope: &Scope, period: u32) {
    if !matches!(period, 10 | 20 | 30) && (period == 0 || !period.is_multiple_of(60)) {
        scope.error(
            "cloudwatch::period",
            format!("a period of {period} seconds, wanted 10, 20, 30 or a multiple of 60"),
            "take 60 for metrics of AWS services, most of which come once a minute",
        );
    }
}

impl Statistic {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Sum => "Sum",
            Self::Average => "Average",
            Self::Maximum => "Maximum",
            Self::Minimum => "Minimum",
            Self::SampleCount => "SampleCount",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
        }
    }

    /// Whether it is a percentile, which alarms take by a property of its own.
    pub(super) const fn is_percentile(self) -> bool {
        matches!(self, Self::P50 | Self::P90 | Self::P95 | Self::P99 | Self::P999)
    }
}
