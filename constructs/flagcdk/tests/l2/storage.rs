//! Buckets, tables, queues, topics and parameters.

use flagcdk::dynamodb::{Billing, Key, StreamView, Table, TableIndex, TableProps, TableRef};
use flagcdk::iam::{Permissions, Principal};
use flagcdk::kms::{Key as KmsKey, KeyProps, KeyRef, KeyService};
use flagcdk::lambda::{Code, Function, FunctionProps};
use flagcdk::s3::{
    Bucket, BucketProps, BucketRef, CorsRule, Event, LifecycleRule, Notification, StorageClass, Versioning,
};
use flagcdk::sns::{Filter, Subscription, SubscriptionProps, Topic, TopicProps};
use flagcdk::sqs::{Deduplication, Delivery, Queue, QueueProps};
use flagcdk::ssm::{ParameterRef, StringParameter, StringParameterProps};
use flagcdk::{App, IntoValue, Placement, RawResource, Region, RemovalPolicy, Stack, Value, text};
use serde_json::json;

use crate::{Sample, findings, resources};

pub(crate) const SAMPLES: &[Sample] = &[
    ("s3_bucket", s3_bucket),
    ("s3_notifications", s3_notifications),
    ("dynamodb_table", dynamodb_table),
    ("sqs_sns_fifo", sqs_sns_fifo),
    ("sns_filters", sns_filters),
    ("ssm_parameter", ssm_parameter),
];

fn s3_bucket(stack: &Stack) {
    let key = KmsKey::new(stack, "Key", KeyProps::builder().build());
    let logs = BucketProps::builder().versioning(Versioning::Off).removal(RemovalPolicy::Destroy);
    let logs = Bucket::new(stack, "Logs", logs.build());
    let rules = [
        LifecycleRule::below("exports/").expire_after(14),
        LifecycleRule::for_all()
            .to_storage_class_after(StorageClass::STANDARD_IA, 30)
            .to_storage_class_after(StorageClass::GLACIER, 365)
            .expire_old_versions_but(3, 30),
    ];
    let page = CorsRule::builder().origins(["https://shop.example.com".into()]).exposed_headers(["ETag"]).build();
    let props = BucketProps::builder()
        .encryption_key(&key)
        .versioning(Versioning::Keep)
        .lifecycle(rules)
        .access_logs(&logs)
        .cors([page])
        .event_bridge(true)
        .build();
    let bucket = Bucket::new(stack, "Uploads", props);
    let permissions = Permissions::new();
    bucket.as_ref().below("in/").grant_read_write(&permissions);
    stack.add(
        "Granted",
        RawResource::new("AWS::IAM::ManagedPolicy").set("PolicyDocument", permissions.document().into_value()),
    );
}

fn s3_notifications(stack: &Stack) {
    let key = KmsKey::new(stack, "Key", KeyProps::builder().services([KeyService::S3]).build());
    let queue = Queue::new(stack, "Images", QueueProps::builder().encryption_key(&key).build());
    let topic = Topic::new(stack, "Removed", TopicProps::builder().encryption_key(&key).build());
    let function = Function::new(stack, "Index", FunctionProps::builder().code(Code::cargo("index")).build());
    let notifications = [
        Notification::of(Event::OBJECT_CREATED, &queue).below("images/").ending_in(".png"),
        Notification::of(Event::OBJECT_REMOVED, &topic),
        Notification::of(Event::OBJECT_CREATED, &function).below("texts/"),
        Notification::of(Event::OBJECT_REMOVED, &function).below("texts/"),
    ];
    let bucket = Bucket::new(stack, "Files", BucketProps::builder().notifications(notifications).build());
    bucket.as_ref().below("texts/").grant_read(&function);
}

