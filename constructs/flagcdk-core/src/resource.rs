//! What every resource type has: its name, its properties, its attributes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use crate::Expr;

/// A CloudFormation resource with everything that its type requires; implemented by the generated types and by
/// [`RawResource`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a resource",
    label = "expected a resource such as `cfn::sqs::Queue::new()`",
    note = "a type that is not generated can be had with `RawResource::new(\"AWS::…\")`"
)]
pub trait Resource {
    /// What `Ref` of the resource gives: `String`, or [`Arn`](crate::Arn) where the reference says so.
    type Reference;
    /// The name of the type, such as `AWS::SQS::Queue`. [`RawResource`] has none: there each value has its own.
    const TYPE_NAME: Option<&'static str>;
    /// How the type takes tags, if it does.
    const TAGS: Option<TagProperty> = None;

    /// The name of this resource's type; unless said, [`Resource::TYPE_NAME`].
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(Self::TYPE_NAME.expect("a type without a name says for each value what it is"))
    }

    /// The properties that were set.
    fn into_properties(self) -> Properties;
}

/// The property by which a type takes tags, and its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagProperty {
    /// A list of `{Key, Value}` under this name.
    List(&'static str),
    /// An object of names and values under this name.
    Map(&'static str),
}

impl TagProperty {
    /// The name of the property.
    pub const fn name(self) -> &'static str {
        match self {
            Self::List(name) | Self::Map(name) => name,
        }
    }
}

/// An attribute of resource type `R` with values of type `T`, for [`Handle::get`](crate::Handle::get).
#[derive(Debug)]
pub struct Attribute<R, T> {
    name: &'static str,
    of: PhantomData<fn(R) -> T>,
}

impl<R, T> Attribute<R, T> {
    /// The attribute with this name; the generated types call it.
    pub const fn new(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }

    /// The name in `Fn::GetAtt`.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<R, T> Clone for Attribute<R, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, T> Copy for Attribute<R, T> {}

/// The properties of a resource, or the fields of a property type, by CloudFormation's names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Properties(BTreeMap<Cow<'static, str>, Expr>);

impl Properties {
    /// No properties.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets a property, in place of an earlier value.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: Expr) {
        self.0.insert(name.into(), value);
    }

    /// The value of a property.
    pub fn get(&self, name: &str) -> Option<&Expr> {
        self.0.get(name)
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Expr)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// The value of a property, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Expr> {
        self.0.get_mut(name)
    }

    /// The properties as one object.
    pub fn into_expr(self) -> Expr {
        Expr::Map(self.0)
    }
}

impl<K: Into<Cow<'static, str>>> FromIterator<(K, Expr)> for Properties {
    fn from_iter<I: IntoIterator<Item = (K, Expr)>>(entries: I) -> Self {
        Self(entries.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

impl<K: Into<Cow<'static, str>>, const N: usize> From<[(K, Expr); N]> for Properties {
    fn from(entries: [(K, Expr); N]) -> Self {
        entries.into_iter().collect()
    }
}

/// The state of a required property that was set.
#[derive(Clone, Copy, Debug)]
pub struct Set;

/// The state of a required property that was not set yet.
#[derive(Clone, Copy, Debug)]
pub struct Unset;

/// Holds for [`Set`] alone; `Property` names what is missing in the compiler's message.
#[diagnostic::on_unimplemented(
    message = "required property `{Property}` was never set",
    label = "this needs `{Property}`",
    note = "call the setter of `{Property}` before the resource or property is used"
)]
pub trait Provided<Property> {}

impl<Property> Provided<Property> for Set {}

/// A resource of any type, for what the generated types do not know. It is checked when the app is validated.
///
/// ```
/// use flagcdk_core::{App, Placement, RawResource, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Data", Placement::Home);
/// let table = stack.add("Table", RawResource::new("AWS::DynamoDB::Table").set("BillingMode", "PAY_PER_REQUEST"));
/// let arn = table.raw_attribute::<flagcdk_core::Arn>("Arn");
/// ```
#[derive(Clone, Debug)]
pub struct RawResource {
    type_name: String,
    properties: Properties,
}

impl RawResource {
    /// A resource of the type, without properties.
    pub fn new(type_name: impl Into<String>) -> Self {
        Self { type_name: type_name.into(), properties: Properties::new() }
    }

    /// Sets a property to a text, `bool`, `i64`, JSON or a [`Value`](crate::Value).
    #[must_use]
    pub fn set(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Expr>) -> Self {
        self.properties.set(name, value.into());
        self
    }
}

impl Resource for RawResource {
    type Reference = String;
    const TYPE_NAME: Option<&'static str> = None;

    fn type_name(&self) -> Cow<'static, str> {
        Cow::Owned(self.type_name.clone())
    }

    fn into_properties(self) -> Properties {
        self.properties
    }
}
