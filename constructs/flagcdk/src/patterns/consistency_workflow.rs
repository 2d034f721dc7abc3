//! Looks whether services took up a flag's new version, and rolls it back when they did not.

mod definition;

use flagcdk_core::{Condition, Scope, Value, text};
use typed_builder::TypedBuilder;

use self::definition::{FLAG_ID, FLAG_INCONSISTENT, Look};
use crate::events::{EventPattern, Input, Rule, RuleProps, Target};
use crate::iam::{Grantee, Principal, Statement};
use crate::kms::KeyRef;
use crate::lambda::FunctionRef;
use crate::logs::{LogGroup, LogGroupProps, LogGroupRef};
use crate::sns::TopicRef;
use crate::sqs::QueueRef;
use crate::stepfunctions::{StateMachine, StateMachineProps};

/// The event that starts a check.
const FLAG_PUBLISHED: &str = "FlagPublished";

/// The most log groups that one query reads.
const MAX_LOG_GROUPS: usize = 50;

/// How a [`ConsistencyWorkflow`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct ConsistencyWorkflowProps {
    /// The key that encrypts executions and their log.
    #[builder(setter(into))]
    encryption_key: KeyRef,
    /// The function that judges what services hold.
    #[builder(setter(into))]
    checker: FunctionRef,
    /// The function that rolls a flag back. It is called in the home region alone, but must be in every region's template.
    #[builder(setter(into))]
    rollback: FunctionRef,
    /// The topic by which people are told of rollbacks, and of what could not be found out.
    #[builder(setter(into))]
    alerts: TopicRef,
    /// Where events go that cannot be delivered. The queue must let EventBridge send to it, see
    /// [`ConsistencyWorkflow::dead_letter_statement`].
    #[builder(setter(into))]
    dead_letter_queue: QueueRef,
    /// The log groups in which services, or those who write for them, say which version they hold; 1 to 50.
    #[builder(setter(into))]
    log_groups: Vec<LogGroupRef>,
    /// What the log groups are asked, in the language of
    /// [Logs Insights](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html); `FLAG_ID` stands for
    /// the flag's id. By default the newest version that each service says it has applied.
    #[builder(default = ConsistencyWorkflow::DEFAULT_QUERY.into(), setter(into))]
    query: String,
    /// The `source` of the events; by default `feature-flags`. Two environments in one account need two.
    #[builder(default = "feature-flags".into(), setter(into))]
    event_source: String,
    /// How many seconds services have from the publication to the first look; by default 30.
    #[builder(default = 30)]
    wait_seconds: u32,
    /// How many more seconds they have to the second look, which follows when the first is not satisfied; by default 60.
    #[builder(default = 60)]
    second_wait_seconds: u32,
    /// How often it is asked whether a query is done, every 5 seconds, before it is given up; by default 12.
    #[builder(default = 12)]
    max_polls: u32,
}

