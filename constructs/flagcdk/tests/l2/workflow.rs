//! Rules, buses and state machines.

use flagcdk::dynamodb::{Key, Table, TableProps};
use flagcdk::events::{
    ApiDestination, ApiDestinationProps, Archive, ArchiveProps, Credentials, EventBus, EventBusProps, EventBusRef,
    EventPattern, Rule, RuleProps, Target, rules_of_own_account,
};
use flagcdk::iam::Principal;
use flagcdk::kms::{Key as KmsKey, KeyProps, KeyService};
use flagcdk::lambda::{Code, Function, FunctionProps};
use flagcdk::secretsmanager::SecretRef;
use flagcdk::sns::{Topic, TopicProps};
use flagcdk::sqs::{DeadLetters, Deduplication, Delivery, Queue, QueueProps};
use flagcdk::stepfunctions::{Definition, Fields, Item, StateMachine, StateMachineProps, StateMachineRef, Task};
use flagcdk::{Condition, Stack, Value};
use serde_json::{Value as Json, json};

use crate::{Sample, findings, resources};

pub(crate) const SAMPLES: &[Sample] = &[("events", events), ("stepfunctions_tasks", stepfunctions_tasks)];

fn events(stack: &Stack) {
    let key = KmsKey::new(stack, "Key", KeyProps::builder().services([KeyService::EventBridge]).build());
    let bus = EventBusProps::builder().name("shop").senders([Principal::account("444455556666")]).build();
    let bus = EventBus::new(stack, "Bus", bus);
    let archive = ArchiveProps::builder().bus(&bus).pattern(EventPattern::of_everything()).retention_days(30).build();
    Archive::new(stack, "Archive", archive);
    let undelivered =
        QueueProps::builder().senders([rules_of_own_account()]).dead_letters(DeadLetters::Nowhere).build();
    let undelivered = Queue::new(stack, "Undelivered", undelivered);
    let queue = QueueProps::builder().encryption_key(&key).delivery(Delivery::Fifo(Deduplication::ByContent)).build();
    let queue = Queue::new(stack, "Work", queue);
    let topic = TopicProps::builder().publishers([Principal::service("events.amazonaws.com")]).build();
    let topic = Topic::new(stack, "News", topic);
    let function = Function::new(stack, "Count", FunctionProps::builder().code(Code::cargo("count")).build());
    let secret = SecretRef::from_arn("arn:aws:secretsmanager:eu-west-1:111122223333:secret:partner-AbCdEf");
    let credentials = Credentials::Header { name: "x-api-key".into(), secret, json_key: "key".into() };
    let partner = ApiDestinationProps::builder().url("https://partner.example.com/orders").credentials(credentials);
    let partner = ApiDestination::new(stack, "Partner", partner.rate(10).build());
    let rule = |id: &str, targets: Vec<Target>| {
        let pattern = EventPattern::from_source("shop").or_source("returns").detail_type("OrderPlaced");
        let pattern = pattern.resource("arn:aws:s3:::orders");
        let props =
            RuleProps::builder().pattern(pattern).targets(targets).event_bus(&bus).dead_letter_queue(&undelivered);
        Rule::new(stack, id, props.build());
    };
    rule(
        "Near",
        vec![
            Target::fifo_queue("Work", &queue, "orders"),
            Target::topic("News", &topic),
            Target::function("Count", &function),
        ],
    );
    rule("Far", vec![Target::api_destination("Partner", &partner), Target::bus("Own", &EventBusRef::default_bus())]);
}

