//! Groups of schedules.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, Scope, Value, text};
use typed_builder::TypedBuilder;

#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::Metric;
use crate::reference::reference;

/// How a [`ScheduleGroup`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct ScheduleGroupProps {
    /// The name; by default CloudFormation makes one.
    #[builder(default, setter(into, strip_option))]
    name: Option<Value<String>>,
}

/// A group of schedules: schedules have no tags and no metrics of their own, groups have.
///
/// ```
/// use flagcdk::scheduler::{ScheduleGroup, ScheduleGroupProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Jobs", Placement::Home);
/// let group = ScheduleGroup::new(&stack, "Nightly", ScheduleGroupProps::builder().build());
/// stack.output("Group", group.name());
/// assert!(app.synth()?.template("Jobs").contains("AWS::Scheduler::ScheduleGroup"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::Scheduler::ScheduleGroup](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedulegroup.html).
#[derive(Clone, Debug)]
pub struct ScheduleGroup {
    reference: ScheduleGroupRef,
}

/// A group of schedules, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleGroupRef {
    name: Value<String>,
    arn: Value<Arn>,
}

impl ScheduleGroup {
    /// Makes the group.
    pub fn new(scope: &Scope, id: &str, props: ScheduleGroupProps) -> Self {
        let scope = scope.construct(id);
        let mut group = cfn::scheduler::ScheduleGroup::new();
        if let Some(name) = props.name {
            group = group.name(name);
        }
        let handle = scope.add("Resource", group);
        let arn = handle.get(cfn::scheduler::ScheduleGroup::ARN);
        Self { reference: ScheduleGroupRef { name: handle.reference(), arn } }
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.reference.name()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }
}

impl ScheduleGroupRef {
    /// A group of the same account and region that exists already.
    pub fn from_name(name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        let place = text![":scheduler:", Value::region(), ":", Value::account_id(), ":schedule-group/"];
        Self { arn: text!["arn:", Value::partition(), place, &name].cast(), name }
    }

    /// The group that schedules are in which name none.
    pub fn default_group() -> Self {
        Self::from_name("default")
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// How often targets of the group were called.
    ///
    /// See [metrics of the scheduler](https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metric_attempts(&self) -> Metric {
        self.metric("InvocationAttemptCount")
    }

    /// How often a target of the group answered with an error.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_target_errors(&self) -> Metric {
        self.metric("TargetErrorCount")
    }

    /// How often it was given up to call a target of the group.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_dropped(&self) -> Metric {
        self.metric("InvocationDroppedCount")
    }

    /// The sum over a minute of another metric of the scheduler.
    #[cfg(feature = "cloudwatch")]
    pub fn metric(&self, name: &'static str) -> Metric {
        Metric::new("AWS/Scheduler", name).dimension("ScheduleGroup", &self.name)
    }
}

reference!(ScheduleGroup => ScheduleGroupRef);
