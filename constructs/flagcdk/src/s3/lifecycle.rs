//! What becomes of objects as they grow old.

use std::borrow::Cow;

use flagcdk_cfn as cfn;
use flagcdk_core::Scope;

/// Where an object is stored.
///
/// See [storage classes](https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageClass(&'static str);

impl StorageClass {
    /// Cheaper to keep and dearer to read, for objects of 30 days and more.
    pub const STANDARD_IA: Self = Self("STANDARD_IA");
    /// As [`StorageClass::STANDARD_IA`], in one Availability Zone.
    pub const ONE_ZONE_IA: Self = Self("ONEZONE_IA");
    /// S3 moves objects between tiers by how they are read.
    pub const INTELLIGENT_TIERING: Self = Self("INTELLIGENT_TIERING");
    /// An archive that is read at once.
    pub const GLACIER_IR: Self = Self("GLACIER_IR");
    /// An archive that is read after minutes or hours.
    pub const GLACIER: Self = Self("GLACIER");
    /// An archive that is read after half a day.
    pub const DEEP_ARCHIVE: Self = Self("DEEP_ARCHIVE");

    /// S3's word.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether S3 takes objects into the class from the 30th day on only.
    fn wants_thirty_days(self) -> bool {
        self == Self::STANDARD_IA || self == Self::ONE_ZONE_IA
    }
}

/// What becomes of objects as they grow old: of all in the bucket, or of those below a prefix.
///
/// ```
/// use flagcdk::s3::{LifecycleRule, StorageClass};
///
/// let exports = LifecycleRule::below("exports/").expire_after(14);
/// let everything = LifecycleRule::for_all().to_storage_class_after(StorageClass::INTELLIGENT_TIERING, 0);
/// ```
///
/// See [lifecycle](https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifecycleRule {
    prefix: Option<Cow<'static, str>>,
    expire_days: Option<u32>,
    old_versions: Option<(u32, Option<u8>)>,
    transitions: Vec<(StorageClass, u32)>,
    abort_uploads_days: Option<u32>,
}

impl LifecycleRule {
    /// A rule for every object, which does nothing until it is told.
    pub const fn for_all() -> Self {
        Self { prefix: None, expire_days: None, old_versions: None, transitions: Vec::new(), abort_uploads_days: None }
    }

    /// A rule for the objects whose keys begin with the prefix.
    pub fn below(prefix: impl Into<Cow<'static, str>>) -> Self {
        Self { prefix: Some(prefix.into()), ..Self::for_all() }
    }

    /// Deletes objects so many days after they were put. With versioning they become old versions.
    #[must_use]
    pub fn expire_after(mut self, days: u32) -> Self {
        self.expire_days = Some(days);
        self
    }

    /// Deletes old versions so many days after they were replaced.
    #[must_use]
    pub fn expire_old_versions_after(mut self, days: u32) -> Self {
        self.old_versions = Some((days, None));
        self
    }

    /// Deletes old versions so many days after they were replaced, but keeps the newest of them, 1 to 100.
    #[must_use]
    pub fn expire_old_versions_but(mut self, keep: u8, days: u32) -> Self {
        self.old_versions = Some((days, Some(keep)));
        self
    }

    /// Moves objects to a cheaper class so many days after they were put; called again, to the next one.
    #[must_use]
    pub fn to_storage_class_after(mut self, class: StorageClass, days: u32) -> Self {
        self.transitions.push((class, days));
        self
    }

    /// Forgets uploads in parts that were not finished within so many days.
    #[must_use]
    pub fn abort_uploads_after(mut self, days: u32) -> Self {
        self.abort_uploads_days = Some(days);
        self
    }

    /// The rule as a property. The name tells rules of one bucket apart.
    pub(super) fn into_property(self, id: String) -> cfn::s3::bucket::Rule<flagcdk_core::Set> {
        use cfn::s3::bucket as property;

        let mut rule = property::Rule::new().id(id).status("Enabled");
        if let Some(prefix) = self.prefix {
            rule = rule.prefix(&*prefix);
        }
        if let Some(days) = self.expire_days {
            rule = rule.expiration_in_days(days);
        }
        if let Some((days, keep)) = self.old_versions {
            let mut expiration = property::NoncurrentVersionExpiration::new().noncurrent_days(days);
            if let Some(keep) = keep {
                expiration = expiration.newer_noncurrent_versions(keep);
            }
            rule = rule.noncurrent_version_expiration(expiration);
        }
        if !self.transitions.is_empty() {
            let transition = |(class, days): (StorageClass, u32)| {
                property::Transition::new().storage_class(class.as_str()).transition_in_days(days)
            };
            rule = rule.transitions(self.transitions.into_iter().map(transition).collect::<Vec<_>>());
        }
        if let Some(days) = self.abort_uploads_days {
            let abort = property::AbortIncompleteMultipartUpload::new().days_after_initiation(days);
            rule = rule.abort_incomplete_multipart_upload(abort);
        }
        rule
    }

    /// Reports what S3 would refuse.
    pub(super) fn check(&self, scope: &Scope) {
        let whose =
            self.prefix.as_deref().map_or_else(|| "for all objects".to_owned(), |prefix| format!("of `{prefix}`"));
        let error = |message: String, help: &str| scope.error("s3::lifecycle", message, help);
        let idle = self.expire_days.is_none() && self.old_versions.is_none() && self.abort_uploads_days.is_none();
        if idle && self.transitions.is_empty() {
            error(
                format!("the lifecycle rule {whose} does nothing"),
                "say what becomes of the objects, or take it out",
            );
        }
        let zero = [self.expire_days, self.abort_uploads_days, self.old_versions.map(|(days, _)| days)];
        if zero.contains(&Some(0)) {
            error(format!("the lifecycle rule {whose} has 0 days"), "S3 counts from 1");
        }
        if let Some((_, Some(keep))) = self.old_versions
            && !(1..=100).contains(&keep)
        {
            error(
                format!("the lifecycle rule {whose} keeps {keep} old versions, wanted 1 to 100"),
                "choose from 1 to 100",
            );
        }
        for (class, days) in &self.transitions {
            if class.wants_thirty_days() && *days < 30 {
                let class = class.as_str();
                error(
                    format!("the lifecycle rule {whose} moves objects to `{class}` after {days} days"),
                    "S3 takes 30 and more",
                );
            }
            if self.expire_days.is_some_and(|expire| expire <= *days) {
                let (class, expire) = (class.as_str(), self.expire_days.unwrap_or_default());
                error(
                    format!(
                        "the lifecycle rule {whose} moves objects to `{class}` after {days} days and deletes them after {expire}"
                    ),
                    "let them be moved before they are deleted",
                );
            }
        }
    }
}
