//! Buckets.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Placement, RemovalPolicy, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::notification;
use super::{BucketRef, LifecycleRule, Notification};
use crate::iam::{Admission, PolicyDocument, Principal, Statement};
use crate::kms::KeyRef;

/// How a [`Bucket`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct BucketProps {
    /// The name, which nobody else in the world may have; by default CloudFormation makes one.
    #[builder(default, setter(into, strip_option))]
    name: Option<Value<String>>,
    /// The key that encrypts objects, asked once for many of them; by default S3 has one of its own.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// Whether what is overwritten or deleted can be brought back; by default for 90 days.
    #[builder(default = Versioning::KeepDays(90))]
    versioning: Versioning,
    /// What becomes of objects as they grow old; by default uploads in parts are forgotten that were not finished within a
    /// week, and nothing else.
    #[builder(default, setter(into))]
    lifecycle: Vec<LifecycleRule>,
    /// The bucket that requests are logged to; by default they are not logged. It is encrypted by S3's own key, and if it is not
    /// of this app, its policy must have [`Bucket::access_log_statement`].
    #[builder(default, setter(into))]
    access_logs: Option<BucketRef>,
    /// From which pages browsers may ask for objects; by default from none.
    #[builder(default, setter(into))]
    cors: Vec<CorsRule>,
    /// Who is told of what happens in the bucket; by default nobody.
    #[builder(default, setter(into))]
    notifications: Vec<Notification>,
    /// Whether everything that happens is told to the default event bus of EventBridge; by default it is not.
    #[builder(default)]
    event_bridge: bool,
    /// More statements for the bucket's policy, in which `*` stands for the bucket and its objects; by default none. That
    /// everything but TLS is denied is there anyway.
    #[builder(default, setter(into))]
    policy: Vec<Statement>,
    /// What becomes of the bucket when it leaves the stack; by default it is retained. CloudFormation deletes empty buckets
    /// alone.
    #[builder(default = RemovalPolicy::Retain)]
    removal: RemovalPolicy,
}

/// Whether a [`Bucket`] keeps what is overwritten or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versioning {
    /// It does not.
    Off,
    /// It does, until somebody deletes the version.
    Keep,
    /// It does, for so many days.
    KeepDays(u32),
}

/// From which pages browsers may ask for what.
///
/// See [CORS](https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html).
#[derive(Clone, Debug, PartialEq, TypedBuilder)]
pub struct CorsRule {
    /// The pages' origins, such as `https://shop.example.com`.
    #[builder(setter(into))]
    origins: Vec<Value<String>>,
    /// The methods: `GET`, `HEAD`, `PUT`, `POST` and `DELETE`; by default `GET` and `HEAD`.
    #[builder(default = vec!["GET", "HEAD"], setter(into))]
    methods: Vec<&'static str>,
    /// The headers that a request may have; by default none but those that always may.
    #[builder(default, setter(into))]
    headers: Vec<&'static str>,
    /// The headers of the answer that the page may read, such as `ETag`; by default none but those that always may.
    #[builder(default, setter(into))]
    exposed_headers: Vec<&'static str>,
    /// For how many seconds a browser remembers that it may; by default 3,600.
    #[builder(default = 3600)]
    max_age_seconds: u32,
}

/// A bucket that is closed to the public, keeps old versions, and speaks TLS alone.
///
/// Access control lists are off and no policy can open it to everybody. It is no website: let
/// [`Distribution`](crate::cloudfront::Distribution) serve one from it.
///
/// ```
/// use flagcdk::s3::{Bucket, BucketProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Storage", Placement::Home);
/// let logs = Bucket::new(&stack, "Logs", BucketProps::builder().build());
/// let bucket = Bucket::new(&stack, "Uploads", BucketProps::builder().access_logs(&logs).event_bridge(true).build());
/// stack.output("BucketName", bucket.name());
/// assert!(app.synth()?.template("Storage").contains("logging.s3.amazonaws.com"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::S3::Bucket](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html).
#[derive(Clone, Debug)]
pub struct Bucket {
    pub(super) reference: BucketRef,
}

