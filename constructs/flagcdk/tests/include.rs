//! Included templates: what is kept, what is replaced, and what is said of bad ones.

use flagcdk::assertions::{Findings, Template, absent, like};
use flagcdk::{App, Arn, Include, Placement, RawResource, Region, Stack, Value, cfn};
use serde_json::json;

fn app() -> (App, Stack) {
    let app = App::new("shop", Region::EU_WEST_1);
    let stack = app.stack("Main", Placement::Home);
    (app, stack)
}

const LEGACY: &str = r#"
AWSTemplateFormatVersion: 2010-09-09
Description: what it was for
Metadata:
  Owner: team
Transform: AWS::LanguageExtensions
Parameters:
  Stage: { Type: String, Default: dev, AllowedValues: [dev, prod] }
  Account: { Type: String, Default: 012345678901 }
Rules:
  R: { Assertions: [{ Assert: !Equals [!Ref Stage, dev] }] }
Mappings:
  Sizes:
    dev: { Delay: 5 }
    prod: { Delay: 10 }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Condition: IsDev
  Orders:
    Type: AWS::SQS::Queue
    DependsOn: Topic
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Snapshot
    UpdatePolicy: { UseOnlineResharding: true }
    Metadata: { Why: because }
    Properties:
      QueueName: !Sub 'orders-${Stage}-${AWS::Region}'
      DelaySeconds: !FindInMap [Sizes, !Ref Stage, Delay]
      Tags:
        - Key: Deploy
          Value: Yes
        - Key: Version
          Value: !Sub ['${A}${Stage}', { A: 1.10 }]
Outputs:
  Arn:
    Value: !GetAtt Orders.Arn
    Description: where
    Condition: IsDev
    Export: { Name: !Sub '${AWS::StackName}-Arn' }
"#;

#[test]
fn every_section_is_kept_and_resources_can_be_bent() {
    let (_app, stack) = app();
    let legacy = Include::new(&stack, "Old", LEGACY);
    let orders = legacy.resource::<cfn::sqs::Queue>("Orders");
    orders.override_property("VisibilityTimeout", 60);
    orders.depends_on(&stack.add("New", cfn::sqs::Queue::new().queue_name(orders.get(cfn::sqs::Queue::QUEUE_NAME))));
    stack.add("Other", cfn::sns::Topic::new()).condition(&legacy.condition("IsProd"));
    stack.output("Stage", legacy.parameter("Stage"));
    assert_eq!(legacy.resources().keys().collect::<Vec<_>>(), ["Orders", "Topic"]);

    let template = Template::of(&stack);
    template.matches(json!({
        "Description": "what it was for",
        "Transform": ["AWS::LanguageExtensions"],
        "Metadata": { "Owner": "team" },
        "Parameters": {
            "Stage": { "Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"] },
            "Account": { "Default": "012345678901" },
        },
        "Rules": { "R": { "Assertions": [{ "Assert": { "Fn::Equals": [{ "Ref": "Stage" }, "dev"] } }] } },
        "Mappings": { "Sizes": { "dev": { "Delay": 5 }, "prod": { "Delay": 10 } } },
        "Conditions": {
            "IsProd": { "Fn::Equals": [{ "Ref": "Stage" }, "prod"] },
            "IsDev": { "Fn::Not": [{ "Condition": "IsProd" }] },
        },
        "Resources": {
            "Topic": { "Condition": "IsDev" },
            "Other": { "Condition": "IsProd" },
            "New": { "Properties": { "QueueName": { "Fn::GetAtt": ["Orders", "QueueName"] } } },
            "Orders": {
                "Type": "AWS::SQS::Queue",
                "DependsOn": ["New", "Topic"],
                "DeletionPolicy": "RetainExceptOnCreate",
                "UpdateReplacePolicy": "Snapshot",
                "UpdatePolicy": { "UseOnlineResharding": true },
                "Metadata": { "Why": "because", "flagcdk:path": "Main/Old/Orders" },
                "Properties": {
                    "QueueName": { "Fn::Sub": "orders-${Stage}-${AWS::Region}" },
                    "DelaySeconds": { "Fn::FindInMap": ["Sizes", { "Ref": "Stage" }, "Delay"] },
                    "VisibilityTimeout": 60,
                    "Tags": [
                        { "Key": "Deploy", "Value": "Yes" },
                        { "Key": "Version", "Value": { "Fn::Sub": ["${A}${Stage}", { "A": "1.10" }] } },
                    ],
                },
            },
        },
        "Outputs": {
            "Arn": {
                "Value": { "Fn::GetAtt": ["Orders", "Arn"] },
                "Description": "where",
                "Condition": "IsDev",
                "Export": { "Name": { "Fn::Sub": "${AWS::StackName}-Arn" } },
            },
            "Stage": { "Value": { "Ref": "Stage" } },
        },
    }));
}

