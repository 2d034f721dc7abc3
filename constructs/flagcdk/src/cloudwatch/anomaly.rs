//! Alarms on what is unusual.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Scope, Value};
use typed_builder::TypedBuilder;

use super::metric::check_period;
use super::{AlarmRef, Metric, MissingData};

/// How an [`AnomalyAlarm`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct AnomalyAlarmProps {
    /// What is watched.
    metric: Metric,
    /// What it means when the alarm goes off, and what to do, for whoever is woken by it.
    #[builder(setter(into))]
    description: String,
    /// How many standard deviations from what is expected are still usual; by default 2.
    #[builder(default = 2.0, setter(into))]
    deviations: f64,
    /// On which side of what is usual the metric must be; by default on either.
    #[builder(default)]
    unusual: Unusual,
    /// How many periods are looked at; by default 3.
    #[builder(default = 3)]
    evaluation_periods: u16,
    /// What periods without numbers count as; by default as good.
    #[builder(default)]
    missing_data: MissingData,
    /// The ARNs of what is told when the alarm goes off and when it is over, such as topics; by default nobody.
    #[builder(default, setter(into))]
    notify: Vec<Value<Arn>>,
}

/// On which side of what is usual a metric must be for an [`AnomalyAlarm`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unusual {
    /// Above or below.
    #[default]
    Either,
    /// Above.
    High,
    /// Below.
    Low,
}

/// An alarm on a metric that is not as it usually is at that time of the day and the week, and the model that knows what is
/// usual. The model learns from two weeks of the metric.
///
/// ```
/// use flagcdk::cloudwatch::{AnomalyAlarm, AnomalyAlarmProps, Unusual};
/// use flagcdk::lambda::FunctionRef;
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Watch", Placement::Home);
/// let props = AnomalyAlarmProps::builder()
///     .metric(FunctionRef::from_name("orders").metric_invocations())
///     .description("Fewer orders than usual: look whether the shop can be reached")
///     .unusual(Unusual::Low)
///     .build();
/// AnomalyAlarm::new(&stack, "FewOrders", props);
/// assert!(app.synth()?.template("Watch").contains("ANOMALY_DETECTION_BAND"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [anomaly detection](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Anomaly_Detection.html).
#[derive(Clone, Debug)]
pub struct AnomalyAlarm {
    pub(super) reference: AlarmRef,
}

impl AnomalyAlarm {
    /// Makes the model and the alarm.
    pub fn new(scope: &Scope, id: &str, props: AnomalyAlarmProps) -> Self {
        use cfn::cloudwatch::{alarm, anomaly_detector};

        let scope = scope.construct(id);
        check_period(&scope, props.metric.period_seconds);
        if props.deviations <= 0.0 {
            scope.error(
                "cloudwatch::deviations",
                format!("{} standard deviations are usual, wanted more than 0", props.deviations),
                "2 is usual itself; a larger number makes the alarm go off less often",
            );
        }
        let metric = props.metric;
        let dimension = |(name, value): &(std::borrow::Cow<'static, str>, Value<String>)| {
            anomaly_detector::Dimension::new().name(&**name).value(value)
        };
        let single = anomaly_detector::SingleMetricAnomalyDetector::new()
            .namespace(&*metric.namespace)
            .metric_name(&*metric.name)
            .stat(metric.statistic.as_str())
            .dimensions(metric.dimensions.iter().map(dimension).collect::<Vec<_>>());
        let detector = cfn::cloudwatch::AnomalyDetector::new().single_metric_anomaly_detector(single);
        let detector = scope.add("Model", detector);

        let watched = alarm::MetricDataQuery::new().id("watched").metric_stat(metric.into_stat()).return_data(true);
        let band = format!("ANOMALY_DETECTION_BAND(watched, {})", props.deviations);
        let usual = alarm::MetricDataQuery::new().id("usual").expression(band).label("What is usual").return_data(true);
        let comparison = match props.unusual {
            Unusual::Either => "LessThanLowerOrGreaterThanUpperThreshold",
            Unusual::High => "GreaterThanUpperThreshold",
            Unusual::Low => "LessThanLowerThreshold",
        };
        let alarm = cfn::cloudwatch::Alarm::new()
            .alarm_description(props.description)
            .metrics([watched, usual])
            .threshold_metric_id("usual")
            .comparison_operator(comparison)
            .evaluation_periods(props.evaluation_periods)
            .treat_missing_data(props.missing_data.as_str());
        let alarm = if props.notify.is_empty() {
            alarm
        } else {
            alarm.alarm_actions(props.notify.clone()).ok_actions(props.notify)
        };
        let handle = scope.add("Resource", alarm);
        handle.depends_on(&detector);
        Self { reference: AlarmRef { arn: handle.get(cfn::cloudwatch::Alarm::ARN), name: handle.reference() } }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }
}
