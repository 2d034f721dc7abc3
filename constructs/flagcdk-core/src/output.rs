//! Parameters and outputs of a template.

use serde_json::{Map, Value as Json};

use crate::{Condition, Expr, IntoValue};

/// A parameter of a template. Prefer plain Rust values, which are known when the app is synthesized and can be checked.
///
/// See [parameters](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html).
///
/// ```
/// use flagcdk_core::{App, Parameter, Placement, RawResource, Region};
///
/// let stack = App::new("shop", Region::EU_WEST_1).stack("Web", Placement::Home);
/// let size = Parameter::string().default_value("t3.micro").allowed_values(["t3.micro", "t3.small"]);
/// let size = stack.parameter("Size", size);
/// stack.add("Host", RawResource::new("AWS::EC2::Instance").set("InstanceType", size));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter(pub(crate) Map<String, Json>);

/// An output of a template with more than a value, for [`Stack::add_output`](crate::Stack::add_output).
///
/// See [outputs](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html).
///
/// ```
/// use flagcdk_core::{App, Output, Placement, Region, Value};
///
/// let stack = App::new("shop", Region::EU_WEST_1).stack("Web", Placement::Home);
/// stack.add_output("Region", Output::new(Value::region()).description("where it runs").export_name("web-region"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    pub(crate) value: Expr,
    pub(crate) description: Option<String>,
    pub(crate) export: Option<Expr>,
    pub(crate) condition: Option<String>,
}

impl Parameter {
    /// A parameter of type `String` without a default.
    pub fn string() -> Self {
        Self::of_type("String")
    }

    /// A parameter of another type, such as `Number` or `AWS::EC2::Image::Id`.
    pub fn of_type(kind: impl Into<String>) -> Self {
        Self(Map::new()).with("Type", kind.into())
    }

    /// A parameter as a template says it, `Type` and all.
    pub fn from_json(entries: Map<String, Json>) -> Self {
        Self(entries)
    }

    /// The value that is used when none is given.
    #[must_use]
    pub fn default_value(self, value: impl Into<String>) -> Self {
        self.with("Default", value.into())
    }

    /// What the parameter is for.
    #[must_use]
    pub fn description(self, text: impl Into<String>) -> Self {
        self.with("Description", text.into())
    }

    /// Hides the value from everybody who describes the stack.
    #[must_use]
    pub fn no_echo(self) -> Self {
        self.with("NoEcho", true)
    }

    /// The only values that are taken.
    #[must_use]
    pub fn allowed_values<V: Into<String>>(self, values: impl IntoIterator<Item = V>) -> Self {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        self.with("AllowedValues", values)
    }

    /// A regular expression (of Java) that the whole value has to match.
    #[must_use]
    pub fn allowed_pattern(self, pattern: impl Into<String>) -> Self {
        self.with("AllowedPattern", pattern.into())
    }

    /// What is said when a value is refused.
    #[must_use]
    pub fn constraint_description(self, text: impl Into<String>) -> Self {
        self.with("ConstraintDescription", text.into())
    }

    /// The fewest and the most characters of a `String`.
    #[must_use]
    pub fn length(self, least: u32, most: u32) -> Self {
        self.with("MinLength", least).with("MaxLength", most)
    }

    /// The least and the greatest value of a `Number`.
    #[must_use]
    pub fn range(self, least: i64, most: i64) -> Self {
        self.with("MinValue", least).with("MaxValue", most)
    }

    /// Sets what has no method here, by CloudFormation's name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }
}

impl Output {
    /// An output with a value.
    pub fn new(value: impl IntoValue<String>) -> Self {
        Self { value: value.into_value().into_expr(), description: None, export: None, condition: None }
    }

    /// What the value is.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Exports the value under a name that is unique in the account and region, for [`Value::import`](crate::Value::import)
    /// in other apps. Between stacks of one app a plain reference does it.
    #[must_use]
    pub fn export_name(mut self, name: impl IntoValue<String>) -> Self {
        self.export = Some(name.into_value().into_expr());
        self
    }

    /// Makes the output only where the condition holds.
    #[must_use]
    pub fn condition(mut self, condition: &Condition) -> Self {
        self.condition = Some(condition.name().to_owned());
        self
    }
}
