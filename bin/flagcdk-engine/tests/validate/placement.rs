use flagcdk_assembly::{Capability, Placement, Region};
use serde_json::{Value as Json, json};

use crate::{assembly, check, check_assembly, check_everywhere, resources, stack};

fn one(kind: &str, properties: Json) -> Json {
    resources(json!({ "R": { "Type": kind, "Properties": properties } }))
}

fn table(regions: &[&str]) -> Json {
    let replicas: Vec<_> = regions.iter().map(|region| json!({ "Region": region })).collect();
    one(
        "AWS::DynamoDB::GlobalTable",
        json!({
            "AttributeDefinitions": [{ "AttributeName": "a", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "a", "KeyType": "HASH" }],
            "Replicas": replicas,
        }),
    )
}

fn role(name: Json) -> Json {
    one("AWS::IAM::Role", json!({ "AssumeRolePolicyDocument": {}, "RoleName": name }))
}

#[test]
fn once_only() {
    check(table(&["eu-west-1", "us-east-1"]), &[]);
    check_everywhere(
        table(&["eu-west-1", "us-east-1"]),
        &[
            "Regional/R at Type: `AWS::DynamoDB::GlobalTable` is in a stack of every region, and one stack owns the table and all of its replicas [validate::once-only]",
        ],
    );
    check_everywhere(
        one("AWS::IAM::ServiceLinkedRole", json!({ "AWSServiceName": "es.amazonaws.com" })),
        &[
            "Regional/R at Type: `AWS::IAM::ServiceLinkedRole` is in a stack of every region, and IAM is global, and an account has one role for each service [validate::once-only]",
        ],
    );
    check_everywhere(
        one("AWS::Route53::HostedZone", json!({ "Name": "shop.example" })),
        &[
            "Regional/R at Name: every region would make a public zone of this name, and the world asks one of them [validate::once-only]",
        ],
    );
    check_everywhere(
        one(
            "AWS::Route53::HostedZone",
            json!({ "Name": "shop.internal", "VPCs": [{ "VPCId": "v", "VPCRegion": { "Ref": "AWS::Region" } }] }),
        ),
        &[],
    );
    check_everywhere(
        one("AWS::SecretsManager::Secret", json!({ "Name": "s", "ReplicaRegions": [{ "Region": "us-east-1" }] })),
        &[
            "Regional/R at ReplicaRegions: every region makes this secret and would replicate it to others under the same name [validate::once-only]",
        ],
    );
    check_everywhere(
        one("AWS::CloudFormation::Stack", json!({ "TemplateURL": "https://x.s3.amazonaws.com/t" })),
        &[
            "Regional/R at Type: the stack is in every region, and StackSets take no nested stacks [validate::nested-stack]",
        ],
    );
    check(one("AWS::CloudFormation::Stack", json!({ "TemplateURL": "https://x.s3.amazonaws.com/t" })), &[]);
}

#[test]
fn names_that_are_global() {
    check(role(json!("shop-worker")), &[]);
    check_everywhere(
        role(json!("shop-worker")),
        &[
            "Regional/R at RoleName: the name `shop-worker` is the same in every region, and has to be unique in the account [validate::fixed-name]",
        ],
    );
    check_everywhere(
        role(json!({ "Fn::Sub": "shop-${AWS::AccountId}" })),
        &[
            "Regional/R at RoleName: the name is the same in every region, and has to be unique in the account [validate::fixed-name]",
        ],
    );
    check_everywhere(role(json!({ "Fn::Sub": "shop-${AWS::Region}" })), &[]);
    check_everywhere(role(json!({ "Fn::Sub": ["shop-${R}", { "R": { "Ref": "AWS::Region" } }] })), &[]);
    check_everywhere(role(json!({ "Fn::Join": ["-", ["shop", { "Ref": "AWS::StackName" }]] })), &[]);
    check_everywhere(
        role(json!({ "Fn::Join": ["-", ["shop", { "Ref": "AWS::Partition" }]] })),
        &[
            "Regional/R at RoleName: the name is the same in every region, and has to be unique in the account [validate::fixed-name]",
        ],
    );
    check_everywhere(
        one("AWS::S3::Bucket", json!({ "BucketName": "shop-assets" })),
        &[
            "Regional/R at BucketName: the name `shop-assets` is the same in every region, and has to be unique in the world [validate::fixed-name]",
        ],
    );
    check_everywhere(one("AWS::S3::Bucket", json!({})), &[]);
    check_everywhere(
        one(
            "AWS::Route53::RecordSet",
            json!({ "Name": "a.shop.example", "Type": "A", "HostedZoneId": "Z1", "TTL": "60", "ResourceRecords": ["1.2.3.4"] }),
        ),
        &["Regional/R at Name: every region would make the same record [validate::fixed-name]"],
    );
    // In an app of one region, nothing is made twice.
    let mut app = assembly([(stack("Regional", Placement::EveryRegion), role(json!("shop-worker")))]);
    app.manifest.regions = vec![Region::EU_WEST_1];
    check_assembly(&app, &[]);
}

