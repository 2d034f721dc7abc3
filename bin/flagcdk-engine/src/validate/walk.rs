//! Walks through all values of a template once: functions are well formed, and what they name exists.
//!
//! Follows the [function reference](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html).

mod find_in_map;
mod functions;
mod made;
mod names;
mod sub;

use std::collections::{BTreeMap, BTreeSet};

use flagcdk_assembly::Finding;
use serde_json::{Map, Value as Json};

use super::codes;
use super::exports::Links;
use super::suggest::listed;
use super::template::{AppView, StackView};

pub(super) use sub::names as names_in_sub;

/// What the values of a template use.
#[derive(Default)]
pub(crate) struct Uses<'a> {
    /// The resources that each resource needs.
    pub(crate) needs: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// The conditions that each condition is defined by.
    pub(crate) condition_needs: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// The conditions that a resource's properties depend on; present also if they hold `AWS::NoValue` alone.
    pub(crate) variants: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

/// Checks every function of a template, and says what it uses.
pub(super) fn check<'a>(
    app: &AppView<'a>,
    stack: &StackView<'a>,
    links: &mut Links<'a>,
    findings: &mut Vec<Finding>,
) -> Uses<'a> {
    let mut uses = Uses::default();
    for (name, condition) in stack.conditions {
        let owner = format!("{} at Conditions.{name}", stack.entry.id);
        let mut walker = Walker::new(app, stack, Site::Condition, owner, links, findings);
        walker.value(condition);
        uses.condition_needs.insert(name, walker.conditions);
    }
    for resource in stack.resources.values() {
        let mut walker = Walker::new(app, stack, Site::Resource, resource.path.clone().into_owned(), links, findings);
        walker.own_condition = resource.body.get("Condition").and_then(Json::as_str);
        walker.value(resource.properties);
        if !walker.conditions.is_empty() || walker.no_value {
            uses.variants.insert(resource.id, std::mem::take(&mut walker.conditions));
        }
        for attribute in ["Metadata", "CreationPolicy", "UpdatePolicy"] {
            walker.site = Site::Attribute;
            walker.entries(resource.body.get_key_value(attribute));
        }
        if let Some(condition) = resource.body.get("Condition") {
            walker.at(Step::Key("Condition"), |walker| walker.condition(condition));
        }
        if let Some(others) = resource.body.get("DependsOn") {
            walker.at(Step::Key("DependsOn"), |walker| walker.depends_on(others));
        }
        uses.needs.insert(resource.id, walker.needs);
    }
    for (name, output) in stack.outputs {
        let owner = format!("{} at Outputs.{name}", stack.entry.id);
        let mut walker = Walker::new(app, stack, Site::Output, owner, links, findings);
        walker.own_condition = output.get("Condition").and_then(Json::as_str);
        if let Json::Object(entries) = output {
            for (key, value) in entries {
                match key.as_str() {
                    "Condition" => walker.at(Step::Key("Condition"), |walker| walker.condition(value)),
                    _ => walker.entries([(key, value)]),
                }
            }
        }
    }
    uses
}

/// Where in a template a value stands, which decides what it may do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Site {
    /// In the properties of a resource.
    Resource,
    /// In another attribute of a resource.
    Attribute,
    Condition,
    Output,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

struct Walker<'w, 'a> {
    app: &'w AppView<'a>,
    stack: &'w StackView<'a>,
    site: Site,
    /// The path of the resource, or the place of the condition or output.
    owner: String,
    trail: Vec<Step<'a>>,
    links: &'w mut Links<'a>,
    findings: &'w mut Vec<Finding>,
    needs: BTreeSet<&'a str>,
    conditions: BTreeSet<&'a str>,
    no_value: bool,
    /// The condition of the resource or output itself.
    own_condition: Option<&'a str>,
    /// The conditions of the `Fn::If` around the value, and which of its branches the value is in.
    guards: Vec<(&'a str, bool)>,
}

impl<'w, 'a> Walker<'w, 'a> {
    fn new(
        app: &'w AppView<'a>,
        stack: &'w StackView<'a>,
        site: Site,
        owner: String,
        links: &'w mut Links<'a>,
        findings: &'w mut Vec<Finding>,
    ) -> Self {
        Self {
            app,
            stack,
            site,
            owner,
            trail: Vec::new(),
            links,
            findings,
            needs: BTreeSet::new(),
            conditions: BTreeSet::new(),
            no_value: false,
            own_condition: None,
            guards: Vec::new(),
        }
    }

    fn place(&self) -> String {
        let mut place = self.owner.clone();
        for (index, step) in self.trail.iter().enumerate() {
            place.push_str(match index {
                0 if !place.contains(" at ") => " at ",
                _ => ".",
            });
            match step {
                Step::Key(key) => place.push_str(key),
                Step::Index(index) => place.push_str(&index.to_string()),
            }
        }
        place
    }

    fn error(&mut self, code: &str, message: impl Into<String>, help: impl Into<String>) {
        self.findings.push(Finding::error(code, self.place(), message, help));
    }

    fn at(&mut self, step: Step<'a>, visit: impl FnOnce(&mut Self)) {
        self.trail.push(step);
        visit(self);
        self.trail.pop();
    }

    fn entries(&mut self, entries: impl IntoIterator<Item = (&'a String, &'a Json)>) {
        for (key, value) in entries {
            self.at(Step::Key(key), |walker| walker.value(value));
        }
    }

    fn value(&mut self, value: &'a Json) {
        match value {
            Json::Null => {
                self.error(
                    codes::MALFORMED,
                    "the value is `null`, which templates may not hold",
                    "remove the key, or use `AWS::NoValue`",
                );
            }
            Json::Bool(_) | Json::Number(_) => {}
            Json::String(text) => self.text(text),
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.at(Step::Index(index), |walker| walker.value(item));
                }
            }
            Json::Object(entries) => self.object(entries),
        }
    }

    /// A text that looks like the argument of `Fn::Sub` and is none.
    fn text(&mut self, text: &str) {
        if self.site == Site::Resource && text.contains("${AWS::") {
            let place = self.place();
            self.findings.push(Finding::warning(
                codes::MISSING_SUB,
                place,
                "the text has `${AWS::…}` in it, which stays as it is outside of `Fn::Sub`",
                "wrap the text: `{\"Fn::Sub\": \"…\"}`",
            ));
        }
    }

    fn object(&mut self, entries: &'a Map<String, Json>) {
        let mut functions = entries.iter().filter(|(key, _)| is_function(key, self.site));
        let first = functions.next();
        match first {
            Some((name, argument)) if entries.len() == 1 => {
                self.at(Step::Key(name), |walker| walker.function(name, argument));
            }
            // `Ref` may be a key of somebody's own document, and nothing else begins with `Fn::`.
            Some((name, _)) if name.starts_with("Fn::") && !self.stack.has_extensions => self.error(
                codes::BAD_FUNCTION,
                format!("`{name}` stands beside other keys: {}", listed(entries.keys().map(String::as_str))),
                "a function has to be the only key of its object",
            ),
            _ => self.entries(entries),
        }
    }
}

/// Whether a key is a function's name where it stands.
fn is_function(key: &str, site: Site) -> bool {
    key == "Ref" || key.starts_with("Fn::") || (key == "Condition" && site == Site::Condition)
}
