//! What flows between stacks, what templates look like, and what is found when something is wrong.

use flagcdk_core::{
    App, Arn, Condition, LookUpKind, Placement, RawResource, Region, RemovalPolicy, Stack, TextSource, Value, text,
};
use serde_json::{Value as Json, json};

fn two_regions() -> App {
    App::new("dev-shop", Region::EU_WEST_1).regions([Region::EU_WEST_1, Region::US_EAST_1])
}

fn queue() -> RawResource {
    RawResource::new("AWS::SQS::Queue")
}

fn template(app: &App, stack: &str) -> Json {
    serde_json::from_str(app.synth().expect("the app is sound").template(stack)).expect("templates are JSON")
}

/// The codes and paths of what is found.
fn findings(app: &App) -> Vec<(String, String)> {
    app.synth()
        .expect_err("the app is not sound")
        .findings
        .into_iter()
        .map(|finding| (finding.code, finding.path))
        .collect()
}

#[test]
fn a_reference_between_stacks_of_a_region_is_an_export_and_an_import() {
    for (from, to) in [
        (Placement::EveryRegion, Placement::EveryRegion),
        (Placement::Home, Placement::Home),
        (Placement::EveryRegion, Placement::Home),
    ] {
        let app = two_regions();
        let (bus, worker) = (app.stack("Bus", from), app.stack("Worker", to));
        let topic = bus.add("Topic", RawResource::new("AWS::SNS::Topic"));
        worker.add("Queue", queue().set("Tags", topic.raw_attribute::<Arn>("TopicArn")));
        assert_eq!(
            template(&app, "Bus")["Outputs"]["TopicTopicArn"],
            json!({ "Value": { "Fn::GetAtt": ["Topic", "TopicArn"] }, "Export": { "Name": "dev-shop-bus:TopicTopicArn" } })
        );
        assert_eq!(
            template(&app, "Worker")["Resources"]["Queue"]["Properties"]["Tags"],
            json!({ "Fn::ImportValue": "dev-shop-bus:TopicTopicArn" })
        );
        let manifest = app.synth().unwrap().manifest;
        assert_eq!(manifest.stack("Worker").unwrap().depends_on, ["Bus"]);
        assert!(manifest.stack("Worker").unwrap().wires.is_empty());
    }
}

#[test]
fn a_reference_from_every_region_to_home_is_a_wire() {
    let app = two_regions();
    let regional = app.stack("Regional", Placement::EveryRegion);
    let data = app.stack("Data", Placement::Home);
    let table = data.add("Table", RawResource::new("AWS::DynamoDB::GlobalTable"));
    regional.add("Queue", queue().set("QueueName", table.reference()));
    let assembly = app.synth().unwrap();
    let order: Vec<_> = assembly.manifest.stacks.iter().map(|stack| stack.id.as_str()).collect();
    assert_eq!(order, ["Data", "Regional"], "what is needed comes first");
    let wires = &assembly.manifest.stack("Regional").unwrap().wires;
    assert_eq!(
        (wires[0].parameter.as_str(), wires[0].stack.as_str(), wires[0].output.as_str()),
        ("DataTableRef", "Data", "TableRef")
    );
    let regional = template(&app, "Regional");
    assert_eq!(regional["Parameters"]["DataTableRef"]["Type"], "String");
    assert_eq!(regional["Resources"]["Queue"]["Properties"]["QueueName"], json!({ "Ref": "DataTableRef" }));
    assert!(template(&app, "Data")["Outputs"]["TableRef"].get("Export").is_none());
}