#[test]
fn macros() {
    let mut template = one("AWS::SNS::Topic", json!({ "Colour": 1 }));
    template["Transform"] = json!("AWS::Serverless-2016-10-31");
    let with = |placement: Placement, template: &Json| {
        let mut entry = stack("Data", placement);
        entry.capabilities.push(Capability::AutoExpand);
        assembly([(entry, template.clone())])
    };
    check_assembly(
        &with(Placement::Home, &template),
        &[
            "Data at Transform: the template has a macro or a loop, so that its references and properties are not checked [validate::unchecked-macro]",
        ],
    );
    check_assembly(
        &with(Placement::EveryRegion, &template),
        &["Data at Transform: the stack is in every region, and StackSets take no macros [validate::nested-stack]"],
    );
    let include = one(
        "AWS::SNS::Topic",
        json!({ "DisplayName": { "Fn::Transform": { "Name": "AWS::Include", "Parameters": {} } } }),
    );
    check_assembly(
        &with(Placement::EveryRegion, &include),
        &[
            "Data/R at DisplayName.Fn::Transform: the stack is in every region, and StackSets take no macros [validate::nested-stack]",
        ],
    );
    let extended = json!({
        "Transform": ["AWS::LanguageExtensions"],
        "Resources": { "R": { "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": { "Fn::ToJsonString": { "a": 1 } } } } },
    });
    check_assembly(&with(Placement::Home, &extended), &[]);
}

#[test]
fn loops() {
    let template = json!({
        "Transform": "AWS::LanguageExtensions",
        "Resources": { "Fn::ForEach::Queues": ["Name", ["a", "b"], { "Queue${Name}": { "Type": "AWS::SQS::Queue" } }] },
        "Outputs": { "Fn::ForEach::Outputs": ["Name", ["a", "b"], { "Out${Name}": { "Value": { "Ref": { "Fn::Sub": "Queue${Name}" } } } }] },
    });
    let mut entry = stack("Data", Placement::Home);
    entry.capabilities.push(Capability::AutoExpand);
    check_assembly(
        &assembly([(entry, template)]),
        &[
            "Data at Transform: the template has a macro or a loop, so that its references and properties are not checked [validate::unchecked-macro]",
        ],
    );
}

#[test]
fn availability() {
    let cases = one("AWS::AppRunner::Service", json!({ "SourceConfiguration": {} }));
    let mut app = assembly([(stack("Regional", Placement::EveryRegion), cases)]);
    app.manifest.regions = vec![Region::EU_WEST_1, Region::SA_EAST_1, Region::AF_SOUTH_1];
    check_assembly(
        &app,
        &[
            "Regional/R at Type: `AWS::AppRunner::Service` does not exist in `sa-east-1`, `af-south-1` [validate::not-in-region]",
        ],
    );
}

#[test]
fn replicas() {
    check(
        table(&["us-east-1"]),
        &[
            "Data/R at Replicas: the home region `eu-west-1` is not among the replicas `us-east-1` [validate::home-not-replica]",
        ],
    );
    check(
        table(&["eu-west-1", "eu-west-1", "mars-east-1"]),
        &[
            "Data/R at Replicas: `Replicas` is a list with 3 items, wanted a list in which no item is twice [validate::bad-value]",
            "Data/R at Replicas.1.Region: the region `eu-west-1` has a replica already [validate::bad-value]",
            "Data/R at Replicas.2.Region: unknown region `mars-east-1` [validate::bad-value]",
        ],
    );
    let mut own = table(&["us-east-1"]);
    own["Resources"]["R"]["Properties"]["Replicas"][0]["Region"] = json!({ "Ref": "AWS::Region" });
    check(own, &[]);
}
