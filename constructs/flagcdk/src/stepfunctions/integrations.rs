//! Tasks that call services, with what the role needs for them.

use flagcdk_core::{Expr, Value, text};

use super::states::{Retry, Task};
use super::{Fields, StateMachineRef};
#[cfg(feature = "dynamodb")]
use crate::dynamodb::TableRef;
#[cfg(feature = "events")]
use crate::events::EventBusRef;
use crate::iam::{Grantee, Statement};
#[cfg(feature = "lambda")]
use crate::lambda::FunctionRef;
#[cfg(feature = "sqs")]
use crate::sqs::QueueRef;

/// Where the token of a task stands that waits until somebody gives it back.
const TOKEN: &str = "$$.Task.Token";

/// Calls of services. Each gives the state machine's role what the call takes, and nothing else.
///
/// Tasks that wait go on when somebody calls `SendTaskSuccess` or `SendTaskFailure` with the token that they send along; give
/// whoever does so [`StateMachineRef::grant_task_answer`], and the task a timeout.
///
/// ```
/// use flagcdk::dynamodb::TableRef;
/// use flagcdk::sqs::QueueRef;
/// use flagcdk::stepfunctions::{Fields, Item, Task};
///
/// let orders = TableRef::from_name("orders");
/// let key = Item::new().text_at("order_id", "$.order_id");
/// let load = Task::get_item(&orders, key.clone()).result_path("$.order").next("Approve");
/// let approve = Task::send_and_wait(&QueueRef::from_name("approvals"), Fields::new().set("order.$", "$.order"))
///     .timeout_seconds(86_400)
///     .next("Close");
/// let close = Task::update_item(&orders, key, "SET #s = :s", [("#s", "state")], Item::new().text(":s", "closed")).end();
/// ```
impl Task {
    /// An invocation of a function that waits: its payload has the token as `token` beside what the caller says.
    #[cfg(feature = "lambda")]
    pub fn invoke_and_wait(function: &impl AsRef<FunctionRef>, payload: Fields) -> Self {
        let function = function.as_ref();
        let payload = payload.set("token.$", TOKEN);
        let parameters = Fields::new().set("FunctionName", function.arn()).set("Payload", payload);
        Self::new("arn:aws:states:::lambda:invoke.waitForTaskToken")
            .parameters(parameters)
            .retry(Retry::on([
                "Lambda.ServiceException",
                "Lambda.SdkClientException",
                "Lambda.TooManyRequestsException",
            ]))
            .grant(|task| function.grant_invoke(task))
    }

    /// A message to a queue, a JSON object.
    #[cfg(feature = "sqs")]
    pub fn send(queue: &impl AsRef<QueueRef>, message: Fields) -> Self {
        Self::send_by("arn:aws:states:::sqs:sendMessage", queue.as_ref(), message)
            .retry(Retry::on(["States.TaskFailed"]).max_attempts(3))
    }

    /// A message to a queue, and then to wait: the message has the token as `token` beside what the caller says.
    #[cfg(feature = "sqs")]
    pub fn send_and_wait(queue: &impl AsRef<QueueRef>, message: Fields) -> Self {
        let message = message.set("token.$", TOKEN);
        // Not tried again: a failure that is reported with the token is an answer.
        Self::send_by("arn:aws:states:::sqs:sendMessage.waitForTaskToken", queue.as_ref(), message)
    }

    /// An item of a table by its key, consistently. What there is stands below `Item` of the result, as DynamoDB writes it.
    #[cfg(feature = "dynamodb")]
    pub fn get_item(table: &impl AsRef<TableRef>, key: Item) -> Self {
        let table = table.as_ref();
        let parameters = Fields::new().set("Key", key.0).set("ConsistentRead", true);
        Self::on_table("getItem", table, parameters).grant(|task| table.grant_read(task))
    }

    /// An item that is put into a table, in place of what has its key.
    #[cfg(feature = "dynamodb")]
    pub fn put_item(table: &impl AsRef<TableRef>, item: Item) -> Self {
        let table = table.as_ref();
        Self::on_table("putItem", table, Fields::new().set("Item", item.0)).grant(|task| table.grant_write(task))
    }

    /// An item that is changed by an [update expression](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html),
    /// with the names (`#name`) and values (`:value`) that stand in it.
    #[cfg(feature = "dynamodb")]
    pub fn update_item<const N: usize>(
        table: &impl AsRef<TableRef>,
        key: Item,
        expression: &'static str,
        names: [(&'static str, &'static str); N],
        values: Item,
    ) -> Self {
        let table = table.as_ref();
        let mut parameters = Fields::new().set("Key", key.0).set("UpdateExpression", expression);
        if N > 0 {
            let names = names.into_iter().fold(Fields::new(), |fields, (name, attribute)| fields.set(name, attribute));
            parameters = parameters.set("ExpressionAttributeNames", names);
        }
        if values != Item::new() {
            parameters = parameters.set("ExpressionAttributeValues", values.0);
        }
        Self::on_table("updateItem", table, parameters).grant(|task| table.grant_write(task))
    }

