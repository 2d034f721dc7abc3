//! Parameters: what a template declares and what a request gives.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use super::{Template, TemplateError};

/// The quota on the value of one parameter, in bytes.
const MAX_VALUE_BYTES: usize = 4096;

#[derive(Debug)]
pub(crate) struct ParameterDeclaration {
    pub(crate) kind: String,
    pub(crate) default: Option<String>,
    pub(crate) no_echo: bool,
    pub(crate) description: Option<String>,
    allowed_values: Option<Vec<String>>,
    allowed_pattern: Option<(String, Regex)>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    min_value: Option<f64>,
    max_value: Option<f64>,
    constraint: Option<String>,
}

/// A parameter in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    Value(String),
    /// The value that the stack already has.
    Previous,
}

impl ParameterDeclaration {
    pub(super) fn parse(name: &str, value: &Value) -> Result<Self, TemplateError> {
        const MEMBERS: &[&str] = &[
            "AllowedPattern",
            "AllowedValues",
            "ConstraintDescription",
            "Default",
            "Description",
            "MaxLength",
            "MaxValue",
            "MinLength",
            "MinValue",
            "NoEcho",
            "Type",
        ];
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(TemplateError::format(format_args!("Parameter name {name} is non alphanumeric.")));
        }
        let members = value.as_object().ok_or_else(|| {
            TemplateError::format(format_args!("Every Parameters member must be an object, {name} is none"))
        })?;
        if let Some(unknown) = members.keys().find(|key| !MEMBERS.contains(&key.as_str())) {
            return Err(TemplateError(format!("Invalid template parameter property '{unknown}'")));
        }
        let kind = members.get("Type").and_then(Value::as_str).ok_or_else(|| {
            TemplateError::format(format_args!("Every Parameters object must contain a Type member, {name} has none"))
        })?;
        if !is_kind(kind) {
            return Err(TemplateError::format(format_args!("Unrecognized parameter type: {kind}")));
        }
        if kind.starts_with("AWS::SSM::Parameter::Value<") {
            return Err(TemplateError::format(format_args!(
                "the simulator looks no values up in the parameter store, got parameter type {kind}"
            )));
        }
        let text = |member: &str| members.get(member).and_then(scalar_text);
        let number = |member: &str| -> Result<Option<f64>, TemplateError> {
            text(member)
                .map(|text| {
                    text.parse().map_err(|_| {
                        TemplateError::format(format_args!("{member} of parameter {name} must be a number, got {text}"))
                    })
                })
                .transpose()
        };
        let length = |member: &str| -> Result<Option<usize>, TemplateError> {
            text(member)
                .map(|text| {
                    text.parse().map_err(|_| {
                        TemplateError::format(format_args!(
                            "{member} of parameter {name} must be a whole number, got {text}"
                        ))
                    })
                })
                .transpose()
        };
        let allowed_pattern = text("AllowedPattern")
            .map(|pattern| {
                // CloudFormation wants the whole value to match.
                Regex::new(&format!("^(?:{pattern})$")).map(|regex| (pattern.clone(), regex)).map_err(|_| {
                    TemplateError::format(format_args!(
                        "AllowedPattern '{pattern}' of parameter {name} is not a valid regular expression"
                    ))
                })
            })
            .transpose()?;
        let declaration = Self {
            kind: kind.to_owned(),
            default: text("Default"),
            no_echo: text("NoEcho").as_deref() == Some("true"),
            description: text("Description"),
            allowed_values: members
                .get("AllowedValues")
                .and_then(Value::as_array)
                .map(|values| values.iter().filter_map(scalar_text).collect()),
            allowed_pattern,
            min_length: length("MinLength")?,
            max_length: length("MaxLength")?,
            min_value: number("MinValue")?,
            max_value: number("MaxValue")?,
            constraint: text("ConstraintDescription"),
        };
        if let Some(default) = &declaration.default {
            declaration.check(name, default).map_err(|error| {
                TemplateError::format(format_args!("default value of parameter {name}: {}", error.0))
            })?;
        }
        Ok(declaration)
    }

    /// The value as functions see it: a list for the list types, a string otherwise.
    pub(crate) fn typed(&self, value: &str) -> Value {
        let is_list = self.kind == "CommaDelimitedList" || self.kind.starts_with("List<");
        if is_list {
            if value.is_empty() {
                return Value::Array(Vec::new());
            }
            value.split(',').map(|item| Value::String(item.trim().to_owned())).collect()
        } else {
            Value::String(value.to_owned())
        }
    }

    fn check(&self, name: &str, value: &str) -> Result<(), TemplateError> {
        let refuse = |what: String| {
            Err(TemplateError(match &self.constraint {
                Some(constraint) => {
                    format!("Parameter {name} failed to satisfy constraint: {constraint}")
                }
                None => what,
            }))
        };
        if value.len() > MAX_VALUE_BYTES {
            return Err(TemplateError(format!(
                "Parameter '{name}' must be at most {MAX_VALUE_BYTES} bytes long, got {}",
                value.len()
            )));
        }
        let items: Vec<&str> = match self.typed(value) {
            Value::Array(_) => value.split(',').map(str::trim).collect(),
            _ => vec![value],
        };
        if let Some(allowed) = &self.allowed_values
            && !items.iter().all(|item| allowed.iter().any(|other| other == item))
        {
            return refuse(format!("Parameter '{name}' must be one of AllowedValues [{}]", allowed.join(", ")));
        }
        if let Some((pattern, regex)) = &self.allowed_pattern
            && !items.iter().all(|item| regex.is_match(item))
        {
            return refuse(format!("Parameter '{name}' must match pattern {pattern}"));
        }
        if self.kind == "String" {
            let length = value.chars().count();
            if let Some(min) = self.min_length.filter(|min| length < *min) {
                return refuse(format!("Parameter '{name}' must contain at least {min} characters"));
            }
            if let Some(max) = self.max_length.filter(|max| length > *max) {
                return refuse(format!("Parameter '{name}' must contain at most {max} characters"));
            }
        }
        if matches!(self.kind.as_str(), "Number" | "List<Number>") {
            for item in items {
                let Some(number) = item.parse::<f64>().ok().filter(|number| number.is_finite()) else {
                    return refuse(format!("Parameter '{name}' must be a number."));
                };
                if let Some(min) = self.min_value.filter(|min| number < *min) {
                    return refuse(format!("Parameter '{name}' must be a number not less than {min}"));
                }
                if let Some(max) = self.max_value.filter(|max| number > *max) {
                    return refuse(format!("Parameter '{name}' must be a number not greater than {max}"));
                }
            }
        }
        Ok(())
    }
}

