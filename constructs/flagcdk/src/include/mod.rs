//! Templates that exist already, as part of a stack.

mod macros;
mod parameters;
mod sections;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use flagcdk_core::{Condition, Handle, RawResource, Resource, Scope, Stack, Value, template_text};

use self::macros::Macros;
use self::sections::Sections;
use crate::did_you_mean;

/// A CloudFormation template that becomes part of a stack, with all its logical ids kept.
///
/// Resources, conditions, mappings, parameters, outputs, rules, metadata and transforms land in the stack's template as they
/// are, so that a stack that exists can be taken over without replacing anything. Resources are to be had by their logical id,
/// for references, overrides and permissions.
///
/// Loops (`Fn::ForEach::Name`) of a template that declares `AWS::LanguageExtensions` stay as they are, and so does
/// `Fn::Transform`: CloudFormation makes resources of them, which have no handle here.
///
/// The text is JSON or YAML with short forms, see [`template_text`]. What is wrong with it is reported, with lines.
///
/// ```
/// use flagcdk::{App, Include, Placement, Region, cfn};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Legacy", Placement::Home);
/// let legacy = Include::new(&stack, "Old", "
/// Parameters:
///   Stage: { Type: String, Default: dev }
/// Resources:
///   Orders:
///     Type: AWS::SQS::Queue
///     DeletionPolicy: Retain
///     Properties: { QueueName: !Sub 'orders-${Stage}' }
/// ");
/// let orders = legacy.resource::<cfn::sqs::Queue>("Orders");
/// orders.override_property("VisibilityTimeout", 60);
/// stack.output("OrdersArn", orders.get(cfn::sqs::Queue::ARN));
/// assert!(app.synth()?.template("Legacy").contains(r#""VisibilityTimeout": 60"#));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Include {
    scope: Scope,
    resources: BTreeMap<String, Handle<RawResource>>,
    conditions: BTreeMap<String, Condition>,
    parameters: BTreeMap<String, Value<String>>,
    macros: Macros,
    /// How many resources were asked for that are not there.
    missing: Rc<Cell<usize>>,
}

impl Include {
    /// Takes a template into a stack.
    pub fn new(stack: &Stack, id: &str, text: &str) -> Self {
        Self::with_parameters(stack, id, text, Vec::<(String, Value<String>)>::new())
    }

    /// Takes a template into a stack, with values in place of some of its parameters: these leave the template, and what
    /// referred to them has the value.
    ///
    /// ```
    /// use flagcdk::{App, Include, Placement, Region, Value};
    ///
    /// let app = App::new("shop", Region::EU_WEST_1);
    /// let stack = app.stack("Legacy", Placement::Home);
    /// let text = "
    /// Parameters:
    ///   Stage: { Type: String }
    /// Resources:
    ///   Orders: { Type: AWS::SQS::Queue, Properties: { QueueName: !Sub 'orders-${Stage}' } }
    /// ";
    /// Include::with_parameters(&stack, "Old", text, [("Stage", "prod".into())]);
    /// assert!(!app.synth()?.template("Legacy").contains("Parameters"));
    /// # Ok::<(), flagcdk::SynthError>(())
    /// ```
    pub fn with_parameters<K: Into<String>>(
        stack: &Stack,
        id: &str,
        text: &str,
        values: impl IntoIterator<Item = (K, Value<String>)>,
    ) -> Self {
        let scope = stack.construct(id);
        let template = template_text::parse(text).unwrap_or_else(|error| {
            for problem in &error.problems {
                scope.error("include::text", problem.to_string(), problem.kind.help());
            }
            flagcdk_core::Json::Null
        });
        let values = values.into_iter().map(|(name, value)| (name.into(), value.into_expr())).collect();
        let mut macros = Macros::default();
        let sections = &mut Sections { stack, scope: &scope, values, macros: &mut macros };
        let (resources, conditions, parameters) = sections.take(template);
        Self { scope, resources, conditions, parameters, macros, missing: Rc::default() }
    }

    /// The resource with a logical id, as one of a type. That there is none, or that it is of another type, is reported.
    pub fn resource<R: Resource>(&self, logical_id: &str) -> Handle<R> {
        let found = self.resources.get(logical_id).cloned();
        let handle = found.unwrap_or_else(|| {
            self.report("Resources", "resource", logical_id, self.resources.keys());
            // Nothing of an app with an error is deployed: this one stands in until all errors are known.
            let number = self.missing.replace(self.missing.get() + 1);
            let scope = self.scope.construct(&format!("Missing{number}"));
            scope.add("Resource", RawResource::new(R::TYPE_NAME.unwrap_or("AWS::CloudFormation::WaitConditionHandle")))
        });
        handle.cast()
    }

    /// All resources by their logical ids.
    pub fn resources(&self) -> &BTreeMap<String, Handle<RawResource>> {
        &self.resources
    }

    /// The condition with a name; that there is none is reported.
    pub fn condition(&self, name: &str) -> Condition {
        self.conditions.get(name).cloned().unwrap_or_else(|| {
            self.report("Conditions", "condition", name, self.conditions.keys());
            Condition::named(name)
        })
    }

    /// The value of the parameter with a name, or what was given in its place; that there is none is reported.
    pub fn parameter(&self, name: &str) -> Value<String> {
        self.parameters.get(name).cloned().unwrap_or_else(|| {
            self.report("Parameters", "parameter", name, self.parameters.keys());
            name.into()
        })
    }

    fn report<'a>(&self, section: &str, what: &str, name: &str, known: impl Iterator<Item = &'a String>) {
        self.scope.error(
            &format!("include::unknown-{what}"),
            format!("the included template has no {what} `{name}`"),
            match self.macros.make(section) {
                Some(key) => format!("what `{key}` makes has no handle here: write it out, or take another {what}"),
                None => did_you_mean(name, known.map(String::as_str), &format!("its {what}s are")),
            },
        );
    }
}
