//! Which fields there are, so that a rule that misspells one is refused when it is compiled.

use std::collections::{BTreeMap, BTreeSet};

use cel::IdedExpr;
use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue};
use regex_lite::Regex;
use serde_json::Value;

use crate::pattern::MATCHES;

/// Fields that hold whatever JSON the flag's writer put there.
const OF_ANY_TYPE: &[&str] = &["value", "off_value", "serve", "equals", "values"];

/// What rules may call, besides operators and the macros `all`, `exists`, `exists_one`, `filter`, `map` and `has`.
const FUNCTIONS: &[&str] = &["contains", "double", "endsWith", MATCHES, "int", "size", "startsWith", "string", "type"];

/// What is known of a value before a rule is run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Schema {
    /// Nothing.
    Any,
    /// It has no fields.
    Scalar,
    List(Box<Schema>),
    Object(BTreeMap<String, Schema>),
}

impl Schema {
    /// The schema of facts in which every list has an element.
    pub(crate) fn of(shape: &Value) -> Self {
        match shape {
            Value::Array(values) => Self::List(Box::new(values.first().map_or(Self::Any, Self::of))),
            Value::Object(object) => {
                let field = |(name, value): (&String, &Value)| {
                    let of = if OF_ANY_TYPE.contains(&name.as_str()) { Self::Any } else { Self::of(value) };
                    (name.clone(), of)
                };
                Self::Object(object.iter().map(field).collect())
            }
            _ => Self::Scalar,
        }
    }

    /// What is wrong with a path that a message shows; none if it leads to something.
    pub(crate) fn problem_of_path(&self, path: &[String]) -> Option<String> {
        let mut here = self;
        for (index, name) in path.iter().enumerate() {
            match here {
                Self::Any => return None,
                Self::Object(fields) => match fields.get(name) {
                    Some(found) => here = found,
                    None => return Some(no_field(&path[..index].join("."), name, fields.keys())),
                },
                _ => return Some(format!("`{}` has no fields, and so no `{name}`", path[..index].join("."))),
            }
        }
        None
    }
}

/// What an expression uses: its problems, and the patterns that it matches with.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    pub(crate) problems: BTreeSet<String>,
    pub(crate) patterns: BTreeMap<String, Regex>,
    pub(crate) depth: usize,
}

/// Goes through an expression.
pub(crate) fn look_through(expression: &IdedExpr, variables: &Schema) -> Usage {
    let Schema::Object(fields) = variables else { return Usage::default() };
    let mut walk = Walk { variables: fields, bound: Vec::new(), usage: Usage::default() };
    walk.expression(expression, 1);
    walk.usage
}

struct Walk<'a> {
    variables: &'a BTreeMap<String, Schema>,
    /// The variables of macros, innermost last.
    bound: Vec<(String, Schema)>,
    usage: Usage,
}

impl Walk<'_> {
    fn expression(&mut self, expression: &IdedExpr, depth: usize) -> Schema {
        self.usage.depth = self.usage.depth.max(depth);
        let below = depth + 1;
        match &expression.expr {
            Expr::Ident(name) => self.variable(name),
            Expr::Select(select) => {
                let operand = self.expression(&select.operand, below);
                self.field(&select.operand, operand, &select.field)
            }
            Expr::Call(call) => self.call(call, below),
            Expr::Comprehension(each) => {
                let range = self.expression(&each.iter_range, below);
                let element = if let Schema::List(element) = range { *element } else { Schema::Any };
                let depth_before = self.bound.len();
                self.expression(&each.accu_init, below);
                self.bound.push((each.iter_var.clone(), element));
                if let Some(second) = &each.iter_var2 {
                    self.bound.push((second.clone(), Schema::Any));
                }
                self.bound.push((each.accu_var.clone(), Schema::Any));
                for part in [&each.loop_cond, &each.loop_step, &each.result] {
                    self.expression(part, below);
                }
                self.bound.truncate(depth_before);
                Schema::Any
            }
            Expr::List(list) => {
                for element in &list.elements {
                    self.expression(element, below);
                }
                Schema::Any
            }
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.expression(&entry.key, below);
                        self.expression(&entry.value, below);
                    }
                }
                Schema::Any
            }
            Expr::Struct(of) => {
                self.usage.problems.insert(format!("`{}` is a type, which rules cannot make", of.type_name));
                Schema::Any
            }
            Expr::Literal(_) | Expr::Unspecified => Schema::Any,
        }
    }

    fn variable(&mut self, name: &str) -> Schema {
        if let Some((_, schema)) = self.bound.iter().rev().find(|(bound, _)| bound == name) {
            return schema.clone();
        }
        if let Some(schema) = self.variables.get(name) {
            return schema.clone();
        }
        self.usage.problems.insert(format!("there is no variable `{name}`; wanted {}", list(self.variables.keys())));
        Schema::Any
    }

    fn field(&mut self, operand: &IdedExpr, schema: Schema, name: &str) -> Schema {
        match schema {
            Schema::Any => Schema::Any,
            Schema::Object(mut fields) => fields.remove(name).unwrap_or_else(|| {
                self.usage.problems.insert(no_field(&written(operand), name, fields.keys()));
                Schema::Any
            }),
            Schema::Scalar | Schema::List(_) => {
                self.usage.problems.insert(format!("`{}` has no fields, and so no `{name}`", written(operand)));
                Schema::Any
            }
        }
    }

    fn call(&mut self, call: &CallExpr, depth: usize) -> Schema {
        let name = call.func_name.as_str();
        let mut schemas: Vec<Schema> = Vec::new();
        for part in call.target.as_deref().into_iter().chain(&call.args) {
            schemas.push(self.expression(part, depth));
        }
        let is_operator = !name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !is_operator && !FUNCTIONS.contains(&name) {
            self.usage.problems.insert(format!("there is no function `{name}`; wanted {}", list(FUNCTIONS)));
        }
        if name == MATCHES {
            match call.args.first().map(|argument| &argument.expr) {
                Some(Expr::Literal(LiteralValue::String(pattern))) if call.target.is_some() => {
                    self.pattern(pattern.inner());
                }
                _ => {
                    let problem = "the pattern of `matches` must be a literal, as in `text.matches('^a')`";
                    self.usage.problems.insert(problem.to_owned());
                }
            }
        }
        // `list[0].name` is a field of the list's elements.
        match (name, schemas.into_iter().next()) {
            ("_[_]", Some(Schema::List(element))) => *element,
            _ => Schema::Any,
        }
    }

    fn pattern(&mut self, pattern: &str) {
        match Regex::new(pattern) {
            Ok(regex) => {
                self.usage.patterns.insert(pattern.to_owned(), regex);
            }
            Err(error) => {
                self.usage.problems.insert(format!("`{pattern}` is no regular expression: {error}"));
            }
        }
    }
}

/// How an operand is written, if it is only names.
fn written(operand: &IdedExpr) -> String {
    match &operand.expr {
        Expr::Ident(name) => name.clone(),
        Expr::Select(select) => format!("{}.{}", written(&select.operand), select.field),
        _ => "…".to_owned(),
    }
}

fn no_field<'n>(of: &str, name: &str, fields: impl Iterator<Item = &'n String>) -> String {
    format!("`{of}` has no field `{name}`; it has {}", list(fields))
}

fn list<T: std::fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
