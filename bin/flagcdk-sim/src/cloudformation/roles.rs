//! The roles of self-managed stack sets.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html>

use crate::cloud::Cloud;
use crate::region;
use crate::resources::role_rules::{may_assume, trusts};
use crate::resources::world::GLOBAL;
use crate::store::model::StackSet;

/// The names that StackSets takes when a stack set says nothing.
const ADMINISTRATION: &str = "AWSCloudFormationStackSetAdministrationRole";
pub(super) const EXECUTION: &str = "AWSCloudFormationStackSetExecutionRole";

/// Whether the stack set may work in the account; the reason if not.
pub(super) fn check(cloud: &mut Cloud, set: &StackSet, account: &str) -> Result<(), String> {
    let home = cloud.account.clone();
    let partition = region::partition(&set.region);
    let administration_arn = administration_arn(&home, set);
    // A path may stand between `role/` and the name.
    let administration = administration_arn.rsplit('/').next().unwrap_or_default();
    let execution = set.execution_role.as_deref().unwrap_or(EXECUTION);
    let roles = &cloud.store.region_view(GLOBAL).roles;
    let regional = format!("cloudformation.{}.amazonaws.com", set.region);
    let services = ["cloudformation.amazonaws.com", regional.as_str()];
    let Some(administrator) = roles.get(administration).filter(|role| trusts(role, &services)) else {
        return Err(format!(
            "Account {home} should have '{administration}' role with trust relationship to CloudFormation service."
        ));
    };
    let execution_arn = format!("arn:{partition}:iam::{account}:role/{execution}");
    let root = format!("arn:{partition}:iam::{home}:root");
    let trusted = [administration_arn.as_str(), root.as_str(), home.as_str()];
    if account != home || !roles.get(execution).is_some_and(|role| trusts(role, &trusted)) {
        return Err(format!(
            "Account {account} should have '{execution}' role with trust relationship to Role '{administration}'."
        ));
    }
    if !may_assume(administrator, &execution_arn) {
        return Err(format!(
            "User: arn:{partition}:sts::{home}:assumed-role/{administration}/{} is not authorized to perform: \
             sts:AssumeRole on resource: {execution_arn}",
            set.id.rsplit(':').next().unwrap_or_default()
        ));
    }
    Ok(())
}

/// The ARN of the role that the stack set begins with.
pub(super) fn administration_arn(account: &str, set: &StackSet) -> String {
    set.administration_role
        .clone()
        .unwrap_or_else(|| format!("arn:{}:iam::{account}:role/{ADMINISTRATION}", region::partition(&set.region)))
}
