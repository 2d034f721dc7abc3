//! JSON that is a text of a template, with values in it that are known when CloudFormation deploys.

use flagcdk_core::{Expr, Value};

/// The JSON of an expression as one text. Values that are not known yet stand in the quotes of their strings; they must hold
/// nothing that JSON escapes, as names, ids and ARNs do not.
pub(crate) fn json_text(expr: &Expr) -> Value<String> {
    let mut writer = Writer { parts: Vec::new(), text: String::new() };
    writer.expr(expr);
    writer.flush();
    match writer.parts.as_slice() {
        [only] => only.clone(),
        _ => Value::concat(writer.parts),
    }
}

struct Writer {
    parts: Vec<Value<String>>,
    text: String,
}

impl Writer {
    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.parts.push(std::mem::take(&mut self.text).into());
        }
    }

    /// A text in quotes, as JSON has it.
    fn string(&mut self, text: &str) {
        self.text.push_str(&serde_json::Value::from(text).to_string());
    }

    fn items<T>(
        &mut self,
        open: char,
        close: char,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.text.push(open);
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            write(self, item);
        }
        self.text.push(close);
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Bool(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Expr::Integer(value) => self.text.push_str(&value.to_string()),
            // Rust writes a whole number without a fraction, as people do.
            Expr::Number(value) => self.text.push_str(&value.to_string()),
            Expr::Text(text) => self.string(text),
            Expr::List(items) => self.items('[', ']', items, Self::expr),
            Expr::Map(entries) => self.items('{', '}', entries, |writer, (name, value)| {
                writer.string(name);
                writer.text.push(':');
                writer.expr(value);
            }),
            Expr::Json(json) => self.json(json),
            other => {
                self.text.push('"');
                self.inside(other);
                self.text.push('"');
            }
        }
    }

    /// What stands within the quotes of a string: what is known is escaped, what is not is left to CloudFormation.
    fn inside(&mut self, expr: &Expr) {
        match expr {
            Expr::Text(text) => {
                let quoted = serde_json::Value::from(text.as_ref()).to_string();
                self.text.push_str(&quoted[1..quoted.len() - 1]);
            }
            Expr::Concat(parts) => parts.iter().for_each(|part| self.inside(part)),
            other => {
                self.flush();
                self.parts.push(Value::from_expr(other.clone()));
            }
        }
    }

    /// Plain JSON, with the keys of objects in order whatever order this build's `serde_json` keeps.
    fn json(&mut self, json: &serde_json::Value) {
        match json {
            serde_json::Value::Array(items) => self.items('[', ']', items, Self::json),
            serde_json::Value::Object(entries) => {
                let entries: std::collections::BTreeMap<_, _> = entries.iter().collect();
                self.items('{', '}', entries, |writer, (name, value)| {
                    writer.string(name);
                    writer.text.push(':');
                    writer.json(value);
                });
            }
            scalar => self.text.push_str(&scalar.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use flagcdk_core::text;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_known_is_json_and_what_is_not_stands_in_quotes() {
        let check = |expr: Expr, expected: Value<String>| assert_eq!(json_text(&expr), expected);
        check(Expr::Json(json!({ "b": [1, null], "a": "\"" })), r#"{"a":"\"","b":[1,null]}"#.into());
        check(Expr::Number(2.0), "2".into());
        let name = text!["a\"", Value::region()];
        check(
            Expr::map([("n", name.into_expr()), ("t", true.into())]),
            text![r#"{"n":"a\""#, Value::region(), r#"","t":true}"#],
        );
    }
}
