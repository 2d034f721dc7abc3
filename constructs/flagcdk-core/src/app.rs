//! The root of the construct tree.

use std::collections::BTreeMap;

use flagcdk_assembly::{Assembly, Placement, Region};

use crate::logical_id::kebab_case;
use crate::synth::{self, SynthError};
use crate::tree::{Node, NodeId, SharedTree, StackData, StackIndex, Tree};
use crate::{Scope, Stack, aspect};

/// An app: stacks, where they go, and the tags that they share.
///
/// The app's name is the prefix of its stacks' names, so two environments of one system are two apps with two names.
///
/// ```
/// use flagcdk_core::{App, Placement, Region};
///
/// let app = App::new("dev-shop", Region::EU_WEST_1).regions([Region::EU_WEST_1, Region::US_EAST_1]);
/// let stack = app.stack("Orders", Placement::EveryRegion);
/// assert_eq!(stack.name(), "dev-shop-orders");
/// ```
#[derive(Clone, Debug)]
pub struct App {
    tree: SharedTree,
}

impl App {
    /// An app that is administered from its home region and, until [`App::regions`] says more, deployed there alone.
    pub fn new(name: impl Into<String>, home_region: Region) -> Self {
        let root =
            Node { id: String::new(), parent: None, children: BTreeMap::new(), stack: None, tags: BTreeMap::new() };
        let tree = Tree {
            app: name.into(),
            home_region,
            regions: vec![home_region],
            nodes: vec![root],
            stacks: Vec::new(),
            resources: Vec::new(),
            assets: BTreeMap::new(),
            findings: Vec::new(),
            aspects: Vec::new(),
            suppressions: Vec::new(),
        };
        Self { tree: SharedTree::new(tree) }
    }

    /// Every region that the app is deployed to. The home region must be among them; synthesis checks it.
    #[must_use]
    pub fn regions(self, regions: impl IntoIterator<Item = Region>) -> Self {
        self.tree.borrow_mut().regions = regions.into_iter().collect();
        self
    }

    /// A tag for every stack, which CloudFormation hands down to their resources.
    #[must_use]
    pub fn tag(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tree.borrow_mut().nodes[0].tags.insert(key.into(), value.into());
        self
    }

    /// A stack. Its name in CloudFormation is the app's name and the id in kebab-case.
    pub fn stack(&self, id: &str, placement: Placement) -> Stack {
        let mut tree = self.tree.borrow_mut();
        let node = tree.claim(NodeId(0), id);
        let stack = StackIndex(tree.stacks.len());
        tree.nodes[node.0].stack = Some(stack);
        let name = format!("{}-{}", tree.app, kebab_case(id));
        tree.stacks.push(StackData {
            node,
            id: id.to_owned(),
            name,
            description: String::new(),
            placement,
            depends_on: Vec::new(),
            transforms: Vec::new(),
            metadata: BTreeMap::new(),
            rules: BTreeMap::new(),
            entries: Vec::new(),
            parameters: BTreeMap::new(),
            mappings: BTreeMap::new(),
            conditions: BTreeMap::new(),
            outputs: BTreeMap::new(),
        });
        drop(tree);
        Stack::new(Scope::new(self.tree.clone(), node), stack)
    }

    /// The assembly: templates and manifest. No I/O happens, and nothing is asked of the environment.
    ///
    /// # Errors
    /// Every mistake that was found, each with its construct path and what to do.
    pub fn synth(&self) -> Result<Assembly, SynthError> {
        aspect::run(&self.tree);
        synth::synth(&self.tree.borrow())
    }

    pub(crate) fn of(tree: SharedTree) -> Self {
        Self { tree }
    }

    /// The place above all stacks.
    pub(crate) fn root(&self) -> Scope {
        Scope::new(self.tree.clone(), NodeId(0))
    }
}
