//! Expressions of Rust with their types, and how one type becomes another.

use crate::types::Kind;

/// An expression of Rust.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) source: String,
    pub(super) shape: Shape,
}

/// The type of an expression, as far as it matters for where it can stand.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// `"text"`.
    Text,
    /// `true`.
    Bool,
    /// `30`.
    Integer,
    /// `0.5`.
    Number,
    /// A constant of the enum at the path; the text is what it stands for.
    Constant(String, String),
    /// A `Value` of the kind.
    Value(Kind),
    /// A reference to one.
    Borrowed(Kind),
    /// A property type at the path.
    Struct(String),
    /// `json!(…)`.
    Json,
    /// An `Expr`.
    Expr,
    /// An array: what is in it, and of how many.
    Array(Box<Shape>, usize),
    /// A map.
    Entries(Box<Shape>, usize),
}

impl Piece {
    pub(super) fn new(source: impl Into<String>, shape: Shape) -> Self {
        Self { source: source.into(), shape }
    }

    /// The expression where a property of the kind is set. What is a value of another kind is made one of this kind.
    pub(super) fn fit(self, kind: &Kind) -> Self {
        let have = match &self.shape {
            Shape::Value(have) | Shape::Borrowed(have) => have,
            _ => return self,
        };
        let takes_text = matches!(kind, Kind::Enum(..));
        let fits = have == kind || *kind == Kind::Text && *have == Kind::Arn || takes_text && *have == Kind::Text;
        if fits {
            return self;
        }
        let owned = self.owned();
        if kind.is_textual() {
            Self::new(format!("{}.cast::<String>()", owned.source), Shape::Value(Kind::Text))
        } else {
            Self::new(format!("{}.cast()", owned.source), Shape::Value(kind.clone()))
        }
    }

    /// A value rather than a reference to one.
    pub(super) fn owned(self) -> Self {
        match self.shape {
            Shape::Borrowed(kind) => {
                let name = self.source.trim_start_matches('&');
                Self::new(format!("{name}.clone()"), Shape::Value(kind))
            }
            _ => self,
        }
    }

    /// The expression as a `Value` of the kind and nothing else.
    pub(super) fn exact(self, kind: &Kind) -> Self {
        let kind = if kind.is_textual() { &Kind::Text } else { kind };
        let piece = self.fit(kind).owned();
        let source = &piece.source;
        let converted = match &piece.shape {
            Shape::Value(have) if have == kind => return piece,
            Shape::Constant(_, text) => format!("Value::<String>::from({text:?})"),
            Shape::Text if *kind == Kind::Arn => format!("IntoValue::<Arn>::into_value({source})"),
            _ if *kind == Kind::Text => format!("Value::<String>::from({source})"),
            Shape::Integer if *kind == Kind::Integer => format!("Value::<i64>::from({source})"),
            Shape::Bool => format!("Value::from({source})"),
            Shape::Json | Shape::Expr if *kind == Kind::Json => format!("Value::<Json>::from_expr({source}.into())"),
            Shape::Expr => format!("Value::<{}>::from_expr({source})", kind.rust()),
            Shape::Struct(_) => format!("{source}.into_value()"),
            _ => format!("IntoValue::<{}>::into_value({source})", kind.rust()),
        };
        Self::new(converted, Shape::Value(kind.clone()))
    }

    /// The expression where anything that becomes an `Expr` is taken.
    pub(super) fn into_expr(self) -> String {
        self.owned().source
    }

    /// The expression as an `Expr`.
    pub(super) fn expr(self) -> String {
        let piece = self.owned();
        match piece.shape {
            Shape::Expr => piece.source,
            Shape::Integer => format!("Expr::Integer({})", piece.source),
            Shape::Number => format!("Expr::Number({})", piece.source),
            _ => format!("Expr::from({})", piece.source),
        }
    }
}
