//! Templates in YAML.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag, options};
use serde_json::{Map, Value as Json};

use super::{MAX_DEPTH, Problem, ProblemKind, TemplateTextError, kind_of, scalar, short_form};

/// Reads YAML.
pub(super) fn parse(text: &str) -> Result<Json, TemplateTextError> {
    let mut reader = Reader { problems: Vec::new(), stack: Vec::new(), root: None };
    // libyaml's reading of a block of text at the end of a file, which is also CloudFormation's.
    let options = options! { block_scalar_eof_without_line_feed: true, emit_unresolved_aliases: true };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => {
                if reader.event(event, &span).is_none() {
                    break;
                }
            }
            Err(error) => {
                let marker = error.marker();
                let rest = text.lines().nth(marker.line().saturating_sub(1)).unwrap_or_default();
                let at_tag = rest.chars().nth(marker.col()) == Some('!');
                // What stands behind the first of two short forms the parser takes for nothing.
                if at_tag {
                    reader.problems.pop_if(|last| matches!(last.kind, ProblemKind::BadArgument { got: "nothing", .. }));
                }
                let kind = if at_tag { ProblemKind::TwoShortForms } else { ProblemKind::Syntax(error.info()) };
                reader.problems.push(Problem { line: marker.line(), column: marker.col() + 1, kind });
                break;
            }
        }
    }
    reader.finish()
}

/// Builds JSON of events; goes on after what is wrong, to find all of it.
struct Reader {
    problems: Vec<Problem>,
    stack: Vec<Open>,
    root: Option<Json>,
}

/// A list or an object that is not closed yet.
struct Open {
    tag: Option<String>,
    place: Place,
    content: Content,
}

enum Content {
    List(Vec<Json>),
    Object { entries: Map<String, Json>, key: Option<String>, first_lines: BTreeMap<String, usize> },
}

#[derive(Clone, Copy)]
struct Place {
    line: usize,
    column: usize,
}

impl Reader {
    /// Takes one event; `None` if there is no sense in going on.
    fn event(&mut self, event: Event<'_>, span: &Span) -> Option<()> {
        let marker = span.tag_start().unwrap_or(span.start);
        let place = Place { line: marker.line(), column: marker.col() + 1 };
        match event {
            Event::Scalar(text, style, _, tag) => {
                if self.wants_key() {
                    self.key(&text, tag.is_some(), style, place);
                } else {
                    let value = self.scalar(&text, style, tag.as_deref(), place);
                    self.value(value);
                }
            }
            Event::SequenceStart(_, _, tag) => self.open(tag.as_deref(), Content::List(Vec::new()), place)?,
            Event::MappingStart(_, _, tag) => {
                let content = Content::Object { entries: Map::new(), key: None, first_lines: BTreeMap::new() };
                self.open(tag.as_deref(), content, place)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.problem(place, ProblemKind::Alias);
                if self.wants_key() {
                    self.key("*", false, ScalarStyle::DoubleQuoted, place);
                } else {
                    self.value(Json::Null);
                }
            }
            Event::DocumentStart(..) if self.root.is_some() => {
                self.problem(place, ProblemKind::SecondDocument);
                return None;
            }
            _ => {}
        }
        Some(())
    }

    fn finish(mut self) -> Result<Json, TemplateTextError> {
        let root = self.root.take().unwrap_or(Json::Null);
        if self.problems.is_empty() && !root.is_object() {
            self.problem(Place { line: 1, column: 1 }, ProblemKind::NotAnObject(kind_of(&root)));
        }
        if self.problems.is_empty() {
            return Ok(root);
        }
        self.problems.sort_by_key(|problem| (problem.line, problem.column));
        Err(TemplateTextError { problems: self.problems })
    }

    fn problem(&mut self, place: Place, kind: ProblemKind) {
        self.problems.push(Problem { line: place.line, column: place.column, kind });
    }

    fn wants_key(&self) -> bool {
        matches!(self.stack.last(), Some(Open { content: Content::Object { key: None, .. }, .. }))
    }

