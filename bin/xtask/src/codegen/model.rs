//! What is generated, before it is text.

/// A resource type with all that its file has.
#[derive(Debug)]
pub(super) struct Resource {
    /// Such as `AWS::SQS::Queue`.
    pub(super) type_name: String,
    /// The resource itself comes first, then its property types by name.
    pub(super) structs: Vec<Struct>,
    /// By name.
    pub(super) enums: Vec<Enum>,
    /// By name.
    pub(super) attributes: Vec<Attribute>,
    pub(super) reference: Kind,
    pub(super) tags: Option<Tags>,
    /// Whether the shared tag belongs to the property types.
    pub(super) has_tag: bool,
}

/// A resource or a property type.
#[derive(Clone, Debug)]
pub(super) struct Struct {
    /// In Rust.
    pub(super) name: String,
    pub(super) documentation: String,
    /// CloudFormation's name of the property type, which AWS's page has; none for the resource itself and for types that
    /// have no name in the schema.
    pub(super) definition: Option<String>,
    /// By name.
    pub(super) properties: Vec<Property>,
    /// Where JSON is accepted, this type is too.
    pub(super) is_json: bool,
}

/// A property with its setter.
#[derive(Clone, Debug)]
pub(super) struct Property {
    /// CloudFormation's name.
    pub(super) name: String,
    /// The setter's name, not escaped.
    pub(super) setter: String,
    /// The name of the marker, if the property is required.
    pub(super) required: Option<String>,
    pub(super) kind: Kind,
    pub(super) documentation: String,
    /// What the schema says of values, as sentences.
    pub(super) facts: Vec<String>,
}

/// What kind of values there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Arn,
    Boolean,
    Integer,
    Number,
    Json,
    List(Box<Kind>),
    Map(Box<Kind>),
    /// The tag that services share.
    Tag,
    /// A struct of the same file.
    Struct(String),
    /// A text of an enum of the same file.
    Enum(String),
}

/// A text with values that are known, and others that AWS may add.
#[derive(Clone, Debug)]
pub(super) struct Enum {
    pub(super) name: String,
    pub(super) documentation: String,
    /// Constants and what they stand for.
    pub(super) values: Vec<(String, String)>,
}

/// What `Fn::GetAtt` gives.
#[derive(Debug)]
pub(super) struct Attribute {
    /// CloudFormation's name, with dots.
    pub(super) name: String,
    pub(super) constant: String,
    pub(super) kind: Kind,
    pub(super) documentation: String,
}

/// The property that takes tags, and its form.
#[derive(Debug)]
pub(super) enum Tags {
    List(String),
    Map(String),
}