fn dynamodb_table(stack: &Stack) {
    let key = KmsKey::new(stack, "Key", KeyProps::builder().build());
    let indexes = [
        TableIndex::global("by_customer", Key::text("customer")).sort_key(Key::number("placed_at")),
        TableIndex::global("by_state", Key::text("state")).with_keys_only(),
        TableIndex::local("by_price", Key::number("price")).with_attributes(["currency"]),
    ];
    let props = TableProps::builder()
        .name("shop-orders")
        .partition_key(Key::text("shop"))
        .sort_key(Key::text("order"))
        .indexes(indexes)
        .time_to_live("expires_at")
        .stream(StreamView::NewAndOldImages)
        .encryption_key(&key)
        .build();
    let table = Table::new(stack, "Orders", props);
    stack.output("Stream", table.stream_arn());
    let props = TableProps::builder()
        .partition_key(Key::text("id"))
        .indexes([TableIndex::global("by_name", Key::text("name"))])
        .billing(Billing::Provisioned { read: 5, write: 2 })
        .recovery_days(7)
        .deletion_protection(false)
        .removal(RemovalPolicy::Destroy);
    Table::new(stack, "Sessions", props.build());
}

fn sqs_sns_fifo(stack: &Stack) {
    let ordered = Delivery::Fifo(Deduplication::ByContent);
    let topic = Topic::new(stack, "Placed", TopicProps::builder().delivery(ordered).build());
    let props = QueueProps::builder().name("billing.fifo").delivery(ordered).topics([(&topic).into()]).build();
    let queue = Queue::new(stack, "Billing", props);
    Subscription::new(stack, "BillingOfPlaced", SubscriptionProps::builder().topic(&topic).endpoint(&queue).build());
}

fn sns_filters(stack: &Stack) {
    let topic = Topic::new(stack, "Events", TopicProps::builder().build());
    let function = Function::new(stack, "Large", FunctionProps::builder().code(Code::cargo("large")).build());
    let filter = Filter::on_attributes().one_of("kind", ["order", "return"]).at_least("amount", 100.0);
    let props = SubscriptionProps::builder().topic(&topic).endpoint(&function).filter(filter).build();
    Subscription::new(stack, "LargeOfEvents", props);
    let dead = Queue::new(stack, "Undelivered", QueueProps::builder().build());
    let queue = Queue::new(stack, "Foreign", QueueProps::builder().build());
    let filter =
        Filter::on_body().none_of("country", ["de"]).exists("customer").starts_with("sku", "A-").is_absent("test");
    let props = SubscriptionProps::builder().topic(&topic).endpoint(&queue).filter(filter).dead_letters(&dead).build();
    Subscription::new(stack, "ForeignOfEvents", props);
}

fn ssm_parameter(stack: &Stack) {
    let props = StringParameterProps::builder().name("/shop/limit").value("100").allowed_pattern("^[0-9]+$").build();
    let limit = StringParameter::new(stack, "Limit", props);
    let topic = Topic::new(stack, "Topic", TopicProps::builder().build());
    let arn: Value<String> = topic.arn().into();
    StringParameter::new(stack, "TopicArn", StringParameterProps::builder().value(arn).description("Where").build());
    let function = Function::new(stack, "Reader", FunctionProps::builder().code(Code::cargo("reader")).build());
    limit.as_ref().grant_read(&function);
    let key = KeyRef::from_alias("alias/shop");
    ParameterRef::from_secure_name("/shop/token").encrypted_with(key).grant_read(&function);
    stack.output("Endpoint", ParameterRef::from_name("endpoint").value());
}