/// Looks in every region whether its services took up a flag's new version, and has the home region roll the flag back when
/// they did not.
///
/// # The events
///
/// All are on the default event bus of their region, with the `source` of the props. Whoever publishes a flag puts one
/// `FlagPublished` there, in each region in which it does so; [`ConsistencyWorkflow::grant_publish_events`] lets a function
/// do that.
///
/// | `detail-type` | `detail` |
/// |---|---|
/// | `FlagPublished` | `flagId` (text without quotes and backslashes), `version` (number), `publishedAt` (whole seconds since 1970) |
/// | `FlagInconsistent` | `flagId`, `version`, `region` (where it was seen), `reason` (text), `check` (the checker's answer), `executionId` |
///
/// # The functions
///
/// The checker gets `flagId`, `version`, `results` (the rows of the query, each a list of `Field` and `Value`) and
/// `executionId`, and answers with an `outcome`: `consistent`, `inconsistent` or `unknown`. It fails only when it could not
/// judge. The rollback gets `flagId`, `version` (the bad one), `region`, `reason` and `executionId`, and answers with an
/// `outcome`: `rolled_back`, `already_rolled_back`, or anything else when it refuses.
///
/// # What happens
///
/// The workflow waits, starts a query, polls until it is done, and has the checker judge. When all is well it ends. Anything
/// else is looked at a second time, after a longer wait. If services are inconsistent then, a rollback is asked for; what
/// is still unknown, be it that a query or the checker failed, is told to people and rolls back nothing.
///
/// Only the home region writes flags. So `FlagInconsistent` goes to the home region's bus, where a rule starts the rollback;
/// both are made there alone, and the rule that sends events home everywhere else. Twelve regions may ask for the same
/// rollback: the function does it once.
///
/// ```
/// # use flagcdk::kms::{Key, KeyProps};
/// # use flagcdk::lambda::FunctionRef;
/// # use flagcdk::logs::LogGroupRef;
/// # use flagcdk::sns::{Topic, TopicProps};
/// use flagcdk::patterns::{ConsistencyWorkflow, ConsistencyWorkflowProps};
/// use flagcdk::sqs::{Queue, QueueProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("dev-flags", Region::EU_WEST_1).regions([Region::EU_WEST_1, Region::US_EAST_1]);
/// let stack = app.stack("Regional", Placement::EveryRegion);
/// # let key = Key::new(&stack, "Key", KeyProps::builder().build());
/// # let alerts = Topic::new(&stack, "Alerts", TopicProps::builder().encryption_key(&key).build());
/// # let (checker, rollback) = (FunctionRef::from_name("checker"), FunctionRef::from_name("rollback"));
/// # let cache_updater_logs = LogGroupRef::from_name("cache-updater");
/// let queue = QueueProps::builder().encryption_key(&key).policy([ConsistencyWorkflow::dead_letter_statement()]);
/// let undelivered = Queue::new(&stack, "Undelivered", queue.build());
/// let props = ConsistencyWorkflowProps::builder()
///     .encryption_key(&key)
///     .checker(&checker)
///     .rollback(&rollback)
///     .alerts(&alerts)
///     .dead_letter_queue(&undelivered)
///     .log_groups([cache_updater_logs])
///     .build();
/// ConsistencyWorkflow::new(&stack, "Consistency", props);
/// assert!(app.synth()?.template("Regional").contains("FlagInconsistent"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConsistencyWorkflow {
    workflow: StateMachine,
    rollback: StateMachine,
    rules: Rules,
    is_home: Condition,
    is_away: Condition,
    event_source: String,
}

#[derive(Clone, Debug)]
struct Rules {
    published: Rule,
    send_home: Rule,
    inconsistent: Rule,
}

impl ConsistencyWorkflow {
    /// Services, or those who write for them, log JSON with `event`, `flag_id`, `service` and `version`.
    pub const DEFAULT_QUERY: &'static str = r#"filter event = "flag_applied" and flag_id = "FLAG_ID" | stats max(version) as version by service | limit 10000"#;

    /// Makes the workflow.
    pub fn new(scope: &Scope, id: &str, props: ConsistencyWorkflowProps) -> Self {
        let scope = scope.construct(id);
        check(&scope, &props);
        let name: String =
            scope.path().split('/').skip(1).flat_map(str::chars).filter(char::is_ascii_alphanumeric).collect();
        let (stack, home) = (scope.stack(), scope.home_region());
        let is_home = stack.condition(&format!("{name}IsHome"), Condition::equals(Value::region(), home));
        let is_away = stack.condition(&format!("{name}IsAway"), Condition::not(&is_home));

        let log = LogGroupProps::builder().encryption_key(&props.encryption_key).build();
        let log = LogGroup::new(&scope, "Log", log);
        let machine = |id: &str, definition, condition: Option<&Condition>| {
            let machine = StateMachineProps::builder()
                .definition(definition)
                .encryption_key(&props.encryption_key)
                .log_group(&log)
                .condition(condition.cloned());
            StateMachine::new(&scope, id, machine.build())
        };
        let look = definition::look(&Look {
            checker: &props.checker,
            alerts: &props.alerts,
            log_groups: &props.log_groups,
            query: &props.query,
            event_source: &props.event_source,
            wait_seconds: props.wait_seconds,
            second_wait_seconds: props.second_wait_seconds,
            max_polls: props.max_polls,
        });
        let workflow = machine("Workflow", look, None);
        let rollback = machine("Rollback", definition::roll_back(&props.rollback, &props.alerts), Some(&is_home));

        let rule = |id: &str, what: &str, detail_type: &str, target: Target, condition: Option<&Condition>| {
            let rule = RuleProps::builder()
                .description(what)
                .pattern(EventPattern::from_source(&props.event_source).detail_type(detail_type))
                .targets([target])
                .dead_letter_queue(&props.dead_letter_queue)
                .condition(condition.cloned());
            Rule::new(&scope, id, rule.build())
        };
        let detail = || Input::Path("$.detail".to_owned());
        // What was published an hour ago has been in use for an hour: to look then is too late.
        let start = Target::state_machine("Workflow", &workflow).input(detail()).max_age_seconds(3600);
        let roll_back = Target::state_machine("Rollback", &rollback).input(detail());
        let send_home = Target::default_bus("Home", home);
        let rules = Rules {
            published: rule("Published", "Checks flags that were published", FLAG_PUBLISHED, start, None),
            send_home: rule("SendHome", "Has the home region roll back", FLAG_INCONSISTENT, send_home, Some(&is_away)),
            inconsistent: rule("Inconsistent", "Rolls flags back", FLAG_INCONSISTENT, roll_back, Some(&is_home)),
        };
        Self { workflow, rollback, rules, is_home, is_away, event_source: props.event_source }
    }

