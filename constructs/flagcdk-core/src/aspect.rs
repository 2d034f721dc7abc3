//! What is said of many resources at once: changes and checks of everything below a place in the tree.

use std::fmt;
use std::rc::Rc;

use crate::tree::{NodeId, SharedTree, Tree};
use crate::{App, Handle, RawResource, Resource, ResourceId, Scope};

/// Which types of resources are meant: one, several, or all of a service.
///
/// ```
/// use flagcdk_core::ResourceTypes;
///
/// assert!(ResourceTypes::from("AWS::SQS::Queue").contains("AWS::SQS::Queue"));
/// assert!(ResourceTypes::from("AWS::SQS::*").contains("AWS::SQS::QueuePolicy"));
/// assert!(ResourceTypes::from(["AWS::SNS::Topic", "AWS::SQS::Queue"]).contains("AWS::SNS::Topic"));
/// assert!(ResourceTypes::all().contains("Custom::Anything"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceTypes(Vec<String>);

impl ResourceTypes {
    /// Every type.
    pub fn all() -> Self {
        Self(vec!["*".to_owned()])
    }

    /// The type that the Rust type stands for; [`RawResource`] stands for every one.
    ///
    /// ```
    /// use flagcdk_core::{RawResource, ResourceTypes};
    ///
    /// assert_eq!(ResourceTypes::of::<RawResource>(), ResourceTypes::all());
    /// ```
    pub fn of<R: Resource>() -> Self {
        R::TYPE_NAME.map_or_else(Self::all, Self::from)
    }

    /// Whether the type is meant.
    pub fn contains(&self, type_name: &str) -> bool {
        self.0.iter().any(|wanted| match wanted.strip_suffix('*') {
            Some(start) => type_name.starts_with(start),
            None => wanted == type_name,
        })
    }
}

impl From<&str> for ResourceTypes {
    /// A type's name, or the start of some followed by `*`.
    fn from(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }
}

impl<const N: usize> From<[&str; N]> for ResourceTypes {
    fn from(names: [&str; N]) -> Self {
        Self(names.map(str::to_owned).to_vec())
    }
}

/// What is done at synthesis to resources of some types below a node.
#[derive(Clone)]
pub(crate) struct Aspect {
    node: NodeId,
    types: ResourceTypes,
    turn: Turn,
    /// Resources before this place in the order of creation were visited by an earlier synthesis.
    next: usize,
    visit: Visit,
}

type Visit = Rc<dyn Fn(&Handle<RawResource>)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Change,
    Check,
}

impl Scope {
    /// Changes every resource of the types here and below, when the app is synthesized.
    ///
    /// Changes are made in the order in which they were registered, each to the resources in the order in which they were
    /// added, and each resource is visited once. Resources that a change adds are visited by the changes after it.
    ///
    /// ```
    /// use flagcdk_core::{App, Placement, RawResource, Region, RemovalPolicy};
    ///
    /// let app = App::new("shop", Region::EU_WEST_1);
    /// let stack = app.stack("Orders", Placement::Home);
    /// stack.add("Files", RawResource::new("AWS::S3::Bucket"));
    /// app.change("AWS::S3::*", |bucket| {
    ///     bucket.removal_policy(RemovalPolicy::Retain).override_property("VersioningConfiguration.Status", "Enabled");
    /// });
    /// assert!(app.synth()?.template("Orders").contains(r#""DeletionPolicy": "Retain""#));
    /// # Ok::<(), flagcdk_core::SynthError>(())
    /// ```
    pub fn change(&self, types: impl Into<ResourceTypes>, change: impl Fn(&Handle<RawResource>) + 'static) {
        self.aspect(types.into(), Turn::Change, Rc::new(change));
    }

    /// Checks every resource of the types here and below, when the app is synthesized and after all changes were made.
    ///
    /// ```
    /// use flagcdk_core::{App, Placement, RawResource, Region};
    ///
    /// let app = App::new("shop", Region::EU_WEST_1);
    /// app.stack("Orders", Placement::Home).add("Files", RawResource::new("AWS::S3::Bucket"));
    /// app.check("AWS::S3::Bucket", |bucket| {
    ///     if bucket.property("VersioningConfiguration.Status").is_none_or(|status| status != "Enabled") {
    ///         bucket.error("policy::versions", "the bucket keeps no versions", "set `VersioningConfiguration`");
    ///     }
    /// });
    /// assert_eq!(app.synth().unwrap_err().findings[0].path, "Orders/Files");
    /// ```
    pub fn check(&self, types: impl Into<ResourceTypes>, check: impl Fn(&Handle<RawResource>) + 'static) {
        self.aspect(types.into(), Turn::Check, Rc::new(check));
    }

