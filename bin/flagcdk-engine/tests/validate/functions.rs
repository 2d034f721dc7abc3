use serde_json::{Value as Json, json};

use crate::{assembly, check, check_assembly, check_everywhere, resources, stack, topic};
use flagcdk_assembly::Placement;

/// Holds the findings of a value of a property that is a text.
#[track_caller]
fn check_value(value: Json, expected: &[&str]) {
    let template = json!({
        "Parameters": { "Size": { "Type": "String", "Default": "3" } },
        "Mappings": { "M": { "eu-west-1": { "K": "x" }, "other": { "L": "y" } } },
        "Conditions": { "Big": { "Fn::Equals": [{ "Ref": "Size" }, "3"] } },
        "Resources": {
            "Queue": { "Type": "AWS::SQS::Queue" },
            "A": { "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": value } },
        },
    });
    check(template, expected);
}

#[test]
fn functions_that_are_right() {
    for value in [
        json!({ "Ref": "Queue" }),
        json!({ "Ref": "AWS::StackName" }),
        json!({ "Fn::GetAtt": ["Queue", "Arn"] }),
        json!({ "Fn::GetAtt": "Queue.Arn" }),
        json!({ "Fn::GetAtt": ["Queue", { "Ref": "Size" }] }),
        json!({ "Fn::GetAtt": ["Queue", "QueueName"] }),
        json!({ "Fn::Sub": "a-${AWS::Region}-${Queue.Arn}-${!literal}-${Size}" }),
        json!({ "Fn::Sub": ["${Name}", { "Name": { "Ref": "Queue" } }] }),
        json!({ "Fn::If": ["Big", { "Ref": "Queue" }, { "Ref": "AWS::NoValue" }] }),
        json!({ "Fn::FindInMap": ["M", { "Ref": "AWS::Region" }, "K"] }),
        json!({ "Fn::FindInMap": ["M", { "Ref": "Size" }, "L"] }),
        json!({ "Fn::FindInMap": [{ "Ref": "Size" }, "x", "y"] }),
        json!({ "Fn::Join": ["-", ["a", { "Ref": "Size" }]] }),
        json!({ "Fn::Join": ["-", { "Fn::GetAZs": "" }] }),
        json!({ "Fn::Select": ["0", { "Fn::Split": [",", "a,b"] }] }),
        json!({ "Fn::Select": [1, ["a", "b"]] }),
        json!({ "Fn::Base64": "x" }),
        json!({ "Fn::Select": [0, { "Fn::Cidr": ["10.0.0.0/16", 4, 8] }] }),
        json!({ "Fn::ImportValue": { "Fn::Sub": "${Size}-x" } }),
    ] {
        check_value(value, &[]);
    }
}

