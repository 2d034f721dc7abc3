//! Conditions of statements.

use std::borrow::Cow;

use flagcdk_core::{IntoValue, Value};

/// What must be so for a statement to hold: a key of the request, compared with a value.
///
/// ```
/// use flagcdk::iam::{Condition, ConditionKey, Statement};
///
/// let from_office = Statement::allow(["s3:GetObject"])
///     .on("arn:aws:s3:::prices/*")
///     .only_if(Condition::ip_in(ConditionKey::SOURCE_IP, "192.0.2.0/24"))
///     .only_if(Condition::equals(ConditionKey::principal_tag("team"), "pricing"));
/// ```
///
/// See [condition operators](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub(super) operator: Cow<'static, str>,
    pub(super) key: ConditionKey,
    pub(super) value: Value<String>,
}

/// What of a request a [`Condition`] looks at.
///
/// See [global condition keys](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionKey(pub(super) Cow<'static, str>);

impl ConditionKey {
    /// Whether somebody showed a second factor.
    pub const MFA_PRESENT: Self = Self(Cow::Borrowed("aws:MultiFactorAuthPresent"));
    /// The ARN of who asks.
    pub const PRINCIPAL_ARN: Self = Self(Cow::Borrowed("aws:PrincipalArn"));
    /// The account of who asks.
    pub const PRINCIPAL_ACCOUNT: Self = Self(Cow::Borrowed("aws:PrincipalAccount"));
    /// The organization of who asks, `o-…`.
    pub const PRINCIPAL_ORGANIZATION: Self = Self(Cow::Borrowed("aws:PrincipalOrgID"));
    /// The region that is asked.
    pub const REQUESTED_REGION: Self = Self(Cow::Borrowed("aws:RequestedRegion"));
    /// The account of what is asked for.
    pub const RESOURCE_ACCOUNT: Self = Self(Cow::Borrowed("aws:ResourceAccount"));
    /// Whether the request comes over TLS.
    pub const SECURE_TRANSPORT: Self = Self(Cow::Borrowed("aws:SecureTransport"));
    /// The account on whose behalf a service asks.
    pub const SOURCE_ACCOUNT: Self = Self(Cow::Borrowed("aws:SourceAccount"));
    /// The ARN on whose behalf a service asks.
    pub const SOURCE_ARN: Self = Self(Cow::Borrowed("aws:SourceArn"));
    /// The address that the request comes from, over the internet.
    pub const SOURCE_IP: Self = Self(Cow::Borrowed("aws:SourceIp"));
    /// The endpoint that the request comes by, from inside of a network.
    pub const SOURCE_VPC_ENDPOINT: Self = Self(Cow::Borrowed("aws:SourceVpce"));
    /// The service that a role is passed to.
    pub const PASSED_TO_SERVICE: Self = Self(Cow::Borrowed("iam:PassedToService"));

    /// A tag of who asks.
    pub fn principal_tag(key: &str) -> Self {
        Self(Cow::Owned(format!("aws:PrincipalTag/{key}")))
    }

    /// A tag that the request gives to something.
    pub fn request_tag(key: &str) -> Self {
        Self(Cow::Owned(format!("aws:RequestTag/{key}")))
    }

    /// A tag of what is asked for.
    pub fn resource_tag(key: &str) -> Self {
        Self(Cow::Owned(format!("aws:ResourceTag/{key}")))
    }

    /// Another key, such as `s3:prefix`.
    pub fn new(key: impl Into<Cow<'static, str>>) -> Self {
        Self(key.into())
    }
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $function:ident = $operator:literal;)*) => {
        impl Condition {
            $($(#[$doc])* pub fn $function(key: ConditionKey, value: impl IntoValue<String>) -> Self {
                Self { operator: Cow::Borrowed($operator), key, value: value.into_value() }
            })*
        }
    };
}

comparisons! {
    /// The text is this one. Said twice of one key, it is one of both.
    equals = "StringEquals";
    /// The text is not this one. Said twice of one key, it is none of both.
    differs_from = "StringNotEquals";
    /// The text is like this one, in which `*` and `?` stand for any characters and for one.
    is_like = "StringLike";
    /// The text is not like this one.
    is_unlike = "StringNotLike";
    /// The ARN is like this one, in each of its parts.
    arn_is_like = "ArnLike";
    /// The ARN is not like this one.
    arn_is_unlike = "ArnNotLike";
    /// The address is in the block.
    ip_in = "IpAddress";
    /// The address is not in the block.
    ip_not_in = "NotIpAddress";
    /// The number is as small or smaller.
    at_most = "NumericLessThanEquals";
    /// The number is as large or larger.
    at_least = "NumericGreaterThanEquals";
    /// The time is before this one, such as `2027-01-01T00:00:00Z`.
    before = "DateLessThan";
    /// The time is after this one.
    after = "DateGreaterThan";
}

impl Condition {
    /// The key is true, or false.
    pub fn is(key: ConditionKey, value: bool) -> Self {
        Self { operator: Cow::Borrowed("Bool"), key, value: if value { "true" } else { "false" }.into() }
    }

    /// The request has the key.
    pub fn is_present(key: ConditionKey) -> Self {
        Self { operator: Cow::Borrowed("Null"), key, value: "false".into() }
    }

    /// The request does not have the key.
    pub fn is_absent(key: ConditionKey) -> Self {
        Self { operator: Cow::Borrowed("Null"), key, value: "true".into() }
    }

    /// Holds also where the request does not have the key.
    #[must_use]
    pub fn or_absent(mut self) -> Self {
        self.operator = Cow::Owned(format!("{}IfExists", self.operator));
        self
    }

    /// Holds if any of the key's values is so, for keys with several.
    #[must_use]
    pub fn for_any_value(mut self) -> Self {
        self.operator = Cow::Owned(format!("ForAnyValue:{}", self.operator));
        self
    }
}
