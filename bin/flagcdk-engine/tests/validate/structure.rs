use flagcdk_assembly::Placement;
use serde_json::json;

use crate::{assembly, check, check_assembly, resources, stack, topic};

#[test]
fn a_right_template_has_no_findings() {
    check(
        json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "a shop",
            "Parameters": { "Size": { "Type": "Number", "Default": 3, "MinValue": 1, "MaxValue": "5" } },
            "Mappings": { "Names": { "eu-west-1": { "Topic": "ireland" } } },
            "Conditions": { "Big": { "Fn::Equals": [{ "Ref": "Size" }, "3"] }, "Small": { "Fn::Not": [{ "Condition": "Big" }] } },
            "Resources": {
                "Topic": {
                    "Type": "AWS::SNS::Topic", "Condition": "Big", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain",
                    "Metadata": { "flagcdk:path": "Data/Topic/Resource" },
                    "Properties": { "TopicName": { "Fn::FindInMap": ["Names", { "Ref": "AWS::Region" }, "Topic"] } },
                },
                "Queue": { "Type": "AWS::SQS::Queue", "DependsOn": ["Topic"], "Properties": { "VisibilityTimeout": "30" } },
            },
            "Outputs": { "Arn": { "Value": { "Fn::GetAtt": "Queue.Arn" }, "Export": { "Name": "x:Arn" }, "Condition": "Small" } },
        }),
        &[],
    );
}

#[test]
fn sections() {
    check(json!({}), &["Data: the template has no resource, wanted at least one [validate::no-resources]"]);
    check(json!([]), &["Data: the template is a list with 0 items, wanted an object [validate::malformed]"]);
    check(
        json!({ "Resources": [] }),
        &["Data at Resources: `Resources` is a list with 0 items, wanted an object [validate::malformed]"],
    );
    check(
        json!({ "Resources": { "A": topic() }, "Ressources": {}, "AWSTemplateFormatVersion": "2010-09-10" }),
        &[
            r#"Data at AWSTemplateFormatVersion: the version is `"2010-09-10"`, wanted `"2010-09-09"` [validate::malformed]"#,
            "Data at Ressources: unknown section `Ressources`, wanted one of `AWSTemplateFormatVersion`, `Description`, `Metadata`, `Parameters`, `Rules`, `Mappings`, `Conditions`, `Transform`, `Resources`, `Outputs` [validate::unknown-section]",
        ],
    );
    check(
        json!({ "Resources": { "A": topic() }, "Description": "x".repeat(1_025), "Outputs": null }),
        &[
            "Data at Description: the description has 1,025 bytes, wanted 1,024 at most [validate::description-too-long]",
            "Data at Outputs: `Outputs` is `null`, wanted an object [validate::malformed]",
        ],
    );
    check(
        json!({ "Resources": { "A": topic() }, "Description": 3 }),
        &["Data at Description: the description is `3`, wanted a text [validate::malformed]"],
    );
}

#[test]
fn names() {
    check(
        resources(json!({ "A-b": topic(), "": topic(), "Ä": topic() })),
        &[
            "Data at Resources.: the name `` has other characters than letters and digits [validate::bad-logical-id]",
            "Data at Resources.A-b: the name `A-b` has other characters than letters and digits [validate::bad-logical-id]",
            "Data at Resources.Ä: the name `Ä` has other characters than letters and digits [validate::bad-logical-id]",
        ],
    );
    check(
        resources(json!({ "A".repeat(256): topic() })),
        &[
            "Data at Resources.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA: the name has 256 characters, wanted 255 at most [validate::bad-logical-id]",
        ],
    );
    check(
        json!({ "Resources": { "A": topic() }, "Parameters": { "A": { "Type": "String", "Default": "" } } }),
        &["Data/A: a parameter and a resource both have the name `A` [validate::duplicate-key]"],
    );
}

