//! The intrinsic functions.

use std::fmt::Display;

use base64::Engine as _;
use serde_json::Value;

use super::evaluate::{Evaluator, Surroundings, Trouble};
use super::{cidr, sub};
use crate::region;

/// The result of a function; none for `AWS::NoValue`.
pub(super) fn call<S: Surroundings>(
    evaluator: &Evaluator<'_, S>,
    name: &str,
    argument: &Value,
) -> Result<Option<Value>, Trouble> {
    match name {
        "Ref" => match argument {
            Value::String(target) => evaluator.reference(target),
            _ => Err(Trouble::rule("every Ref object must have a single String value.")),
        },
        "Fn::GetAtt" => get_att(evaluator, argument).map(Some),
        "Fn::Sub" => substitute(evaluator, argument).map(Some),
        "Fn::Join" => join(evaluator, argument).map(Some),
        "Fn::Select" => select(evaluator, argument).map(Some),
        "Fn::Split" => split(evaluator, argument).map(Some),
        "Fn::If" => match argument.as_array().map(Vec::as_slice) {
            Some([Value::String(condition), then, otherwise]) => {
                evaluator.value(if evaluator.condition(condition)? { then } else { otherwise })
            }
            _ => {
                Err(Trouble::rule("Fn::If requires a list argument with three elements, the first a condition's name"))
            }
        },
        "Fn::FindInMap" => find_in_map(evaluator, argument).map(Some),
        "Fn::GetAZs" => {
            let text = evaluator.text(argument, "the argument of Fn::GetAZs")?;
            let name = if text.is_empty() { evaluator.region() } else { &text };
            if !region::exists(name) {
                return Err(Trouble::rule(format_args!("Fn::GetAZs cannot get the Availability Zones of '{name}'")));
            }
            Ok(Some(region::zones(name).into_iter().collect()))
        }
        "Fn::Cidr" => cidr_blocks(evaluator, argument).map(Some),
        "Fn::Base64" => {
            let text = evaluator.text(argument, "the argument of Fn::Base64")?;
            Ok(Some(base64::engine::general_purpose::STANDARD.encode(text).into()))
        }
        "Fn::ImportValue" => {
            let export = evaluator.text(argument, "the argument of Fn::ImportValue")?;
            evaluator.import(&export).map(Some)
        }
        "Fn::Transform" => Err(Trouble::rule("the simulator runs no macros, got Fn::Transform")),
        "Fn::Length" | "Fn::ToJsonString" => Err(Trouble::rule(format_args!(
            "{name} requires the transform AWS::LanguageExtensions, and the simulator runs no macros"
        ))),
        _ => Err(Trouble::Wrong(format!("Template validation error: Template error: unknown function {name}"))),
    }
}

fn get_att<S: Surroundings>(evaluator: &Evaluator<'_, S>, argument: &Value) -> Result<Value, Trouble> {
    let malformed = || {
        Trouble::rule(
            "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
        )
    };
    match argument {
        Value::String(text) => {
            let (target, attribute) = text.split_once('.').ok_or_else(malformed)?;
            evaluator.attribute(target, attribute)
        }
        Value::Array(items) => match items.as_slice() {
            [Value::String(target), attribute] => {
                let attribute = evaluator.text(attribute, "the attribute of Fn::GetAtt")?;
                evaluator.attribute(target, &attribute)
            }
            _ => Err(malformed()),
        },
        _ => Err(malformed()),
    }
}

fn substitute<S: Surroundings>(evaluator: &Evaluator<'_, S>, argument: &Value) -> Result<Value, Trouble> {
    let (text, variables) = match argument {
        Value::String(text) => (text, None),
        Value::Array(items) => match items.as_slice() {
            [Value::String(text), Value::Object(variables)] => (text, Some(variables)),
            _ => return Err(malformed_sub()),
        },
        _ => return Err(malformed_sub()),
    };
    let mut result = String::with_capacity(text.len());
    for part in sub::parts(text).map_err(|error| Trouble::Wrong(error.0))? {
        match part {
            sub::Part::Text(text) => result.push_str(text),
            sub::Part::Literal(name) => {
                result.push_str("${");
                result.push_str(name);
                result.push('}');
            }
            sub::Part::Name(name) => {
                let value = if let Some(value) = variables.and_then(|variables| variables.get(name)) {
                    evaluator.value(value)?
                } else if let Some((target, attribute)) = name.split_once('.') {
                    Some(evaluator.attribute(target, attribute)?)
                } else {
                    evaluator.reference(name)?
                };
                match value {
                    Some(Value::String(text)) => result.push_str(&text),
                    Some(value @ (Value::Bool(_) | Value::Number(_))) => {
                        result.push_str(&value.to_string());
                    }
                    _ => {
                        return Err(Trouble::rule(format_args!(
                            "variable {name} in Fn::Sub expression does not resolve to a string"
                        )));
                    }
                }
            }
        }
    }
    Ok(Value::String(result))
}

