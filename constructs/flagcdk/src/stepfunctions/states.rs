//! The kinds of states, and what a task does when it fails.

use flagcdk_core::{Expr, IntoValue};

use super::asl::Fields;
use super::choice::When;
use crate::iam::{Permissions, Statement};
#[cfg(feature = "lambda")]
use crate::lambda::FunctionRef;
#[cfg(feature = "sns")]
use crate::sns::TopicRef;

/// A finished state: it says what comes after it, or that it ends the execution.
///
/// It is made by [`Task`], [`Wait`], [`Choice`], [`Pass`], [`Succeed`] and [`Fail`]; [`State::raw`] is for the rest.
#[derive(Clone, Debug)]
pub struct State {
    kind: String,
    fields: Fields,
    statements: Vec<Statement>,
}

/// Does a piece of work: calls a service or a function.
///
/// See [task state](https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html).
///
/// ```
/// use flagcdk::stepfunctions::{Catch, Fields, Retry, Task};
///
/// let state = Task::sdk("cloudwatchlogs", "getQueryResults")
///     .parameters(Fields::new().set("QueryId.$", "$.query.QueryId"))
///     .result_path("$.results")
///     .retry(Retry::on(["CloudWatchLogs.ThrottlingException"]).max_attempts(8))
///     .catch(Catch::all("Alert"))
///     .next("LookAtStatus");
/// ```
#[derive(Clone, Debug)]
pub struct Task {
    fields: Fields,
    retries: Vec<Expr>,
    catches: Vec<Expr>,
    statements: Vec<Statement>,
}

/// Lets time pass.
///
/// See [wait state](https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html).
#[derive(Clone, Debug)]
pub struct Wait(Fields);

/// Goes one of several ways.
///
/// See [choice state](https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html).
///
/// ```
/// use flagcdk::stepfunctions::{Choice, When};
///
/// let state = Choice::new()
///     .when(When::string_equals("$.query.Status", "Complete"), "Check")
///     .when(When::less_than("$.polls", 20), "WaitForQuery")
///     .otherwise("Unknown");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Choice(Vec<Expr>);

/// Passes its input on, with data of its own added.
///
/// See [pass state](https://docs.aws.amazon.com/step-functions/latest/dg/state-pass.html).
#[derive(Clone, Debug, Default)]
pub struct Pass(Fields);

/// Ends the execution well.
///
/// See [succeed state](https://docs.aws.amazon.com/step-functions/latest/dg/state-succeed.html).
#[derive(Clone, Debug, Default)]
pub struct Succeed(Fields);

/// Ends the execution as failed.
///
/// See [fail state](https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html).
#[derive(Clone, Debug)]
pub struct Fail(Fields);

/// When and how often a task is tried again. The waits between tries are drawn at random below their limit, so that
/// executions that were throttled together do not come back together.
///
/// See [retrying after an error](https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error).
#[derive(Clone, Debug)]
pub struct Retry(Fields);

/// Where the execution goes on when a task has failed for good.
///
/// See [fallback states](https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-fallback-states).
#[derive(Clone, Debug)]
pub struct Catch(Fields);

impl State {
    /// A state of any type with its fields as the language has them, such as a `Map`.
    ///
    /// `Next`, `End`, `Default`, `Choices` and `Catch` are looked at when the definition is checked; states inside
    /// `ItemProcessor` or `Branches` are not. What it needs to be allowed is given to the state machine's `permissions`.
    pub fn raw(kind: impl Into<String>, fields: Fields) -> Self {
        Self { kind: kind.into(), fields, statements: Vec::new() }
    }

    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &Expr)> {
        self.fields.iter()
    }

    pub(super) fn field(&self, name: &str) -> Option<&Expr> {
        self.fields.get(name)
    }

    pub(super) fn statements(&self) -> &[Statement] {
        &self.statements
    }
}

impl Task {
    /// A task of any resource: an [integration](https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html)
    /// such as `arn:aws:states:::sns:publish`, or an activity.
    pub fn new(resource: impl IntoValue<String>) -> Self {
        let fields = Fields::new().set("Resource", resource.into_value());
        Self { fields, retries: Vec::new(), catches: Vec::new(), statements: Vec::new() }
    }

    /// A call of any service's API: the service and the action as the
    /// [SDK integrations](https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html) write them.
    pub fn sdk(service: &str, action: &str) -> Self {
        Self::new(format!("arn:aws:states:::aws-sdk:{service}:{action}"))
    }

