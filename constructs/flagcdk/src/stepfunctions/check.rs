//! What types cannot hold of a definition: that its states lead to one another and to an end.

use std::collections::{BTreeMap, BTreeSet};

use flagcdk_core::Expr;

use super::states::State;

/// The most characters in a state's name.
const MAX_NAME: usize = 80;

/// Something wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A stable name such as `asl::unknown-state`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// All problems, in the order of the states.
pub(super) fn check(start_at: &str, states: &[(String, State)]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut problem =
        |code, message: String, help: &str| problems.push(Problem { code, message, help: help.to_owned() });
    let mut by_name: BTreeMap<&str, &State> = BTreeMap::new();
    for (name, state) in states {
        if by_name.insert(name, state).is_some() {
            problem(
                "asl::duplicate-state",
                format!("two states are named `{name}`"),
                "give one of the two another name",
            );
        }
        let length = name.chars().count();
        if length == 0 || length > MAX_NAME {
            let message = format!("the state name `{name}` has {length} characters, wanted 1 to {MAX_NAME}");
            problem("asl::bad-name", message, "shorten the name, it is shown in every execution");
        }
    }
    if !by_name.contains_key(start_at) {
        let message = format!("the definition starts at `{start_at}`, which is no state of it");
        problem("asl::unknown-state", message, &known(&by_name));
    }
    for (name, state) in states {
        for target in targets(state).into_iter().filter(|target| !by_name.contains_key(target)) {
            let message = format!("`{name}` goes on with `{target}`, which is no state of the definition");
            problem("asl::unknown-state", message, &known(&by_name));
        }
        if state.kind() == "Choice" && list(state, "Choices").is_empty() {
            let message = format!("the choice `{name}` has nothing to choose from");
            problem("asl::empty-choice", message, "add a test with `when`, or use a `Pass`");
        }
        if mentions_substitution(state) {
            let message =
                format!("`{name}` has `${{` in a text, which CloudFormation takes for a substitution of its own");
            problem("asl::substitution", message, "put a `Value` in its place, which is substituted by itself");
        }
        for rule in ["Retry", "Catch"] {
            if let Some(help) = misplaced_all(state, rule) {
                problem("asl::misplaced-all", format!("`{name}` has a {rule} that AWS refuses"), help);
            }
        }
    }
    let reached = closure([start_at], |name| by_name.get(name).map(|state| targets(state)).unwrap_or_default());
    let ends = by_name.iter().filter(|(_, state)| is_end(state)).map(|(name, _)| *name);
    let ending = closure(ends, |name| {
        by_name.iter().filter(|(_, state)| targets(state).contains(&name)).map(|(before, _)| *before).collect()
    });
    for (name, _) in states {
        let name = name.as_str();
        if !reached.contains(name) {
            let message = format!("nothing leads to the state `{name}`");
            problem("asl::unreachable-state", message, "lead to it from another state, or take it out");
        } else if !ending.contains(name) {
            let message = format!("from the state `{name}` no end is ever reached");
            problem("asl::no-way-out", message, "lead to a `Succeed` or a `Fail`, or `end()` a state on the way");
        }
    }
    problems
}

/// The names of the states that may come after a state.
fn targets(state: &State) -> Vec<&str> {
    let direct = ["Next", "Default"].into_iter().filter_map(|field| text(state.field(field)?));
    let nested = ["Choices", "Catch"]
        .into_iter()
        .flat_map(|field| list(state, field))
        .filter_map(|rule| text(field(rule, "Next")?));
    direct.chain(nested).collect()
}

fn is_end(state: &State) -> bool {
    matches!(state.kind(), "Succeed" | "Fail") || state.field("End").is_some()
}

/// Everything that is led to from the start, the start included.
fn closure<'a>(start: impl IntoIterator<Item = &'a str>, next: impl Fn(&'a str) -> Vec<&'a str>) -> BTreeSet<&'a str> {
    let mut open: Vec<&str> = start.into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if seen.insert(name) {
            open.extend(next(name));
        }
    }
    seen
}

