//! A resource that was added to the tree.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use flagcdk_assembly::Finding;
use serde_json::Value as Json;

use crate::synth::preview;
use crate::tree::{ResourceData, SharedTree};
use crate::{Attribute, Condition, Expr, Resource, ResourceId, Scope, Stack, Value};

/// A resource that was added to a stack: gives out its reference and attributes, and takes what CloudFormation says beside
/// properties.
///
/// ```
/// use flagcdk_core::{App, Placement, RawResource, Region, RemovalPolicy};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Orders", Placement::Home);
/// let queue = stack.add("Queue", RawResource::new("AWS::SQS::Queue").set("DelaySeconds", 5));
/// queue
///     .override_property("RedrivePolicy.maxReceiveCount", 3)
///     .delete_property("DelaySeconds")
///     .removal_policy(RemovalPolicy::Retain)
///     .update_replace_policy(RemovalPolicy::Destroy);
/// assert_eq!(queue.property("RedrivePolicy.maxReceiveCount"), Some(3.into()));
/// assert_eq!(queue.property("DelaySeconds"), None);
/// ```
pub struct Handle<R: ?Sized> {
    pub(crate) tree: SharedTree,
    pub(crate) resource: ResourceId,
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

    /// What the policy means for a resource that is replaced: `RetainExceptOnCreate` is about creation alone.
    const fn for_replacement(self) -> Self {
        match self {
            Self::RetainExceptOnCreate => Self::Retain,
            other => other,
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
        self.deletion_policy(policy).update_replace_policy(policy.for_replacement())
    }

    /// Says what becomes of the resource when it leaves the template, and nothing of its replacement.
    pub fn deletion_policy(&self, policy: RemovalPolicy) -> &Self {
        self.with(|data| data.deletion_policy = Some(policy))
    }

    /// Says what becomes of the resource that a replacement leaves behind. There is no `RetainExceptOnCreate` here, and
    /// `Retain` is taken for it.
    ///
    /// See [UpdateReplacePolicy](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html).
    pub fn update_replace_policy(&self, policy: RemovalPolicy) -> &Self {
        self.with(|data| data.update_replace_policy = Some(policy.for_replacement()))
    }

    /// Says what CloudFormation waits for before the resource counts as made, such as signals.
    ///
    /// ```
    /// # use flagcdk_core::{App, Placement, RawResource, Region};
    /// # let stack = App::new("shop", Region::EU_WEST_1).stack("Web", Placement::Home);
    /// let host = stack.add("Host", RawResource::new("AWS::EC2::Instance"));
    /// host.creation_policy(serde_json::json!({ "ResourceSignal": { "Count": 1, "Timeout": "PT5M" } }));
    /// ```
    ///
    /// See [CreationPolicy](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html).
    pub fn creation_policy(&self, policy: impl Into<Expr>) -> &Self {
        self.override_attribute("CreationPolicy", policy)
    }

    /// Says how CloudFormation updates the resource, for the types that leave a choice.
    ///
    /// See [UpdatePolicy](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html).
    pub fn update_policy(&self, policy: impl Into<Expr>) -> &Self {
        self.override_attribute("UpdatePolicy", policy)
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

    /// A tag for this resource, if its type takes tags; what its own properties say has its way.
    pub fn tag(&self, key: impl Into<String>, value: impl Into<String>) -> &Self {
        let mut tree = self.tree.borrow_mut();
        let node = tree.resources[self.resource.0].node;
        tree.nodes[node.0].tags.insert(key.into(), value.into());
        drop(tree);
        self
    }

    /// Sets a property whatever set it before, to a text, `bool`, `i64`, JSON, a [`Value`] or a list of these.
    ///
    /// The path has a dot between names, and numbers for places in lists: `RedrivePolicy.maxReceiveCount`, `Tags.0.Value`. The
    /// number after the last place appends. A dot in a name is written `\.`. JSON's `null` removes the property.
    pub fn override_property(&self, path: impl Into<String>, value: impl Into<Expr>) -> &Self {
        self.with(|data| data.overrides.push((path.into(), value.into())))
    }

    /// Removes a property, or a part of one, whatever set it. The path is as in [`Handle::override_property`].
    pub fn delete_property(&self, path: impl Into<String>) -> &Self {
        self.override_property(path, Json::Null)
    }

    /// Sets what stands beside the properties: `CreationPolicy.ResourceSignal.Count`, `Metadata.x`, `DeletionPolicy`. It is the
    /// last word on it. The path is as in [`Handle::override_property`], and `null` removes.
    ///
    /// ```
    /// # use flagcdk_core::{App, Placement, RawResource, Region};
    /// # let app = App::new("shop", Region::EU_WEST_1);
    /// # let stack = app.stack("Web", Placement::Home);
    /// let fleet = stack.add("Fleet", RawResource::new("AWS::AutoScaling::AutoScalingGroup"));
    /// fleet.override_attribute("UpdatePolicy.AutoScalingReplacingUpdate.WillReplace", true);
    /// assert!(app.synth()?.template("Web").contains("WillReplace"));
    /// # Ok::<(), flagcdk_core::SynthError>(())
    /// ```
    pub fn override_attribute(&self, path: impl Into<String>, value: impl Into<Expr>) -> &Self {
        self.with(|data| data.attribute_overrides.push((path.into(), value.into())))
    }

    /// Gives the resource another logical id than its path says, such as the one that it has in a stack that exists.
    ///
    /// A logical id that changes replaces what somebody has; this keeps one when a construct moves.
    ///
    /// ```
    /// # use flagcdk_core::{App, Placement, RawResource, Region};
    /// # let stack = App::new("shop", Region::EU_WEST_1).stack("Data", Placement::Home);
    /// let table = stack.construct("Storage").add("Table", RawResource::new("AWS::DynamoDB::Table"));
    /// assert_eq!(table.logical_id(), "StorageTable");
    /// assert_eq!(table.override_logical_id("Table").logical_id(), "Table");
    /// ```
    pub fn override_logical_id(&self, id: impl Into<String>) -> &Self {
        self.with(|data| data.logical_id = Some(id.into()))
    }

    /// The property at a path as the template will have it, tags and overrides included; none if it is not there.
    ///
    /// What CloudFormation evaluates is told as a template tells it, `{"Ref": …}`. The path is as in
    /// [`Handle::override_property`].
    pub fn property(&self, path: &str) -> Option<Json> {
        preview::property(&self.tree.borrow(), self.resource, path)
    }

    /// The type, such as `AWS::SQS::Queue`.
    pub fn type_name(&self) -> String {
        self.tree.borrow().resources[self.resource.0].type_name.to_string()
    }

    /// The name in the template.
    pub fn logical_id(&self) -> String {
        preview::logical_id(&self.tree.borrow(), self.resource)
    }

    /// The ids from the stack to the resource, joined by `/`.
    pub fn path(&self) -> String {
        let tree = self.tree.borrow();
        tree.path(tree.resources[self.resource.0].node)
    }

    /// The stack that the resource is in.
    pub fn stack(&self) -> Stack {
        let node = self.tree.borrow().resources[self.resource.0].node;
        Scope::new(self.tree.clone(), node).stack()
    }

    /// Says that something is wrong with the resource; see [`Scope::error`].
    pub fn error(&self, code: &str, message: impl Into<String>, help: impl Into<String>) {
        self.report(Finding::error(code, self.path(), message, help));
    }

    /// Says that something about the resource is worth a look; see [`Scope::warning`].
    pub fn warning(&self, code: &str, message: impl Into<String>, help: impl Into<String>) {
        self.report(Finding::warning(code, self.path(), message, help));
    }

    /// Whether the resource is of the type; [`RawResource`](crate::RawResource) stands for every one.
    pub fn is<O: Resource>(&self) -> bool {
        O::TYPE_NAME.is_none_or(|name| name == self.tree.borrow().resources[self.resource.0].type_name)
    }

    /// The same resource, seen as the type that it has. That it has another one is reported.
    ///
    /// ```
    /// # use flagcdk_core::{App, Handle, Placement, Properties, RawResource, Region, Resource};
    /// # struct Topic;
    /// # impl Resource for Topic {
    /// #     type Reference = String;
    /// #     const TYPE_NAME: Option<&'static str> = Some("AWS::SNS::Topic");
    /// #     fn into_properties(self) -> Properties {
    /// #         Properties::new()
    /// #     }
    /// # }
    /// let app = App::new("shop", Region::EU_WEST_1);
    /// let queue = app.stack("Orders", Placement::Home).add("Queue", RawResource::new("AWS::SQS::Queue"));
    /// assert!(!queue.is::<Topic>());
    /// let topic: Handle<Topic> = queue.cast();
    /// let error = app.synth().unwrap_err();
    /// assert_eq!(error.findings[0].message, "the resource is of type `AWS::SQS::Queue`, asked for was `AWS::SNS::Topic`");
    /// ```
    pub fn cast<O: Resource>(&self) -> Handle<O> {
        if let Some(wanted) = O::TYPE_NAME.filter(|_| !self.is::<O>()) {
            self.error(
                "resource::type",
                format!("the resource is of type `{}`, asked for was `{wanted}`", self.type_name()),
                "ask for the type that it has, or for `RawResource`, as which every resource can be seen",
            );
        }
        Handle::new(self.tree.clone(), self.resource)
    }

    fn report(&self, finding: Finding) {
        self.tree.borrow_mut().findings.push(finding);
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
