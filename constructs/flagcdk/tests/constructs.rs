//! What constructs make of bad input, of permissions and of references.

use flagcdk::assertions::{Findings, Matcher, Template, absent, any, exact, like};
use flagcdk::dynamodb::{GlobalTable, GlobalTableProps, Index, Key as TableKey, TableRef};
use flagcdk::iam::{Grantee, Permissions, PolicyDocument, Principal, Role, RoleProps, RoleRef, Statement};
use flagcdk::kms::{Key, KeyProps, KeyRef, KeyService};
use flagcdk::lambda::{Code, Function, FunctionProps, FunctionRef, QueueSource, QueueSourceProps};
use flagcdk::logs::{LogGroup, LogGroupProps};
use flagcdk::patterns::{FanoutBus, FanoutBusProps, FanoutShard, FanoutShardProps, Services};
use flagcdk::sns::TopicRef;
use flagcdk::sqs::{DeadLetters, Queue, QueueProps, QueueRef};
use flagcdk::{App, Architecture, IntoValue, Placement, RawResource, Region, Stack};
use serde_json::{Value as Json, json};

fn app() -> (App, Stack) {
    let app = App::new("shop", Region::EU_WEST_1);
    let stack = app.stack("Main", Placement::Home);
    (app, stack)
}

fn function() -> FunctionProps {
    FunctionProps::builder().code(Code::cargo_binary("p", "b", Architecture::X86_64)).build()
}

#[test]
fn bad_input_is_found_and_helped_with() {
    let check = |build: &dyn Fn(&Stack), expected: &[&str]| {
        let (app, stack) = app();
        build(&stack);
        let findings = Findings::of(&app);
        assert_eq!(findings.codes(), expected);
        assert!(
            findings.find("Main/*", "*").iter().filter(|finding| !finding.help.is_empty()).count() == expected.len()
        );
    };
    let queue = |stack: &Stack, props: QueueProps| drop(Queue::new(stack, "Q", props));
    for name in ["", "a b", "ü", "a.fifo"] {
        check(&|stack| queue(stack, QueueProps::builder().name(name).build()), &["sqs::name"]);
    }
    check(&|stack| queue(stack, QueueProps::builder().name("x".repeat(80)).build()), &[]);
    check(&|stack| queue(stack, QueueProps::builder().name("x".repeat(81)).build()), &["sqs::name"]);
    check(
        &|stack| queue(stack, QueueProps::builder().retention_days(15).visibility_timeout_seconds(43_201).build()),
        &["sqs::retention", "sqs::visibility-timeout"],
    );
    check(
        &|stack| drop(Key::new(stack, "K", KeyProps::builder().pending_window_days(6).build())),
        &["kms::pending-window"],
    );
    check(
        &|stack| drop(LogGroup::new(stack, "L", LogGroupProps::builder().retention_days(8).build())),
        &["logs::retention"],
    );
    check(
        &|stack| drop(LogGroup::new(stack, "L", LogGroupProps::builder().retention_days(9999).build())),
        &["logs::retention"],
    );
    let code = || Code::cargo_binary("p", "b", Architecture::X86_64);
    let bad = || FunctionProps::builder().code(code()).timeout_seconds(901).memory_mb(64);
    check(&|stack| drop(Function::new(stack, "F", bad().build())), &["lambda::memory", "lambda::timeout"]);
    let large = || [("NAMES".to_owned(), "x".repeat(5000).into())];
    check(
        &|stack| drop(Function::new(stack, "F", FunctionProps::builder().code(code()).environment(large()).build())),
        &["lambda::environment"],
    );
    check(
        &|stack| {
            let queue = QueueRef::from_name("q");
            let props = QueueSourceProps::builder().function(FunctionRef::from_name("f")).queue(&queue);
            QueueSource::new(stack, "S", props.max_concurrency(1).build());
        },
        &["lambda::max-concurrency"],
    );
    let table = |stack: &Stack, name: &str, region, key| {
        let index = Index { name: "i", partition_key: key, sort_key: TableKey::text("id") };
        let props = GlobalTableProps::builder().name(name).partition_key(TableKey::text("id")).indexes([index]);
        GlobalTable::new(stack, "T", props.replicas([region]).build());
    };
    check(&|stack| table(stack, "orders", Region::EU_WEST_1, TableKey::text("owner")), &[]);
    check(
        &|stack| table(stack, "o", Region::US_EAST_1, TableKey::number("id")),
        &["dynamodb::home-replica", "dynamodb::key-type", "dynamodb::name"],
    );
    check(
        &|stack| {
            let bus = FanoutBusProps::builder().name_prefix("p").encryption_key(KeyRef::from_alias("alias/p")).build();
            let bus = FanoutBus::new(stack, "Bus", bus);
            let services = Services::named((0..101).map(|number| format!("s{number}"))).sharded_over(1);
            let props = FanoutShardProps::builder().bus(&bus).shard(services.shards().remove(0));
            FanoutShard::new(stack, "Shard", props.consumer(FunctionRef::from_name("f")).build());
        },
        &["fanout::full-shard"],
    );
}

