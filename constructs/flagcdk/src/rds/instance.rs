//! Instances.

use std::collections::BTreeMap;

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, RemovalPolicy, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::Engine;
#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::{Metric, Statistic};
use crate::ec2::{SecurityGroup, SecurityGroupProps, VpcRef};
use crate::iam::{Grantee, Statement};
use crate::kms::KeyRef;
use crate::secretsmanager::SecretRef;

/// How a [`DatabaseInstance`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct DatabaseInstanceProps {
    /// The network, in whose private subnets the instance is.
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
    /// The class; by default `db.t4g.medium`.
    #[builder(default = "db.t4g.medium".into(), setter(into))]
    class: String,
    /// How many GiB of storage it has, 20 to 65,536; by default 20.
    #[builder(default = 20)]
    storage_gib: u32,
    /// How many GiB the storage may grow to by itself; by default 100.
    #[builder(default = 100)]
    most_storage_gib: u32,
    /// Whether a copy in another Availability Zone takes over when the instance fails; by default one does.
    #[builder(default = true)]
    standby: bool,
    /// The key that encrypts storage, backups and the password; by default the services have their own.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// Parameters of the engine; by default those of AWS. That it is asked over TLS alone is there anyway.
    #[builder(default)]
    parameters: BTreeMap<String, String>,
    /// For how many days the instance can be restored to any second of them, 1 to 35; by default 15.
    #[builder(default = 15)]
    backup_days: u8,
    /// Whether RDS refuses to delete the instance; by default it does, and a stack that is to delete it must say otherwise
    /// first.
    #[builder(default = true)]
    deletion_protection: bool,
    /// What becomes of the instance when it leaves the stack; by default a snapshot stays.
    #[builder(default = RemovalPolicy::Snapshot)]
    removal: RemovalPolicy,
}

/// An instance in private subnets, encrypted, with a copy in another zone and a password that RDS makes up and changes every
/// week.
///
/// Nobody can speak to it until its [`DatabaseInstance::security_group`] is told to let them.
///
/// ```
/// use flagcdk::ec2::{Vpc, VpcProps};
/// use flagcdk::rds::{DatabaseInstance, DatabaseInstanceProps, Engine};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Data", Placement::Home);
/// let vpc = Vpc::new(&stack, "Vpc", VpcProps::builder().build());
/// let props = DatabaseInstanceProps::builder().vpc(&vpc).engine(Engine::postgres("17.6")).database("orders").build();
/// let database = DatabaseInstance::new(&stack, "Orders", props);
/// stack.output("Host", database.endpoint());
/// assert!(app.synth()?.template("Data").contains("MultiAZ"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::RDS::DBInstance](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbinstance.html).
#[derive(Clone, Debug)]
pub struct DatabaseInstance {
    security_group: SecurityGroup,
    secret: SecretRef,
    id: Value<String>,
    arn: Value<Arn>,
    resource_id: Value<String>,
    endpoint: Value<String>,
    port: u16,
}

