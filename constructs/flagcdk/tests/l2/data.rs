//! Databases and streams.

use std::collections::BTreeMap;

use flagcdk::ec2::{Port, SecurityGroup, SecurityGroupProps, Vpc, VpcProps, VpcRef};
use flagcdk::iam::Permissions;
use flagcdk::kinesis::{Stream, StreamProps};
use flagcdk::kms::{Key, KeyProps};
use flagcdk::lambda::{Code, Function, FunctionProps};
use flagcdk::rds::{Capacity, DatabaseCluster, DatabaseClusterProps, DatabaseInstance, DatabaseInstanceProps, Engine};
use flagcdk::{RemovalPolicy, Stack};

use crate::{Sample, findings, resources};

pub(crate) const SAMPLES: &[Sample] =
    &[("rds_cluster", rds_cluster), ("rds_instance", rds_instance), ("kinesis", kinesis)];

fn rds_cluster(stack: &Stack) {
    let key = Key::new(stack, "Key", KeyProps::builder().build());
    let vpc = Vpc::new(stack, "Vpc", VpcProps::builder().build());
    let props = DatabaseClusterProps::builder()
        .vpc(&vpc)
        .engine(Engine::aurora_postgres("17.5"))
        .database("orders")
        .encryption_key(&key)
        .parameters(BTreeMap::from([("log_min_duration_statement".to_owned(), "500".to_owned())]))
        .data_api(true)
        .build();
    let cluster = DatabaseCluster::new(stack, "Orders", props);
    let functions = SecurityGroupProps::builder().vpc(&vpc).description("Functions").build();
    let functions = SecurityGroup::new(stack, "Functions", functions);
    functions.connect_to(cluster.security_group(), Port::tcp(cluster.port()), "Functions ask for orders");
    let permissions = Permissions::new();
    cluster.secret().grant_read(&permissions);
    cluster.grant_connect("reader", &permissions);
    Function::new(
        stack,
        "Reader",
        FunctionProps::builder().code(Code::cargo("reader")).permissions(permissions).build(),
    );
    stack.output("Host", cluster.endpoint());
}

fn rds_instance(stack: &Stack) {
    let vpc = Vpc::new(stack, "Vpc", VpcProps::builder().availability_zones(2).build());
    let postgres =
        DatabaseInstanceProps::builder().vpc(&vpc).engine(Engine::postgres("17.6")).database("orders").build();
    let database = DatabaseInstance::new(stack, "Orders", postgres);
    stack.output("Host", database.endpoint());
    let mysql = DatabaseInstanceProps::builder()
        .vpc(&vpc)
        .engine(Engine::mysql("8.4.9"))
        .standby(false)
        .deletion_protection(false)
        .removal(RemovalPolicy::Destroy)
        .build();
    DatabaseInstance::new(stack, "Scratch", mysql);
}

fn kinesis(stack: &Stack) {
    let key = Key::new(stack, "Key", KeyProps::builder().build());
    let stream = Stream::new(stack, "Clicks", StreamProps::builder().encryption_key(&key).retention_hours(48).build());
    let writer = Function::new(stack, "Writer", FunctionProps::builder().code(Code::cargo("writer")).build());
    stream.as_ref().grant_write(&writer);
    Stream::new(stack, "Views", StreamProps::builder().shards(2).build());
}

#[test]
fn a_database_is_asked_over_tls_alone_and_its_password_is_nowhere() {
    for (sample, group, database) in [
        (rds_cluster as fn(&Stack), "OrdersParameters", "Orders"),
        (rds_instance, "OrdersParameters", "Orders"),
        (rds_instance, "ScratchParameters", "Scratch"),
    ] {
        let resources = resources(sample);
        let parameters = resources[group]["Properties"]["Parameters"].to_string();
        assert!(parameters.contains("force_ssl\":\"1\"") || parameters.contains("require_secure_transport\":\"ON\""));
        let properties = &resources[database]["Properties"];
        assert_eq!(properties["ManageMasterUserPassword"], true);
        assert_eq!(properties["MasterUserPassword"], serde_json::Value::Null);
        assert_eq!(properties["StorageEncrypted"], true);
    }
}

#[test]
fn what_aws_refuses_is_found() {
    let vpc = || VpcRef::from_attributes("vpc-1", "10.0.0.0/16", vec!["subnet-1".into()], Vec::new());
    let cluster = |change: fn(DatabaseClusterProps) -> DatabaseClusterProps, engine: Engine, expected: &[&str]| {
        let props = change(DatabaseClusterProps::builder().vpc(vpc()).engine(engine).build());
        assert_eq!(findings(|stack| drop(DatabaseCluster::new(stack, "D", props))), expected);
    };
    cluster(|props| props, Engine::aurora_mysql("8.0.mysql_aurora.3.10.0"), &[]);
    cluster(|props| props, Engine::postgres("17.6"), &["rds::engine"]);
    cluster(|props| props, Engine::aurora_postgres("newest"), &["rds::version"]);
    let with = |capacity: Capacity, expected: &[&str]| {
        let props =
            DatabaseClusterProps::builder().vpc(vpc()).engine(Engine::aurora_postgres("17.5")).capacity(capacity);
        assert_eq!(findings(|stack| drop(DatabaseCluster::new(stack, "D", props.build()))), expected);
    };
    with(Capacity::Serverless { least: 0.0, most: 1.0 }, &[]);
    with(Capacity::Serverless { least: 0.3, most: 1.0 }, &["rds::capacity"]);
    with(Capacity::Serverless { least: 2.0, most: 1.0 }, &["rds::capacity"]);
    with(Capacity::Class("db.r7g.large"), &[]);
    let instances = DatabaseClusterProps::builder().vpc(vpc()).engine(Engine::aurora_postgres("17.5")).instances(0);
    assert_eq!(findings(|stack| drop(DatabaseCluster::new(stack, "D", instances.build()))), ["rds::instances"]);
    let props =
        DatabaseInstanceProps::builder().vpc(vpc()).engine(Engine::mysql("8.4.9")).storage_gib(200).backup_days(0);
    let found = findings(|stack| drop(DatabaseInstance::new(stack, "D", props.build())));
    assert_eq!(found, ["rds::backups", "rds::storage"]);
    let stream = StreamProps::builder().retention_hours(23).build();
    assert_eq!(findings(|stack| drop(Stream::new(stack, "S", stream))), ["kinesis::retention"]);
}
