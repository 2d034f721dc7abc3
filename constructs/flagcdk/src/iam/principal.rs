//! Whom a statement is about.

use flagcdk_core::{Expr, IntoValue, Value, text};

use super::policy::one_or_many;
use super::{Condition, ConditionKey};

/// Whom a statement allows or denies something; for a role, who may take it on.
///
/// See [principals](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    who: Who,
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug, PartialEq)]
enum Who {
    Anyone,
    Aws(Value<String>),
    Service(Value<String>),
    Federated(Value<String>),
}

impl Principal {
    /// A service of AWS, such as `lambda.amazonaws.com`.
    pub fn service(name: impl IntoValue<String>) -> Self {
        Self::new(Who::Service(name.into_value()))
    }

    /// The account that the stack is in: whoever there has a policy that says so too.
    pub fn own_account() -> Self {
        Self::arn(text!["arn:", Value::partition(), ":iam::", Value::account_id(), ":root"])
    }

    /// A role, a user or an account, by its ARN.
    pub fn arn(arn: impl IntoValue<String>) -> Self {
        Self::new(Who::Aws(arn.into_value()))
    }

    /// Another account, by its twelve digits: whoever there has a policy that says so too.
    pub fn account(id: impl IntoValue<String>) -> Self {
        Self::arn(text!["arn:", Value::partition(), ":iam::", id, ":root"])
    }

    /// Who has a token of a provider, by the provider's ARN; [`OidcProviderRef::principal`](super::OidcProviderRef::principal)
    /// says which tokens too.
    pub fn federated(provider: impl IntoValue<String>) -> Self {
        Self::new(Who::Federated(provider.into_value()))
    }

    /// Holds only where the condition does.
    #[must_use]
    pub fn only_if(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// `*`, everybody in the world. Only good for a denial, or with conditions that narrow it.
    pub fn anyone() -> Self {
        Self::new(Who::Anyone)
    }

    /// A service that says for whom it acts by `AWS:SourceOwner` alone, as ElastiCache does when it notifies a topic.
    ///
    /// See [ElastiCache notifications](https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ECEvents.SNS.html).
    pub fn source_owner() -> Self {
        Self::anyone().only_if(Condition::equals(ConditionKey::new("AWS:SourceOwner"), Value::account_id()))
    }

    /// Holds only for what a service does on behalf of the stack's own account, `aws:SourceAccount`.
    ///
    /// Without it a service that serves everybody can be sent by a stranger: the
    /// [confused deputy](https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html).
    #[must_use]
    pub fn for_own_account(self) -> Self {
        self.only_if(Condition::equals(ConditionKey::SOURCE_ACCOUNT, Value::account_id()))
    }

    /// Holds only for what a service does on behalf of a resource, `aws:SourceArn`; the ARN may have `*` in it.
    #[must_use]
    pub fn for_resource(self, arn: impl IntoValue<String>) -> Self {
        self.only_if(Condition::arn_is_like(ConditionKey::SOURCE_ARN, arn))
    }

    fn new(who: Who) -> Self {
        Self { who, conditions: Vec::new() }
    }

    pub(super) fn conditions(&self) -> impl Iterator<Item = Condition> + use<> {
        self.conditions.clone().into_iter()
    }

    /// The action by which such a principal takes a role on.
    pub(super) fn assume_action(&self) -> &'static str {
        match self.who {
            Who::Federated(_) => "sts:AssumeRoleWithWebIdentity",
            _ => "sts:AssumeRole",
        }
    }

    /// The service's name, if it is one whose name is known.
    pub(super) fn literal_service(&self) -> Option<&str> {
        match &self.who {
            Who::Service(name) => name.literal(),
            _ => None,
        }
    }

    pub(super) fn all_to_expr(principals: Vec<Principal>) -> Expr {
        let (mut aws, mut federated, mut services) = (Vec::new(), Vec::new(), Vec::new());
        for principal in principals {
            match principal.who {
                Who::Anyone => return "*".into(),
                Who::Aws(arn) => aws.push(arn.into_expr()),
                Who::Federated(provider) => federated.push(provider.into_expr()),
                Who::Service(name) => services.push(name.into_expr()),
            }
        }
        let kinds = [("AWS", aws), ("Federated", federated), ("Service", services)];
        Expr::map(
            kinds
                .into_iter()
                .filter(|(_, list)| !list.is_empty())
                .map(|(kind, list)| (kind, one_or_many(list.into_iter()))),
        )
    }
}
