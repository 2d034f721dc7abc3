//! What bends resources and templates: overrides, attributes, aspects and the sections of a template.

use std::cell::RefCell;
use std::rc::Rc;

use flagcdk_core::{
    App, Condition, Output, Parameter, Placement, RawResource, Region, RemovalPolicy, ResourceTypes, Stack, Value,
};
use serde_json::{Value as Json, json};

fn app() -> (App, Stack) {
    let app = App::new("shop", Region::EU_WEST_1);
    let stack = app.stack("Main", Placement::Home);
    (app, stack)
}

fn template(app: &App) -> Json {
    let assembly = app.synth().unwrap_or_else(|error| panic!("{error}"));
    serde_json::from_str(assembly.template("Main")).expect("templates are JSON")
}

fn codes(app: &App) -> Vec<String> {
    let findings = app.synth().map_or_else(|error| error.findings, |assembly| assembly.manifest.warnings);
    findings.into_iter().map(|finding| format!("{} {}", finding.code, finding.path)).collect()
}

fn queue() -> RawResource {
    RawResource::new("AWS::SQS::Queue")
}

#[test]
fn every_attribute_can_be_said_and_overridden() {
    let (app, stack) = app();
    let topic = stack.add("Topic", RawResource::new("AWS::SNS::Topic"));
    let group = stack.add("Group", RawResource::new("AWS::AutoScaling::AutoScalingGroup"));
    group
        .creation_policy(json!({ "ResourceSignal": { "Count": 1 } }))
        .override_attribute("CreationPolicy.ResourceSignal.Timeout", "PT5M")
        .update_policy(json!({ "AutoScalingReplacingUpdate": { "WillReplace": true } }))
        .deletion_policy(RemovalPolicy::RetainExceptOnCreate)
        .update_replace_policy(RemovalPolicy::Snapshot)
        .override_property("NotificationConfigurations.TopicARN", topic.reference())
        .override_attribute("Metadata.flagcdk:path", Json::Null)
        .override_attribute("DependsOn", json!(["Topic"]));
    assert_eq!(
        template(&app)["Resources"]["Group"],
        json!({
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "CreationPolicy": { "ResourceSignal": { "Count": 1, "Timeout": "PT5M" } },
            "UpdatePolicy": { "AutoScalingReplacingUpdate": { "WillReplace": true } },
            "DeletionPolicy": "RetainExceptOnCreate",
            "UpdateReplacePolicy": "Snapshot",
            "DependsOn": ["Topic"],
            "Metadata": {},
            "Properties": { "NotificationConfigurations": { "TopicARN": { "Ref": "Topic" } } },
        })
    );
    group.override_attribute("Properties.X", 1).override_attribute("DeletionPolicy.X", 1);
    assert_eq!(codes(&app), ["synth::bad-attribute Main/Group", "synth::bad-override Main/Group"]);
}

#[test]
fn properties_are_read_as_the_template_will_have_them() {
    let (_app, stack) = app();
    let other = stack.add("Other", queue());
    let queue = stack.add("Queue", queue().set("RedrivePolicy", json!({ "maxReceiveCount": 3, "list": [1, 2] })));
    queue.override_property("RedrivePolicy.deadLetterTargetArn", other.raw_attribute::<String>("Arn"));
    queue.override_property("DelaySeconds", 5).override_property("RedrivePolicy.list.2", 3);
    let check = |path: &str, expected: Option<Json>| assert_eq!(queue.property(path), expected, "{path}");
    check("RedrivePolicy.maxReceiveCount", Some(json!(3)));
    check("RedrivePolicy.deadLetterTargetArn", Some(json!({ "Fn::GetAtt": ["Other", "Arn"] })));
    check("RedrivePolicy.list.2", Some(json!(3)));
    check("RedrivePolicy.list.x", None);
    check("DelaySeconds", Some(json!(5)));
    check("QueueName", None);
    queue.delete_property("DelaySeconds");
    check("DelaySeconds", None);
    queue.override_logical_id("OldQueue");
    assert_eq!((queue.logical_id().as_str(), queue.path().as_str()), ("OldQueue", "Main/Queue"));
    assert_eq!(queue.stack().id(), "Main");
}

#[test]
fn a_logical_id_can_be_kept() {
    let (app, stack) = app();
    let queue = stack.construct("New").add("Resource", queue());
    queue.override_logical_id("Old");
    stack.output("Url", queue.reference());
    let template = template(&app);
    assert_eq!(template["Resources"]["Old"]["Metadata"]["flagcdk:path"], "Main/New/Resource");
    assert_eq!(template["Outputs"]["Url"]["Value"], json!({ "Ref": "Old" }));
    queue.override_logical_id("not-good");
    assert_eq!(codes(&app), ["synth::bad-logical-id Main/New/Resource"]);
}

