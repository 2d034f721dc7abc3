//! What holds for all constructs alike: what becomes of their resources, tags, and how they are imported.

use flagcdk::apigatewayv2::{HttpApi, HttpApiProps};
use flagcdk::cloudwatch::AlarmRef;
use flagcdk::dynamodb::{Key, Table, TableProps, TableRef};
use flagcdk::events::{EventBus, EventBusProps, EventBusRef};
use flagcdk::kinesis::{Stream, StreamProps, StreamRef};
use flagcdk::kms::{Key as KmsKey, KeyProps};
use flagcdk::lambda::{Code, Function, FunctionProps, FunctionRef};
use flagcdk::logs::{LogGroup, LogGroupProps, LogGroupRef};
use flagcdk::opensearch::DomainRef;
use flagcdk::route53::{HostedZone, HostedZoneProps};
use flagcdk::s3::{Bucket, BucketProps, BucketRef};
use flagcdk::scheduler::{ScheduleGroup, ScheduleGroupProps, ScheduleGroupRef};
use flagcdk::secretsmanager::{Secret, SecretProps};
use flagcdk::sns::{Topic, TopicProps, TopicRef};
use flagcdk::sqs::{Queue, QueueProps, QueueRef};
use flagcdk::ssm::{ParameterRef, StringParameter, StringParameterProps};
use flagcdk::stepfunctions::StateMachineRef;
use flagcdk::{Arn, IntoValue, Scope, Value};
use serde_json::Value as Json;

use crate::{SAMPLES, resources};

/// Types of which people lose something when they are deleted.
const STATEFUL: [&str; 12] = [
    "AWS::DynamoDB::Table",
    "AWS::Events::Archive",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::Lambda::LayerVersion",
    "AWS::Logs::LogGroup",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Route53::HostedZone",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SSM::Parameter",
];

