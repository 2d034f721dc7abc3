//! Values of the intermediate tree as expressions of Rust.

use super::format::TEXT_MACRO;
use super::literals::{self, JsonLiterals};
use super::pieces::{Piece, Shape};
use super::variables::Variables;
use crate::code::{Code, Field, Pseudo};
use crate::program::{Program, ResourceCode};
use crate::types::Kind;

/// Writes values.
pub(super) struct Writer<'a> {
    pub(super) program: &'a Program,
    pub(super) variables: &'a Variables,
    pub(super) json: &'a mut JsonLiterals,
}

impl Writer<'_> {
    /// The expression that a setter of the kind takes.
    pub(super) fn argument(&mut self, code: &Code, kind: &Kind) -> Piece {
        match code {
            Code::Untyped(inner) => self.untyped_argument(inner, kind),
            Code::List(items) => match kind {
                Kind::List(item) => self.list(items, item),
                _ => self.untyped_argument(code, kind),
            },
            Code::Map(entries) => match kind {
                Kind::Map(item) => self.map(entries, item),
                _ => self.untyped_argument(code, kind),
            },
            Code::Json(json) if *kind == Kind::Json => Piece::new(self.json.add(json), Shape::Json),
            Code::Json(_) => self.untyped_argument(code, kind),
            _ if *kind == Kind::Json => match code.as_json() {
                Some(json) => Piece::new(self.json.add(&json), Shape::Json),
                None => self.value(code, kind).fit(kind),
            },
            _ => self.value(code, kind).fit(kind),
        }
    }

    /// The expression where an `impl Into<Expr>` is taken.
    pub(super) fn anything(&mut self, code: &Code) -> Piece {
        match code {
            Code::Untyped(inner) => self.anything(inner),
            Code::Json(json) => Piece::new(self.json.add(json), Shape::Json),
            Code::List(items) => {
                let items: Vec<String> = items.iter().map(|item| self.anything(item).expr()).collect();
                Piece::new(format!("Expr::List([{}].into())", items.join(", ")), Shape::Expr)
            }
            Code::Map(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(name, value)| format!("({}, {})", literals::text(name), self.anything(value).expr()))
                    .collect();
                Piece::new(format!("Expr::map([{}])", entries.join(", ")), Shape::Expr)
            }
            Code::Number(value) => Piece::new(format!("{value:?}"), Shape::Number),
            Code::Integer(value) => Piece::new(format!("{value}"), Shape::Integer),
            Code::If(..) => self.value(code, &Kind::Json),
            _ => self.value(code, &Kind::Text),
        }
    }

    /// A struct or resource with its setters.
    pub(super) fn fields(&mut self, start: String, fields: &[Field], without_setter: &str) -> String {
        fields.iter().fold(start, |source, field| match &field.setter {
            Some((setter, kind)) => format!("{source}.{setter}({})", self.argument(&field.value, kind).source),
            None => {
                let value = self.anything(&field.value);
                // There is no conversion of such numbers alone.
                let value = if value.shape == Shape::Number { value.expr() } else { value.into_expr() };
                format!("{source}.{without_setter}({}, {value})", literals::text(&field.name))
            }
        })
    }

    fn untyped_argument(&mut self, code: &Code, kind: &Kind) -> Piece {
        let expr = self.anything(code);
        if *kind == Kind::Json && matches!(expr.shape, Shape::Expr | Shape::Json) {
            return expr;
        }
        let of = if kind.is_textual() { "::<String>" } else { "" };
        let value = if kind.is_textual() { Kind::Text } else { kind.clone() };
        Piece::new(format!("Value{of}::from_expr({})", expr.expr()), Shape::Value(value))
    }

    fn value(&mut self, code: &Code, kind: &Kind) -> Piece {
        let of = self.type_argument(code, kind);
        match code {
            Code::Text(text) => Piece::new(literals::text(text), Shape::Text),
            Code::Bool(value) => Piece::new(value.to_string(), Shape::Bool),
            Code::Integer(value) => {
                let suffix = if i32::try_from(*value).is_ok() { "" } else { "_i64" };
                Piece::new(format!("{value}{suffix}"), Shape::Integer)
            }
            Code::Number(value) => Piece::new(literals::number(*value), Shape::Number),
            // A text of any kind is wanted, such as in a branch of `Value::<String>::when`.
            Code::Constant(_, _, text) if *kind == Kind::Text => Piece::new(literals::text(text), Shape::Text),
            Code::Constant(path, constant, text) => {
                let shape = Shape::Constant(path.clone(), text.clone());
                Piece::new(format!("cfn::{path}::{constant}"), shape)
            }
            Code::Struct(path, fields) => {
                let source = self.fields(format!("cfn::{path}::new()"), fields, "with");
                Piece::new(source, Shape::Struct(path.clone()))
            }
            Code::Parameter(name) => {
                Piece::new(format!("&{}", self.variables.parameters[name]), Shape::Borrowed(Kind::Text))
            }
            Code::Reference(id) => {
                let reference =
                    self.resource(id).and_then(|code| code.generated.as_ref()).map(|known| &known.reference);
                let kind = reference.cloned().unwrap_or(Kind::Text);
                Piece::new(format!("{}.reference()", self.variables.resources[id]), Shape::Value(kind))
            }
            Code::Attribute(id, name) => self.attribute(id, name, kind),
            Code::Pseudo(pseudo) => self.pseudo(*pseudo, kind, &of),
            Code::If(condition, then, otherwise) => {
                let result = if kind.is_textual() { Kind::Text } else { kind.clone() };
                let condition = &self.variables.conditions[condition];
                let (then, otherwise) = (self.argument(then, &result), self.argument(otherwise, &result));
                let source = format!("Value{of}::when(&{condition}, {}, {})", then.source, otherwise.source);
                Piece::new(source, Shape::Value(result))
            }
            Code::FindInMap(keys) => {
                let keys: Vec<String> = keys.iter().map(|key| self.text(key).source).collect();
                let result = if kind.is_textual() { Kind::Text } else { kind.clone() };
                Piece::new(format!("Value{of}::find_in_map({})", keys.join(", ")), Shape::Value(result))
            }
            Code::Import(name) => {
                let name = self.text(name).source;
                let result = if kind.is_textual() { Kind::Text } else { kind.clone() };
                Piece::new(format!("Value{of}::import({name})"), Shape::Value(result))
            }
            _ => self.text_function(code),
        }
    }

    /// Functions that give a text, or a list of texts.
    fn text_function(&mut self, code: &Code) -> Piece {
        match code {
            Code::Concat(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| self.text(part).source).collect();
                Piece::new(format!("{TEXT_MACRO}({})", parts.join(", ")), Shape::Value(Kind::Text))
            }
            Code::Sub(template, variables) if variables.is_empty() => {
                Piece::new(format!("Value::sub::<&str>({}, [])", literals::text(template)), Shape::Value(Kind::Text))
            }
            Code::Sub(template, variables) => {
                let variables: Vec<String> = variables
                    .iter()
                    .map(|(name, value)| format!("({name:?}, {})", self.text(value).exact(&Kind::Text).source))
                    .collect();
                let template = literals::text(template);
                Piece::new(format!("Value::sub({template}, [{}])", variables.join(", ")), Shape::Value(Kind::Text))
            }
            Code::Join(separator, list) => {
                let list = self.argument(list, &Kind::texts()).source;
                Piece::new(format!("Value::join({separator:?}, {list})"), Shape::Value(Kind::Text))
            }
            Code::Split(separator, whole) => {
                let whole = self.text(whole).source;
                Piece::new(format!("Value::split({separator:?}, {whole})"), Shape::Value(Kind::texts()))
            }
            Code::Select(index, list) => {
                let list = self.explicit_texts(list);
                Piece::new(format!("{list}.select({index})"), Shape::Value(Kind::Text))
            }
            Code::AvailabilityZones => Piece::new("Value::availability_zones()", Shape::Value(Kind::texts())),
            Code::Cidr(block, count, bits) => {
                let block = self.text(block).source;
                Piece::new(format!("Value::cidr({block}, {count}, {bits})"), Shape::Value(Kind::texts()))
            }
            Code::Base64(text) => {
                let text = self.text(text).source;
                Piece::new(format!("Value::base64({text})"), Shape::Value(Kind::Text))
            }
            _ => self.anything(code),
        }
    }

    fn text(&mut self, code: &Code) -> Piece {
        self.argument(code, &Kind::Text)
    }

    /// A `Value<Vec<String>>` of which the compiler knows that it is one.
    fn explicit_texts(&mut self, list: &Code) -> String {
        let kind = Kind::texts();
        let piece = self.argument(list, &kind);
        match (list, &piece.shape) {
            (Code::Split(..) | Code::AvailabilityZones | Code::Cidr(..), _) => piece.source,
            (_, Shape::Value(_)) => match piece.source.strip_suffix(".cast()") {
                Some(before) => format!("{before}.cast::<Vec<String>>()"),
                None if piece.source.starts_with("Value::") => {
                    piece.source.replacen("Value::", "Value::<Vec<String>>::", 1)
                }
                None => piece.source,
            },
            _ => piece.exact(&kind).source,
        }
    }

    fn attribute(&mut self, id: &str, name: &str, kind: &Kind) -> Piece {
        let variable = &self.variables.resources[id];
        let known = self.resource(id).and_then(|code| code.generated.as_ref());
        if let Some((known, attribute)) = known.and_then(|known| Some((known, known.attributes.get(name)?))) {
            let source = format!("{variable}.get(cfn::{}::{})", known.path, attribute.constant);
            return Piece::new(source, Shape::Value(attribute.kind.clone()));
        }
        let (of, kind) = if kind.is_textual() { ("::<String>", Kind::Text) } else { ("", kind.clone()) };
        Piece::new(format!("{variable}.raw_attribute{of}({name:?})"), Shape::Value(kind))
    }

    fn pseudo(&mut self, pseudo: Pseudo, kind: &Kind, of: &str) -> Piece {
        let function = match pseudo {
            Pseudo::NoValue => {
                let result = if kind.is_textual() { Kind::Text } else { kind.clone() };
                return Piece::new(format!("Value{of}::no_value()"), Shape::Value(result));
            }
            Pseudo::AccountId => "account_id",
            Pseudo::Partition => "partition",
            Pseudo::Region => "region",
            Pseudo::StackId => "stack_id",
            Pseudo::StackName => "stack_name",
            Pseudo::UrlSuffix => "url_suffix",
        };
        Piece::new(format!("Value::{function}()"), Shape::Value(Kind::Text))
    }

    fn list(&mut self, items: &[Code], kind: &Kind) -> Piece {
        let pieces: Vec<Piece> = items.iter().map(|item| self.argument(item, kind)).collect();
        let (shape, sources) = alike(pieces, kind);
        let Some(shape) = shape else {
            let of = if kind.is_textual() || *kind == Kind::Arn { "String".to_owned() } else { kind.rust() };
            return Piece::new(format!("Vec::<{of}>::new()"), Shape::Array(Box::new(Shape::Text), 0));
        };
        Piece::new(format!("[{}]", sources.join(", ")), Shape::Array(Box::new(shape), items.len()))
    }

    fn map(&mut self, entries: &[(String, Code)], kind: &Kind) -> Piece {
        let pieces: Vec<Piece> = entries.iter().map(|(_, value)| self.argument(value, kind)).collect();
        let (shape, sources) = alike(pieces, kind);
        let Some(shape) = shape else {
            let of = if kind.is_textual() || *kind == Kind::Arn { "String".to_owned() } else { kind.rust() };
            return Piece::new(format!("BTreeMap::<String, {of}>::new()"), Shape::Entries(Box::new(Shape::Text), 0));
        };
        let entries: Vec<String> = entries
            .iter()
            .zip(sources)
            .map(|((name, _), value)| format!("({}, {value})", literals::text(name)))
            .collect();
        Piece::new(format!("[{}]", entries.join(", ")), Shape::Entries(Box::new(shape), entries.len()))
    }

    /// What the compiler has to be told of a function that can give a value of any kind.
    fn type_argument(&self, code: &Code, kind: &Kind) -> String {
        let is_in_json = *kind == Kind::Json && matches!(code, Code::If(..));
        if kind.is_textual() {
            "::<String>".to_owned()
        } else if is_in_json {
            "::<Json>".to_owned()
        } else {
            String::new()
        }
    }

    fn resource(&self, id: &str) -> Option<&ResourceCode> {
        self.program.resources.iter().find(|resource| resource.id == id)
    }
}

/// The expressions of a list, all of one type; without any, there is no type.
fn alike(pieces: Vec<Piece>, kind: &Kind) -> (Option<Shape>, Vec<String>) {
    let Some(first) = pieces.first().map(|piece| piece.shape.clone()) else { return (None, Vec::new()) };
    let is_same_constant = |shape: &Shape| match (shape, &first) {
        (Shape::Constant(one, _), Shape::Constant(other, _)) => one == other,
        (one, other) => one == other,
    };
    if pieces.iter().all(|piece| is_same_constant(&piece.shape)) {
        return (Some(first), pieces.into_iter().map(|piece| piece.source).collect());
    }
    let texts: Option<Vec<String>> = pieces
        .iter()
        .map(|piece| match &piece.shape {
            Shape::Constant(_, text) => Some(literals::text(text)),
            Shape::Text => Some(piece.source.clone()),
            _ => None,
        })
        .collect();
    if let Some(texts) = texts {
        return (Some(Shape::Text), texts);
    }
    let exact: Vec<String> = pieces.into_iter().map(|piece| piece.exact(kind).source).collect();
    (Some(Shape::Value(kind.clone())), exact)
}
