//! A stack: a scope with a template of its own.

use std::collections::BTreeMap;
use std::ops::Deref;

use flagcdk_assembly::{LookUpKind, Placement, Region};
use serde_json::{Value as Json, json};

use crate::condition::Test;
use crate::tree::{StackData, StackIndex};
use crate::{Condition, Expr, IntoValue, Output, Parameter, Scope, Value};

/// A stack: one template, deployed to the home region or to every region. It is a [`Scope`] too.
///
/// References to resources of another stack need no ceremony. In the same region they become an export and an import;
/// from a stack in the home region to one in every region they become a wire, carried by the deploy.
#[derive(Clone, Debug)]
pub struct Stack {
    scope: Scope,
    index: StackIndex,
}

impl Stack {
    pub(crate) fn new(scope: Scope, index: StackIndex) -> Self {
        Self { scope, index }
    }

    /// What the stack is for: the description of its template.
    #[must_use]
    pub fn describe(self, text: impl Into<String>) -> Self {
        self.with(|stack| stack.description = text.into());
        self
    }

    /// What the stack is for, if that was said.
    pub fn description(&self) -> String {
        self.tree.borrow().stacks[self.index.0].description.clone()
    }

    /// The name of the stack, or of the StackSet, in CloudFormation.
    pub fn name(&self) -> String {
        self.tree.borrow().stacks[self.index.0].name.clone()
    }

    /// Where the stack goes.
    pub fn placement(&self) -> Placement {
        self.tree.borrow().stacks[self.index.0].placement
    }

    /// Deploys this stack after another one that it does not refer to.
    pub fn depends_on(&self, other: &Stack) {
        self.with(|stack| stack.depends_on.push(other.index));
    }

    /// Declares an output, shown after a deploy.
    pub fn output(&self, name: &str, value: impl IntoValue<String>) {
        self.add_output(name, Output::new(value));
    }

    /// Declares an output with a description.
    pub fn described_output(&self, name: &str, value: impl IntoValue<String>, description: &str) {
        self.add_output(name, Output::new(value).description(description));
    }

    /// Declares an output that is exported, or there only where a condition holds.
    ///
    /// ```
    /// use flagcdk_core::{App, Condition, Output, Placement, Region, Value};
    ///
    /// let app = App::new("shop", Region::EU_WEST_1);
    /// let stack = app.stack("Orders", Placement::EveryRegion);
    /// let home = stack.condition("IsHome", Condition::equals(Value::region(), "eu-west-1"));
    /// stack.add_output("Region", Output::new(Value::region()).export_name("shop-home-region").condition(&home));
    /// assert!(app.synth()?.template("Orders").contains("shop-home-region"));
    /// # Ok::<(), flagcdk_core::SynthError>(())
    /// ```
    pub fn add_output(&self, name: &str, output: Output) {
        self.unique("output", name, |stack| stack.outputs.insert(name.to_owned(), output).is_some());
    }

    /// Declares a parameter and gives its value.
    pub fn parameter(&self, name: &str, parameter: Parameter) -> Value<String> {
        self.unique("parameter", name, |stack| stack.parameters.insert(name.to_owned(), parameter).is_some());
        Value::from_expr(Expr::Parameter(name.to_owned()))
    }

    /// Declares a mapping of two levels; read it with [`Value::find_in_map`].
    ///
    /// ```
    /// # use flagcdk_core::{App, Placement, Region, Value};
    /// # let stack = App::new("shop", Region::EU_WEST_1).stack("Orders", Placement::Home);
    /// stack.mapping("Sizes", [("dev", [("Nodes", 1)]), ("prod", [("Nodes", 6)])]);
    /// let nodes = Value::<i64>::find_in_map("Sizes", "prod", "Nodes");
    /// ```
    pub fn mapping<K, R, C, V>(&self, name: &str, entries: impl IntoIterator<Item = (K, R)>)
    where
        K: Into<String>,
        R: IntoIterator<Item = (C, V)>,
        C: Into<String>,
        V: Into<Json>,
    {
        let row = |row: R| row.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        let entries: serde_json::Map<_, _> =
            entries.into_iter().map(|(key, values)| (key.into(), row(values))).collect();
        self.unique("mapping", name, |stack| stack.mappings.insert(name.to_owned(), entries.into()).is_some());
    }

    /// A value that differs by region and is known now: it goes into a mapping with the region's name as key.
    ///
    /// ```
    /// use flagcdk_core::{App, Placement, RawResource, Region};
    ///
    /// let app = App::new("shop", Region::EU_WEST_1).regions([Region::EU_WEST_1, Region::US_EAST_1]);
    /// let stack = app.stack("Network", Placement::EveryRegion);
    /// let cidr = stack.by_region("VpcCidr", |region| match region {
    ///     Region::EU_WEST_1 => "10.0.0.0/16".into(),
    ///     _ => "10.1.0.0/16".into(),
    /// });
    /// stack.add("Vpc", RawResource::new("AWS::EC2::VPC").set("CidrBlock", cidr));
    /// ```
    pub fn by_region(&self, name: &str, value: impl Fn(Region) -> String) -> Value<String> {
        let row = |region: Region| (region.to_string(), BTreeMap::from([("Value".to_owned(), json!(value(region)))]));
        self.mapping(name, self.regions().into_iter().map(row));
        Value::find_in_map(name, Value::region(), "Value")
    }