#[test]
fn what_becomes_of_stateful_resources_is_always_said() {
    let mut seen: Vec<String> = Vec::new();
    for (name, fill) in SAMPLES.iter().copied().flatten() {
        for (id, resource) in resources(fill).as_object().unwrap() {
            let kind = resource["Type"].as_str().unwrap();
            if STATEFUL.contains(&kind) {
                assert!(resource["DeletionPolicy"].is_string(), "{name}: {id}");
                assert_eq!(resource["DeletionPolicy"], resource["UpdateReplacePolicy"], "{name}: {id}");
                seen.push(kind.to_owned());
            }
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen, STATEFUL);
}

#[test]
fn tags_reach_whatever_takes_them() {
    let check = |make: &dyn Fn(&Scope), property: &str, in_list: bool| {
        let resources = resources(|stack| {
            let scope = stack.construct("Team");
            scope.tag("team", "orders");
            make(&scope);
        });
        let tags = &resources["TeamX"]["Properties"][property];
        let found = if in_list { &tags[0]["Value"] } else { &tags["team"] };
        assert_eq!(found, "orders", "{resources}");
    };
    let code = || Code::cargo("orders");
    check(&|scope| drop(Bucket::new(scope, "X", BucketProps::builder().build())), "Tags", true);
    check(&|scope| drop(KmsKey::new(scope, "X", KeyProps::builder().build())), "Tags", true);
    check(&|scope| drop(LogGroup::new(scope, "X", LogGroupProps::builder().build())), "Tags", true);
    check(&|scope| drop(Queue::new(scope, "X", QueueProps::builder().build())), "Tags", true);
    check(&|scope| drop(Topic::new(scope, "X", TopicProps::builder().build())), "Tags", true);
    check(&|scope| drop(Secret::new(scope, "X", SecretProps::builder().build())), "Tags", true);
    check(&|scope| drop(Stream::new(scope, "X", StreamProps::builder().build())), "Tags", true);
    check(&|scope| drop(Function::new(scope, "X", FunctionProps::builder().code(code()).build())), "Tags", true);
    check(&|scope| drop(EventBus::new(scope, "X", EventBusProps::builder().name("b").build())), "Tags", true);
    check(&|scope| drop(ScheduleGroup::new(scope, "X", ScheduleGroupProps::builder().build())), "Tags", true);
    let table = || TableProps::builder().partition_key(Key::text("id")).build();
    check(&|scope| drop(Table::new(scope, "X", table())), "Tags", true);
    let zone = || HostedZoneProps::builder().name("example.com").build();
    check(&|scope| drop(HostedZone::new(scope, "X", zone())), "HostedZoneTags", true);
    let parameter = || StringParameterProps::builder().value("1").build();
    check(&|scope| drop(StringParameter::new(scope, "X", parameter())), "Tags", false);
    check(&|scope| drop(HttpApi::new(scope, "X", HttpApiProps::builder().build())), "Tags", false);
}

#[test]
fn what_is_imported_by_its_arn_has_its_name() {
    let check = |arn: &str, import: &dyn Fn(Value<Arn>) -> (Value<Arn>, Value<String>), name: &str| {
        let value: Value<Arn> = arn.into_value();
        assert_eq!(import(value.clone()), (value, name.into()), "{arn}");
    };
    macro_rules! import {
        ($reference:ty) => {
            &|arn| {
                let reference = <$reference>::from_arn(arn);
                (reference.arn(), reference.name())
            }
        };
    }
    let place = "eu-west-1:111122223333";
    check("arn:aws:s3:::files", import!(BucketRef), "files");
    check(&format!("arn:aws:sqs:{place}:work"), import!(QueueRef), "work");
    check(&format!("arn:aws:sns:{place}:news"), import!(TopicRef), "news");
    check(&format!("arn:aws:dynamodb:{place}:table/orders"), import!(TableRef), "orders");
    check(&format!("arn:aws:kinesis:{place}:stream/clicks"), import!(StreamRef), "clicks");
    check(&format!("arn:aws:lambda:{place}:function:count"), import!(FunctionRef), "count");
    check(&format!("arn:aws:logs:{place}:log-group:/a/b:*"), import!(LogGroupRef), "/a/b");
    check(&format!("arn:aws:events:{place}:event-bus/shop"), import!(EventBusRef), "shop");
    let domain = |arn| {
        let domain = DomainRef::from_arn(arn, "vpc-audit.eu-west-1.es.amazonaws.com");
        (domain.arn(), domain.name())
    };
    check(&format!("arn:aws:es:{place}:domain/audit"), &domain, "audit");
    check(&format!("arn:aws:cloudwatch:{place}:alarm:down"), import!(AlarmRef), "down");
    check(&format!("arn:aws:states:{place}:stateMachine:ship"), import!(StateMachineRef), "ship");
}

#[test]
fn what_is_imported_by_its_name_has_its_arn() {
    let check = |arn: Value<Arn>, expected: &str| {
        let resources = resources(|stack| {
            stack.add("X", flagcdk::RawResource::new("A::B::C").set("Arn", arn));
        });
        let expected = format!("arn:${{AWS::Partition}}:{expected}");
        assert_eq!(resources["X"]["Properties"]["Arn"]["Fn::Sub"], Json::from(expected));
    };
    let place = "${AWS::Region}:${AWS::AccountId}";
    check(BucketRef::from_name("files").arn(), "s3:::files");
    check(QueueRef::from_name("work").arn(), &format!("sqs:{place}:work"));
    check(TopicRef::from_name("news").arn(), &format!("sns:{place}:news"));
    check(TableRef::from_name("orders").arn(), &format!("dynamodb:{place}:table/orders"));
    check(StreamRef::from_name("clicks").arn(), &format!("kinesis:{place}:stream/clicks"));
    check(FunctionRef::from_name("count").arn(), &format!("lambda:{place}:function:count"));
    check(LogGroupRef::from_name("/a/b").arn(), &format!("logs:{place}:log-group:/a/b:*"));
    check(EventBusRef::from_name("shop").arn(), &format!("events:{place}:event-bus/shop"));
    check(AlarmRef::from_name("down").arn(), &format!("cloudwatch:{place}:alarm:down"));
    check(StateMachineRef::from_name("ship").arn(), &format!("states:{place}:stateMachine:ship"));
    check(ParameterRef::from_name("/shop/a").arn(), &format!("ssm:{place}:parameter/shop/a"));
    check(ParameterRef::from_name("a").arn(), &format!("ssm:{place}:parameter/a"));
    check(ScheduleGroupRef::from_name("jobs").arn(), &format!("scheduler:{place}:schedule-group/jobs"));
}