fn stepfunctions_tasks(stack: &Stack) {
    let key = KmsKey::new(stack, "Key", KeyProps::builder().services([KeyService::CloudWatchLogs]).build());
    let table = TableProps::builder().partition_key(Key::text("order_id")).encryption_key(&key).build();
    let table = Table::new(stack, "Orders", table);
    let queue = Queue::new(stack, "Approvals", QueueProps::builder().encryption_key(&key).build());
    let function = Function::new(stack, "Check", FunctionProps::builder().code(Code::cargo("check")).build());
    let other = StateMachineRef::from_arn("arn:aws:states:eu-west-1:111122223333:stateMachine:ship");
    let item = || Item::new().text_at("order_id", "$.order_id");
    let definition = Definition::starting_at("Put")
        .state(
            "Put",
            Task::put_item(&table, item().number_at("total", "$.total").flag("open", true))
                .discard_result()
                .next("Get"),
        )
        .state("Get", Task::get_item(&table, item()).result_path("$.order").next("Approve"))
        .state(
            "Approve",
            Task::send_and_wait(&queue, Fields::new().set("order.$", "$.order"))
                .timeout_seconds(86_400)
                .discard_result()
                .next("Check"),
        )
        .state(
            "Check",
            Task::invoke_and_wait(&function, Fields::new()).timeout_seconds(60).discard_result().next("Ship"),
        )
        .state(
            "Ship",
            Task::run_execution(&other, Fields::new().set("order_id.$", "$.order_id")).discard_result().next("Bill"),
        )
        .state("Bill", Task::start_execution(&other, Fields::new()).discard_result().next("Close"))
        .state(
            "Close",
            Task::update_item(
                &table,
                item(),
                "SET #s = :s",
                [("#s", "state")],
                Item::new().text(":s", Value::region()),
            )
            .discard_result()
            .next("Forget"),
        )
        .state("Forget", Task::delete_item(&table, item()).discard_result().next("Send"))
        .state("Send", Task::send(&queue, Fields::new().set("done", true)).discard_result().next("Tell"))
        .state(
            "Tell",
            Task::put_event(
                &EventBusRef::from_name("shop"),
                "orders",
                "OrderClosed",
                Fields::new().set("id.$", "$.order_id"),
            )
            .end(),
        );
    let props = StateMachineProps::builder().definition(definition).encryption_key(&key).build();
    StateMachine::new(stack, "Order", props);
}

#[test]
fn every_task_brings_its_permission() {
    let resources = resources(stepfunctions_tasks);
    let statements = resources["OrderRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].to_string();
    for action in [
        "dynamodb:PutItem",
        "dynamodb:GetItem",
        "dynamodb:DeleteItem",
        "sqs:SendMessage",
        "lambda:InvokeFunction",
        "states:StartExecution",
        "states:DescribeExecution",
        "events:PutRule",
        "events:PutEvents",
        "kms:ViaService",
    ] {
        assert!(statements.contains(action), "{action}");
    }
    let text = resources["Order"]["Properties"]["DefinitionString"].as_str().unwrap();
    let definition: Json = serde_json::from_str(text).unwrap();
    assert_eq!(definition["States"]["Approve"]["Parameters"]["MessageBody"]["token.$"], "$$.Task.Token");
    assert_eq!(definition["States"]["Put"]["Parameters"]["Item"]["total"]["N.$"], "States.Format('{}', $.total)");
}

#[test]
fn a_rule_is_let_into_its_queues_and_no_other_is() {
    let statements = |conditional: bool, senders: Vec<Principal>| {
        let resources = resources(|stack| {
            let queue = Queue::new(stack, "Queue", QueueProps::builder().senders(senders).build());
            let condition =
                conditional.then(|| stack.condition("Home", Condition::equals(Value::region(), "eu-west-1")));
            let props = RuleProps::builder()
                .pattern(EventPattern::from_source("shop"))
                .targets([Target::queue("Q", &queue)])
                .dead_letter_queue(&queue)
                .condition(condition);
            Rule::new(stack, "R", props.build());
        });
        resources["QueuePolicy"]["Properties"]["PolicyDocument"]["Statement"].as_array().unwrap().clone()
    };
    let own = statements(false, Vec::new());
    assert_eq!(own.len(), 2);
    assert_eq!(own[1]["Condition"]["ArnLike"]["aws:SourceArn"], json!({ "Fn::GetAtt": ["R", "Arn"] }));
    // What is made in some regions only cannot be named by what is made everywhere.
    let conditional = statements(true, Vec::new());
    assert!(conditional[1]["Condition"]["ArnLike"]["aws:SourceArn"].to_string().contains(":rule/*"));
    assert_eq!(statements(false, vec![rules_of_own_account()]).len(), 2);
}

#[test]
fn what_aws_refuses_is_found() {
    let topic = |publishers: Vec<Principal>| {
        findings(|stack| {
            let topic = Topic::new(stack, "Topic", TopicProps::builder().publishers(publishers).build());
            let dead = Queue::new(stack, "Dead", QueueProps::builder().build());
            let (pattern, targets) = (EventPattern::from_source("shop"), [Target::topic("T", &topic)]);
            let props = RuleProps::builder().pattern(pattern).targets(targets).dead_letter_queue(&dead).build();
            Rule::new(stack, "R", props);
        })
    };
    assert_eq!(topic(Vec::new()), ["events::permission"]);
    assert_eq!(topic(vec![Principal::service("events.amazonaws.com")]), [""; 0]);
    let bus =
        |name: &str| findings(|stack| drop(EventBus::new(stack, "B", EventBusProps::builder().name(name).build())));
    assert_eq!(bus("default"), ["events::bus-name"]);
    assert_eq!(bus("a/b"), ["events::bus-name"]);
}
