//! Every question of the engine, put to the simulated cloud over HTTP.

use std::collections::BTreeMap;

use flagcdk_assembly::{Capability, Region};
use flagcdk_aws::{AwsCloud, Connection, RequestsSent, StaticCredentials, Timing};
use flagcdk_engine::{
    Cloud, ErrorKind, InstanceStatus, ObjectRequest, OperationId, OperationStatus, ResultStatus, StackRequest,
    StackSetRequest, TemplateSource, sha256,
};
use flagcdk_sim::{Fault, FaultPlan, Rule, Running, Simulator};

const HOME: Region = Region::EU_CENTRAL_1;
const ACCOUNT: &str = "123456789012";
const BUCKET: &str = "flagcdk-assets";

/// A bucket, and the roles that StackSets need.
const FOUNDATION: &str = r#"{"Resources": {
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "flagcdk-assets"}},
    "Administration": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "admin",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
        "Policies": [{"PolicyName": "assume", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::123456789012:role/execution"}]}}]}},
    "Execution": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "execution",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}]},
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}}}}"#;

fn queue(seconds: u32) -> String {
    format!(
        r#"{{"Parameters": {{"Retention": {{"Type": "Number", "Default": 60}}}},
            "Resources": {{"Queue": {{"Type": "AWS::SQS::Queue", "Properties": {{
                "MessageRetentionPeriod": {{"Ref": "Retention"}}, "VisibilityTimeout": {seconds}}}}}}},
            "Outputs": {{"Url": {{"Value": {{"Ref": "Queue"}}}}}}}}"#
    )
}

const TABLE: &str = r#"{"Resources": {"Table": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {
    "TableName": "flags", "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    "Replicas": [{"Region": "eu-central-1"}, {"Region": "us-east-1"}]}}}}"#;

async fn connect(simulator: &Running) -> AwsCloud {
    let timing = Timing {
        first_backoff: std::time::Duration::from_millis(1),
        longest_backoff: std::time::Duration::from_millis(2),
        ..Timing::default()
    };
    let connection = Connection {
        endpoint_url: Some(simulator.endpoint_url().to_owned()),
        credentials: Some(StaticCredentials::simulated()),
        timing,
        ..Connection::new(HOME)
    };
    AwsCloud::connect(connection).await.expect("the endpoint is an address")
}

fn stack(name: &str, body: &str, token: &str) -> StackRequest {
    StackRequest {
        name: name.into(),
        template: TemplateSource::Body(body.into()),
        parameters: BTreeMap::new(),
        tags: [("flagcdk:project".into(), "flags".into())].into(),
        capabilities: vec![Capability::NamedIam],
        token: token.into(),
    }
}

/// Uploads a template and gives its address.
async fn publish(cloud: &AwsCloud, template: &str) -> String {
    let digest = sha256(template.as_bytes());
    let key = format!("templates/{digest}");
    let object = ObjectRequest {
        bucket: BUCKET,
        owner: ACCOUNT,
        key: &key,
        body: template.as_bytes(),
        sha256: &digest,
        replace: true,
    };
    cloud.put_object(HOME, &object).await.expect("the bucket is there");
    format!("https://{BUCKET}.s3.{HOME}.amazonaws.com/{key}")
}

fn stack_set(url: String) -> StackSetRequest {
    StackSetRequest {
        name: "flags".into(),
        description: "Flags".into(),
        template_url: url,
        parameters: [("Retention".into(), "120".into())].into(),
        tags: [("flagcdk:project".into(), "flags".into())].into(),
        capabilities: vec![Capability::NamedIam],
        administration_role_arn: format!("arn:aws:iam::{ACCOUNT}:role/admin"),
        execution_role_name: "execution".into(),
    }
}

#[tokio::test]
async fn who_and_where() {
    let simulator = Simulator::new().disable_region("af-south-1").start().await.unwrap();
    let cloud = connect(&simulator).await;
    assert_eq!(cloud.identity().await.unwrap().account, ACCOUNT);
    assert!(cloud.region_enabled(HOME).await.unwrap());
    assert!(cloud.region_enabled(Region::US_EAST_1).await.unwrap());
    assert!(!cloud.region_enabled(Region::AF_SOUTH_1).await.unwrap());
    assert_eq!(cloud.endpoint_url(), Some(simulator.endpoint_url()));
    assert_eq!(cloud.requests_sent().mutating, 0);
    simulator.shutdown().await;
}

