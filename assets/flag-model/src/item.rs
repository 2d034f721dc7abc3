//! The items of the table: which is what, and how a flag lies in one.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::{
    AttributeError, AttributeValue, Flag, FlagId, FlagValue, IdError, Item, Status, Targeting, Timestamp, Version,
};

/// The table's partition key.
pub const FLAG_ID: &str = "flag_id";
/// The table's sort key.
pub const VERSION: &str = "version";
/// The attribute of a head that says which version is the current one.
pub const CURRENT_VERSION: &str = "current_version";
/// The attribute of heads alone by which they are in the index of services.
pub const HEAD_SERVICE: &str = "head_service";
/// The attribute that says what became of a version.
pub const STATUS: &str = "status";

/// What the partition key of an audit record begins with. No flag's id has the character `#`.
const AUDIT_PREFIX: &str = "audit#";

/// Which item a key leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKey {
    /// The head of a flag.
    Head(FlagId),
    /// A version of a flag.
    Version(FlagId, Version),
    /// The audit record of a rollback, by its execution's id.
    Audit(String),
}

/// Why a key leads to no item of this table.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// An attribute of the key is missing or of another type.
    #[error("the key's `{attribute}` is {got}, wanted {wanted}")]
    Attribute {
        /// Which.
        attribute: &'static str,
        /// What is there.
        got: String,
        /// What should be.
        wanted: &'static str,
    },
    /// The id or the version is malformed.
    #[error(transparent)]
    Id(#[from] IdError),
}

/// Why an item is no flag: everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the item is no flag: {}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct FlagError {
    /// What is wrong, in the order of the attributes' names.
    pub problems: Vec<FieldProblem>,
}

/// What is wrong with an attribute of an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("`{attribute}` {problem}")]
pub struct FieldProblem {
    /// The attribute.
    pub attribute: String,
    /// What is wrong with it.
    pub problem: String,
}

impl ItemKey {
    /// The key in an item, or in the keys of a stream's record.
    ///
    /// # Errors
    ///
    /// If an attribute of the key is missing, of the wrong type, or malformed.
    pub fn from_item(item: &Item) -> Result<Self, KeyError> {
        let of = |value: Option<&AttributeValue>| {
            value.map_or_else(|| "missing".to_owned(), |value| format!("of the type `{}`", value.type_name()))
        };
        let id = match item.get(FLAG_ID) {
            Some(AttributeValue::S(id)) => id,
            other => return Err(KeyError::Attribute { attribute: FLAG_ID, got: of(other), wanted: "a text" }),
        };
        let version = match item.get(VERSION) {
            Some(AttributeValue::N(version)) => version,
            other => return Err(KeyError::Attribute { attribute: VERSION, got: of(other), wanted: "a number" }),
        };
        if let Some(execution_id) = id.strip_prefix(AUDIT_PREFIX) {
            return Ok(Self::Audit(execution_id.to_owned()));
        }
        let id = FlagId::new(id.as_str())?;
        if version == "0" { Ok(Self::Head(id)) } else { Ok(Self::Version(id, version.parse()?)) }
    }

    /// The attributes of the key.
    pub fn to_item(&self) -> Item {
        let (id, version) = match self {
            Self::Head(id) => (id.to_string(), 0),
            Self::Version(id, version) => (id.to_string(), version.get()),
            Self::Audit(execution_id) => (format!("{AUDIT_PREFIX}{execution_id}"), 0),
        };
        Item::from([
            (FLAG_ID.to_owned(), AttributeValue::S(id)),
            (VERSION.to_owned(), AttributeValue::N(version.to_string())),
        ])
    }
}

