//! Whom a statement is about.

use flagcdk_core::{Expr, IntoValue, Value, text};

use super::policy::one_or_many;

/// Whom a statement allows or denies something; for a role, who may take it on.
///
/// See [principals](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    who: Who,
    conditions: Vec<(&'static str, &'static str, Value<String>)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Who {
    Anyone,
    Aws(Value<String>),
    Service(Value<String>),
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

    /// `*`, everybody in the world. Only good for a denial, or with conditions that narrow it.
    pub fn anyone() -> Self {
        Self::new(Who::Anyone)
    }

    /// A service that says for whom it acts by `AWS:SourceOwner` alone, as ElastiCache does when it notifies a topic.
    ///
    /// See [ElastiCache notifications](https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ECEvents.SNS.html).
    pub fn source_owner() -> Self {
        Self::anyone().condition("StringEquals", "AWS:SourceOwner", Value::account_id())
    }

    /// Holds only for what a service does on behalf of the stack's own account, `aws:SourceAccount`.
    ///
    /// Without it a service that serves everybody can be sent by a stranger: the
    /// [confused deputy](https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html).
    #[must_use]
    pub fn for_own_account(self) -> Self {
        self.condition("StringEquals", "aws:SourceAccount", Value::account_id())
    }

    /// Holds only for what a service does on behalf of a resource, `aws:SourceArn`; the ARN may have `*` in it.
    #[must_use]
    pub fn for_resource(self, arn: impl IntoValue<String>) -> Self {
        self.condition("ArnLike", "aws:SourceArn", arn.into_value())
    }

    fn new(who: Who) -> Self {
        Self { who, conditions: Vec::new() }
    }

    fn condition(mut self, operator: &'static str, key: &'static str, value: Value<String>) -> Self {
        self.conditions.push((operator, key, value));
        self
    }

    pub(super) fn conditions(&self) -> impl Iterator<Item = (&'static str, &'static str, Value<String>)> + use<> {
        self.conditions.clone().into_iter()
    }

    /// The service's name, if it is one whose name is known.
    pub(super) fn literal_service(&self) -> Option<&str> {
        match &self.who {
            Who::Service(name) => name.literal(),
            _ => None,
        }
    }

    pub(super) fn all_to_expr(principals: Vec<Principal>) -> Expr {
        let (mut aws, mut services) = (Vec::new(), Vec::new());
        for principal in principals {
            match principal.who {
                Who::Anyone => return "*".into(),
                Who::Aws(arn) => aws.push(arn.into_expr()),
                Who::Service(name) => services.push(name.into_expr()),
            }
        }
        let kinds = [("AWS", aws), ("Service", services)];
        Expr::map(
            kinds
                .into_iter()
                .filter(|(_, list)| !list.is_empty())
                .map(|(kind, list)| (kind, one_or_many(list.into_iter()))),
        )
    }
}
