//! What rules are told of a change.

use std::collections::BTreeSet;

use flag_model::{ChangeSource, Flag, FlagMessage, FlagValue, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::source::ChangeKind;

const SECONDS_A_DAY: i64 = 86_400;

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
}

/// `flag` and `old`: a flag.
#[derive(Debug, Default, Serialize)]
pub struct FlagFacts {
    /// Whether there is one. If not, everything else is empty.
    exists: bool,
    id: String,
    /// The parts of the id between dots.
    id_parts: Vec<String>,
    version: u64,
    service: String,
    owner: String,
    contact: String,
    description: String,
    tags: Vec<String>,
    kind: String,
    sensitivity: String,
    client_side: bool,
    permanent: bool,
    environment: String,
    origin_region: String,
    deleted: bool,
    kill_switch: bool,
    value: Value,
    /// `bool`, `string`, `number`, `json`, or `none`.
    value_type: &'static str,
    off_value: Value,
    off_value_type: &'static str,
    /// How many bytes the value has as JSON.
    value_bytes: usize,
    /// How deeply lists and objects are nested in the value.
    value_depth: usize,
    /// How many values there are in the value, itself counted.
    value_items: usize,
    /// Every text in the values that may be served.
    texts: Vec<String>,
    /// Every name of an entry in the values that may be served.
    keys: Vec<String>,
    /// How many bytes the message has that publishes the flag.
    message_bytes: usize,
    /// Names of attributes that mean nothing to the system.
    extra: Vec<String>,
    /// How many bytes those attributes have.
    extra_bytes: usize,
    created: i64,
    expires: i64,
    review: i64,
    written: i64,
    /// Whole days from being made to being written; 0 if either is not known.
    age_days: i64,
    /// Whole days from being written to expiry; 0 if either is not known.
    days_left: i64,
    rollout: RolloutFacts,
    rules: Vec<RuleFacts>,
    prerequisites: Vec<PrerequisiteFacts>,
    bounds: BoundsFacts,
    schedule: Vec<StepFacts>,
    promoted_from: PromotionFacts,
    rollback_of: u64,
    restored_from: u64,
}

#[derive(Debug, Serialize)]
struct RolloutFacts {
    set: bool,
    /// The share that gets the value, with what the kill switch and deletion make of it: 100 if there is no rollout.
    percentage: f64,
    bucket_by: String,
    salt: String,
}

#[derive(Debug, Serialize)]
struct RuleFacts {
    name: String,
    conditions: Vec<ConditionFacts>,
    serve: Value,
    serve_type: &'static str,
    percentage: f64,
}

#[derive(Debug, Serialize)]
struct ConditionFacts {
    attribute: String,
    operator: Value,
    values: Vec<Value>,
    types: Vec<&'static str>,
    negate: bool,
}

#[derive(Debug, Serialize)]
struct PrerequisiteFacts {
    flag_id: String,
    equals: Value,
    equals_type: &'static str,
}

#[derive(Debug, Default, Serialize)]
struct BoundsFacts {
    set: bool,
    min: f64,
    max: f64,
    has_step: bool,
    max_step: f64,
}

#[derive(Debug, Serialize)]
struct StepFacts {
    at: i64,
    percentage: f64,
}

