//! Where a distribution has its contents from.

use std::borrow::Cow;

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Scope, Value, text};

use crate::fingerprint::fingerprint;
use crate::iam::{Principal, Statement};
use crate::s3::BucketRef;

/// The name by which CloudFront comes to buckets.
const SERVICE: &str = "cloudfront.amazonaws.com";

/// Where a [`Distribution`](super::Distribution) has its contents from.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "few are made, and a box would be in every caller's way")]
pub enum Origin {
    /// A bucket that is closed to the public, and lets the distribution in. One that is not of this app must do so by
    /// [`origin_access_statement`]. If it has a key, that must be for
    /// [`KeyService::CloudFront`](crate::kms::KeyService::CloudFront).
    Bucket(BucketRef),
    /// A server that speaks TLS 1.2 by this host name, such as an API.
    Https(Value<String>),
}

/// What is served for paths of a pattern, from where, and how long it is kept.
///
/// ```
/// use flagcdk::cloudfront::{Behavior, CachePolicy, Origin};
///
/// let api = Behavior::of("/api/*", Origin::https("api.example.com")).cached_by(CachePolicy::DISABLED).with_all_methods();
/// ```
#[derive(Clone, Debug)]
pub struct Behavior {
    pub(super) pattern: Cow<'static, str>,
    pub(super) origin: Origin,
    pub(super) cache: CachePolicy,
    pub(super) request: Option<OriginRequestPolicy>,
    pub(super) all_methods: bool,
}

/// How long contents are kept, and what tells them apart.
///
/// See [managed cache policies](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CachePolicy(pub(super) &'static str);

/// What of a viewer's request the origin gets, beside what the cache tells contents apart by.
///
/// See [managed origin request policies](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OriginRequestPolicy(pub(super) &'static str);

impl CachePolicy {
    /// For a day unless the origin says otherwise, by path alone, compressed.
    pub const OPTIMIZED: Self = Self("658327ea-f89d-4fab-a63d-7e88639e58f6");
    /// Not at all.
    pub const DISABLED: Self = Self("4135ea2d-6df8-44a3-9df3-4b5a84be39ad");

    /// Another policy, by its id.
    pub const fn from_id(id: &'static str) -> Self {
        Self(id)
    }
}

impl OriginRequestPolicy {
    /// Everything but the header `Host`, which APIs and function URLs would not know.
    pub const ALL_VIEWER_EXCEPT_HOST: Self = Self("b689b0a8-53d0-40ab-baf2-68738e2966ac");

    /// Another policy, by its id.
    pub const fn from_id(id: &'static str) -> Self {
        Self(id)
    }
}

impl Origin {
    /// A bucket.
    pub fn bucket(bucket: &impl AsRef<BucketRef>) -> Self {
        Self::Bucket(bucket.as_ref().clone())
    }

    /// A server, by its host name.
    pub fn https(host: impl Into<Value<String>>) -> Self {
        Self::Https(host.into())
    }

    /// Lets a distribution get objects of the bucket, if it is one.
    pub(super) fn let_in(&self, scope: &Scope, distribution: Value<Arn>) {
        let Self::Bucket(bucket) = self else { return };
        let admission = bucket.admission();
        if !admission.lacks(SERVICE) {
            return;
        }
        // From another stack the distribution cannot be named: its own stack comes later.
        admission.add(if admission.is_in_stack_of(scope) {
            Statement::allow(["s3:GetObject"]).on_anything().to(Principal::service(SERVICE).for_resource(distribution))
        } else {
            origin_access_statement()
        });
    }

    /// The origin as a property, with what it is made of.
    pub(super) fn into_property(self, scope: &Scope, id: &str) -> cfn::cloudfront::distribution::Origin {
        use cfn::cloudfront::distribution as property;

        match self {
            Self::Bucket(bucket) => {
                let control = scope.add(&format!("{id}AccessControl"), origin_access_control(scope, id));
                // That there is no identity of the old kind must be said, by an empty one.
                property::Origin::new()
                    .id(id)
                    .domain_name(bucket.regional_domain_name())
                    .s3_origin_config(property::S3OriginConfig::new().origin_access_identity(""))
                    .origin_access_control_id(control.reference())
            }
            Self::Https(host) => {
                let server = property::CustomOriginConfig::new()
                    .origin_protocol_policy("https-only")
                    .origin_ssl_protocols(["TLSv1.2"]);
                property::Origin::new().id(id).domain_name(host).custom_origin_config(server)
            }
        }
    }
}

impl Behavior {
    /// What is served for paths of a pattern such as `/api/*`: kept as [`CachePolicy::OPTIMIZED`] says, and read alone.
    pub fn of(pattern: impl Into<Cow<'static, str>>, origin: Origin) -> Self {
        Self { pattern: pattern.into(), origin, cache: CachePolicy::OPTIMIZED, request: None, all_methods: false }
    }

    /// How long contents are kept.
    #[must_use]
    pub fn cached_by(mut self, policy: CachePolicy) -> Self {
        self.cache = policy;
        self
    }

    /// What of a viewer's request the origin gets.
    #[must_use]
    pub fn requested_by(mut self, policy: OriginRequestPolicy) -> Self {
        self.request = Some(policy);
        self
    }

    /// Lets through all methods, also those that change something.
    #[must_use]
    pub fn with_all_methods(mut self) -> Self {
        self.all_methods = true;
        self
    }
}

/// The statement for the policy of a bucket that is served but is not of this app: CloudFront may get objects, on behalf of the distributions of this
/// account.
///
/// See [origin access control](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html).
pub fn origin_access_statement() -> Statement {
    let distributions = text!["arn:", Value::partition(), ":cloudfront::", Value::account_id(), ":distribution/*"];
    let service = Principal::service(SERVICE).for_resource(distributions);
    Statement::allow(["s3:GetObject"]).on_anything().to(service).sid("Distributions")
}

fn origin_access_control(scope: &Scope, id: &str) -> cfn::cloudfront::OriginAccessControl {
    use cfn::cloudfront::origin_access_control as property;

    // Its name is unique in the account and has 64 characters at most: the stack's own id, and a short form of the place.
    let stack: Value<String> = Value::split("/", Value::stack_id()).select(2);
    let config = property::OriginAccessControlConfig::new()
        .name(text![stack, "-", fingerprint(&format!("{}/{id}", scope.path()))])
        .origin_access_control_origin_type("s3")
        .signing_behavior("always")
        .signing_protocol("sigv4");
    cfn::cloudfront::OriginAccessControl::new().origin_access_control_config(config)
}
