//! Rules, compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread;

use cel::{Env, Program};
use thiserror::Error;

use crate::message::Message;
use crate::pattern::Patterns;
use crate::schema::{Schema, look_through};
use crate::source::{Group, Severity, SourceRule};

/// The most characters of an expression.
pub const MAX_LENGTH: usize = 1000;

/// How deeply an expression may be nested, in brackets and in operators. Both the compiler and the interpreter call
/// themselves for each level.
pub const MAX_DEPTH: usize = 40;

/// The stack that rules are compiled on, as the compiler takes some 3 KiB for each bracket.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// The rules that are embedded, as the build script left them.
const EMBEDDED: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.json"));

/// Rules that changes are checked against.
pub struct RuleSet {
    pub(crate) rules: Vec<Rule>,
    pub(crate) environment: Arc<Env>,
    pub(crate) patterns: Patterns,
}

/// A rule, compiled.
pub(crate) struct Rule {
    pub(crate) source: SourceRule,
    /// The file and line.
    pub(crate) place: String,
    pub(crate) message: Message,
    pub(crate) program: Program,
}

/// What a rule is, for lists of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleSummary<'a> {
    /// The id, which begins with the group's name.
    pub id: &'a str,
    /// What a change that breaks it comes to.
    pub severity: Severity,
    /// What it says of such a change.
    pub message: &'a str,
    /// What it is against, in CEL.
    pub when: &'a str,
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("assets/rules/{place}: `{rule}`: {problem}")]
pub struct RuleProblem {
    /// The file and, if it is known, the line.
    pub place: String,
    /// The rule's id.
    pub rule: String,
    /// What is wrong.
    pub problem: String,
}

/// Everything that is wrong with a set of rules.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{} of the business rules are wrong:\n{}", .0.len(), .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct RuleProblems(pub Vec<RuleProblem>);

impl RuleSet {
    /// Compiles the rules that are embedded.
    ///
    /// # Errors
    ///
    /// If a rule does not compile, uses a field that there is not, or is not as rules must be: all that is wrong.
    ///
    /// # Panics
    ///
    /// If the system has no thread to spare.
    pub fn embedded() -> Result<Self, RuleProblems> {
        let groups: Vec<Group> = serde_json::from_str(EMBEDDED).expect("the build script wrote it");
        Self::compile(groups)
    }

    pub(crate) fn compile(groups: Vec<Group>) -> Result<Self, RuleProblems> {
        let compile = || compile(groups);
        let thread = thread::Builder::new().stack_size(STACK_BYTES).name("compile-rules".to_owned());
        thread::scope(|scope| {
            let handle = thread.spawn_scoped(scope, compile).expect("a thread can be started");
            handle.join().expect("the compiler reports what is wrong")
        })
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules, in the order of their files.
    pub fn summaries(&self) -> impl Iterator<Item = RuleSummary<'_>> {
        self.rules.iter().map(|rule| RuleSummary {
            id: &rule.source.id,
            severity: rule.source.severity,
            message: &rule.source.message,
            when: &rule.source.when,
        })
    }
}

impl std::fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RuleSet").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}

fn compile(groups: Vec<Group>) -> Result<RuleSet, RuleProblems> {
    let environment = Env::stdlib();
    let schema = Schema::of(&crate::facts::shape());
    let mut problems = Vec::new();
    let mut rules = Vec::new();
    let mut patterns = BTreeMap::new();
    let mut ids = BTreeMap::new();
    let mut conditions = BTreeMap::new();
    for group in groups {
        for source in group.rules {
            let place = format!("{}:{}", group.file, source.line);
            let mut wrong: Vec<String> = problems_of_form(&group.group, &group.file, &source);
            if let Some(other) = ids.insert(source.id.clone(), place.clone()) {
                wrong.push(format!("`{other}` has the same id"));
            }
            if let Some(other) = conditions.insert(source.when.clone(), source.id.clone()) {
                wrong.push(format!("`{other}` has the same condition"));
            }
            let message = Message::parse(&source.message);
            match &message {
                Ok(message) => wrong.extend(message.fields().filter_map(|path| schema.problem_of_path(path))),
                Err(problem) => wrong.push(problem.clone()),
            }
            let program = compile_one(&environment, &schema, &source.when, &mut patterns, &mut wrong);
            match (message, program) {
                (Ok(message), Some(program)) if wrong.is_empty() => {
                    rules.push(Rule { source, place, message, program });
                }
                _ => problems.extend(wrong.into_iter().map(|problem| RuleProblem {
                    place: place.clone(),
                    rule: source.id.clone(),
                    problem,
                })),
            }
        }
    }
    if problems.is_empty() {
        Ok(RuleSet { rules, environment: Arc::new(environment), patterns: Arc::new(patterns) })
    } else {
        Err(RuleProblems(problems))
    }
}

fn problems_of_form(group: &str, file: &str, rule: &SourceRule) -> Vec<String> {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    let mut problems = Vec::new();
    if file.strip_suffix(".yaml") != Some(group) {
        problems.push(format!("the group is `{group}`, wanted the name of its file"));
    }
    match rule.id.split_once('.') {
        Some((of, name)) if of == group && is_word(name) => {}
        _ => problems.push(format!("wanted an id such as `{group}.owner-missing`")),
    }
    if rule.message.is_empty() || rule.message.ends_with('.') || rule.message.len() > 200 {
        problems.push("wanted a message of 1 to 200 characters that does not end with a full stop".to_owned());
    }
    for (examples, what) in [(&rule.violates, "violates it"), (&rule.passes, "passes")] {
        if examples.is_empty() {
            problems.push(format!("no example {what}; wanted at least one"));
        }
    }
    problems
}

fn compile_one(
    environment: &Env,
    schema: &Schema,
    when: &str,
    patterns: &mut BTreeMap<String, regex_lite::Regex>,
    problems: &mut Vec<String>,
) -> Option<Program> {
    let length = when.chars().count();
    if length > MAX_LENGTH {
        problems.push(format!("the condition has {length} characters, wanted {MAX_LENGTH} at most"));
        return None;
    }
    let brackets = bracket_depth(when);
    if brackets > MAX_DEPTH {
        problems.push(format!("the condition has brackets {brackets} deep, wanted {MAX_DEPTH} at most"));
        return None;
    }
    let program = match environment.compile(when) {
        Ok(program) => program,
        Err(errors) => {
            let text: BTreeSet<String> = errors.to_string().lines().map(str::trim).map(str::to_owned).collect();
            problems.push(format!("the condition is not CEL: {}", Vec::from_iter(text).join(" ")));
            return None;
        }
    };
    let usage = look_through(program.expression(), schema);
    if usage.depth > MAX_DEPTH {
        problems.push(format!("the condition is {} levels deep, wanted {MAX_DEPTH} at most", usage.depth));
    }
    problems.extend(usage.problems);
    patterns.extend(usage.patterns);
    Some(program)
}

/// How deeply brackets are nested, those in texts not counted.
fn bracket_depth(when: &str) -> usize {
    let (mut depth, mut deepest, mut quote, mut escaped) = (0usize, 0, None, false);
    for c in when.chars() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
    }
    deepest
}
