//! What a schedule calls.

use flagcdk_core::{Arn, Expr, Json, Value, text};

use crate::iam::{Permissions, Statement};
use crate::json_text::json_text;
#[cfg(feature = "lambda")]
use crate::lambda::FunctionRef;
use crate::sns::TopicRef;
use crate::sqs::QueueRef;
#[cfg(feature = "stepfunctions")]
use crate::stepfunctions::StateMachineRef;

/// What a [`Schedule`](super::Schedule) calls, with what, and how long it is tried.
///
/// ```
/// use flagcdk::lambda::FunctionRef;
/// use flagcdk::scheduler::Target;
/// use serde_json::json;
///
/// let report = Target::function(&FunctionRef::from_name("report")).input(json!({ "kind": "daily" })).retry_attempts(3);
/// ```
///
/// See [targets](https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html).
#[derive(Clone, Debug)]
pub struct Target {
    pub(super) arn: Value<Arn>,
    pub(super) statements: Vec<Statement>,
    pub(super) input: Option<Value<String>>,
    pub(super) group_id: Option<Value<String>>,
    pub(super) retry_attempts: u8,
    pub(super) max_age_seconds: u32,
}

impl Target {
    /// A function, called asynchronously.
    #[cfg(feature = "lambda")]
    pub fn function(function: &impl AsRef<FunctionRef>) -> Self {
        let function = function.as_ref();
        Self::new(function.arn(), |role| function.grant_invoke(role))
    }

    /// A queue that gets a message.
    pub fn queue(queue: &impl AsRef<QueueRef>) -> Self {
        let queue = queue.as_ref();
        Self::new(queue.arn(), |role| queue.grant_send(role))
    }

    /// A FIFO queue that gets a message of a group.
    pub fn fifo_queue(queue: &impl AsRef<QueueRef>, group_id: impl Into<Value<String>>) -> Self {
        Self { group_id: Some(group_id.into()), ..Self::queue(queue) }
    }

    /// A topic that a message is published to.
    pub fn topic(topic: &impl AsRef<TopicRef>) -> Self {
        let topic = topic.as_ref();
        Self::new(topic.arn(), |role| topic.grant_publish(role))
    }

    /// A state machine of which an execution is started.
    #[cfg(feature = "stepfunctions")]
    pub fn state_machine(machine: &impl AsRef<StateMachineRef>) -> Self {
        let machine = machine.as_ref();
        Self::new(machine.arn(), |role| machine.grant_start_execution(role))
    }

    /// An action of any service, such as `sqs` and `purgeQueue`, with what it needs to be allowed; the action's parameters
    /// are the input.
    ///
    /// See [universal targets](https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html).
    pub fn sdk(service: &str, action: &str, statements: impl IntoIterator<Item = Statement>) -> Self {
        let arn = text!["arn:", Value::partition(), format!(":scheduler:::aws-sdk:{service}:{action}")].cast();
        Self { statements: statements.into_iter().collect(), ..Self::new(arn, |_| ()) }
    }

    /// What the target gets: JSON. Default: what the scheduler says of the schedule.
    #[must_use]
    pub fn input(mut self, input: impl Into<Json>) -> Self {
        self.input = Some(json_text(&Expr::Json(input.into())));
        self
    }

    /// What the target gets, as fields with values that are known when CloudFormation deploys.
    #[must_use]
    pub fn input_fields<const N: usize>(mut self, fields: [(&'static str, Value<String>); N]) -> Self {
        self.input = Some(json_text(&Expr::map(fields.map(|(name, value)| (name, value.into_expr())))));
        self
    }

    /// How often it is tried again, 0 to 185. Default: 185.
    #[must_use]
    pub fn retry_attempts(mut self, attempts: u8) -> Self {
        self.retry_attempts = attempts;
        self
    }

    /// For how long it is tried, 60 to 86,400 seconds. Default: 86,400, a day.
    #[must_use]
    pub fn max_age_seconds(mut self, seconds: u32) -> Self {
        self.max_age_seconds = seconds;
        self
    }

    fn new(arn: Value<Arn>, grant: impl FnOnce(&Permissions)) -> Self {
        let permissions = Permissions::new();
        grant(&permissions);
        let statements = permissions.document().statements().to_vec();
        Self { arn, statements, input: None, group_id: None, retry_attempts: 185, max_age_seconds: 86_400 }
    }
}
