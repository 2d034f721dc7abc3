//! StackSets by moto, as far as it goes: it forgets the ids of operations, so that the engine cannot follow them. What the
//! adapter asks for is understood all the same, and what it answers is what the adapter expects.

use std::collections::BTreeMap;
use std::time::Duration;

use flagcdk_assembly::Region;
use flagcdk_engine::{
    Cloud, InstanceStatus, ObjectRequest, OperationId, StackRequest, StackSetRequest, TemplateSource, sha256,
};
use serde_json::json;

use flagcdk_tests::emulator::Server;

const REGIONS: [Region; 3] = [Region::EU_WEST_1, Region::SA_EAST_1, Region::US_EAST_1];
const BUCKET: &str = "templates";
const NAME: &str = "shop-bus";

#[tokio::test]
async fn stack_sets_are_created_updated_and_deleted() {
    let server = Server::start("moto_server", |command, port| {
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
    });
    let home = REGIONS[0];
    let cloud = server.connect(home).await;
    let bucket = json!({ "Resources": { "B": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": BUCKET } } } });
    let request = StackRequest {
        name: BUCKET.to_owned(),
        template: TemplateSource::Body(bucket.to_string()),
        parameters: BTreeMap::new(),
        tags: BTreeMap::new(),
        capabilities: Vec::new(),
        token: BUCKET.to_owned(),
    };
    cloud.create_stack(home, &request).await.unwrap();
    assert_eq!(cloud.stack(home, BUCKET).await.unwrap().unwrap().status, "CREATE_COMPLETE");

    let first = template(30);
    let request = stack_set(&cloud, home, &first).await;
    cloud.create_stack_set(&request, "create").await.unwrap();
    cloud.create_instances(NAME, &REGIONS, &OperationId("create".into())).await.unwrap();
    let mut instances = cloud.instances(NAME).await.unwrap();
    instances.sort_by_key(|instance| instance.region);
    let found: Vec<_> = instances.iter().map(|instance| (instance.region, instance.status)).collect();
    assert_eq!(found, REGIONS.map(|region| (region, InstanceStatus::Current)));
    let state = cloud.stack_set(NAME).await.unwrap().unwrap();
    assert_eq!(state.template, first);
    assert_eq!(state.tags, request.tags);

    let second = template(60);
    let request = stack_set(&cloud, home, &second).await;
    cloud.update_stack_set(&request, &REGIONS, &OperationId("update".into())).await.unwrap();
    assert_eq!(cloud.stack_set(NAME).await.unwrap().unwrap().template, second);

    cloud.delete_instances(NAME, &REGIONS, &OperationId("delete".into())).await.unwrap();
    while !cloud.instances(NAME).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    cloud.delete_stack_set(NAME).await.unwrap();
    assert_eq!(cloud.stack_set(NAME).await.unwrap(), None);
}

fn template(visibility_timeout: i64) -> String {
    let properties = json!({ "QueueName": "shop", "VisibilityTimeout": visibility_timeout });
    json!({ "Resources": { "Queue": { "Type": "AWS::SQS::Queue", "Properties": properties } } }).to_string()
}

/// The StackSet with a template that lies in the bucket.
async fn stack_set(cloud: &impl Cloud, home: Region, template: &str) -> StackSetRequest {
    let account = cloud.identity().await.unwrap().account;
    let (body, digest) = (template.as_bytes(), sha256(template.as_bytes()));
    let object = ObjectRequest { bucket: BUCKET, owner: &account, key: &digest, body, sha256: &digest, replace: false };
    cloud.put_object(home, &object).await.unwrap();
    StackSetRequest {
        name: NAME.to_owned(),
        description: "the queue of each region".to_owned(),
        template_url: format!("https://{BUCKET}.s3.{home}.amazonaws.com/{digest}"),
        parameters: BTreeMap::new(),
        tags: BTreeMap::from([("flagcdk:app".to_owned(), "shop".to_owned())]),
        capabilities: Vec::new(),
        administration_role_arn: format!("arn:aws:iam::{account}:role/administration"),
        execution_role_name: "execution".to_owned(),
    }
}
