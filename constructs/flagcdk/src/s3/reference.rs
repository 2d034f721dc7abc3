//! Buckets as others know them.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, Value, text};

use super::Bucket;
use crate::arn;
#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::{Metric, Statistic};
use crate::iam::{Admission, Grantee, Statement};
use crate::kms::KeyRef;
use crate::reference::reference;

/// A bucket, owned or imported, or what is [below a prefix](BucketRef::below) of it.
#[derive(Clone, Debug, PartialEq)]
pub struct BucketRef {
    pub(super) arn: Value<Arn>,
    pub(super) name: Value<String>,
    pub(super) encryption_key: Option<KeyRef>,
    pub(super) prefix: String,
    pub(super) regional_domain_name: Value<String>,
    pub(super) admission: Admission<cfn::s3::BucketPolicy>,
}

impl BucketRef {
    /// A bucket of the stack's own region that exists already.
    pub fn from_name(name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        Self {
            arn: text!["arn:", Value::partition(), ":s3:::", &name].cast(),
            regional_domain_name: text![&name, ".s3.", Value::region(), ".", Value::url_suffix()],
            name,
            encryption_key: None,
            prefix: String::new(),
            admission: Admission::unknown(),
        }
    }

    /// A bucket of the stack's own region that exists already, by its ARN.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        let arn = arn.into_value();
        let name = arn::part(&arn, 5);
        Self { arn, ..Self::from_name(name) }
    }

    /// Says which key encrypts the objects of an imported bucket, so that grants are for the key too.
    #[must_use]
    pub fn encrypted_with(mut self, key: impl Into<KeyRef>) -> Self {
        self.encryption_key = Some(key.into());
        self
    }

    /// The objects whose keys begin with the prefix, such as `invoices/`: grants are for these alone.
    #[must_use]
    pub fn below(&self, prefix: &str) -> Self {
        Self { prefix: format!("{}{prefix}", self.prefix), ..self.clone() }
    }

    /// The ARN of the bucket.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The host name by which the bucket is reached in its region.
    pub fn regional_domain_name(&self) -> Value<String> {
        self.regional_domain_name.clone()
    }

    /// The ARN of the objects, which ends in `/*`.
    pub fn objects_arn(&self) -> Value<Arn> {
        text![&self.arn, format!("/{}*", self.prefix)].cast()
    }

    /// Lets somebody get objects, and list them, so that an object that is not there is told from one that may not be read.
    pub fn grant_read(&self, grantee: &impl Grantee) {
        grantee.grant("ReadBucket", self.with_key(self.read(), &["kms:Decrypt"]));
    }

    /// Lets somebody put objects, in one or in parts, over others too, but neither read nor delete them.
    pub fn grant_put(&self, grantee: &impl Grantee) {
        // Parts are decrypted when they are put together.
        grantee.grant("PutObjects", self.with_key(self.put(), &["kms:Decrypt", "kms:GenerateDataKey"]));
    }

    /// Lets somebody delete objects; where the bucket keeps versions, these stay.
    pub fn grant_delete(&self, grantee: &impl Grantee) {
        grantee.grant("DeleteObjects", vec![self.delete()]);
    }

    /// Lets somebody get, list, put and delete objects.
    pub fn grant_read_write(&self, grantee: &impl Grantee) {
        let statements = self.read().into_iter().chain(self.put()).chain([self.delete()]).collect();
        grantee.grant("ReadAndWriteBucket", self.with_key(statements, &["kms:Decrypt", "kms:GenerateDataKey"]));
    }

    /// How many bytes the bucket has in the class `StandardStorage`, told once a day.
    ///
    /// See [metrics of S3](https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metric_size_bytes(&self) -> Metric {
        self.daily_metric("BucketSizeBytes", "StandardStorage")
    }

    /// How many objects the bucket has, told once a day.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_object_count(&self) -> Metric {
        self.daily_metric("NumberOfObjects", "AllStorageTypes")
    }

    pub(crate) fn admission(&self) -> &Admission<cfn::s3::BucketPolicy> {
        &self.admission
    }

    #[cfg(feature = "cloudwatch")]
    fn daily_metric(&self, name: &'static str, storage: &'static str) -> Metric {
        Metric::new("AWS/S3", name)
            .dimension("BucketName", &self.name)
            .dimension("StorageType", storage)
            .statistic(Statistic::Average)
            .period_seconds(86_400)
    }

    fn read(&self) -> Vec<Statement> {
        let list = Statement::allow(["s3:ListBucket"]).on(&self.arn);
        let list = match self.prefix.as_str() {
            "" => list,
            prefix => list.when("StringLike", "s3:prefix", format!("{prefix}*")),
        };
        vec![Statement::allow(["s3:GetObject"]).on(self.objects_arn()), list]
    }

    fn put(&self) -> Vec<Statement> {
        vec![Statement::allow(["s3:AbortMultipartUpload", "s3:PutObject"]).on(self.objects_arn())]
    }

    fn delete(&self) -> Statement {
        Statement::allow(["s3:DeleteObject"]).on(self.objects_arn())
    }

    fn with_key(&self, mut statements: Vec<Statement>, actions: &[&'static str]) -> Vec<Statement> {
        statements.extend(self.encryption_key.as_ref().map(|key| key.statement_by_way_of("s3", actions)));
        statements
    }
}

reference!(Bucket => BucketRef);