    /// A value that differs by region and is known only once earlier stacks are deployed: the deploy reads it in each
    /// region and writes it into the template.
    pub fn look_up(&self, mapping: &str, key: &str, kind: LookUpKind) -> Value<String> {
        Value::from_expr(Expr::LookUp { mapping: mapping.to_owned(), key: key.to_owned(), kind })
    }

    /// Declares a condition.
    pub fn condition(&self, name: &str, test: impl Into<Test>) -> Condition {
        let test = test.into().0;
        self.unique("condition", name, |stack| stack.conditions.insert(name.to_owned(), test).is_some());
        Condition::named(name)
    }

    /// Adds a macro to the template's `Transform`: its name, or an object of `Name` and `Parameters`. The same one again adds
    /// nothing.
    ///
    /// StackSets take no macros, so that one in a stack of every region is reported.
    /// See [Transform](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-section-structure.html).
    ///
    /// ```
    /// use flagcdk_core::{App, Placement, Region};
    ///
    /// let app = App::new("shop", Region::EU_WEST_1);
    /// app.stack("Orders", Placement::Home).transform("AWS::LanguageExtensions");
    /// assert!(app.synth()?.template("Orders").contains("AWS::LanguageExtensions"));
    /// # Ok::<(), flagcdk_core::SynthError>(())
    /// ```
    pub fn transform(&self, name: impl Into<Json>) {
        let name = name.into();
        if self.placement() == Placement::EveryRegion {
            self.error(
                "synth::macro-in-stack-set",
                format!("the stack is in every region, and StackSets take no macros, got {name}"),
                "compute in the app what the macro does, or place the stack in the home region",
            );
        }
        self.with(|stack| {
            if !stack.transforms.contains(&name) {
                stack.transforms.push(name);
            }
        });
    }

    /// Declares a rule, which checks parameters before anything is made.
    ///
    /// See [Rules](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html).
    ///
    /// ```
    /// use flagcdk_core::{App, Parameter, Placement, Region};
    /// use serde_json::{Value as Json, json};
    ///
    /// let app = App::new("shop", Region::EU_WEST_1);
    /// let stack = app.stack("Orders", Placement::Home);
    /// stack.parameter("Size", Parameter::string().default_value("small"));
    /// stack.rule("KnownSize", json!({
    ///     "Assertions": [{ "Assert": { "Fn::Contains": [["small", "large"], { "Ref": "Size" }] } }],
    /// }));
    /// assert!(app.synth()?.template("Orders").contains("KnownSize"));
    /// # Ok::<(), flagcdk_core::SynthError>(())
    /// ```
    pub fn rule(&self, name: &str, rule: impl Into<Expr>) {
        let rule = rule.into();
        self.unique("rule", name, |stack| stack.rules.insert(name.to_owned(), rule).is_some());
    }

    /// Sets an entry of the template's own `Metadata`, in place of an earlier one.
    ///
    /// See [Metadata](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/metadata-section-structure.html).
    pub fn metadata(&self, key: impl Into<String>, value: impl Into<Json>) {
        self.with(|stack| stack.metadata.insert(key.into(), value.into()));
    }

    /// Sets a part of the template as it is, for what no method here can say. What stands at the path, or in its way, gives way.
    ///
    /// ```
    /// use flagcdk_core::{App, Placement, Region};
    /// use serde_json::json;
    ///
    /// let app = App::new("shop", Region::EU_WEST_1);
    /// let stack = app.stack("Orders", Placement::Home);
    /// stack.transform("AWS::LanguageExtensions");
    /// let topic = json!({ "Topic${Name}": { "Type": "AWS::SNS::Topic" } });
    /// stack.template_entry(["Resources", "Fn::ForEach::Topics"], json!(["Name", ["Paid", "Sent"], topic]));
    /// assert!(app.synth()?.template("Orders").contains("Fn::ForEach::Topics"));
    /// # Ok::<(), flagcdk_core::SynthError>(())
    /// ```
    pub fn template_entry<P: Into<String>>(&self, path: impl IntoIterator<Item = P>, value: impl Into<Expr>) {
        let path = path.into_iter().map(Into::into).collect();
        let value = value.into();
        self.with(|stack| stack.entries.push((path, value)));
    }

    /// Runs a declaration that says whether it took the place of another, which is a finding.
    fn unique(&self, what: &str, name: &str, declare: impl FnOnce(&mut StackData) -> bool) {
        if self.with(declare) {
            self.error(
                &format!("synth::duplicate-{what}"),
                format!("the stack declares the {what} `{name}` twice"),
                "give one of the two another name",
            );
        }
        let alphanumeric = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        if !alphanumeric {
            self.error(
                "synth::bad-name",
                format!("`{name}` cannot be the name of a {what}"),
                "CloudFormation takes ASCII letters and digits alone",
            );
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut StackData) -> T) -> T {
        change(&mut self.tree.borrow_mut().stacks[self.index.0])
    }
}

impl Deref for Stack {
    type Target = Scope;

    fn deref(&self) -> &Scope {
        &self.scope
    }
}
