//! A flag as a document of JSON: what is printed of it, and what defines it.

use flag_model::{
    AttributeValue, CURRENT_VERSION, FLAG_ID, FieldProblem, Flag, FlagId, HEAD_SERVICE, Item, ServiceName, VERSION,
    item_from_json, item_to_json,
};
use serde_json::{Map, Value};

use crate::error::InputError;
use crate::input::parse_json;

/// The fields by which a definition says what a flag is.
pub(crate) const FIELDS: [&str; 22] = [
    "bounds",
    "client_side",
    "contact",
    "deleted",
    "description",
    "expires_at",
    EXTRA,
    FLAG_ID,
    "kill_switch",
    "kind",
    OFF_VALUE,
    "owner",
    "permanent",
    "promoted_from",
    "review_at",
    "schedule",
    "sensitivity",
    SERVICE,
    "tags",
    "targeting",
    VALUE,
    "environment",
];

/// The fields of a document that are the system's: whoever writes a version writes them anew.
pub(crate) const OF_THE_SYSTEM: [&str; 9] = [
    "change",
    "created_at",
    "execution_id",
    "origin_region",
    "restored_from",
    "rollback_of",
    "status",
    VERSION,
    "written_at",
];

/// Attributes that mean nothing here, in DynamoDB's own JSON since they may be of any of its types.
const EXTRA: &str = "extra";
const SERVICE: &str = "service";
const VALUE: &str = "value";
const OFF_VALUE: &str = "off_value";

/// A flag as a document: its fields by their names. What has its default is left out.
///
/// Attributes that mean nothing here are under `extra`, in DynamoDB's JSON.
pub fn flag_to_json(flag: &Flag) -> Value {
    let plain = Flag { extra: Item::new(), ..flag.clone() };
    let fields = plain.to_version_item().into_iter();
    // Numbers that were never in a table may be inexact; they are shown as they would be stored.
    let mut document: Map<String, Value> =
        fields.map(|(name, value)| (name, value.to_plain_json().unwrap_or_else(|_| value.to_json()))).collect();
    if !flag.extra.is_empty() {
        document.insert(EXTRA.to_owned(), item_to_json(&flag.extra));
    }
    Value::Object(document)
}

/// What a flag is to be, all of it.
///
/// It has the form of [`flag_to_json`]. What it does not say is as by default; its id and its service may be left out where
/// they are known. What the system keeps of a version, such as who wrote it, is passed over: whoever writes says it anew.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    pub(crate) id: Option<FlagId>,
    pub(crate) service: Option<ServiceName>,
    pub(crate) flag: Flag,
}

impl Definition {
    /// Reads a definition from JSON.
    ///
    /// # Errors
    ///
    /// If the text is not JSON; otherwise everything that is wrong with its fields.
    pub fn parse(text: &str) -> Result<Self, InputError> {
        let mut document = parse_document("definition", text)?;
        document.retain(|name, _| !OF_THE_SYSTEM.contains(&name.as_str()));
        let is_said = |name: &str| document.get(name).is_some_and(|value| !value.is_null());
        let (has_id, has_service) = (is_said(FLAG_ID), is_said(SERVICE));
        for (name, is_said) in [(FLAG_ID, has_id), (SERVICE, has_service)] {
            if !is_said {
                document.insert(name.to_owned(), Value::from("unknown"));
            }
        }
        let flag = read(&document)?;
        Ok(Self { id: has_id.then(|| flag.id.clone()), service: has_service.then(|| flag.service.clone()), flag })
    }
}

/// The flag that a document says, with what the system keeps of a version; the version is 1 unless it says another.
///
/// # Errors
///
/// As [`Definition::parse`]; the id and the service must be there.
pub fn flag_from_json(text: &str) -> Result<Flag, InputError> {
    read(&parse_document("flag", text)?)
}

fn parse_document(what: &'static str, text: &str) -> Result<Map<String, Value>, InputError> {
    match parse_json(text)? {
        Value::Object(document) => Ok(document),
        _ => Err(InputError::Malformed { what, problem: "it is not an object".to_owned() }),
    }
}

fn read(document: &Map<String, Value>) -> Result<Flag, InputError> {
    let mut problems = Vec::new();
    let mut item = Item::from([(VERSION.to_owned(), AttributeValue::N("1".to_owned()))]);
    let mut extra = Item::new();
    for (name, value) in document {
        let is_known = FIELDS.contains(&name.as_str()) || OF_THE_SYSTEM.contains(&name.as_str());
        match name.as_str() {
            EXTRA => match item_from_json(value) {
                Ok(read) => extra = read,
                Err(error) => problems.push(problem(name, format!("is malformed: {error}"))),
            },
            // A value of null is a value; anything else that is null is not there.
            VALUE | OFF_VALUE => {
                item.insert(name.clone(), AttributeValue::from_plain_json(value));
            }
            _ if is_known && value.is_null() => {}
            _ if is_known => {
                item.insert(name.clone(), AttributeValue::from_plain_json(value));
            }
            unknown => problems.push(problem(name, format!("is no field; {}", suggestion(unknown)))),
        }
    }
    for name in extra.keys().filter(|name| is_no_extra(name)) {
        problems.push(problem(EXTRA, format!("has `{name}`, which is no extra attribute")));
    }
    match Flag::from_item(&item) {
        Ok(flag) if problems.is_empty() => Ok(Flag { extra, ..flag }),
        read => {
            problems.extend(read.err().into_iter().flat_map(|error| error.problems));
            problems.sort();
            Err(InputError::Definition { problems })
        }
    }
}

/// Whether an attribute has a meaning, be it in a version or in a head. Marks are extra where a flag is printed.
fn is_no_extra(name: &str) -> bool {
    FIELDS.contains(&name) || OF_THE_SYSTEM.contains(&name) || [CURRENT_VERSION, HEAD_SERVICE].contains(&name)
}

/// Attributes by which versions are marked. They are about one version, and no other one has them.
pub(crate) const MARKS: [&str; 2] = ["rejected_by", "rolled_back_by"];

fn problem(name: &str, problem: String) -> FieldProblem {
    FieldProblem { attribute: name.to_owned(), problem }
}

fn suggestion(unknown: &str) -> String {
    let closest = FIELDS.iter().map(|name| (strsim::damerau_levenshtein(unknown, name), name)).min();
    match closest.filter(|(distance, _)| *distance <= 2) {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => format!("an attribute that means nothing to the system goes under `{EXTRA}`"),
    }
}
