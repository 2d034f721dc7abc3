//! Organizations: what no account of an organization may do, whoever it is.

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Handle, IntoValue, Placement, Scope, Value};
use typed_builder::TypedBuilder;

use crate::iam::{PolicyDocument, Statement};

/// How a [`ServiceControlPolicy`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct ServiceControlPolicyProps {
    /// The name, unique in the organization.
    #[builder(setter(into))]
    name: String,
    /// What it denies. Statements that allow are of no use here: what is not denied is allowed by `FullAWSAccess`.
    #[builder(setter(into))]
    statements: Vec<Statement>,
    /// What the policy is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    description: Option<String>,
    /// The ids of roots (`r-…`), units (`ou-…`) and accounts that it holds for; by default none, so that it can be read first.
    #[builder(default, setter(into))]
    targets: Vec<Value<String>>,
}

/// A guardrail: what principals of accounts are denied, whatever their own policies allow. It does not hold for the account
/// that administers the organization.
///
/// It is made by a stack in that account, or in the one that it delegated policies to.
///
/// ```
/// use flagcdk::iam::{Condition, ConditionKey, Statement};
/// use flagcdk::organizations::{ServiceControlPolicy, ServiceControlPolicyProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("guardrails", Region::US_EAST_1);
/// let stack = app.stack("Organization", Placement::Home);
/// let elsewhere = Statement::deny_all_but(["iam:*", "organizations:*", "route53:*", "cloudfront:*", "sts:*", "support:*"])
///     .on_anything()
///     .only_if(Condition::differs_from(ConditionKey::REQUESTED_REGION, "eu-west-1"))
///     .only_if(Condition::differs_from(ConditionKey::REQUESTED_REGION, "us-east-1"))
///     .sid("OnlyTwoRegions");
/// let trails = Statement::deny(["cloudtrail:DeleteTrail", "cloudtrail:StopLogging"]).on_anything().sid("KeepTrails");
/// let props = ServiceControlPolicyProps::builder()
///     .name("guardrails")
///     .statements([elsewhere, trails])
///     .targets(["ou-abcd-12345678".into()]);
/// ServiceControlPolicy::new(&stack, "Guardrails", props.build());
/// assert!(app.synth()?.template("Organization").contains("NotAction"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [service control policies](https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html) and
/// [AWS::Organizations::Policy](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-organizations-policy.html).
#[derive(Clone, Debug)]
pub struct ServiceControlPolicy {
    handle: Handle<cfn::organizations::Policy>,
}

impl ServiceControlPolicy {
    /// Makes the policy, and attaches it to its targets.
    pub fn new(scope: &Scope, id: &str, props: ServiceControlPolicyProps) -> Self {
        let scope = scope.construct(id);
        check(&scope, &props);
        let content = PolicyDocument::from_iter(props.statements).into_value();
        let mut policy =
            cfn::organizations::Policy::new().name(&props.name).r#type("SERVICE_CONTROL_POLICY").content(content);
        if let Some(description) = props.description {
            policy = policy.description(description);
        }
        if !props.targets.is_empty() {
            policy = policy.target_ids(props.targets);
        }
        Self { handle: scope.add("Resource", policy) }
    }

    /// The id, `p-…`.
    pub fn id(&self) -> Value<String> {
        self.handle.reference()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.handle.get(cfn::organizations::Policy::ARN)
    }
}

fn check(scope: &Scope, props: &ServiceControlPolicyProps) {
    if props.statements.is_empty() {
        scope.error(
            "organizations::empty-policy",
            "the policy denies nothing",
            "give it statements such as `Statement::deny([\"cloudtrail:StopLogging\"]).on_anything()`",
        );
    }
    if props.statements.iter().any(|statement| statement.has_principals()) {
        scope.error(
            "organizations::principal",
            "a statement of the policy names principals, which service control policies cannot",
            "leave out `.to(…)`, and narrow it by a condition on `ConditionKey::PRINCIPAL_ARN`",
        );
    }
    if scope.stack().placement() == Placement::EveryRegion && scope.regions().len() > 1 {
        scope.error(
            "organizations::every-region",
            format!(
                "`{}` would be made in each of {} regions, and an organization has it once",
                props.name,
                scope.regions().len()
            ),
            "put it into a stack with `Placement::Home`",
        );
    }
}
