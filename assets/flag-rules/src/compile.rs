//! Rules, compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread;

use cel::parser::PrattParser;
use cel::{Env, IdedExpr};

use crate::message::Message;
use crate::part::parts_of;
use crate::pattern::Patterns;
use crate::problem::{RuleProblem, RuleProblems};
use crate::schema::{Schema, look_through};
use crate::source::{ChangeKind, Group, Severity, SourceRule};

/// The most characters of an expression.
pub const MAX_LENGTH: usize = 1000;

/// How deeply an expression may be nested, in brackets and in operators. Both the compiler and the interpreter call
/// themselves for each level.
pub const MAX_DEPTH: usize = 40;

/// The stack that rules are compiled on, as the compiler takes some KiB for each bracket.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// Rules that changes are checked against.
pub struct RuleSet {
    pub(crate) rules: Vec<Rule>,
    /// The parts of all conditions, each once.
    pub(crate) parts: Vec<IdedExpr>,
    pub(crate) environment: Arc<Env>,
    pub(crate) patterns: Patterns,
}

/// A rule, compiled.
pub(crate) struct Rule {
    pub(crate) source: SourceRule,
    /// The file and line.
    pub(crate) place: String,
    pub(crate) message: Message,
    /// The parts of its condition, all of which must be true, by their places in [`RuleSet::parts`].
    pub(crate) parts: Vec<usize>,
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
    /// The kinds of changes that it is for.
    pub on: &'a [ChangeKind],
    /// What it is against, in CEL.
    pub when: &'a str,
    /// The file and the line in which it is written.
    pub place: &'a str,
}

impl RuleSummary<'_> {
    /// The group, such as `naming`.
    pub fn group(&self) -> &str {
        self.id.split_once('.').map_or(self.id, |(group, _)| group)
    }
}

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
        crate::Rulebook::embedded().compile()
    }

    pub(crate) fn compile(groups: &[Group]) -> Result<Self, RuleProblems> {
        let thread = thread::Builder::new().stack_size(STACK_BYTES).name("compile-rules".to_owned());
        thread::scope(|scope| {
            let handle = thread.spawn_scoped(scope, || compile(groups)).expect("a thread can be started");
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
            on: &rule.source.on,
            when: &rule.source.when,
            place: &rule.place,
        })
    }
}

impl std::fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RuleSet").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}

fn compile(groups: &[Group]) -> Result<RuleSet, RuleProblems> {
    let schema = Schema::of(&crate::facts::shape());
    let mut conditions =
        Conditions { schema: &schema, parts: Vec::new(), known: BTreeMap::new(), patterns: BTreeMap::new() };
    let mut problems = Vec::new();
    let mut rules = Vec::new();
    let mut ids = BTreeMap::new();
    let mut whens: BTreeMap<(&str, &[ChangeKind]), &str> = BTreeMap::new();
    for (group, source) in groups.iter().flat_map(|group| group.rules.iter().map(move |rule| (group, rule))) {
        let place = source.place(group);
        let mut wrong: Vec<String> = problems_of_form(group, source);
        if let Some(other) = ids.insert(source.id.as_str(), place.clone()) {
            wrong.push(format!("`{other}` has the same id"));
        }
        if let Some(other) = whens.insert((&source.when, &source.on), &source.id) {
            wrong.push(format!("`{other}` has the same condition"));
        }
        let message = Message::parse(&source.message);
        match &message {
            Ok(message) => wrong.extend(message.fields().filter_map(|path| schema.problem_of_path(path))),
            Err(problem) => wrong.push(problem.clone()),
        }
        let parts = conditions.compile(&source.when, &mut wrong);
        match message {
            Ok(message) if wrong.is_empty() => rules.push(Rule { source: source.clone(), place, message, parts }),
            _ => problems.extend(wrong.into_iter().map(|wrong| RuleProblem::of_rule(&place, &source.id, wrong))),
        }
    }
    if !problems.is_empty() {
        return Err(RuleProblems(problems));
    }
    let Conditions { parts, patterns, .. } = conditions;
    Ok(RuleSet { rules, parts, environment: Arc::new(Env::stdlib()), patterns: Arc::new(patterns) })
}

