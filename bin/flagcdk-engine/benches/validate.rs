//! How long validation takes: an app like the shipped one, with and without the compilation of schemas.
//!
//! Schemas are compiled once in a process, so the first validation is timed in processes of its own. The goal is 60 ms for it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use criterion::Criterion;
use flagcdk_assembly::{Assembly, Capability, Manifest, Placement, Region, StackEntry};
use flagcdk_engine::validate;
use serde_json::{Map, Value as Json, json};

/// Services on the bus; each is a queue with its dead-letter queue, a subscription and an event source.
const SERVICES: usize = 200;

/// The argument with which this program validates once, and says how many nanoseconds it took.
const ONCE: &str = "--validate-once";

fn main() {
    if std::env::args().any(|argument| argument == ONCE) {
        let app = app();
        let start = Instant::now();
        validate(&app);
        let nanoseconds = start.elapsed().as_nanos().to_string();
        std::io::stdout().write_all(nanoseconds.as_bytes()).expect("the other process reads it");
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    bench(&mut criterion);
    criterion.final_summary();
}

fn bench(criterion: &mut Criterion) {
    let app = app();
    let resources: usize = app.templates.values().map(|text| text.matches("flagcdk:path").count()).sum();
    let bytes: usize = app.templates.values().map(String::len).sum();
    let findings = validate(&app);
    assert!(findings.is_empty(), "{findings:#?}");
    let size = format!("{resources} resources, {} KB", bytes / 1_000);

    let mut group = criterion.benchmark_group("validate");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(3));
    group.bench_function(format!("first time in a process, {size}"), |bencher| {
        bencher.iter_custom(|count| (0..count).map(|_| first_time()).sum());
    });
    group.bench_function(format!("again, {size}"), |bencher| bencher.iter(|| validate(&app)));
    group.finish();
}

/// How long the first validation takes in a process of its own.
fn first_time() -> Duration {
    let own = std::env::current_exe().expect("this program is a file");
    let output = Command::new(own).arg(ONCE).output().expect("this program runs");
    let text = String::from_utf8(output.stdout).expect("digits are UTF-8");
    Duration::from_nanos(text.parse().expect("this program writes a number"))
}

/// Five stacks in the manner of the shipped app.
fn app() -> Assembly {
    let regions = vec![
        Region::US_EAST_1,
        Region::US_EAST_2,
        Region::US_WEST_2,
        Region::CA_CENTRAL_1,
        Region::SA_EAST_1,
        Region::EU_WEST_1,
        Region::EU_CENTRAL_1,
        Region::EU_NORTH_1,
        Region::AP_SOUTH_1,
        Region::AP_SOUTHEAST_1,
        Region::AP_SOUTHEAST_2,
        Region::AP_NORTHEAST_1,
    ];
    let mut manifest = Manifest::new("flags", Region::US_EAST_1, regions);
    let mut templates = BTreeMap::new();
    let mut add = |id: &str, placement: Placement, depends_on: &[&str], template: Json| {
        manifest.stacks.push(StackEntry {
            id: id.into(),
            name: format!("prod-flags-{}", id.to_lowercase()),
            description: String::new(),
            placement,
            template: format!("{id}.template.json"),
            capabilities: vec![Capability::Iam],
            tags: BTreeMap::new(),
            depends_on: depends_on.iter().map(|id| (*id).to_owned()).collect(),
            wires: vec![],
            look_ups: vec![],
            assets: vec![],
        });
        let text = serde_json::to_string_pretty(&template).expect("a template is plain data");
        templates.insert(format!("{id}.template.json"), text);
    };
    add("Keys", Placement::EveryRegion, &[], keys());
    add("Data", Placement::Home, &["Keys"], data(&manifest_regions()));
    add("Regional", Placement::EveryRegion, &["Data"], regional());
    for shard in 0..2 {
        add(&format!("Fanout{shard}"), Placement::EveryRegion, &["Regional"], fanout(shard, SERVICES / 2));
    }
    Assembly { manifest, templates }
}

fn manifest_regions() -> Vec<&'static str> {
    vec![
        "us-east-1",
        "us-east-2",
        "us-west-2",
        "ca-central-1",
        "sa-east-1",
        "eu-west-1",
        "eu-central-1",
        "eu-north-1",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-northeast-1",
    ]
}

#[derive(Default)]
struct Resources(Map<String, Json>);

impl Resources {
    fn add(&mut self, path: &str, kind: &str, properties: Json) -> String {
        let id: String = path.split(['/', '-']).skip(1).collect();
        let body = json!({ "Type": kind, "Metadata": { "flagcdk:path": path }, "Properties": properties });
        assert!(self.0.insert(id.clone(), body).is_none(), "{path} is there twice");
        id
    }
}

