//! What a value of a template is compared with.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use flagcdk_core::Json;

/// What a value has to be like. JSON and plain values convert to one.
///
/// ```
/// use flagcdk::assertions::{Matcher, absent, array_with, exact, like, not, regex};
/// use serde_json::json;
///
/// let check = |matcher: Matcher, json| assert!(matcher.matches(&json));
/// check(json!({ "a": 1 }).into(), json!({ "a": 1, "b": 2 }));
/// check(not(exact(json!({ "a": 1 }))), json!({ "a": 1, "b": 2 }));
/// check(array_with([regex("^s3:")]), json!(["sqs:SendMessage", "s3:GetObject"]));
/// check(like!({ "a": absent() }), json!({ "b": 2 }));
/// ```
#[derive(Clone, Debug)]
pub struct Matcher(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Any,
    Absent,
    /// Equal in every part.
    Exact(Json),
    /// Neither an object nor a list.
    Scalar(Json),
    /// An object with at least these entries, or with these alone.
    Object {
        entries: BTreeMap<String, Matcher>,
        closed: bool,
    },
    /// A list with at least these items in this order, or with these alone.
    Array {
        items: Vec<Matcher>,
        closed: bool,
    },
    Regex(regex_lite::Regex),
    JsonText(Box<Matcher>),
    Not(Box<Matcher>),
    Capture(Capture, Box<Matcher>),
}

/// Keeps the values that stood where it was in a [`Matcher`] that matched.
///
/// ```
/// use flagcdk::assertions::{Capture, Template, like};
///
/// let template = Template::parse("{ Resources: { Q: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: 5 } } } }");
/// let delay = Capture::new();
/// template.has_resource_properties("AWS::SQS::Queue", like!({ "DelaySeconds": &delay }));
/// assert_eq!(delay.only(), 5);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Capture(Rc<RefCell<Vec<Json>>>);

impl Capture {
    /// Nothing is kept yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes only what matches.
    pub fn of(&self, matcher: impl Into<Matcher>) -> Matcher {
        Matcher(Kind::Capture(self.clone(), Box::new(matcher.into())))
    }

    /// Everything that was kept, in the order of logical ids.
    pub fn values(&self) -> Vec<Json> {
        self.0.borrow().clone()
    }

    /// The one value that was kept.
    ///
    /// # Panics
    /// If none was, or several.
    #[track_caller]
    pub fn only(&self) -> Json {
        let values = self.0.borrow();
        assert_eq!(values.len(), 1, "one value was to be captured, got {values:?}");
        values[0].clone()
    }
}

/// Any value, but there has to be one.
pub fn any() -> Matcher {
    Matcher(Kind::Any)
}

/// No value at all.
pub fn absent() -> Matcher {
    Matcher(Kind::Absent)
}

/// Exactly this JSON: objects have no more entries than here.
pub fn exact(json: impl Into<Json>) -> Matcher {
    Matcher(Kind::Exact(json.into()))
}

/// A text in which the regular expression is found; `^` and `$` make it the whole text.
///
/// # Panics
/// If the expression is not one, see [its syntax](https://docs.rs/regex-lite/latest/regex_lite/#syntax).
#[track_caller]
pub fn regex(expression: &str) -> Matcher {
    match regex_lite::Regex::new(expression) {
        Ok(regex) => Matcher(Kind::Regex(regex)),
        Err(error) => panic!("`{expression}` is no regular expression: {error}"),
    }
}

/// An object with at least the entries of this JSON. Plain JSON means the same.
pub fn object_like(entries: impl Into<Matcher>) -> Matcher {
    entries.into()
}

/// An object with these entries and no others; within its values, objects may have more.
///
/// ```
/// use flagcdk::assertions::{any, like, object_equals};
/// use serde_json::json;
///
/// let one = object_equals(like!({ "Name": any() }));
/// assert!(one.matches(&json!({ "Name": "x" })));
/// assert!(!one.matches(&json!({ "Name": "x", "Size": 1 })));
/// ```
pub fn object_equals(entries: impl Into<Matcher>) -> Matcher {
    match entries.into().0 {
        Kind::Object { entries, .. } => Matcher(Kind::Object { entries, closed: true }),
        other => Matcher(other),
    }
}