    /// An invocation of a Lambda function with a payload. Of its result the function's answer is kept, as `answer`. Faults
    /// of the Lambda service itself and throttling are tried again, six times at most.
    ///
    /// The role is allowed to invoke the function.
    #[cfg(feature = "lambda")]
    pub fn invoke(function: &impl AsRef<FunctionRef>, payload: Fields) -> Self {
        let function = function.as_ref();
        let parameters = Fields::new().set("FunctionName", function.arn()).set("Payload", payload);
        Self::new("arn:aws:states:::lambda:invoke")
            .parameters(parameters)
            .result_selector(Fields::new().set("answer.$", "$.Payload"))
            .retry(Retry::on([
                "Lambda.ClientExecutionTimeoutException",
                "Lambda.ServiceException",
                "Lambda.AWSLambdaException",
                "Lambda.SdkClientException",
                "Lambda.TooManyRequestsException",
            ]))
            .grant(|task| function.grant_invoke(task))
    }

    /// A message to an SNS topic, with a subject of at most 100 characters. The message is a path or an intrinsic
    /// function. The role is allowed to publish to the topic.
    #[cfg(feature = "sns")]
    pub fn publish(topic: &impl AsRef<TopicRef>, subject: &str, message: &str) -> Self {
        let topic = topic.as_ref();
        let parameters = Fields::new()
            .set("TopicArn", topic.arn())
            .set("Subject", subject.to_owned())
            .set("Message.$", message.to_owned());
        Self::new("arn:aws:states:::sns:publish")
            .parameters(parameters)
            .retry(Retry::on(["States.TaskFailed"]))
            .grant(|task| topic.grant_publish(task))
    }

    /// What is passed to the resource. Default: the state's whole input.
    #[must_use]
    pub fn parameters(mut self, fields: Fields) -> Self {
        self.fields.insert("Parameters", fields);
        self
    }

    /// What is kept of the result, as fields with paths into it. Default: all of it.
    #[must_use]
    pub fn result_selector(mut self, fields: Fields) -> Self {
        self.fields.insert("ResultSelector", fields);
        self
    }

    /// Where the result is put into the input, such as `$.query`. Default: it takes the place of the input.
    #[must_use]
    pub fn result_path(mut self, path: &'static str) -> Self {
        self.fields.insert("ResultPath", path);
        self
    }

    /// Passes the input on and forgets the result.
    #[must_use]
    pub fn discard_result(mut self) -> Self {
        self.fields.insert("ResultPath", Expr::Json(serde_json::Value::Null));
        self
    }

    /// How long a try may take before it fails with `States.Timeout`. Default: as long as the execution.
    #[must_use]
    pub fn timeout_seconds(mut self, seconds: u32) -> Self {
        self.fields.insert("TimeoutSeconds", i64::from(seconds));
        self
    }

    /// Adds a rule for trying again; the first rule that knows the error has its way.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retries.push(retry.0.into());
        self
    }

    /// Adds a way out for errors; the first that knows the error has its way.
    #[must_use]
    pub fn catch(mut self, catch: Catch) -> Self {
        self.catches.push(catch.0.into());
        self
    }

    /// Gives what the state machine's role needs for this task by a `grant_*` method of what the task uses.
    ///
    /// ```
    /// use flagcdk::logs::LogGroupRef;
    /// use flagcdk::stepfunctions::Task;
    ///
    /// let group = LogGroupRef::from_name("orders");
    /// let task = Task::sdk("cloudwatchlogs", "startQuery").grant(|role| group.grant_query(role));
    /// ```
    #[must_use]
    pub fn grant(mut self, give: impl FnOnce(&Permissions)) -> Self {
        let permissions = Permissions::new();
        give(&permissions);
        self.statements.extend(permissions.document().statements().iter().cloned());
        self
    }

    /// Goes on with the state of this name.
    pub fn next(mut self, state: &str) -> State {
        self.fields.insert("Next", state.to_owned());
        self.finish()
    }

    /// Ends the execution here.
    pub fn end(mut self) -> State {
        self.fields.insert("End", true);
        self.finish()
    }

    fn finish(mut self) -> State {
        for (name, list) in [("Retry", self.retries), ("Catch", self.catches)] {
            if !list.is_empty() {
                self.fields.insert(name, Expr::List(list));
            }
        }
        State { kind: "Task".into(), fields: self.fields, statements: self.statements }
    }
}

impl Wait {
    /// Waits so many seconds.
    pub fn seconds(seconds: u32) -> Self {
        Self(Fields::new().set("Seconds", i64::from(seconds)))
    }

    /// Waits as many seconds as the path says.
    pub fn seconds_at(path: &'static str) -> Self {
        Self(Fields::new().set("SecondsPath", path))
    }

