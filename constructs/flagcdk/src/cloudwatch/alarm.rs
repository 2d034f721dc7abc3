//! Alarms on a metric or on what is calculated of several.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Condition, IntoValue, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::{AnomalyAlarm, CompositeAlarm, Metric, Series};
use crate::arn;
use crate::reference::reference;

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
    /// What is watched: a [`Metric`], or a [`Math`](super::Math) over several.
    #[builder(setter(into))]
    metric: Series,
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

/// An alarm on a metric, or on what is calculated of several.
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
    pub(super) reference: AlarmRef,
}

/// An alarm of any kind, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmRef {
    pub(super) arn: Value<Arn>,
    pub(super) name: Value<String>,
}

impl Alarm {
    /// Makes the alarm.
    pub fn new(scope: &Scope, id: &str, props: AlarmProps) -> Self {
        let scope = scope.construct(id);
        check(&scope, &props);
        let alarm = cfn::cloudwatch::Alarm::new()
            .alarm_description(props.description)
            .threshold(props.threshold)
            .comparison_operator(props.comparison.as_str())
            .evaluation_periods(props.evaluation_periods)
            .datapoints_to_alarm(props.datapoints_to_alarm.unwrap_or(props.evaluation_periods))
            .treat_missing_data(props.missing_data.as_str());
        let alarm = match props.metric {
            Series::Metric(metric) => watch(alarm, metric),
            Series::Math(math) => alarm.metrics(math.into_queries()),
        };
        let alarm = if props.notify.is_empty() {
            alarm
        } else {
            alarm.alarm_actions(props.notify.clone()).ok_actions(props.notify)
        };
        let handle = scope.add("Resource", alarm);
        if let Some(condition) = &props.condition {
            handle.condition(condition);
        }
        Self { reference: AlarmRef { arn: handle.get(cfn::cloudwatch::Alarm::ARN), name: handle.reference() } }
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

impl AlarmRef {
    /// An alarm that exists already.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        let arn = arn.into_value();
        Self { name: arn::part(&arn, 6), arn }
    }

    /// An alarm of the same account and region that exists already.
    pub fn from_name(name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        let place = text![":cloudwatch:", Value::region(), ":", Value::account_id(), ":alarm:"];
        Self { arn: text!["arn:", Value::partition(), place, &name].cast(), name }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }
}

reference!(AnomalyAlarm, Alarm, CompositeAlarm => AlarmRef);

fn watch(alarm: cfn::cloudwatch::Alarm, metric: Metric) -> cfn::cloudwatch::Alarm {
    let dimension = |(name, value): (std::borrow::Cow<'static, str>, _)| {
        cfn::cloudwatch::alarm::Dimension::new().name(&*name).value(value)
    };
    let alarm = alarm
        .namespace(&*metric.namespace)
        .metric_name(&*metric.name)
        .dimensions(metric.dimensions.into_iter().map(dimension).collect::<Vec<_>>())
        .period(metric.period_seconds);
    match metric.statistic {
        percentile if percentile.is_percentile() => alarm.extended_statistic(percentile.as_str()),
        statistic => alarm.statistic(statistic.as_str()),
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
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::NotBreaching => "notBreaching",
            Self::Breaching => "breaching",
            Self::Ignore => "ignore",
            Self::Missing => "missing",
        }
    }
}

fn check(scope: &Scope, props: &AlarmProps) {
    props.metric.check(scope);
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
