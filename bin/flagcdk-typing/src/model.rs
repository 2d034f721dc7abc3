//! What is generated, before it is text.

/// A resource type with all that its file has.
#[derive(Debug)]
pub struct Resource {
    /// Such as `AWS::SQS::Queue`.
    pub type_name: String,
    /// The resource itself comes first, then its property types by name.
    pub structs: Vec<Struct>,
    /// By name.
    pub enums: Vec<Enum>,
    /// By name.
    pub attributes: Vec<Attribute>,
    pub reference: Kind,
    pub tags: Option<Tags>,
    /// Whether the shared tag belongs to the property types.
    pub has_tag: bool,
}

/// A resource or a property type.
#[derive(Clone, Debug)]
pub struct Struct {
    /// In Rust.
    pub name: String,
    pub documentation: String,
    /// CloudFormation's name of the property type, which AWS's page has; none for the resource itself and for types that
    /// have no name in the schema.
    pub definition: Option<String>,
    /// By name.
    pub properties: Vec<Property>,
    /// Where JSON is accepted, this type is too.
    pub is_json: bool,
}

/// A property with its setter.
#[derive(Clone, Debug)]
pub struct Property {
    /// CloudFormation's name.
    pub name: String,
    /// The setter's name, not escaped.
    pub setter: String,
    /// The name of the marker, if the property is required.
    pub required: Option<String>,
    pub kind: Kind,
    pub documentation: String,
    /// What the schema says of values, as sentences.
    pub facts: Vec<String>,
}

/// What kind of values there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
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
pub struct Enum {
    pub name: String,
    pub documentation: String,
    /// Constants and what they stand for.
    pub values: Vec<(String, String)>,
}

/// What `Fn::GetAtt` gives.
#[derive(Debug)]
pub struct Attribute {
    /// CloudFormation's name, with dots.
    pub name: String,
    pub constant: String,
    pub kind: Kind,
    pub documentation: String,
}

/// The property that takes tags, and its form.
#[derive(Debug)]
pub enum Tags {
    List(String),
    Map(String),
}
