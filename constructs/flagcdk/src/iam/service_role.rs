//! Roles of services, for constructs that may be made in some regions only.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Condition, Scope, Value};

use super::{Permissions, PolicyDocument, Principal, Statement};

/// A role for a service, made where its construct is.
///
/// It is no [`Role`](super::Role) since one that says what may be done with a conditional resource must have that
/// condition too, and since nobody is to give it more later on.
pub(crate) fn service_role(
    scope: &Scope,
    id: &str,
    service: Principal,
    permissions: &Permissions,
    condition: Option<&Condition>,
) -> Value<Arn> {
    let trust = Statement::allow(["sts:AssumeRole"]).to(service);
    let policy = cfn::iam::role::Policy::new().policy_name("permissions").policy_document(permissions.document());
    let role = cfn::iam::Role::new().assume_role_policy_document(PolicyDocument::from_iter([trust])).policies([policy]);
    let handle = scope.add(id, role);
    if let Some(condition) = condition {
        handle.condition(condition);
    }
    handle.get(cfn::iam::Role::ARN)
}
