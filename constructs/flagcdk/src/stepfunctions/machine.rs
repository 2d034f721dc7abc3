//! State machines.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Condition, IntoValue, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::Definition;
use crate::arn;
#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::Metric;
use crate::iam::{Grantee, Permissions, Principal, Statement, service_role};
use crate::kms::KeyRef;
use crate::logs::{LogGroup, LogGroupProps, LogGroupRef};
use crate::reference::reference;

/// How a [`StateMachine`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct StateMachineProps {
    /// What it does.
    definition: Definition,
    /// The key that encrypts the definition, the executions and their log. As executions are logged, it must be for
    /// [`KeyService::CloudWatchLogDelivery`](crate::kms::KeyService::CloudWatchLogDelivery).
    #[builder(setter(into))]
    encryption_key: KeyRef,
    /// Where executions are logged; by default in a log group of its own, kept for a year.
    #[builder(default, setter(into))]
    log_group: Option<LogGroupRef>,
    /// What the role may do besides what the definition's tasks need; by default nothing. Give it to the `grant_*` methods
    /// of what raw states use.
    #[builder(default)]
    permissions: Permissions,
    /// Where the state machine is made; by default wherever its stack is.
    #[builder(default)]
    condition: Option<Condition>,
}

/// A standard state machine, whose every step is logged and traced.
///
/// The definition is checked when the app is synthesized. The role may do what the definition's tasks say and what logging,
/// tracing and the key need.
///
/// See [AWS::StepFunctions::StateMachine](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html).
///
/// ```
/// # use flagcdk::kms::{Key, KeyProps};
/// use flagcdk::stepfunctions::{Definition, StateMachine, StateMachineProps, Succeed, Wait};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Flow", Placement::Home);
/// # let key = Key::new(&stack, "Key", KeyProps::builder().build());
/// let definition = Definition::starting_at("Sleep")
///     .state("Sleep", Wait::seconds(5).next("Done"))
///     .state("Done", Succeed::new());
/// let props = StateMachineProps::builder().definition(definition).encryption_key(&key).build();
/// StateMachine::new(&stack, "Sleeper", props);
/// assert!(app.synth()?.template("Flow").contains("AWS::StepFunctions::StateMachine"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct StateMachine {
    reference: StateMachineRef,
}

/// A state machine, owned or imported.
#[derive(Clone, Debug)]
pub struct StateMachineRef {
    arn: Value<Arn>,
}

impl StateMachine {
    /// Makes the state machine.
    pub fn new(scope: &Scope, id: &str, props: StateMachineProps) -> Self {
        use cfn::stepfunctions::state_machine as property;

        let scope = scope.construct(id);
        for problem in props.definition.check() {
            scope.error(problem.code, problem.message, problem.help);
        }
        let logs = props.log_group.unwrap_or_else(|| {
            let group = LogGroupProps::builder().encryption_key(&props.encryption_key).build();
            (&LogGroup::new(&scope, "Log", group)).into()
        });
        let permissions = props.permissions;
        permissions.grant("RunTasks", props.definition.statements());
        permissions.grant("LogAndTrace", log_and_trace());
        props.encryption_key.grant_encrypt_decrypt(&permissions);
        let executions =
            text!["arn:", Value::partition(), ":states:", Value::region(), ":", Value::account_id(), ":stateMachine:*"];
        let service = Principal::service("states.amazonaws.com").for_own_account().for_resource(executions);
        let role = service_role(&scope, "Role", service, &permissions, props.condition.as_ref());
        scope.suppress_at(
            "Role",
            "CKV_AWS_111",
            "Step Functions sets up the delivery of its log with actions that know no resources",
        );

        let rendered = props.definition.render();
        let destination = property::LogDestination::new()
            .cloud_watch_logs_log_group(property::CloudWatchLogsLogGroup::new().log_group_arn(logs.arn()));
        let encryption = property::EncryptionConfiguration::new()
            .r#type("CUSTOMER_MANAGED_KMS_KEY")
            .kms_key_id(props.encryption_key.arn())
            .kms_data_key_reuse_period_seconds(300);
        let machine = cfn::stepfunctions::StateMachine::new()
            .role_arn(role)
            .definition_string(rendered.text)
            .logging_configuration(
                property::LoggingConfiguration::new()
                    .level("ALL")
                    .include_execution_data(true)
                    .destinations([destination]),
            )
            .tracing_configuration(property::TracingConfiguration::new().enabled(true))
            .encryption_configuration(encryption);
        let machine = if rendered.substitutions.is_empty() {
            machine
        } else {
            machine.definition_substitutions(rendered.substitutions)
        };
        let handle = scope.add("Resource", machine);
        if let Some(condition) = &props.condition {
            handle.condition(condition);
        }
        Self { reference: StateMachineRef { arn: handle.reference() } }
    }

    /// The ARN, the value of the metrics' dimension `StateMachineArn`.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }
}

impl StateMachineRef {
    /// A state machine that exists already.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        Self { arn: arn.into_value() }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// A state machine of the same account and region that exists already.
    pub fn from_name(name: impl IntoValue<String>) -> Self {
        let place = text![":states:", Value::region(), ":", Value::account_id(), ":stateMachine:"];
        Self { arn: text!["arn:", Value::partition(), place, name].cast() }
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        arn::part(&self.arn, 6)
    }

    /// How many executions failed.
    ///
    /// See [metrics of Step Functions](https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metric_failed(&self) -> Metric {
        self.metric("ExecutionsFailed")
    }

    /// How many executions took longer than they may.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_timed_out(&self) -> Metric {
        self.metric("ExecutionsTimedOut")
    }

    /// How many executions began.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_started(&self) -> Metric {
        self.metric("ExecutionsStarted")
    }

    /// The sum over a minute of another metric of Step Functions.
    #[cfg(feature = "cloudwatch")]
    pub fn metric(&self, name: &'static str) -> Metric {
        Metric::new("AWS/States", name).dimension("StateMachineArn", &self.arn)
    }

    /// Lets somebody look at executions and stop them.
    pub fn grant_execution_control(&self, grantee: &impl Grantee) {
        let (region, account, name) = (arn::part(&self.arn, 3), arn::part(&self.arn, 4), self.name());
        let own = text!["arn:", Value::partition(), ":states:", region, ":", account];
        let control = Statement::allow(["states:DescribeExecution", "states:StopExecution"]);
        grantee.grant("ControlExecutions", vec![control.on(text![own, ":execution:", name, ":*"])]);
    }

    /// Lets somebody answer tasks that wait, with the token that they were given.
    pub fn grant_task_answer(&self, grantee: &impl Grantee) {
        let actions = ["states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"];
        grantee.grant("AnswerTasks", vec![Statement::allow(actions).on(&self.arn)]);
    }

    /// Lets somebody start executions.
    pub fn grant_start_execution(&self, grantee: &impl Grantee) {
        grantee.grant("StartExecution", vec![Statement::allow(["states:StartExecution"]).on(&self.arn)]);
    }
}

reference!(StateMachine => StateMachineRef);

/// What Step Functions itself needs of the role; none of it knows resources.
///
/// See [logging](https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy) and
/// [tracing](https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html).
fn log_and_trace() -> Vec<Statement> {
    let log = [
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
    ];
    let trace =
        ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"];
    vec![Statement::allow(log).on_anything(), Statement::allow(trace).on_anything()]
}
