//! The forms that a resource's properties can take, by the conditions in them.
//!
//! A schema has to hold for each form that can come to be, and for no other: with `A` set if `C` and `B` set unless `C`,
//! there is no form with both. So conditions are taken apart into the comparisons that they are made of, and each
//! combination of these that is possible gives one form.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::template::StackView;

/// How many comparisons are combined fully; beyond, each condition is tried both ways with all others alike.
const MAX_ATOMS: usize = 8;

/// How deep conditions may stand in each other, and how many parts they may have, to be thought through.
const MAX_DEPTH: usize = 100;
const MAX_PARTS: usize = 2_000;

/// Conditions and whether they hold.
pub(crate) type Assignment<'a> = BTreeMap<&'a str, bool>;

/// Every way in which the conditions can turn out together. `always` holds in all of them.
pub(crate) fn assignments<'a>(
    stack: &StackView<'a>,
    used: &BTreeSet<&'a str>,
    always: Option<&str>,
) -> Vec<Assignment<'a>> {
    let always = always.and_then(|name| stack.conditions.get_key_value(name)).map(|(name, _)| name.as_str());
    let all: BTreeSet<&str> = used.iter().copied().chain(always).collect();
    let Some(cases) = all_cases(stack, &all) else { return one_by_one(used) };
    let mut found: Vec<Assignment<'a>> = Vec::new();
    for mut case in cases {
        if always.is_some_and(|name| case.get(name) == Some(&false)) {
            continue;
        }
        case.retain(|name, _| used.contains(name));
        if !found.contains(&case) {
            found.push(case);
        }
    }
    found
}

/// Every way in which the conditions can turn out together, and no other; none if there are too many to tell.
pub(crate) fn all_cases<'a>(stack: &StackView<'a>, used: &BTreeSet<&'a str>) -> Option<Vec<Assignment<'a>>> {
    let mut atoms = Atoms::default();
    let tests: Vec<(&str, Test)> = used
        .iter()
        .map(|name| Some((*name, atoms.parse(stack, stack.conditions.get(*name)?, 0)?)))
        .collect::<Option<_>>()?;
    if atoms.atoms.len() > MAX_ATOMS {
        return None;
    }
    let mut found: Vec<Assignment<'a>> = Vec::new();
    for bits in (0..1_u32 << atoms.atoms.len()).filter(|bits| !atoms.contradict(*bits)) {
        let case: Assignment<'a> = tests.iter().map(|(name, test)| (*name, test.holds(bits))).collect();
        if !found.contains(&case) {
            found.push(case);
        }
    }
    Some(found)
}

/// A case as the end of a message.
pub(crate) fn when(case: &Assignment<'_>) -> String {
    let parts: Vec<_> =
        case.iter().map(|(name, holds)| format!("`{name}` is {}", if *holds { "true" } else { "false" })).collect();
    format!(" (when {})", parts.join(" and "))
}

fn one_by_one<'a>(used: &BTreeSet<&'a str>) -> Vec<Assignment<'a>> {
    let all = |holds: bool| used.iter().map(|name| (*name, holds)).collect::<Assignment<'a>>();
    let mut found = vec![all(true), all(false)];
    for name in used {
        for holds in [true, false] {
            let mut assignment = all(!holds);
            assignment.insert(name, holds);
            if !found.contains(&assignment) {
                found.push(assignment);
            }
        }
    }
    found
}

/// The value as it is when the conditions turn out like this; none if it is `AWS::NoValue`.
pub(crate) fn resolve(value: &Json, assignment: &Assignment<'_>) -> Option<Json> {
    match value {
        Json::Array(items) => Some(items.iter().filter_map(|item| resolve(item, assignment)).collect()),
        Json::Object(entries) => {
            if entries.len() == 1 {
                if entries.get("Ref").is_some_and(|name| name == "AWS::NoValue") {
                    return None;
                }
                if let Some([Json::String(condition), then, otherwise]) =
                    entries.get("Fn::If").and_then(Json::as_array).map(Vec::as_slice)
                {
                    let holds = assignment.get(condition.as_str()).copied().unwrap_or(true);
                    return resolve(if holds { then } else { otherwise }, assignment);
                }
            }
            let resolved: Map<String, Json> =
                entries.iter().filter_map(|(key, value)| Some((key.clone(), resolve(value, assignment)?))).collect();
            Some(Json::Object(resolved))
        }
        other => Some(other.clone()),
    }
}

enum Test {
    Known(bool),
    Atom(usize),
    Not(Box<Test>),
    All(Vec<Test>),
    Any(Vec<Test>),
}

impl Test {
    fn holds(&self, bits: u32) -> bool {
        match self {
            Self::Known(holds) => *holds,
            Self::Atom(index) => bits >> index & 1 == 1,
            Self::Not(test) => !test.holds(bits),
            Self::All(tests) => tests.iter().all(|test| test.holds(bits)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(bits)),
        }
    }
}

/// Comparisons of two values, of which nothing is known but that one value cannot equal two texts.
#[derive(Default)]
struct Atoms {
    atoms: Vec<(String, String)>,
    /// How many parts of conditions were looked at: conditions of conditions can double with each step.
    parts: usize,
}

impl Atoms {
    /// A condition as a test of comparisons; none if it is malformed, defined by itself or too large to think through.
    fn parse(&mut self, stack: &StackView<'_>, condition: &Json, depth: usize) -> Option<Test> {
        self.parts += 1;
        if depth > MAX_DEPTH || self.parts > MAX_PARTS {
            return None;
        }
        let (name, argument) = condition.as_object().filter(|entries| entries.len() == 1)?.iter().next()?;
        let all = |atoms: &mut Self| {
            argument.as_array()?.iter().map(|inner| atoms.parse(stack, inner, depth + 1)).collect::<Option<Vec<_>>>()
        };
        match name.as_str() {
            "Fn::Equals" => match argument.as_array()?.as_slice() {
                [left, right] => Some(self.equals(left, right)),
                _ => None,
            },
            "Fn::Not" => Some(Test::Not(Box::new(all(self)?.pop()?))),
            "Fn::And" => Some(Test::All(all(self)?)),
            "Fn::Or" => Some(Test::Any(all(self)?)),
            "Condition" => {
                let inner = stack.conditions.get(argument.as_str()?)?;
                self.parse(stack, inner, depth + 1)
            }
            _ => None,
        }
    }

    fn equals(&mut self, left: &Json, right: &Json) -> Test {
        if !left.is_object() && !right.is_object() {
            return Test::Known(left == right);
        }
        let (mut left, mut right) = (left.to_string(), right.to_string());
        // The literal stands on the right, so that comparisons of one value with two literals have one left side.
        if left.starts_with('"') || (!right.starts_with('"') && right < left) {
            std::mem::swap(&mut left, &mut right);
        }
        let atom = (left, right);
        let index = self.atoms.iter().position(|known| *known == atom).unwrap_or_else(|| {
            self.atoms.push(atom);
            self.atoms.len() - 1
        });
        Test::Atom(index)
    }

    /// Whether one value would equal two texts.
    fn contradict(&self, bits: u32) -> bool {
        let literals = |(index, (left, right)): (usize, &'_ (String, String))| {
            (bits >> index & 1 == 1 && right.starts_with('"')).then(|| left.clone())
        };
        let mut seen = BTreeSet::new();
        self.atoms.iter().enumerate().filter_map(literals).any(|left| !seen.insert(left))
    }
}
