//! A template file: its JSON, and where in the text each part stands.

use std::collections::BTreeMap;

use flagcdk_assembly::Finding;
use flagcdk_core::template_text;
use granit_parser::{Event, Parser, Span, Tag, options};
use serde_json::Value as Json;

/// A template as it was read: what it says, and where.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    json: Json,
    places: BTreeMap<Vec<String>, (usize, usize)>,
}

impl Source {
    /// Reads the text of a template, JSON or YAML with short forms. The name is that of the file, for messages.
    ///
    /// # Errors
    /// Everything that is wrong with the text, each with file, line and column.
    pub fn parse(name: impl Into<String>, text: &str) -> Result<Self, Vec<Finding>> {
        let name = name.into();
        match template_text::parse(text) {
            Ok(json) => Ok(Self { name, json, places: places(text) }),
            Err(error) => {
                let finding = |problem: &template_text::Problem| {
                    let path = format!("{name}:{}:{}", problem.line, problem.column);
                    Finding::error("migrate::text", path, problem.kind.to_string(), problem.kind.help())
                };
                Err(error.problems.iter().map(finding).collect())
            }
        }
    }

    /// The name of the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The template as JSON, with short forms written out.
    pub fn json(&self) -> &Json {
        &self.json
    }

    /// `file:line:column` of a part of the template and the part's path, or of the nearest part around it.
    pub(crate) fn locate(&self, path: &[String]) -> String {
        let place = (0..=path.len()).rev().find_map(|length| self.places.get(&path[..length]));
        let (line, column) = place.copied().unwrap_or((1, 1));
        let separator = if path.is_empty() { "" } else { " " };
        format!("{}:{line}:{column}{separator}{}", self.name, path.join("/"))
    }

    /// The order in the text of the entries of a section.
    pub(crate) fn rank(&self, path: &[String]) -> (usize, usize) {
        self.places.get(path).copied().unwrap_or((usize::MAX, 0))
    }
}

/// The line and column of every key and every item, by its path in the JSON, where short forms have their full names.
fn places(text: &str) -> BTreeMap<Vec<String>, (usize, usize)> {
    let mut walk = Walk { places: BTreeMap::new(), open: Vec::new(), path: Vec::new() };
    let options = options! { block_scalar_eof_without_line_feed: true, emit_unresolved_aliases: true };
    for event in Parser::new_from_str_with_options(text.trim_start_matches('\u{feff}'), options) {
        // The text was read before: what is odd here costs only precision of messages.
        let Ok((event, span)) = event else { break };
        walk.event(&event, &span);
    }
    walk.places
}

/// Follows the events with the path at which they are.
struct Walk {
    places: BTreeMap<Vec<String>, (usize, usize)>,
    open: Vec<Open>,
    path: Vec<String>,
}

struct Open {
    /// How long the path is inside, without the current key or number.
    depth: usize,
    /// The number of the next item of a list; none for an object.
    next: Option<usize>,
    /// Whether the next event is a key.
    wants_key: bool,
}

impl Walk {
    fn event(&mut self, event: &Event<'_>, span: &Span) {
        let marker = span.tag_start().unwrap_or(span.start);
        let place = (marker.line(), marker.col() + 1);
        match event {
            Event::Scalar(text, ..) if self.open.last().is_some_and(|open| open.wants_key) => self.key(text, place),
            Event::Scalar(..) | Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.begin(place);
                self.end();
            }
            Event::SequenceStart(_, _, tag) => self.enter(tag.as_deref(), Some(0), place),
            Event::MappingStart(_, _, tag) => self.enter(tag.as_deref(), None, place),
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
                self.end();
            }
            _ => {}
        }
    }

    fn key(&mut self, text: &str, place: (usize, usize)) {
        let Some(open) = self.open.last_mut() else { return };
        open.wants_key = false;
        self.path.truncate(open.depth);
        self.path.push(text.to_owned());
        self.places.entry(self.path.clone()).or_insert(place);
    }

    /// A value begins: an item of a list gets its number.
    fn begin(&mut self, place: (usize, usize)) {
        if let Some(Open { depth, next: Some(next), .. }) = self.open.last_mut() {
            self.path.truncate(*depth);
            self.path.push(next.to_string());
            *next += 1;
            self.places.entry(self.path.clone()).or_insert(place);
        }
    }

    fn end(&mut self) {
        if let Some(open) = self.open.last_mut() {
            self.path.truncate(open.depth);
            open.wants_key = open.next.is_none();
        }
    }

    fn enter(&mut self, tag: Option<&Tag>, next: Option<usize>, place: (usize, usize)) {
        self.begin(place);
        if let Some(name) = tag.filter(|tag| tag.handle() == "!").map(Tag::suffix) {
            let name = if matches!(name, "Ref" | "Condition") { name.to_owned() } else { format!("Fn::{name}") };
            self.path.push(name);
            self.places.entry(self.path.clone()).or_insert(place);
        }
        self.open.push(Open { depth: self.path.len(), next, wants_key: next.is_none() });
    }
}
