//! The two state machines: the one that looks, and the one that rolls back.

use flagcdk_core::{Expr, Value};

use super::grant_put_events;
use crate::lambda::FunctionRef;
use crate::logs::LogGroupRef;
use crate::sns::TopicRef;
use crate::stepfunctions::{Catch, Choice, Definition, Fail, Fields, Pass, Retry, Succeed, Task, Wait, When};

/// The event that asks the home region for a rollback.
pub(super) const FLAG_INCONSISTENT: &str = "FlagInconsistent";

/// What stands for the flag's id in a query.
pub(super) const FLAG_ID: &str = "FLAG_ID";

/// The seconds between two looks at whether a query is done.
const POLL_SECONDS: u32 = 5;

/// What the state machine that looks is made of.
pub(super) struct Look<'a> {
    pub(super) checker: &'a FunctionRef,
    pub(super) alerts: &'a TopicRef,
    pub(super) log_groups: &'a [LogGroupRef],
    pub(super) query: &'a str,
    pub(super) event_source: &'a str,
    pub(super) wait_seconds: u32,
    pub(super) second_wait_seconds: u32,
    pub(super) max_polls: u32,
}

/// Waits, asks the logs what services hold, lets the checker judge, and looks twice before it asks for a rollback. What it
/// cannot find out it tells people, and rolls back nothing.
pub(super) fn look(parts: &Look<'_>) -> Definition {
    // A flag's id goes into a query's text, where a quote or a backslash would end or change it.
    let sound = When::all([
        When::is_present("$.flagId"),
        When::is_string("$.flagId"),
        When::is_present("$.version"),
        When::is_number("$.version"),
        When::is_present("$.publishedAt"),
        When::is_number("$.publishedAt"),
        When::not(When::string_matches("$.flagId", "*\"*")),
        When::not(When::string_matches("$.flagId", "*'*")),
        When::not(When::string_matches("$.flagId", r"*\\*")),
    ]);
    let status = |status| When::string_equals("$.query.answer.status", status);
    let running = When::any([status("Running"), status("Scheduled")]);
    let judged = |outcome| {
        When::all([
            When::is_present("$.check.answer.outcome"),
            When::is_string("$.check.answer.outcome"),
            When::string_equals("$.check.answer.outcome", outcome),
        ])
    };
    let first_look = When::number_equals("$.look.number", 1);
    let again = |number, wait: u32, window: u32| {
        Pass::new()
            .parameters(
                Fields::new()
                    .set("number", number)
                    .set("wait", i64::from(wait))
                    .set("window", i64::from(window))
                    .set("polls", 0),
            )
            .result_path("$.look")
            .next("WaitForServices")
    };
    Definition::starting_at("LookAtEvent")
        .comment("Looks whether every service holds a flag's new version, and asks for a rollback when it is sure that one does not")
        .timeout_seconds(900 + 2 * (parts.wait_seconds + parts.second_wait_seconds))
        .state("LookAtEvent", Choice::new().when(sound, "FirstLook").otherwise("AlertMalformed"))
        .state("FirstLook", again(1, parts.wait_seconds, parts.wait_seconds))
        .state("SecondLook", again(2, parts.second_wait_seconds, parts.wait_seconds + parts.second_wait_seconds))
        .state("WaitForServices", Wait::seconds_at("$.look.wait").next("StartQuery"))
        .state("StartQuery", start_query(parts).next("WaitForQuery"))
        .state("WaitForQuery", Wait::seconds(POLL_SECONDS).next("GetQueryResults"))
        .state("GetQueryResults", get_query_results().next("LookAtQuery"))
        .state(
            "LookAtQuery",
            Choice::new()
                .when(status("Complete"), "Check")
                .when(When::all([running, When::less_than("$.look.polls", i64::from(parts.max_polls))]), "CountPoll")
                .otherwise("LookAgain"),
        )
        .state("CountPoll", count_poll().next("WaitForQuery"))
        .state("Check", check(parts).next("LookAtOutcome"))
        .state(
            "LookAtOutcome",
            Choice::new()
                .when(judged("consistent"), "Consistent")
                .when(When::all([judged("inconsistent"), When::number_equals("$.look.number", 2)]), "AskForRollback")
                .otherwise("LookAgain"),
        )
        .state("LookAgain", Choice::new().when(first_look, "SecondLook").otherwise("AlertUnknown"))
        .state("AskForRollback", ask_for_rollback(parts).next("RollbackAsked"))
        .state("AlertUnknown", tell(parts.alerts, "A flag's consistency is unknown").next("Unknown"))
        .state("AlertMalformed", tell(parts.alerts, "A FlagPublished event is malformed").next("Malformed"))
        .state("AlertFailure", tell(parts.alerts, "A flag's consistency could not be checked").next("Failed"))
        .state("Consistent", Succeed::new().comment("Every service holds the version"))
        .state("RollbackAsked", Succeed::new().comment("The home region was asked to roll the flag back"))
        .state("Unknown", Succeed::new().comment("People were told; nothing is rolled back on a guess"))
        .state("Malformed", Fail::new("MalformedEvent", "the event has no sound flagId, version and publishedAt"))
        .state("Failed", Fail::new("CheckFailed", "the check failed for good; see the alert for its error"))
}

