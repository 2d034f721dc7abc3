//! Global tables, and the code of functions: what the services behind CloudFormation promise.

use serde_json::{Value, json};

use super::lab::{HOME, Lab, queue, tag};
use crate::dynamodb;

fn table(replicas: &[(&str, Option<&str>, bool)]) -> Value {
    let replicas: Vec<Value> = replicas
        .iter()
        .map(|(region, key, protected)| {
            let mut replica = json!({"Region": region, "DeletionProtectionEnabled": protected});
            if let Some(key) = key {
                replica["SSESpecification"] = json!({"KMSMasterKeyId": key});
            }
            replica
        })
        .collect();
    json!({"Resources": {"Table": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {
        "TableName": "flags",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "SSESpecification": {"SSEEnabled": true, "SSEType": "KMS"},
        "Replicas": replicas,
    }}}, "Outputs": {"Stream": {"Value": {"Fn::GetAtt": ["Table", "StreamArn"]}}}})
}

fn alias() -> Value {
    json!({"Resources": {"Alias": {"Type": "AWS::KMS::Alias", "Properties": {
        "AliasName": "alias/flags", "TargetKeyId": "key"
    }}}})
}

fn describe(lab: &mut Lab, region: &str) -> Result<Value, String> {
    lab.cloud.advance();
    let body = json!({"TableName": "flags"}).to_string();
    dynamodb::answer(&mut lab.cloud, "DescribeTable", region, body.as_bytes())
        .map(|text| serde_json::from_str::<Value>(&text).unwrap()["Table"].clone())
        .map_err(|error| error.code)
}

fn status_and_cause(lab: &mut Lab, described: &str, stack: &str) -> (String, String) {
    let events = lab.ask("DescribeStackEvents", &[("StackName", stack)]);
    let cause = super::lab::members(&events)
        .iter()
        .rev()
        .find(|event| tag(event, "ResourceStatus").ends_with("_FAILED"))
        .map(|event| tag(event, "ResourceStatusReason"))
        .unwrap_or_default();
    (tag(described, "StackStatus"), cause)
}

