//! Rules.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Condition, Handle, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::target::To;
use super::{EventPattern, Input, Target};
use crate::iam::{Grantee, Permissions, Principal, Statement, service_role};
#[cfg(feature = "lambda")]
use crate::lambda::FunctionRef;
use crate::sqs::QueueRef;

/// The most targets of a rule.
const MAX_TARGETS: usize = 5;

/// How a [`Rule`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct RuleProps {
    /// Which events it is about.
    pattern: EventPattern,
    /// Where they are sent, five targets at most.
    #[builder(setter(into))]
    targets: Vec<Target>,
    /// Where events go that cannot be delivered. A queue that is not of this app must let [`rules_of_own_account`] send to it.
    #[builder(setter(into))]
    dead_letter_queue: QueueRef,
    /// What the rule is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    description: Option<String>,
    /// The name or ARN of the event bus; by default the account's default bus, on which AWS's own events are too.
    #[builder(default, setter(into, strip_option))]
    event_bus: Option<Value<String>>,
    /// Where the rule is made; by default wherever its stack is.
    #[builder(default)]
    condition: Option<Condition>,
}

/// A rule of an event bus.
///
/// Targets that need it share one role, which may do for these targets what must be done and nothing else.
///
/// See [AWS::Events::Rule](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html).
///
/// ```
/// # use flagcdk::sqs::{Queue, QueueProps};
/// # use flagcdk::kms::{Key, KeyProps};
/// use flagcdk::events::{EventPattern, Rule, RuleProps, Target};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1).regions([Region::EU_WEST_1, Region::US_EAST_1]);
/// let stack = app.stack("Events", Placement::EveryRegion);
/// # let key = Key::new(&stack, "Key", KeyProps::builder().build());
/// # let queue = Queue::new(&stack, "Undelivered", QueueProps::builder().encryption_key(&key).build());
/// let props = RuleProps::builder()
///     .pattern(EventPattern::from_source("shop").detail_type("OrderPlaced"))
///     .targets([Target::default_bus("Home", Region::EU_WEST_1)])
///     .dead_letter_queue(&queue)
///     .build();
/// Rule::new(&stack, "Orders", props);
/// assert!(app.synth()?.template("Events").contains("event-bus/default"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rule {
    handle: Handle<cfn::events::Rule>,
}

impl Rule {
    /// Makes the rule.
    pub fn new(scope: &Scope, id: &str, props: RuleProps) -> Self {
        use cfn::events::rule as property;

        let scope = scope.construct(id);
        check(&scope, &props);
        let permissions = Permissions::new();
        permissions
            .grant("SendToTargets", props.targets.iter().filter_map(|target| target.statement.clone()).collect());
        let role = (!permissions.document().is_empty()).then(|| {
            let rules =
                text!["arn:", Value::partition(), ":events:", Value::region(), ":", Value::account_id(), ":rule/*"];
            let service = Principal::service("events.amazonaws.com").for_own_account().for_resource(rules);
            service_role(&scope, "Role", service, &permissions, props.condition.as_ref())
        });
        #[cfg(feature = "lambda")]
        let invoked: Vec<FunctionRef> = invoked(&props.targets);
        let queues: Vec<QueueRef> = sent_to(&props.targets, &props.dead_letter_queue);
        let dead_letters = property::DeadLetterConfig::new().arn(props.dead_letter_queue.arn());
        let targets: Vec<_> = props
            .targets
            .into_iter()
            .map(|target| {
                let retry = property::RetryPolicy::new()
                    .maximum_event_age_in_seconds(target.max_age_seconds)
                    .maximum_retry_attempts(target.retry_attempts);
                let property = property::Target::new()
                    .id(target.id)
                    .arn(target.arn)
                    .retry_policy(retry)
                    .dead_letter_config(dead_letters.clone());
                let property = match target.input {
                    Input::Event => property,
                    Input::Path(path) => property.input_path(path),
                    Input::Template { paths, template } => property.input_transformer(
                        property::InputTransformer::new().input_template(template).input_paths_map(paths),
                    ),
                };
                let property = match target.group_id {
                    Some(group) => property.sqs_parameters(property::SqsParameters::new().message_group_id(group)),
                    None => property,
                };
                match &role {
                    Some(role) if target.statement.is_some() => property.role_arn(role),
                    _ => property,
                }
            })
            .collect();
        let rule = cfn::events::Rule::new().event_pattern(props.pattern).state("ENABLED").targets(targets);
        let rule = match props.description {
            Some(description) => rule.description(description),
            None => rule,
        };
        let rule = match props.event_bus {
            Some(bus) => rule.event_bus_name(bus),
            None => rule,
        };
        let handle = scope.add("Resource", rule);
        if let Some(condition) = &props.condition {
            handle.condition(condition);
        }
        for queue in &queues {
            let_in(&scope, queue, handle.get(cfn::events::Rule::ARN), props.condition.is_some());
        }
        #[cfg(feature = "lambda")]
        for (index, function) in invoked.iter().enumerate() {
            let permission = cfn::lambda::Permission::new()
                .action("lambda:InvokeFunction")
                .function_name(function.arn())
                .principal(SERVICE)
                .source_arn(handle.get(cfn::events::Rule::ARN));
            let permission = scope.add(&format!("Invoke{}", index + 1), permission);
            if let Some(condition) = &props.condition {
                permission.condition(condition);
            }
        }
        Self { handle }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.handle.get(cfn::events::Rule::ARN)
    }

    /// The name, the value of the metrics' dimension `RuleName`. Only for rules of the default bus: else it has the bus's
    /// name before it.
    pub fn name(&self) -> Value<String> {
        self.handle.reference()
    }
}

