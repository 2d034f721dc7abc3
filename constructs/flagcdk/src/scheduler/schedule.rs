//! Schedules.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Handle, Scope, Value};
use typed_builder::TypedBuilder;

use super::{ScheduleGroupRef, Target, When};
use crate::iam::{Grantee, Permissions, Principal, Role, RoleProps};
use crate::kms::KeyRef;
use crate::sqs::{DeadLetters, Queue, QueueProps, QueueRef};

/// How a [`Schedule`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct ScheduleProps {
    /// When.
    when: When,
    /// What is called.
    target: Target,
    /// The time zone that times are of, such as `Europe/Berlin`; by default UTC. Where clocks are put forward and back, a
    /// time is neither left out nor met twice.
    #[builder(default = "UTC".into(), setter(into))]
    time_zone: String,
    /// Within how many minutes after its time the call may be made, 1 to 1,440; by default at its time, to the minute.
    #[builder(default, setter(strip_option))]
    window_minutes: Option<u16>,
    /// The group; by default that of the account.
    #[builder(default, setter(into))]
    group: Option<ScheduleGroupRef>,
    /// What the schedule is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    description: Option<Value<String>>,
    /// The first time at which it is called, such as `2026-12-24T18:00:00Z`; by default the schedule holds at once.
    #[builder(default, setter(into, strip_option))]
    starts: Option<String>,
    /// The last time at which it is called; by default there is none.
    #[builder(default, setter(into, strip_option))]
    ends: Option<String>,
    /// Whether anything is called at all; by default it is.
    #[builder(default = true)]
    enabled: bool,
    /// The key that encrypts the schedule and its own queue for dead letters; by default the services have their own.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// Where goes what could not be delivered; by default into a queue of the schedule's own.
    #[builder(default, setter(into))]
    dead_letters: Option<QueueRef>,
}

/// A schedule: something is called at a time, by a role that may do that and nothing else.
///
/// ```
/// use flagcdk::lambda::{Code, Function, FunctionProps};
/// use flagcdk::scheduler::{Schedule, ScheduleProps, Target, When};
/// use flagcdk::{App, Architecture, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Jobs", Placement::Home);
/// let code = Code::cargo_binary("shop-functions", "bootstrap", Architecture::Arm64);
/// let report = Function::new(&stack, "Report", FunctionProps::builder().code(code).build());
/// let props = ScheduleProps::builder()
///     .when(When::cron("30 7 ? * MON-FRI *"))
///     .time_zone("Europe/Berlin")
///     .target(Target::function(&report))
///     .build();
/// Schedule::new(&stack, "Mornings", props);
/// assert!(app.synth()?.template("Jobs").contains("cron(30 7 ? * MON-FRI *)"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::Scheduler::Schedule](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html).
#[derive(Clone, Debug)]
pub struct Schedule {
    handle: Handle<cfn::scheduler::Schedule>,
    dead_letters: QueueRef,
}

impl Schedule {
    /// Makes the schedule, its role, and its queue for dead letters.
    pub fn new(scope: &Scope, id: &str, props: ScheduleProps) -> Self {
        use cfn::scheduler::schedule as property;

        let scope = scope.construct(id);
        check(&scope, &props);
        let dead_letters = props.dead_letters.unwrap_or_else(|| {
            let queue = QueueProps::builder().dead_letters(DeadLetters::Nowhere);
            (&Queue::new(&scope, "DeadLetters", queue.encryption_key(props.encryption_key.clone()).build())).into()
        });
        let group = props.group.unwrap_or_else(ScheduleGroupRef::default_group);
        let permissions = Permissions::new();
        permissions.grant("CallTarget", props.target.statements);
        dead_letters.grant_send(&permissions);
        if let Some(key) = &props.encryption_key {
            key.grant_decrypt(&permissions);
        }
        // Narrower than the group the condition cannot be: the schedule does not exist when its role is made.
        let service = Principal::service("scheduler.amazonaws.com").for_own_account().for_resource(group.arn());
        let role = RoleProps::builder().assumed_by(service).permissions(permissions).build();
        let role = Role::new(&scope, "Role", role);

        let retry = property::RetryPolicy::new()
            .maximum_event_age_in_seconds(props.target.max_age_seconds)
            .maximum_retry_attempts(props.target.retry_attempts);
        let mut target = property::Target::new()
            .arn(props.target.arn)
            .role_arn(role.arn())
            .retry_policy(retry)
            .dead_letter_config(property::DeadLetterConfig::new().arn(dead_letters.arn()));
        if let Some(input) = props.target.input {
            target = target.input(input);
        }
        if let Some(group_id) = props.target.group_id {
            target = target.sqs_parameters(property::SqsParameters::new().message_group_id(group_id));
        }
        let window = match props.window_minutes {
            None => property::FlexibleTimeWindow::new().mode("OFF"),
            Some(minutes) => property::FlexibleTimeWindow::new().mode("FLEXIBLE").maximum_window_in_minutes(minutes),
        };
        let mut schedule = cfn::scheduler::Schedule::new()
            .schedule_expression(props.when.expression)
            .schedule_expression_timezone(props.time_zone)
            .flexible_time_window(window)
            .target(target)
            .group_name(group.name())
            .state(if props.enabled { "ENABLED" } else { "DISABLED" });
        if let Some(description) = props.description {
            schedule = schedule.description(description);
        }
        if let Some(time) = props.starts {
            schedule = schedule.start_date(time);
        }
        if let Some(time) = props.ends {
            schedule = schedule.end_date(time);
        }
        if let Some(key) = props.encryption_key {
            schedule = schedule.kms_key_arn(key.arn());
        }
        Self { handle: scope.add("Resource", schedule), dead_letters }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.handle.get(cfn::scheduler::Schedule::ARN)
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.handle.reference()
    }

    /// The queue for what could not be delivered.
    pub fn dead_letters(&self) -> &QueueRef {
        &self.dead_letters
    }
}

fn check(scope: &Scope, props: &ScheduleProps) {
    props.when.check(scope);
    if !(60..=86_400).contains(&props.target.max_age_seconds) || props.target.retry_attempts > 185 {
        scope.error(
            "scheduler::retry",
            format!(
                "the target is tried {} more times for {} seconds, wanted at most 185 times for 60 to 86400 seconds",
                props.target.retry_attempts, props.target.max_age_seconds
            ),
            "stay within what the scheduler takes",
        );
    }
    if props.window_minutes.is_some_and(|minutes| !(1..=1440).contains(&minutes)) {
        scope.error(
            "scheduler::window",
            format!(
                "the call may be made within {} minutes, wanted 1 to 1440",
                props.window_minutes.unwrap_or_default()
            ),
            "choose a number in that range, or leave it out",
        );
    }
}
