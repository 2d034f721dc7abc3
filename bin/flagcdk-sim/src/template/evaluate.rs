//! From a template's values to plain ones.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Template, intrinsics};
use crate::region;

/// What the values of a template depend on, besides its parameters.
pub(crate) trait Surroundings {
    /// What `Ref` of a resource gives; none when the resource is not in the stack.
    fn reference(&self, logical_id: &str) -> Result<Value, Trouble>;
    /// What `Fn::GetAtt` gives.
    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Value, Trouble>;
    /// The value of an export of another stack in the region.
    fn import(&self, name: &str) -> Result<String, Trouble>;
}

/// Why a value cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The template is wrong: CloudFormation's words.
    Wrong(String),
    /// It depends on a resource that is not made yet.
    NotYetKnown,
}

impl Trouble {
    pub(super) fn rule(message: impl std::fmt::Display) -> Self {
        Self::Wrong(format!("Template error: {message}"))
    }
}

/// Who and where a stack is: the pseudo parameters.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) stack_id: String,
    pub(crate) stack_name: String,
    pub(crate) notification_arns: Vec<String>,
}

/// Evaluates the values of one template for one stack.
pub(crate) struct Evaluator<'a, S> {
    template: &'a Template,
    identity: &'a Identity,
    parameters: BTreeMap<&'a str, Value>,
    conditions: BTreeMap<String, bool>,
    pub(crate) surroundings: S,
    /// The exports that were asked for.
    imports: RefCell<BTreeSet<String>>,
}

pub(crate) fn is_pseudo_parameter(name: &str) -> bool {
    matches!(
        name,
        "AWS::AccountId"
            | "AWS::NotificationARNs"
            | "AWS::NoValue"
            | "AWS::Partition"
            | "AWS::Region"
            | "AWS::StackId"
            | "AWS::StackName"
            | "AWS::URLSuffix"
    )
}

impl<'a, S: Surroundings> Evaluator<'a, S> {
    /// Evaluates the conditions, on which all else depends.
    pub(crate) fn new(
        template: &'a Template,
        identity: &'a Identity,
        parameters: &BTreeMap<String, String>,
        surroundings: S,
    ) -> Result<Self, Trouble> {
        let parameters = template
            .parameters
            .iter()
            .filter_map(|(name, declaration)| {
                parameters.get(name).map(|value| (name.as_str(), declaration.typed(value)))
            })
            .collect();
        let mut evaluator = Self {
            template,
            identity,
            parameters,
            conditions: BTreeMap::new(),
            surroundings,
            imports: RefCell::default(),
        };
        for name in template.conditions.keys() {
            let mut path = Vec::new();
            let value = evaluator.named_condition(name, &mut path)?;
            evaluator.conditions.insert(name.clone(), value);
        }
        Ok(evaluator)
    }

    pub(crate) fn conditions(&self) -> &BTreeMap<String, bool> {
        &self.conditions
    }

    /// The exports that were asked for so far.
    pub(crate) fn imports(&self) -> BTreeSet<String> {
        self.imports.borrow().clone()
    }