fn problems_of_form(group: &Group, rule: &SourceRule) -> Vec<String> {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    let mut problems = Vec::new();
    let (file, group) = (rule.file(group), &group.group);
    if file.rsplit(['/', '\\']).next().and_then(|name| name.rsplit_once('.')).map(|(stem, _)| stem) != Some(group) {
        problems.push(format!("the group is `{group}`, wanted the name of its file"));
    }
    match rule.id.split_once('.') {
        Some((of, name)) if of == group && is_word(name) => {}
        _ => problems.push(format!("wanted an id such as `{group}.owner-missing`")),
    }
    if rule.message.is_empty() || rule.message.ends_with('.') || rule.message.len() > 200 {
        problems.push("wanted a message of 1 to 200 characters that does not end with a full stop".to_owned());
    }
    if rule.on.is_empty() {
        problems.push("it is for no kind of changes; wanted one at least in `on`".to_owned());
    }
    for (examples, what) in [(&rule.violates, "violates it"), (&rule.passes, "passes")] {
        if examples.is_empty() {
            problems.push(format!("no example {what}; wanted at least one"));
        }
    }
    problems
}

/// The conditions of rules, being compiled.
struct Conditions<'s> {
    schema: &'s Schema,
    parts: Vec<IdedExpr>,
    /// Where each part is, and what is wrong with it.
    known: BTreeMap<String, (usize, BTreeSet<String>)>,
    patterns: BTreeMap<String, regex_lite::Regex>,
}

impl Conditions<'_> {
    /// Compiles a condition to its parts.
    fn compile(&mut self, when: &str, problems: &mut Vec<String>) -> Vec<usize> {
        let length = when.chars().count();
        if length > MAX_LENGTH {
            problems.push(format!("the condition has {length} characters, wanted {MAX_LENGTH} at most"));
            return Vec::new();
        }
        let brackets = bracket_depth(when);
        if brackets > MAX_DEPTH {
            problems.push(format!("the condition has brackets {brackets} deep, wanted {MAX_DEPTH} at most"));
            return Vec::new();
        }
        let parts: Result<Vec<_>, String> = parts_of(when).into_iter().map(|part| self.part(part)).collect();
        // What is wrong is told of the condition as it is written.
        match parts.or_else(|_| self.part(when).map(|part| vec![part])) {
            Ok(parts) => {
                let of_parts: BTreeSet<String> = parts.iter().flat_map(|(_, problems)| problems.clone()).collect();
                problems.extend(of_parts);
                parts.into_iter().map(|(place, _)| place).collect()
            }
            Err(error) => {
                problems.push(format!("the condition is not CEL: {error}"));
                Vec::new()
            }
        }
    }

    /// Compiles a part, and gives its place and what is wrong with it. The error is that of the parser.
    fn part(&mut self, text: &str) -> Result<(usize, BTreeSet<String>), String> {
        if let Some(known) = self.known.get(text) {
            return Ok(known.clone());
        }
        let parser = PrattParser::new().max_recursion_depth(u16::MAX);
        let expression = parser.parse(text).map_err(|errors| {
            let lines: BTreeSet<String> = errors.to_string().lines().map(str::trim).map(str::to_owned).collect();
            Vec::from_iter(lines).join(" ")
        })?;
        let mut usage = look_through(&expression, self.schema);
        if usage.depth > MAX_DEPTH {
            usage.problems.insert(format!("the condition is {} levels deep, wanted {MAX_DEPTH} at most", usage.depth));
        }
        self.patterns.extend(usage.patterns);
        let part = (self.parts.len(), usage.problems);
        self.parts.push(expression);
        self.known.insert(text.to_owned(), part.clone());
        Ok(part)
    }
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
