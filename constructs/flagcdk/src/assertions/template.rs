//! Assertions about templates.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use flagcdk_core::{Assembly, Json, Stack, template_text};

use super::matcher::{Comparison, Matcher};
use crate::did_you_mean;

/// A template, to be asked what it has.
///
/// Types, names and logical ids may be `*`, which stands for every one.
///
/// ```
/// use flagcdk::assertions::{Template, any, like, not};
/// use flagcdk::{App, Placement, Region, cfn};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Orders", Placement::Home);
/// stack.add("Queue", cfn::sqs::Queue::new().visibility_timeout(60));
/// stack.output("Stage", "dev");
///
/// let template = Template::of(&stack);
/// template.all_resources_properties("AWS::SQS::Queue", like!({ "VisibilityTimeout": not(30) }));
/// template.has_output("Stage", like!({ "Value": "dev" }));
/// assert_eq!(template.find_resources("*", any()).len(), 1);
/// assert_eq!(template.resource("Queue")["Type"], "AWS::SQS::Queue");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Json);

/// A section of a template beside its resources, for [`Template::find`].
///
/// ```
/// use flagcdk::assertions::{Section, Template};
///
/// let template = Template::parse("Conditions: { IsHome: !Equals [!Ref AWS::Region, eu-west-1] }");
/// assert_eq!(template.find(Section::Conditions, "*").len(), 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `Conditions`.
    Conditions,
    /// `Mappings`.
    Mappings,
    /// `Outputs`.
    Outputs,
    /// `Parameters`.
    Parameters,
    /// `Rules`.
    Rules,
}

/// What [`Template::of`] takes: a stack, whose app is synthesized, or an assembly and the id of a stack in it.
///
/// ```
/// use flagcdk::assertions::Template;
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Orders", Placement::Home);
/// assert_eq!(Template::of(&stack), Template::of((&app.synth()?, "Orders")));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
pub trait TemplateSource {
    /// The text of the template.
    ///
    /// # Panics
    /// If there is none, with the reason.
    fn template_text(self) -> String;
}

impl TemplateSource for &Stack {
    #[track_caller]
    fn template_text(self) -> String {
        match self.app().synth() {
            Ok(assembly) => assembly.template(&self.id()).to_owned(),
            Err(error) => panic!("the app cannot be synthesized:\n{error}"),
        }
    }
}

impl TemplateSource for (&Assembly, &str) {
    fn template_text(self) -> String {
        self.0.template(self.1).to_owned()
    }
}

impl Template {
    /// The template of a stack: `Template::of(&stack)` or `Template::of((&assembly, "Orders"))`.
    ///
    /// # Panics
    /// If the app cannot be synthesized, with all that is wrong.
    #[track_caller]
    pub fn of(source: impl TemplateSource) -> Self {
        Self::parse(&source.template_text())
    }

    /// A template of JSON or of YAML.
    ///
    /// # Panics
    /// If the text is neither.
    #[track_caller]
    pub fn parse(text: &str) -> Self {
        match template_text::parse(text) {
            Ok(json) => Self(json),
            Err(error) => panic!("the template cannot be read:\n{error}"),
        }
    }

    /// All of it.
    pub fn json(&self) -> &Json {
        &self.0
    }

    /// The resource with a logical id.
    ///
    /// # Panics
    /// If there is none, with what comes closest.
    #[track_caller]
    pub fn resource(&self, logical_id: &str) -> &Json {
        let resources = &self.0["Resources"];
        resources.get(logical_id).unwrap_or_else(|| {
            let ids = resources.as_object().into_iter().flatten().map(|(id, _)| id.as_str());
            panic!("there is no resource `{logical_id}`; {}", did_you_mean(logical_id, ids, "the resources are"));
        })
    }

    /// The resources of a type that are like this, by logical id. What is compared is the whole resource, with `Properties`,
    /// `DeletionPolicy` and so on.
    pub fn find_resources(&self, type_name: &str, wanted: impl Into<Matcher>) -> BTreeMap<&str, &Json> {
        let wanted = wanted.into();
        let all = self.of_type(type_name).into_iter();
        all.filter(|(_, resource)| {
            let comparison = wanted.compare(Some(resource));
            let matches = comparison.matches();
            if matches {
                comparison.commit();
            }
            matches
        })
        .collect()
    }

