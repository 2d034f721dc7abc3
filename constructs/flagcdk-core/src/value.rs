//! Typed values: a literal, or an expression that CloudFormation evaluates.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use crate::{Condition, Expr, Pseudo};

/// A value of type `T` that is known now (a literal) or when CloudFormation deploys (a reference, an intrinsic function).
///
/// It is never a string that stands for something else: what is not known yet cannot be printed, compared or cut.
///
/// ```
/// use flagcdk_core::{Value, text};
///
/// let literal: Value<String> = "flags".into();
/// assert_eq!(literal.literal(), Some("flags"));
/// let arn = text!["arn:", Value::partition(), ":sqs:", Value::region(), ":", Value::account_id(), ":flags"];
/// assert_eq!(arn.literal(), None);
/// ```
pub struct Value<T> {
    expr: Expr,
    kind: PhantomData<fn() -> T>,
}

/// The text is an ARN: the kind of value that `…Arn` attributes have.
///
/// See [Amazon Resource Names](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn;

/// Any JSON: the kind of value of properties without a closed schema, such as policy documents.
pub type Json = serde_json::Value;

/// What can be given where a [`Value<T>`] is wanted: literals, values, and lists of either.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value of type `{T}`",
    label = "expected a literal `{T}`, or a `Value<{T}>` such as an attribute of a resource",
    note = "if the value is right all the same, `.cast()` makes a `Value` one of any type"
)]
pub trait IntoValue<T> {
    /// The value.
    fn into_value(self) -> Value<T>;
}

/// Joins literals and values to one text, written as `Fn::Sub` in the template.
///
/// ```
/// use flagcdk_core::{Value, text};
/// let bucket: Value<String> = text!["assets-", Value::account_id(), "-", Value::region()];
/// ```
#[macro_export]
macro_rules! text {
    ($($part:expr),* $(,)?) => {
        $crate::Value::<::std::string::String>::concat([$($crate::IntoValue::<::std::string::String>::into_value($part)),*])
    };
}

impl<T> Value<T> {
    /// The value of an expression whose kind the caller vouches for.
    pub const fn from_expr(expr: Expr) -> Self {
        Self { expr, kind: PhantomData }
    }

    /// The expression.
    pub const fn expr(&self) -> &Expr {
        &self.expr
    }

    /// The expression, owned.
    pub fn into_expr(self) -> Expr {
        self.expr
    }

    /// The same expression as a value of another kind, which the caller vouches for.
    pub fn cast<U>(self) -> Value<U> {
        Value::from_expr(self.expr)
    }

    /// `Fn::If`: the first value where the condition holds, else the second.
    pub fn when(condition: &Condition, then: impl IntoValue<T>, otherwise: impl IntoValue<T>) -> Self {
        let (then, otherwise) = (then.into_value().expr, otherwise.into_value().expr);
        Self::from_expr(Expr::If(condition.name().to_owned(), Box::new(then), Box::new(otherwise)))
    }

    /// `AWS::NoValue`: leaves the property out, for one branch of [`Value::when`].
    pub const fn no_value() -> Self {
        Self::from_expr(Expr::Pseudo(Pseudo::NoValue))
    }

    /// `Fn::FindInMap`: looks a value up in a mapping of the stack that it is used in.
    pub fn find_in_map(
        mapping: impl IntoValue<String>,
        first: impl IntoValue<String>,
        second: impl IntoValue<String>,
    ) -> Self {
        let keys = [mapping.into_value().expr, first.into_value().expr, second.into_value().expr];
        Self::from_expr(Expr::FindInMap(Box::new(keys)))
    }

    /// `Fn::ImportValue`: an export of another stack in the same account and region.
    ///
    /// Between stacks of one app this is not needed: a reference becomes an import by itself.
    pub fn import(name: impl IntoValue<String>) -> Self {
        Self::from_expr(Expr::ImportValue(Box::new(name.into_value().expr)))
    }
}

impl Value<String> {
    /// Texts joined without a separator; [`text!`](crate::text) takes parts of several types.
    pub fn concat(parts: impl IntoIterator<Item = Value<String>>) -> Self {
        Self::from_expr(Expr::Concat(parts.into_iter().map(Value::into_expr).collect()))
    }

