//! Policies that several roles have.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::{Permissions, RoleRef};
use crate::reference::reference;

/// How a [`ManagedPolicy`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct ManagedPolicyProps {
    /// What it allows and denies: give it to `grant_*` methods first.
    permissions: Permissions,
    /// What the policy is for; by default nothing is said. It cannot be changed without a new policy.
    #[builder(default, setter(into, strip_option))]
    description: Option<Value<String>>,
    /// Roles that have it; by default none. New roles name it themselves.
    #[builder(default, setter(into))]
    roles: Vec<RoleRef>,
}

/// A policy that several roles have, or that bounds what roles may do.
///
/// ```
/// use flagcdk::iam::{
///     Grantee, ManagedPolicy, ManagedPolicyProps, Permissions, Principal, Role, RoleProps, Statement,
/// };
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Access", Placement::Home);
/// let permissions = Permissions::new();
/// permissions.grant("Own", vec![Statement::allow(["s3:*", "sqs:*"]).on_anything()]);
/// let bound = ManagedPolicy::new(&stack, "Bound", ManagedPolicyProps::builder().permissions(permissions).build());
/// let role = RoleProps::builder().assumed_by(Principal::service("lambda.amazonaws.com")).permissions_boundary(&bound);
/// Role::new(&stack, "Worker", role.build());
/// assert!(app.synth()?.template("Access").contains("PermissionsBoundary"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::IAM::ManagedPolicy](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html).
#[derive(Clone, Debug)]
pub struct ManagedPolicy {
    reference: ManagedPolicyRef,
}

/// A managed policy, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct ManagedPolicyRef {
    arn: Value<Arn>,
}

impl ManagedPolicy {
    /// Makes the policy.
    pub fn new(scope: &Scope, id: &str, props: ManagedPolicyProps) -> Self {
        let scope = scope.construct(id);
        let document = props.permissions.document();
        if document.is_empty() {
            scope.error(
                "iam::empty-policy",
                "the policy allows and denies nothing, which IAM refuses",
                "give its permissions to a `grant_*` method before the policy is made",
            );
        }
        let mut policy = cfn::iam::ManagedPolicy::new().policy_document(document);
        if let Some(description) = props.description {
            policy = policy.description(description);
        }
        if !props.roles.is_empty() {
            policy = policy.roles(props.roles.iter().map(RoleRef::name).collect::<Vec<_>>());
        }
        Self { reference: ManagedPolicyRef { arn: scope.add("Resource", policy).reference().cast() } }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }
}

impl ManagedPolicyRef {
    /// A policy that exists already.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        Self { arn: arn.into_value() }
    }

    /// A policy of the same account that exists already.
    pub fn from_name(name: impl IntoValue<String>) -> Self {
        Self { arn: text!["arn:", Value::partition(), ":iam::", Value::account_id(), ":policy/", name].cast() }
    }

    /// A policy that AWS made, such as `ReadOnlyAccess` or `service-role/AWSConfigRole`. It allows what AWS thinks fit, which
    /// is more than a `grant_*` method would.
    pub fn from_aws(name: impl IntoValue<String>) -> Self {
        Self { arn: text!["arn:", Value::partition(), ":iam::aws:policy/", name].cast() }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }
}

reference!(ManagedPolicy => ManagedPolicyRef);

impl From<&ManagedPolicy> for Value<String> {
    fn from(policy: &ManagedPolicy) -> Self {
        policy.arn().into()
    }
}

impl From<&ManagedPolicyRef> for Value<String> {
    fn from(policy: &ManagedPolicyRef) -> Self {
        policy.arn().into()
    }
}
