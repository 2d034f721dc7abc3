//! The intermediate tree: a template's values as the typed constructs would write them.
//!
//! It is made from a template once, by [`shape`](crate::shape), and read twice: as Rust source, and as data that is applied to
//! a stack.

use serde_json::Value as Json;

use crate::types::Kind;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Code {
    Text(String),
    Bool(bool),
    Integer(i64),
    Number(f64),
    /// A known value of an enum: the enum's path, the constant, and the text that it stands for.
    Constant(String, String, String),
    List(Vec<Code>),
    Map(Vec<(String, Code)>),
    /// A property type: its path, and its properties.
    Struct(String, Vec<Field>),
    /// JSON without anything in it that would be typed.
    Json(Json),
    /// What does not fit where it stands, or has no typed form.
    Untyped(Box<Code>),
    /// `Ref` of a resource.
    Reference(String),
    /// `Fn::GetAtt`: the resource, and the attribute.
    Attribute(String, String),
    /// `Ref` of a parameter.
    Parameter(String),
    Pseudo(Pseudo),
    /// Parts joined without a separator.
    Concat(Vec<Code>),
    /// `Fn::Sub` with variables, for texts that read better whole.
    Sub(String, Vec<(String, Code)>),
    Join(String, Box<Code>),
    Split(String, Box<Code>),
    Select(usize, Box<Code>),
    /// `Fn::If`: the condition's name, and both branches.
    If(String, Box<Code>, Box<Code>),
    FindInMap(Box<[Code; 3]>),
    /// `Fn::GetAZs` of the stack's region.
    AvailabilityZones,
    /// `Fn::Cidr`: the block, how many subnets, and how many bits each has.
    Cidr(Box<Code>, u8, u8),
    Base64(Box<Code>),
    Import(Box<Code>),
}

/// A property with its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// CloudFormation's name.
    pub(crate) name: String,
    /// The setter and what it takes; none where there is no setter.
    pub(crate) setter: Option<(String, Kind)>,
    pub(crate) value: Code,
}

/// A pseudo parameter that the core has a function for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pseudo {
    AccountId,
    NoValue,
    Partition,
    Region,
    StackId,
    StackName,
    UrlSuffix,
}

/// What a condition says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    Equals(Code, Code),
    Not(Box<Test>),
    All(Vec<Test>),
    Any(Vec<Test>),
    Named(String),
    /// What has no typed form.
    Raw(Json),
}

impl Pseudo {
    /// The pseudo parameter of a name such as `AWS::Region`, if there is a function for it.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "AWS::AccountId" => Self::AccountId,
            "AWS::NoValue" => Self::NoValue,
            "AWS::Partition" => Self::Partition,
            "AWS::Region" => Self::Region,
            "AWS::StackId" => Self::StackId,
            "AWS::StackName" => Self::StackName,
            "AWS::URLSuffix" => Self::UrlSuffix,
            _ => return None,
        })
    }
}

impl Code {
    /// A value without a type.
    pub(crate) fn untyped(code: Self) -> Self {
        match code {
            Self::Untyped(_) => code,
            other => Self::Untyped(Box::new(other)),
        }
    }

    /// Calls `visit` on this value and on every value inside it.
    pub(crate) fn walk(&self, visit: &mut dyn FnMut(&Code)) {
        visit(self);
        match self {
            Self::List(items) | Self::Concat(items) => items.iter().for_each(|item| item.walk(visit)),
            Self::Map(entries) | Self::Sub(_, entries) => entries.iter().for_each(|(_, value)| value.walk(visit)),
            Self::Struct(_, fields) => fields.iter().for_each(|field| field.value.walk(visit)),
            Self::Untyped(inner)
            | Self::Join(_, inner)
            | Self::Split(_, inner)
            | Self::Select(_, inner)
            | Self::Cidr(inner, ..)
            | Self::Base64(inner)
            | Self::Import(inner) => inner.walk(visit),
            Self::If(_, then, otherwise) => {
                then.walk(visit);
                otherwise.walk(visit);
            }
            Self::FindInMap(keys) => keys.iter().for_each(|key| key.walk(visit)),
            _ => {}
        }
    }

    /// The value as plain JSON, if nothing in it is typed.
    pub(crate) fn as_json(&self) -> Option<Json> {
        Some(match self {
            Self::Text(text) => text.as_str().into(),
            Self::Bool(value) => (*value).into(),
            Self::Integer(value) => (*value).into(),
            Self::Number(value) => serde_json::Number::from_f64(*value)?.into(),
            Self::Json(json) => json.clone(),
            Self::Untyped(inner) => inner.as_json()?,
            Self::List(items) => items.iter().map(Self::as_json).collect::<Option<Vec<_>>>()?.into(),
            Self::Map(entries) => {
                let entries = entries.iter().map(|(name, value)| Some((name.clone(), value.as_json()?)));
                entries.collect::<Option<serde_json::Map<_, _>>>()?.into()
            }
            _ => return None,
        })
    }
}

impl Test {
    /// Calls `visit` on every value, and `named` on the name of every condition.
    pub(crate) fn walk(&self, visit: &mut dyn FnMut(&Code), named: &mut dyn FnMut(&str)) {
        match self {
            Self::Equals(left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            Self::Not(inner) => inner.walk(visit, named),
            Self::All(tests) | Self::Any(tests) => tests.iter().for_each(|test| test.walk(visit, named)),
            Self::Named(name) => named(name),
            Self::Raw(_) => {}
        }
    }
}