/// A list in which these items are found in this order, others among them.
pub fn array_with<M: Into<Matcher>>(items: impl IntoIterator<Item = M>) -> Matcher {
    Matcher(Kind::Array { items: items.into_iter().map(Into::into).collect(), closed: false })
}

/// A list of these items and no others.
pub fn array_equals<M: Into<Matcher>>(items: impl IntoIterator<Item = M>) -> Matcher {
    Matcher(Kind::Array { items: items.into_iter().map(Into::into).collect(), closed: true })
}

/// A text that is JSON, and what it says. A text in `Fn::Sub` is read too.
///
/// ```
/// use flagcdk::assertions::json_text;
/// use serde_json::json;
///
/// let dashboard = json_text(json!({ "widgets": [{ "type": "metric" }] }));
/// assert!(dashboard.matches(&json!("{\"widgets\":[{\"type\":\"metric\",\"width\":6}]}")));
/// ```
pub fn json_text(matcher: impl Into<Matcher>) -> Matcher {
    Matcher(Kind::JsonText(Box::new(matcher.into())))
}

/// Whatever does not match.
pub fn not(matcher: impl Into<Matcher>) -> Matcher {
    Matcher(Kind::Not(Box::new(matcher.into())))
}

/// A comparison of one value: where it differs, and what was captured on the way.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// The place and what is wrong there.
    pub(super) differences: Vec<(String, String)>,
    captured: Vec<(Capture, Json)>,
}

impl Comparison {
    pub(super) fn matches(&self) -> bool {
        self.differences.is_empty()
    }

    /// Keeps what was captured.
    pub(super) fn commit(self) {
        for (capture, value) in self.captured {
            capture.0.borrow_mut().push(value);
        }
    }

    fn differ(&mut self, at: &str, wanted: impl std::fmt::Display, got: Option<&Json>) {
        let got = got.map_or_else(|| "nothing".to_owned(), short);
        self.differences.push((at.to_owned(), format!("wanted {wanted}, got {got}")));
    }
}

impl Matcher {
    /// Whether a value is what is wanted.
    pub fn matches(&self, value: &Json) -> bool {
        self.compare(Some(value)).matches()
    }

    pub(super) fn compare(&self, value: Option<&Json>) -> Comparison {
        let mut comparison = Comparison::default();
        self.visit(value, "", &mut comparison);
        comparison
    }

    fn visit(&self, value: Option<&Json>, at: &str, found: &mut Comparison) {
        match (&self.0, value) {
            (Kind::Any, Some(_)) | (Kind::Absent, None) => {}
            (Kind::Not(inner), value) => {
                if inner.compare(value).matches() {
                    found.differ(at, format_args!("anything but {}", inner.describe()), value);
                }
            }
            (Kind::Capture(capture, inner), Some(value)) => {
                inner.visit(Some(value), at, found);
                found.captured.push((capture.clone(), value.clone()));
            }
            (Kind::Exact(wanted) | Kind::Scalar(wanted), Some(value)) if same(wanted, value) => {}
            (Kind::Regex(regex), Some(Json::String(text))) if regex.is_match(text) => {}
            (Kind::Object { entries, closed }, Some(Json::Object(object))) => {
                for (key, matcher) in entries {
                    matcher.visit(object.get(key), &join(at, key), found);
                }
                for (key, value) in object.iter().filter(|(key, _)| *closed && !entries.contains_key(*key)) {
                    found.differ(&join(at, key), "nothing", Some(value));
                }
            }
            (Kind::Array { items, closed: true }, Some(Json::Array(list))) => {
                for (index, matcher) in items.iter().enumerate() {
                    matcher.visit(list.get(index), &format!("{at}[{index}]"), found);
                }
                for (index, value) in list.iter().enumerate().skip(items.len()) {
                    found.differ(&format!("{at}[{index}]"), "nothing", Some(value));
                }
            }
            (Kind::Array { items, closed: false }, Some(Json::Array(list))) => subsequence(items, list, at, found),
            (Kind::JsonText(inner), Some(value)) => {
                let text = value.as_str().or_else(|| value.get("Fn::Sub")?.as_str());
                match text.and_then(|text| serde_json::from_str::<Json>(text).ok()) {
                    Some(json) => inner.visit(Some(&json), &format!("{at}(JSON)"), found),
                    None => found.differ(at, "a text that is JSON", Some(value)),
                }
            }
            (_, value) => found.differ(at, self.describe(), value),
        }
    }

