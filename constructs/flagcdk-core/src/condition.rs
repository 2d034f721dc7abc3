//! Conditions of a template.

use crate::{Expr, IntoValue};

/// A condition that a stack declared, for [`Value::when`](crate::Value::when) and [`Handle::condition`](crate::Handle::condition).
///
/// Declare one with [`Stack::condition`](crate::Stack::condition).
/// See [condition functions](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    name: String,
}

/// What a condition says, to be declared with [`Stack::condition`](crate::Stack::condition).
#[derive(Clone, Debug, PartialEq)]
pub struct Test(pub(crate) TestExpr);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TestExpr {
    Equals(Expr, Expr),
    Not(Box<TestExpr>),
    All(Vec<TestExpr>),
    Any(Vec<TestExpr>),
    Named(String),
    Raw(Expr),
}

impl Condition {
    /// The condition with this name, for one that the template gets by other means than [`Stack::condition`](crate::Stack::condition).
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }

    /// The name in the template.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `Fn::Equals`: whether two texts are the same.
    pub fn equals(left: impl IntoValue<String>, right: impl IntoValue<String>) -> Test {
        Test(TestExpr::Equals(left.into_value().into_expr(), right.into_value().into_expr()))
    }

    /// `Fn::Not`.
    pub fn not(test: impl Into<Test>) -> Test {
        Test(TestExpr::Not(Box::new(test.into().0)))
    }

    /// `Fn::And`: whether all tests hold; CloudFormation wants two to ten.
    pub fn all(tests: impl IntoIterator<Item = Test>) -> Test {
        Test(TestExpr::All(tests.into_iter().map(|test| test.0).collect()))
    }

    /// `Fn::Or`: whether any test holds; CloudFormation wants two to ten.
    pub fn any(tests: impl IntoIterator<Item = Test>) -> Test {
        Test(TestExpr::Any(tests.into_iter().map(|test| test.0).collect()))
    }
}

impl From<serde_json::Value> for Test {
    /// A test as a template says it, for what the functions here do not know.
    fn from(json: serde_json::Value) -> Self {
        Self(TestExpr::Raw(Expr::Json(json)))
    }
}

impl From<Expr> for Test {
    fn from(expr: Expr) -> Self {
        Self(TestExpr::Raw(expr))
    }
}

impl From<&Condition> for Test {
    fn from(condition: &Condition) -> Self {
        Self(TestExpr::Named(condition.name.clone()))
    }
}