    /// Wants a number of resources of a type.
    ///
    /// # Panics
    /// If there are fewer or more, with their logical ids.
    #[track_caller]
    pub fn resource_count_is(&self, type_name: &str, count: usize) {
        let found: Vec<_> = self.of_type(type_name).into_keys().collect();
        if found.len() != count {
            panic!("wanted {count} of `{type_name}`, got {}: {found:?}", found.len());
        }
    }

    /// Wants a number of resources of a type that have properties like these.
    ///
    /// # Panics
    /// If there are fewer or more, with their logical ids.
    #[track_caller]
    pub fn resource_properties_count_is(&self, type_name: &str, properties: impl Into<Matcher>, count: usize) {
        let found: Vec<_> = self.find_resources(type_name, in_properties(properties.into())).into_keys().collect();
        if found.len() != count {
            panic!("wanted {count} of `{type_name}` with such properties, got {}: {found:?}", found.len());
        }
    }

    /// Wants a resource of a type that is like this, with `Properties`, `DeletionPolicy` and so on.
    ///
    /// # Panics
    /// If there is none, with the one that comes closest and where it differs.
    #[track_caller]
    pub fn has_resource(&self, type_name: &str, wanted: impl Into<Matcher>) {
        let all = self.of_type(type_name);
        if all.is_empty() {
            panic!("there is no `{type_name}`; {}", self.types_like(type_name));
        }
        if let Err(message) = any_matches(&format!("`{type_name}`"), all, &wanted.into()) {
            panic!("{message}");
        }
    }

    /// Wants a resource of a type that has properties like these.
    ///
    /// # Panics
    /// If there is none, with the one that comes closest and where it differs.
    #[track_caller]
    pub fn has_resource_properties(&self, type_name: &str, properties: impl Into<Matcher>) {
        self.has_resource(type_name, in_properties(properties.into()));
    }

    /// Wants that no resource of a type has properties like these.
    ///
    /// # Panics
    /// If some do, with their logical ids.
    #[track_caller]
    pub fn has_no_resource_properties(&self, type_name: &str, properties: impl Into<Matcher>) {
        let found: Vec<_> = self.find_resources(type_name, in_properties(properties.into())).into_keys().collect();
        if !found.is_empty() {
            panic!("wanted no `{type_name}` with such properties, got {found:?}");
        }
    }

    /// Wants that all resources of a type are like this, and that there is one.
    ///
    /// # Panics
    /// If some are not, each with where it differs.
    #[track_caller]
    pub fn all_resources(&self, type_name: &str, wanted: impl Into<Matcher>) {
        let (all, wanted) = (self.of_type(type_name), wanted.into());
        if all.is_empty() {
            panic!("there is no `{type_name}`; {}", self.types_like(type_name));
        }
        let mut message = String::new();
        for (id, resource) in all {
            let comparison = wanted.compare(Some(resource));
            if comparison.matches() {
                comparison.commit();
            } else {
                message.push_str(&format!("\n`{id}`{} differs:{}", told_path(resource), lines(&comparison)));
            }
        }
        if !message.is_empty() {
            panic!("not every `{type_name}` is as wanted{message}");
        }
    }

    /// Wants that all resources of a type have properties like these, and that there is one.
    ///
    /// # Panics
    /// If some have not, each with where it differs.
    #[track_caller]
    pub fn all_resources_properties(&self, type_name: &str, properties: impl Into<Matcher>) {
        self.all_resources(type_name, in_properties(properties.into()));
    }

    /// Wants an output that is like this.
    ///
    /// # Panics
    /// If there is none, with the one that comes closest.
    #[track_caller]
    pub fn has_output(&self, name: &str, wanted: impl Into<Matcher>) {
        self.has(Section::Outputs, name, wanted);
    }

    /// Wants a mapping that is like this.
    ///
    /// # Panics
    /// If there is none, with the one that comes closest.
    #[track_caller]
    pub fn has_mapping(&self, name: &str, wanted: impl Into<Matcher>) {
        self.has(Section::Mappings, name, wanted);
    }

    /// Wants a condition that is like this.
    ///
    /// # Panics
    /// If there is none, with the one that comes closest.
    #[track_caller]
    pub fn has_condition(&self, name: &str, wanted: impl Into<Matcher>) {
        self.has(Section::Conditions, name, wanted);
    }