#[test]
fn references_to_nothing() {
    check_value(
        json!({ "Ref": "Queu" }),
        &[
            "Data/A at DisplayName.Ref: `Queu` is no resource and no parameter of the template [validate::unknown-reference]",
        ],
    );
    check_value(
        json!({ "Ref": "AWS::Regoin" }),
        &[
            "Data/A at DisplayName.Ref: `AWS::Regoin` is no resource and no parameter of the template [validate::unknown-reference]",
        ],
    );
    check_value(
        json!({ "Ref": ["Queue"] }),
        &["Data/A at DisplayName.Ref: the argument is a list with 1 item, wanted a name [validate::bad-function]"],
    );
    check_value(
        json!({ "Fn::GetAtt": ["Queu", "Arn"] }),
        &[
            "Data/A at DisplayName.Fn::GetAtt: `Queu` is no resource and no parameter of the template [validate::unknown-reference]",
        ],
    );
    check_value(
        json!({ "Fn::GetAtt": "Size.Arn" }),
        &[
            "Data/A at DisplayName.Fn::GetAtt: `Size` is a parameter, and only resources have attributes [validate::unknown-reference]",
        ],
    );
    check_value(
        json!({ "Fn::GetAtt": "Queue" }),
        &[
            r#"Data/A at DisplayName.Fn::GetAtt: the argument is `"Queue"`, wanted `Resource.Attribute` [validate::bad-function]"#,
        ],
    );
    check_value(
        json!({ "Fn::GetAtt": 3 }),
        &[
            "Data/A at DisplayName.Fn::GetAtt: the argument is `3`, wanted a resource and an attribute [validate::bad-function]",
        ],
    );
    check_value(
        json!({ "Fn::GetAtt": ["Queue", "ARN"] }),
        &[
            "Data/A at DisplayName.Fn::GetAtt: `AWS::SQS::Queue` has no attribute `ARN`, wanted one of `QueueUrl`, `Arn`, `QueueName` [validate::unknown-attribute]",
        ],
    );
    check_value(
        json!({ "Fn::GetAtt": ["Queue", "DelaySeconds"] }),
        &[
            "Data/A at DisplayName.Fn::GetAtt: `DelaySeconds` is a property of `AWS::SQS::Queue` that templates set, and CloudFormation may refuse to read it [validate::unknown-attribute]",
        ],
    );
    check_value(
        json!({ "Fn::Sub": "${Queue.Url} ${Nothing} ${Queue}" }),
        &[
            "Data/A at DisplayName.Fn::Sub: `AWS::SQS::Queue` has no attribute `Url`, wanted one of `QueueUrl`, `Arn`, `QueueName` [validate::unknown-attribute]",
            "Data/A at DisplayName.Fn::Sub: `Nothing` is no resource and no parameter of the template [validate::unknown-reference]",
        ],
    );
    check_value(
        json!({ "Fn::Sub": ["${Nam}", { "Name": "x" }] }),
        &[
            "Data/A at DisplayName.Fn::Sub: `Nam` is no resource and no parameter of the template [validate::unknown-reference]",
        ],
    );
    check_value(
        json!({ "Fn::Sub": ["${Name}"] }),
        &[
            "Data/A at DisplayName.Fn::Sub: the argument is a list with 1 item, wanted a text and an object of variables [validate::bad-function]",
        ],
    );
    check_value(
        json!({ "Fn::Sub": 3 }),
        &[
            "Data/A at DisplayName.Fn::Sub: the argument is `3`, wanted a text, or a text and an object of variables [validate::bad-function]",
        ],
    );
}

#[test]
fn arguments() {
    check_value(
        json!({ "Fn::If": ["Bigg", "a", "b"] }),
        &["Data/A at DisplayName.Fn::If.0: the template has no condition `Bigg` [validate::unknown-condition]"],
    );
    check_value(
        json!({ "Fn::If": ["Big", "a"] }),
        &[
            "Data/A at DisplayName.Fn::If: the argument is a list with 2 items, wanted a list of a condition and two values [validate::bad-function]",
        ],
    );
    check_value(
        json!({ "Fn::If": [{ "Ref": "Size" }, "a", "b"] }),
        &[
            "Data/A at DisplayName.Fn::If.0: the argument is an object with `Ref`, wanted the name of a condition [validate::bad-function]",
        ],
    );
    check_value(
        json!({ "Fn::Join": [1, "a"] }),
        &[
            "Data/A at DisplayName.Fn::Join: the argument is `1`, wanted a text as delimiter [validate::bad-function]",
            r#"Data/A at DisplayName.Fn::Join.1: the argument is `"a"`, wanted a list [validate::bad-function]"#,
        ],
    );
    check_value(
        json!({ "Fn::Join": ["a"] }),
        &[
            "Data/A at DisplayName.Fn::Join: the argument is a list with 1 item, wanted a list of a delimiter and a list [validate::bad-function]",
        ],
    );
    check_value(
        json!({ "Fn::Split": [",", ["a"]] }),
        &[
            "Data/A at DisplayName.Fn::Split.1: the argument is a list with 1 item, wanted a text [validate::bad-function]",
        ],
    );
    check_value(
        json!({ "Fn::Select": [2, ["a", "b"]] }),
        &["Data/A at DisplayName.Fn::Select: place 2 is chosen of a list of 2 [validate::bad-function]"],
    );
    check_value(
        json!({ "Fn::Select": ["x", ["a"]] }),
        &[
            r#"Data/A at DisplayName.Fn::Select: the argument is `"x"`, wanted a place in the list, from 0 [validate::bad-function]"#,
        ],
    );
    check_value(
        json!({ "Fn::Cidr": ["10.0.0.0/16"] }),
        &[
            "Data/A at DisplayName.Fn::Cidr: the argument is a list with 1 item, wanted a list of an address block, a count and the bits of each [validate::bad-function]",
        ],
    );
    check_value(
        json!({ "Fn::Base64": ["x"] }),
        &[
            "Data/A at DisplayName.Fn::Base64: the argument is a list with 1 item, wanted a text [validate::bad-function]",
        ],
    );
    check_value(
        json!({ "Fn::Equals": ["a", "b"] }),
        &["Data/A at DisplayName.Fn::Equals: `Fn::Equals` stands outside of `Conditions` [validate::bad-function]"],
    );
    check_value(
        json!({ "Fn::Subb": "x" }),
        &["Data/A at DisplayName.Fn::Subb: unknown function `Fn::Subb` [validate::unknown-function]"],
    );
    check_value(
        json!({ "Fn::ToJsonString": {} }),
        &[
            "Data/A at DisplayName.Fn::ToJsonString: `Fn::ToJsonString` is a function of the language extensions, which the template does not ask for [validate::unknown-function]",
        ],
    );
    check_value(
        json!({ "Fn::Sub": "x", "Other": 1 }),
        &[
            "Data/A at DisplayName: `Fn::Sub` stands beside other keys: `Fn::Sub`, `Other` [validate::bad-function]",
            "Data/A at DisplayName: `DisplayName` is an object with 2 keys, wanted a text [validate::wrong-type]",
        ],
    );
    check_value(
        Json::Null,
        &["Data/A at DisplayName: the value is `null`, which templates may not hold [validate::malformed]"],
    );
    check_value(
        json!("bucket-${AWS::Region}"),
        &[
            "Data/A at DisplayName: the text has `${AWS::…}` in it, which stays as it is outside of `Fn::Sub` [validate::missing-sub]",
        ],
    );
}