#[tokio::test]
async fn the_life_of_a_stack() {
    let simulator = Simulator::new().start().await.unwrap();
    let cloud = connect(&simulator).await;
    assert_eq!(cloud.stack(HOME, "queue").await, Ok(None));
    let missing = cloud.stack_template(HOME, "queue").await.unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NotFound, "{missing}");
    let missing = cloud.stack_events(HOME, "queue").await.unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NotFound, "{missing}");
    let missing = cloud.stack_resources(HOME, "queue").await.unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NotFound, "{missing}");
    let missing = cloud.update_stack(HOME, &stack("queue", &queue(1), "u0")).await.unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NotFound, "{missing}");

    let mut request = stack("queue", &queue(1), "c1");
    request.parameters.insert("Retention".into(), "300".into());
    cloud.create_stack(HOME, &request).await.unwrap();
    let twice = cloud.create_stack(HOME, &stack("queue", &queue(2), "c2")).await.unwrap_err();
    assert_eq!(twice.kind, ErrorKind::AlreadyExists, "{twice}");
    let found = cloud.stack(HOME, "queue").await.unwrap().unwrap();
    assert_eq!(found.status, "CREATE_COMPLETE");
    assert_eq!(found.parameters, request.parameters);
    assert_eq!(found.tags, request.tags);
    assert!(found.outputs.contains_key("Url"), "{found:?}");
    assert!(found.id.starts_with("arn:aws:cloudformation:eu-central-1:123456789012:stack/queue/"), "{}", found.id);
    assert_eq!(cloud.stack_template(HOME, "queue").await.unwrap(), queue(1));

    request.token = "u1".into();
    let unchanged = cloud.update_stack(HOME, &request).await.unwrap_err();
    assert_eq!(unchanged.kind, ErrorKind::NothingToUpdate, "{unchanged}");
    request.template = TemplateSource::Body(queue(2));
    request.token = "u2".into();
    cloud.update_stack(HOME, &request).await.unwrap();
    assert_eq!(cloud.stack(HOME, "queue").await.unwrap().unwrap().status, "UPDATE_COMPLETE");
    let events = cloud.stack_events(HOME, "queue").await.unwrap();
    let (first, last) = (events.first().unwrap(), events.last().unwrap());
    assert_eq!((first.logical_id.as_str(), first.status.as_str()), ("queue", "UPDATE_IN_PROGRESS"), "{events:#?}");
    assert_eq!((last.logical_id.as_str(), last.status.as_str()), ("queue", "UPDATE_COMPLETE"), "{events:#?}");
    let resources = cloud.stack_resources(HOME, "queue").await.unwrap();
    let seen: Vec<_> = resources.iter().map(|found| (&*found.logical_id, &*found.resource_type)).collect();
    assert_eq!(seen, [("Queue", "AWS::SQS::Queue")]);

    cloud.delete_stack(HOME, "queue", "d1").await.unwrap();
    assert_eq!(cloud.stack(HOME, "queue").await, Ok(None));
    assert_eq!(cloud.stack(HOME, &found.id).await, Ok(None));
    let events = cloud.stack_events(HOME, &found.id).await.unwrap();
    assert_eq!(events.first().unwrap().status, "DELETE_IN_PROGRESS", "{events:#?}");
    assert_eq!(events.last().unwrap().status, "DELETE_COMPLETE", "{events:#?}");
    simulator.shutdown().await;
}

