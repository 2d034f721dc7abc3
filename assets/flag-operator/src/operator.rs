//! Changes, proposed and committed.

use flag_model::{
    ChangeNote, Flag, FlagId, FlagMessage, Item, MAX_MESSAGE_BYTES, Status, Timestamp, Version, item_from_json,
    item_to_json,
};
use flag_rules::{Change, Finding, Place, RuleSet, Severity, Verdict};

use crate::changes::{FieldChange, changes};
use crate::error::OperatorError;
use crate::head::Head;
use crate::rollback::{self, Restored};
use crate::{Edit, Replica, Write};

/// Says what is to be said against a change.
pub trait Judge {
    /// What the rules have against a change.
    fn check(&self, change: Change<'_>, place: &Place) -> Verdict;
}

impl Judge for RuleSet {
    fn check(&self, change: Change<'_>, place: &Place) -> Verdict {
        Self::check(self, change, place)
    }
}

/// Changes flags in the home region, the only one that writes them: conditions hold in one region.
#[derive(Clone, Debug)]
pub struct Operator<R, J> {
    home: R,
    rules: J,
    place: Place,
}

/// A change that can be written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Proposal {
    /// What is done.
    pub purpose: Purpose,
    /// The flag as the change leaves it.
    pub flag: Flag,
    /// The flag as readers have it, which the rules compare with; none if they have none.
    pub before: Option<Flag>,
    /// The current version, if it is not the one that readers have: it was rejected, or is malformed.
    pub unpublished: Option<Version>,
    /// What readers will see differ.
    pub changes: Vec<FieldChange>,
    /// What the rules say.
    pub verdict: Verdict,
    writes: Vec<Write>,
    is_needed: bool,
}

/// What a change is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To make a flag.
    Create,
    /// To change it.
    Update,
    /// To take a version back.
    Rollback {
        /// That version.
        bad: Version,
        /// The version whose copy takes its place.
        restored_from: Version,
    },
}

impl Proposal {
    /// Whether the rules forbid it.
    pub fn is_forbidden(&self) -> bool {
        self.verdict.is_rejected()
    }

    /// Whether it changes anything.
    pub fn is_needed(&self) -> bool {
        self.is_needed
    }
}

impl<R: Replica, J: Judge> Operator<R, J> {
    /// Changes flags in the home region of `place`.
    pub fn new(home: R, rules: J, place: Place) -> Self {
        Self { home, rules, place }
    }

    /// Proposes a change, which makes the flag if there is none.
    ///
    /// # Errors
    ///
    /// If there is no such flag and it cannot be made of the edit, if what is there is malformed, if the outcome could not
    /// be written, or if the table cannot be asked.
    pub async fn propose(
        &self,
        id: &FlagId,
        edit: &Edit,
        note: &ChangeNote,
        now: Timestamp,
    ) -> Result<Proposal, OperatorError<R::Error>> {
        let head = Head::read(&self.home, id).await?;
        let flag = edit.apply(id, head.as_ref())?;
        let flag = Flag {
            version: next_version(id, head.as_ref())?,
            environment: self.place.environment.clone(),
            origin_region: self.place.home_region.clone(),
            created_at: if head.is_some() { flag.created_at } else { Some(now) },
            written_at: Some(now),
            change: note.clone(),
            rollback_of: None,
            restored_from: None,
            execution_id: None,
            status: Status::Good,
            ..flag
        };
        let head_item = match &head {
            Some(head) => Write::ReplaceHead { head: flag.to_head_item(), seen: head.seen.clone() },
            None => Write::Create(flag.to_head_item()),
        };
        let writes = vec![Write::Create(flag.to_version_item()), head_item];
        let purpose = if head.is_some() { Purpose::Update } else { Purpose::Create };
        self.proposal(purpose, flag, head.as_ref(), writes).await
    }