#[test]
fn a_look_up_is_a_mapping_with_a_row_for_each_region() {
    let app = two_regions();
    let stack = app.stack("Regional", Placement::EveryRegion);
    let kind = LookUpKind::DynamodbStream { table: TextSource::Literal { text: "flags".into() } };
    stack.add("Queue", queue().set("QueueName", stack.look_up("StreamArns", "Flags", kind)));
    let template = template(&app, "Regional");
    assert_eq!(
        template["Resources"]["Queue"]["Properties"]["QueueName"],
        json!({ "Fn::FindInMap": ["StreamArns", { "Ref": "AWS::Region" }, "Flags"] })
    );
    let rows = template["Mappings"]["StreamArns"].as_object().unwrap();
    assert_eq!(rows.keys().collect::<Vec<_>>(), ["eu-west-1", "us-east-1"]);
    assert_eq!(app.synth().unwrap().manifest.stack("Regional").unwrap().look_ups.len(), 1);
}

#[test]
fn joined_texts_are_as_readable_as_they_can_be() {
    let check = |value: fn(&Stack) -> Value<String>, expected: Json| {
        let app = two_regions();
        let stack = app.stack("S", Placement::EveryRegion);
        let value = value(&stack);
        stack.add("Queue", queue().set("QueueName", value));
        assert_eq!(template(&app, "S")["Resources"]["Queue"]["Properties"]["QueueName"], expected);
    };
    check(|_| text!["a", "-", String::from("b")], json!("a-b"));
    check(|_| text!["a-", Value::region()], json!({ "Fn::Sub": "a-${AWS::Region}" }));
    check(|_| text!["${raw}-", Value::region()], json!({ "Fn::Sub": "${!raw}-${AWS::Region}" }));
    check(|_| text!["a-", text!["b-", Value::account_id()]], json!({ "Fn::Sub": "a-b-${AWS::AccountId}" }));
    check(
        |stack| text![stack.add("Other", queue()).raw_attribute::<Arn>("Arn"), "/*"],
        json!({ "Fn::Sub": "${Other.Arn}/*" }),
    );
    check(
        |_| text!["a-", Value::<String>::import("shared:Name")],
        json!({ "Fn::Join": ["", ["a-", { "Fn::ImportValue": "shared:Name" }]] }),
    );
    check(|_| Value::when(&Condition::clone(&stack_condition()), "a", "b"), json!({ "Fn::If": ["IsHome", "a", "b"] }));
    check(
        |_| Value::availability_zones().select(1),
        json!({ "Fn::Select": [1, { "Fn::GetAZs": { "Ref": "AWS::Region" } }] }),
    );
    check(
        |_| Value::cidr("10.0.0.0/16", 6, 12).select(0),
        json!({ "Fn::Select": [0, { "Fn::Cidr": ["10.0.0.0/16", 6, 12] }] }),
    );
    check(|_| Value::secret("arn:x", "token"), json!("{{resolve:secretsmanager:arn:x:SecretString:token}}"));
}

fn stack_condition() -> Condition {
    let app = two_regions();
    app.stack("S", Placement::EveryRegion).condition("IsHome", Condition::equals(Value::region(), "eu-west-1"))
}

#[test]
fn conditions_policies_metadata_and_overrides_reach_the_template() {
    let app = two_regions();
    let stack = app.stack("S", Placement::EveryRegion).describe("what it is for");
    let home = stack.condition("IsHome", Condition::equals(Value::region(), "eu-west-1"));
    let first = stack.construct("Group").add("Resource", queue().set("DelaySeconds", 1));
    let second = stack.add("Second", queue());
    second.depends_on(&first).condition(&home).removal_policy(RemovalPolicy::Retain).metadata("why", "because");
    first.override_property("DelaySeconds", 5).override_property("RedrivePolicy.maxReceiveCount", 3);
    let template = template(&app, "S");
    assert_eq!(template["Description"], "what it is for");
    assert_eq!(template["Conditions"]["IsHome"], json!({ "Fn::Equals": [{ "Ref": "AWS::Region" }, "eu-west-1"] }));
    assert_eq!(
        template["Resources"]["Group"]["Properties"],
        json!({ "DelaySeconds": 5, "RedrivePolicy": { "maxReceiveCount": 3 } })
    );
    assert_eq!(
        template["Resources"]["Second"],
        json!({
            "Type": "AWS::SQS::Queue", "Condition": "IsHome", "DependsOn": ["Group"],
            "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain",
            "Metadata": { "flagcdk:path": "S/Second", "why": "because" },
        })
    );
}

