//! Where a rule sends events.

use std::collections::BTreeMap;

use flagcdk_core::{Arn, IntoValue, Region, Value, text};

use super::{ApiDestinationRef, EventBusRef};
use crate::iam::Statement;
#[cfg(feature = "lambda")]
use crate::lambda::FunctionRef;
use crate::sns::TopicRef;
use crate::sqs::QueueRef;
#[cfg(feature = "stepfunctions")]
use crate::stepfunctions::StateMachineRef;

/// Where a [`Rule`](super::Rule) sends events: what gets them, in which form, and how long it is tried.
///
/// ```
/// use flagcdk::Region;
/// use flagcdk::events::Target;
///
/// // Events older than an hour are of no use there.
/// let home = Target::default_bus("Home", Region::EU_WEST_1).max_age_seconds(3600);
/// ```
#[derive(Clone, Debug)]
pub struct Target {
    pub(super) id: String,
    pub(super) arn: Value<Arn>,
    pub(super) statement: Option<Statement>,
    pub(super) to: To,
    pub(super) group_id: Option<String>,
    pub(super) input: Input,
    pub(super) max_age_seconds: u32,
    pub(super) retry_attempts: u8,
}

/// What lets a rule in by a policy of its own, which is looked at or made with the rule.
#[derive(Clone, Debug)]
pub(super) enum To {
    Queue(QueueRef),
    Topic(TopicRef),
    #[cfg(feature = "lambda")]
    Function(FunctionRef),
    Other,
}

/// What of an event a target gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Input {
    /// The event.
    #[default]
    Event,
    /// The part of it that a path names, such as `$.detail`.
    Path(String),
    /// A text of the caller's own, in which `<name>` stands for the part of the event that the path of this name names.
    ///
    /// See [input transformation](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html).
    Template {
        /// Paths by name.
        paths: BTreeMap<String, String>,
        /// The text; JSON, or a text in quotes.
        template: String,
    },
}

impl Target {
    /// Anything that takes events by its own policy, such as a queue, a topic or a function. The id is unique in the rule.
    pub fn new(id: impl Into<String>, arn: impl IntoValue<Arn>) -> Self {
        Self {
            id: id.into(),
            arn: arn.into_value(),
            statement: None,
            to: To::Other,
            group_id: None,
            input: Input::Event,
            max_age_seconds: 86_400,
            retry_attempts: 185,
        }
    }

    /// A queue, which the rule is let into. One that is not of this app must let
    /// [`rules_of_own_account`](super::rules_of_own_account) send. If it has a key, that must be for
    /// [`KeyService::EventBridge`](crate::kms::KeyService::EventBridge).
    pub fn queue(id: impl Into<String>, queue: &impl AsRef<QueueRef>) -> Self {
        let queue = queue.as_ref();
        Self { to: To::Queue(queue.clone()), ..Self::new(id, queue.arn()) }
    }

    /// A FIFO queue, as [`Target::queue`], whose messages are of a group.
    pub fn fifo_queue(id: impl Into<String>, queue: &impl AsRef<QueueRef>, group_id: impl Into<String>) -> Self {
        Self { group_id: Some(group_id.into()), ..Self::queue(id, queue) }
    }

    /// A topic that lets `events.amazonaws.com` publish, without a condition: what EventBridge asks of topics carries nothing
    /// that one could look at, so whoever knows the topic's ARN can make EventBridge publish there. A queue is the better
    /// target. If the topic has a key, that must be for [`KeyService::EventBridge`](crate::kms::KeyService::EventBridge).
    pub fn topic(id: impl Into<String>, topic: &impl AsRef<TopicRef>) -> Self {
        let topic = topic.as_ref();
        Self { to: To::Topic(topic.clone()), ..Self::new(id, topic.arn()) }
    }

    /// A function, or an alias of one, which the rule is allowed to invoke.
    #[cfg(feature = "lambda")]
    pub fn function(id: impl Into<String>, function: &impl AsRef<FunctionRef>) -> Self {
        let function = function.as_ref();
        Self { to: To::Function(function.clone()), ..Self::new(id, function.arn()) }
    }

    /// Another event bus of the same region.
    pub fn bus(id: impl Into<String>, bus: &impl AsRef<EventBusRef>) -> Self {
        let arn = bus.as_ref().arn();
        Self { statement: Some(Statement::allow(["events:PutEvents"]).on(&arn)), ..Self::new(id, arn) }
    }

    /// A web server.
    pub fn api_destination(id: impl Into<String>, destination: &impl AsRef<ApiDestinationRef>) -> Self {
        let destination = destination.as_ref();
        let invoke = Statement::allow(["events:InvokeApiDestination"]).on(&destination.arn_for_policy);
        Self { statement: Some(invoke), ..Self::new(id, destination.arn()) }
    }

    /// A state machine: each event starts an execution.
    #[cfg(feature = "stepfunctions")]
    pub fn state_machine(id: impl Into<String>, machine: &impl AsRef<StateMachineRef>) -> Self {
        let arn = machine.as_ref().arn();
        Self { statement: Some(Statement::allow(["states:StartExecution"]).on(&arn)), ..Self::new(id, arn) }
    }

    /// The default event bus of this account in another region. There the event is as if it had happened there.
    ///
    /// See [cross-region events](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html).
    pub fn default_bus(id: impl Into<String>, region: Region) -> Self {
        let arn: Value<Arn> =
            text!["arn:", Value::partition(), ":events:", region, ":", Value::account_id(), ":event-bus/default"]
                .cast();
        Self { statement: Some(Statement::allow(["events:PutEvents"]).on(&arn)), ..Self::new(id, arn) }
    }

    /// What of an event the target gets. Default: the event.
    #[must_use]
    pub fn input(mut self, input: Input) -> Self {
        self.input = input;
        self
    }

    /// For how long delivery is tried, 60 to 86,400 seconds. Default: 86,400, a day.
    #[must_use]
    pub fn max_age_seconds(mut self, seconds: u32) -> Self {
        self.max_age_seconds = seconds;
        self
    }

    /// How often delivery is tried again, 0 to 185. Default: 185.
    #[must_use]
    pub fn retry_attempts(mut self, attempts: u8) -> Self {
        self.retry_attempts = attempts;
        self
    }
}