fn template(resources: Resources, outputs: Json) -> Json {
    json!({ "AWSTemplateFormatVersion": "2010-09-09", "Resources": resources.0, "Outputs": outputs })
}

fn tags(service: &str) -> Json {
    json!([{ "Key": "app", "Value": "flags" }, { "Key": "environment", "Value": "prod" }, { "Key": "service", "Value": service }])
}

fn keys() -> Json {
    let mut all = Resources::default();
    let account = json!({ "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" });
    let statement = |service: &str| {
        json!({
            "Effect": "Allow", "Principal": { "Service": service }, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*",
            "Condition": { "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } } },
        })
    };
    let key = all.add("Keys/Key", "AWS::KMS::Key", json!({
        "EnableKeyRotation": true, "PendingWindowInDays": 30, "Tags": tags("keys"),
        "KeyPolicy": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "AWS": account }, "Action": "kms:*", "Resource": "*" },
            statement("sns.amazonaws.com"), statement("events.amazonaws.com"), statement("cloudwatch.amazonaws.com"),
        ] },
    }));
    all.add("Keys/Alias", "AWS::KMS::Alias", json!({ "AliasName": "alias/prod-flags", "TargetKeyId": { "Ref": key } }));
    template(
        all,
        json!({ "Key": { "Value": { "Fn::GetAtt": [key, "Arn"] }, "Export": { "Name": "prod-flags-keys:Key" } } }),
    )
}

fn data(regions: &[&str]) -> Json {
    let mut all = Resources::default();
    let replicas: Vec<Json> = regions
        .iter()
        .map(|region| {
            json!({
                "Region": region, "DeletionProtectionEnabled": true, "Tags": tags("data"),
                "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": true },
                "SSESpecification": { "KMSMasterKeyId": "alias/prod-flags" },
            })
        })
        .collect();
    all.add("Data/Flags", "AWS::DynamoDB::GlobalTable", json!({
        "TableName": "prod-flags", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "flag_id", "AttributeType": "S" }, { "AttributeName": "version", "AttributeType": "N" },
        ],
        "KeySchema": [{ "AttributeName": "flag_id", "KeyType": "HASH" }, { "AttributeName": "version", "KeyType": "RANGE" }],
        "StreamSpecification": { "StreamViewType": "NEW_AND_OLD_IMAGES" },
        "SSESpecification": { "SSEEnabled": true, "SSEType": "KMS" },
        "Replicas": replicas,
    }));
    template(all, json!({}))
}

fn role(all: &mut Resources, path: &str, actions: &[&str], resource: Json) -> String {
    all.add(path, "AWS::IAM::Role", json!({
        "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" },
        ] },
        "ManagedPolicyArns": [{ "Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole" }],
        "Policies": [{ "PolicyName": "own", "PolicyDocument": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": actions, "Resource": resource },
        ] } }],
    }))
}

fn function(all: &mut Resources, path: &str, role: &str, groups: &[String], subnets: &[String]) -> String {
    let log = all.add(&format!("{path}/Log"), "AWS::Logs::LogGroup", json!({ "RetentionInDays": 365 }));
    let group_ids: Vec<Json> = groups.iter().map(|id| json!({ "Fn::GetAtt": [id, "GroupId"] })).collect();
    let subnet_ids: Vec<Json> = subnets.iter().map(|id| json!({ "Ref": id })).collect();
    all.add(&format!("{path}/Function"), "AWS::Lambda::Function", json!({
        "Handler": path, "Runtime": "provided.al2023", "Architectures": ["x86_64"], "MemorySize": 256, "Timeout": 10,
        "Role": { "Fn::GetAtt": [role, "Arn"] }, "TracingConfig": { "Mode": "Active" }, "ReservedConcurrentExecutions": 400,
        "Code": { "S3Bucket": { "Fn::Sub": "flagcdk-assets-${AWS::AccountId}-${AWS::Region}" }, "S3Key": "assets/0123456789abcdef.zip" },
        "Environment": { "Variables": { "TABLE": "prod-flags", "REGION": { "Ref": "AWS::Region" }, "RUST_LOG": "info" } },
        "LoggingConfig": { "LogGroup": { "Ref": log }, "LogFormat": "JSON" },
        "VpcConfig": { "SecurityGroupIds": group_ids, "SubnetIds": subnet_ids },
        "KmsKeyArn": { "Fn::ImportValue": "prod-flags-keys:Key" }, "Tags": tags(path),
    }))
}

