//! Walks through all values of a template once: functions are well formed, and what they name exists.
//!
//! Follows the [function reference](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html).

mod find_in_map;
mod sub;

use std::collections::{BTreeMap, BTreeSet};

use flagcdk_assembly::{Finding, Placement};
use serde_json::{Map, Value as Json};

use super::exports::Links;
use super::references::{self, Target};
use super::suggest::{did_you_mean, listed, shown};
use super::template::{AppView, StackView, malformed};
use super::{attributes, codes};

pub(super) use sub::names as names_in_sub;

/// What the values of a template use.
#[derive(Default)]
pub(super) struct Uses<'a> {
    /// The resources that each resource needs.
    pub(super) needs: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// The conditions that each condition is defined by.
    pub(super) condition_needs: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// The conditions that a resource's properties depend on; present also if they hold `AWS::NoValue` alone.
    pub(super) variants: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

/// The functions of templates.
const FUNCTIONS: [&str; 21] = [
    "Ref",
    "Fn::And",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::ForEach",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Fn::Transform",
    "Fn::GetStackOutput",
];

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
        walker.entries(resource.properties.as_object().into_iter().flatten());
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
        let (needs, conditions) = Default::default();
        Self { app, stack, site, owner, trail: Vec::new(), links, findings, needs, conditions, no_value: false }
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

    fn function(&mut self, name: &'a str, argument: &'a Json) {
        if self.site == Site::Condition && ["Fn::GetAtt", "Fn::ImportValue", "Fn::Transform"].contains(&name) {
            self.error(
                codes::BAD_FUNCTION,
                format!("`{name}` cannot be used in a condition, which is decided before anything is made"),
                "use parameters, mappings and pseudo parameters",
            );
            return;
        }
        let logical = ["Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals"].contains(&name);
        if logical && self.site != Site::Condition {
            self.error(
                codes::BAD_FUNCTION,
                format!("`{name}` stands outside of `Conditions`"),
                "define a condition, and use it by `Fn::If`",
            );
            return;
        }
        match name {
            "Ref" => self.reference(argument),
            "Condition" => self.condition(argument),
            "Fn::GetAtt" => self.get_att(argument),
            "Fn::Sub" => self.sub(argument),
            "Fn::If" => {
                if let Some([condition, then, otherwise]) = self.arguments(argument, "a condition and two values") {
                    self.at(Step::Index(0), |walker| walker.condition(condition));
                    self.at(Step::Index(1), |walker| walker.value(then));
                    self.at(Step::Index(2), |walker| walker.value(otherwise));
                }
            }
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::ImportValue" => {
                if let Some(import) = super::exports::literal(argument) {
                    let place = self.place();
                    self.links.import(&self.stack.entry.id, import, place);
                }
                self.text_or_function(argument, "the name of an export");
            }
            "Fn::Join" => {
                if let Some([delimiter, list]) = self.arguments(argument, "a delimiter and a list") {
                    if !delimiter.is_string() {
                        self.bad_argument(delimiter, "a text as delimiter");
                    }
                    self.at(Step::Index(1), |walker| walker.list_or_function(list));
                }
            }
            "Fn::Split" => {
                if let Some([delimiter, text]) = self.arguments(argument, "a delimiter and a text") {
                    if !delimiter.is_string() {
                        self.bad_argument(delimiter, "a text as delimiter");
                    }
                    self.at(Step::Index(1), |walker| walker.text_or_function(text, "a text"));
                }
            }
            "Fn::Select" => self.select(argument),
            "Fn::GetAZs" => self.text_or_function(argument, "a region"),
            "Fn::Base64" => self.text_or_function(argument, "a text"),
            "Fn::Cidr" => match argument {
                Json::Array(items) if (2..=3).contains(&items.len()) => self.value(argument),
                other => self.bad_argument(other, "a list of an address block, a count and the bits of each"),
            },
            "Fn::And" | "Fn::Or" => match argument {
                Json::Array(items) if (2..=10).contains(&items.len()) => self.value(argument),
                other => self.bad_argument(other, "a list of two to ten conditions"),
            },
            "Fn::Not" => {
                if let Some([condition]) = self.arguments(argument, "a condition") {
                    self.at(Step::Index(0), |walker| walker.value(condition));
                }
            }
            "Fn::Equals" => {
                if self.arguments::<2>(argument, "two values").is_some() {
                    self.value(argument);
                }
            }
            "Fn::Transform" => {
                if self.stack.entry.placement == Placement::EveryRegion {
                    super::placement::macro_in_stack_set(self.place(), self.findings);
                }
                self.value(argument);
            }
            "Fn::GetStackOutput" => self.value(argument),
            "Fn::Length" | "Fn::ToJsonString" if self.stack.has_extensions => self.value(argument),
            _ if name.starts_with("Fn::ForEach::") && self.stack.has_extensions => self.value(argument),
            "Fn::Length" | "Fn::ToJsonString" | "Fn::ForEach" => self.error(
                codes::UNKNOWN_FUNCTION,
                format!("`{name}` is a function of the language extensions, which the template does not ask for"),
                format!(
                    "compute the value in the app, or add `\"Transform\": \"{}\"`",
                    super::template::LANGUAGE_EXTENSIONS
                ),
            ),
            _ => self.error(
                codes::UNKNOWN_FUNCTION,
                format!("unknown function `{}`", name.escape_debug()),
                did_you_mean(name, FUNCTIONS, "see the function reference of CloudFormation"),
            ),
        }
    }

    fn reference(&mut self, argument: &'a Json) {
        let Json::String(name) = argument else {
            self.bad_argument(argument, "a name");
            return;
        };
        self.named(name, &[]);
    }

    /// A resource, parameter or pseudo parameter by name.
    fn named(&mut self, name: &'a str, also: &[&str]) {
        match references::target(self.stack, name) {
            Target::Pseudo if name == "AWS::NoValue" => self.no_value = true,
            Target::Pseudo | Target::Parameter => {}
            Target::Resource(id) if self.site == Site::Condition => self.error(
                codes::BAD_FUNCTION,
                format!("the condition names the resource `{id}`, and is decided before anything is made"),
                "use parameters, mappings and pseudo parameters",
            ),
            Target::Resource(id) => _ = self.needs.insert(id),
            Target::Nothing => {
                let finding = references::dangling(self.app, self.stack, self.place(), name, also);
                self.findings.push(finding);
            }
        }
    }

    fn get_att(&mut self, argument: &'a Json) {
        match argument {
            Json::String(text) => match text.split_once('.') {
                Some((id, attribute)) => self.attribute(id, attribute),
                None => self.bad_argument(argument, "`Resource.Attribute`"),
            },
            Json::Array(items) => match items.as_slice() {
                [Json::String(id), Json::String(attribute)] => self.attribute(id, attribute),
                [Json::String(id), attribute @ Json::Object(_)] => {
                    self.resource_named(id);
                    self.at(Step::Index(1), |walker| walker.value(attribute));
                }
                // `["Stack", "Outputs", "Name"]` is written by other tools and accepted.
                [Json::String(id), parts @ ..] if parts.len() > 1 && parts.iter().all(Json::is_string) => {
                    let parts: Vec<_> = parts.iter().filter_map(Json::as_str).collect();
                    self.attribute(id, &parts.join("."));
                }
                _ => self.bad_argument(argument, "a resource and an attribute"),
            },
            other => self.bad_argument(other, "a resource and an attribute"),
        }
    }

    fn attribute(&mut self, id: &'a str, attribute: &str) {
        if self.resource_named(id) {
            let resource = &self.stack.resources[id];
            let mut found = Vec::new();
            attributes::check(resource, attribute, || self.place(), &mut found);
            self.findings.append(&mut found);
        }
    }

    /// Notes that a resource is needed; a finding and `false` if it is none.
    fn resource_named(&mut self, id: &'a str) -> bool {
        match references::target(self.stack, id) {
            Target::Resource(id) => {
                if self.site != Site::Condition {
                    self.needs.insert(id);
                }
                true
            }
            Target::Parameter | Target::Pseudo => {
                self.error(
                    codes::UNKNOWN_REFERENCE,
                    format!("`{id}` is a parameter, and only resources have attributes"),
                    format!("use `{{\"Ref\": \"{id}\"}}`"),
                );
                false
            }
            Target::Nothing => {
                let finding = references::dangling(self.app, self.stack, self.place(), id, &[]);
                self.findings.push(finding);
                false
            }
        }
    }

    fn condition(&mut self, argument: &'a Json) {
        match argument {
            Json::String(name) if self.stack.conditions.contains_key(name) => _ = self.conditions.insert(name),
            Json::String(name) => {
                let known = self.stack.conditions.keys().map(String::as_str);
                let help = did_you_mean(name, known, "define the condition in `Conditions`");
                self.error(
                    codes::UNKNOWN_CONDITION,
                    format!("the template has no condition `{}`", name.escape_debug()),
                    help,
                );
            }
            other => self.bad_argument(other, "the name of a condition"),
        }
    }

    fn depends_on(&mut self, argument: &'a Json) {
        match argument {
            Json::String(id) => _ = self.resource_named(id),
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.at(Step::Index(index), |walker| match item {
                        Json::String(id) => _ = walker.resource_named(id),
                        other => walker.bad_argument(other, "the logical id of a resource"),
                    });
                }
            }
            other => self.bad_argument(other, "the logical id of a resource, or a list of them"),
        }
    }

    fn select(&mut self, argument: &'a Json) {
        let Some([index, list]) = self.arguments(argument, "an index and a list") else { return };
        let number = match index {
            Json::Number(number) => number.as_u64(),
            Json::String(text) => text.parse().ok(),
            Json::Object(_) => {
                self.at(Step::Index(0), |walker| walker.value(index));
                None
            }
            _ => None,
        };
        if number.is_none() && !index.is_object() {
            self.bad_argument(index, "a place in the list, from 0");
        }
        if let (Some(number), Json::Array(items)) = (number, list)
            && number >= items.len() as u64
        {
            self.error(
                codes::BAD_FUNCTION,
                format!("place {number} is chosen of a list of {}", items.len()),
                "places count from 0",
            );
        }
        self.at(Step::Index(1), |walker| walker.list_or_function(list));
    }

    fn text_or_function(&mut self, value: &'a Json, wanted: &str) {
        match value {
            Json::String(_) => {}
            Json::Object(_) => self.value(value),
            other => self.bad_argument(other, wanted),
        }
    }

    fn list_or_function(&mut self, value: &'a Json) {
        match value {
            Json::Array(_) | Json::Object(_) => self.value(value),
            other => self.bad_argument(other, "a list"),
        }
    }

    fn arguments<const N: usize>(&mut self, argument: &'a Json, wanted: &str) -> Option<&'a [Json; N]> {
        let found = argument.as_array().and_then(|items| items.as_slice().try_into().ok());
        if found.is_none() {
            self.bad_argument(argument, &format!("a list of {wanted}"));
        }
        found
    }

    fn bad_argument(&mut self, got: &Json, wanted: &str) {
        let mut finding = malformed(&self.place(), "the argument", got, wanted);
        finding.code = codes::BAD_FUNCTION.to_owned();
        finding.help = "see the function reference of CloudFormation".to_owned();
        debug_assert!(finding.message.contains(&shown(got)));
        self.findings.push(finding);
    }
}

/// Whether a key is a function's name where it stands.
fn is_function(key: &str, site: Site) -> bool {
    key == "Ref" || key.starts_with("Fn::") || (key == "Condition" && site == Site::Condition)
}
