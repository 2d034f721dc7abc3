//! Untyped CloudFormation expressions: what a [`Value`](crate::Value) holds inside.

use std::borrow::Cow;
use std::collections::BTreeMap;

use flagcdk_assembly::LookUpKind;

/// A literal or an intrinsic function, before it is known which template it ends up in.
///
/// Users meet it rarely: [`Value`](crate::Value) is its typed front. See the
/// [intrinsic function reference](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Expr {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number that need not be whole.
    Number(f64),
    /// A text.
    Text(Cow<'static, str>),
    /// A list.
    List(Vec<Expr>),
    /// An object.
    Map(BTreeMap<Cow<'static, str>, Expr>),
    /// A resource's `Ref`, or with an attribute its `Fn::GetAtt`; across stacks an import or a wire.
    Reference {
        /// Which resource.
        resource: ResourceId,
        /// Which attribute; none for `Ref`.
        attribute: Option<Cow<'static, str>>,
    },
    /// `Ref` of a parameter of the stack that the expression is used in.
    Parameter(String),
    /// `Ref` of a pseudo parameter.
    Pseudo(Pseudo),
    /// Parts joined without a separator: written as `Fn::Sub` where that is possible, else as `Fn::Join`.
    Concat(Vec<Expr>),
    /// `Fn::Sub` with a template of the caller's.
    Sub(String, BTreeMap<String, Expr>),
    /// `Fn::Join`.
    Join(String, Box<Expr>),
    /// `Fn::Split`.
    Split(String, Box<Expr>),
    /// `Fn::Select`.
    Select(Box<Expr>, Box<Expr>),
    /// `Fn::If`: a condition's name and both branches.
    If(String, Box<Expr>, Box<Expr>),
    /// `Fn::FindInMap`.
    FindInMap(Box<[Expr; 3]>),
    /// `Fn::GetAZs`.
    GetAzs(Box<Expr>),
    /// `Fn::Cidr`: the block, how many subnets, and how many bits each has.
    Cidr(Box<[Expr; 3]>),
    /// `Fn::Base64`.
    Base64(Box<Expr>),
    /// `Fn::ImportValue` of a name that the caller knows.
    ImportValue(Box<Expr>),
    /// The S3 key under which an asset of the app is published.
    AssetKey(String),
    /// A value that the engine reads in each region, see [`flagcdk_assembly::LookUp`].
    LookUp {
        /// The name of the mapping that holds it.
        mapping: String,
        /// The key within.
        key: String,
        /// What is read.
        kind: LookUpKind,
    },
    /// JSON as it is, intrinsic functions included.
    Json(serde_json::Value),
}

/// Which resource of the app a [`Expr::Reference`] means: its place in the order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(pub(crate) usize);

/// A value that CloudFormation itself knows.
///
/// See [pseudo parameters](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pseudo {
    /// The account's id, twelve digits.
    AccountId,
    /// The topics that are notified of the stack's events.
    NotificationArns,
    /// Leaves the property out.
    NoValue,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    Partition,
    /// The region's name.
    Region,
    /// The stack's ARN.
    StackId,
    /// The stack's name.
    StackName,
    /// `amazonaws.com`, or what China has instead.
    UrlSuffix,
}

impl Pseudo {
    /// The name in a template, such as `AWS::Region`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountId => "AWS::AccountId",
            Self::NotificationArns => "AWS::NotificationARNs",
            Self::NoValue => "AWS::NoValue",
            Self::Partition => "AWS::Partition",
            Self::Region => "AWS::Region",
            Self::StackId => "AWS::StackId",
            Self::StackName => "AWS::StackName",
            Self::UrlSuffix => "AWS::URLSuffix",
        }
    }
}

impl Expr {
    /// An object of the given entries.
    pub fn map<K: Into<Cow<'static, str>>>(entries: impl IntoIterator<Item = (K, Expr)>) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// Calls `visit` on this expression and on every expression inside it.
    pub fn walk(&self, visit: &mut dyn FnMut(&Expr)) {
        visit(self);
        match self {
            Self::List(items) | Self::Concat(items) => items.iter().for_each(|item| item.walk(visit)),
            Self::Map(entries) => entries.values().for_each(|value| value.walk(visit)),
            Self::Sub(_, variables) => variables.values().for_each(|value| value.walk(visit)),
            Self::Join(_, inner) | Self::Split(_, inner) => inner.walk(visit),
            Self::GetAzs(inner) | Self::Base64(inner) | Self::ImportValue(inner) => inner.walk(visit),
            Self::Select(left, right) | Self::If(_, left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            Self::FindInMap(parts) | Self::Cidr(parts) => parts.iter().for_each(|part| part.walk(visit)),
            _ => {}
        }
    }
}

impl From<&'static str> for Expr {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Expr {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<bool> for Expr {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Expr {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl<T: Into<Expr>> From<Vec<T>> for Expr {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Expr>, const N: usize> From<[T; N]> for Expr {
    fn from(items: [T; N]) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T> From<&crate::Value<T>> for Expr {
    fn from(value: &crate::Value<T>) -> Self {
        value.expr().clone()
    }
}

impl From<serde_json::Value> for Expr {
    fn from(json: serde_json::Value) -> Self {
        Self::Json(json)
    }
}

impl<T> From<crate::Value<T>> for Expr {
    fn from(value: crate::Value<T>) -> Self {
        value.into_expr()
    }
}
