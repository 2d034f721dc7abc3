//! Policy documents.

use std::borrow::Cow;
use std::collections::BTreeMap;

use flagcdk_core::{Expr, IntoValue, Json, Value};

use super::{Condition, Principal};

/// A policy: statements that allow and deny.
///
/// See the [policy grammar](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyDocument {
    statements: Vec<Statement>,
}

/// One statement of a policy: an effect, actions, and what they apply to.
///
/// ```
/// use flagcdk::iam::{PolicyDocument, Principal, Statement};
///
/// let only_tls = Statement::deny(["sqs:*"]).on_anything().to(Principal::anyone()).when("Bool", "aws:SecureTransport", "false");
/// let document = PolicyDocument::from_iter([only_tls]);
/// assert!(!document.is_empty());
/// ```
///
/// See [statement elements](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    effect: &'static str,
    /// Whether the actions are those that it is not about.
    all_but: bool,
    sid: Option<String>,
    actions: Vec<Cow<'static, str>>,
    resources: Vec<Value<String>>,
    principals: Vec<Principal>,
    conditions: BTreeMap<String, BTreeMap<String, Vec<Value<String>>>>,
}

impl PolicyDocument {
    /// A document without statements, which allows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a statement, unless the document has it already.
    pub fn add(&mut self, statement: Statement) {
        if !self.statements.contains(&statement) {
            self.statements.push(statement);
        }
    }

    /// Whether there is no statement. IAM refuses such a document.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// The statements, in the order in which they were added.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }
}

impl FromIterator<Statement> for PolicyDocument {
    fn from_iter<I: IntoIterator<Item = Statement>>(statements: I) -> Self {
        let mut document = Self::new();
        statements.into_iter().for_each(|statement| document.add(statement));
        document
    }
}

impl IntoValue<Json> for PolicyDocument {
    fn into_value(self) -> Value<Json> {
        let statements = self.statements.into_iter().map(Statement::into_expr).collect();
        Value::from_expr(Expr::map([("Version", "2012-10-17".into()), ("Statement", Expr::List(statements))]))
    }
}

impl From<PolicyDocument> for Value<Json> {
    fn from(document: PolicyDocument) -> Self {
        document.into_value()
    }
}

impl Statement {
    /// A statement that allows the actions, on nothing and to nobody until it is told.
    pub fn allow<A: Into<Cow<'static, str>>>(actions: impl IntoIterator<Item = A>) -> Self {
        Self::new("Allow", actions)
    }

    /// A statement that denies the actions, whatever others allow.
    pub fn deny<A: Into<Cow<'static, str>>>(actions: impl IntoIterator<Item = A>) -> Self {
        Self::new("Deny", actions)
    }

    /// A statement that denies everything but the actions, for guardrails.
    pub fn deny_all_but<A: Into<Cow<'static, str>>>(actions: impl IntoIterator<Item = A>) -> Self {
        Self { all_but: true, ..Self::new("Deny", actions) }
    }

    fn new<A: Into<Cow<'static, str>>>(effect: &'static str, actions: impl IntoIterator<Item = A>) -> Self {
        Self {
            effect,
            all_but: false,
            sid: None,
            actions: actions.into_iter().map(Into::into).collect(),
            resources: Vec::new(),
            principals: Vec::new(),
            conditions: BTreeMap::new(),
        }
    }

    /// Adds a resource, by its ARN or a pattern of ARNs.
    #[must_use]
    pub fn on(mut self, resource: impl IntoValue<String>) -> Self {
        self.resources.push(resource.into_value());
        self
    }

    /// Adds several resources.
    #[must_use]
    pub fn on_each<R: IntoValue<String>>(mut self, resources: impl IntoIterator<Item = R>) -> Self {
        self.resources.extend(resources.into_iter().map(IntoValue::into_value));
        self
    }

    /// Applies to `*`: in a resource's own policy that resource, else everything.
    ///
    /// Outside of a resource's own policy this is for actions that know no resources, such as `xray:PutTraceSegments`.
    #[must_use]
    pub fn on_anything(self) -> Self {
        self.on("*")
    }

    /// Adds a principal, and the conditions that it brings along. Policies of roles have none; policies of resources must.
    #[must_use]
    pub fn to(mut self, principal: Principal) -> Self {
        for condition in principal.conditions() {
            self = self.only_if(condition);
        }
        self.principals.push(principal);
        self
    }

    /// Adds a condition. Several values of one key mean any of them; several keys must all hold.
    ///
    /// See [condition operators](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
    #[must_use]
    pub fn when(mut self, operator: impl Into<String>, key: impl Into<String>, value: impl IntoValue<String>) -> Self {
        let values = self.conditions.entry(operator.into()).or_default().entry(key.into()).or_default();
        let value = value.into_value();
        if !values.contains(&value) {
            values.push(value);
        }
        self
    }

    /// Adds a condition of a known kind. Several values of one key mean any of them; several keys must all hold.
    #[must_use]
    pub fn only_if(self, condition: Condition) -> Self {
        self.when(condition.operator, condition.key.0, condition.value)
    }

    /// Names the statement, with ASCII letters and digits.
    #[must_use]
    pub fn sid(mut self, sid: impl Into<String>) -> Self {
        self.sid = Some(sid.into());
        self
    }

    /// Puts resources in the place of `*`, for policies of resources that must be named.
    pub(crate) fn instead_of_anything(mut self, resources: &[Value<String>]) -> Self {
        self.resources = self
            .resources
            .into_iter()
            .flat_map(|resource| if resource.literal() == Some("*") { resources.to_vec() } else { vec![resource] })
            .collect();
        self
    }

    /// The statement alone, for policies that take statements one by one.
    pub(crate) fn into_value(self) -> Value<Json> {
        Value::from_expr(self.into_expr())
    }

    /// Whether it says whom it is about, as policies of resources do.
    pub(crate) fn has_principals(&self) -> bool {
        !self.principals.is_empty()
    }

    /// The services that the statement lets in.
    pub(crate) fn admitted_services(&self) -> impl Iterator<Item = &str> {
        let principals = if self.effect == "Allow" { self.principals.as_slice() } else { &[] };
        principals.iter().filter_map(Principal::literal_service)
    }

    fn into_expr(self) -> Expr {
        let mut entries: Vec<(&'static str, Expr)> = vec![("Effect", self.effect.into())];
        if let Some(sid) = self.sid {
            entries.push(("Sid", sid.into()));
        }
        let actions = if self.all_but { "NotAction" } else { "Action" };
        entries.push((actions, one_or_many(self.actions.into_iter().map(Expr::Text))));
        if !self.resources.is_empty() {
            entries.push(("Resource", one_or_many(self.resources.into_iter().map(Value::into_expr))));
        }
        if !self.principals.is_empty() {
            entries.push(("Principal", Principal::all_to_expr(self.principals)));
        }
        if !self.conditions.is_empty() {
            let operators = self.conditions.into_iter().map(|(operator, keys)| {
                let keys =
                    keys.into_iter().map(|(key, values)| (key, one_or_many(values.into_iter().map(Value::into_expr))));
                (operator, Expr::map(keys))
            });
            entries.push(("Condition", Expr::map(operators)));
        }
        Expr::map(entries)
    }
}

/// A single item as itself, as AWS's own examples have it, and as IAM gives it back.
pub(super) fn one_or_many(items: impl Iterator<Item = Expr>) -> Expr {
    let mut items: Vec<Expr> = items.collect();
    if items.len() == 1 { items.remove(0) } else { Expr::List(items) }
}