/// The value of every parameter of the template, from what a request gives and what the stack has.
pub(crate) fn resolve(
    template: &Template,
    given: &BTreeMap<String, Given>,
    previous: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, TemplateError> {
    let unknown: Vec<&str> =
        given.keys().map(String::as_str).filter(|name| !template.parameters.contains_key(*name)).collect();
    if !unknown.is_empty() {
        return Err(TemplateError(format!("Parameters: [{}] do not exist in the template", unknown.join(", "))));
    }
    let mut values = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, declaration) in &template.parameters {
        let value = match given.get(name) {
            Some(Given::Value(value)) => Some(value.clone()),
            Some(Given::Previous) => previous.get(name).cloned(),
            None => declaration.default.clone(),
        };
        match value {
            Some(value) => {
                declaration.check(name, &value)?;
                values.insert(name.clone(), value);
            }
            None => missing.push(name.as_str()),
        }
    }
    if !missing.is_empty() {
        return Err(TemplateError(format!("Parameters: [{}] must have values", missing.join(", "))));
    }
    Ok(values)
}

fn is_kind(kind: &str) -> bool {
    matches!(kind, "String" | "Number" | "CommaDelimitedList" | "List<Number>" | "List<String>")
        || kind.starts_with("AWS::")
        || (kind.starts_with("List<AWS::") && kind.ends_with('>'))
}

fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parameters: &str, given: &[(&str, &str)]) -> Result<BTreeMap<String, String>, String> {
        let body = format!(r#"{{"Parameters": {parameters}, "Resources": {{"A": {{"Type": "AWS::SQS::Queue"}}}}}}"#);
        let template = Template::parse(&body).map_err(|error| error.0)?;
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), Given::Value((*value).to_owned()))).collect();
        resolve(&template, &given, &BTreeMap::new()).map_err(|error| error.0)
    }

    #[test]
    fn values_are_taken_defaulted_and_checked() {
        let declared = r#"{"A": {"Type": "String", "AllowedPattern": "[a-z]+"}, "N": {"Type": "Number", "Default": 5, "MaxValue": 9}}"#;
        for (given, expected) in [
            (vec![("A", "x")], Ok(vec![("A", "x"), ("N", "5")])),
            (vec![], Err("Parameters: [A] must have values")),
            (vec![("A", "x"), ("Z", "1")], Err("Parameters: [Z] do not exist in the template")),
            (vec![("A", "x1")], Err("Parameter 'A' must match pattern [a-z]+")),
            (vec![("A", "x"), ("N", "10")], Err("Parameter 'N' must be a number not greater than 9")),
            (vec![("A", "x"), ("N", "ten")], Err("Parameter 'N' must be a number.")),
        ] {
            let expected = expected
                .map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect())
                .map_err(str::to_owned);
            assert_eq!(check(declared, &given), expected);
        }
    }

    #[test]
    fn bad_declarations_are_refused() {
        for (declared, part) in [
            (r#"{"A": {"Type": "Text"}}"#, "Unrecognized parameter type: Text"),
            (r#"{"A": {"Type": "AWS::SSM::Parameter::Value<String>"}}"#, "looks no values up"),
            (r#"{"A": {}}"#, "must contain a Type member"),
            (r#"{"A": {"Type": "String", "Foo": 1}}"#, "Invalid template parameter property 'Foo'"),
            (r#"{"A": {"Type": "String", "Default": "b", "AllowedValues": ["a"]}}"#, "must be one of AllowedValues"),
            (r#"{"A-b": {"Type": "String"}}"#, "non alphanumeric"),
        ] {
            let error = check(declared, &[]).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