#[test]
fn resource_attributes() {
    check(
        resources(json!({ "A": 3, "B": {}, "C": { "Type": 3 } })),
        &[
            "Data at Resources.A: a resource is `3`, wanted an object with `Type` [validate::malformed]",
            "Data/B: the resource `B` has no `Type` [validate::malformed]",
            "Data/C at Type: `Type` is `3`, wanted a text such as `AWS::SQS::Queue` [validate::malformed]",
        ],
    );
    check(
        resources(json!({ "A": { "Type": "AWS::SNS::Topic", "Properties": [] } })),
        &["Data/A at Properties: `Properties` is a list with 0 items, wanted an object [validate::malformed]"],
    );
    check(
        resources(json!({ "A": { "Type": "AWS::SNS::Topic", "Dependson": "B", "TopicName": "x" } })),
        &[
            "Data/A at Dependson: resources have no attribute `Dependson`, wanted one of `Type`, `Properties`, `DependsOn`, `Condition`, `Metadata`, `CreationPolicy`, `UpdatePolicy`, `DeletionPolicy`, `UpdateReplacePolicy` [validate::unknown-section]",
            "Data/A at TopicName: resources have no attribute `TopicName`, wanted one of `Type`, `Properties`, `DependsOn`, `Condition`, `Metadata`, `CreationPolicy`, `UpdatePolicy`, `DeletionPolicy`, `UpdateReplacePolicy` [validate::unknown-section]",
        ],
    );
    check(
        resources(json!({ "A": {
            "Type": "AWS::SNS::Topic", "DeletionPolicy": "retain", "UpdateReplacePolicy": "Snapshot", "Metadata": 1,
        } })),
        &[
            r#"Data/A at DeletionPolicy: `DeletionPolicy` is `"retain"`, wanted one of `Delete`, `Retain`, `RetainExceptOnCreate`, `Snapshot` [validate::bad-value]"#,
            "Data/A at Metadata: `Metadata` is `1`, wanted an object [validate::malformed]",
            "Data/A at UpdateReplacePolicy: `AWS::SNS::Topic` cannot make snapshots [validate::bad-value]",
        ],
    );
    check(
        resources(json!({ "A": { "Type": "AWS::SNS::Topic", "DeletionPolicy": { "Ref": "AWS::Region" } } })),
        &[
            "Data/A at DeletionPolicy: `DeletionPolicy` is an object with `Ref`, wanted one of `Delete`, `Retain`, `RetainExceptOnCreate`, `Snapshot` [validate::bad-value]",
        ],
    );
}

#[test]
fn outputs() {
    check(
        json!({ "Resources": { "A": topic() }, "Outputs": {
            "A": "x", "B": {}, "C": { "Value": ["x"] }, "D": { "Value": "x".repeat(4_097) },
            "E": { "Value": "x", "Export": "name" }, "F": { "Value": "x", "Exports": {}, "Description": [] },
        } }),
        &[
            r#"Data at Outputs.A: an output is `"x"`, wanted an object with `Value` [validate::malformed]"#,
            "Data at Outputs.B: the output has no `Value` [validate::malformed]",
            "Data at Outputs.C.Value: the value is a list with 1 item, wanted a text; use `Fn::Join` for a list [validate::malformed]",
            "Data at Outputs.D.Value: the value has 4,097 bytes, wanted 4,096 at most [validate::value-too-long]",
            r#"Data at Outputs.E.Export: `Export` is `"name"`, wanted an object with `Name` alone [validate::malformed]"#,
            "Data at Outputs.F.Description: the description is a list with 0 items, wanted a text [validate::malformed]",
            "Data at Outputs.F.Exports: outputs have no `Exports`, wanted one of `Description`, `Value`, `Export`, `Condition` [validate::unknown-section]",
        ],
    );
}

#[test]
fn mappings() {
    check(
        json!({ "Resources": { "A": topic() }, "Mappings": { "A": 1, "B": { "r": 1 }, "C": { "r": { "k": { "Ref": "x" } } } } }),
        &[
            "Data at Mappings.A: a mapping is `1`, wanted an object of objects [validate::malformed]",
            "Data at Mappings.B.r: a row of a mapping is `1`, wanted an object [validate::malformed]",
            "Data at Mappings.C.r.k: the value is an object with `Ref`, wanted a text or a list of texts [validate::malformed]",
        ],
    );
}

