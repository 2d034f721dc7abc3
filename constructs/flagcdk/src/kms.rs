//! Key Management Service: keys that are the account's own.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, RemovalPolicy, Scope, Value, text};
use typed_builder::TypedBuilder;

use crate::iam::{Grantee, PolicyDocument, Principal, Statement};
use crate::reference::reference;

/// How a [`Key`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct KeyProps {
    /// What the key is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    description: Option<Value<String>>,
    /// The name of an alias for the key, such as `alias/prod-orders`; by default there is none.
    #[builder(default, setter(into, strip_option))]
    alias: Option<Value<String>>,
    /// The services that use the key on their own behalf, rather than on behalf of a caller who may use it; by default none.
    #[builder(default, setter(into))]
    services: Vec<KeyService>,
    /// How many days a key that is deleted can still be brought back, 7 to 30; by default 30.
    #[builder(default = 30)]
    pending_window_days: u8,
    /// What becomes of the key when it leaves the stack; by default it is retained, since without it what it encrypted is lost.
    #[builder(default = RemovalPolicy::Retain)]
    removal: RemovalPolicy,
}

/// A service that calls KMS with its own identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeyService {
    /// CloudFront, for distributions of the same account that serve encrypted buckets.
    /// See [encrypted origins](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html).
    CloudFront,
    /// Alarms of CloudWatch, which publish to encrypted topics.
    /// See [encrypted topics](https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services).
    CloudWatchAlarms,
    /// The delivery of logs that other services write with a key of their own, as encrypted state machines do.
    /// See [encryption at rest](https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html).
    CloudWatchLogDelivery,
    /// CloudWatch Logs, for the log groups of the same account and region.
    /// See [log encryption](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
    CloudWatchLogs,
    /// EventBridge, which sends to encrypted topics and queues.
    ///
    /// This is the one service without a condition on the account: the calls that EventBridge makes for an encrypted topic
    /// carry none of `aws:SourceAccount` and `aws:SourceArn`, and with either every event would be dropped.
    /// See [encrypted topics](https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services).
    EventBridge,
    /// S3, which notifies encrypted queues and topics.
    /// See [notifications](https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html).
    S3,
    /// SNS, which delivers to encrypted queues.
    /// See [encrypted queues](https://docs.aws.amazon.com/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html).
    Sns,
}

/// A symmetric key that is rotated every year and retained when its stack is deleted.
///
/// Its policy lets the account's own policies decide who uses it, and the [`KeyService`]s use it for this account alone.
///
/// ```
/// use flagcdk::kms::{Key, KeyProps, KeyService};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Keys", Placement::EveryRegion);
/// let props = KeyProps::builder().alias("alias/shop").services([KeyService::Sns, KeyService::CloudWatchLogs]).build();
/// let key = Key::new(&stack, "Key", props);
/// stack.output("KeyId", key.id());
/// assert!(app.synth()?.template("Keys").contains("EnableKeyRotation"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::KMS::Key](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html).
#[derive(Clone, Debug)]
pub struct Key {
    reference: KeyRef,
    id: Value<String>,
}

/// A key, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyRef {
    arn: Value<Arn>,
    /// The alias by which policies know the key, if it was imported by it.
    alias: Option<Value<String>>,
    region: Value<String>,
}

impl Key {
    /// Makes the key, and its alias if it has one.
    pub fn new(scope: &Scope, id: &str, props: KeyProps) -> Self {
        let scope = scope.construct(id);
        if !(7..=30).contains(&props.pending_window_days) {
            scope.error(
                "kms::pending-window",
                format!("the pending window is {} days, wanted 7 to 30", props.pending_window_days),
                "choose a number of days in that range",
            );
        }
        let mut key = cfn::kms::Key::new()
            .key_policy(key_policy(props.services))
            .enable_key_rotation(true)
            .pending_window_in_days(props.pending_window_days);
        if let Some(description) = props.description {
            key = key.description(description);
        }
        let handle = scope.add("Resource", key);
        handle.removal_policy(props.removal);
        if let Some(name) = props.alias {
            let alias = cfn::kms::Alias::new().alias_name(name).target_key_id(handle.reference());
            scope.add("Alias", alias);
        }
        Self { reference: KeyRef::from_arn(handle.get(cfn::kms::Key::ARN)), id: handle.reference() }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }

    /// The id.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }
}

