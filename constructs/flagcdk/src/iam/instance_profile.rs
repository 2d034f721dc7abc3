//! Roles of machines.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Scope, Value};

use super::RoleRef;

/// By which a machine of EC2 takes on a role that `ec2.amazonaws.com` may assume.
///
/// ```
/// use flagcdk::iam::{InstanceProfile, ManagedPolicyRef, Principal, Role, RoleProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Machines", Placement::Home);
/// let role = RoleProps::builder()
///     .assumed_by(Principal::service("ec2.amazonaws.com"))
///     .managed_policies([(&ManagedPolicyRef::from_aws("AmazonSSMManagedInstanceCore")).into()]);
/// let role = Role::new(&stack, "Role", role.build());
/// let profile = InstanceProfile::new(&stack, "Profile", &role);
/// stack.output("Profile", profile.name());
/// assert!(app.synth()?.template("Machines").contains("AWS::IAM::InstanceProfile"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::IAM::InstanceProfile](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-instanceprofile.html).
#[derive(Clone, Debug)]
pub struct InstanceProfile {
    arn: Value<Arn>,
    name: Value<String>,
}

impl InstanceProfile {
    /// Makes the profile.
    pub fn new(scope: &Scope, id: &str, role: &impl AsRef<RoleRef>) -> Self {
        let scope = scope.construct(id);
        let profile = cfn::iam::InstanceProfile::new().roles([role.as_ref().name()]);
        let handle = scope.add("Resource", profile);
        Self { arn: handle.get(cfn::iam::InstanceProfile::ARN), name: handle.reference() }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }
}