#[tokio::test]
async fn stacks_that_go_wrong() {
    let faults = FaultPlan::new().fail_stack("eu-central-1", "queue", 1, "no more queues");
    let simulator = Simulator::new().faults(faults).start().await.unwrap();
    let cloud = connect(&simulator).await;
    cloud.create_stack(HOME, &stack("queue", &queue(1), "c1")).await.unwrap();
    assert_eq!(cloud.stack(HOME, "queue").await.unwrap().unwrap().status, "ROLLBACK_COMPLETE");
    let events = cloud.stack_events(HOME, "queue").await.unwrap();
    let cause = events.iter().find(|event| event.status == "CREATE_FAILED").unwrap();
    assert_eq!((&*cause.logical_id, &*cause.resource_type), ("Queue", "AWS::SQS::Queue"));
    assert!(cause.reason.as_ref().unwrap().contains("no more queues"), "{cause:?}");

    let unnamed = StackRequest { capabilities: vec![], ..stack("foundation", FOUNDATION, "c2") };
    let refused = cloud.create_stack(HOME, &unnamed).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Rejected, "{refused}");
    assert!(refused.message.contains("CAPABILITY_NAMED_IAM"), "{refused}");
    let nonsense = cloud.create_stack(HOME, &stack("nonsense", "{", "c3")).await.unwrap_err();
    assert_eq!(nonsense.kind, ErrorKind::Rejected, "{nonsense}");
    let steady = cloud.continue_rollback(HOME, "queue", "r1").await.unwrap_err();
    assert_eq!(steady.kind, ErrorKind::Rejected, "{steady}");
    simulator.shutdown().await;
}

#[tokio::test]
async fn objects() {
    let simulator = Simulator::new().foreign_bucket("somebody-elses").start().await.unwrap();
    let cloud = connect(&simulator).await;
    cloud.create_stack(HOME, &stack("foundation", FOUNDATION, "c1")).await.unwrap();
    let digest = sha256(b"abc");
    let object = ObjectRequest {
        bucket: BUCKET,
        owner: ACCOUNT,
        key: "assets/a b+ü.zip",
        body: b"abc",
        sha256: &digest,
        replace: false,
    };
    assert_eq!(cloud.object_sha256(HOME, BUCKET, object.key).await, Ok(None));
    cloud.put_object(HOME, &object).await.unwrap();
    assert_eq!(cloud.object_sha256(HOME, BUCKET, object.key).await, Ok(Some(digest.clone())));
    let there = cloud.put_object(HOME, &object).await.unwrap_err();
    assert_eq!(there.kind, ErrorKind::AlreadyExists, "{there}");
    cloud.put_object(HOME, &ObjectRequest { replace: true, ..object }).await.unwrap();

    let other = sha256(b"abd");
    let corrupt = cloud.put_object(HOME, &ObjectRequest { sha256: &other, replace: true, ..object }).await.unwrap_err();
    assert_eq!(corrupt.kind, ErrorKind::ChecksumMismatch, "{corrupt}");
    assert_eq!(cloud.object_sha256(HOME, BUCKET, object.key).await, Ok(Some(digest.clone())));

    let missing = cloud.put_object(HOME, &ObjectRequest { bucket: "nowhere", ..object }).await.unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NotFound, "{missing}");
    let foreign = cloud.put_object(HOME, &ObjectRequest { bucket: "somebody-elses", ..object }).await.unwrap_err();
    assert_eq!(foreign.kind, ErrorKind::AccessDenied, "{foreign}");
    let foreign = cloud.object_sha256(HOME, "somebody-elses", object.key).await.unwrap_err();
    assert_eq!(foreign.kind, ErrorKind::AccessDenied, "{foreign}");
    let elsewhere = cloud.put_object(Region::US_WEST_2, &object).await.unwrap_err();
    assert_eq!(elsewhere.kind, ErrorKind::Rejected, "{elsewhere}");
    assert!(elsewhere.message.contains("eu-central-1"), "{elsewhere}");
    let elsewhere = cloud.object_sha256(Region::US_WEST_2, BUCKET, object.key).await.unwrap_err();
    assert!(elsewhere.message.contains("is in `eu-central-1`"), "{elsewhere}");
    simulator.shutdown().await;
}