fn regional() -> Json {
    let mut all = Resources::default();
    let vpc = all.add(
        "Regional/Network/Vpc",
        "AWS::EC2::VPC",
        json!({
            "CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": true, "EnableDnsSupport": true, "Tags": tags("network"),
        }),
    );
    let mut subnets = Vec::new();
    for zone in 0..3 {
        subnets.push(all.add(
            &format!("Regional/Network/Subnet{zone}"),
            "AWS::EC2::Subnet",
            json!({
                "VpcId": { "Ref": vpc }, "AvailabilityZone": { "Fn::Select": [zone, { "Fn::GetAZs": "" }] },
                "CidrBlock": { "Fn::Select": [zone, { "Fn::Cidr": [{ "Fn::GetAtt": [vpc, "CidrBlock"] }, 3, 8] }] },
                "MapPublicIpOnLaunch": false, "Tags": tags("network"),
            }),
        ));
    }
    let table = all.add("Regional/Network/Routes", "AWS::EC2::RouteTable", json!({ "VpcId": { "Ref": vpc } }));
    for (zone, subnet) in subnets.iter().enumerate() {
        all.add(
            &format!("Regional/Network/Association{zone}"),
            "AWS::EC2::SubnetRouteTableAssociation",
            json!({
                "RouteTableId": { "Ref": table }, "SubnetId": { "Ref": subnet },
            }),
        );
    }
    let group = all.add("Regional/Network/Group", "AWS::EC2::SecurityGroup", json!({
        "GroupDescription": "functions", "VpcId": { "Ref": vpc },
        "SecurityGroupEgress": [{ "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": { "Fn::GetAtt": [vpc, "CidrBlock"] } }],
    }));
    for service in ["sqs", "sns", "logs", "kms", "sts", "secretsmanager", "monitoring"] {
        all.add(&format!("Regional/Network/Endpoint{service}"), "AWS::EC2::VPCEndpoint", json!({
            "ServiceName": { "Fn::Sub": format!("com.amazonaws.${{AWS::Region}}.{service}") }, "VpcEndpointType": "Interface",
            "VpcId": { "Ref": vpc }, "PrivateDnsEnabled": true, "SubnetIds": subnets.iter().map(|id| json!({ "Ref": id })).collect::<Vec<_>>(),
            "SecurityGroupIds": [{ "Fn::GetAtt": [group, "GroupId"] }],
        }));
    }
    let subnet_group = all.add(
        "Regional/Cache/Subnets",
        "AWS::ElastiCache::SubnetGroup",
        json!({
            "Description": "cache", "SubnetIds": subnets.iter().map(|id| json!({ "Ref": id })).collect::<Vec<_>>(),
        }),
    );
    all.add("Regional/Cache/Group", "AWS::ElastiCache::ReplicationGroup", json!({
        "ReplicationGroupDescription": "flags", "Engine": "valkey", "EngineVersion": "8.0", "CacheNodeType": "cache.r7g.large",
        "NumNodeGroups": 1, "ReplicasPerNodeGroup": 2, "AutomaticFailoverEnabled": true, "MultiAZEnabled": true,
        "AtRestEncryptionEnabled": true, "TransitEncryptionEnabled": true, "CacheSubnetGroupName": { "Ref": subnet_group },
        "SnapshotRetentionLimit": 15, "Port": 6380, "SecurityGroupIds": [{ "Fn::GetAtt": [group, "GroupId"] }],
    }));
    all.add("Regional/Audit/Domain", "AWS::OpenSearchService::Domain", json!({
        "EngineVersion": "OpenSearch_2.19", "NodeToNodeEncryptionOptions": { "Enabled": true }, "EncryptionAtRestOptions": { "Enabled": true },
        "ClusterConfig": { "InstanceType": "r7g.large.search", "InstanceCount": 3, "ZoneAwarenessEnabled": true,
            "ZoneAwarenessConfig": { "AvailabilityZoneCount": 3 } },
        "DomainEndpointOptions": { "EnforceHTTPS": true, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10" },
        "EBSOptions": { "EBSEnabled": true, "VolumeSize": 100, "VolumeType": "gp3" },
        "VPCOptions": { "SubnetIds": subnets.iter().map(|id| json!({ "Ref": id })).collect::<Vec<_>>() },
    }));
    let topic = all.add(
        "Regional/Bus/Topic",
        "AWS::SNS::Topic",
        json!({
            "KmsMasterKeyId": "alias/prod-flags", "TracingConfig": "Active", "Tags": tags("bus"),
        }),
    );
    let updater = role(&mut all, "Regional/Updater/Role", &["sqs:ReceiveMessage", "sqs:DeleteMessage"], json!("*"));
    let updater = function(&mut all, "Regional/Updater", &updater, std::slice::from_ref(&group), &subnets);
    for name in ["Validator", "Checker", "Rollback"] {
        let own = role(&mut all, &format!("Regional/{name}/Role"), &["sns:Publish"], json!({ "Ref": topic }));
        let own = function(&mut all, &format!("Regional/{name}"), &own, std::slice::from_ref(&group), &subnets);
        all.add(&format!("Regional/{name}/Errors"), "AWS::CloudWatch::Alarm", json!({
            "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "MetricName": "Errors", "Namespace": "AWS/Lambda",
            "Period": 60, "Statistic": "Sum", "Threshold": 0, "TreatMissingData": "notBreaching",
            "Dimensions": [{ "Name": "FunctionName", "Value": { "Ref": own } }], "AlarmActions": [{ "Ref": topic }],
        }));
    }
    let machine = role(&mut all, "Regional/Workflow/Role", &["lambda:InvokeFunction"], json!("*"));
    all.add("Regional/Workflow/Machine", "AWS::StepFunctions::StateMachine", json!({
        "RoleArn": { "Fn::GetAtt": [machine, "Arn"] }, "TracingConfiguration": { "Enabled": true },
        "DefinitionString": { "Fn::Sub": "{\"StartAt\":\"Check\",\"States\":{\"Check\":{\"Type\":\"Task\",\"Resource\":\"${CheckerFunction.Arn}\",\"End\":true}}}" },
    }));
    all.add("Regional/Workflow/Schedule", "AWS::Events::Rule", json!({
        "ScheduleExpression": "rate(5 minutes)", "State": "ENABLED",
        "Targets": [{ "Id": "machine", "Arn": { "Ref": "WorkflowMachine" }, "RoleArn": { "Fn::GetAtt": [machine, "Arn"] } }],
    }));
    template(
        all,
        json!({
            "Topic": { "Value": { "Ref": topic }, "Export": { "Name": "prod-flags-regional:Topic" } },
            "Updater": { "Value": { "Fn::GetAtt": [updater, "Arn"] }, "Export": { "Name": "prod-flags-regional:Updater" } },
        }),
    )
}

fn fanout(shard: usize, services: usize) -> Json {
    let mut all = Resources::default();
    let topic = json!({ "Fn::ImportValue": "prod-flags-regional:Topic" });
    for service in (0..services).map(|index| format!("Service{:03}", shard * services + index)) {
        let path = |part: &str| format!("Fanout{shard}/{service}/{part}");
        let letters = all.add(
            &path("DeadLetters"),
            "AWS::SQS::Queue",
            json!({
                "KmsMasterKeyId": "alias/prod-flags", "MessageRetentionPeriod": 1_209_600, "Tags": tags(&service),
            }),
        );
        let queue = all.add(&path("Queue"), "AWS::SQS::Queue", json!({
            "KmsMasterKeyId": "alias/prod-flags", "MessageRetentionPeriod": 1_209_600, "VisibilityTimeout": 60, "Tags": tags(&service),
            "RedrivePolicy": { "deadLetterTargetArn": { "Fn::GetAtt": [letters, "Arn"] }, "maxReceiveCount": 5 },
        }));
        all.add(&path("Subscription"), "AWS::SNS::Subscription", json!({
            "TopicArn": topic, "Protocol": "sqs", "Endpoint": { "Fn::GetAtt": [queue, "Arn"] }, "RawMessageDelivery": true,
            "RedrivePolicy": { "deadLetterTargetArn": { "Fn::GetAtt": [letters, "Arn"] } },
        }));
        all.add(&path("Source"), "AWS::Lambda::EventSourceMapping", json!({
            "FunctionName": { "Fn::ImportValue": "prod-flags-regional:Updater" }, "EventSourceArn": { "Fn::GetAtt": [queue, "Arn"] },
            "BatchSize": 10, "FunctionResponseTypes": ["ReportBatchItemFailures"], "ScalingConfig": { "MaximumConcurrency": 2 },
        }));
        all.add(&path("Policy"), "AWS::SQS::QueuePolicy", json!({
            "Queues": [{ "Ref": queue }, { "Ref": letters }],
            "PolicyDocument": { "Version": "2012-10-17", "Statement": [
                { "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" }, "Action": "sqs:SendMessage", "Resource": "*",
                    "Condition": { "ArnEquals": { "aws:SourceArn": topic } } },
                { "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*",
                    "Condition": { "Bool": { "aws:SecureTransport": "false" } } },
            ] },
        }));
    }
    template(all, json!({}))
}