#[test]
fn policies_are_written_as_iam_reads_them() {
    let check = |statement: Statement, expected: Json| {
        let (_app, stack) = app();
        let document = PolicyDocument::from_iter([statement.clone(), statement]);
        stack.add("X", RawResource::new("A::B::C").set("Document", document.into_value()));
        let expected = exact(json!({ "Version": "2012-10-17", "Statement": [expected] }));
        Template::of(&stack).has_resource_properties("A::B::C", like!({ "Document": expected }));
    };
    check(
        Statement::allow(["s3:GetObject"]).on("arn:a").sid("Read"),
        json!({ "Effect": "Allow", "Sid": "Read", "Action": "s3:GetObject", "Resource": "arn:a" }),
    );
    check(
        Statement::deny(["a:B", "a:C"]).on_each(["x", "y"]).to(Principal::anyone()).when("Bool", "k", "false"),
        json!({
            "Effect": "Deny",
            "Action": ["a:B", "a:C"],
            "Resource": ["x", "y"],
            "Principal": "*",
            "Condition": { "Bool": { "k": "false" } },
        }),
    );
    check(
        Statement::allow(["sts:AssumeRole"])
            .to(Principal::service("a.amazonaws.com").for_own_account())
            .to(Principal::service("b.amazonaws.com").for_own_account())
            .to(Principal::arn("arn:r").for_resource("arn:s*")),
        json!({
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": { "AWS": "arn:r", "Service": ["a.amazonaws.com", "b.amazonaws.com"] },
            "Condition": {
                "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } },
                "ArnLike": { "aws:SourceArn": "arn:s*" },
            },
        }),
    );
}

#[test]
fn what_is_known_before_a_role_is_its_one_policy_and_what_comes_later_has_its_own() {
    let (_app, stack) = app();
    let queue = QueueRef::from_name("orders");
    let permissions = Permissions::new();
    queue.grant_send(&permissions);
    queue.grant_send(&permissions);
    let props = RoleProps::builder().assumed_by(Principal::service("lambda.amazonaws.com")).permissions(permissions);
    let role = Role::new(&stack, "Worker", props.build());
    queue.grant_consume(&role);
    queue.grant_consume(&role);
    QueueRef::from_name("returns").grant_consume(&role);
    RoleRef::from_name(&stack, "Other", "other").grant("Nothing", Vec::new());

    let template = Template::of(&stack);
    let ids: Vec<_> = template.find_resources("*", any()).into_keys().collect();
    assert_eq!(ids, ["Worker", "WorkerConsumeQueue", "WorkerConsumeQueue2"]);
    let one_statement = like!({ "PolicyDocument": { "Statement": [any()] } });
    template.has_resource_properties("AWS::IAM::Role", like!({ "Policies": [one_statement] }));
    template.all_resources_properties("AWS::IAM::RolePolicy", like!({ "RoleName": { "Ref": "Worker" } }));
}

