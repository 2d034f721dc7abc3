//! Alarms on alarms.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::AlarmRef;

/// How a [`CompositeAlarm`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct CompositeAlarmProps {
    /// When it goes off.
    rule: AlarmRule,
    /// What it means when the alarm goes off, and what to do, for whoever is woken by it.
    #[builder(setter(into))]
    description: String,
    /// The ARNs of what is told when the alarm goes off and when it is over, such as topics; by default nobody.
    #[builder(default, setter(into))]
    notify: Vec<Value<Arn>>,
    /// The alarm during which nobody is told, such as one that goes off while work is done; by default there is none.
    #[builder(default, setter(into))]
    quiet_while: Option<AlarmRef>,
}

/// What must be so of other alarms.
///
/// ```
/// use flagcdk::cloudwatch::{AlarmRef, AlarmRule};
///
/// let (slow, failing, deploying) = (AlarmRef::from_name("slow"), AlarmRef::from_name("failing"), AlarmRef::from_name("deploying"));
/// let rule = AlarmRule::all([
///     AlarmRule::any([AlarmRule::goes_off(&slow), AlarmRule::goes_off(&failing)]),
///     AlarmRule::none([AlarmRule::goes_off(&deploying)]),
/// ]);
/// ```
///
/// See [composite alarms](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html).
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmRule(Value<String>);

/// An alarm on other alarms, so that people are woken once for what many metrics show.
///
/// ```
/// use flagcdk::cloudwatch::{Alarm, AlarmProps, AlarmRule, CompositeAlarm, CompositeAlarmProps};
/// use flagcdk::lambda::FunctionRef;
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Watch", Placement::Home);
/// let function = FunctionRef::from_name("orders");
/// let props = AlarmProps::builder().metric(function.metric_errors()).description("Orders fail").build();
/// let failing = Alarm::new(&stack, "Failing", props);
/// let props = AlarmProps::builder().metric(function.metric_throttles()).description("Orders wait").build();
/// let throttled = Alarm::new(&stack, "Throttled", props);
/// let rule = AlarmRule::any([AlarmRule::goes_off(&failing), AlarmRule::goes_off(&throttled)]);
/// let props = CompositeAlarmProps::builder().rule(rule).description("No orders are taken").build();
/// CompositeAlarm::new(&stack, "NoOrders", props);
/// assert!(app.synth()?.template("Watch").contains("AWS::CloudWatch::CompositeAlarm"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::CloudWatch::CompositeAlarm](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-compositealarm.html).
#[derive(Clone, Debug)]
pub struct CompositeAlarm {
    pub(super) reference: AlarmRef,
}

impl AlarmRule {
    /// The alarm goes off.
    pub fn goes_off(alarm: &impl AsRef<AlarmRef>) -> Self {
        Self::state("ALARM", alarm)
    }

    /// The alarm does not go off, and has enough data to say so.
    pub fn is_ok(alarm: &impl AsRef<AlarmRef>) -> Self {
        Self::state("OK", alarm)
    }

    /// The alarm has too little data to say.
    pub fn lacks_data(alarm: &impl AsRef<AlarmRef>) -> Self {
        Self::state("INSUFFICIENT_DATA", alarm)
    }

    /// None of the rules holds.
    pub fn none(rules: impl IntoIterator<Item = Self>) -> Self {
        Self(text!["NOT ", Self::any(rules).0])
    }

    /// All the rules hold.
    pub fn all(rules: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(rules, " AND ", "TRUE")
    }

    /// At least one of the rules holds.
    pub fn any(rules: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(rules, " OR ", "FALSE")
    }

    fn state(state: &'static str, alarm: &impl AsRef<AlarmRef>) -> Self {
        Self(text![state, "(\"", alarm.as_ref().arn(), "\")"])
    }

    fn joined(rules: impl IntoIterator<Item = Self>, word: &'static str, none: &'static str) -> Self {
        let mut joined: Option<Value<String>> = None;
        for Self(rule) in rules {
            joined = Some(match joined {
                None => text!["(", rule],
                Some(before) => text![before, word, rule],
            });
        }
        Self(joined.map_or_else(|| none.into(), |rules| text![rules, ")"]))
    }
}

impl CompositeAlarm {
    /// Makes the alarm.
    pub fn new(scope: &Scope, id: &str, props: CompositeAlarmProps) -> Self {
        let scope = scope.construct(id);
        let mut alarm =
            cfn::cloudwatch::CompositeAlarm::new().alarm_rule(props.rule.0).alarm_description(props.description);
        if !props.notify.is_empty() {
            alarm = alarm.alarm_actions(props.notify.clone()).ok_actions(props.notify);
        }
        if let Some(quiet) = props.quiet_while {
            // Two minutes are enough for the other alarm to be heard of, at either end.
            alarm = alarm
                .actions_suppressor(quiet.arn())
                .actions_suppressor_wait_period(120)
                .actions_suppressor_extension_period(120);
        }
        let handle = scope.add("Resource", alarm);
        let arn = handle.get(cfn::cloudwatch::CompositeAlarm::ARN);
        Self { reference: AlarmRef { arn, name: handle.reference() } }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }
}