#[test]
fn what_aws_refuses_is_found() {
    let bucket = |props: BucketProps, expected: &[&str]| {
        assert_eq!(findings(|stack| drop(Bucket::new(stack, "B", props))), expected);
    };
    let named = |name: &str| BucketProps::builder().name(name).build();
    bucket(named("shop-uploads"), &[]);
    for name in ["ab", "Shop", "shop_uploads", "-shop", "shop-", "a..b", &"x".repeat(64)] {
        bucket(named(name), &["s3::name"]);
    }
    let rule = |rule: LifecycleRule| BucketProps::builder().lifecycle([rule]).build();
    bucket(rule(LifecycleRule::for_all()), &["s3::lifecycle"]);
    bucket(rule(LifecycleRule::for_all().expire_after(0)), &["s3::lifecycle"]);
    bucket(rule(LifecycleRule::below("x").to_storage_class_after(StorageClass::STANDARD_IA, 29)), &["s3::lifecycle"]);
    let late = LifecycleRule::for_all().to_storage_class_after(StorageClass::GLACIER_IR, 30).expire_after(30);
    bucket(rule(late), &["s3::lifecycle"]);
    bucket(
        BucketProps::builder().versioning(Versioning::KeepDays(0)).build(),
        &["s3::lifecycle", "s3::versioning"][1..],
    );
    bucket(BucketProps::builder().access_logs(BucketRef::from_name("logs")).build(), &[]);

    let table = |props: TableProps, expected: &[&str]| {
        assert_eq!(findings(|stack| drop(Table::new(stack, "T", props))), expected);
    };
    let props = || TableProps::builder().partition_key(Key::text("id"));
    table(props().build(), &[]);
    table(props().name("t").build(), &["dynamodb::name"]);
    table(props().recovery_days(0).build(), &["dynamodb::recovery"]);
    let local = |name| TableIndex::local(name, Key::number("n"));
    table(props().indexes([local("a")]).build(), &["dynamodb::local-index"]);
    table(props().sort_key(Key::text("s")).indexes([local("a"), local("a")]).build(), &["dynamodb::index-name"]);
    table(props().sort_key(Key::text("n")).indexes([local("a")]).build(), &["dynamodb::key-type"]);
    let six = ["a", "b", "c", "d", "e", "f"].map(local);
    table(props().sort_key(Key::text("s")).indexes(six).build(), &["dynamodb::indexes"]);

    let fifo = |name: &str, delivery| {
        let props = QueueProps::builder().name(name).delivery(delivery).build();
        findings(|stack| drop(Queue::new(stack, "Q", props)))
    };
    assert_eq!(fifo("q.fifo", Delivery::Fifo(Deduplication::ById)), [""; 0]);
    assert_eq!(fifo("q", Delivery::Fifo(Deduplication::ById)), ["sqs::name"]);
    assert_eq!(fifo(".fifo", Delivery::Fifo(Deduplication::ById)), ["sqs::name"]);
    assert_eq!(fifo("q.fifo", Delivery::Standard), ["sqs::name"]);

    let parameter = |name: &str, value: &str| {
        let props = StringParameterProps::builder().name(name).value(value).build();
        findings(|stack| drop(StringParameter::new(stack, "P", props)))
    };
    assert_eq!(parameter("/shop/a", "1"), [""; 0]);
    for name in ["aws-x", "/ssm/x", "a/b", "a b"] {
        assert_eq!(parameter(name, "1"), ["ssm::name"], "{name}");
    }
    assert_eq!(parameter("a", ""), ["ssm::value"]);
    assert_eq!(parameter("a", &"x".repeat(8193)), ["ssm::value"]);
}

