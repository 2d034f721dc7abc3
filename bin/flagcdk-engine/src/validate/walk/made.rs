//! What is named is made whenever what names it is.

use flagcdk_assembly::Finding;
use serde_json::Value as Json;

use super::super::{codes, conditions};
use super::{Site, Walker};

impl<'a> Walker<'_, 'a> {
    /// Notes that a resource is needed, and checks that it is made in every case in which it is needed.
    pub(super) fn needs_made(&mut self, id: &'a str) {
        if self.site == Site::Condition {
            return;
        }
        self.needs.insert(id);
        let Some(condition) = self.stack.resources[id].body.get("Condition").and_then(Json::as_str) else { return };
        if self.own_condition == Some(condition) {
            return;
        }
        let used = self.guards.iter().map(|(name, _)| *name).chain(self.own_condition).chain([condition]).collect();
        let Some(cases) = conditions::all_cases(self.stack, &used) else { return };
        let missing = cases.iter().find(|case| {
            let holds = |name: &str| case.get(name) == Some(&true);
            self.guards.iter().all(|(name, branch)| holds(name) == *branch)
                && self.own_condition.is_none_or(holds)
                && !holds(condition)
        });
        if let Some(case) = missing {
            self.findings.push(Finding::error(
                codes::CONDITIONAL_REFERENCE,
                self.place(),
                format!("`{id}` is named and not made{}", conditions::when(case)),
                format!("wrap the value in `Fn::If` with the condition `{condition}`, or give the same condition to what names it"),
            ));
        }
    }
}