    /// What the policy of a queue must say so that EventBridge can put events there that it could not deliver.
    pub fn dead_letter_statement() -> Statement {
        let rules = text!["arn:", Value::partition(), ":events:", Value::region(), ":", Value::account_id(), ":rule/*"];
        let service = Principal::service("events.amazonaws.com").for_resource(rules);
        Statement::allow(["sqs:SendMessage"]).on_anything().to(service).sid("UndeliveredEvents")
    }

    /// Lets a function put `FlagPublished` on the bus, and nothing under another source.
    pub fn grant_publish_events(&self, grantee: &impl Grantee) {
        grant_put_events(grantee, &self.event_source);
    }

    /// Tells people of failing executions and of events that were not delivered.
    pub fn watch(&self, alerts: &super::Alerts) {
        let (home, away) = (Some(&self.is_home), Some(&self.is_away));
        alerts.state_machine_failures("ConsistencyChecks", &self.workflow, None);
        alerts.state_machine_failures("Rollbacks", &self.rollback, home);
        alerts.rule_failures("PublishedRule", &self.rules.published, None);
        alerts.rule_failures("SendHomeRule", &self.rules.send_home, away);
        alerts.rule_failures("InconsistentRule", &self.rules.inconsistent, home);
    }

    /// The state machine that looks.
    pub fn state_machine(&self) -> &StateMachine {
        &self.workflow
    }
}

/// Lets somebody put events of one source on the region's default bus.
fn grant_put_events(grantee: &impl Grantee, source: &str) {
    let bus =
        text!["arn:", Value::partition(), ":events:", Value::region(), ":", Value::account_id(), ":event-bus/default"];
    let put = Statement::allow(["events:PutEvents"]).on(bus).when("StringEquals", "events:source", source);
    grantee.grant("PutFlagEvents", vec![put]);
}

fn check(scope: &Scope, props: &ConsistencyWorkflowProps) {
    let groups = props.log_groups.len();
    if !(1..=MAX_LOG_GROUPS).contains(&groups) {
        scope.error(
            "consistency::log-groups",
            format!("{groups} log groups are asked, wanted 1 to {MAX_LOG_GROUPS}"),
            "let services log to one group, such as that of the function that writes their caches",
        );
    }
    if !props.query.contains(FLAG_ID) {
        scope.error(
            "consistency::query",
            format!("the query does not mention `{FLAG_ID}`, and would judge one flag by what is said of all"),
            "write `flag_id = \"FLAG_ID\"` into its filter",
        );
    }
    if props.event_source.is_empty() || props.event_source.starts_with("aws.") {
        scope.error(
            "consistency::event-source",
            format!("`{}` cannot be the source of an app's events", props.event_source),
            "use a name of your own, such as `feature-flags`; `aws.` is for AWS",
        );
    }
}

#[cfg(test)]
mod tests {
    use flagcdk_core::{App, Placement, Region};

    use super::*;

