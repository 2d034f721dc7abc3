//! Rules of security that something does not follow, and why.
//!
//! What is said of a construct lands in the `Metadata` of its resources: for the checks of `flagcdk validate`, and under the
//! names that checkov and cfn-nag have for the same rule, so that nobody has to say it twice.

use std::collections::BTreeMap;

use flagcdk_assembly::Finding;
use flagcdk_assembly::security::{
    METADATA_KEY, SECURITY_RULES, SUPPRESS_KEY, SecurityRule, Suppression, is_cfn_nag_id, is_checkov_id,
};
use serde_json::{Map, Value as Json, json};

use crate::tree::{NodeId, ResourceData, Tree};
use crate::{Handle, Scope};

/// What was said of one node of the tree.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    node: NodeId,
    rule: String,
    reason: String,
}

impl Scope {
    /// Says that what is here and below does not follow a rule of security, and why that is right.
    ///
    /// The rule is one of [`SECURITY_RULES`], such as `security::sns-encryption`, and then holds for the resources that the
    /// rule is about; or one of checkov (`CKV_AWS_26`) or cfn-nag (`W47`), for all resources. Validation reports a reason that
    /// is empty, a rule that does not exist, and a suppression that nothing needs.
    ///
    /// ```
    /// use flagcdk_core::{App, Placement, RawResource, Region};
    ///
    /// let app = App::new("shop", Region::EU_WEST_1);
    /// let stack = app.stack("Cache", Placement::Home);
    /// let events = stack.construct("Events");
    /// events.add("Resource", RawResource::new("AWS::SNS::Topic"));
    /// events.suppress("security::sns-encryption", "ElastiCache publishes to no topic that is encrypted");
    /// let template = app.synth()?.template("Cache").to_owned();
    /// assert!(template.contains("ElastiCache publishes to no topic") && template.contains("CKV_AWS_26"));
    /// # Ok::<(), flagcdk_core::SynthError>(())
    /// ```
    pub fn suppress(&self, rule: impl Into<String>, reason: impl Into<String>) {
        let said = Said { node: self.node, rule: rule.into(), reason: reason.into() };
        self.tree.borrow_mut().suppressions.push(said);
    }

    /// As [`Scope::suppress`], of a construct below this one: its ids from here, joined by `/`. That there is none is reported.
    pub fn suppress_at(&self, path: &str, rule: impl Into<String>, reason: impl Into<String>) {
        let node = {
            let tree = self.tree.borrow();
            path.split('/').try_fold(self.node, |node, id| tree.nodes[node.0].children.get(id).copied())
        };
        match node {
            Some(node) => Scope::new(self.tree.clone(), node).suppress(rule, reason),
            None => self.error(
                "synth::unknown-construct",
                format!("there is no `{path}` here that could be excepted from `{}`", rule.into()),
                "name a construct by the ids that lead to it, with `/` between them, after it was made",
            ),
        }
    }
}

impl<R: ?Sized> Handle<R> {
    /// Says that the resource does not follow a rule of security, and why that is right. See [`Scope::suppress`].
    pub fn suppress(&self, rule: impl Into<String>, reason: impl Into<String>) -> &Self {
        let mut tree = self.tree.borrow_mut();
        let node = tree.resources[self.resource.0].node;
        tree.suppressions.push(Said { node, rule: rule.into(), reason: reason.into() });
        drop(tree);
        self
    }
}

/// What is not said of any resource, since there is none that the rule is about.
pub(crate) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for said in &tree.suppressions {
        let heard = |data: &ResourceData| concerns(said, data) && ancestors(tree, data.node).any(|id| id == said.node);
        if !tree.resources.iter().any(heard) {
            findings.push(Finding::warning(
                "synth::unused-suppression",
                tree.path(said.node),
                format!("nothing here is what `{}` is about", said.rule),
                "remove the suppression, or say it of the construct that is meant",
            ));
        }
    }
}

/// Writes what was said of a resource, and of the constructs around it, to its metadata.
pub(crate) fn write(tree: &Tree, data: &ResourceData, metadata: &mut BTreeMap<String, Json>) {
    if tree.suppressions.is_empty() {
        return;
    }
    let (mut own, mut checkov, mut cfn_nag) = (Vec::new(), Vec::new(), Vec::new());
    for node in ancestors(tree, data.node) {
        for said in tree.suppressions.iter().filter(|said| said.node == node && concerns(said, data)) {
            let Said { rule, reason, .. } = said;
            let others = SecurityRule::find(rule);
            let skips = others.map_or(&[][..], |rule| rule.checkov).iter().copied();
            let skips = skips.chain(is_checkov_id(rule).then_some(rule.as_str()));
            checkov.extend(skips.map(|id| json!({ "id": id, "comment": reason })));
            let rules = others.map_or(&[][..], |rule| rule.cfn_nag).iter().copied();
            let rules = rules.chain(is_cfn_nag_id(rule).then_some(rule.as_str()));
            cfn_nag.extend(rules.map(|id| json!({ "id": id, "reason": reason })));
            let from = (node != data.node).then(|| tree.path(node));
            own.push(json!(Suppression { id: rule.clone(), reason: reason.clone(), from }));
        }
    }
    for (tool, list, entries) in
        [(METADATA_KEY, SUPPRESS_KEY, own), ("checkov", "skip", checkov), ("cfn_nag", "rules_to_suppress", cfn_nag)]
    {
        append(metadata, tool, list, entries);
    }
}

/// Adds entries to a list that the caller may have begun.
fn append(metadata: &mut BTreeMap<String, Json>, tool: &str, list: &str, entries: Vec<Json>) {
    if entries.is_empty() {
        return;
    }
    let tool = metadata.entry(tool.to_owned()).or_insert_with(|| Json::Object(Map::new()));
    if let Some(all) = tool.as_object_mut().map(|tool| tool.entry(list).or_insert_with(|| json!([])))
        && let Some(all) = all.as_array_mut()
    {
        all.extend(entries);
    }
}

/// Whether a rule has to do with a resource: one that we know knows its types, others are taken at their word.
fn concerns(said: &Said, data: &ResourceData) -> bool {
    let rule = SECURITY_RULES.iter().find(|rule| rule.id == said.rule);
    said.node == data.node || rule.is_none_or(|rule| rule.is_about(&data.type_name))
}

/// A node and those above it.
fn ancestors(tree: &Tree, node: NodeId) -> impl Iterator<Item = NodeId> {
    std::iter::successors(Some(node), |node| tree.nodes[node.0].parent)
}