impl Flag {
    /// Reads a flag from the item of a version or of a head.
    ///
    /// `flag_id`, the version, `service` and, unless the flag is deleted, `value` must be there; the rest has defaults.
    ///
    /// # Errors
    ///
    /// If something is missing or malformed: everything that is.
    pub fn from_item(item: &Item) -> Result<Self, FlagError> {
        let mut fields = Fields { item, read: BTreeSet::from([VERSION, HEAD_SERVICE]), problems: Vec::new() };
        let id: Option<FlagId> = fields.parsed(FLAG_ID);
        let is_head = matches!(item.get(VERSION), Some(AttributeValue::N(zero)) if zero == "0");
        let version = fields.version(if is_head { CURRENT_VERSION } else { VERSION });
        let service = fields.parsed("service");
        for (name, missing) in [(FLAG_ID, id.is_none()), ("service", service.is_none())] {
            if missing && !item.contains_key(name) {
                fields.problem(name, "is missing");
            }
        }
        if version.is_none() && !item.contains_key(if is_head { CURRENT_VERSION } else { VERSION }) {
            fields.problem(if is_head { CURRENT_VERSION } else { VERSION }, "is missing");
        }
        let deleted = fields.bool("deleted");
        let value = fields.value("value");
        if value.is_none() && !deleted && !item.contains_key("value") {
            fields.problem("value", "is missing, and the flag is not deleted");
        }
        let read = PartialFlag {
            deleted,
            value,
            kind: fields.word("kind"),
            kill_switch: fields.bool("kill_switch"),
            off_value: fields.value("off_value"),
            owner: fields.text("owner"),
            contact: fields.text("contact"),
            description: fields.text("description"),
            tags: fields.texts("tags"),
            sensitivity: fields.word("sensitivity"),
            client_side: fields.bool("client_side"),
            permanent: fields.bool("permanent"),
            environment: fields.text("environment"),
            promoted_from: fields.document("promoted_from"),
            created_at: fields.parsed("created_at"),
            expires_at: fields.parsed("expires_at"),
            review_at: fields.parsed("review_at"),
            written_at: fields.parsed("written_at"),
            origin_region: fields.text("origin_region"),
            targeting: fields.document("targeting"),
            bounds: fields.document("bounds"),
            schedule: fields.document("schedule"),
            change: fields.document("change"),
            rollback_of: fields.version("rollback_of"),
            restored_from: fields.version("restored_from"),
            execution_id: fields.parsed("execution_id"),
            status: fields.word(STATUS),
        };
        let extra = item.iter().filter(|(name, _)| !fields.read.contains(name.as_str()));
        let extra = extra.map(|(name, value)| (name.clone(), value.clone())).collect();
        match (id, version, service, fields.problems.is_empty()) {
            (Some(id), Some(version), Some(service), true) => Ok(read.into_flag(id, version, service, extra)),
            _ => {
                fields.problems.sort();
                Err(FlagError { problems: fields.problems })
            }
        }
    }

    /// The item of this version.
    pub fn to_version_item(&self) -> Item {
        let mut item = self.to_attributes();
        item.append(&mut ItemKey::Version(self.id.clone(), self.version).to_item());
        item
    }

    /// The item of the head, when this is the current version.
    pub fn to_head_item(&self) -> Item {
        let mut item = self.to_attributes();
        item.append(&mut ItemKey::Head(self.id.clone()).to_item());
        item.insert(CURRENT_VERSION.to_owned(), AttributeValue::N(self.version.to_string()));
        item.insert(HEAD_SERVICE.to_owned(), AttributeValue::S(self.service.to_string()));
        item
    }

    /// Everything but the key. What has its default is left out.
    fn to_attributes(&self) -> Item {
        let mut out = Writer(self.extra.clone());
        out.text("service", self.service.as_str());
        out.value("value", self.value.as_ref());
        out.bool("deleted", self.deleted);
        out.word("kind", &self.kind);
        out.bool("kill_switch", self.kill_switch);
        out.value("off_value", self.off_value.as_ref());
        out.text("owner", &self.owner);
        out.text("contact", &self.contact);
        out.text("description", &self.description);
        out.document("tags", (!self.tags.is_empty()).then_some(&self.tags));
        out.word("sensitivity", &self.sensitivity);
        out.bool("client_side", self.client_side);
        out.bool("permanent", self.permanent);
        out.text("environment", &self.environment);
        out.document("promoted_from", self.promoted_from.as_ref());
        let times = [
            ("created_at", self.created_at),
            ("expires_at", self.expires_at),
            ("review_at", self.review_at),
            ("written_at", self.written_at),
        ];
        for (name, time) in times {
            out.document(name, time.as_ref());
        }
        out.text("origin_region", &self.origin_region);
        out.document("targeting", (self.targeting != Targeting::default()).then_some(&self.targeting));
        out.document("bounds", self.bounds.as_ref());
        out.document("schedule", (!self.schedule.is_empty()).then_some(&self.schedule));
        out.document("change", Some(&self.change));
        out.document("rollback_of", self.rollback_of.as_ref());
        out.document("restored_from", self.restored_from.as_ref());
        out.text("execution_id", self.execution_id.as_deref().unwrap_or_default());
        if self.status != Status::Good {
            out.word(STATUS, &self.status);
        }
        out.0
    }
}

/// What was read of a flag, before it is known whether the rest is there.
struct PartialFlag {
    value: Option<FlagValue>,
    deleted: bool,
    kind: Option<crate::FlagKind>,
    kill_switch: bool,
    off_value: Option<FlagValue>,
    owner: String,
    contact: String,
    description: String,
    tags: Vec<String>,
    sensitivity: Option<crate::Sensitivity>,
    client_side: bool,
    permanent: bool,
    environment: String,
    promoted_from: Option<crate::Promotion>,
    created_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    review_at: Option<Timestamp>,
    written_at: Option<Timestamp>,
    origin_region: String,
    targeting: Option<Targeting>,
    bounds: Option<crate::Bounds>,
    schedule: Option<Vec<crate::Step>>,
    change: Option<crate::ChangeNote>,
    rollback_of: Option<Version>,
    restored_from: Option<Version>,
    execution_id: Option<String>,
    status: Option<Status>,
}

