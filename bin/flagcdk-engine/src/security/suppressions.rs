//! What resources say that they do not follow, and why.

use std::cell::Cell;
use std::collections::BTreeMap;

use flagcdk_assembly::Finding;
use flagcdk_assembly::security::{
    METADATA_KEY, SECURITY_RULES, SUPPRESS_KEY, Suppression, is_cfn_nag_id, is_checkov_id,
};
use serde::Deserialize;

use super::{NO_REASON, UNKNOWN_RULE, UNUSED_SUPPRESSION};
use crate::validate::suggest::did_you_mean;
use crate::validate::template::{Resource, malformed};

/// The suppressions of one resource.
pub(super) struct Suppressions {
    entries: Vec<(Suppression, Cell<bool>)>,
}

/// Suppressions that hold for more than one resource: by the construct that they were said of and the rule, whether any
/// resource needs them.
pub(super) type Shared = BTreeMap<(String, String), bool>;

impl Suppressions {
    /// Those in a resource's metadata.
    pub(super) fn of(resource: &Resource<'_>, findings: &mut Vec<Finding>) -> Self {
        let list = resource.body.get("Metadata").and_then(|metadata| metadata.get(METADATA_KEY)?.get(SUPPRESS_KEY));
        let mut entries = Vec::new();
        for (index, entry) in list.and_then(|list| list.as_array()).into_iter().flatten().enumerate() {
            match Suppression::deserialize(entry) {
                Ok(suppression) => entries.push((suppression, Cell::new(false))),
                Err(_) => findings.push(malformed(
                    &resource.at(&format!("Metadata.{METADATA_KEY}.{SUPPRESS_KEY}.{index}")),
                    "a suppression",
                    entry,
                    "an object with `id` and `reason`",
                )),
            }
        }
        Self { entries }
    }

    /// Why the resource does not follow a rule, if it says so.
    pub(super) fn reason(&self, rule: &str) -> Option<&str> {
        let mut reason = None;
        for (suppression, used) in self.entries.iter().filter(|(suppression, _)| suppression.id == rule) {
            used.set(true);
            reason = reason.or(Some(suppression.reason.as_str()));
        }
        reason
    }

    /// What is wrong with the suppressions themselves, once all rules were checked.
    pub(super) fn check(&self, resource: &Resource<'_>, shared: &mut Shared, findings: &mut Vec<Finding>) {
        for (suppression, used) in &self.entries {
            let Suppression { id, reason, from } = suppression;
            let path = from.as_deref().unwrap_or(&resource.path);
            if reason.trim().is_empty() {
                findings.push(Finding::error(
                    NO_REASON,
                    path,
                    format!("`{id}` is suppressed, and nobody says why"),
                    "write down the reason for whoever reviews it",
                ));
            }
            if is_checkov_id(id) || is_cfn_nag_id(id) {
                continue;
            }
            let known = || SECURITY_RULES.iter().map(|rule| rule.id);
            if !known().any(|rule| rule == id) {
                let help = did_you_mean(id, known(), "name a rule that `flagcdk validate` reported");
                findings.push(Finding::warning(UNKNOWN_RULE, path, format!("there is no rule `{id}`"), help));
            } else if let Some(from) = from {
                *shared.entry((from.clone(), id.clone())).or_default() |= used.get();
            } else if !used.get() {
                findings.push(unused(path, id));
            }
        }
    }
}

/// The shared suppressions that no resource needs.
pub(super) fn check_shared(shared: &Shared, findings: &mut Vec<Finding>) {
    findings.extend(shared.iter().filter(|(_, used)| !**used).map(|((from, id), _)| unused(from, id)));
}

fn unused(path: &str, id: &str) -> Finding {
    Finding::warning(
        UNUSED_SUPPRESSION,
        path,
        format!("`{id}` is suppressed, and nothing there breaks it"),
        "remove the suppression, so that it does not hide what comes later",
    )
}
