//! What rules are told of a change.

mod flag;
mod targeting;
mod value;

use std::collections::BTreeSet;

use flag_model::{ChangeSource, Flag, Timestamp};
use serde::Serialize;
use serde_json::Value;

pub use self::flag::FlagFacts;
use crate::source::ChangeKind;

/// A change of a flag, to be checked.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The flag as it was; none if there was none.
    pub old: Option<&'a Flag>,
    /// The flag as it is; none if its head was removed from the table.
    pub new: Option<&'a Flag>,
}

/// Where a change is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The environment, such as `prod`.
    pub environment: String,
    /// The region that checks.
    pub region: String,
    /// The region that writes flags.
    pub home_region: String,
}

/// Everything that rules see.
#[derive(Debug, Serialize)]
pub(crate) struct Facts {
    flag: FlagFacts,
    old: FlagFacts,
    change: ChangeFacts,
    env: PlaceFacts,
}

/// `env`: where a change is checked.
#[derive(Debug, Serialize)]
pub struct PlaceFacts {
    name: String,
    /// Whether the environment's name is `prod` or `production`, or begins with `prod-`.
    production: bool,
    region: String,
    home_region: String,
}

/// `change`: what was done, by whom, when and why.
#[derive(Debug, Serialize)]
pub struct ChangeFacts {
    kind: ChangeKind,
    by: String,
    /// Those who approved, without whoever made the change, each once.
    approvers: BTreeSet<String>,
    /// All who are named as having approved, as they were written.
    approved_by: Vec<String>,
    /// Whether whoever made the change is among those.
    self_approved: bool,
    source: ChangeSource,
    reason: String,
    ticket: String,
    emergency: bool,
    /// When it was written, in seconds since 1970.
    at: i64,
    /// The day in UTC, such as `2026-03-04`.
    date: String,
    /// The day without its year, such as `03-04`.
    month_day: String,
    /// The hour in UTC.
    hour: i64,
    /// 1 for Monday to 7 for Sunday.
    weekday: i64,
    /// Seconds since the flag's version before; 0 if there is none, or it does not say when it was written.
    since_last: i64,
    /// The names of the flag's fields that are not as they were. All, if there was no flag.
    fields: Vec<&'static str>,
    /// By how many percent of users `exposure` grows; below 0 if it shrinks.
    grows_by: f64,
    /// Whether anybody may see something new by it: `exposure` grows, or the flag is out and changes its value or its targeting.
    lets_out: bool,
}

impl Facts {
    pub(crate) fn of(change: Change<'_>, place: &Place) -> Self {
        let (old, new) = (change.old, change.new);
        let kind = match (old, new) {
            (_, None) => ChangeKind::Remove,
            (_, Some(new)) if new.rollback_of.is_some() => ChangeKind::Rollback,
            (None, Some(_)) => ChangeKind::Create,
            (Some(old), Some(new)) if new.deleted && !old.deleted => ChangeKind::Delete,
            (Some(old), Some(new)) if old.deleted && !new.deleted => ChangeKind::Recreate,
            (Some(_), Some(_)) => ChangeKind::Update,
        };
        let facts = |flag: Option<&Flag>| flag.map_or_else(FlagFacts::default, FlagFacts::of);
        let (flag, before) = (facts(new.or(old)), facts(old));
        Self {
            change: ChangeFacts::of(kind, old, new, flag.exposure, before.exposure),
            flag,
            old: before,
            env: PlaceFacts {
                production: ["prod", "production"].contains(&place.environment.as_str())
                    || place.environment.starts_with("prod-"),
                name: place.environment.clone(),
                region: place.region.clone(),
                home_region: place.home_region.clone(),
            },
        }
    }

    pub(crate) fn kind(&self) -> ChangeKind {
        self.change.kind
    }

    pub(crate) fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("facts have only texts as keys")
    }
}

