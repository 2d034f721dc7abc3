//! Roles.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, IntoValue, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::{Condition, ConditionKey, Grantee, Permissions, PolicyDocument, Principal, Statement};
use crate::arn;
use crate::reference::reference;

/// How a [`Role`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct RoleProps {
    /// Who may take the role on.
    assumed_by: Principal,
    /// What the role is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    description: Option<Value<String>>,
    /// What the role may do from its first moment; by default nothing. More can be given later by `grant_*` methods.
    #[builder(default)]
    permissions: Permissions,
    /// ARNs of managed policies that the role has too; by default none.
    #[builder(default, setter(into))]
    managed_policies: Vec<Value<String>>,
    /// The ARN of a policy that bounds what the role may do at most; by default there is no bound.
    #[builder(default, setter(into, strip_option))]
    permissions_boundary: Option<Value<String>>,
}

/// An IAM role without a name of its own, so that it can be in every region.
///
/// What it may do is one inline policy, made of the [`Permissions`] it is given. A `grant_*` that comes later adds one
/// `AWS::IAM::RolePolicy` each.
///
/// See [AWS::IAM::Role](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html).
///
/// ```
/// use flagcdk::iam::{Principal, Role, RoleProps};
/// use flagcdk::sqs::{Queue, QueueProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Orders", Placement::EveryRegion);
/// let queue = Queue::new(&stack, "Queue", QueueProps::builder().build());
/// let service = Principal::service("scheduler.amazonaws.com").for_own_account();
/// let role = Role::new(&stack, "Sender", RoleProps::builder().assumed_by(service).build());
/// queue.as_ref().grant_send(&role);
/// assert!(app.synth()?.template("Orders").contains("sqs:SendMessage"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Role {
    reference: RoleRef,
}

/// A role, owned or imported.
///
/// ```
/// use flagcdk::iam::RoleRef;
/// use flagcdk::sqs::{Queue, QueueProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Orders", Placement::Home);
/// let queue = Queue::new(&stack, "Queue", QueueProps::builder().build());
/// let deployer = RoleRef::from_name(&stack, "Deployer", "shop-deployer");
/// queue.as_ref().grant_send(&deployer);
/// assert!(app.synth()?.template("Orders").contains("AWS::IAM::RolePolicy"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RoleRef {
    scope: Scope,
    arn: Value<Arn>,
    name: Value<String>,
    /// What was granted by name, to give the same thing once and different things different ids.
    granted: Rc<RefCell<BTreeMap<String, Vec<Vec<Statement>>>>>,
}

impl Role {
    /// Makes the role.
    pub fn new(scope: &Scope, id: &str, props: RoleProps) -> Self {
        let scope = scope.construct(id);
        let trust = Statement::allow([props.assumed_by.assume_action()]).to(props.assumed_by);
        let mut role = cfn::iam::Role::new().assume_role_policy_document(PolicyDocument::from_iter([trust]));
        if let Some(description) = props.description {
            role = role.description(description);
        }
        let document = props.permissions.document();
        if !document.is_empty() {
            // The name is within the role, so that it can be the same in all of them.
            let policy = cfn::iam::role::Policy::new().policy_name("permissions").policy_document(document);
            role = role.policies([policy]);
        }
        if !props.managed_policies.is_empty() {
            role = role.managed_policy_arns(props.managed_policies);
        }
        if let Some(boundary) = props.permissions_boundary {
            role = role.permissions_boundary(boundary);
        }
        let handle = scope.add("Resource", role);
        let (arn, name) = (handle.get(cfn::iam::Role::ARN), handle.reference());
        Self { reference: RoleRef { scope, arn, name, granted: Rc::default() } }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }

    /// The name that CloudFormation gave it.
    pub fn name(&self) -> Value<String> {
        self.reference.name()
    }
}

impl RoleRef {
    /// A role of the same account that exists already. What it is granted becomes policies under `id`.
    pub fn from_name(scope: &Scope, id: &str, name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        let arn = text!["arn:", Value::partition(), ":iam::", Value::account_id(), ":role/", &name];
        Self { scope: scope.construct(id), arn: arn.cast(), name, granted: Rc::default() }
    }

    /// A role of the same account that exists already, by its ARN without a path. What it is granted becomes policies under
    /// `id`.
    pub fn from_arn(scope: &Scope, id: &str, arn: impl IntoValue<Arn>) -> Self {
        let arn = arn.into_value();
        Self { scope: scope.construct(id), name: arn::after_slash(&arn), arn, granted: Rc::default() }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// Lets somebody take the role on, whose policy must let them too.
    pub fn grant_assume(&self, grantee: &impl Grantee) {
        grantee.grant("AssumeRole", vec![Statement::allow(["sts:AssumeRole"]).on(&self.arn)]);
    }

    /// Lets somebody hand the role to a service, such as `ecs-tasks.amazonaws.com`, and to no other.
    pub fn grant_pass(&self, service: impl IntoValue<String>, grantee: &impl Grantee) {
        let pass = Statement::allow(["iam:PassRole"]).on(&self.arn);
        let to_service = Condition::equals(ConditionKey::PASSED_TO_SERVICE, service);
        grantee.grant("PassRole", vec![pass.only_if(to_service)]);
    }
}

impl Grantee for RoleRef {
    fn grant(&self, name: &str, statements: Vec<Statement>) {
        let mut granted = self.granted.borrow_mut();
        let known = granted.entry(name.to_owned()).or_default();
        if statements.is_empty() || known.contains(&statements) {
            return;
        }
        known.push(statements.clone());
        let id = if known.len() == 1 { name.to_owned() } else { format!("{name}{}", known.len()) };
        let policy = cfn::iam::RolePolicy::new()
            .role_name(&self.name)
            .policy_name(&id)
            .policy_document(PolicyDocument::from_iter(statements));
        self.scope.add(&id, policy);
    }
}

impl Grantee for Role {
    fn grant(&self, name: &str, statements: Vec<Statement>) {
        self.reference.grant(name, statements);
    }
}

reference!(Role => RoleRef);