impl KeyRef {
    /// A key that exists already, in the stack's own region.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        Self { arn: arn.into_value(), alias: None, region: Value::region() }
    }

    /// Whatever key of the stack's own account and region has the alias, such as `alias/prod-orders`.
    ///
    /// Nearly everything takes an alias for a key; log groups do not.
    pub fn from_alias(alias: impl IntoValue<String>) -> Self {
        Self::from_alias_in(Value::region(), alias)
    }

    /// As [`KeyRef::from_alias`], in another region.
    pub fn from_alias_in(region: impl IntoValue<String>, alias: impl IntoValue<String>) -> Self {
        let (region, alias) = (region.into_value(), alias.into_value());
        let arn = text!["arn:", Value::partition(), ":kms:", &region, ":", Value::account_id(), ":", &alias];
        Self { arn: arn.cast(), alias: Some(alias), region }
    }

    /// The ARN of the key, or of the alias that it was imported by.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// Lets somebody decrypt.
    pub fn grant_decrypt(&self, grantee: &impl Grantee) {
        grantee.grant("DecryptWithKey", vec![self.statement(&["kms:Decrypt"])]);
    }

    /// Lets somebody encrypt and decrypt.
    pub fn grant_encrypt_decrypt(&self, grantee: &impl Grantee) {
        let actions = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:DescribeKey"];
        grantee.grant("EncryptAndDecryptWithKey", vec![self.statement(&actions)]);
    }

    /// The statement that lets somebody use the key, but only by way of a service such as `sqs`: what that service encrypted,
    /// and nothing else that the key protects.
    pub(crate) fn statement_via<const N: usize>(&self, service: &str, actions: [&'static str; N]) -> Statement {
        self.statement_by_way_of(service, &actions)
    }

    /// As [`KeyRef::statement_via`], with as many actions as there happen to be.
    pub(crate) fn statement_by_way_of(&self, service: &str, actions: &[&'static str]) -> Statement {
        let endpoint = text![service, ".", &self.region, ".", Value::url_suffix()];
        self.statement(actions).when("StringEquals", "kms:ViaService", endpoint)
    }

    fn statement(&self, actions: &[&'static str]) -> Statement {
        let statement = Statement::allow(actions.iter().copied());
        match &self.alias {
            None => statement.on(&self.arn),
            // Policies know keys by their own ARNs alone; an alias is a condition.
            Some(alias) => {
                let keys = text!["arn:", Value::partition(), ":kms:", &self.region, ":", Value::account_id(), ":key/*"];
                statement.on(keys).when("ForAnyValue:StringEquals", "kms:ResourceAliases", alias)
            }
        }
    }
}

reference!(Key => KeyRef);

fn key_policy(mut services: Vec<KeyService>) -> PolicyDocument {
    let account = Statement::allow(["kms:*"]).on_anything().to(Principal::own_account()).sid("AccountDecides");
    services.sort();
    services.dedup();
    let mut document = PolicyDocument::from_iter([account]);
    services.into_iter().for_each(|service| document.add(service.statement()));
    document
}

impl KeyService {
    /// What the service may do with the key; in a key's policy `*` is that key.
    fn statement(self) -> Statement {
        let encrypt = || Statement::allow(["kms:Decrypt", "kms:GenerateDataKey*"]).on_anything();
        match self {
            Self::CloudWatchAlarms => {
                encrypt().to(Principal::service("cloudwatch.amazonaws.com").for_own_account()).sid("CloudWatchAlarms")
            }
            Self::CloudFront => {
                let distributions =
                    text!["arn:", Value::partition(), ":cloudfront::", Value::account_id(), ":distribution/*"];
                let service = Principal::service("cloudfront.amazonaws.com").for_resource(distributions);
                encrypt().to(service).sid("CloudFront")
            }
            Self::EventBridge => encrypt().to(Principal::service("events.amazonaws.com")).sid("EventBridge"),
            Self::S3 => encrypt().to(Principal::service("s3.amazonaws.com").for_own_account()).sid("S3"),
            Self::Sns => encrypt().to(Principal::service("sns.amazonaws.com").for_own_account()).sid("Sns"),
            Self::CloudWatchLogs => {
                let actions =
                    ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"];
                let logs = text!["arn:", Value::partition(), ":logs:", Value::region(), ":", Value::account_id(), ":*"];
                let service = text!["logs.", Value::region(), ".", Value::url_suffix()];
                Statement::allow(actions)
                    .on_anything()
                    .to(Principal::service(service))
                    .when("ArnLike", "kms:EncryptionContext:aws:logs:arn", logs)
                    .sid("CloudWatchLogs")
            }
            Self::CloudWatchLogDelivery => {
                let logs = text!["arn:", Value::partition(), ":logs:", Value::region(), ":", Value::account_id(), ":*"];
                Statement::allow(["kms:Decrypt*"])
                    .on_anything()
                    .to(Principal::service("delivery.logs.amazonaws.com"))
                    .when("StringLike", "kms:EncryptionContext:SourceArn", logs)
                    .sid("CloudWatchLogDelivery")
            }
        }
    }
}