#[test]
fn parameters() {
    check(
        json!({ "Resources": { "A": topic() }, "Parameters": {
            "A": 1, "B": { "Default": "" }, "C": { "Type": "Strin", "Default": "" }, "D": { "Type": "String" },
            "E": { "Type": "String", "Default": "x", "AllowedValues": ["a", "b"] },
            "F": { "Type": "String", "Default": "x", "AllowedPattern": "[a-c]", "MinLength": 2 },
            "G": { "Type": "Number", "Default": "x" },
            "H": { "Type": "Number", "Default": 7, "MaxValue": 5, "MinValue": 9 },
            "I": { "Type": "String", "Default": "hunter2", "NoEcho": true, "MaxLength": 3 },
            "J": { "Type": "String", "Default": ["x"], "Defaults": 1 },
            "K": { "Type": "CommaDelimitedList", "Default": "a,b", "AllowedValues": ["a", "b", "c"] },
            "L": { "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a" },
            "M": { "Type": "List<AWS::EC2::Subnet::Id>", "Default": "x".repeat(4_097) },
        } }),
        &[
            "Data at Parameters.A: a parameter is `1`, wanted an object with `Type` [validate::malformed]",
            "Data at Parameters.B: the parameter has no `Type` [validate::malformed]",
            "Data at Parameters.C.Type: unknown type of parameter `Strin` [validate::bad-value]",
            "Data at Parameters.D: the parameter has no default, and no wire or asset gives it a value [validate::parameter-without-value]",
            r#"Data at Parameters.E.Default: the default is `"x"`, wanted one of `a`, `b` [validate::bad-value]"#,
            r#"Data at Parameters.F.Default: the default is `"x"`, wanted 2 characters at least [validate::bad-value]"#,
            r#"Data at Parameters.F.Default: the default is `"x"`, wanted a text that matches `[a-c]` [validate::bad-value]"#,
            r#"Data at Parameters.G.Default: the default is `"x"`, wanted a number [validate::bad-value]"#,
            "Data at Parameters.H.Default: the default is `7`, wanted 5 at most [validate::bad-value]",
            "Data at Parameters.H.Default: the default is `7`, wanted 9 at least [validate::bad-value]",
            "Data at Parameters.I.Default: the default is (hidden), wanted 3 characters at most [validate::bad-value]",
            "Data at Parameters.J.Default: the default is a list with 1 item, wanted a text or a number [validate::malformed]",
            "Data at Parameters.J.Defaults: parameters have no `Defaults`, wanted one of `AllowedPattern`, `AllowedValues`, `ConstraintDescription`, `Default`, `Description`, `MaxLength`, `MaxValue`, `MinLength`, `MinValue`, `NoEcho`, `Type` [validate::unknown-section]",
            r#"Data at Parameters.M.Default: the default is `"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"`…, wanted 4,096 bytes at most [validate::bad-value]"#,
            "Data/A: a parameter and a resource both have the name `A` [validate::duplicate-key]",
        ],
    );
}

#[test]
fn what_is_no_json() {
    let check = |text: &str, expected: &[&str]| {
        let mut app = assembly([(stack("Data", Placement::Home), json!({}))]);
        app.templates.insert("Data.template.json".into(), text.into());
        check_assembly(&app, expected);
    };
    check(
        "",
        &["Data at Data.template.json: not JSON: EOF while parsing a value at line 1 column 0 [validate::not-json]"],
    );
    check(
        "{\"Resources\": {",
        &["Data at Data.template.json: not JSON: EOF while parsing an object at line 1 column 15 [validate::not-json]"],
    );
    check(
        &"{\"a\":".repeat(10_000),
        &["Data at Data.template.json: not JSON: recursion limit exceeded at line 1 column 636 [validate::not-json]"],
    );
    check(
        &"[".repeat(10_000),
        &["Data at Data.template.json: not JSON: recursion limit exceeded at line 1 column 128 [validate::not-json]"],
    );
    check(
        r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic"}, "A": {"Type": "AWS::SNS::Topic"}}}"#,
        &["Data at Resources.A: the key is there twice, and all but the last would be lost [validate::duplicate-key]"],
    );
    check(
        r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "\ud800"}}}}"#,
        &[
            "Data at Data.template.json: not JSON: unexpected end of hex escape at line 1 column 84 [validate::not-json]",
        ],
    );
}
