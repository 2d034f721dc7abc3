//! Whatever an assembly holds, validation ends, and with findings rather than a panic.

use flagcdk_assembly::Placement;
use flagcdk_engine::validate;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use crate::{assembly, check, stack};

/// Words that mean something in templates, so that random ones get far.
fn word() -> impl Strategy<Value = String> {
    let words: Vec<&'static str> = vec![
        "A",
        "B",
        "C",
        "AWS::Region",
        "AWS::NoValue",
        "Ref",
        "Fn::GetAtt",
        "Fn::Sub",
        "Fn::If",
        "Fn::FindInMap",
        "Fn::Join",
        "Fn::Select",
        "Fn::Split",
        "Fn::Cidr",
        "Fn::ImportValue",
        "Fn::Equals",
        "Fn::Not",
        "Fn::And",
        "Fn::Or",
        "Condition",
        "Fn::Transform",
        "Fn::Nothing",
        "Type",
        "Properties",
        "DependsOn",
        "Metadata",
        "flagcdk:path",
        "Value",
        "Export",
        "Name",
        "Default",
        "AWS::SQS::Queue",
        "AWS::DynamoDB::GlobalTable",
        "AWS::Lambda::Function",
        "AWS::IAM::Role",
        "Custom::X",
        "Replicas",
        "Region",
        "Tags",
        "Key",
        "QueueName",
        "RoleName",
        "Code",
        "eu-west-1",
        "A.Arn",
        "${A.B}${!C}${",
        "Arn",
        "String",
        "{{resolve:ssm:x}}",
    ];
    prop_oneof![9 => prop::sample::select(words).prop_map(str::to_owned), 1 => "\\PC{0,8}"]
}

fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        word().prop_map(Json::from),
    ];
    leaf.prop_recursive(6, 48, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((word(), inner), 0..4)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

fn section() -> impl Strategy<Value = Json> {
    prop_oneof![
        9 => prop::collection::vec((word(), value()), 0..4).prop_map(|entries| Json::Object(entries.into_iter().collect())),
        1 => value(),
    ]
}

fn resource() -> impl Strategy<Value = Json> {
    let kind = prop::sample::select(vec![
        "AWS::SQS::Queue",
        "AWS::DynamoDB::GlobalTable",
        "AWS::Lambda::Function",
        "AWS::IAM::Role",
        "AWS::EC2::Subnet",
        "AWS::RDS::DBInstance",
        "AWS::SecretsManager::Secret",
        "AWS::Route53::RecordSet",
    ]);
    let names = prop::sample::select(vec![
        "QueueName",
        "RedrivePolicy",
        "Tags",
        "Replicas",
        "AttributeDefinitions",
        "KeySchema",
        "Code",
        "Role",
        "Environment",
        "AssumeRolePolicyDocument",
        "Policies",
        "CidrBlock",
        "VpcId",
        "MasterUserPassword",
        "SecretString",
        "Name",
        "Type",
        "Arn",
    ]);
    let properties = prop::collection::vec((names.prop_map(str::to_owned), value()), 0..6);
    (kind, properties, value()).prop_map(|(kind, properties, condition)| {
        let properties: Map<String, Json> = properties.into_iter().collect();
        json!({ "Type": kind, "Properties": properties, "Condition": condition })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_templates(parameters in section(), mappings in section(), conditions in section(), outputs in section(),
                        others in section(), a in resource(), b in resource(), everywhere in any::<bool>()) {
        let mut all = others.as_object().cloned().unwrap_or_default();
        all.insert("A".into(), a);
        all.insert("B".into(), b);
        let template = json!({
            "Parameters": parameters, "Mappings": mappings, "Conditions": conditions, "Outputs": outputs, "Resources": all,
        });
        let placement = if everywhere { Placement::EveryRegion } else { Placement::Home };
        let app = assembly([(stack("Data", placement), template)]);
        prop_assert_eq!(validate(&app), validate(&app));
    }

    #[test]
    fn random_json(template in value()) {
        validate(&assembly([(stack("Data", Placement::Home), template)]));
    }

    #[test]
    fn random_text(text in "\\PC{0,64}") {
        let mut app = assembly([(stack("Data", Placement::Home), json!({}))]);
        app.templates.insert("Data.template.json".into(), text);
        validate(&app);
    }
}

#[test]
fn conditions_of_conditions_end() {
    // Each is defined twice by the next, so that to follow them all would double with each step.
    let conditions: Map<String, Json> = (0..200)
        .map(|n| {
            let next = json!({ "Condition": format!("C{}", n + 1) });
            (format!("C{n}"), json!({ "Fn::And": [next, next] }))
        })
        .chain([("C200".into(), json!({ "Fn::Equals": ["a", { "Ref": "AWS::Region" }] }))])
        .collect();
    let template = json!({
        "Conditions": conditions,
        "Resources": { "A": { "Type": "AWS::SQS::Queue", "Properties": { "DelaySeconds": { "Fn::If": ["C0", 1, 2] } } } },
    });
    check(template, &[]);
}
