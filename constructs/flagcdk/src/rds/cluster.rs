//! Clusters of Aurora.

use std::collections::BTreeMap;

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, RemovalPolicy, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::Engine;
use super::instance::{check_backups, connect_statement};
#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::{Metric, Statistic};
use crate::ec2::{SecurityGroup, SecurityGroupProps, VpcRef};
use crate::iam::Grantee;
use crate::kms::KeyRef;
use crate::secretsmanager::SecretRef;

/// How a [`DatabaseCluster`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct DatabaseClusterProps {
    /// The network, in whose private subnets the instances are.
    #[builder(setter(into))]
    vpc: VpcRef,
    /// The engine.
    engine: Engine,
    /// The name of the database that is there from the beginning; by default there is none but the engine's own.
    #[builder(default, setter(into, strip_option))]
    database: Option<String>,
    /// The name of the user who may do everything; by default `admin_user`.
    #[builder(default = "admin_user".into(), setter(into))]
    user: String,
    /// How large the instances are; by default as large as the load asks, from 0.5 to 8 units.
    #[builder(default = Capacity::Serverless { least: 0.5, most: 8.0 })]
    capacity: Capacity,
    /// How many instances there are: one that is written to and readers, of which one takes over when the first fails; by
    /// default 2, at most 16.
    #[builder(default = 2)]
    instances: u8,
    /// The key that encrypts storage, backups and the password; by default the services have their own.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// Parameters of the engine; by default those of AWS. That it is asked over TLS alone is there anyway.
    #[builder(default)]
    parameters: BTreeMap<String, String>,
    /// For how many days the cluster can be restored to any second of them, 1 to 35; by default 15.
    #[builder(default = 15)]
    backup_days: u8,
    /// Whether the HTTP API of RDS asks the cluster too, which needs no network; by default it does not.
    #[builder(default)]
    data_api: bool,
    /// Whether RDS refuses to delete the cluster; by default it does, and a stack that is to delete it must say otherwise
    /// first.
    #[builder(default = true)]
    deletion_protection: bool,
    /// What becomes of the cluster when it leaves the stack; by default a snapshot stays.
    #[builder(default = RemovalPolicy::Snapshot)]
    removal: RemovalPolicy,
}

/// How large the instances of a [`DatabaseCluster`] are.
#[derive(Clone, Debug, PartialEq)]
pub enum Capacity {
    /// As large as the load asks, in units of 2 GiB of memory. With 0 as the least they sleep when nobody asks.
    Serverless {
        /// The least, 0 to 256 in steps of 0.5.
        least: f64,
        /// The most, 1 to 256 in steps of 0.5.
        most: f64,
    },
    /// Of a class such as `db.r7g.large`.
    Class(&'static str),
}

/// A cluster of Aurora in private subnets, encrypted, with a password that RDS makes up and changes every week.
///
/// Nobody can speak to it until its [`DatabaseCluster::security_group`] is told to let them.
///
/// ```
/// use flagcdk::ec2::{Port, SecurityGroup, SecurityGroupProps, Vpc, VpcProps};
/// use flagcdk::iam::Permissions;
/// use flagcdk::rds::{DatabaseCluster, DatabaseClusterProps, Engine};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Data", Placement::Home);
/// let vpc = Vpc::new(&stack, "Vpc", VpcProps::builder().build());
/// let props = DatabaseClusterProps::builder().vpc(&vpc).engine(Engine::aurora_postgres("17.5")).database("orders").build();
/// let cluster = DatabaseCluster::new(&stack, "Orders", props);
/// let functions = SecurityGroupProps::builder().vpc(&vpc).description("Functions").build();
/// let functions = SecurityGroup::new(&stack, "Functions", functions);
/// functions.connect_to(cluster.security_group(), Port::tcp(cluster.port()), "Functions ask for orders");
/// let permissions = Permissions::new();
/// cluster.secret().grant_read(&permissions);
/// assert!(app.synth()?.template("Data").contains("ManageMasterUserPassword"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::RDS::DBCluster](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbcluster.html).
#[derive(Clone, Debug)]
pub struct DatabaseCluster {
    security_group: SecurityGroup,
    secret: SecretRef,
    id: Value<String>,
    arn: Value<Arn>,
    resource_id: Value<String>,
    endpoint: Value<String>,
    reader_endpoint: Value<String>,
    port: u16,
}

impl DatabaseCluster {
    /// Makes the cluster, its instances, its security group and its secret.
    pub fn new(scope: &Scope, id: &str, props: DatabaseClusterProps) -> Self {
        use cfn::rds::db_cluster as property;

        let scope = scope.construct(id);
        check(&scope, &props);
        let group = SecurityGroupProps::builder().vpc(&props.vpc).description("The database").build();
        let security_group = SecurityGroup::new(&scope, "SecurityGroup", group);
        let subnets = cfn::rds::DBSubnetGroup::new()
            .db_subnet_group_description("Private subnets of the database")
            .subnet_ids(props.vpc.private_subnet_ids());
        let subnets = scope.add("SubnetGroup", subnets);
        let parameters = cfn::rds::DBClusterParameterGroup::new()
            .description("Parameters of the database")
            .family(props.engine.family())
            .parameters(props.engine.parameters(props.parameters));
        let parameters = scope.add("Parameters", parameters);
        let mut cluster = cfn::rds::DBCluster::new()
            .engine(props.engine.name)
            .engine_version(&*props.engine.version)
            .port(props.engine.port())
            .master_username(&props.user)
            .manage_master_user_password(true)
            .storage_encrypted(true)
            .db_subnet_group_name(subnets.reference())
            .vpc_security_group_ids([security_group.id()])
            .db_cluster_parameter_group_name(parameters.reference())
            .backup_retention_period(props.backup_days)
            .copy_tags_to_snapshot(true)
            .deletion_protection(props.deletion_protection)
            .enable_iam_database_authentication(true)
            .enable_cloudwatch_logs_exports(props.engine.logs())
            .enable_http_endpoint(props.data_api)
            .auto_minor_version_upgrade(true);
        if let Some(name) = &props.database {
            cluster = cluster.database_name(name);
        }
        if let Some(key) = &props.encryption_key {
            cluster = cluster
                .kms_key_id(key.arn())
                .master_user_secret(property::MasterUserSecret::new().kms_key_id(key.arn()));
        }
        let class = match props.capacity {
            Capacity::Class(class) => class,
            Capacity::Serverless { least, most } => {
                let scaling = property::ServerlessV2ScalingConfiguration::new().min_capacity(least).max_capacity(most);
                cluster = cluster.serverless_v2_scaling_configuration(scaling);
                "db.serverless"
            }
        };
        let handle = scope.add("Resource", cluster);
        handle.removal_policy(props.removal);
        for number in 1..=props.instances {
            let instance = cfn::rds::DBInstance::new()
                .engine(props.engine.name)
                .db_cluster_identifier(handle.reference())
                .db_instance_class(class)
                .publicly_accessible(false)
                .auto_minor_version_upgrade(true);
            // What is stored belongs to the cluster: of instances nothing is kept.
            scope.add(&format!("Instance{number}"), instance).removal_policy(RemovalPolicy::Destroy);
        }
        let secret = SecretRef::from_arn(handle.get(cfn::rds::DBCluster::MASTER_USER_SECRET_SECRET_ARN));
        Self {
            security_group,
            secret: match props.encryption_key {
                Some(key) => secret.encrypted_with(key),
                None => secret,
            },
            id: handle.reference(),
            arn: handle.get(cfn::rds::DBCluster::DB_CLUSTER_ARN),
            resource_id: handle.get(cfn::rds::DBCluster::DB_CLUSTER_RESOURCE_ID),
            endpoint: handle.get(cfn::rds::DBCluster::ENDPOINT_ADDRESS),
            reader_endpoint: handle.get(cfn::rds::DBCluster::READ_ENDPOINT_ADDRESS),
            port: props.engine.port(),
        }
    }