fn malformed_sub() -> Trouble {
    Trouble::rule(
        "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first \
         argument, and an optional second argument to specify a mapping of values to replace in the string",
    )
}

fn join<S: Surroundings>(evaluator: &Evaluator<'_, S>, argument: &Value) -> Result<Value, Trouble> {
    let malformed = || {
        Trouble::rule(
            "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be \
             joined or a function that returns a list of strings",
        )
    };
    let Some([Value::String(delimiter), items]) = argument.as_array().map(Vec::as_slice) else {
        return Err(malformed());
    };
    let texts = evaluator
        .list(items, "the second parameter of Fn::Join")?
        .into_iter()
        .map(|item| scalar(item).ok_or_else(malformed))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Value::String(texts.join(delimiter)))
}

fn select<S: Surroundings>(evaluator: &Evaluator<'_, S>, argument: &Value) -> Result<Value, Trouble> {
    let Some([index, items]) = argument.as_array().map(Vec::as_slice) else {
        return Err(Trouble::rule("Fn::Select requires a list argument with two elements"));
    };
    let index = evaluator.text(index, "the index of Fn::Select")?;
    let items = evaluator.list(items, "the second parameter of Fn::Select")?;
    index.parse::<usize>().ok().and_then(|index| items.into_iter().nth(index)).ok_or_else(|| nothing_at(&index))
}

fn nothing_at(index: impl Display) -> Trouble {
    Trouble::rule(format_args!("Fn::Select cannot select nonexistent value at index {index}"))
}

fn split<S: Surroundings>(evaluator: &Evaluator<'_, S>, argument: &Value) -> Result<Value, Trouble> {
    let Some([Value::String(delimiter), text]) = argument.as_array().map(Vec::as_slice) else {
        return Err(Trouble::rule(
            "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split",
        ));
    };
    if delimiter.is_empty() {
        return Err(Trouble::rule("the delimiter of Fn::Split must not be empty"));
    }
    let text = evaluator.text(text, "the second parameter of Fn::Split")?;
    Ok(text.split(delimiter.as_str()).map(Value::from).collect())
}

fn find_in_map<S: Surroundings>(evaluator: &Evaluator<'_, S>, argument: &Value) -> Result<Value, Trouble> {
    let Some([map, key, attribute]) = argument.as_array().map(Vec::as_slice) else {
        return Err(Trouble::rule(
            "every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value",
        ));
    };
    let map = evaluator.text(map, "the map name of Fn::FindInMap")?;
    let key = evaluator.text(key, "the map key of Fn::FindInMap")?;
    let attribute = evaluator.text(attribute, "the attribute of Fn::FindInMap")?;
    evaluator
        .mappings()
        .get(&map)
        .and_then(|rows| rows.get(&key))
        .and_then(|row| row.get(&attribute))
        .cloned()
        .ok_or_else(|| Trouble::rule(format_args!("Unable to get mapping for {map}::{key}::{attribute}")))
}

fn cidr_blocks<S: Surroundings>(evaluator: &Evaluator<'_, S>, argument: &Value) -> Result<Value, Trouble> {
    let malformed = || Trouble::rule("every Fn::Cidr object requires an IP block, a count and the number of host bits");
    let (block, count, bits) = match argument.as_array().map(Vec::as_slice) {
        Some([block, count]) => (block, count, None),
        Some([block, count, bits]) => (block, count, Some(bits)),
        _ => return Err(malformed()),
    };
    let block = evaluator.text(block, "the IP block of Fn::Cidr")?;
    let count = evaluator.text(count, "the count of Fn::Cidr")?.parse().map_err(|_| malformed())?;
    let bits = bits
        .map(|bits| evaluator.text(bits, "the host bits of Fn::Cidr")?.parse().map_err(|_| malformed()))
        .transpose()?;
    let blocks = cidr::split(&block, count, bits).map_err(|error| Trouble::Wrong(error.0))?;
    Ok(blocks.into_iter().collect())
}

fn scalar(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        value @ (Value::Bool(_) | Value::Number(_)) => Some(value.to_string()),
        _ => None,
    }
}