    fn synth(
        change: impl FnOnce(ConsistencyWorkflowProps) -> ConsistencyWorkflowProps,
    ) -> Result<serde_json::Value, Vec<String>> {
        let app = App::new("test", Region::EU_WEST_1).regions([Region::EU_WEST_1, Region::US_EAST_1]);
        let stack = app.stack("S", Placement::EveryRegion);
        let props = ConsistencyWorkflowProps::builder()
            .encryption_key(KeyRef::from_alias("alias/test"))
            .checker(FunctionRef::from_name("checker"))
            .rollback(FunctionRef::from_name("rollback"))
            .alerts(TopicRef::from_arn("arn:aws:sns:eu-west-1:111122223333:alerts"))
            .dead_letter_queue(QueueRef::from_name("undelivered"))
            .log_groups([LogGroupRef::from_name("cache-updater")]);
        ConsistencyWorkflow::new(&stack, "Flow", change(props.build()));
        match app.synth() {
            Ok(assembly) => Ok(serde_json::from_str(assembly.template("S")).unwrap()),
            Err(error) => Err(error.findings.into_iter().map(|finding| finding.code).collect()),
        }
    }

    #[test]
    fn only_the_home_region_rolls_back() {
        let template = synth(|props| props).unwrap();
        let condition = |id: &str| template["Resources"][id]["Condition"].as_str().map(str::to_owned);
        assert_eq!(template["Conditions"]["FlowIsHome"]["Fn::Equals"][1], "eu-west-1");
        for id in ["FlowRollback", "FlowRollbackRole", "FlowInconsistent", "FlowInconsistentRole"] {
            assert_eq!(condition(id).as_deref(), Some("FlowIsHome"), "{id}");
        }
        for id in ["FlowSendHome", "FlowSendHomeRole"] {
            assert_eq!(condition(id).as_deref(), Some("FlowIsAway"), "{id}");
        }
        for id in ["FlowWorkflow", "FlowWorkflowRole", "FlowPublished", "FlowPublishedRole", "FlowLog"] {
            assert!(template["Resources"][id].is_object() && condition(id).is_none(), "{id}");
        }
        let home = &template["Resources"]["FlowSendHome"]["Properties"]["Targets"][0]["Arn"]["Fn::Sub"];
        assert_eq!(home, "arn:${AWS::Partition}:events:eu-west-1:${AWS::AccountId}:event-bus/default");
    }

    #[test]
    fn an_error_and_a_doubt_never_lead_to_a_rollback() {
        let template = synth(|props| props).unwrap();
        let text = template["Resources"]["FlowWorkflow"]["Properties"]["DefinitionString"].as_str().unwrap();
        let definition: serde_json::Value = serde_json::from_str(text).unwrap();
        let states = definition["States"].as_object().unwrap();
        let to_rollback: Vec<_> = states
            .iter()
            .filter(|(_, state)| {
                state.to_string().contains(r#""Next":"AskForRollback""#) || state["Default"] == "AskForRollback"
            })
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(to_rollback, ["LookAtOutcome"]);
        let ways = states["LookAtOutcome"]["Choices"].as_array().unwrap();
        let way = ways.iter().find(|way| way["Next"] == "AskForRollback").unwrap().to_string();
        assert!(way.contains(r#""StringEquals":"inconsistent""#) && way.contains(r#""NumericEquals":2"#), "{way}");
        let catching = |state: &serde_json::Value| state["Catch"].to_string().contains("AlertFailure");
        for name in ["StartQuery", "GetQueryResults", "Check", "AskForRollback"] {
            assert!(catching(&states[name]), "{name}");
        }
    }

    #[test]
    fn texts_of_a_query_are_escaped() {
        let template = synth(|props| ConsistencyWorkflowProps {
            query: r"filter a = 'FLAG_ID' or b like /\{FLAG_ID/".into(),
            ..props
        });
        let template = template.unwrap();
        let text = template["Resources"]["FlowWorkflow"]["Properties"]["DefinitionString"].as_str().unwrap();
        let definition: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            definition["States"]["StartQuery"]["Parameters"]["QueryString.$"],
            r"States.Format('filter a = \'{}\' or b like /\\\{{}/', $.flagId, $.flagId)"
        );
    }

    #[test]
    fn what_makes_no_sense_is_found() {
        let check = |change: fn(ConsistencyWorkflowProps) -> ConsistencyWorkflowProps, code: &str| {
            assert_eq!(synth(change).unwrap_err(), [code]);
        };
        check(|props| ConsistencyWorkflowProps { log_groups: Vec::new(), ..props }, "consistency::log-groups");
        check(|props| ConsistencyWorkflowProps { query: "stats count()".into(), ..props }, "consistency::query");
        check(
            |props| ConsistencyWorkflowProps { event_source: "aws.flags".into(), ..props },
            "consistency::event-source",
        );
    }
}