#[test]
fn services_are_let_in_once_and_by_nobody_else() {
    let check = |senders: Vec<Principal>, expected: usize| {
        let resources = resources(|stack| {
            let queue = Queue::new(stack, "Q", QueueProps::builder().senders(senders).build());
            for id in ["A", "B"] {
                let notification = Notification::of(Event::OBJECT_CREATED, &queue);
                Bucket::new(stack, id, BucketProps::builder().notifications([notification]).build());
            }
        });
        let statements = resources["QPolicy"]["Properties"]["PolicyDocument"]["Statement"].as_array().unwrap().len();
        assert_eq!(statements, 1 + expected);
        assert_eq!(resources["A"]["DependsOn"], json!(["QPolicy"]));
    };
    let s3 = Principal::service("s3.amazonaws.com").for_own_account();
    check(Vec::new(), 1);
    check(vec![s3.clone()], 1);
    check(vec![s3.for_resource("arn:aws:s3:::only-this")], 1);
    check(vec![Principal::service("events.amazonaws.com")], 2);
    let logs = resources(|stack| {
        let logs = Bucket::new(stack, "Logs", BucketProps::builder().build());
        for id in ["A", "B"] {
            Bucket::new(stack, id, BucketProps::builder().access_logs(&logs).build());
        }
    });
    let statements = &logs["LogsPolicy"]["Properties"]["PolicyDocument"]["Statement"];
    assert_eq!(statements.as_array().unwrap().len(), 2);
    assert_eq!(statements[1]["Principal"]["Service"], "logging.s3.amazonaws.com");
    assert_eq!(
        findings(|stack| {
            let table = Table::new(stack, "T", TableProps::builder().partition_key(Key::text("id")).build());
            stack.output("Stream", table.stream_arn());
        }),
        ["dynamodb::no-stream"]
    );
}

#[test]
fn a_queue_of_another_stack_names_the_topic_itself() {
    let check = |named: bool, expected: &[&str]| {
        let app = App::new("shop", Region::EU_WEST_1);
        let (topics, queues) = (app.stack("Topics", Placement::Home), app.stack("Queues", Placement::Home));
        let topic = Topic::new(&topics, "T", TopicProps::builder().build());
        let listened = if named { vec![(&topic).into()] } else { Vec::new() };
        let queue = Queue::new(&queues, "Q", QueueProps::builder().topics(listened).build());
        Subscription::new(&queues, "S", SubscriptionProps::builder().topic(&topic).endpoint(&queue).build());
        let codes: Vec<_> =
            app.synth().err().into_iter().flat_map(|error| error.findings).map(|finding| finding.code).collect();
        assert_eq!(codes, expected);
    };
    check(true, &[]);
    check(false, &["sns::subscription"]);
}

#[test]
fn names_that_are_global_are_not_given_to_every_region() {
    let check = |name: Value<String>, expected: &[&str]| {
        let app = App::new("shop", Region::EU_WEST_1).regions([Region::EU_WEST_1, Region::US_EAST_1]);
        let stack = app.stack("Main", Placement::EveryRegion);
        Bucket::new(&stack, "B", BucketProps::builder().name(name).build());
        let codes: Vec<_> =
            app.synth().err().into_iter().flat_map(|error| error.findings).map(|finding| finding.code).collect();
        assert_eq!(codes, expected);
    };
    check("shop-uploads".into(), &["s3::global-name"]);
    check(text!["shop-uploads-", Value::region()], &[]);
}

#[test]
fn grants_name_what_is_meant() {
    let check = |grant: &dyn Fn(&Permissions), expected: serde_json::Value| {
        let permissions = Permissions::new();
        grant(&permissions);
        let resources = resources(|stack| {
            let document = permissions.document().into_value();
            stack.add("X", RawResource::new("A::B::C").set("Document", document));
        });
        assert_eq!(resources["X"]["Properties"]["Document"]["Statement"], expected);
    };
    let bucket = || BucketRef::from_arn("arn:aws:s3:::files").below("in/");
    check(
        &|permissions| bucket().grant_read(permissions),
        json!([
            { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::files/in/*" },
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": "arn:aws:s3:::files",
                "Condition": { "StringLike": { "s3:prefix": "in/*" } },
            },
        ]),
    );
    check(
        &|permissions| bucket().grant_delete(permissions),
        json!([{ "Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::files/in/*" }]),
    );
    let table = || TableRef::from_arn("arn:aws:dynamodb:eu-west-1:111122223333:table/orders");
    assert_eq!(table().name(), "orders".into());
    check(
        &|permissions| table().grant_delete(permissions),
        json!([{
            "Effect": "Allow",
            "Action": ["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem"],
            "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
        }]),
    );
}