    /// The id, the value of the metrics' dimension `DBClusterIdentifier`.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// The group that says who may speak to the cluster.
    pub fn security_group(&self) -> &SecurityGroup {
        &self.security_group
    }

    /// The secret with `username` and `password`.
    pub fn secret(&self) -> &SecretRef {
        &self.secret
    }

    /// The host name of the instance that is written to; it stays the same when another takes over.
    pub fn endpoint(&self) -> Value<String> {
        self.endpoint.clone()
    }

    /// The host name behind which the readers are.
    pub fn reader_endpoint(&self) -> Value<String> {
        self.reader_endpoint.clone()
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Lets somebody connect as a user of the database without a password. The user must be told to the database once.
    ///
    /// See [IAM authentication](https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html).
    pub fn grant_connect(&self, user: &str, grantee: &impl Grantee) {
        grantee.grant("ConnectToDatabase", vec![connect_statement(&self.resource_id, user)]);
    }

    /// How busy the processors are, in percent.
    ///
    /// See [metrics of Aurora](https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metric_cpu(&self) -> Metric {
        self.metric("CPUUtilization").statistic(Statistic::Average)
    }

    /// How many connections there are: the most in a minute.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_connections(&self) -> Metric {
        self.metric("DatabaseConnections").statistic(Statistic::Maximum)
    }

    /// How many units of capacity serverless instances have.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_capacity(&self) -> Metric {
        self.metric("ServerlessDatabaseCapacity").statistic(Statistic::Average)
    }

    /// The sum over a minute of another metric of RDS.
    #[cfg(feature = "cloudwatch")]
    pub fn metric(&self, name: &'static str) -> Metric {
        Metric::new("AWS/RDS", name).dimension("DBClusterIdentifier", text![&self.id])
    }
}

fn check(scope: &Scope, props: &DatabaseClusterProps) {
    props.engine.check(scope, true);
    check_backups(scope, props.backup_days);
    if !(1..=16).contains(&props.instances) {
        scope.error(
            "rds::instances",
            format!("the cluster has {} instances, wanted 1 to 16", props.instances),
            "two are enough for one to take over",
        );
    }
    if let Capacity::Serverless { least, most } = props.capacity {
        let half_steps = |units: f64| (units * 2.0).fract() == 0.0;
        let fits = (0.0..=256.0).contains(&least) && (1.0..=256.0).contains(&most) && least <= most;
        if !fits || !half_steps(least) || !half_steps(most) {
            scope.error(
                "rds::capacity",
                format!("from {least} to {most} units, wanted steps of 0.5, 0 to 256 and 1 to 256"),
                "`Capacity::Serverless { least: 0.5, most: 8.0 }` has 1 to 16 GiB of memory",
            );
        }
    }
}
