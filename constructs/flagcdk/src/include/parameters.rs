//! Values in place of parameters.

use std::collections::BTreeMap;

use flagcdk_core::{Expr, Json};

/// An expression in which references to some parameters are their values.
pub(super) fn rewrite(json: Json, values: &BTreeMap<String, Expr>) -> Expr {
    if values.is_empty() {
        return Expr::Json(json);
    }
    match json {
        Json::Array(items) => Expr::List(items.into_iter().map(|item| rewrite(item, values)).collect()),
        Json::Object(entries) => {
            if entries.len() == 1
                && let Some((function, argument)) = entries.iter().next()
                && let Some(expr) = function_with_value(function, argument, values)
            {
                return expr;
            }
            Expr::map(entries.into_iter().map(|(key, value)| (key, rewrite(value, values))))
        }
        scalar => Expr::Json(scalar),
    }
}

/// `Ref` of a parameter that has a value, or `Fn::Sub` with one in it.
fn function_with_value(function: &str, argument: &Json, values: &BTreeMap<String, Expr>) -> Option<Expr> {
    match (function, argument) {
        ("Ref", Json::String(name)) => values.get(name).cloned(),
        ("Fn::Sub", Json::String(text)) => substitute(text, BTreeMap::new(), values),
        ("Fn::Sub", Json::Array(parts)) => {
            let (text, variables) = (parts.first()?.as_str()?, parts.get(1)?.as_object()?);
            let variables = variables.iter().map(|(name, value)| (name.clone(), rewrite(value.clone(), values)));
            substitute(text, variables.collect(), values)
        }
        _ => None,
    }
}

/// The text with the values as variables, unless a variable of the same name is closer.
fn substitute(text: &str, mut variables: BTreeMap<String, Expr>, values: &BTreeMap<String, Expr>) -> Option<Expr> {
    for (name, value) in values {
        if !variables.contains_key(name) && text.contains(&format!("${{{name}}}")) {
            variables.insert(name.clone(), value.clone());
        }
    }
    (!variables.is_empty()).then(|| Expr::Sub(text.to_owned(), variables))
}