    /// What is wanted, in a few words.
    fn describe(&self) -> String {
        match &self.0 {
            Kind::Any => "anything".to_owned(),
            Kind::Absent => "nothing".to_owned(),
            Kind::Exact(json) | Kind::Scalar(json) => short(json),
            Kind::Object { entries, .. } => {
                let entries = entries.iter().map(|(key, value)| format!("\"{key}\": {}", value.describe()));
                cut(&format!("{{{}}}", entries.collect::<Vec<_>>().join(", ")))
            }
            Kind::Array { items, closed } => {
                let items: Vec<_> = items.iter().map(Matcher::describe).collect();
                cut(&format!("[{}]{}", items.join(", "), if *closed { "" } else { " among others" }))
            }
            Kind::Regex(regex) => format!("a text like /{regex}/"),
            Kind::JsonText(inner) => format!("a text that is JSON like {}", inner.describe()),
            Kind::Not(inner) => format!("anything but {}", inner.describe()),
            Kind::Capture(_, inner) => inner.describe(),
        }
    }
}

/// Finds the items of a list in order; tells of the first that is not found, compared with what comes closest to it.
fn subsequence(items: &[Matcher], list: &[Json], at: &str, found: &mut Comparison) {
    let mut from = 0;
    for matcher in items {
        let mut rest = list.iter().enumerate().skip(from);
        if let Some((index, value)) = rest.find(|(_, value)| matcher.matches(value)) {
            matcher.visit(Some(value), &format!("{at}[{index}]"), found);
            from = index + 1;
            continue;
        }
        let compare = |(index, value)| {
            let mut comparison = Comparison::default();
            matcher.visit(Some(value), &format!("{at}[{index}]"), &mut comparison);
            comparison.differences
        };
        found.differences.push((at.to_owned(), format!("no item is {}", matcher.describe())));
        let closest = list.iter().enumerate().skip(from).map(compare).min_by_key(Vec::len);
        found.differences.extend(closest.unwrap_or_default());
        return;
    }
}

fn join(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

/// Whether two values are the same; `5` and `5.0` are.
fn same(left: &Json, right: &Json) -> bool {
    left == right || (left.is_number() && right.is_number() && left.as_f64() == right.as_f64())
}

/// JSON on one line, cut where it gets long.
fn short(json: &Json) -> String {
    cut(&json.to_string())
}

fn cut(text: &str) -> String {
    const MOST: usize = 160;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl From<Json> for Matcher {
    /// Objects may have more entries than the JSON, lists may not have more items.
    fn from(json: Json) -> Self {
        match json {
            Json::Object(entries) => {
                let entries = entries.into_iter().map(|(key, value)| (key, value.into())).collect();
                Self(Kind::Object { entries, closed: false })
            }
            Json::Array(items) => array_equals(items),
            scalar => Self(Kind::Scalar(scalar)),
        }
    }
}

impl From<&Capture> for Matcher {
    fn from(capture: &Capture) -> Self {
        capture.of(any())
    }
}

impl<M: Into<Matcher>> From<Vec<M>> for Matcher {
    fn from(items: Vec<M>) -> Self {
        array_equals(items)
    }
}

impl FromIterator<(String, Matcher)> for Matcher {
    /// An object with at least these entries.
    fn from_iter<I: IntoIterator<Item = (String, Matcher)>>(entries: I) -> Self {
        Self(Kind::Object { entries: entries.into_iter().collect(), closed: false })
    }
}

macro_rules! scalars {
    ($($kind:ty)*) => {
        $(impl From<$kind> for Matcher {
            fn from(value: $kind) -> Self {
                Self(Kind::Scalar(value.into()))
            }
        })*
    };
}

scalars! { &str String bool u8 u16 u32 u64 usize i8 i16 i32 i64 f64 }
