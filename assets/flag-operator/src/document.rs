//! A flag as a document of JSON: what is printed of it, and what defines it.

use flag_model::{
    AttributeValue, FieldProblem, Flag, FlagId, Item, ItemKey, ServiceName, Version, item_from_json, item_to_json,
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
    "flag_id",
    "kill_switch",
    "kind",
    "off_value",
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
    "version",
    "written_at",
];

/// Attributes that mean nothing here, in DynamoDB's own JSON since they may be of any of its types.
const EXTRA: &str = "extra";
const SERVICE: &str = "service";
const VALUE: &str = "value";

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
        let Value::Object(document) = parse_json(text)? else {
            return Err(InputError::Malformed { what: "definition", problem: "it is not an object".to_owned() });
        };
        let mut problems = Vec::new();
        let mut item = ItemKey::Version(placeholder(), Version::new(1).expect("1 is a version")).to_item();
        item.insert(SERVICE.to_owned(), AttributeValue::S("unknown".to_owned()));
        let mut extra = Item::new();
        for (name, value) in &document {
            match name.as_str() {
                EXTRA => match item_from_json(value) {
                    Ok(read) => extra = read,
                    Err(error) => problems.push(problem(name, format!("is malformed: {error}"))),
                },
                known if OF_THE_SYSTEM.contains(&known) => {}
                VALUE | "off_value" => {
                    item.insert(name.clone(), AttributeValue::from_plain_json(value));
                }
                known if FIELDS.contains(&known) => {
                    if !value.is_null() {
                        item.insert(name.clone(), AttributeValue::from_plain_json(value));
                    }
                }
                unknown => problems.push(problem(name, format!("is no field; {}", suggestion(unknown)))),
            }
        }
        for name in extra.keys().filter(|name| FIELDS.contains(&name.as_str()) || is_of_the_system(name)) {
            problems.push(problem(EXTRA, format!("has `{name}`, which is no extra attribute")));
        }
        let flag = match Flag::from_item(&item) {
            Ok(flag) => Some(Flag { extra, ..flag }),
            Err(error) => {
                problems.extend(error.problems);
                None
            }
        };
        match flag {
            Some(flag) if problems.is_empty() => {
                let is_said = |name: &str| document.get(name).is_some_and(|value| !value.is_null());
                let id = is_said("flag_id").then(|| flag.id.clone());
                let service = is_said(SERVICE).then(|| flag.service.clone());
                Ok(Self { id, service, flag })
            }
            _ => {
                problems.sort();
                Err(InputError::Definition { problems })
            }
        }
    }
}

/// Whether an attribute is written by the system, be it in a version or in a head.
fn is_of_the_system(name: &str) -> bool {
    OF_THE_SYSTEM.contains(&name)
        || [flag_model::CURRENT_VERSION, flag_model::HEAD_SERVICE].contains(&name)
        || MARKS.contains(&name)
}

/// Attributes by which versions are marked. They are about one version, and no other one has them.
pub(crate) const MARKS: [&str; 2] = ["rejected_by", "rolled_back_by"];

fn placeholder() -> FlagId {
    FlagId::new("unknown").expect("letters are an id")
}

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