/// `States.ALL` must stand alone in its rule, and its rule must be the last.
fn misplaced_all(state: &State, rule: &str) -> Option<&'static str> {
    let rules = list(state, rule);
    for (index, entry) in rules.iter().enumerate() {
        let errors = match field(entry, "ErrorEquals") {
            Some(Expr::List(errors)) => errors.as_slice(),
            _ => return Some("name at least one error"),
        };
        if errors.is_empty() {
            return Some("name at least one error");
        }
        if errors.iter().any(|error| text(error) == Some("States.ALL")) {
            if errors.len() > 1 {
                return Some("`States.ALL` covers every error: name no other beside it");
            }
            if index + 1 < rules.len() {
                return Some("`States.ALL` covers every error: move its rule to the end");
            }
        }
    }
    None
}

fn mentions_substitution(state: &State) -> bool {
    let mut found = false;
    for (_, value) in state.fields() {
        value.walk(&mut |expr| found |= text(expr).is_some_and(|text| text.contains("${")));
    }
    found
}

fn known(states: &BTreeMap<&str, &State>) -> String {
    let names: Vec<_> = states.keys().map(|name| format!("`{name}`")).collect();
    format!("name one of its states: {}", names.join(", "))
}

fn list<'a>(state: &'a State, name: &str) -> &'a [Expr] {
    match state.field(name) {
        Some(Expr::List(items)) => items,
        _ => &[],
    }
}

fn field<'a>(expr: &'a Expr, name: &str) -> Option<&'a Expr> {
    match expr {
        Expr::Map(entries) => entries.get(name),
        _ => None,
    }
}

fn text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Text(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::stepfunctions::{
        Catch, Choice, Definition, Fail, Fields, Pass, Retry, State, Succeed, Task, Wait, When,
    };

    #[test]
    fn every_mistake_is_found() {
        let check = |definition: Definition, expected: &[(&str, &str)]| {
            let problems = definition.check();
            let got: Vec<_> = problems.iter().map(|problem| (problem.code, problem.message.as_str())).collect();
            assert_eq!(got.len(), expected.len(), "{got:?}");
            for ((code, message), (wanted, part)) in got.iter().zip(expected) {
                assert!(code == wanted && message.contains(part), "{got:?}");
            }
        };
        let task = || Task::sdk("sqs", "listQueues");
        let start = |state: State| Definition::starting_at("A").state("A", state);
        check(start(task().end()), &[]);
        check(start(task().next("B")).state("B", Succeed::new()), &[]);
        check(start(task().catch(Catch::all("B")).end()).state("B", Fail::new("E", "C")), &[]);
        check(
            Definition::starting_at("Z").state("A", Succeed::new()),
            &[("asl::unknown-state", "starts at `Z`"), ("asl::unreachable-state", "`A`")],
        );
        check(
            start(Wait::seconds(1).next("B")),
            &[("asl::unknown-state", "`A` goes on with `B`"), ("asl::no-way-out", "`A`")],
        );
        check(start(task().catch(Catch::all("B")).end()), &[("asl::unknown-state", "`A` goes on with `B`")]);
        check(start(Succeed::new().into()).state("B", Succeed::new()), &[("asl::unreachable-state", "`B`")]);
        check(start(Succeed::new().into()).state("A", Succeed::new()), &[("asl::duplicate-state", "`A`")]);
        let round = start(Pass::new().next("B")).state("B", Pass::new().next("A"));
        check(round.clone(), &[("asl::no-way-out", "`A`"), ("asl::no-way-out", "`B`")]);
        check(start(Choice::new().otherwise("B")).state("B", Succeed::new()), &[("asl::empty-choice", "`A`")]);
        let choice = Choice::new().when(When::is("$.x", true), "A").otherwise("B");
        check(start(choice).state("B", Succeed::new()), &[]);
        check(start(Pass::new().parameters(Fields::new().set("x", "${y}")).end()), &[("asl::substitution", "`A`")]);
        let greedy = task().retry(Retry::on(["States.ALL", "E"])).catch(Catch::all("B")).catch(Catch::on(["E"], "B"));
        check(
            start(greedy.end()).state("B", Succeed::new()),
            &[("asl::misplaced-all", "Retry"), ("asl::misplaced-all", "Catch")],
        );
        let long = "x".repeat(81);
        check(start(Pass::new().next(&long)).state(&long, Succeed::new()), &[("asl::bad-name", "81 characters")]);
    }
}
