//! Conditions, each after those that it names.

use serde_json::Value as Json;

use super::{Program, is_name, section};
use crate::Source;
use crate::code::Test;
use crate::shape::{Names, Shaper};
use crate::types::Kind;

impl Program {
    pub(super) fn add_conditions(&mut self, source: &Source, names: &mut Names) {
        let mut left = section(source, "Conditions");
        // Those are left in the end that have no typed form, or name one that has none.
        while let Some(index) = left.iter().position(|(name, json)| is_name(name) && test(json, names).is_some()) {
            let (name, json) = left.remove(index);
            let test = test(json, names).expect("it has one, as was just seen");
            names.conditions.insert(name.clone());
            self.conditions.push((name.clone(), test));
        }
        for (name, json) in left {
            if is_name(name) {
                names.conditions.insert(name.clone());
                self.conditions.push((name.clone(), Test::Raw(json.clone())));
            } else {
                self.keep(["Conditions", name], json);
            }
        }
    }
}

/// The typed form of a condition, if it has one and all that it names are declared.
fn test(json: &Json, names: &Names) -> Option<Test> {
    let (function, argument) = json.as_object().filter(|object| object.len() == 1)?.iter().next()?;
    let tests = |json: &Json| json.as_array()?.iter().map(|json| test(json, names)).collect::<Option<Vec<_>>>();
    Some(match function.as_str() {
        "Condition" => Test::Named(argument.as_str().filter(|name| names.conditions.contains(*name))?.to_owned()),
        "Fn::Equals" => {
            let [left, right] = argument.as_array()?.as_slice() else { return None };
            let shaper = Shaper { names, within: None };
            Test::Equals(shaper.typed(left, &Kind::Text), shaper.typed(right, &Kind::Text))
        }
        "Fn::Not" => {
            let mut inner = tests(argument)?;
            Test::Not(Box::new(inner.pop().filter(|_| inner.is_empty())?))
        }
        "Fn::And" => Test::All(tests(argument)?),
        "Fn::Or" => Test::Any(tests(argument)?),
        _ => return None,
    })
}