impl ChangeFacts {
    fn of(kind: ChangeKind, old: Option<&Flag>, new: Option<&Flag>, exposure: f64, exposure_before: f64) -> Self {
        // Of a removal it is not known who did it: what the last version says was about that version.
        let note = new.map(|flag| flag.change.clone()).unwrap_or_default();
        let at = new.or(old).and_then(|flag| flag.written_at);
        let date = at.map(Timestamp::date).unwrap_or_default();
        let before = old.and_then(|flag| flag.written_at);
        let since_last = if new.is_some() { seconds_between(before, at) } else { 0 };
        let author = note.by.to_lowercase();
        let mut approvers: BTreeSet<String> = note.approved_by.iter().map(|name| name.to_lowercase()).collect();
        approvers.remove("");
        let fields = new.map(|new| changed_fields(old, new)).unwrap_or_default();
        let grows_by = exposure - exposure_before;
        let targets = ["value", "rollout", "rules", "prerequisites"];
        Self {
            kind,
            self_approved: approvers.remove(&author),
            approvers,
            by: note.by,
            approved_by: note.approved_by,
            source: note.source,
            reason: note.reason,
            ticket: note.ticket,
            emergency: note.emergency,
            at: at.map_or(0, Timestamp::seconds),
            month_day: date.get(date.len().saturating_sub(5)..).unwrap_or_default().to_owned(),
            date,
            hour: at.map_or(0, Timestamp::hour),
            weekday: at.map_or(0, Timestamp::weekday),
            since_last,
            lets_out: grows_by > 0.0
                || exposure > 0.0 && grows_by >= 0.0 && fields.iter().any(|field| targets.contains(field)),
            fields,
            grows_by,
        }
    }
}

fn changed_fields(old: Option<&Flag>, new: &Flag) -> Vec<&'static str> {
    let same = |is_same: fn(&Flag, &Flag) -> bool| old.is_some_and(|old| is_same(old, new));
    let fields = [
        ("value", same(|a, b| a.value == b.value)),
        ("off_value", same(|a, b| a.off_value == b.off_value)),
        ("deleted", same(|a, b| a.deleted == b.deleted)),
        ("kind", same(|a, b| a.kind == b.kind)),
        ("kill_switch", same(|a, b| a.kill_switch == b.kill_switch)),
        ("service", same(|a, b| a.service == b.service)),
        ("owner", same(|a, b| a.owner == b.owner)),
        ("contact", same(|a, b| a.contact == b.contact)),
        ("description", same(|a, b| a.description == b.description)),
        ("tags", same(|a, b| a.tags == b.tags)),
        ("sensitivity", same(|a, b| a.sensitivity == b.sensitivity)),
        ("client_side", same(|a, b| a.client_side == b.client_side)),
        ("permanent", same(|a, b| a.permanent == b.permanent)),
        ("environment", same(|a, b| a.environment == b.environment)),
        ("promoted_from", same(|a, b| a.promoted_from == b.promoted_from)),
        ("created_at", same(|a, b| a.created_at == b.created_at)),
        ("expires_at", same(|a, b| a.expires_at == b.expires_at)),
        ("review_at", same(|a, b| a.review_at == b.review_at)),
        ("rollout", same(|a, b| a.targeting.rollout == b.targeting.rollout)),
        ("rules", same(|a, b| a.targeting.rules == b.targeting.rules)),
        ("prerequisites", same(|a, b| a.targeting.prerequisites == b.targeting.prerequisites)),
        ("bounds", same(|a, b| a.bounds == b.bounds)),
        ("schedule", same(|a, b| a.schedule == b.schedule)),
        ("extra", same(|a, b| a.extra == b.extra)),
    ];
    fields.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}

fn seconds_between(from: Option<Timestamp>, to: Option<Timestamp>) -> i64 {
    from.zip(to).map_or(0, |(from, to)| to.seconds() - from.seconds())
}

/// Facts in which every list has an element: from them it is known which fields rules may use.
pub(crate) fn shape() -> Value {
    let mut facts = Facts::of(
        Change { old: None, new: Some(&crate::example::flag_with_everything()) },
        &Place { environment: String::new(), region: String::new(), home_region: String::new() },
    )
    .to_json();
    let flag = facts["flag"].clone();
    facts["old"] = flag;
    facts
}