    /// Goes on with the state of this name.
    pub fn next(mut self, state: &str) -> State {
        self.0.insert("Next", state.to_owned());
        State::raw("Wait", self.0)
    }
}

impl Choice {
    /// No ways yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Goes on with the state of this name where the test holds and none before it does.
    #[must_use]
    pub fn when(mut self, test: When, state: &str) -> Self {
        self.0.push(test.into_fields().set("Next", state.to_owned()).into());
        self
    }

    /// Goes on with the state of this name where no test holds. There is always such a way: without it an input that
    /// nobody thought of would fail the execution.
    pub fn otherwise(self, state: &str) -> State {
        let fields = Fields::new().set("Choices", Expr::List(self.0)).set("Default", state.to_owned());
        State::raw("Choice", fields)
    }
}

impl Pass {
    /// Passes the input on as it is.
    pub const fn new() -> Self {
        Self(Fields::new())
    }

    /// Data of the state's own, with literals, paths and intrinsic functions.
    #[must_use]
    pub fn parameters(mut self, fields: Fields) -> Self {
        self.0.insert("Parameters", fields);
        self
    }

    /// Where that data is put into the input, such as `$.polls`. Default: it takes the place of the input.
    #[must_use]
    pub fn result_path(mut self, path: &'static str) -> Self {
        self.0.insert("ResultPath", path);
        self
    }

    /// Goes on with the state of this name.
    pub fn next(mut self, state: &str) -> State {
        self.0.insert("Next", state.to_owned());
        State::raw("Pass", self.0)
    }

    /// Ends the execution here.
    pub fn end(mut self) -> State {
        self.0.insert("End", true);
        State::raw("Pass", self.0)
    }
}

impl Succeed {
    /// Ends the execution well.
    pub const fn new() -> Self {
        Self(Fields::new())
    }

    /// What this end means.
    #[must_use]
    pub fn comment(mut self, text: &'static str) -> Self {
        self.0.insert("Comment", text);
        self
    }
}

impl Fail {
    /// Ends the execution with an error and its cause.
    pub fn new(error: &'static str, cause: &'static str) -> Self {
        Self(Fields::new().set("Error", error).set("Cause", cause))
    }
}

impl From<Succeed> for State {
    fn from(state: Succeed) -> Self {
        Self::raw("Succeed", state.0)
    }
}

impl From<Fail> for State {
    fn from(state: Fail) -> Self {
        Self::raw("Fail", state.0)
    }
}

impl Retry {
    /// Tries again on these errors: the first time within 2 seconds, then within twice as long each time up to a minute,
    /// six times at most.
    pub fn on<const N: usize>(errors: [&'static str; N]) -> Self {
        let fields = Fields::new()
            .set("ErrorEquals", Expr::List(errors.into_iter().map(Expr::from).collect()))
            .set("JitterStrategy", "FULL");
        Self(fields).interval_seconds(2).backoff_rate(2.0).max_delay_seconds(60).max_attempts(6)
    }

    /// The limit of the first wait. Default: 2.
    #[must_use]
    pub fn interval_seconds(self, seconds: u32) -> Self {
        Self(self.0.set("IntervalSeconds", i64::from(seconds)))
    }

    /// By how much each wait's limit is longer than the one before. Default: 2.
    #[must_use]
    pub fn backoff_rate(self, rate: f64) -> Self {
        Self(self.0.set("BackoffRate", Expr::Number(rate)))
    }

    /// The longest that a wait's limit becomes. Default: 60.
    #[must_use]
    pub fn max_delay_seconds(self, seconds: u32) -> Self {
        Self(self.0.set("MaxDelaySeconds", i64::from(seconds)))
    }

    /// How often it is tried again after the first try. Default: 6.
    #[must_use]
    pub fn max_attempts(self, attempts: u32) -> Self {
        Self(self.0.set("MaxAttempts", i64::from(attempts)))
    }
}

impl Catch {
    /// Goes on with the state of this name on these errors. The error and its cause are put at `$.error`.
    pub fn on<const N: usize>(errors: [&'static str; N], state: &str) -> Self {
        let fields = Fields::new()
            .set("ErrorEquals", Expr::List(errors.into_iter().map(Expr::from).collect()))
            .set("Next", state.to_owned())
            .set("ResultPath", "$.error");
        Self(fields)
    }

    /// Goes on with the state of this name on every error that can be caught.
    pub fn all(state: &str) -> Self {
        Self::on(["States.ALL"], state)
    }

    /// Where the error and its cause are put into the input. Default: `$.error`.
    #[must_use]
    pub fn result_path(self, path: &'static str) -> Self {
        Self(self.0.set("ResultPath", path))
    }
}