#[test]
fn values_by_region_are_a_mapping() {
    let app = two_regions();
    let stack = app.stack("S", Placement::EveryRegion);
    let value = stack.by_region("Cidr", |region| format!("cidr of {region}"));
    stack.add("Queue", queue().set("QueueName", value));
    assert_eq!(template(&app, "S")["Mappings"]["Cidr"]["us-east-1"], json!({ "Value": "cidr of us-east-1" }));
}

#[test]
fn every_mistake_is_found_at_once() {
    let app = two_regions().regions([Region::US_EAST_1, Region::US_EAST_1, Region::CN_NORTH_1]);
    let stack = app.stack("S", Placement::EveryRegion);
    stack.add("Queue", queue());
    stack.add("Queue", queue());
    stack.add("a-b", queue());
    stack.add("a_b", queue());
    stack.add("", queue());
    stack.output("Url", "x");
    stack.output("Url", "y");
    stack.output("not good", "y");
    let queue = stack.add("Q3", queue().set("DelaySeconds", 1));
    queue.override_property("DelaySeconds.deep", 1);
    let found = findings(&app);
    let codes: std::collections::BTreeSet<_> = found.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(
        codes.into_iter().collect::<Vec<_>>(),
        [
            "synth::bad-id",
            "synth::bad-name",
            "synth::bad-override",
            "synth::duplicate-id",
            "synth::duplicate-output",
            "synth::duplicate-region",
            "synth::home-region-missing",
            "synth::logical-id-clash",
            "synth::mixed-partitions",
        ]
    );
    assert!(found.contains(&("synth::logical-id-clash".into(), "S/a_b".into())));
}

#[test]
fn a_cycle_of_stacks_is_told_with_its_whole_path() {
    let app = two_regions();
    let stacks: Vec<_> = ["A", "B", "C"].iter().map(|id| app.stack(id, Placement::EveryRegion)).collect();
    let queues: Vec<_> = stacks.iter().map(|stack| stack.add("Queue", queue())).collect();
    for index in 0..3 {
        stacks[index].add("User", queue().set("QueueName", queues[(index + 1) % 3].reference()));
    }
    let error = app.synth().unwrap_err();
    assert_eq!(error.findings.len(), 1);
    assert_eq!(error.findings[0].message, "stacks depend on each other: `A` -> `B` -> `C` -> `A`");
}

#[test]
fn tags_of_scopes_reach_taggable_resources_and_those_of_stacks_the_manifest() {
    use flagcdk_core::{Properties, Resource, TagProperty};

    struct Tagged;
    impl Resource for Tagged {
        type Reference = String;
        const TYPE_NAME: Option<&'static str> = Some("AWS::SQS::Queue");
        const TAGS: Option<TagProperty> = Some(TagProperty::List("Tags"));
        fn into_properties(self) -> Properties {
            let mut properties = Properties::new();
            properties.set("Tags", json!([{ "Key": "Name", "Value": "own" }]).into());
            properties
        }
    }

    let app = two_regions().tag("Owner", "team");
    let stack = app.stack("S", Placement::EveryRegion);
    stack.tag("CostCenter", "42");
    let group = stack.construct("Group");
    group.tag("Name", "group");
    group.tag("Tier", "gold");
    group.add("Queue", Tagged);
    let assembly = app.synth().unwrap();
    let tags: Vec<_> = assembly.manifest.stacks[0].tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(tags, ["CostCenter=42", "Owner=team", "flagcdk:app=dev-shop"]);
    assert_eq!(
        template(&app, "S")["Resources"]["GroupQueue"]["Properties"]["Tags"],
        json!([{ "Key": "Name", "Value": "own" }, { "Key": "Tier", "Value": "gold" }])
    );
}

