//! What a rollback goes back to, and what it writes: the same as the function that rolls back by itself.

use flag_model::{
    AttributeValue, AuditRecord, CURRENT_VERSION, ChangeNote, ChangeSource, Flag, FlagId, HEAD_SERVICE, Item, ItemKey,
    STATUS, Status, Timestamp, VERSION, Version,
};

use crate::changes::changes;
use crate::document::MARKS;
use crate::error::OperatorError;
use crate::head::{Head, newest_good};
use crate::{Replica, Seen, Write};

/// The version to go back to, and its item.
pub(crate) struct Target {
    flag: Flag,
    item: Item,
}

/// Finds the version to go back to.
pub(crate) async fn target<R: Replica>(
    replica: &R,
    id: &FlagId,
    head: &Head,
    to: Option<Version>,
) -> Result<Target, OperatorError<R::Error>> {
    if let Some(to) = to {
        return asked_for(replica, id, head.current, to).await;
    }
    let there = head.flag.as_ref().ok();
    let below = there.and_then(|flag| flag.restored_from).unwrap_or(head.current);
    let differs = |flag: &Flag| there.is_none_or(|there| !changes(Some(there), flag).is_empty());
    let found = newest_good(replica, id, below, differs).await?;
    let (flag, item) = found.ok_or_else(|| OperatorError::NoGoodVersion { flag: id.clone(), below })?;
    Ok(Target { flag, item })
}

async fn asked_for<R: Replica>(
    replica: &R,
    id: &FlagId,
    current: Version,
    to: Version,
) -> Result<Target, OperatorError<R::Error>> {
    if to >= current {
        return Err(OperatorError::NotOlder { flag: id.clone(), current, to });
    }
    let item = replica.get(&ItemKey::Version(id.clone(), to)).await.map_err(OperatorError::Table)?;
    let item = item.ok_or_else(|| OperatorError::VersionNotFound { flag: id.clone(), version: to })?;
    let not_good = |problem: String| OperatorError::NotGood { flag: id.clone(), to, problem };
    let flag = Flag::from_item(&item).map_err(|error| not_good(format!("is malformed: {error}")))?;
    match flag.status {
        Status::Good => Ok(Target { flag, item }),
        Status::Rejected => Err(not_good("was rejected by the rules".to_owned())),
        Status::RolledBack => Err(not_good("was rolled back".to_owned())),
    }
}

/// Whether a version has an item of its own, which may be marked.
pub(crate) async fn has_version<R: Replica>(
    replica: &R,
    id: &FlagId,
    version: Version,
) -> Result<bool, OperatorError<R::Error>> {
    let item = replica.get(&ItemKey::Version(id.clone(), version)).await.map_err(OperatorError::Table)?;
    Ok(item.is_some())
}

/// A rollback, as far as it does not depend on what it goes back to.
pub(crate) struct Restored<'a> {
    pub(crate) bad: Version,
    pub(crate) new: Version,
    pub(crate) environment: &'a str,
    pub(crate) note: &'a ChangeNote,
    pub(crate) now: Timestamp,
}

impl Restored<'_> {
    /// The item of the new version, and everything that is written in one transaction.
    pub(crate) fn writes(&self, target: Target, marks_bad: bool, seen: Seen) -> (Item, Vec<Write>) {
        let id = target.flag.id;
        let audit = AuditRecord {
            action: "rollback".to_owned(),
            // A version is the current one once, so that it is taken back once.
            execution_id: format!("flagcdk:rollback:{id}:{}", self.bad),
            flag_id: id.clone(),
            bad_version: self.bad,
            restored_from: target.flag.version,
            new_version: self.new,
            reason: self.note.reason.clone(),
            environment: self.environment.to_owned(),
            region: None,
            services: Vec::new(),
            at: self.now,
        };
        let version = self.version(target.item, &audit);
        let mut head = version.clone();
        head.insert(CURRENT_VERSION.to_owned(), AttributeValue::N(self.new.to_string()));
        head.insert(HEAD_SERVICE.to_owned(), AttributeValue::S(target.flag.service.to_string()));
        head.append(&mut ItemKey::Head(id.clone()).to_item());
        let mut writes = vec![
            Write::Create(version.clone()),
            Write::ReplaceHead { head, seen },
            Write::Create(audit.to_item()),
            Write::StillGood(ItemKey::Version(id.clone(), audit.restored_from)),
        ];
        if marks_bad {
            let key = ItemKey::Version(id, self.bad);
            writes.push(Write::MarkRolledBack { key, execution: audit.execution_id });
        }
        (version, writes)
    }

    /// The whole item, as a new version that says where it comes from.
    fn version(&self, restored: Item, audit: &AuditRecord) -> Item {
        let mut item = restored;
        for of_another in MARKS.into_iter().chain([STATUS, CURRENT_VERSION, HEAD_SERVICE]) {
            item.remove(of_another);
        }
        let note = ChangeNote { source: ChangeSource::Rollback, ..self.note.clone() };
        let note = serde_json::to_value(note).expect("the model's types have only texts as keys");
        let number = |version: Version| AttributeValue::N(version.to_string());
        item.extend([
            (VERSION.to_owned(), number(self.new)),
            ("rollback_of".to_owned(), number(self.bad)),
            ("restored_from".to_owned(), number(audit.restored_from)),
            ("execution_id".to_owned(), AttributeValue::S(audit.execution_id.clone())),
            ("written_at".to_owned(), AttributeValue::S(self.now.to_string())),
            ("change".to_owned(), AttributeValue::from_plain_json(&note)),
        ]);
        item
    }
}