    /// The text, if it is known now.
    pub fn literal(&self) -> Option<&str> {
        match &self.expr {
            Expr::Text(text) => Some(text),
            _ => None,
        }
    }

    /// `Fn::Sub`: a text with `${Name}` in it, filled from the variables, else from the template's parameters and resources.
    pub fn sub<K: Into<String>>(
        template: impl Into<String>,
        variables: impl IntoIterator<Item = (K, Value<String>)>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.expr)).collect();
        Self::from_expr(Expr::Sub(template.into(), variables))
    }

    /// `Fn::Join`: the texts of a list with a separator between them.
    pub fn join(separator: impl Into<String>, list: impl IntoValue<Vec<String>>) -> Self {
        Self::from_expr(Expr::Join(separator.into(), Box::new(list.into_value().expr)))
    }

    /// `Fn::Base64`.
    pub fn base64(text: impl IntoValue<String>) -> Self {
        Self::from_expr(Expr::Base64(Box::new(text.into_value().expr)))
    }

    /// A [dynamic reference](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html) to one
    /// key of a Secrets Manager secret, which CloudFormation resolves where it is used and shows nowhere.
    pub fn secret(secret_arn: impl IntoValue<String>, json_key: &str) -> Self {
        text!["{{resolve:secretsmanager:", secret_arn, format!(":SecretString:{json_key}}}}}")]
    }

    /// A dynamic reference to a plain parameter of Systems Manager.
    pub fn ssm_parameter(name: impl IntoValue<String>) -> Self {
        text!["{{resolve:ssm:", name, "}}"]
    }
}

impl<T> Value<Vec<T>> {
    /// `Fn::Select`: one item of the list, counted from zero.
    pub fn select(&self, index: usize) -> Value<T> {
        let index = Expr::Integer(i64::try_from(index).expect("an index is small"));
        Value::from_expr(Expr::Select(Box::new(index), Box::new(self.expr.clone())))
    }
}

impl Value<Vec<String>> {
    /// `Fn::GetAZs` of the region that the stack is in.
    pub fn availability_zones() -> Self {
        Self::from_expr(Expr::GetAzs(Box::new(Expr::Pseudo(Pseudo::Region))))
    }

    /// `Fn::Cidr`: `count` subnets of the block, each with `bits` bits for its addresses.
    pub fn cidr(block: impl IntoValue<String>, count: u8, bits: u8) -> Self {
        let parts = [block.into_value().expr, Expr::Integer(count.into()), Expr::Integer(bits.into())];
        Self::from_expr(Expr::Cidr(Box::new(parts)))
    }

    /// `Fn::Split`: the parts of a text between separators.
    pub fn split(separator: impl Into<String>, text: impl IntoValue<String>) -> Self {
        Self::from_expr(Expr::Split(separator.into(), Box::new(text.into_value().expr)))
    }
}

