//! A resource that was added to the tree.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde_json::Value as Json;

use crate::tree::{ResourceData, SharedTree};
use crate::{Attribute, Condition, Expr, Resource, ResourceId, Value};

/// A resource that was added to a stack: gives out its reference and attributes, and takes what CloudFormation says beside
/// properties.
pub struct Handle<R: ?Sized> {
    tree: SharedTree,
    resource: ResourceId,
    of: PhantomData<fn() -> Box<R>>,
}

/// What becomes of a resource when it leaves the template or is replaced.
///
/// See [DeletionPolicy](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalPolicy {
    /// It is deleted.
    Destroy,
    /// It stays in the account, out of the stack's reach.
    Retain,
    /// It stays if its stack had it before; if its creation fails it is deleted.
    RetainExceptOnCreate,
    /// A snapshot of it stays, for the types that have snapshots.
    Snapshot,
}

impl RemovalPolicy {
    /// CloudFormation's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Destroy => "Delete",
            Self::Retain => "Retain",
            Self::RetainExceptOnCreate => "RetainExceptOnCreate",
            Self::Snapshot => "Snapshot",
        }
    }
}

impl<R: ?Sized> Handle<R> {
    pub(crate) fn new(tree: SharedTree, resource: ResourceId) -> Self {
        Self { tree, resource, of: PhantomData }
    }

    /// An attribute that the type has, as `Fn::GetAtt` gives it.
    pub fn get<T>(&self, attribute: Attribute<R, T>) -> Value<T>
    where
        R: Sized,
    {
        self.attribute(Cow::Borrowed(attribute.name()))
    }

    /// An attribute by its name, for what the generated types do not know.
    pub fn raw_attribute<T>(&self, name: impl Into<Cow<'static, str>>) -> Value<T> {
        self.attribute(name.into())
    }

    /// Makes CloudFormation finish another resource before this one, where no reference says so.
    pub fn depends_on<O: ?Sized>(&self, other: &Handle<O>) -> &Self {
        self.with(|data| data.depends_on.push(other.resource))
    }

    /// Says what becomes of the resource when it leaves the template or is replaced; without it, it is deleted.
    pub fn removal_policy(&self, policy: RemovalPolicy) -> &Self {
        self.with(|data| data.removal = Some(policy))
    }

    /// Makes the resource only where the condition holds.
    pub fn condition(&self, condition: &Condition) -> &Self {
        self.with(|data| data.condition = Some(condition.name().to_owned()))
    }

    /// Adds an entry to the resource's `Metadata`.
    pub fn metadata(&self, key: impl Into<String>, value: impl Into<Json>) -> &Self {
        self.with(|data| {
            data.metadata.insert(key.into(), value.into());
        })
    }

    /// Sets a property that no setter knows. The path has a dot between names, and numbers for places in lists:
    /// `RedrivePolicy.maxReceiveCount`. `null` removes the property.
    pub fn override_property(&self, path: impl Into<String>, value: impl Into<Json>) -> &Self {
        self.with(|data| data.overrides.push((path.into(), value.into())))
    }

    fn attribute<T>(&self, name: Cow<'static, str>) -> Value<T> {
        Value::from_expr(Expr::Reference { resource: self.resource, attribute: Some(name) })
    }

    fn with(&self, change: impl FnOnce(&mut ResourceData)) -> &Self {
        change(&mut self.tree.borrow_mut().resources[self.resource.0]);
        self
    }
}

impl<R: Resource> Handle<R> {
    /// What `Ref` gives for the type: a name, an id, a URL or an ARN.
    pub fn reference(&self) -> Value<R::Reference> {
        Value::from_expr(Expr::Reference { resource: self.resource, attribute: None })
    }
}

impl<R: ?Sized> Clone for Handle<R> {
    fn clone(&self) -> Self {
        Self::new(self.tree.clone(), self.resource)
    }
}

impl<R: ?Sized> fmt::Debug for Handle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.resource).finish()
    }
}