impl Bucket {
    /// Makes the bucket and its policy.
    pub fn new(scope: &Scope, id: &str, props: BucketProps) -> Self {
        use cfn::s3::bucket as property;

        let scope = scope.construct(id);
        check(&scope, &props);
        if let Some(target) = props.access_logs.as_ref().filter(|target| target.admission().lacks(LOGGING_SERVICE)) {
            target.admission().add(Self::access_log_statement());
        }
        let known_arn: Option<Value<Arn>> = props
            .name
            .as_ref()
            .filter(|name| name.literal().is_some())
            .map(|name| text!["arn:", Value::partition(), ":s3:::", name].cast());
        let ownership = property::OwnershipControlsRule::new().object_ownership("BucketOwnerEnforced");
        let mut bucket = cfn::s3::Bucket::new()
            .bucket_encryption(encryption(props.encryption_key.as_ref()))
            .ownership_controls(property::OwnershipControls::new().rules([ownership]))
            .public_access_block_configuration(
                property::PublicAccessBlockConfiguration::new()
                    .block_public_acls(true)
                    .block_public_policy(true)
                    .ignore_public_acls(true)
                    .restrict_public_buckets(true),
            )
            .lifecycle_configuration(lifecycle(props.versioning, props.lifecycle));
        if props.versioning != Versioning::Off {
            bucket = bucket.versioning_configuration(property::VersioningConfiguration::new().status("Enabled"));
        }
        if let Some(name) = props.name {
            bucket = bucket.bucket_name(name);
        }
        if let Some(target) = &props.access_logs {
            let logging = property::LoggingConfiguration::new()
                .destination_bucket_name(target.name())
                .log_file_prefix(format!("{}/", scope.path()));
            bucket = bucket.logging_configuration(logging);
        }
        if !props.cors.is_empty() {
            let rules: Vec<_> = props.cors.into_iter().map(CorsRule::into_property).collect();
            bucket = bucket.cors_configuration(property::CorsConfiguration::new().cors_rules(rules));
        }
        let mut before = notification::Prerequisites::default();
        if props.event_bridge || !props.notifications.is_empty() {
            let configuration;
            (configuration, before) =
                notification::configuration(&scope, props.notifications, props.event_bridge, known_arn.as_ref());
            bucket = bucket.notification_configuration(configuration);
        }
        let handle = scope.add("Resource", bucket);
        handle.removal_policy(props.removal);
        before.come_before(&handle);

        let arn = handle.get(cfn::s3::Bucket::ARN);
        let all = [arn.clone().cast(), text![&arn, "/*"]];
        let only_tls = Statement::deny(["s3:*"]).on_anything().to(Principal::anyone());
        let only_tls = only_tls.when("Bool", "aws:SecureTransport", "false").sid("OnlyTls");
        let document: PolicyDocument =
            [only_tls].into_iter().chain(props.policy).map(|statement| statement.instead_of_anything(&all)).collect();
        let policy = cfn::s3::BucketPolicy::new().bucket(handle.reference()).policy_document(document.clone());
        let policy = scope.add("Policy", policy);
        policy.removal_policy(props.removal);
        let reference = BucketRef {
            arn,
            name: handle.reference(),
            encryption_key: props.encryption_key,
            prefix: String::new(),
            regional_domain_name: handle.get(cfn::s3::Bucket::REGIONAL_DOMAIN_NAME),
            admission: Admission::new(document.statements(), &policy, &all),
        };
        Self { reference }
    }

    /// The statement for the policy of a bucket that buckets of other apps log their requests to: S3 may put objects for buckets of this
    /// account.
    ///
    /// See [server access logs](https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html).
    pub fn access_log_statement() -> Statement {
        Statement::allow(["s3:PutObject"])
            .on_anything()
            .to(Principal::service(LOGGING_SERVICE).for_own_account())
            .sid("AccessLogs")
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.reference.name()
    }
}

/// The name by which S3 comes to the buckets that it logs to.
const LOGGING_SERVICE: &str = "logging.s3.amazonaws.com";

impl CorsRule {
    fn into_property(self) -> cfn::s3::bucket::CorsRule<flagcdk_core::Set, flagcdk_core::Set> {
        let mut rule = cfn::s3::bucket::CorsRule::new()
            .allowed_methods(self.methods)
            .allowed_origins(self.origins)
            .max_age(self.max_age_seconds);
        if !self.headers.is_empty() {
            rule = rule.allowed_headers(self.headers);
        }
        if !self.exposed_headers.is_empty() {
            rule = rule.exposed_headers(self.exposed_headers);
        }
        rule
    }
}

fn encryption(key: Option<&KeyRef>) -> cfn::s3::bucket::BucketEncryption<flagcdk_core::Set> {
    use cfn::s3::bucket as property;

    let rule = property::ServerSideEncryptionRule::new();
    let rule = match key {
        None => rule
            .server_side_encryption_by_default(property::ServerSideEncryptionByDefault::new().sse_algorithm("AES256")),
        Some(key) => rule
            .server_side_encryption_by_default(
                property::ServerSideEncryptionByDefault::new().sse_algorithm("aws:kms").kms_master_key_id(key.arn()),
            )
            .bucket_key_enabled(true),
    };
    property::BucketEncryption::new().server_side_encryption_configuration([rule])
}

fn lifecycle(
    versioning: Versioning,
    rules: Vec<LifecycleRule>,
) -> cfn::s3::bucket::LifecycleConfiguration<flagcdk_core::Set> {
    let housekeeping = LifecycleRule::for_all().abort_uploads_after(7);
    let housekeeping = match versioning {
        Versioning::KeepDays(days) => housekeeping.expire_old_versions_after(days),
        Versioning::Off | Versioning::Keep => housekeeping,
    };
    let numbered = rules.into_iter().enumerate().map(|(index, rule)| rule.into_property(format!("Rule{}", index + 1)));
    let rules: Vec<_> = [housekeeping.into_property("Housekeeping".into())].into_iter().chain(numbered).collect();
    cfn::s3::bucket::LifecycleConfiguration::new().rules(rules)
}

fn check(scope: &Scope, props: &BucketProps) {
    if let Some(name) = props.name.as_ref().and_then(Value::literal) {
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if !(3..=63).contains(&name.len())
            || !name.chars().all(legal)
            || !ends(name.chars().next())
            || !ends(name.chars().last())
            || name.contains("..")
        {
            scope.error(
                "s3::name",
                format!("`{name}` cannot be the name of a bucket"),
                "use 3 to 63 small letters, digits and `-`, with a letter or digit at both ends",
            );
        }
        if scope.stack().placement() == Placement::EveryRegion && scope.regions().len() > 1 {
            scope.error(
                "s3::global-name",
                format!("`{name}` would be the name of a bucket in each of {} regions", scope.regions().len()),
                "leave the name out, or end it in `Value::region()` with `text!`: names of buckets are global",
            );
        }
    }
    if props.versioning == Versioning::KeepDays(0) {
        scope.error("s3::versioning", "old versions are to be kept for 0 days", "use `Versioning::Off`");
    }
    props.lifecycle.iter().for_each(|rule| rule.check(scope));
}