    /// An item that is deleted by its key.
    #[cfg(feature = "dynamodb")]
    pub fn delete_item(table: &impl AsRef<TableRef>, key: Item) -> Self {
        let table = table.as_ref();
        Self::on_table("deleteItem", table, Fields::new().set("Key", key.0)).grant(|task| table.grant_delete(task))
    }

    /// An event on a bus.
    #[cfg(feature = "events")]
    pub fn put_event(
        bus: &impl AsRef<EventBusRef>,
        source: &'static str,
        detail_type: &'static str,
        detail: Fields,
    ) -> Self {
        let bus = bus.as_ref();
        let entry = Fields::new()
            .set("EventBusName", bus.arn())
            .set("Source", source)
            .set("DetailType", detail_type)
            .set("Detail", detail);
        Self::new("arn:aws:states:::events:putEvents")
            .parameters(Fields::new().set("Entries", Expr::List(vec![entry.into()])))
            .retry(Retry::on(["EventBridge.FailedEntry", "States.TaskFailed"]))
            .grant(|task| bus.grant_put(task))
    }

    /// An execution of another state machine that is started, and not waited for.
    pub fn start_execution(machine: &impl AsRef<StateMachineRef>, input: Fields) -> Self {
        let machine = machine.as_ref();
        Self::execution("arn:aws:states:::states:startExecution", machine, input)
            .grant(|task| machine.grant_start_execution(task))
    }

    /// An execution of another state machine that is started and waited for. Its output stands below `Output` of the result.
    pub fn run_execution(machine: &impl AsRef<StateMachineRef>, input: Fields) -> Self {
        let machine = machine.as_ref();
        Self::execution("arn:aws:states:::states:startExecution.sync:2", machine, input).grant(|task| {
            machine.grant_start_execution(task);
            machine.grant_execution_control(task);
            // Step Functions hears by a rule of its own, in each account and region one, that executions have ended.
            let own = text!["arn:", Value::partition(), ":events:", Value::region(), ":", Value::account_id()];
            let rule = text![own, ":rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"];
            let hear = Statement::allow(["events:DescribeRule", "events:PutRule", "events:PutTargets"]).on(rule);
            task.grant("HearOfExecutions", vec![hear]);
        })
    }

    #[cfg(feature = "sqs")]
    fn send_by(resource: &'static str, queue: &QueueRef, message: Fields) -> Self {
        let parameters = Fields::new().set("QueueUrl", queue.url()).set("MessageBody", message);
        Self::new(resource).parameters(parameters).grant(|task| queue.grant_send(task))
    }

    #[cfg(feature = "dynamodb")]
    fn on_table(action: &str, table: &TableRef, parameters: Fields) -> Self {
        let throttled = [
            "DynamoDB.ProvisionedThroughputExceededException",
            "DynamoDB.RequestLimitExceeded",
            "DynamoDB.InternalServerError",
        ];
        Self::new(format!("arn:aws:states:::dynamodb:{action}"))
            .parameters(parameters.set("TableName", table.name()))
            .retry(Retry::on(throttled))
    }

    fn execution(resource: &'static str, machine: &StateMachineRef, input: Fields) -> Self {
        // By this field the execution that was started is shown with the one that started it.
        let input = input.set("AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$", "$$.Execution.Id");
        Self::new(resource).parameters(Fields::new().set("StateMachineArn", machine.arn()).set("Input", input))
    }
}

/// Attributes of a table's item, with the types that DynamoDB writes before them.
///
/// ```
/// use flagcdk::stepfunctions::Item;
///
/// let item = Item::new().text_at("order_id", "$.order_id").number("tries", 1).flag("open", true);
/// ```
///
/// See [attribute values](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item(Fields);

impl Item {
    /// No attributes.
    pub const fn new() -> Self {
        Self(Fields::new())
    }

    /// A text.
    #[must_use]
    pub fn text(self, name: &str, text: impl Into<Value<String>>) -> Self {
        self.attribute(name, "S", text.into())
    }

    /// The text at a path of the input.
    #[must_use]
    pub fn text_at(self, name: &str, path: &'static str) -> Self {
        self.attribute(name, "S.$", path)
    }

    /// A number.
    #[must_use]
    pub fn number(self, name: &str, number: i64) -> Self {
        self.attribute(name, "N", number.to_string())
    }

    /// The number at a path of the input.
    #[must_use]
    pub fn number_at(self, name: &str, path: &str) -> Self {
        // DynamoDB takes numbers as texts.
        self.attribute(name, "N.$", format!("States.Format('{{}}', {path})"))
    }

    /// True or false.
    #[must_use]
    pub fn flag(self, name: &str, value: bool) -> Self {
        self.attribute(name, "BOOL", value)
    }

    fn attribute(self, name: &str, kind: &'static str, value: impl Into<Expr>) -> Self {
        Self(self.0.set(name, Fields::new().set(kind, value)))
    }
}