#[test]
fn each_replica_has_a_stream_of_its_own() {
    let mut lab = Lab::new();
    let described = lab.stack(HOME, "Data", &table(&[(HOME, None, false), ("eu-west-1", None, false)]));
    let home = describe(&mut lab, HOME).unwrap();
    let away = describe(&mut lab, "eu-west-1").unwrap();
    assert_eq!(home["LatestStreamArn"], tag(&described, "OutputValue"));
    assert_ne!(home["LatestStreamLabel"], away["LatestStreamLabel"]);
    let arn = away["LatestStreamArn"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:dynamodb:eu-west-1:123456789012:table/flags/stream/20"), "{arn}");
    assert_eq!(home["Replicas"], json!([{"RegionName": "eu-west-1", "ReplicaStatus": "ACTIVE"}]));
    assert!(describe(&mut lab, "eu-west-2").unwrap_err().ends_with("#ResourceNotFoundException"));
}

#[test]
fn the_region_of_the_stack_is_among_the_replicas() {
    let mut lab = Lab::new();
    let described = lab.stack(HOME, "Data", &table(&[("eu-west-1", None, false)]));
    let (status, cause) = status_and_cause(&mut lab, &described, "Data");
    assert_eq!(status, "ROLLBACK_COMPLETE");
    assert!(cause.contains("Replicas must contain an entry for the current region"), "{cause}");
}

#[test]
fn one_replica_is_added_or_removed_in_an_update() {
    let mut lab = Lab::new();
    let with = |regions: &[&str]| table(&regions.iter().map(|region| (*region, None, false)).collect::<Vec<_>>());
    lab.stack(HOME, "Data", &with(&[HOME, "eu-west-1"]));
    let described = lab.update(HOME, "Data", &with(&[HOME, "eu-west-1", "eu-west-2", "eu-west-3"]));
    let (status, cause) = status_and_cause(&mut lab, &described, "Data");
    assert_eq!(status, "UPDATE_ROLLBACK_COMPLETE");
    assert!(cause.contains("Only one replica can be added or removed"), "{cause}");
    assert!(describe(&mut lab, "eu-west-2").is_err());
    let described = lab.update(HOME, "Data", &with(&[HOME, "eu-west-1", "eu-west-2"]));
    assert_eq!(tag(&described, "StackStatus"), "UPDATE_COMPLETE");
    let before = describe(&mut lab, "eu-west-1").unwrap()["LatestStreamArn"].clone();
    let described = lab.update(HOME, "Data", &with(&[HOME, "eu-west-1"]));
    assert_eq!(tag(&described, "StackStatus"), "UPDATE_COMPLETE");
    assert!(describe(&mut lab, "eu-west-2").is_err());
    assert_eq!(describe(&mut lab, "eu-west-1").unwrap()["LatestStreamArn"], before);
}

#[test]
fn the_key_of_a_replica_is_in_its_region() {
    let mut lab = Lab::new();
    let template = table(&[(HOME, Some("alias/flags"), false), ("eu-west-1", Some("alias/flags"), false)]);
    lab.stack(HOME, "Keys", &alias());
    let described = lab.stack(HOME, "Data", &template);
    let (status, cause) = status_and_cause(&mut lab, &described, "Data");
    assert_eq!(status, "ROLLBACK_COMPLETE");
    assert!(cause.contains("no such key in eu-west-1"), "{cause}");
    lab.ask("DeleteStack", &[("StackName", "Data")]);
    lab.stack("eu-west-1", "Keys", &alias());
    assert_eq!(tag(&lab.stack(HOME, "Data", &template), "StackStatus"), "CREATE_COMPLETE");
    let foreign = table(&[
        (HOME, Some("alias/flags"), false),
        ("eu-west-1", Some("arn:aws:kms:us-east-1:123456789012:key/1"), false),
    ]);
    let described = lab.update(HOME, "Data", &foreign);
    assert_eq!(tag(&described, "StackStatus"), "UPDATE_ROLLBACK_COMPLETE");
}

#[test]
fn a_protected_table_is_not_deleted() {
    let mut lab = Lab::new();
    lab.stack(HOME, "Data", &table(&[(HOME, None, true), ("eu-west-1", None, true)]));
    lab.ask("DeleteStack", &[("StackName", "Data")]);
    let described = lab.ask("DescribeStacks", &[("StackName", "Data")]);
    let (status, cause) = status_and_cause(&mut lab, &described, "Data");
    assert_eq!(status, "DELETE_FAILED");
    assert!(cause.contains("protected against deletion"), "{cause}");
    // Its table can be given up, which the state of the stack now allows.
    lab.ask("DeleteStack", &[("StackName", "Data"), ("RetainResources.member.1", "Table")]);
    assert!(lab.try_in(HOME, "DescribeStacks", &[("StackName", "Data")]).is_err());
    assert!(describe(&mut lab, "eu-west-1").is_ok());
    // The name stays taken, in every region with a replica.
    let other = table(&[("eu-west-1", None, false)]);
    let described = lab.stack("eu-west-1", "Other", &other);
    assert_eq!(tag(&described, "StackStatus"), "ROLLBACK_COMPLETE");
}

#[test]
fn code_lies_in_a_bucket_of_the_region() {
    let mut lab = Lab::new();
    let bucket =
        |name: &str| json!({"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}}});
    lab.stack(HOME, "Near", &bucket("near-code"));
    lab.stack("eu-west-1", "Far", &bucket("far-code"));
    lab.put_object("near-code", "code.zip", b"zip");
    lab.put_object("far-code", "code.zip", b"zip");
    let function = |bucket: &str, key: &str| {
        json!({"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {
            "Role": "arn:aws:iam::123456789012:role/r",
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Code": {"S3Bucket": bucket, "S3Key": key},
        }}}})
    };
    for (index, (bucket, key, words)) in [
        ("near-code", "code.zip", None),
        ("near-code", "other.zip", Some("S3 Error Code: NoSuchKey")),
        ("no-code", "code.zip", Some("S3 Error Code: NoSuchBucket")),
        ("far-code", "code.zip", Some("S3 Error Code: PermanentRedirect")),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("F{index}");
        let described = lab.stack(HOME, &name, &function(bucket, key));
        let (status, cause) = status_and_cause(&mut lab, &described, &name);
        match words {
            None => assert_eq!(status, "CREATE_COMPLETE", "{cause}"),
            Some(words) => assert!(cause.contains(words), "{cause}"),
        }
    }
}

#[test]
fn a_bucket_with_objects_is_not_deleted() {
    let mut lab = Lab::new();
    let mut template = queue("x");
    template["Resources"]["Bucket"] = json!({"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full-bucket"}});
    lab.stack(HOME, "Thing", &template);
    lab.put_object("full-bucket", "key", b"bytes");
    lab.ask("DeleteStack", &[("StackName", "Thing")]);
    let described = lab.ask("DescribeStacks", &[("StackName", "Thing")]);
    let (status, cause) = status_and_cause(&mut lab, &described, "Thing");
    assert_eq!(status, "DELETE_FAILED");
    assert!(cause.contains("The bucket you tried to delete is not empty."), "{cause}");
    assert_eq!(tag(&described, "StackStatusReason"), "The following resource(s) failed to delete: [Bucket].");
    // The queue is gone, whatever became of the bucket.
    assert_eq!(super::lab::members(&lab.ask("ListStackResources", &[("StackName", "Thing")])).len(), 1);
}