/// The name by which EventBridge comes to queues, topics and functions.
const SERVICE: &str = "events.amazonaws.com";

/// The rules of the stack's own account and region, as who may send to a queue, for `QueueProps::senders` of a queue that rules
/// of other apps send to.
///
/// See [permissions for queues](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions).
pub fn rules_of_own_account() -> Principal {
    let rules = text!["arn:", Value::partition(), ":events:", Value::region(), ":", Value::account_id(), ":rule/*"];
    Principal::service(SERVICE).for_resource(rules)
}

/// Lets a rule send to a queue of the app: the rule itself where it can be named, which it cannot be from another stack, or
/// where it is made in some regions only.
fn let_in(scope: &Scope, queue: &QueueRef, rule: Value<Arn>, conditional: bool) {
    let admission = queue.admission();
    if admission.lacks(SERVICE) {
        let rules = if admission.is_in_stack_of(scope) && !conditional {
            Principal::service(SERVICE).for_resource(rule)
        } else {
            rules_of_own_account()
        };
        admission.add(Statement::allow(["sqs:SendMessage"]).on_anything().to(rules));
    }
}

/// The queues that a rule sends to.
fn sent_to(targets: &[Target], dead_letters: &QueueRef) -> Vec<QueueRef> {
    let queue = |target: &Target| match &target.to {
        To::Queue(queue) => Some(queue.clone()),
        _ => None,
    };
    targets.iter().filter_map(queue).chain([dead_letters.clone()]).collect()
}

/// The functions among targets, each once.
#[cfg(feature = "lambda")]
fn invoked(targets: &[Target]) -> Vec<FunctionRef> {
    let mut functions: Vec<FunctionRef> = Vec::new();
    for target in targets {
        if let To::Function(function) = &target.to
            && !functions.contains(function)
        {
            functions.push(function.clone());
        }
    }
    functions
}

fn check(scope: &Scope, props: &RuleProps) {
    for target in &props.targets {
        if let To::Topic(topic) = &target.to
            && topic.admission().lacks(SERVICE)
        {
            scope.error(
                "events::permission",
                format!("the topic of `{}` does not let `{SERVICE}` in", target.id),
                format!("make it with `.publishers([Principal::service(\"{SERVICE}\")])`, which lets in the rules of every account"),
            );
        }
    }
    if props.targets.is_empty() || props.targets.len() > MAX_TARGETS {
        scope.error(
            "events::targets",
            format!("the rule has {} targets, wanted 1 to {MAX_TARGETS}", props.targets.len()),
            "make another rule with the same pattern for further targets",
        );
    }
    for target in &props.targets {
        if !(60..=86_400).contains(&target.max_age_seconds) || target.retry_attempts > 185 {
            scope.error(
                "events::retry",
                format!(
                    "`{}` is tried {} more times for {} seconds, wanted at most 185 times for 60 to 86400 seconds",
                    target.id, target.retry_attempts, target.max_age_seconds
                ),
                "stay within what EventBridge takes",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use flagcdk_core::{App, Placement, Region};

    use super::*;

    fn synth(targets: Vec<Target>) -> Result<serde_json::Value, Vec<String>> {
        let app = App::new("test", Region::EU_WEST_1);
        let stack = app.stack("S", Placement::Home);
        let props = RuleProps::builder()
            .pattern(EventPattern::from_source("shop").detail_type("A").detail(serde_json::json!({ "n": [1] })))
            .targets(targets)
            .dead_letter_queue(QueueRef::from_name("undelivered"));
        Rule::new(&stack, "Rule", props.build());
        match app.synth() {
            Ok(assembly) => Ok(serde_json::from_str(assembly.template("S")).unwrap()),
            Err(error) => Err(error.findings.into_iter().map(|finding| finding.code).collect()),
        }
    }

    #[test]
    fn only_targets_that_need_it_get_the_role() {
        let input = Input::Template {
            paths: BTreeMap::from([("id".to_owned(), "$.detail.id".to_owned())]),
            template: r#"{"id": <id>}"#.to_owned(),
        };
        let queue = Target::new("Queue", "arn:aws:sqs:eu-west-1:111122223333:q").input(input);
        let template = synth(vec![queue, Target::default_bus("Home", Region::US_EAST_1)]).unwrap();
        let rule = &template["Resources"]["Rule"]["Properties"];
        assert_eq!(
            rule["EventPattern"],
            serde_json::json!({ "source": ["shop"], "detail-type": ["A"], "detail": { "n": [1] } })
        );
        assert_eq!(rule["Targets"][0]["RoleArn"], serde_json::Value::Null);
        assert_eq!(rule["Targets"][0]["InputTransformer"]["InputPathsMap"]["id"], "$.detail.id");
        assert_eq!(rule["Targets"][1]["RoleArn"]["Fn::GetAtt"][0], "RuleRole");
        let policy = &template["Resources"]["RuleRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0];
        assert_eq!(policy["Action"], "events:PutEvents");
        let plain = synth(vec![Target::new("Queue", "arn:aws:sqs:eu-west-1:111122223333:q")]).unwrap();
        assert_eq!(plain["Resources"].as_object().unwrap().len(), 1);
    }

    #[test]
    fn what_eventbridge_refuses_is_found() {
        let check = |targets: Vec<Target>, code: &str| assert_eq!(synth(targets).unwrap_err(), [code]);
        let target = |id: &str| Target::default_bus(id, Region::US_EAST_1);
        check(Vec::new(), "events::targets");
        check(["A", "B", "C", "D", "E", "F"].map(target).into(), "events::targets");
        check(vec![target("A").max_age_seconds(59)], "events::retry");
        check(vec![target("A").retry_attempts(186)], "events::retry");
    }
}