#[test]
fn the_same_source_gives_the_same_bytes() {
    let make = || {
        let app = two_regions();
        let stack = app.stack("S", Placement::EveryRegion);
        for index in 0..50 {
            stack.add(&format!("Queue{index}"), queue().set("Tags", json!([{ "b": 1, "a": 2 }])));
        }
        app.synth().unwrap()
    };
    assert_eq!(make(), make());
}

#[test]
fn exceptions_land_where_they_are_read() {
    let app = App::new("shop", Region::EU_WEST_1);
    let stack = app.stack("Orders", Placement::Home);
    let area = stack.construct("Area");
    let topic = area.add("Topic", RawResource::new("AWS::SNS::Topic"));
    topic.metadata("checkov", json!({ "skip": [{ "id": "CKV_AWS_1", "comment": "before" }] }));
    topic.suppress("security::sns-tls", "only we publish").suppress("W47", "as said");
    area.add("Queue", RawResource::new("AWS::SQS::Queue"));
    area.suppress("security::sns-encryption", "no secrets here");
    stack.suppress_at("Area/Queue", "security::sqs-tls", "only we send");

    let template = template(&app, "Orders");
    let metadata = &template["Resources"]["AreaTopic"]["Metadata"];
    assert_eq!(
        metadata["flagcdk"]["suppress"],
        json!([
            { "id": "security::sns-tls", "reason": "only we publish" },
            { "id": "W47", "reason": "as said" },
            { "id": "security::sns-encryption", "reason": "no secrets here", "from": "Orders/Area" },
        ])
    );
    let skips: Vec<_> = metadata["checkov"]["skip"].as_array().unwrap().iter().map(|skip| &skip["id"]).collect();
    assert_eq!(skips, ["CKV_AWS_1", "CKV_AWS_26"]);
    let rules = metadata["cfn_nag"]["rules_to_suppress"].as_array().unwrap();
    assert_eq!(rules.iter().map(|rule| &rule["reason"]).collect::<Vec<_>>(), ["as said", "no secrets here"]);
    let metadata = &template["Resources"]["AreaQueue"]["Metadata"];
    assert_eq!(metadata["flagcdk"]["suppress"], json!([{ "id": "security::sqs-tls", "reason": "only we send" }]));
    assert_eq!(metadata["checkov"], Json::Null);
}

#[test]
fn exceptions_for_nothing_are_found() {
    let app = App::new("shop", Region::EU_WEST_1);
    let stack = app.stack("Orders", Placement::Home);
    stack.add("Queue", RawResource::new("AWS::SQS::Queue"));
    stack.suppress("security::kms-rotation", "there is no key");
    stack.suppress_at("Cue", "security::sqs-tls", "a slip of the pen");
    assert_eq!(
        findings(&app),
        [
            ("synth::unknown-construct".to_owned(), "Orders".to_owned()),
            ("synth::unused-suppression".to_owned(), "Orders".to_owned()),
        ]
    );
}

#[test]
fn only_names_of_the_account_are_to_be_acknowledged() {
    let check = |kind: &str, property: &'static str, expected: &[flagcdk_assembly::Capability]| {
        let app = App::new("shop", Region::EU_WEST_1);
        app.stack("Orders", Placement::Home).add("It", RawResource::new(kind).set(property, "name".to_owned()));
        assert_eq!(app.synth().unwrap().manifest.stacks[0].capabilities, expected, "{kind} {property}");
    };
    use flagcdk_assembly::Capability::{Iam, NamedIam};
    check("AWS::IAM::Role", "RoleName", &[NamedIam]);
    check("AWS::IAM::Role", "Description", &[Iam]);
    check("AWS::IAM::RolePolicy", "RoleName", &[Iam]);
    check("AWS::IAM::Policy", "PolicyName", &[Iam]);
    check("AWS::SQS::Queue", "QueueName", &[]);
}
