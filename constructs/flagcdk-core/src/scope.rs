//! A place in the construct tree.

use flagcdk_assembly::{ASSET_BUCKET, AssetSource, Finding, Region};

use crate::tree::{NodeId, ResourceData, SharedTree};
use crate::{App, Expr, Handle, Resource, ResourceId, Stack, Value};

/// A place in the construct tree, below which a construct puts what it is made of. Cheap to clone.
///
/// ```
/// use flagcdk_core::{App, Placement, RawResource, Region, Scope};
///
/// fn dead_letter_queue(scope: &Scope, id: &str) -> Scope {
///     let here = scope.construct(id);
///     here.add("Resource", RawResource::new("AWS::SQS::Queue").set("MessageRetentionPeriod", 1_209_600));
///     here
/// }
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let queue = dead_letter_queue(&app.stack("Orders", Placement::Home), "Dlq");
/// assert_eq!(queue.path(), "Orders/Dlq");
/// ```
#[derive(Clone, Debug)]
pub struct Scope {
    pub(crate) tree: SharedTree,
    pub(crate) node: NodeId,
}

/// A file of the app once it is published: where a resource finds it, in its own region.
#[derive(Clone, Debug)]
pub struct PublishedAsset {
    /// The bucket, in the region of the stack that uses it.
    pub bucket: Value<String>,
    /// The key, which holds the SHA-256 of the contents.
    pub key: Value<String>,
}

impl Scope {
    pub(crate) fn new(tree: SharedTree, node: NodeId) -> Self {
        Self { tree, node }
    }

    /// A place for a construct of its own below this one. An id that is taken becomes a finding of the synthesis.
    #[must_use]
    pub fn construct(&self, id: &str) -> Scope {
        let node = self.tree.borrow_mut().claim(self.node, id);
        Scope::new(self.tree.clone(), node)
    }

    /// Adds a resource. Its logical id is made of the ids from below the stack to here, without a main child's `Resource`.
    ///
    /// # Panics
    /// If the scope is not in a stack, which cannot be: scopes come from stacks.
    pub fn add<R: Resource>(&self, id: &str, resource: R) -> Handle<R> {
        let mut tree = self.tree.borrow_mut();
        let node = tree.claim(self.node, id);
        let stack = tree.nodes[node.0].stack.expect("every scope is in a stack");
        let resource_id = ResourceId(tree.resources.len());
        tree.resources.push(ResourceData {
            node,
            stack,
            type_name: resource.type_name(),
            tags: R::TAGS,
            properties: resource.into_properties(),
            logical_id: None,
            deletion_policy: None,
            update_replace_policy: None,
            condition: None,
            depends_on: Vec::new(),
            metadata: std::collections::BTreeMap::new(),
            overrides: Vec::new(),
            attribute_overrides: Vec::new(),
        });
        drop(tree);
        Handle::new(self.tree.clone(), resource_id)
    }

    /// The ids from the stack to here, joined by `/`.
    pub fn path(&self) -> String {
        self.tree.borrow().path(self.node)
    }

    /// The last of the ids: the one that this construct was given.
    pub fn id(&self) -> String {
        self.tree.borrow().nodes[self.node.0].id.clone()
    }

    /// The stack that this place is in.
    ///
    /// # Panics
    /// If the scope is not in a stack, which cannot be: scopes come from stacks.
    pub fn stack(&self) -> Stack {
        let tree = self.tree.borrow();
        let stack = tree.nodes[self.node.0].stack.expect("every scope is in a stack");
        let node = tree.stacks[stack.0].node;
        Stack::new(Scope::new(self.tree.clone(), node), stack)
    }

    /// The app that this place is in.
    pub fn app(&self) -> App {
        App::of(self.tree.clone())
    }

    /// The region that the app is administered from.
    pub fn home_region(&self) -> Region {
        self.tree.borrow().home_region
    }

    /// Every region of the app.
    pub fn regions(&self) -> Vec<Region> {
        self.tree.borrow().regions.clone()
    }

    /// A tag for everything here and below that takes tags; the nearest to a resource has its way.
    pub fn tag(&self, key: impl Into<String>, value: impl Into<String>) {
        self.tree.borrow_mut().nodes[self.node.0].tags.insert(key.into(), value.into());
    }

    /// Says that something here is wrong; synthesis fails with this and everything else that was reported.
    pub fn error(&self, code: &str, message: impl Into<String>, help: impl Into<String>) {
        let path = self.path();
        self.tree.borrow_mut().findings.push(Finding::error(code, path, message, help));
    }

    /// Says that something here is worth a look; synthesis goes on.
    pub fn warning(&self, code: &str, message: impl Into<String>, help: impl Into<String>) {
        let path = self.path();
        self.tree.borrow_mut().findings.push(Finding::warning(code, path, message, help));
    }

    /// Takes a file into the app's assets: it will be packaged, named after its contents, and published to every region.
    ///
    /// The same id with the same source is the same asset, however often it is asked for.
    pub fn asset(&self, id: &str, source: AssetSource) -> PublishedAsset {
        let mut tree = self.tree.borrow_mut();
        let known = tree.assets.entry(id.to_owned()).or_insert_with(|| source.clone());
        let clash = *known != source;
        drop(tree);
        if clash {
            self.error(
                "synth::asset-clash",
                format!("the asset `{id}` has another source elsewhere in the app"),
                "give one of the two another id",
            );
        }
        PublishedAsset {
            bucket: Value::sub(ASSET_BUCKET, Vec::<(String, Value<String>)>::new()),
            key: Value::from_expr(Expr::AssetKey(id.to_owned())),
        }
    }
}
