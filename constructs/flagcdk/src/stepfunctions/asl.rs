//! State machines in the Amazon States Language, as Rust types.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use flagcdk_core::{Expr, Value};

use super::check::{self, Problem};
use super::states::State;
use crate::iam::Statement;

/// A state machine's definition: named states and the one that it starts at. Fields are addressed by JSONPath.
///
/// States are named by texts, so [`Definition::check`] holds what types cannot: every state that is named exists, every
/// state is reached, and from every state an end is reached. A [`StateMachine`](super::StateMachine) reports what it
/// finds when the app is synthesized.
///
/// ```
/// use flagcdk::stepfunctions::{Definition, Succeed, Wait};
///
/// let definition = Definition::starting_at("WaitForServices")
///     .state("WaitForServices", Wait::seconds(30).next("Done"))
///     .state("Done", Succeed::new());
/// assert!(definition.check().is_empty());
/// assert!(definition.render().text.starts_with(r#"{"StartAt":"WaitForServices","States":{"#));
/// ```
///
/// See the [Amazon States Language](https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html).
#[derive(Clone, Debug)]
pub struct Definition {
    comment: Option<String>,
    start_at: String,
    timeout_seconds: Option<u32>,
    states: Vec<(String, State)>,
}

/// A definition as CloudFormation takes it: the text, and what it is to put in place of each `${Name}` in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// JSON, for the property `DefinitionString`.
    pub text: String,
    /// The values that are known when CloudFormation deploys, for the property `DefinitionSubstitutions`.
    pub substitutions: BTreeMap<String, Value<String>>,
}

/// An object of a definition, such as the parameters of a task: names with literals, values or further objects.
///
/// As everywhere in the language, a name that ends in `.$` takes a path or an intrinsic function instead of a literal.
///
/// ```
/// use flagcdk::stepfunctions::Fields;
/// let payload = Fields::new().set("flag_id.$", "$.flag_id").set("look", 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(BTreeMap<String, Expr>);

impl Definition {
    /// A definition that begins with the state of this name.
    pub fn starting_at(state: impl Into<String>) -> Self {
        Self { comment: None, start_at: state.into(), timeout_seconds: None, states: Vec::new() }
    }

    /// What the state machine is for. Default: nothing is said.
    #[must_use]
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// How long an execution may take before it fails with `States.Timeout`. Default: the service's limit, a year.
    #[must_use]
    pub fn timeout_seconds(mut self, seconds: u32) -> Self {
        self.timeout_seconds = Some(seconds);
        self
    }

    /// Adds a state under a name that is unique in the definition, 80 characters at most.
    #[must_use]
    pub fn state(mut self, name: impl Into<String>, state: impl Into<State>) -> Self {
        self.states.push((name.into(), state.into()));
        self
    }

    /// Everything that is wrong with the definition.
    pub fn check(&self) -> Vec<Problem> {
        check::check(&self.start_at, &self.states)
    }

    /// What the state machine's role must be allowed, as the tasks say themselves.
    pub fn statements(&self) -> Vec<Statement> {
        self.states.iter().flat_map(|(_, state)| state.statements().iter().cloned()).collect()
    }

    /// The text and its substitutions. A substitution is named after the state and the field that it stands in.
    pub fn render(&self) -> Rendered {
        let mut writer = Writer { text: String::from("{"), substitutions: BTreeMap::new() };
        if let Some(comment) = &self.comment {
            writer.key("Comment");
            writer.string(comment);
            writer.text.push(',');
        }
        writer.key("StartAt");
        writer.string(&self.start_at);
        writer.text.push(',');
        if let Some(seconds) = self.timeout_seconds {
            let _ = write!(writer.text, "\"TimeoutSeconds\":{seconds},");
        }
        writer.key("States");
        writer.text.push('{');
        for (index, (name, state)) in self.states.iter().enumerate() {
            writer.comma(index);
            writer.key(name);
            writer.text.push_str("{\"Type\":");
            writer.string(state.kind());
            for (field, value) in state.fields() {
                writer.text.push(',');
                writer.key(field);
                writer.expr(value, name, field);
            }
            writer.text.push('}');
        }
        writer.text.push_str("}}");
        Rendered { text: writer.text, substitutions: writer.substitutions }
    }
}