#[derive(Debug, Default, Serialize)]
struct PromotionFacts {
    set: bool,
    environment: String,
    version: u64,
    at: i64,
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
        Self {
            flag: facts(new.or(old)),
            old: facts(old),
            change: ChangeFacts::of(kind, old, new),
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
    fn of(kind: ChangeKind, old: Option<&Flag>, new: Option<&Flag>) -> Self {
        // Of a removal it is not known who did it: what the last version says was about that version.
        let note = new.map(|flag| flag.change.clone()).unwrap_or_default();
        let at = new.or(old).and_then(|flag| flag.written_at);
        let date = at.map(Timestamp::date).unwrap_or_default();
        let before = old.and_then(|flag| flag.written_at);
        let since_last = if new.is_some() { seconds_between(before, at) } else { 0 };
        let author = note.by.to_lowercase();
        let approvers = note.approved_by.iter().map(|name| name.to_lowercase());
        Self {
            kind,
            approvers: approvers.filter(|name| !name.is_empty() && *name != author).collect(),
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
            fields: new.map(|new| changed_fields(old, new)).unwrap_or_default(),
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

impl FlagFacts {
    fn of(flag: &Flag) -> Self {
        let message = FlagMessage::publishing(flag);
        let seconds = |time: Option<Timestamp>| time.map_or(0, Timestamp::seconds);
        let value = flag.value.as_ref();
        let mut found = Found::default();
        let served = flag.targeting.rules.iter().map(|rule| &rule.serve);
        for value in value.into_iter().chain(&flag.off_value).chain(served) {
            found.search(&value.to_json());
        }
        let json = value.map(FlagValue::to_json).unwrap_or_default();
        let mut size = Found::default();
        let depth = size.search(&json);
        Self {
            exists: true,
            id: flag.id.to_string(),
            id_parts: flag.id.as_str().split('.').map(str::to_owned).collect(),
            version: flag.version.get(),
            service: flag.service.to_string(),
            owner: flag.owner.clone(),
            contact: flag.contact.clone(),
            description: flag.description.clone(),
            tags: flag.tags.clone(),
            kind: word(&flag.kind),
            sensitivity: word(&flag.sensitivity),
            client_side: flag.client_side,
            permanent: flag.permanent,
            environment: flag.environment.clone(),
            origin_region: flag.origin_region.clone(),
            deleted: flag.deleted,
            kill_switch: flag.kill_switch,
            value_type: type_of(value),
            off_value: flag.off_value.as_ref().map(FlagValue::to_json).unwrap_or_default(),
            off_value_type: type_of(flag.off_value.as_ref()),
            value_bytes: value.map_or(0, |_| json.to_string().len()),
            value_depth: depth,
            value_items: value.map_or(0, |_| size.items),
            value: json,
            texts: found.texts,
            keys: found.keys.into_iter().collect(),
            message_bytes: message.to_json().len(),
            extra: flag.extra.keys().cloned().collect(),
            extra_bytes: if flag.extra.is_empty() {
                0
            } else {
                flag_model::item_to_json(&flag.extra).to_string().len()
            },
            created: seconds(flag.created_at),
            expires: seconds(flag.expires_at),
            review: seconds(flag.review_at),
            written: seconds(flag.written_at),
            age_days: seconds_between(flag.created_at, flag.written_at).div_euclid(SECONDS_A_DAY),
            days_left: seconds_between(flag.written_at, flag.expires_at).div_euclid(SECONDS_A_DAY),
            rollout: RolloutFacts::of(flag),
            rules: flag.targeting.rules.iter().map(RuleFacts::of).collect(),
            prerequisites: flag.targeting.prerequisites.iter().map(PrerequisiteFacts::of).collect(),
            bounds: flag.bounds.as_ref().map(BoundsFacts::of).unwrap_or_default(),
            schedule: flag
                .schedule
                .iter()
                .map(|step| StepFacts { at: step.at.seconds(), percentage: step.percentage.percent() })
                .collect(),
            promoted_from: flag.promoted_from.as_ref().map(PromotionFacts::of).unwrap_or_default(),
            rollback_of: flag.rollback_of.map_or(0, |version| version.get()),
            restored_from: flag.restored_from.map_or(0, |version| version.get()),
        }
    }
}

impl Default for RolloutFacts {
    fn default() -> Self {
        Self { set: false, percentage: 0.0, bucket_by: String::new(), salt: String::new() }
    }
}

impl RolloutFacts {
    fn of(flag: &Flag) -> Self {
        let rollout = flag.targeting.rollout.as_ref();
        let percentage = rollout.map_or(100.0, |rollout| rollout.percentage.percent());
        Self {
            set: rollout.is_some(),
            percentage: if flag.kill_switch || flag.deleted { 0.0 } else { percentage },
            bucket_by: rollout.map(|rollout| rollout.bucket_by.clone()).unwrap_or_default(),
            salt: rollout.and_then(|rollout| rollout.salt.clone()).unwrap_or_default(),
        }
    }
}

impl RuleFacts {
    fn of(rule: &flag_model::TargetingRule) -> Self {
        let condition = |condition: &flag_model::Condition| ConditionFacts {
            attribute: condition.attribute.clone(),
            operator: json!(condition.operator),
            values: condition.values.iter().map(FlagValue::to_json).collect(),
            types: condition.values.iter().map(|value| type_of(Some(value))).collect(),
            negate: condition.negate,
        };
        Self {
            name: rule.name.clone(),
            conditions: rule.conditions.iter().map(condition).collect(),
            serve: rule.serve.to_json(),
            serve_type: type_of(Some(&rule.serve)),
            percentage: rule.percentage.map_or(100.0, flag_model::Percentage::percent),
        }
    }
}

impl PrerequisiteFacts {
    fn of(prerequisite: &flag_model::Prerequisite) -> Self {
        Self {
            flag_id: prerequisite.flag_id.to_string(),
            equals: prerequisite.equals.to_json(),
            equals_type: type_of(Some(&prerequisite.equals)),
        }
    }
}

impl BoundsFacts {
    fn of(bounds: &flag_model::Bounds) -> Self {
        let (has_step, max_step) = (bounds.max_step.is_some(), bounds.max_step.unwrap_or_default());
        Self { set: true, min: bounds.min, max: bounds.max, has_step, max_step }
    }
}

impl PromotionFacts {
    fn of(promotion: &flag_model::Promotion) -> Self {
        Self {
            set: true,
            environment: promotion.environment.clone(),
            version: promotion.version.get(),
            at: promotion.at.seconds(),
        }
    }
}

/// What is in a value.
#[derive(Default)]
struct Found {
    items: usize,
    texts: Vec<String>,
    keys: BTreeSet<String>,
}

impl Found {
    /// Goes through a value and gives how deeply it is nested.
    fn search(&mut self, value: &Value) -> usize {
        self.items += 1;
        match value {
            Value::String(text) => {
                self.texts.push(text.clone());
                0
            }
            Value::Array(values) => 1 + values.iter().map(|value| self.search(value)).max().unwrap_or(0),
            Value::Object(object) => {
                self.keys.extend(object.keys().cloned());
                1 + object.values().map(|value| self.search(value)).max().unwrap_or(0)
            }
            _ => 0,
        }
    }
}

fn seconds_between(from: Option<Timestamp>, to: Option<Timestamp>) -> i64 {
    from.zip(to).map_or(0, |(from, to)| to.seconds() - from.seconds())
}

fn type_of(value: Option<&FlagValue>) -> &'static str {
    value.map_or("none", |value| value.value_type().as_str())
}

/// The word that an enum is written as.
fn word(value: &impl Serialize) -> String {
    json!(value).as_str().unwrap_or_default().to_owned()
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