/// Rolls a flag back, and tells people that it was done or that it could not be.
pub(super) fn roll_back(function: &FunctionRef, alerts: &TopicRef) -> Definition {
    let payload = Fields::new()
        .set("flagId.$", "$.flagId")
        .set("version.$", "$.version")
        .set("region.$", "$.region")
        .set("reason.$", "$.reason")
        .set("check.$", "$.check")
        .set("executionId.$", "$$.Execution.Id");
    // A path to what is not there fails, and whoever starts an execution by hand has no check to tell of.
    let no_check = Pass::new().parameters(Fields::new().set("services", Expr::List(Vec::new()))).result_path("$.check");
    let outcome = |outcome| {
        When::all([
            When::is_present("$.rollback.answer.outcome"),
            When::is_string("$.rollback.answer.outcome"),
            When::string_equals("$.rollback.answer.outcome", outcome),
        ])
    };
    let roll_back = Task::invoke(function, payload).result_path("$.rollback").timeout_seconds(60);
    Definition::starting_at("LookAtCheck")
        .comment("Rolls a flag back to its newest good version")
        .timeout_seconds(900)
        .state("LookAtCheck", Choice::new().when(When::is_present("$.check"), "RollBack").otherwise("TellOfNoCheck"))
        .state("TellOfNoCheck", no_check.next("RollBack"))
        .state("RollBack", roll_back.catch(Catch::all("AlertFailure")).next("LookAtOutcome"))
        .state(
            "LookAtOutcome",
            Choice::new()
                .when(outcome("rolled_back"), "AlertRolledBack")
                .when(outcome("already_rolled_back"), "Done")
                .otherwise("AlertRefused"),
        )
        .state("AlertRolledBack", tell(alerts, "A flag was rolled back").next("Done"))
        .state("AlertRefused", tell(alerts, "A flag was not rolled back").next("Refused"))
        .state("AlertFailure", tell(alerts, "A rollback failed").next("Failed"))
        .state("Done", Succeed::new().comment("The bad version is no longer the flag's current one"))
        .state(
            "Refused",
            Fail::new("RollbackRefused", "the function found no version to go back to, or rolled back too often"),
        )
        .state("Failed", Fail::new("RollbackFailed", "the function failed for good; see the alert for its error"))
}

/// A message to people: the whole state of the execution, which has the flag, the answers and the error.
fn tell(alerts: &TopicRef, subject: &str) -> Task {
    Task::publish(alerts, subject, "States.JsonToString($)").discard_result()
}