impl Fields {
    /// No fields.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets a field, in place of an earlier value.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: impl Into<Expr>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    pub(super) fn insert(&mut self, name: &str, value: impl Into<Expr>) {
        self.0.insert(name.to_owned(), value.into());
    }

    pub(super) fn get(&self, name: &str) -> Option<&Expr> {
        self.0.get(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Expr)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl From<Fields> for Expr {
    fn from(fields: Fields) -> Self {
        Self::map(fields.0)
    }
}

/// Writes JSON with its keys in order, whatever order a JSON library would keep.
struct Writer {
    text: String,
    substitutions: BTreeMap<String, Value<String>>,
}

impl Writer {
    fn comma(&mut self, index: usize) {
        if index > 0 {
            self.text.push(',');
        }
    }

    fn key(&mut self, name: &str) {
        self.string(name);
        self.text.push(':');
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        self.escaped(text);
        self.text.push('"');
    }

    /// A text as it stands between the quotes of a JSON string.
    fn escaped(&mut self, text: &str) {
        let quoted = serde_json::Value::from(text).to_string();
        self.text.push_str(&quoted[1..quoted.len() - 1]);
    }

    fn expr(&mut self, expr: &Expr, state: &str, field: &str) {
        match expr {
            Expr::Bool(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Expr::Integer(value) => {
                let _ = write!(self.text, "{value}");
            }
            // Rust writes a whole number without a fraction, as people do.
            Expr::Number(value) => {
                let _ = write!(self.text, "{value}");
            }
            Expr::Text(text) => self.string(text),
            Expr::List(items) => {
                self.text.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.comma(index);
                    self.expr(item, state, field);
                }
                self.text.push(']');
            }
            Expr::Map(entries) => {
                self.text.push('{');
                for (index, (name, value)) in entries.iter().enumerate() {
                    self.comma(index);
                    self.key(name);
                    self.expr(value, state, name);
                }
                self.text.push('}');
            }
            Expr::Json(json) => self.json(json),
            Expr::Concat(parts) => {
                self.text.push('"');
                self.parts(parts, state, field);
                self.text.push('"');
            }
            other => {
                self.text.push('"');
                self.substitution(other, state, field);
                self.text.push('"');
            }
        }
    }

    /// Joined texts: what is known is written out, so that the rest of it is escaped; what is not is substituted.
    fn parts(&mut self, parts: &[Expr], state: &str, field: &str) {
        for part in parts {
            match part {
                Expr::Text(text) => self.escaped(text),
                Expr::Concat(inner) => self.parts(inner, state, field),
                other => self.substitution(other, state, field),
            }
        }
    }

    fn json(&mut self, json: &serde_json::Value) {
        match json {
            serde_json::Value::Array(items) => {
                self.text.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.comma(index);
                    self.json(item);
                }
                self.text.push(']');
            }
            serde_json::Value::Object(entries) => {
                let entries: BTreeMap<_, _> = entries.iter().collect();
                self.text.push('{');
                for (index, (name, value)) in entries.into_iter().enumerate() {
                    self.comma(index);
                    self.key(name);
                    self.json(value);
                }
                self.text.push('}');
            }
            scalar => self.text.push_str(&scalar.to_string()),
        }
    }

    /// `${Name}`; equal values share a name, and a name that is taken gets a number.
    fn substitution(&mut self, expr: &Expr, state: &str, field: &str) {
        let value: Value<String> = Value::from_expr(expr.clone());
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let base = format!("{}{}", letters(state), letters(field));
        let known = self.substitutions.iter().find(|(_, other)| **other == value).map(|(name, _)| name.clone());
        let name = known.unwrap_or_else(|| {
            let mut name = base.clone();
            let mut number = 1;
            while self.substitutions.contains_key(&name) {
                number += 1;
                name = format!("{base}{number}");
            }
            self.substitutions.insert(name.clone(), value);
            name
        });
        let _ = write!(self.text, "${{{name}}}");
    }
}

#[cfg(test)]
mod tests {
    use flagcdk_core::{Value, text};
    use serde_json::json;

    use super::*;
    use crate::stepfunctions::{Choice, Succeed, Task, When};

    #[test]
    fn texts_are_json_and_values_are_substituted_once() {
        let topic = text!["arn:aws:sns:", Value::region(), ":", Value::account_id(), ":\"t\""];
        let parameters = |region: Value<String>| {
            Fields::new()
                .set("TopicArn", topic.clone())
                .set("Region", region)
                .set("Fine", Expr::Number(0.5))
                .set("Whole", Expr::Number(2.0))
        };
        let definition = Definition::starting_at("Tell people")
            .comment("a \"quoted\" one")
            .timeout_seconds(60)
            .state("Tell people", Task::sdk("sns", "publish").parameters(parameters(Value::region())).next("B"))
            .state("B", Choice::new().when(When::not(When::is_present("$.x")), "C").otherwise("Tell people"))
            .state("C", Succeed::new());
        let rendered = definition.render();
        let got: serde_json::Value = serde_json::from_str(&rendered.text).unwrap();
        let expected = json!({
            "Comment": "a \"quoted\" one",
            "StartAt": "Tell people",
            "TimeoutSeconds": 60,
            "States": {
                "Tell people": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::aws-sdk:sns:publish",
                    "Parameters": {
                        "TopicArn": "arn:aws:sns:${TellpeopleRegion}:${TellpeopleTopicArn}:\"t\"",
                        "Region": "${TellpeopleRegion}",
                        "Fine": 0.5,
                        "Whole": 2,
                    },
                    "Next": "B",
                },
                "B": {
                    "Type": "Choice",
                    "Choices": [{ "Not": { "Variable": "$.x", "IsPresent": true }, "Next": "C" }],
                    "Default": "Tell people",
                },
                "C": { "Type": "Succeed" },
            },
        });
        assert_eq!(got, expected);
        let names: Vec<_> = rendered.substitutions.keys().collect();
        assert_eq!(names, ["TellpeopleRegion", "TellpeopleTopicArn"]);
        assert!(
            rendered
                .text
                .starts_with(r#"{"Comment":"a \"quoted\" one","StartAt":"Tell people","TimeoutSeconds":60,"States":"#)
        );
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let field = |value: Value<String>| Fields::new().set("x", value);
        let parameters = Fields::new().set("a", field(Value::region())).set("b", field(Value::account_id()));
        let definition = Definition::starting_at("A").state("A", Task::sdk("x", "y").parameters(parameters).end());
        let names: Vec<_> = definition.render().substitutions.into_keys().collect();
        assert_eq!(names, ["Ax", "Ax2"]);
    }
}