#[test]
fn mappings() {
    check_value(
        json!({ "Fn::FindInMap": ["N", "a", "b"] }),
        &["Data/A at DisplayName.Fn::FindInMap: the template has no mapping `N` [validate::unknown-mapping]"],
    );
    check_value(
        json!({ "Fn::FindInMap": ["M", "a", "K"] }),
        &["Data/A at DisplayName.Fn::FindInMap: the mapping `M` has no key `a` [validate::unknown-mapping]"],
    );
    check_value(
        json!({ "Fn::FindInMap": ["M", "eu-west-1", "L"] }),
        &["Data/A at DisplayName.Fn::FindInMap: the mapping `M` has no `L` in `eu-west-1` [validate::unknown-mapping]"],
    );
    check_value(
        json!({ "Fn::FindInMap": ["M", { "Ref": "AWS::Region" }, "L"] }),
        &["Data/A at DisplayName.Fn::FindInMap: the mapping `M` has no `L` in `eu-west-1` [validate::unknown-mapping]"],
    );
    check_value(
        json!({ "Fn::FindInMap": ["M", { "Ref": "Size" }, "Z"] }),
        &[
            "Data/A at DisplayName.Fn::FindInMap: the mapping `M` has no `Z` in `eu-west-1`, `other` [validate::unknown-mapping]",
        ],
    );
    check_value(
        json!({ "Fn::FindInMap": ["M", "a"] }),
        &[
            "Data/A at DisplayName.Fn::FindInMap: the argument is a list with 2 items, wanted a list of a mapping and two keys [validate::bad-function]",
        ],
    );
    check_value(
        json!({ "Fn::FindInMap": ["M", ["a"], "K"] }),
        &[
            "Data/A at DisplayName.Fn::FindInMap.1: the argument is a list with 1 item, wanted a text [validate::bad-function]",
        ],
    );
    // The stack is in a region that the mapping does not have.
    check_everywhere(
        json!({
            "Mappings": { "M": { "eu-west-1": { "K": "x" } } },
            "Resources": { "A": {
                "Type": "AWS::SNS::Topic",
                "Properties": { "DisplayName": { "Fn::FindInMap": ["M", { "Ref": "AWS::Region" }, "K"] } },
            } },
        }),
        &[
            "Regional/A at DisplayName.Fn::FindInMap: the mapping `M` has no key `us-east-1` [validate::unknown-mapping]",
        ],
    );
}