impl PartialFlag {
    fn into_flag(self, id: FlagId, version: Version, service: crate::ServiceName, extra: Item) -> Flag {
        Flag {
            id,
            version,
            service,
            value: self.value,
            deleted: self.deleted,
            kind: self.kind.unwrap_or_default(),
            kill_switch: self.kill_switch,
            off_value: self.off_value,
            owner: self.owner,
            contact: self.contact,
            description: self.description,
            tags: self.tags,
            sensitivity: self.sensitivity.unwrap_or_default(),
            client_side: self.client_side,
            permanent: self.permanent,
            environment: self.environment,
            promoted_from: self.promoted_from,
            created_at: self.created_at,
            expires_at: self.expires_at,
            review_at: self.review_at,
            written_at: self.written_at,
            origin_region: self.origin_region,
            targeting: self.targeting.unwrap_or_default(),
            bounds: self.bounds,
            schedule: self.schedule.unwrap_or_default(),
            change: self.change.unwrap_or_default(),
            rollback_of: self.rollback_of,
            restored_from: self.restored_from,
            execution_id: self.execution_id,
            status: self.status.unwrap_or_default(),
            extra,
        }
    }
}

/// Reads attributes and gathers what is wrong with them.
struct Fields<'a> {
    item: &'a Item,
    read: BTreeSet<&'static str>,
    problems: Vec<FieldProblem>,
}

impl<'a> Fields<'a> {
    fn get(&mut self, name: &'static str) -> Option<&'a AttributeValue> {
        self.read.insert(name);
        self.item.get(name)
    }

    fn problem(&mut self, name: &str, problem: impl ToString) {
        self.problems.push(FieldProblem { attribute: name.to_owned(), problem: problem.to_string() });
    }

    fn wrong_type(&mut self, name: &str, got: &AttributeValue, wanted: &str) {
        self.problem(name, format!("is of the type `{}`, wanted {wanted}", got.type_name()));
    }

    fn bool(&mut self, name: &'static str) -> bool {
        match self.get(name) {
            Some(AttributeValue::Bool(value)) => *value,
            None => false,
            Some(other) => {
                self.wrong_type(name, other, "`BOOL`");
                false
            }
        }
    }

    fn text(&mut self, name: &'static str) -> String {
        self.parsed(name).unwrap_or_default()
    }

    /// A text that something else is read from.
    fn parsed<T: FromStr<Err: ToString>>(&mut self, name: &'static str) -> Option<T> {
        match self.get(name)? {
            AttributeValue::S(text) => text.parse().map_err(|error: T::Err| self.malformed(name, &error)).ok(),
            other => {
                self.wrong_type(name, other, "`S`");
                None
            }
        }
    }

    fn version(&mut self, name: &'static str) -> Option<Version> {
        match self.get(name)? {
            AttributeValue::N(text) => text.parse().map_err(|error: IdError| self.malformed(name, &error)).ok(),
            other => {
                self.wrong_type(name, other, "`N`");
                None
            }
        }
    }

    fn texts(&mut self, name: &'static str) -> Vec<String> {
        match self.get(name) {
            None => Vec::new(),
            Some(AttributeValue::Ss(texts)) => texts.clone(),
            Some(_) => self.document(name).unwrap_or_default(),
        }
    }

    fn value(&mut self, name: &'static str) -> Option<FlagValue> {
        FlagValue::from_attribute(self.get(name)?).map_err(|error| self.malformed(name, &error)).ok()
    }

    /// A word of an enum.
    fn word<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        match self.get(name)? {
            AttributeValue::S(_) => self.document(name),
            other => {
                self.wrong_type(name, other, "`S`");
                None
            }
        }
    }

    fn document<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        let json =
            self.get(name)?.to_plain_json().map_err(|error: AttributeError| self.malformed(name, &error)).ok()?;
        serde_json::from_value(json).map_err(|error| self.malformed(name, &error)).ok()
    }

    fn malformed(&mut self, name: &str, error: &dyn ToString) {
        self.problem(name, format!("is malformed: {}", error.to_string()));
    }
}

/// Writes attributes, and leaves out what says nothing.
struct Writer(Item);

impl Writer {
    fn put(&mut self, name: &str, value: AttributeValue) {
        self.0.insert(name.to_owned(), value);
    }

    fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.put(name, AttributeValue::S(text.to_owned()));
        }
    }

    fn bool(&mut self, name: &str, value: bool) {
        if value {
            self.put(name, AttributeValue::Bool(true));
        }
    }

    fn value(&mut self, name: &str, value: Option<&FlagValue>) {
        if let Some(value) = value {
            self.put(name, value.to_attribute());
        }
    }

    fn word(&mut self, name: &str, word: &impl Serialize) {
        self.document(name, Some(word));
    }

    fn document(&mut self, name: &str, value: Option<&impl Serialize>) {
        if let Some(value) = value {
            let json = serde_json::to_value(value).expect("the model's types have only texts as keys");
            self.put(name, AttributeValue::from_plain_json(&json));
        }
    }
}

#[cfg(test)]
#[path = "item_tests.rs"]
mod tests;