    /// Wants a parameter that is like this.
    ///
    /// # Panics
    /// If there is none, with the one that comes closest.
    #[track_caller]
    pub fn has_parameter(&self, name: &str, wanted: impl Into<Matcher>) {
        self.has(Section::Parameters, name, wanted);
    }

    /// Wants an entry of a section that is like this.
    ///
    /// # Panics
    /// If there is none, with the one that comes closest.
    #[track_caller]
    pub fn has(&self, section: Section, name: &str, wanted: impl Into<Matcher>) {
        let all = self.find(section, name);
        if all.is_empty() {
            let names = entries(&self.0[section.as_str()]).into_keys();
            let hint = did_you_mean(name, names, "there are");
            panic!("there is no `{name}` in `{}`; {hint}", section.as_str());
        }
        if let Err(message) = any_matches(&format!("`{name}` in `{}`", section.as_str()), all, &wanted.into()) {
            panic!("{message}");
        }
    }

    /// The entries of a section with a name, or all for `*`.
    pub fn find(&self, section: Section, name: &str) -> BTreeMap<&str, &Json> {
        let mut all = entries(&self.0[section.as_str()]);
        all.retain(|key, _| name == "*" || *key == name);
        all
    }

    /// Wants that the whole template is like this.
    ///
    /// # Panics
    /// If it is not, with where it differs.
    #[track_caller]
    pub fn matches(&self, wanted: impl Into<Matcher>) {
        let comparison = wanted.into().compare(Some(&self.0));
        if !comparison.matches() {
            panic!("the template differs:{}", lines(&comparison));
        }
        comparison.commit();
    }

    fn of_type(&self, type_name: &str) -> BTreeMap<&str, &Json> {
        let mut all = entries(&self.0["Resources"]);
        all.retain(|_, resource| type_name == "*" || resource["Type"] == type_name);
        all
    }

    fn types_like(&self, type_name: &str) -> String {
        let all = entries(&self.0["Resources"]);
        let types: BTreeSet<_> = all.values().filter_map(|resource| resource["Type"].as_str()).collect();
        did_you_mean(type_name, types, "the types are")
    }
}

impl Section {
    /// CloudFormation's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conditions => "Conditions",
            Self::Mappings => "Mappings",
            Self::Outputs => "Outputs",
            Self::Parameters => "Parameters",
            Self::Rules => "Rules",
        }
    }
}

impl fmt::Display for Template {
    /// Pretty JSON, the same for the same app.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

fn entries(section: &Json) -> BTreeMap<&str, &Json> {
    section.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect()
}

fn in_properties(properties: Matcher) -> Matcher {
    Matcher::from_iter([("Properties".to_owned(), properties)])
}

/// Commits the captures of all that match.
///
/// # Errors
/// The message for when none does.
fn any_matches(what: &str, all: BTreeMap<&str, &Json>, wanted: &Matcher) -> Result<(), String> {
    let count = all.len();
    let (mut matched, mut closest): (bool, Option<(&str, &Json, Comparison)>) = (false, None);
    for (name, value) in all {
        let comparison = wanted.compare(Some(value));
        if comparison.matches() {
            matched = true;
            comparison.commit();
        } else if closest.as_ref().is_none_or(|(.., best)| comparison.differences.len() < best.differences.len()) {
            closest = Some((name, value, comparison));
        }
    }
    match closest {
        Some((name, value, comparison)) if !matched => {
            let which = if count == 1 { "the only one".to_owned() } else { format!("the closest of {count}") };
            let place = told_path(value);
            Err(format!("no {what} is as wanted; {which}, `{name}`{place}, differs:{}", lines(&comparison)))
        }
        _ => Ok(()),
    }
}

fn told_path(resource: &Json) -> String {
    resource["Metadata"]["flagcdk:path"].as_str().map_or(String::new(), |path| format!(" ({path})"))
}

fn lines(comparison: &Comparison) -> String {
    comparison.differences.iter().fold(String::new(), |mut text, (at, what)| {
        text.push_str("\n  ");
        if !at.is_empty() {
            text.push_str(at);
            text.push_str(": ");
        }
        text.push_str(what);
        text
    })
}