#[tokio::test]
async fn streams() {
    let simulator = Simulator::new().start().await.unwrap();
    let cloud = connect(&simulator).await;
    assert_eq!(cloud.table_stream(HOME, "flags").await, Ok(None));
    cloud.create_stack(HOME, &stack("data", TABLE, "c1")).await.unwrap();
    assert_eq!(cloud.stack(HOME, "data").await.unwrap().unwrap().status, "CREATE_COMPLETE");
    for region in [HOME, Region::US_EAST_1] {
        let arn = cloud.table_stream(region, "flags").await.unwrap().unwrap();
        let beginning = format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/flags/stream/");
        assert!(arn.starts_with(&beginning), "{arn}");
    }
    assert_eq!(cloud.table_stream(Region::EU_WEST_1, "flags").await, Ok(None));
    simulator.shutdown().await;
}

#[tokio::test]
async fn the_life_of_a_stack_set() {
    let simulator = Simulator::new().start().await.unwrap();
    let cloud = connect(&simulator).await;
    let regions = [HOME, Region::SA_EAST_1, Region::US_EAST_1];
    let id = |id: &str| OperationId(id.into());
    cloud.create_stack(HOME, &stack("foundation", FOUNDATION, "c1")).await.unwrap();
    assert_eq!(cloud.stack(HOME, "foundation").await.unwrap().unwrap().status, "CREATE_COMPLETE");
    let request = stack_set(publish(&cloud, &queue(1)).await);

    assert_eq!(cloud.stack_set("flags").await, Ok(None));
    assert_eq!(cloud.instances("flags").await.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(cloud.operations("flags").await.unwrap_err().kind, ErrorKind::NotFound);
    cloud.create_stack_set(&request, "token-1").await.unwrap();
    cloud.create_stack_set(&request, "token-1").await.unwrap();
    let twice = cloud.create_stack_set(&request, "token-2").await.unwrap_err();
    assert_eq!(twice.kind, ErrorKind::AlreadyExists, "{twice}");
    let found = cloud.stack_set("flags").await.unwrap().unwrap();
    assert_eq!(found.template, queue(1));
    assert_eq!(found.parameters, request.parameters);
    assert_eq!(found.tags, request.tags);
    assert_eq!(found.description, "Flags");
    assert_eq!(cloud.instances("flags").await, Ok(vec![]));
    assert_eq!(cloud.operation("flags", &id("create-1")).await, Ok(None));

    cloud.create_instances("flags", &regions, &id("create-1")).await.unwrap();
    let operation = cloud.operation("flags", &id("create-1")).await.unwrap().unwrap();
    assert_eq!((operation.id, operation.status), (id("create-1"), OperationStatus::Succeeded));
    let again = cloud.create_instances("flags", &regions, &id("create-1")).await.unwrap_err();
    assert_eq!(again.kind, ErrorKind::AlreadyExists, "{again}");
    let instances = cloud.instances("flags").await.unwrap();
    let seen: Vec<_> = instances.iter().map(|instance| (instance.region, instance.status)).collect();
    assert_eq!(seen, regions.map(|region| (region, InstanceStatus::Current)));
    assert!(instances.iter().all(|instance| instance.detailed_status == "SUCCEEDED"), "{instances:#?}");
    assert!(instances.iter().all(|instance| instance.stack_id.is_some()), "{instances:#?}");
    let results = cloud.operation_results("flags", &id("create-1")).await.unwrap();
    let seen: Vec<_> = results.iter().map(|result| (result.region, result.status)).collect();
    assert_eq!(seen, regions.map(|region| (region, ResultStatus::Succeeded)));

    let request = stack_set(publish(&cloud, &queue(2)).await);
    let nowhere = cloud.update_stack_set(&request, &[], &id("update-0")).await.unwrap_err();
    assert_eq!(nowhere.kind, ErrorKind::Rejected, "{nowhere}");
    cloud.update_stack_set(&request, &[Region::SA_EAST_1], &id("update-1")).await.unwrap();
    let instances = cloud.instances("flags").await.unwrap();
    let seen: Vec<_> = instances.iter().map(|instance| (instance.region, instance.status)).collect();
    use InstanceStatus::{Current, Outdated};
    assert_eq!(seen, [(HOME, Outdated), (Region::SA_EAST_1, Current), (Region::US_EAST_1, Outdated)]);
    cloud.update_instances("flags", &[HOME, Region::US_EAST_1], &id("update-2")).await.unwrap();
    let instances = cloud.instances("flags").await.unwrap();
    assert!(instances.iter().all(|instance| instance.status == Current), "{instances:#?}");
    assert_eq!(cloud.stack_set("flags").await.unwrap().unwrap().template, queue(2));
    let operations = cloud.operations("flags").await.unwrap();
    let seen: Vec<_> = operations.iter().map(|operation| operation.id.0.as_str()).collect();
    assert_eq!(seen, ["update-2", "update-1", "create-1"]);

    assert_eq!(cloud.delete_stack_set("flags").await.unwrap_err().kind, ErrorKind::NotEmpty);
    cloud.delete_instances("flags", &regions, &id("delete-1")).await.unwrap();
    assert_eq!(cloud.instances("flags").await, Ok(vec![]));
    cloud.delete_stack_set("flags").await.unwrap();
    assert_eq!(cloud.stack_set("flags").await, Ok(None));
    simulator.shutdown().await;
}

#[tokio::test]
async fn a_region_that_fails_alone() {
    let faults = FaultPlan::new().fail_stack("sa-east-1", "flags", 1, "no more queues");
    let simulator = Simulator::new().faults(faults).start().await.unwrap();
    let cloud = connect(&simulator).await;
    cloud.create_stack(HOME, &stack("foundation", FOUNDATION, "c1")).await.unwrap();
    let request = stack_set(publish(&cloud, &queue(1)).await);
    cloud.create_stack_set(&request, "token-1").await.unwrap();
    let operation = OperationId("create-1".into());
    let regions = [Region::EU_WEST_1, Region::SA_EAST_1, Region::US_EAST_1];
    cloud.create_instances("flags", &regions, &operation).await.unwrap();
    // One failure is within the tolerance: the operation succeeds, and so do the other regions.
    let status = cloud.operation("flags", &operation).await.unwrap().unwrap().status;
    assert_eq!(status, OperationStatus::Succeeded);
    let results = cloud.operation_results("flags", &operation).await.unwrap();
    let seen: Vec<_> = results.iter().map(|result| result.status).collect();
    assert_eq!(seen, [ResultStatus::Succeeded, ResultStatus::Failed, ResultStatus::Succeeded], "{results:#?}");
    assert!(results[1].reason.as_ref().unwrap().contains("no more queues"), "{results:#?}");
    let instances = cloud.instances("flags").await.unwrap();
    let seen: Vec<_> = instances.iter().map(|instance| instance.status).collect();
    assert_eq!(seen, [InstanceStatus::Current, InstanceStatus::Outdated, InstanceStatus::Current]);
    assert_eq!(instances[1].detailed_status, "FAILED");
    simulator.shutdown().await;
}

#[tokio::test]
async fn faults_that_pass() {
    let moment = std::time::Duration::from_millis(20);
    for fault in [
        Fault::Throttle,
        Fault::Html(503),
        Fault::ResetBefore,
        Fault::ReplyLost,
        Fault::Hang(moment),
        Fault::ReplyHangs(moment),
    ] {
        let shown = format!("{fault:?}");
        let simulator = Simulator::new().start().await.unwrap();
        let cloud = connect(&simulator).await;
        cloud.create_stack(HOME, &stack("foundation", FOUNDATION, "c1")).await.unwrap();
        let request = stack_set(publish(&cloud, &queue(1)).await);
        cloud.identity().await.unwrap();
        let before = cloud.requests_sent();
        simulator.set_faults(FaultPlan::new().rule(Rule::new(fault).first(1)));
        cloud.create_stack_set(&request, "token-1").await.unwrap_or_else(|error| panic!("{shown}: {error}"));
        let RequestsSent { reading, mutating } = cloud.requests_sent();
        assert_eq!((reading - before.reading, mutating - before.mutating), (0, 2), "{shown}");
        assert!(cloud.stack_set("flags").await.unwrap().is_some(), "{shown}");
        simulator.shutdown().await;
    }
}