    fn key(&mut self, text: &str, tagged: bool, style: ScalarStyle, place: Place) {
        if tagged {
            self.problem(place, ProblemKind::ComplexKey);
        }
        if text == "<<" && style == ScalarStyle::Plain {
            self.problem(place, ProblemKind::MergeKey);
        }
        if let Some(Open { content: Content::Object { key, first_lines, .. }, .. }) = self.stack.last_mut() {
            *key = Some(text.to_owned());
            let first_line = first_lines.insert(text.to_owned(), place.line);
            if first_line.is_some() {
                self.problem(place, ProblemKind::DuplicateKey { key: text.to_owned(), first_line });
            }
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, place: Place) -> Json {
        let plain = || if style == ScalarStyle::Plain { scalar::resolve(text) } else { text.into() };
        let Some(tag) = tag else { return plain() };
        match tag.core_suffix() {
            Some("str") => text.into(),
            // Whatever was written, the tag asks for what a plain word of that form means.
            Some("int" | "float" | "bool" | "null") => scalar::resolve(text),
            _ => match local_name(tag) {
                Some("") => self.lone(text, style, place),
                Some(name) if text.is_empty() && style == ScalarStyle::Plain => self.expand(name, Json::Null, place),
                // What `!Ref`, `!Sub` and `!GetAtt` name is a text even if it looks like a number.
                Some(name @ ("Ref" | "Condition" | "GetAtt" | "Sub" | "ImportValue")) => {
                    self.expand(name, text.into(), place)
                }
                Some(name) => self.expand(name, plain(), place),
                None => self.unknown(tag, place),
            },
        }
    }

    /// What a lone `!` stands before is a text, unless it was to be a function.
    fn lone(&mut self, text: &str, style: ScalarStyle, place: Place) -> Json {
        let function = short_form::function_in(text);
        if style == ScalarStyle::Plain && (text.is_empty() || function.is_some()) {
            self.problem(place, ProblemKind::LoneTag { function });
        }
        text.into()
    }

    fn expand(&mut self, name: &str, argument: Json, place: Place) -> Json {
        short_form::expand(name, argument).unwrap_or_else(|kind| {
            self.problem(place, kind);
            Json::Null
        })
    }

    fn unknown(&mut self, tag: &Tag, place: Place) -> Json {
        self.problem(place, ProblemKind::UnknownTag(format!("{}{}", tag.handle(), tag.suffix())));
        Json::Null
    }

    fn open(&mut self, tag: Option<&Tag>, content: Content, place: Place) -> Option<()> {
        if self.stack.len() >= MAX_DEPTH {
            self.problem(place, ProblemKind::TooDeep);
            return None;
        }
        if self.wants_key() {
            self.problem(place, ProblemKind::ComplexKey);
            return None;
        }
        let tag = tag.filter(|tag| !matches!(tag.core_suffix(), Some("map" | "seq"))).and_then(|tag| {
            let name = local_name(tag).map(str::to_owned);
            if name.is_none() {
                self.unknown(tag, place);
            }
            name.filter(|name| !name.is_empty())
        });
        self.stack.push(Open { tag, place, content });
        Some(())
    }

    fn close(&mut self) {
        let Some(Open { tag, place, content }) = self.stack.pop() else { return };
        let value = match content {
            Content::List(items) => items.into(),
            Content::Object { entries, .. } => entries.into(),
        };
        let value = match tag {
            Some(name) => self.expand(&name, value, place),
            None => value,
        };
        self.value(value);
    }

    fn value(&mut self, value: Json) {
        match self.stack.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(value),
            Some(Content::List(items)) => items.push(value),
            Some(Content::Object { entries, key, .. }) => {
                let key = key.take().expect("a value of an object comes after its key");
                let value = if key == "Fn::GetAtt" { short_form::split_attribute(value) } else { value };
                entries.insert(key, value);
            }
        }
    }
}

/// `Sub` of `!Sub`; empty for a lone `!`, which says that a word is a text.
fn local_name(tag: &Tag) -> Option<&str> {
    match (tag.handle(), tag.suffix()) {
        ("!", name) => Some(name),
        ("", "!") => Some(""),
        _ => None,
    }
}