#[test]
fn grants_are_for_the_key_too() {
    let check = |grant: &dyn Fn(&Permissions), service: &str| {
        let permissions = Permissions::new();
        grant(&permissions);
        let (_app, stack) = app();
        let resource = RawResource::new("A::B::C").set("Document", permissions.document().into_value());
        let document = stack.add("X", resource).property("Document").expect("it was set").to_string();
        assert!(document.contains("kms:Decrypt") && document.contains("kms:ViaService"), "{document}");
        assert!(document.contains(&format!("{service}.")), "{document}");
        assert!(!document.contains("\"kms:*\""), "{document}");
    };
    let key = || KeyRef::from_arn("arn:aws:kms:eu-west-1:111122223333:key/k");
    check(&|permissions| QueueRef::from_name("q").encrypted_with(key()).grant_send(permissions), "sqs");
    check(&|permissions| QueueRef::from_name("q").encrypted_with(key()).grant_consume(permissions), "sqs");
    check(&|permissions| TopicRef::from_arn("arn:t").encrypted_with(key()).grant_publish(permissions), "sns");
    let table = || TableRef::from_name("t").encrypted_with(KeyRef::from_alias("alias/k"));
    check(&|permissions| table().grant_read(permissions), "dynamodb");
    check(&|permissions| table().grant_write(permissions), "dynamodb");
    check(&|permissions| table().grant_stream_read("arn:s", permissions), "dynamodb");
}

#[test]
fn services_use_a_key_for_this_account_alone() {
    let (_app, stack) = app();
    let services = [
        KeyService::Sns,
        KeyService::CloudWatchLogs,
        KeyService::CloudWatchAlarms,
        KeyService::EventBridge,
        KeyService::Sns,
    ];
    Key::new(&stack, "Key", KeyProps::builder().services(services).build());
    let template = Template::of(&stack);
    let statements = template.resource("Key")["Properties"]["KeyPolicy"]["Statement"].as_array().unwrap();
    let sids: Vec<_> = statements.iter().map(|statement| statement["Sid"].as_str().unwrap()).collect();
    assert_eq!(sids, ["AccountDecides", "CloudWatchAlarms", "CloudWatchLogs", "EventBridge", "Sns"]);
    for statement in &statements[1..] {
        // EventBridge's calls for an encrypted topic carry nothing that a condition could ask for.
        assert_eq!(statement["Condition"].is_null(), statement["Sid"] == "EventBridge", "{statement}");
    }
}

#[test]
fn dead_letters_go_where_they_are_told() {
    let check = |dead_letters: DeadLetters, queues: usize, target: Matcher| {
        let (_app, stack) = app();
        Queue::new(&stack, "Q", QueueProps::builder().dead_letters(dead_letters).build());
        let template = Template::of(&stack);
        template.resource_count_is("AWS::SQS::Queue", queues);
        template.has_resource_properties("AWS::SQS::Queue", like!({ "RedrivePolicy": target }));
        template.has_resource_properties("AWS::SQS::QueuePolicy", like!({ "Queues": vec![any(); queues] }));
    };
    check(DeadLetters::Nowhere, 1, absent());
    let own = json!({ "deadLetterTargetArn": { "Fn::GetAtt": ["QDeadLetters", "Arn"] }, "maxReceiveCount": 3 });
    check(DeadLetters::Own { max_receive_count: 3 }, 2, exact(own));
    let queue = QueueRef::from_name("dead");
    let arn = json!({ "Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:dead" });
    let other = json!({ "deadLetterTargetArn": arn, "maxReceiveCount": 4 });
    check(DeadLetters::Queue { queue, max_receive_count: 4 }, 1, exact(other));
}

#[test]
fn functions_of_one_binary_share_their_file() {
    let (app, stack) = app();
    Function::new(&stack, "A", function());
    Function::new(&stack, "B", function());
    assert_eq!(app.synth().unwrap().manifest.assets.len(), 1);
    let other = FunctionProps::builder().code(Code::cargo_binary("p", "b", Architecture::Arm64)).build();
    Function::new(&stack, "C", other);
    assert_eq!(app.synth().unwrap().manifest.assets.len(), 2);
}