/// Looks at what services said from the publication on, as long as this look's window.
fn start_query(parts: &Look<'_>) -> Task {
    // In an intrinsic function's text these four have a meaning of their own.
    let mut query = parts.query.to_owned();
    for c in ['\\', '\'', '{', '}'] {
        query = query.replace(c, &format!("\\{c}"));
    }
    let arguments = ", $.flagId".repeat(query.matches(FLAG_ID).count());
    let query = query.replace(FLAG_ID, "{}");
    let parameters = Fields::new()
        .set("LogGroupNames", Expr::List(parts.log_groups.iter().map(|group| group.name().into_expr()).collect()))
        .set("StartTime.$", "$.publishedAt")
        .set("EndTime.$", "States.MathAdd($.publishedAt, $.look.window)")
        .set("QueryString.$", format!("States.Format('{query}'{arguments})"))
        .set("Limit", 10_000);
    Task::sdk("cloudwatchlogs", "startQuery")
        .parameters(parameters)
        .result_selector(Fields::new().set("id.$", "$.QueryId"))
        .result_path("$.query")
        // Thirty queries may run at once in an account's region, and more flags than that may change.
        .retry(
            Retry::on([
                "CloudWatchLogs.LimitExceededException",
                "CloudWatchLogs.ThrottlingException",
                "CloudWatchLogs.ServiceUnavailableException",
                "CloudWatchLogs.SdkClientException",
            ])
            .max_attempts(10),
        )
        .catch(Catch::all("AlertFailure"))
        .grant(|role| parts.log_groups.iter().for_each(|group| group.grant_query(role)))
}

fn get_query_results() -> Task {
    Task::sdk("cloudwatchlogs", "getQueryResults")
        .parameters(Fields::new().set("QueryId.$", "$.query.id"))
        .result_selector(Fields::new().set("status.$", "$.Status").set("results.$", "$.Results"))
        .result_path("$.query.answer")
        .retry(Retry::on([
            "CloudWatchLogs.ThrottlingException",
            "CloudWatchLogs.ServiceUnavailableException",
            "CloudWatchLogs.SdkClientException",
        ]))
        .catch(Catch::all("AlertFailure"))
}

fn count_poll() -> Pass {
    let fields = Fields::new()
        .set("number.$", "$.look.number")
        .set("wait.$", "$.look.wait")
        .set("window.$", "$.look.window")
        .set("polls.$", "States.MathAdd($.look.polls, 1)");
    Pass::new().parameters(fields).result_path("$.look")
}

/// An error of the checker is no verdict: it goes to people, not to the rollback.
fn check(parts: &Look<'_>) -> Task {
    let payload = Fields::new()
        .set("flagId.$", "$.flagId")
        .set("version.$", "$.version")
        .set("results.$", "$.query.answer.results")
        .set("executionId.$", "$$.Execution.Id");
    Task::invoke(parts.checker, payload).result_path("$.check").timeout_seconds(60).catch(Catch::all("AlertFailure"))
}

fn ask_for_rollback(parts: &Look<'_>) -> Task {
    let detail = Fields::new()
        .set("flagId.$", "$.flagId")
        .set("version.$", "$.version")
        .set("region", Value::region())
        .set("reason", "services do not hold the published version")
        .set("check.$", "$.check.answer")
        .set("executionId.$", "$$.Execution.Id");
    let entry = Fields::new()
        .set("Source", parts.event_source.to_owned())
        .set("DetailType", FLAG_INCONSISTENT)
        .set("Detail", detail);
    Task::new("arn:aws:states:::events:putEvents")
        .parameters(Fields::new().set("Entries", Expr::List(vec![entry.into()])))
        .result_path("$.asked")
        .retry(Retry::on(["States.TaskFailed"]))
        .catch(Catch::all("AlertFailure"))
        .grant(|role| grant_put_events(role, parts.event_source))
}