#[test]
fn values_take_the_place_of_parameters() {
    let (_app, stack) = app();
    let other = stack.add("Other", cfn::sqs::Queue::new());
    let values = [("Stage", Value::from("prod")), ("Account", other.get(cfn::sqs::Queue::QUEUE_NAME))];
    let legacy = Include::with_parameters(&stack, "Old", LEGACY, values);
    assert_eq!(legacy.parameter("Stage").literal(), Some("prod"));
    Template::of(&stack).matches(like!({
        "Parameters": absent(),
        "Conditions": { "IsProd": { "Fn::Equals": ["prod", "prod"] } },
        "Rules": { "R": { "Assertions": [{ "Assert": { "Fn::Equals": ["prod", "dev"] } }] } },
        "Resources": {
            "Orders": {
                "Properties": {
                    "QueueName": { "Fn::Sub": ["orders-${Stage}-${AWS::Region}", { "Stage": "prod" }] },
                    "DelaySeconds": { "Fn::FindInMap": ["Sizes", "prod", "Delay"] },
                    "Tags": [
                        {},
                        { "Value": { "Fn::Sub": ["${A}${Stage}", { "A": "1.10", "Stage": "prod" }] } },
                    ],
                },
            },
        },
    }));
}

#[test]
fn what_is_included_can_be_used_by_other_stacks() {
    let (app, stack) = app();
    let legacy = Include::new(&stack, "Old", "Resources: { Orders: { Type: AWS::SQS::Queue } }");
    let other = app.stack("Other", Placement::Home);
    let arn: Value<Arn> = legacy.resource::<cfn::sqs::Queue>("Orders").get(cfn::sqs::Queue::ARN);
    other.output("Arn", arn);
    Template::of(&other).has_output("Arn", json!({ "Value": { "Fn::ImportValue": "shop-main:OrdersArn" } }));
}

