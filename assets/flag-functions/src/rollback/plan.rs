//! What a rollback writes. There are no effects here.

use flag_model::{
    AttributeValue, AuditRecord, CURRENT_VERSION, ChangeNote, ChangeSource, Flag, HEAD_SERVICE, Item, ItemKey, STATUS,
    Timestamp, VERSION, Version,
};

use super::{Order, is_recent};
use crate::invocation::Failure;
use crate::table::version_of;

/// What to do about a bad version.
#[derive(Debug, PartialEq)]
pub(crate) enum Plan {
    /// Write this.
    Write(Box<Writes>),
    /// Nothing: it was done by this execution.
    DoneBy(String),
    /// Nothing: somebody has written a newer version, which is theirs to judge.
    Superseded { current: Version },
}

/// One transaction.
#[derive(Debug, PartialEq)]
pub(crate) struct Writes {
    /// The new version, which must not be there yet.
    pub(crate) version: Item,
    /// The head, whose current version must still be the bad one.
    pub(crate) head: Item,
    /// The bad version's key, to be marked as rolled back by this execution; none if it has no item of its own.
    pub(crate) bad: Option<ItemKey>,
    pub(crate) seen: Version,
    /// The audit record, which must not be there yet.
    pub(crate) audit: AuditRecord,
}

/// The head of a flag.
#[derive(Debug)]
pub(crate) struct Head {
    current: Version,
    item: Item,
}

impl Head {
    /// The head of the flag that is to be rolled back.
    pub(crate) fn of(order: &Order, item: Option<Item>) -> Result<Self, Failure> {
        let item = item.ok_or_else(|| Failure::new("FlagNotFound", format!("there is no flag `{}`", order.flag)))?;
        let malformed =
            || Failure::new("FlagMalformed", format!("the head of `{}` has no current version", order.flag));
        let current = number(&item, CURRENT_VERSION).ok_or_else(malformed)?;
        Ok(Self { current, item })
    }

    /// What is clear from the head alone.
    pub(crate) fn settled(&self, order: &Order) -> Option<Plan> {
        if self.current <= order.bad {
            return None;
        }
        let done = number(&self.item, "rollback_of") == Some(order.bad);
        match text(&self.item, "execution_id").filter(|_| done) {
            Some(execution) => Some(Plan::DoneBy(execution.to_owned())),
            None => Some(Plan::Superseded { current: self.current }),
        }
    }

    /// What to write.
    pub(crate) fn plan(
        self,
        order: &Order,
        bad: Option<Item>,
        previous: Option<Item>,
        environment: &str,
        now: Timestamp,
    ) -> Result<Plan, Failure> {
        let (flag, bad_version) = (&order.flag, order.bad);
        if self.current < bad_version {
            let text = format!("`{flag}` is at version {}, there is no version {bad_version}", self.current);
            return Err(Failure::new("VersionNotFound", text));
        }
        let written_at = text(&self.item, "written_at").and_then(|text| text.parse().ok());
        if number(&self.item, "rollback_of").is_some() && is_recent(written_at, now) {
            let text = format!("version {bad_version} of `{flag}` is a rollback itself, of less than an hour ago");
            return Err(Failure::new("RollbackLoop", text));
        }
        let none = || Failure::new("NoPreviousVersion", format!("`{flag}` has no good version below {bad_version}"));
        let previous = previous.ok_or_else(none)?;
        let restored_from = version_of(&previous).ok_or_else(none)?;
        let new_version = self
            .current
            .next()
            .ok_or_else(|| Failure::new("NoVersionLeft", format!("`{flag}` has no version left")))?;
        let audit = AuditRecord {
            action: "rollback".to_owned(),
            execution_id: order.execution.clone(),
            flag_id: flag.clone(),
            bad_version,
            restored_from,
            new_version,
            reason: order.reason.clone(),
            environment: environment.to_owned(),
            region: order.region.clone(),
            services: order.services.clone(),
            at: now,
        };
        let version = restored(previous, &audit);
        let head = head_of(&version, &audit);
        let bad = bad.map(|_| ItemKey::Version(flag.clone(), bad_version));
        Ok(Plan::Write(Box::new(Writes { version, head, bad, seen: self.current, audit })))
    }
}

/// Whether a rollback may go back to a version.
pub(crate) fn is_good(item: &Item) -> bool {
    Flag::from_item(item).is_ok_and(|flag| flag.is_good())
}

/// The whole previous item, as a new version that says where it comes from.
fn restored(previous: Item, audit: &AuditRecord) -> Item {
    let mut item = previous;
    for of_another in [STATUS, "rejected_by", "rolled_back_by"] {
        item.remove(of_another);
    }
    // What heads alone have: with it, a version would be in the index of heads.
    for of_heads in [HEAD_SERVICE, CURRENT_VERSION] {
        item.remove(of_heads);
    }
    let change = ChangeNote {
        by: "rollback".to_owned(),
        source: ChangeSource::Rollback,
        reason: audit.reason.clone(),
        ..ChangeNote::default()
    };
    let change = serde_json::to_value(change).expect("the model's types have only texts as keys");
    let of_number = |version: Version| AttributeValue::N(version.to_string());
    item.extend([
        (VERSION.to_owned(), of_number(audit.new_version)),
        ("rollback_of".to_owned(), of_number(audit.bad_version)),
        ("restored_from".to_owned(), of_number(audit.restored_from)),
        ("execution_id".to_owned(), AttributeValue::S(audit.execution_id.clone())),
        ("written_at".to_owned(), AttributeValue::S(audit.at.to_string())),
        ("change".to_owned(), AttributeValue::from_plain_json(&change)),
    ]);
    item
}

/// The head of a version: all that is in it, under the head's key.
fn head_of(version: &Item, audit: &AuditRecord) -> Item {
    let mut head = version.clone();
    head.insert(CURRENT_VERSION.to_owned(), AttributeValue::N(audit.new_version.to_string()));
    if let Some(service) = version.get("service") {
        head.insert(HEAD_SERVICE.to_owned(), service.clone());
    }
    head.append(&mut ItemKey::Head(audit.flag_id.clone()).to_item());
    head
}

fn number(item: &Item, name: &str) -> Option<Version> {
    match item.get(name)? {
        AttributeValue::N(number) => number.parse().ok(),
        _ => None,
    }
}

fn text<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    match item.get(name)? {
        AttributeValue::S(text) => Some(text),
        _ => None,
    }
}