macro_rules! pseudo_parameters {
    ($($(#[$doc:meta])* $function:ident = $variant:ident;)*) => {
        impl Value<String> {
            $($(#[$doc])* pub const fn $function() -> Self {
                Self::from_expr(Expr::Pseudo(Pseudo::$variant))
            })*
        }
    };
}

pseudo_parameters! {
    /// `AWS::AccountId`.
    account_id = AccountId;
    /// `AWS::Partition`.
    partition = Partition;
    /// `AWS::Region`.
    region = Region;
    /// `AWS::StackId`.
    stack_id = StackId;
    /// `AWS::StackName`.
    stack_name = StackName;
    /// `AWS::URLSuffix`.
    url_suffix = UrlSuffix;
}

impl<T> Clone for Value<T> {
    fn clone(&self) -> Self {
        Self::from_expr(self.expr.clone())
    }
}

impl<T> PartialEq for Value<T> {
    fn eq(&self, other: &Self) -> bool {
        self.expr == other.expr
    }
}

impl<T> fmt::Debug for Value<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

// Literals convert with `into()` too, since that is what people try first and what typed-builder's `setter(into)` calls.
impl From<&str> for Value<String> {
    fn from(text: &str) -> Self {
        Self::from_expr(Expr::Text(Cow::Owned(text.to_owned())))
    }
}

impl From<String> for Value<String> {
    fn from(text: String) -> Self {
        Self::from_expr(text.into())
    }
}

impl From<&String> for Value<String> {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<Value<Arn>> for Value<String> {
    fn from(arn: Value<Arn>) -> Self {
        arn.cast()
    }
}

impl From<bool> for Value<bool> {
    fn from(value: bool) -> Self {
        Self::from_expr(value.into())
    }
}

impl From<Json> for Value<Json> {
    fn from(json: Json) -> Self {
        Self::from_expr(Expr::Json(json))
    }
}

impl<T> IntoValue<T> for Value<T> {
    fn into_value(self) -> Value<T> {
        self
    }
}

impl<T> IntoValue<T> for &Value<T> {
    fn into_value(self) -> Value<T> {
        self.clone()
    }
}

macro_rules! into_value_by_from {
    ($($kind:ty: $($source:ty),*;)*) => {
        $($(impl IntoValue<$kind> for $source {
            fn into_value(self) -> Value<$kind> {
                self.into()
            }
        })*)*
    };
}

into_value_by_from! {
    String: &str, String, &String, Value<Arn>;
    bool: bool;
    Json: Json;
}

impl IntoValue<String> for &Value<Arn> {
    fn into_value(self) -> Value<String> {
        self.clone().cast()
    }
}

impl IntoValue<String> for flagcdk_assembly::Region {
    fn into_value(self) -> Value<String> {
        Value::from_expr(self.as_str().into())
    }
}

impl IntoValue<Arn> for &str {
    fn into_value(self) -> Value<Arn> {
        Value::<String>::from(self).cast()
    }
}

impl IntoValue<Arn> for String {
    fn into_value(self) -> Value<Arn> {
        Value::from_expr(self.into())
    }
}

impl IntoValue<Json> for Expr {
    fn into_value(self) -> Value<Json> {
        Value::from_expr(self)
    }
}

macro_rules! integers {
    ($($source:ty)*) => {
        $(impl IntoValue<i64> for $source {
            fn into_value(self) -> Value<i64> {
                Value::from_expr(Expr::Integer(self.into()))
            }
        }
        impl From<$source> for Value<i64> {
            fn from(value: $source) -> Self {
                value.into_value()
            }
        })*
    };
}

integers! { u8 u16 u32 i8 i16 i32 i64 }

macro_rules! numbers {
    ($($source:ty)*) => {
        $(impl IntoValue<f64> for $source {
            fn into_value(self) -> Value<f64> {
                Value::from_expr(Expr::Number(self.into()))
            }
        })*
    };
}

numbers! { u8 u16 u32 i8 i16 i32 f32 f64 }

fn list<T, V: IntoValue<T>>(items: impl IntoIterator<Item = V>) -> Value<Vec<T>> {
    Value::from_expr(Expr::List(items.into_iter().map(|item| item.into_value().expr).collect()))
}

impl<T, V: IntoValue<T>> IntoValue<Vec<T>> for Vec<V> {
    fn into_value(self) -> Value<Vec<T>> {
        list(self)
    }
}

impl<T, V: IntoValue<T>, const N: usize> IntoValue<Vec<T>> for [V; N] {
    fn into_value(self) -> Value<Vec<T>> {
        list(self)
    }
}

impl<T, V: IntoValue<T> + Clone> IntoValue<Vec<T>> for &[V] {
    fn into_value(self) -> Value<Vec<T>> {
        list(self.iter().cloned())
    }
}

impl<T, K: Into<String>, V: IntoValue<T>> IntoValue<BTreeMap<String, T>> for BTreeMap<K, V> {
    fn into_value(self) -> Value<BTreeMap<String, T>> {
        Value::from_expr(Expr::map(self.into_iter().map(|(key, value)| (key.into(), value.into_value().expr))))
    }
}

impl<T, K: Into<String>, V: IntoValue<T>, const N: usize> IntoValue<BTreeMap<String, T>> for [(K, V); N] {
    fn into_value(self) -> Value<BTreeMap<String, T>> {
        Value::from_expr(Expr::map(self.into_iter().map(|(key, value)| (key.into(), value.into_value().expr))))
    }
}
