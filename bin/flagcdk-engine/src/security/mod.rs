//! Security: what every template must hold so that nobody gets at what is not theirs, and nothing is lost.
//!
//! The rules are those of [`SECURITY_RULES`], with the controls of AWS Security Hub, cdk-nag, checkov and cfn-nag that they
//! answer. What lets strangers in is an error, the rest a warning. Each can be suppressed on a resource, or on a construct and
//! all below it, with a reason that stands in the template; see [`flagcdk_assembly::security`].
//!
//! A property that depends on conditions is judged in every form that it can take. What only the deploy knows is never a
//! finding.
//!
//! | file | subject |
//! |---|---|
//! | `rules/*` | the rules, a table for each service |
//! | `rule` | what a rule is made of |
//! | `values`, `policy` | what is known of values and policies before the deploy |
//! | `links` | what resources are for each other, over all stacks |
//! | `suppressions` | what somebody said is right as it is |
//! | `sarif` | the report for tools |

mod links;
mod policy;
mod rule;
mod rules;
pub mod sarif;
mod suppressions;
mod values;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use flagcdk_assembly::Finding;
pub use flagcdk_assembly::security::SECURITY_RULES;
use serde_json::Value as Json;

use self::links::Links;
use self::rule::{Case, Fault, Rule};
use self::suppressions::{Shared, Suppressions};
use crate::validate::conditions::{self, Assignment};
use crate::validate::template::{AppView, Resource, StackView};
use crate::validate::walk::Uses;

/// A suppression has no reason.
pub const NO_REASON: &str = "security::no-reason";

/// A suppression is of a rule that does not exist.
pub const UNKNOWN_RULE: &str = "security::unknown-rule";

/// A suppression is of a rule that is followed.
pub const UNUSED_SUPPRESSION: &str = "security::unused-suppression";

/// A finding that somebody said is right as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// What would have been found.
    pub finding: Finding,
    /// Why it is right.
    pub reason: String,
}

/// The rules by the type of resource that they are for.
static BY_KIND: LazyLock<BTreeMap<&str, Vec<&Rule>>> = LazyLock::new(|| {
    let mut by_kind: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in rules::all() {
        for kind in rule.on {
            by_kind.entry(kind).or_default().push(rule);
        }
    }
    by_kind
});

/// Checks the stacks at these places of the app.
pub(crate) fn check(app: &AppView<'_>, checked: &[(usize, Uses<'_>)], findings: &mut Vec<Finding>) -> Vec<Suppressed> {
    let links = Links::new(app);
    let (mut suppressed, mut shared) = (Vec::new(), Shared::new());
    for (position, uses) in checked {
        let stack = &app.stacks[*position];
        for resource in stack.resources.values() {
            let suppressions = Suppressions::of(resource, findings);
            for (rule, fault, when) in faults(&links, stack, *position, resource, uses) {
                let finding = Finding {
                    severity: rule.severity,
                    code: rule.id.to_owned(),
                    path: resource.at(&fault.place),
                    message: format!("{}{when}", fault.message),
                    help: rule.help.to_owned(),
                };
                match suppressions.reason(rule.id) {
                    Some(reason) => suppressed.push(Suppressed { finding, reason: reason.to_owned() }),
                    None => findings.push(finding),
                }
            }
            suppressions.check(resource, &mut shared, findings);
        }
    }
    suppressions::check_shared(&shared, findings);
    suppressed
}

/// What a resource breaks in any of the forms that it can take, and in which form.
fn faults(
    links: &Links<'_>,
    stack: &StackView<'_>,
    position: usize,
    resource: &Resource<'_>,
    uses: &Uses<'_>,
) -> Vec<(&'static Rule, Fault, String)> {
    let Some(rules) = BY_KIND.get(resource.kind) else { return vec![] };
    let judge = |properties: &Json| -> Vec<(usize, Fault)> {
        let case = Case { links, stack, position, resource, properties };
        let numbered = rules.iter().enumerate();
        numbered.flat_map(|(index, rule)| rule.faults(&case).into_iter().map(move |fault| (index, fault))).collect()
    };
    let Some(used) = uses.variants.get(resource.id) else {
        let found = judge(resource.properties);
        return found.into_iter().map(|(index, fault)| (rules[index], fault, String::new())).collect();
    };
    let always = resource.body.get("Condition").and_then(Json::as_str);
    let assignments = conditions::assignments(stack, used, always);
    let mut found: BTreeMap<(usize, Fault), Vec<&Assignment<'_>>> = BTreeMap::new();
    for assignment in &assignments {
        let form = conditions::resolve(resource.properties, assignment).unwrap_or_default();
        for fault in judge(&form) {
            found.entry(fault).or_default().push(assignment);
        }
    }
    found
        .into_iter()
        .map(|((index, fault), forms)| {
            let when = if forms.len() == assignments.len() { String::new() } else { conditions::when(forms[0]) };
            (rules[index], fault, when)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The catalog, which says who may suppress what, and the rules, which say what is checked, are about the same.
    #[test]
    fn every_rule_of_the_catalog_is_checked_on_every_type() {
        let mut checked: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for rule in rules::all() {
            checked.entry(rule.id).or_default().extend(rule.on);
        }
        let catalog: BTreeMap<&str, BTreeSet<&str>> =
            SECURITY_RULES.iter().map(|rule| (rule.id, rule.kinds.iter().copied().collect())).collect();
        assert_eq!(checked, catalog);
    }
}