#[test]
fn loops_stay_as_they_are_and_what_they_make_can_be_named() {
    let (app, stack) = app();
    let text = "
Transform: AWS::LanguageExtensions
Parameters:
  Stage: { Type: String }
Mappings:
  Fn::Transform: { Name: AWS::Include, Parameters: { Location: s3://bucket/mappings } }
Conditions:
  Fn::ForEach::Are: [Name, [Dev, Prod], { 'Is${Name}': !Equals [!Ref Stage, !Ref Name] }]
Resources:
  Fn::ForEach::Topics:
    - Name
    - [Paid, Sent]
    - Topic${Name}: { Type: AWS::SNS::Topic, Properties: { DisplayName: !Ref Stage } }
  Last: { Type: AWS::SQS::Queue, Condition: IsDev, DependsOn: [TopicPaid, First] }
  First: { Type: AWS::SQS::Queue }
Outputs:
  Fn::ForEach::Arns: [Name, !Ref Names, { 'Arn${Name}': { Value: !Ref 'Topic${Name}' } }]
  Url: { Value: !Ref Last, Condition: IsProd }
";
    let legacy = Include::with_parameters(&stack, "Old", text, [("Stage", "Dev".into())]);
    assert_eq!(legacy.resources().keys().collect::<Vec<_>>(), ["First", "Last"]);
    Template::of(&stack).matches(json!({
        "Transform": ["AWS::LanguageExtensions"],
        "Mappings": { "Fn::Transform": { "Name": "AWS::Include", "Parameters": { "Location": "s3://bucket/mappings" } } },
        "Conditions": {
            "Fn::ForEach::Are": ["Name", ["Dev", "Prod"], { "Is${Name}": { "Fn::Equals": ["Dev", { "Ref": "Name" }] } }],
        },
        "Resources": {
            "Fn::ForEach::Topics": ["Name", ["Paid", "Sent"], {
                "Topic${Name}": { "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": "Dev" } },
            }],
            "First": { "Type": "AWS::SQS::Queue" },
            "Last": { "Type": "AWS::SQS::Queue", "Condition": "IsDev", "DependsOn": ["TopicPaid", "First"] },
        },
        "Outputs": {
            "Fn::ForEach::Arns": ["Name", { "Ref": "Names" }, { "Arn${Name}": { "Value": { "Ref": "Topic${Name}" } } }],
            "Url": { "Value": { "Ref": "Last" }, "Condition": "IsProd" },
        },
    }));

    legacy.resource::<cfn::sns::Topic>("TopicPaid");
    let findings = Findings::of(&app);
    let found = findings.find("Main/Old", "include::unknown-resource");
    assert_eq!(
        found[0].help,
        "what `Fn::ForEach::Topics` makes has no handle here: write it out, or take another resource"
    );
}

#[test]
fn a_resource_is_had_as_what_it_is() {
    let (app, stack) = app();
    let legacy = Include::new(&stack, "Old", LEGACY);
    legacy.resource::<cfn::sqs::Queue>("Orders");
    legacy.resource::<RawResource>("Orders");
    assert_eq!(Findings::of(&app).codes().len(), 0);
    legacy.resource::<cfn::sns::Topic>("Orders");
    let findings = Findings::of(&app);
    assert_eq!(findings.codes(), ["resource::type"]);
    let found = findings.find("Main/Old/Orders", "resource::type");
    assert_eq!(found[0].message, "the resource is of type `AWS::SQS::Queue`, asked for was `AWS::SNS::Topic`");
}

#[test]
fn what_is_wrong_is_reported_with_its_place() {
    let check = |text: &str, expected: &[&str]| {
        let (app, stack) = app();
        Include::new(&stack, "Old", text);
        let findings = Findings::of(&app);
        let found: Vec<_> = findings.find("Main/Old", "include::*").into_iter().map(ToString::to_string).collect();
        let expected: Vec<_> = expected.iter().map(|text| format!("Main/Old: {text}")).collect();
        assert_eq!(found, expected, "{text}");
    };
    check("Resources: { Q: { Type: AWS::SQS::Queue } }", &[]);
    check("A: [\n", &["line 1, column 4: unclosed bracket '[' [include::text]"]);
    check(
        "Resources: []",
        &[
            "`Resources` of the included template is missing or not of the form that CloudFormation takes [include::form]",
        ],
    );
    check(
        "Hooks: {}\nResources:\n  A: {}\n  B: { Type: 'A::B::C', Size: 1, Condition: C, DependsOn: [X] }\n",
        &[
            "`Resources.A.Type` of the included template is missing or not of the form that CloudFormation takes \
             [include::form]",
            "`Resources.B` has `Size` [include::unknown-attribute]",
            "`Resources.B.Condition` names the condition `C`, which the included template does not have \
             [include::unknown-condition]",
            "`Resources.B.DependsOn` names the resource `X`, which the included template does not have \
             [include::unknown-resource]",
            "a section `Hooks` cannot be included [include::unknown-section]",
        ],
    );

    check(
        "Resources: { 'Fn::ForEach::T': [], Q: { Type: AWS::SQS::Queue, DependsOn: TopicA } }",
        &[
            "`Resources` has `Fn::ForEach::T`, and the template does not declare `AWS::LanguageExtensions` [include::macro]",
        ],
    );
    check(
        "Transform: AWS::LanguageExtensions\nMappings: { 'Fn::ForEach::M': [N, [A], {}] }\n\
         Resources: { 'Fn::ForEach::T': [N, {}], 'Fn::ForEach': [N, [A], {}] }\nOutputs: { 'Fn::ForEach::O': [N, A, {}] }",
        &[
            "`Mappings` has `Fn::ForEach::M`, and loops are not for mappings [include::macro]",
            "`Outputs` has `Fn::ForEach::O`, which is no loop [include::macro]",
            "`Resources` has `Fn::ForEach::T`, which is no loop [include::macro]",
            "`Resources` has `Fn::ForEach`, which makes nothing there [include::macro]",
        ],
    );

    let (app, stack) = app();
    let legacy = Include::with_parameters(&stack, "Old", LEGACY, [("Stagee", "x".into())]);
    stack.output("Url", legacy.resource::<cfn::sqs::Queue>("Order").reference());
    legacy.resource::<cfn::sqs::Queue>("Order");
    legacy.parameter("Nope");
    legacy.condition("IsPro");
    let mut codes = Findings::of(&app).codes().iter().map(ToString::to_string).collect::<Vec<_>>();
    codes.dedup();
    assert_eq!(codes, ["include::unknown-condition", "include::unknown-parameter", "include::unknown-resource"]);
    let findings = Findings::of(&app);
    assert_eq!(findings.find("Main/Old", "include::unknown-resource")[0].help, "did you mean `Orders`?");
}