#[test]
fn conditions() {
    let check = |conditions: Json, expected: &[&str]| {
        check(json!({ "Conditions": conditions, "Resources": { "A": topic() } }), expected);
    };
    check(
        json!({ "C": { "Fn::Equals": [{ "Ref": "A" }, "x"] } }),
        &[
            "Data at Conditions.C.Fn::Equals.0.Ref: the condition names the resource `A`, and is decided before anything is made [validate::bad-function]",
        ],
    );
    check(
        json!({ "C": { "Fn::Equals": [{ "Fn::GetAtt": ["A", "TopicArn"] }, "x"] } }),
        &[
            "Data at Conditions.C.Fn::Equals.0.Fn::GetAtt: `Fn::GetAtt` cannot be used in a condition, which is decided before anything is made [validate::bad-function]",
        ],
    );
    check(
        json!({ "C": { "Fn::Equals": ["x"] } }),
        &[
            "Data at Conditions.C.Fn::Equals: the argument is a list with 1 item, wanted a list of two values [validate::bad-function]",
        ],
    );
    check(
        json!({ "C": { "Fn::And": [{ "Condition": "D" }] }, "D": { "Fn::Not": ["x", "y"] } }),
        &[
            "Data at Conditions.C.Fn::And: the argument is a list with 1 item, wanted a list of two to ten conditions [validate::bad-function]",
            "Data at Conditions.D.Fn::Not: the argument is a list with 2 items, wanted a list of a condition [validate::bad-function]",
        ],
    );
    check(
        json!({ "C": { "Fn::Not": [{ "Condition": "E" }] } }),
        &["Data at Conditions.C.Fn::Not.0.Condition: the template has no condition `E` [validate::unknown-condition]"],
    );
    check(
        json!({ "C": { "Fn::Not": [{ "Condition": "C" }] } }),
        &["Data at Conditions.C: conditions are defined by each other: `C` -> `C` [validate::condition-cycle]"],
    );
    check(
        json!({ "C": { "Fn::Not": [{ "Condition": "D" }] }, "D": { "Fn::Or": [{ "Condition": "E" }, { "Condition": "C" }] },
            "E": { "Fn::Equals": ["a", "b"] } }),
        &["Data at Conditions.C: conditions are defined by each other: `C` -> `D` -> `C` [validate::condition-cycle]"],
    );
}

#[test]
fn what_stands_beside_properties() {
    check(
        resources(json!({ "A": { "Type": "AWS::SNS::Topic", "DependsOn": "B", "Condition": "C" } })),
        &[
            "Data/A at Condition: the template has no condition `C` [validate::unknown-condition]",
            "Data/A at DependsOn: `B` is no resource and no parameter of the template [validate::unknown-reference]",
        ],
    );
    check(
        resources(json!({ "A": { "Type": "AWS::SNS::Topic", "DependsOn": ["A1", 3], "Condition": true } })),
        &[
            "Data/A at Condition: the argument is `true`, wanted the name of a condition [validate::bad-function]",
            "Data/A at DependsOn.0: `A1` is no resource and no parameter of the template [validate::unknown-reference]",
            "Data/A at DependsOn.1: the argument is `3`, wanted the logical id of a resource [validate::bad-function]",
        ],
    );
    check(
        resources(json!({ "A": { "Type": "AWS::SNS::Topic", "DependsOn": {} } })),
        &[
            "Data/A at DependsOn: the argument is an object with 0 keys, wanted the logical id of a resource, or a list of them [validate::bad-function]",
        ],
    );
    check(
        json!({ "Resources": { "A": topic() }, "Outputs": { "O": { "Value": { "Ref": "B" }, "Condition": "C" } } }),
        &[
            "Data at Outputs.O.Condition: the template has no condition `C` [validate::unknown-condition]",
            "Data at Outputs.O.Value.Ref: `B` is no resource and no parameter of the template [validate::unknown-reference]",
        ],
    );
}

