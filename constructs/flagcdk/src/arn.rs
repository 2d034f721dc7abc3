//! The parts of ARNs.

use flagcdk_core::{Arn, Expr, Value};

/// The part of an ARN after so many colons; the last parts of an ARN that has more are not joined.
pub(crate) fn part(arn: &Value<Arn>, index: usize) -> Value<String> {
    match arn.expr() {
        Expr::Text(text) => text.split(':').nth(index).unwrap_or_default().into(),
        _ => Value::split(":", arn).select(index),
    }
}

/// What follows the last `/` of an ARN such as `arn:aws:dynamodb:…:table/orders`, which has one.
pub(crate) fn after_slash(arn: &Value<Arn>) -> Value<String> {
    match arn.expr() {
        Expr::Text(text) => text.split('/').next_back().unwrap_or_default().into(),
        _ => Value::split("/", arn).select(1),
    }
}
