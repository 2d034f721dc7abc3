//! The names of the variables of the code.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::{Code, Test};
use crate::program::Program;
use crate::types::snake;

/// The variable of each parameter, condition and resource that something refers to.
#[derive(Debug, Default)]
pub(super) struct Variables {
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) conditions: BTreeMap<String, String>,
    pub(super) resources: BTreeMap<String, String>,
}

/// What is named in the code besides.
const RESERVED: [&str; 3] = ["app", "stack", "cfn"];

impl Variables {
    pub(super) fn of(program: &Program) -> Self {
        let mut used = Used::default();
        program.walk(&mut |code| used.see(code));
        for (_, test) in &program.conditions {
            used.test(test);
        }
        for resource in &program.resources {
            used.conditions.extend(resource.condition.clone());
            used.resources.extend(resource.depends_on.iter().cloned());
        }
        for (_, output) in &program.outputs {
            used.conditions.extend(output.condition.clone());
        }
        let mut taken: BTreeSet<String> = RESERVED.into_iter().map(str::to_owned).collect();
        let mut name_all = |names: &mut dyn Iterator<Item = &String>, used: &BTreeSet<String>, kind: &str| {
            let names = names.filter(|name| used.contains(*name));
            names.map(|name| (name.clone(), free(name, kind, &mut taken))).collect::<BTreeMap<_, _>>()
        };
        Self {
            parameters: name_all(&mut program.parameters.iter().map(|(name, _)| name), &used.parameters, "parameter"),
            conditions: name_all(&mut program.conditions.iter().map(|(name, _)| name), &used.conditions, "condition"),
            resources: name_all(
                &mut program.resources.iter().map(|resource| &resource.id),
                &used.resources,
                "resource",
            ),
        }
    }
}

#[derive(Default)]
struct Used {
    parameters: BTreeSet<String>,
    conditions: BTreeSet<String>,
    resources: BTreeSet<String>,
}

impl Used {
    fn see(&mut self, code: &Code) {
        let (set, name) = match code {
            Code::Parameter(name) => (&mut self.parameters, name),
            Code::If(name, ..) => (&mut self.conditions, name),
            Code::Reference(name) | Code::Attribute(name, _) => (&mut self.resources, name),
            _ => return,
        };
        set.insert(name.clone());
    }

    fn test(&mut self, test: &Test) {
        let conditions = &mut self.conditions;
        test.walk(&mut |_| {}, &mut |name| {
            conditions.insert(name.to_owned());
        });
    }
}

/// A name for a variable that no other has and that is no keyword.
fn free(name: &str, kind: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = snake(name);
    let is_keyword = crate::types::identifier(&plain) != plain;
    let mut candidate = if is_keyword || taken.contains(&plain) { format!("{plain}_{kind}") } else { plain.clone() };
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{plain}_{number}");
        number += 1;
    }
    candidate
}