impl DatabaseInstance {
    /// Makes the instance, its security group and its secret.
    pub fn new(scope: &Scope, id: &str, props: DatabaseInstanceProps) -> Self {
        use cfn::rds::db_instance as property;

        let scope = scope.construct(id);
        check(&scope, &props);
        let group = SecurityGroupProps::builder().vpc(&props.vpc).description("The database").build();
        let security_group = SecurityGroup::new(&scope, "SecurityGroup", group);
        let subnets = cfn::rds::DBSubnetGroup::new()
            .db_subnet_group_description("Private subnets of the database")
            .subnet_ids(props.vpc.private_subnet_ids());
        let subnets = scope.add("SubnetGroup", subnets);
        let parameters = cfn::rds::DBParameterGroup::new()
            .description("Parameters of the database")
            .family(props.engine.family())
            .parameters(props.engine.parameters(props.parameters));
        let parameters = scope.add("Parameters", parameters);
        let mut instance = cfn::rds::DBInstance::new()
            .engine(props.engine.name)
            .engine_version(&*props.engine.version)
            .db_instance_class(&props.class)
            .port(props.engine.port().to_string())
            .master_username(&props.user)
            .manage_master_user_password(true)
            .allocated_storage(props.storage_gib.to_string())
            .max_allocated_storage(props.most_storage_gib)
            .storage_type("gp3")
            .storage_encrypted(true)
            .multi_az(props.standby)
            .publicly_accessible(false)
            .db_subnet_group_name(subnets.reference())
            .vpc_security_groups([security_group.id()])
            .db_parameter_group_name(parameters.reference())
            .backup_retention_period(props.backup_days)
            .copy_tags_to_snapshot(true)
            .deletion_protection(props.deletion_protection)
            .enable_iam_database_authentication(true)
            .enable_cloudwatch_logs_exports(props.engine.logs())
            .auto_minor_version_upgrade(true);
        if let Some(name) = &props.database {
            instance = instance.db_name(name);
        }
        if let Some(key) = &props.encryption_key {
            instance = instance
                .kms_key_id(key.arn())
                .master_user_secret(property::MasterUserSecret::new().kms_key_id(key.arn()));
        }
        let handle = scope.add("Resource", instance);
        handle.removal_policy(props.removal);
        let secret = SecretRef::from_arn(handle.get(cfn::rds::DBInstance::MASTER_USER_SECRET_SECRET_ARN));
        Self {
            security_group,
            secret: match props.encryption_key {
                Some(key) => secret.encrypted_with(key),
                None => secret,
            },
            id: handle.reference(),
            arn: handle.get(cfn::rds::DBInstance::DB_INSTANCE_ARN),
            resource_id: handle.get(cfn::rds::DBInstance::DBI_RESOURCE_ID),
            endpoint: handle.get(cfn::rds::DBInstance::ENDPOINT_ADDRESS),
            port: props.engine.port(),
        }
    }

    /// The id, the value of the metrics' dimension `DBInstanceIdentifier`.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// The group that says who may speak to the instance.
    pub fn security_group(&self) -> &SecurityGroup {
        &self.security_group
    }

    /// The secret with `username` and `password`.
    pub fn secret(&self) -> &SecretRef {
        &self.secret
    }

    /// The host name.
    pub fn endpoint(&self) -> Value<String> {
        self.endpoint.clone()
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Lets somebody connect as a user of the database without a password. The user must be told to the database once.
    ///
    /// See [IAM authentication](https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html).
    pub fn grant_connect(&self, user: &str, grantee: &impl Grantee) {
        grantee.grant("ConnectToDatabase", vec![connect_statement(&self.resource_id, user)]);
    }

    /// How busy the processors are, in percent.
    ///
    /// See [metrics of RDS](https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metric_cpu(&self) -> Metric {
        self.metric("CPUUtilization").statistic(Statistic::Average)
    }

    /// How many bytes of storage are free: the fewest in a minute.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_free_storage(&self) -> Metric {
        self.metric("FreeStorageSpace").statistic(Statistic::Minimum)
    }

    /// How many connections there are: the most in a minute.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_connections(&self) -> Metric {
        self.metric("DatabaseConnections").statistic(Statistic::Maximum)
    }

    /// The sum over a minute of another metric of RDS.
    #[cfg(feature = "cloudwatch")]
    pub fn metric(&self, name: &'static str) -> Metric {
        Metric::new("AWS/RDS", name).dimension("DBInstanceIdentifier", &self.id)
    }
}

/// That somebody may connect as a user of the database.
pub(super) fn connect_statement(resource_id: &Value<String>, user: &str) -> Statement {
    let place = text![":rds-db:", Value::region(), ":", Value::account_id(), ":dbuser:"];
    Statement::allow(["rds-db:connect"]).on(text!["arn:", Value::partition(), place, resource_id, "/", user])
}

pub(super) fn check_backups(scope: &Scope, days: u8) {
    if !(1..=35).contains(&days) {
        scope.error(
            "rds::backups",
            format!("backups are kept for {days} days, wanted 1 to 35"),
            "choose a number of days in that range",
        );
    }
}

fn check(scope: &Scope, props: &DatabaseInstanceProps) {
    props.engine.check(scope, false);
    check_backups(scope, props.backup_days);
    let (storage, most) = (props.storage_gib, props.most_storage_gib);
    if !(20..=65_536).contains(&storage) || most < storage {
        scope.error(
            "rds::storage",
            format!("{storage} GiB of storage that grow to {most}, wanted 20 to 65536 that do not shrink"),
            "storage can be made larger later, but never smaller",
        );
    }
}