    /// Gives every resource of the type here and below the properties that are set here, where it does not set them itself.
    ///
    /// It is a [change](Scope::change) and takes its turn among them. Generated types that require nothing can be given, such
    /// as `cfn::logs::LogGroup::new().retention_in_days(30)`.
    ///
    /// ```
    /// use flagcdk_core::{App, Placement, RawResource, Region};
    ///
    /// let app = App::new("shop", Region::EU_WEST_1);
    /// app.stack("Orders", Placement::Home).add("Log", RawResource::new("AWS::Logs::LogGroup"));
    /// app.set_defaults(RawResource::new("AWS::Logs::LogGroup").set("RetentionInDays", 30));
    /// assert!(app.synth()?.template("Orders").contains(r#""RetentionInDays": 30"#));
    /// # Ok::<(), flagcdk_core::SynthError>(())
    /// ```
    pub fn set_defaults<R: Resource>(&self, pattern: R) {
        let (types, properties) = (ResourceTypes::from(&*pattern.type_name()), pattern.into_properties());
        self.change(types, move |resource| {
            for (name, value) in properties.iter() {
                let path = name.replace('.', "\\.");
                if resource.property(&path).is_none() {
                    resource.override_property(path, value.clone());
                }
            }
        });
    }

    /// Gives every resource of the type here and below the properties that are set here, whatever it sets itself.
    ///
    /// It is a [change](Scope::change) and takes its turn among them.
    ///
    /// ```
    /// use flagcdk_core::{App, Placement, RawResource, Region};
    ///
    /// let app = App::new("shop", Region::EU_WEST_1);
    /// app.stack("Orders", Placement::Home).add("Topic", RawResource::new("AWS::SNS::Topic").set("TracingConfig", "PassThrough"));
    /// app.enforce(RawResource::new("AWS::SNS::Topic").set("TracingConfig", "Active"));
    /// assert!(app.synth()?.template("Orders").contains(r#""TracingConfig": "Active""#));
    /// # Ok::<(), flagcdk_core::SynthError>(())
    /// ```
    pub fn enforce<R: Resource>(&self, pattern: R) {
        let (types, properties) = (ResourceTypes::from(&*pattern.type_name()), pattern.into_properties());
        self.change(types, move |resource| {
            for (name, value) in properties.iter() {
                resource.override_property(name.replace('.', "\\."), value.clone());
            }
        });
    }

    /// Every resource here and below, in the order in which they were added.
    ///
    /// ```
    /// use flagcdk_core::{App, Placement, RawResource, Region};
    ///
    /// let app = App::new("shop", Region::EU_WEST_1);
    /// let stack = app.stack("Orders", Placement::Home);
    /// stack.construct("Bus").add("Resource", RawResource::new("AWS::SNS::Topic"));
    /// let ids: Vec<_> = stack.resources().iter().map(|resource| resource.logical_id()).collect();
    /// assert_eq!(ids, ["Bus"]);
    /// ```
    pub fn resources(&self) -> Vec<Handle<RawResource>> {
        let ids = below(&self.tree.borrow(), self.node, &ResourceTypes::all(), 0);
        ids.into_iter().map(|id| Handle::new(self.tree.clone(), id)).collect()
    }

    fn aspect(&self, types: ResourceTypes, turn: Turn, visit: Visit) {
        self.tree.borrow_mut().aspects.push(Aspect { node: self.node, types, turn, next: 0, visit });
    }
}

impl App {
    /// Changes every resource of the types, in all stacks. See [`Scope::change`].
    pub fn change(&self, types: impl Into<ResourceTypes>, change: impl Fn(&Handle<RawResource>) + 'static) {
        self.root().change(types, change);
    }

    /// Checks every resource of the types, in all stacks. See [`Scope::check`].
    pub fn check(&self, types: impl Into<ResourceTypes>, check: impl Fn(&Handle<RawResource>) + 'static) {
        self.root().check(types, check);
    }

    /// Gives every resource of the type, in all stacks, properties that it does not set itself. See [`Scope::set_defaults`].
    pub fn set_defaults<R: Resource>(&self, pattern: R) {
        self.root().set_defaults(pattern);
    }

    /// Gives every resource of the type, in all stacks, properties whatever it sets itself. See [`Scope::enforce`].
    pub fn enforce<R: Resource>(&self, pattern: R) {
        self.root().enforce(pattern);
    }

    /// Every resource of all stacks, in the order in which they were added.
    pub fn resources(&self) -> Vec<Handle<RawResource>> {
        self.root().resources()
    }
}

/// Makes all changes, then all checks. The tree is free while one of them runs.
pub(crate) fn run(shared: &SharedTree) {
    for turn in [Turn::Change, Turn::Check] {
        let mut index = 0;
        loop {
            let Some(aspect) = shared.borrow().aspects.get(index).cloned() else { break };
            index += 1;
            if aspect.turn != turn {
                continue;
            }
            let ids = below(&shared.borrow(), aspect.node, &aspect.types, aspect.next);
            for id in ids {
                (aspect.visit)(&Handle::new(shared.clone(), id));
            }
        }
    }
    let mut tree = shared.borrow_mut();
    let next = tree.resources.len();
    tree.aspects.iter_mut().for_each(|aspect| aspect.next = next);
}

/// The resources of the types below a node, from a place in the order of creation on.
fn below(tree: &Tree, node: NodeId, types: &ResourceTypes, from: usize) -> Vec<ResourceId> {
    let inside = |of: NodeId| std::iter::successors(Some(of), |id| tree.nodes[id.0].parent).any(|id| id == node);
    let all = tree.resources.iter().enumerate().skip(from);
    all.filter(|(_, data)| types.contains(&data.type_name) && inside(data.node)).map(|(id, _)| ResourceId(id)).collect()
}

impl fmt::Debug for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aspect").field("types", &self.types).field("turn", &self.turn).finish_non_exhaustive()
    }
}
