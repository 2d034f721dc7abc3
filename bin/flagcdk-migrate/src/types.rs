//! What the types of `flagcdk-cfn` are called and what they take.

mod generated;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The generated type of a resource type, with its property types.
#[derive(Debug)]
pub(crate) struct ResourceType {
    /// The path of the resource's struct below `cfn`, such as `sqs::Queue`.
    pub(crate) path: String,
    /// The feature of `flagcdk-cfn` that has it.
    pub(crate) feature: String,
    /// What `Ref` gives.
    pub(crate) reference: Kind,
    /// What `Fn::GetAtt` gives, by CloudFormation's name.
    pub(crate) attributes: BTreeMap<String, Attribute>,
    /// The resource itself.
    pub(crate) resource: Struct,
    /// The property types, by the names that kinds have for them.
    pub(crate) structs: BTreeMap<String, Struct>,
    /// The constants of enums, by the enum's name and the value.
    pub(crate) constants: BTreeMap<(String, String), String>,
}

/// A struct with a setter for each property.
#[derive(Clone, Debug)]
pub(crate) struct Struct {
    /// The path below `cfn`, such as `sqs::queue::RedrivePolicy`.
    pub(crate) path: String,
    /// Whether JSON properties take it too.
    pub(crate) is_json: bool,
    /// The properties by CloudFormation's name.
    pub(crate) properties: BTreeMap<String, Property>,
}

/// A property of a struct.
#[derive(Clone, Debug)]
pub(crate) struct Property {
    /// The setter's name as it is written in code.
    pub(crate) setter: String,
    pub(crate) required: bool,
    pub(crate) kind: Kind,
}

/// An attribute of a resource.
#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    /// The name of the constant.
    pub(crate) constant: String,
    pub(crate) kind: Kind,
}

/// The kind of values that a property takes, or that a value is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Arn,
    Boolean,
    Integer,
    Number,
    Json,
    List(Box<Kind>),
    Map(Box<Kind>),
    Tag,
    /// A property type: the path below `cfn`, and the name within the resource type.
    Struct(String, String),
    /// An enum, in the same way.
    Enum(String, String),
}

impl Kind {
    /// A list of texts.
    pub(crate) fn texts() -> Self {
        Self::List(Box::new(Self::Text))
    }

    /// Whether setters of this kind take a `Value<String>` beside a value of the kind itself, so that the compiler has to be
    /// told which one is meant.
    pub(crate) fn is_textual(&self) -> bool {
        matches!(self, Self::Text | Self::Enum(..))
    }

    /// The type in Rust.
    pub(crate) fn rust(&self) -> String {
        match self {
            Self::Text => "String".to_owned(),
            Self::Arn => "Arn".to_owned(),
            Self::Boolean => "bool".to_owned(),
            Self::Integer => "i64".to_owned(),
            Self::Number => "f64".to_owned(),
            Self::Json => "Json".to_owned(),
            Self::List(item) => format!("Vec<{}>", item.rust()),
            Self::Map(item) => format!("BTreeMap<String, {}>", item.rust()),
            Self::Tag => "cfn::Tag".to_owned(),
            Self::Struct(path, _) => format!("cfn::{path}"),
            Self::Enum(path, _) => format!("cfn::Text<cfn::{path}>"),
        }
    }
}

/// All types, each made from its schema when it is asked for first.
#[derive(Debug, Default)]
pub(crate) struct Types {
    known: RefCell<BTreeMap<String, Option<Rc<ResourceType>>>>,
}

impl Types {
    /// The generated type of a resource type, if there is one.
    pub(crate) fn get(&self, type_name: &str) -> Option<Rc<ResourceType>> {
        let mut known = self.known.borrow_mut();
        let found =
            known.entry(type_name.to_owned()).or_insert_with(|| generated::resource_type(type_name).map(Rc::new));
        found.clone()
    }
}

/// The name of a variable for a name of CloudFormation's.
pub(crate) fn snake(name: &str) -> String {
    generated::snake(name)
}

/// A name as it is written in code: keywords with a prefix.
pub(crate) fn identifier(name: &str) -> String {
    generated::identifier(name)
}