#[test]
fn a_resource_of_another_stack() {
    check_assembly(
        &assembly([
            (stack("Keys", Placement::EveryRegion), resources(json!({ "Key": topic() }))),
            (
                stack("Data", Placement::Home),
                resources(
                    json!({ "A": { "Type": "AWS::SNS::Topic", "Properties": { "KmsMasterKeyId": { "Ref": "Key" } } } }),
                ),
            ),
        ]),
        &[
            "Data/A at KmsMasterKeyId.Ref: `Key` is a resource of the stack `Keys`, and a template can name only its own [validate::unknown-reference]",
        ],
    );
}

#[test]
fn cycles_are_shown_whole() {
    let node = |next: &str| json!({ "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": { "Ref": next } } });
    check(
        resources(json!({ "A": node("A") })),
        &["Data/A: resources need each other, so that none can be made first: `A` -> `A` [validate::resource-cycle]"],
    );
    check(
        resources(json!({ "A": node("B"), "B": { "Type": "AWS::SNS::Topic", "DependsOn": "A" } })),
        &[
            "Data/A: resources need each other, so that none can be made first: `A` -> `B` -> `A` [validate::resource-cycle]",
        ],
    );
    check(
        resources(json!({
            "A": node("B"), "B": { "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": { "Fn::Sub": "${C.TopicArn}" } } },
            "C": { "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": { "Fn::GetAtt": "D.TopicArn" } } },
            "D": node("B"), "E": node("A"),
        })),
        &[
            "Data/B: resources need each other, so that none can be made first: `B` -> `C` -> `D` -> `B` [validate::resource-cycle]",
        ],
    );
    let ring: serde_json::Map<String, Json> =
        (0..12).map(|at| (format!("R{at:02}"), node(&format!("R{:02}", (at + 1) % 12)))).collect();
    check(
        resources(Json::Object(ring)),
        &[
            "Data/R00: resources need each other, so that none can be made first: `R00` -> `R01` -> `R02` -> `R03` -> `R04` -> `R05` -> `R06` -> `R07` -> `R08` -> `R09` -> `R10` -> `R11` -> `R00` [validate::resource-cycle]",
        ],
    );
}

#[test]
fn what_is_named_is_made() {
    let check = |own: Option<&str>, value: Json, expected: &[&str]| {
        let mut by = json!({ "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": value } });
        if let Some(condition) = own {
            by["Condition"] = condition.into();
        }
        check(
            json!({
                "Parameters": { "Stage": { "Type": "String", "Default": "prod" } },
                "Conditions": {
                    "Prod": { "Fn::Equals": [{ "Ref": "Stage" }, "prod"] }, "Dev": { "Fn::Equals": [{ "Ref": "Stage" }, "dev"] },
                    "NotDev": { "Fn::Not": [{ "Condition": "Dev" }] },
                },
                "Resources": { "Key": { "Type": "AWS::SQS::Queue", "Condition": "NotDev" }, "By": by },
            }),
            expected,
        );
    };
    let key = json!({ "Ref": "Key" });
    let none = json!({ "Ref": "AWS::NoValue" });
    check(Some("NotDev"), key.clone(), &[]);
    check(Some("Prod"), key.clone(), &[]);
    check(None, json!({ "Fn::If": ["NotDev", key, none] }), &[]);
    check(None, json!({ "Fn::If": ["Prod", key, none] }), &[]);
    check(None, json!({ "Fn::If": ["Dev", "x", { "Fn::Sub": "${Key.Arn}" }] }), &[]);
    check(
        None,
        key.clone(),
        &[
            "Data/By at DisplayName.Ref: `Key` is named and not made (when `NotDev` is false) [validate::conditional-reference]",
        ],
    );
    check(
        Some("Dev"),
        key.clone(),
        &[
            "Data/By at DisplayName.Ref: `Key` is named and not made (when `Dev` is true and `NotDev` is false) [validate::conditional-reference]",
        ],
    );
    check(
        None,
        json!({ "Fn::If": ["Prod", "x", { "Fn::GetAtt": ["Key", "Arn"] }] }),
        &[
            "Data/By at DisplayName.Fn::If.2.Fn::GetAtt: `Key` is named and not made (when `NotDev` is false and `Prod` is false) [validate::conditional-reference]",
        ],
    );
}
