//! The tree that an app's constructs grow in.

use std::borrow::Cow;
use std::cell::{Ref, RefCell, RefMut};
use std::collections::BTreeMap;
use std::rc::Rc;

use flagcdk_assembly::{AssetSource, Finding, Placement, Region};
use serde_json::Value as Json;

use crate::aspect::Aspect;
use crate::condition::TestExpr;
use crate::suppression::Said;
use crate::{Expr, Output, Parameter, Properties, RemovalPolicy, ResourceId, TagProperty};

/// The tree, shared by every scope and handle of one app.
#[derive(Clone, Debug)]
pub(crate) struct SharedTree(Rc<RefCell<Tree>>);

impl SharedTree {
    pub(crate) fn new(tree: Tree) -> Self {
        Self(Rc::new(RefCell::new(tree)))
    }

    pub(crate) fn borrow(&self) -> Ref<'_, Tree> {
        self.0.borrow()
    }

    pub(crate) fn borrow_mut(&self) -> RefMut<'_, Tree> {
        self.0.borrow_mut()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(crate) usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct StackIndex(pub(crate) usize);

#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) app: String,
    pub(crate) home_region: Region,
    pub(crate) regions: Vec<Region>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) stacks: Vec<StackData>,
    pub(crate) resources: Vec<ResourceData>,
    pub(crate) assets: BTreeMap<String, AssetSource>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) aspects: Vec<Aspect>,
    pub(crate) suppressions: Vec<Said>,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) parent: Option<NodeId>,
    pub(crate) children: BTreeMap<String, NodeId>,
    pub(crate) stack: Option<StackIndex>,
    pub(crate) tags: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(crate) struct StackData {
    pub(crate) node: NodeId,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) placement: Placement,
    pub(crate) depends_on: Vec<StackIndex>,
    pub(crate) transforms: Vec<Json>,
    pub(crate) metadata: BTreeMap<String, Json>,
    pub(crate) rules: BTreeMap<String, Expr>,
    /// Parts of the template as they are: where, and what.
    pub(crate) entries: Vec<(Vec<String>, Expr)>,
    pub(crate) parameters: BTreeMap<String, Parameter>,
    pub(crate) mappings: BTreeMap<String, Json>,
    pub(crate) conditions: BTreeMap<String, TestExpr>,
    pub(crate) outputs: BTreeMap<String, Output>,
}

#[derive(Debug)]
pub(crate) struct ResourceData {
    pub(crate) node: NodeId,
    pub(crate) stack: StackIndex,
    pub(crate) type_name: Cow<'static, str>,
    pub(crate) tags: Option<TagProperty>,
    pub(crate) properties: Properties,
    /// The name in the template, where it is not made of the path.
    pub(crate) logical_id: Option<String>,
    pub(crate) deletion_policy: Option<RemovalPolicy>,
    pub(crate) update_replace_policy: Option<RemovalPolicy>,
    pub(crate) condition: Option<String>,
    pub(crate) depends_on: Vec<ResourceId>,
    pub(crate) metadata: BTreeMap<String, Json>,
    pub(crate) overrides: Vec<(String, Expr)>,
    pub(crate) attribute_overrides: Vec<(String, Expr)>,
}

impl Tree {
    /// Claims an id below a node. A clash is a finding, and the newcomer gets a node of its own all the same, so that
    /// the rest of the app can be looked at.
    pub(crate) fn claim(&mut self, parent: NodeId, id: &str) -> NodeId {
        let node = NodeId(self.nodes.len());
        let stack = self.nodes[parent.0].stack;
        self.nodes.push(Node {
            id: id.to_owned(),
            parent: Some(parent),
            children: BTreeMap::new(),
            stack,
            tags: BTreeMap::new(),
        });
        if id.is_empty() || id.contains('/') || !id.contains(|c: char| c.is_ascii_alphanumeric()) {
            self.findings.push(Finding::error(
                "synth::bad-id",
                self.path(node),
                format!("`{id}` cannot be the id of a construct"),
                "use at least one ASCII letter or digit and no `/`, such as `Queue` or `payment-api`",
            ));
        }
        if self.nodes[parent.0].children.contains_key(id) {
            self.findings.push(Finding::error(
                "synth::duplicate-id",
                self.path(node),
                format!("`{}` already has a child with the id `{id}`", self.path(parent)),
                "give one of the two another id",
            ));
        } else {
            self.nodes[parent.0].children.insert(id.to_owned(), node);
        }
        node
    }

    /// The ids from the root to a node, joined by `/`; the root itself is the app's name.
    pub(crate) fn path(&self, node: NodeId) -> String {
        let ids = self.ids(node, |_| true);
        if ids.is_empty() { self.app.clone() } else { ids.join("/") }
    }

    /// The ids from below the node's stack to the node.
    pub(crate) fn ids_in_stack(&self, node: NodeId) -> Vec<&str> {
        let root = self.nodes[node.0].stack.map(|stack| self.stacks[stack.0].node);
        self.ids(node, |ancestor| Some(ancestor) != root)
    }

    /// The tags of a node below its stack, the nearest first to say has its way.
    pub(crate) fn tags_in_stack(&self, node: NodeId) -> BTreeMap<&str, &str> {
        let root = self.nodes[node.0].stack.map(|stack| self.stacks[stack.0].node);
        let mut tags = BTreeMap::new();
        let mut current = Some(node);
        while let Some(id) = current.filter(|id| Some(*id) != root) {
            for (key, value) in &self.nodes[id.0].tags {
                tags.entry(key.as_str()).or_insert(value.as_str());
            }
            current = self.nodes[id.0].parent;
        }
        tags
    }

    fn ids(&self, node: NodeId, wanted: impl Fn(NodeId) -> bool) -> Vec<&str> {
        let mut ids = Vec::new();
        let mut current = node;
        while let Some(parent) = self.nodes[current.0].parent {
            if !wanted(current) {
                break;
            }
            ids.push(self.nodes[current.0].id.as_str());
            current = parent;
        }
        ids.reverse();
        ids
    }
}