    /// Proposes to take the current version back: to the newest good version that differs from it, or to `to`.
    ///
    /// What a rollback wrote is gone back from to what is older than the version that it restored: to be asked again means
    /// that it did not help.
    ///
    /// # Errors
    ///
    /// If there is no such flag or nothing to go back to, if something bad is known of `to`, or if the table cannot be asked.
    pub async fn propose_rollback(
        &self,
        id: &FlagId,
        to: Option<Version>,
        note: &ChangeNote,
        now: Timestamp,
    ) -> Result<Proposal, OperatorError<R::Error>> {
        let head = Head::read(&self.home, id).await?;
        let head = head.ok_or_else(|| OperatorError::FlagNotFound { flag: id.clone() })?;
        let new = next_version(id, Some(&head))?;
        let target = rollback::target(&self.home, id, &head, to).await?;
        let marks_bad = rollback::has_version(&self.home, id, head.current).await?;
        let restored = Restored { bad: head.current, new, environment: &self.place.environment, note, now };
        let (item, writes) = restored.writes(target, marks_bad, head.seen.clone());
        let flag = Flag::from_item(&item)
            .map_err(|error| OperatorError::Unwritable { flag: id.clone(), problem: error.to_string() })?;
        let restored_from = flag.restored_from.unwrap_or(flag.version);
        let purpose = Purpose::Rollback { bad: head.current, restored_from };
        self.proposal(purpose, flag, Some(&head), writes).await
    }

    /// Writes a proposal, all of it or nothing.
    ///
    /// # Errors
    ///
    /// If the rules forbid it, if somebody else wrote the flag since it was read, or if the table cannot be asked.
    pub async fn commit(&self, proposal: &Proposal) -> Result<(), OperatorError<R::Error>> {
        let flag = || proposal.flag.id.clone();
        if proposal.is_forbidden() {
            return Err(OperatorError::Forbidden { flag: flag() });
        }
        if self.home.write(&proposal.writes).await.map_err(OperatorError::Table)? {
            Ok(())
        } else {
            Err(OperatorError::Conflict { flag: flag() })
        }
    }

    async fn proposal(
        &self,
        purpose: Purpose,
        flag: Flag,
        head: Option<&Head>,
        writes: Vec<Write>,
    ) -> Result<Proposal, OperatorError<R::Error>> {
        let before = match head {
            Some(head) => head.published(&self.home).await?,
            None => None,
        };
        for write in &writes {
            if let Write::Create(item) | Write::ReplaceHead { head: item, .. } = write {
                is_writable(item).map_err(|problem| OperatorError::Unwritable { flag: flag.id.clone(), problem })?;
            }
        }
        let mut verdict = self.rules.check(Change { old: before.as_ref(), new: Some(&flag) }, &self.place);
        verdict.findings.extend(too_large(&flag));
        let there = head.and_then(|head| head.flag.as_ref().ok()).filter(|there| there.is_good());
        let unpublished = head.map(|head| head.current);
        Ok(Proposal {
            purpose,
            changes: changes(before.as_ref(), &flag),
            is_needed: there.is_none_or(|there| !changes(Some(there), &flag).is_empty()),
            unpublished: unpublished.filter(|current| before.as_ref().is_none_or(|flag| flag.version != *current)),
            before,
            flag,
            verdict,
            writes,
        })
    }
}

fn next_version<E: std::error::Error>(id: &FlagId, head: Option<&Head>) -> Result<Version, OperatorError<E>> {
    match head {
        None => Ok(Version::new(1).expect("1 is a version")),
        Some(head) => head.current.next().ok_or_else(|| OperatorError::NoVersionLeft { flag: id.clone() }),
    }
}

/// Whether an item can be stored and read again as it is.
fn is_writable(item: &Item) -> Result<(), String> {
    let read = item_from_json(&item_to_json(item)).map_err(|error| error.to_string())?;
    if flag_model::ItemKey::from_item(&read).is_ok_and(|key| matches!(key, flag_model::ItemKey::Audit(_))) {
        return Ok(());
    }
    Flag::from_item(&read).map(|_| ()).map_err(|error| error.to_string())
}

/// What the functions would refuse without asking a rule.
fn too_large(flag: &Flag) -> Option<Finding> {
    let bytes = FlagMessage::publishing(flag).to_json().len();
    (bytes > MAX_MESSAGE_BYTES).then(|| Finding {
        rule: "system.too-large".to_owned(),
        severity: Severity::Error,
        message: format!("the message that publishes it has {bytes} bytes, wanted {MAX_MESSAGE_BYTES} at most"),
    })
}