#[test]
fn changes_come_before_checks_each_in_its_order() {
    let (app, stack) = app();
    let inner = stack.construct("Inner");
    inner.add("A", queue().set("DelaySeconds", 1));
    stack.add("B", queue());
    stack.add("Topic", RawResource::new("AWS::SNS::Topic"));
    let trail = Rc::new(RefCell::new(Vec::new()));
    let log = |text: &'static str| {
        let trail = trail.clone();
        move |path: String| trail.borrow_mut().push(format!("{text} {path}"))
    };
    let say = log("check");
    app.check("AWS::SQS::Queue", move |queue| say(format!("{} {:?}", queue.path(), queue.property("DelaySeconds"))));
    let say = log("first");
    app.change("AWS::SQS::*", move |queue| {
        say(queue.path());
        queue.override_property("DelaySeconds", 2);
    });
    let say = log("second");
    inner.change(ResourceTypes::all(), move |queue| {
        say(queue.path());
        queue.override_property("DelaySeconds", 3);
    });
    let expected = [
        "first Main/Inner/A",
        "first Main/B",
        "second Main/Inner/A",
        "check Main/Inner/A Some(Number(3))",
        "check Main/B Some(Number(2))",
    ];
    app.synth().unwrap();
    assert_eq!(trail.take(), expected);
    app.synth().unwrap();
    assert_eq!(trail.take(), Vec::<String>::new(), "each resource is visited once");
    stack.add("C", queue());
    app.synth().unwrap();
    assert_eq!(trail.take(), ["first Main/C", "check Main/C Some(Number(2))"]);
}

#[test]
fn a_change_may_add_resources_for_the_changes_after_it() {
    let (app, stack) = app();
    stack.add("Queue", queue());
    let scope = stack.construct("Alarms");
    app.change("AWS::SQS::Queue", move |queue| {
        let alarm = RawResource::new("AWS::CloudWatch::Alarm").set("QueueName", queue.reference());
        scope.add(&queue.logical_id(), alarm);
    });
    app.set_defaults(RawResource::new("AWS::CloudWatch::Alarm").set("Threshold", 1).set("QueueName", "x"));
    let first = template(&app);
    assert_eq!(
        first["Resources"]["AlarmsQueue"]["Properties"],
        json!({ "QueueName": { "Ref": "Queue" }, "Threshold": 1 })
    );
    assert_eq!(first, template(&app));
}

#[test]
fn defaults_leave_what_is_said_and_enforced_properties_do_not() {
    let (app, stack) = app();
    stack.add("A", queue().set("DelaySeconds", 1));
    stack.add("B", queue());
    let home = stack.condition("IsHome", Condition::equals(Value::region(), "eu-west-1"));
    app.set_defaults(queue().set("DelaySeconds", Value::<i64>::when(&home, 5, 6)));
    app.enforce(queue().set("KmsMasterKeyId", "alias/x"));
    let template = template(&app);
    assert_eq!(template["Resources"]["A"]["Properties"], json!({ "DelaySeconds": 1, "KmsMasterKeyId": "alias/x" }));
    assert_eq!(
        template["Resources"]["B"]["Properties"],
        json!({ "DelaySeconds": { "Fn::If": ["IsHome", 5, 6] }, "KmsMasterKeyId": "alias/x" })
    );
}

#[test]
fn checks_report_at_the_resource_and_tags_can_be_given() {
    let (app, stack) = app();
    stack.add("Queue", queue()).tag("Tier", "gold");
    app.check("AWS::SQS::Queue", |queue| {
        queue.warning("policy::look", "worth a look", "look");
        queue.error("policy::wrong", "wrong", "mend it");
    });
    assert_eq!(codes(&app), ["policy::wrong Main/Queue", "policy::look Main/Queue"]);
    assert_eq!(app.resources().len(), 1);
}

#[test]
fn every_section_of_a_template_can_be_written() {
    let (app, stack) = app();
    stack.transform("AWS::LanguageExtensions");
    stack.transform("AWS::LanguageExtensions");
    stack.metadata("AWS::CloudFormation::Interface", json!({ "ParameterGroups": [] }));
    stack.parameter(
        "Size",
        Parameter::string().default_value("s").allowed_values(["s", "l"]).allowed_pattern("[sl]").length(1, 1),
    );
    stack.parameter("Count", Parameter::of_type("Number").default_value("2").range(1, 3).constraint_description("few"));
    stack.rule("R", json!({ "Assertions": [] }));
    let raw = stack.condition("Raw", json!({ "Fn::Equals": ["a", { "Ref": "Size" }] }));
    stack.add_output("Out", Output::new("x").export_name(Value::stack_name()).condition(&raw).description("d"));
    stack.rule("R", json!({}));
    assert_eq!(codes(&app), ["synth::duplicate-rule Main"]);

    let (app, stack) = self::app();
    stack.transform("AWS::LanguageExtensions");
    let raw = stack.condition("Raw", json!({ "Fn::Equals": ["a", "b"] }));
    stack.add_output("Out", Output::new("x").export_name(Value::stack_name()).condition(&raw).description("d"));
    stack.parameter("Count", Parameter::of_type("Number").default_value("2").range(1, 3));
    let template = template(&app);
    assert_eq!(template["Transform"], json!(["AWS::LanguageExtensions"]));
    assert_eq!(
        template["Outputs"]["Out"],
        json!({ "Value": "x", "Description": "d", "Condition": "Raw", "Export": { "Name": { "Ref": "AWS::StackName" } } })
    );
    assert_eq!(
        template["Parameters"]["Count"],
        json!({ "Type": "Number", "Default": "2", "MinValue": 1, "MaxValue": 3 })
    );
    let capabilities = &app.synth().unwrap().manifest.stacks[0].capabilities;
    assert_eq!(capabilities.iter().map(|one| one.as_str()).collect::<Vec<_>>(), ["CAPABILITY_AUTO_EXPAND"]);

    let app = App::new("shop", Region::EU_WEST_1);
    app.stack("All", Placement::EveryRegion).transform("AWS::Include");
    assert_eq!(codes(&app), ["synth::macro-in-stack-set All"]);
}