    /// The value with every function replaced by its result; none for `AWS::NoValue`.
    pub(crate) fn value(&self, value: &Value) -> Result<Option<Value>, Trouble> {
        match value {
            Value::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.extend(self.value(item)?);
                }
                Ok(Some(Value::Array(list)))
            }
            Value::Object(members) => {
                if let Some((name, argument)) = function(members)? {
                    return self.call(name, argument);
                }
                let mut object = Map::new();
                for (name, member) in members {
                    if let Some(member) = self.value(member)? {
                        object.insert(name.clone(), member);
                    }
                }
                Ok(Some(Value::Object(object)))
            }
            Value::Null => {
                Err(Trouble::Wrong("Template format error: [/] 'null' values are not allowed in templates".to_owned()))
            }
            plain => Ok(Some(plain.clone())),
        }
    }

    /// A value that has to be a string.
    pub(super) fn text(&self, value: &Value, what: &str) -> Result<String, Trouble> {
        match self.value(value)? {
            Some(Value::String(text)) => Ok(text),
            Some(Value::Bool(flag)) => Ok(flag.to_string()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            _ => Err(Trouble::rule(format_args!("{what} must be a string"))),
        }
    }

    /// A value that has to be a list.
    pub(super) fn list(&self, value: &Value, what: &str) -> Result<Vec<Value>, Trouble> {
        match self.value(value)? {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(Trouble::rule(format_args!("{what} must be a list"))),
        }
    }

    /// What `Ref` gives for a parameter, a pseudo parameter or a resource.
    pub(super) fn reference(&self, name: &str) -> Result<Option<Value>, Trouble> {
        if let Some(value) = self.parameters.get(name) {
            return Ok(Some(value.clone()));
        }
        let identity = self.identity;
        let text = match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::NotificationARNs" => {
                return Ok(Some(identity.notification_arns.iter().cloned().collect()));
            }
            "AWS::AccountId" => &identity.account,
            "AWS::Region" => &identity.region,
            "AWS::StackId" => &identity.stack_id,
            "AWS::StackName" => &identity.stack_name,
            "AWS::Partition" => region::partition(&identity.region),
            "AWS::URLSuffix" => region::url_suffix(&identity.region),
            _ => {
                self.require_wanted(name)?;
                return self.surroundings.reference(name).map(Some);
            }
        };
        Ok(Some(Value::from(text)))
    }

    pub(super) fn attribute(&self, name: &str, attribute: &str) -> Result<Value, Trouble> {
        self.require_wanted(name)?;
        self.surroundings.attribute(name, attribute)
    }

    pub(super) fn import(&self, name: &str) -> Result<Value, Trouble> {
        self.imports.borrow_mut().insert(name.to_owned());
        self.surroundings.import(name).map(Value::String)
    }

    pub(super) fn region(&self) -> &str {
        &self.identity.region
    }

    pub(super) fn mappings(&self) -> &Map<String, Value> {
        &self.template.mappings
    }

    pub(super) fn condition(&self, name: &str) -> Result<bool, Trouble> {
        self.conditions.get(name).copied().ok_or_else(|| Trouble::rule(format_args!("condition {name} is not defined")))
    }

    /// A resource whose condition does not hold cannot be referred to.
    fn require_wanted(&self, name: &str) -> Result<(), Trouble> {
        match self.template.resources.get(name) {
            Some(resource) if resource.is_wanted(&self.conditions) => Ok(()),
            _ => Err(Trouble::Wrong(format!(
                "Template format error: Unresolved resource dependencies [{name}] in the Resources block of the \
                 template"
            ))),
        }
    }

    fn call(&self, name: &str, argument: &Value) -> Result<Option<Value>, Trouble> {
        intrinsics::call(self, name, argument)
    }

    fn named_condition(&self, name: &str, path: &mut Vec<String>) -> Result<bool, Trouble> {
        if let Some(value) = self.conditions.get(name) {
            return Ok(*value);
        }
        if path.iter().any(|other| other == name) {
            return Err(Trouble::Wrong(format!(
                "Template format error: Found circular condition dependency between {}",
                path.join(", ")
            )));
        }
        let condition = self
            .template
            .conditions
            .get(name)
            .ok_or_else(|| Trouble::rule(format_args!("condition {name} is not defined")))?;
        path.push(name.to_owned());
        let value = self.holds(condition, path)?;
        path.pop();
        Ok(value)
    }

    /// Whether a condition holds.
    fn holds(&self, condition: &Value, path: &mut Vec<String>) -> Result<bool, Trouble> {
        let malformed = || {
            Trouble::Wrong(
                "Template format error: Conditions can only be boolean operations on parameters and other conditions"
                    .to_owned(),
            )
        };
        let members = condition.as_object().filter(|members| members.len() == 1).ok_or_else(malformed)?;
        let (name, argument) = members.iter().next().ok_or_else(malformed)?;
        let several = |path: &mut Vec<String>| -> Result<Vec<bool>, Trouble> {
            let items = argument.as_array().filter(|items| (2..=10).contains(&items.len())).ok_or_else(|| {
                Trouble::rule(format_args!(
                    "every {name} object requires a list of at least 2 and at most 10 boolean parameters"
                ))
            })?;
            items.iter().map(|item| self.holds(item, path)).collect()
        };
        match name.as_str() {
            "Condition" => self.named_condition(argument.as_str().ok_or_else(malformed)?, path),
            "Fn::And" => Ok(several(path)?.into_iter().all(|holds| holds)),
            "Fn::Or" => Ok(several(path)?.into_iter().any(|holds| holds)),
            "Fn::Not" => match argument.as_array().map(Vec::as_slice) {
                Some([inner]) => Ok(!self.holds(inner, path)?),
                _ => Err(Trouble::rule("every Fn::Not object requires a list of one boolean parameter")),
            },
            "Fn::Equals" => match argument.as_array().map(Vec::as_slice) {
                Some([left, right]) => Ok(same(&self.value(left)?, &self.value(right)?)),
                _ => Err(Trouble::rule("every Fn::Equals object requires a list of 2 string parameters")),
            },
            _ => Err(malformed()),
        }
    }
}

/// The function that an object stands for.
fn function(members: &Map<String, Value>) -> Result<Option<(&str, &Value)>, Trouble> {
    let named = members.iter().find(|(name, _)| *name == "Ref" || name.starts_with("Fn::"));
    match named {
        None => Ok(None),
        Some((name, argument)) if members.len() == 1 => Ok(Some((name, argument))),
        // A property that is merely called `Ref` occurs; a function with siblings is a mistake.
        Some((name, _)) if name == "Ref" => Ok(None),
        Some((name, _)) => Err(Trouble::rule(format_args!("{name} must be the only member of its object"))),
    }
}

/// Whether two scalars are the same when written out, as `Fn::Equals` compares them.
fn same(left: &Option<Value>, right: &Option<Value>) -> bool {
    let text = |value: &Option<Value>| match value {
        Some(Value::String(text)) => Some(text.clone()),
        Some(value @ (Value::Bool(_) | Value::Number(_))) => Some(value.to_string()),
        _ => None,
    };
    match (text(left), text(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}
